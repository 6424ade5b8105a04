package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/tidwall/wal"
)

// How much one commit takes at most, and how long a refusing disk is left alone.
const (
	entriesAtOnce = 4096
	diskRest      = 100 * time.Millisecond
	sayEvery      = 10 * time.Second
)

// Cutting the front rewrites what is left of a segment. So it waits until many facts can go at once, or a while has passed.
const (
	cutEvery = 1000
	cutAfter = time.Second
)

// write is the writer's goroutine: it takes all that is queued, writes it, syncs once.
func (s *Spool) write() {
	defer close(s.done)
	for range s.wake {
		for s.commit() {
		}
		s.mu.Lock()
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return
		}
	}
}

// commit writes and syncs one group; false means that there is nothing more to do now.
func (s *Spool) commit() bool {
	s.mu.Lock()
	s.turns++
	s.turned.Broadcast()
	group := slices.Clone(s.queue[:min(len(s.queue), entriesAtOnce)])
	from, synced := s.written, s.synced
	idle := len(group) == 0 && synced >= from
	if !idle {
		s.began = time.Now()
	}
	s.mu.Unlock()
	if idle {
		return false
	}
	defer s.rests()
	if len(group) > 0 {
		if err := s.writeGroup(from, group); err != nil {
			return s.failed(err)
		}
		s.mu.Lock()
		s.recent = append(s.recent, group...)
		s.queue = append([][]byte(nil), s.queue[len(group):]...)
		s.written = from + uint64(len(group))
		s.announce() // the applier need not wait for the disk
		s.mu.Unlock()
	}
	if err := s.syncLog(); err != nil {
		return s.failed(err)
	}
	s.mu.Lock()
	s.synced = s.written
	s.forget()
	s.stats.Commits++
	s.stats.Refused = nil
	s.announce()
	s.mu.Unlock()
	return true
}

// rests notes that no commit is under way.
func (s *Spool) rests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began = time.Time{}
}

func (s *Spool) writeGroup(from uint64, group [][]byte) error {
	s.disk.Lock()
	defer s.disk.Unlock()
	var b wal.Batch
	for i, entry := range group {
		b.Write(from+uint64(i)+1, entry)
		s.room -= len(entry) + binary.MaxVarintLen64
	}
	return s.log.WriteBatch(&b)
}

// syncLog syncs the log's last file, and the folder when that file is new to it: each sync costs the disk a flush. The folder is looked at only where there may be another file than
// the one that was the last.
func (s *Spool) syncLog() error {
	s.disk.Lock()
	defer s.disk.Unlock()
	if s.sync != nil {
		if err := s.sync(); err != nil {
			return err
		}
	}
	if err := s.log.Sync(); err != nil {
		return err
	}
	if s.room > 0 {
		return nil
	}
	segments, err := segmentsOf(s.walDir())
	if err != nil || len(segments) == 0 {
		return err
	}
	newest := segments[len(segments)-1]
	if newest.first != s.newest {
		if err := syncDir(s.walDir()); err != nil {
			return err
		}
		s.newest = newest.first
	}
	is, err := os.Stat(newest.path)
	if err != nil {
		return err
	}
	s.room = s.o.SegmentSize - int(is.Size())
	return nil
}

// failed opens the log anew, since nobody knows how much of a write went through, and goes on from what is there.
// It tries for ever; false means that the spool was closed.
func (s *Spool) failed(err error) bool {
	s.mu.Lock()
	s.stats.Failed++
	s.stats.Refused = err
	closed, queued := s.closed, len(s.queue)
	s.mu.Unlock()
	say := time.Since(s.said) > sayEvery
	if say {
		s.said = time.Now()
		s.o.Log.Error("the spool's disk refuses a write; Hotline tries again, and facts go to the database from memory", "err", err, "queued", queued)
	}
	if closed {
		return false
	}
	time.Sleep(diskRest)
	last, err := s.reopen()
	if err != nil {
		if say {
			s.o.Log.Error("the spool cannot be opened again; Hotline keeps trying", "err", err)
		}
		last = s.written // only this goroutine changes it; what the file holds shows at the next try
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case last > s.written: // part of the group, or all of it, is there
		there := min(len(s.queue), int(last-s.written))
		s.recent = append(s.recent, s.queue[:there]...)
		s.queue = s.queue[there:]
	case last < s.written: // the file has lost entries, which are written again at the same positions
		missing := int(s.written - last)
		s.queue = append(again(s.recent, missing), s.queue...)
		s.recent = s.recent[:max(0, len(s.recent)-missing)]
	}
	s.written = last
	s.announce()
	return true
}

// again is the last n of the entries. Should the disk have lost more than those, it begins with
// damaged ones, for positions must not move under the reader.
func again(entries [][]byte, n int) [][]byte {
	if n <= len(entries) {
		return append([][]byte(nil), entries[len(entries)-n:]...)
	}
	var all [][]byte
	for range n - len(entries) {
		all = append(all, damaged())
	}
	return append(all, entries...)
}

func (s *Spool) reopen() (last uint64, err error) {
	s.disk.Lock()
	defer s.disk.Unlock()
	_ = s.log.Close() // whatever it says, the file is opened anew
	if err := s.openLog(nil); err != nil {
		return 0, err
	}
	return s.log.LastIndex()
}

// openLog repairs and opens the log, and tells log what was torn. Called with disk held, or before anybody else has the spool.
func (s *Spool) openLog(log *slog.Logger) error {
	options := &wal.Options{NoSync: true, SegmentSize: s.o.SegmentSize, AllowEmpty: true, DirPerms: 0o750, FilePerms: 0o640}
	// The first opening finishes what a crash has left of a cut front; a torn tail makes it fail.
	if opened, err := wal.Open(s.walDir(), options); err == nil {
		if err := opened.Close(); err != nil {
			return err
		}
	} else if !errors.Is(err, wal.ErrCorrupt) {
		return err
	}
	if err := repair(s.walDir(), log); err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	opened, err := wal.Open(s.walDir(), options)
	if err != nil {
		return err
	}
	first, err := opened.FirstIndex()
	if err != nil {
		return err
	}
	s.log, s.first, s.room = opened, max(first, 1), 0
	return syncDir(s.walDir())
}

// Applied forgets the facts up to a position, now or a little later.
func (s *Spool) Applied(upTo uint64) error {
	s.mu.Lock()
	if upTo > s.applied {
		s.applied = upTo
		s.marks.applied(upTo)
		if upTo > s.synced {
			s.announce() // to those who wait until a fact is kept
		}
	}
	all := upTo >= s.written+uint64(len(s.queue))
	if all {
		s.marks.caughtUp()
	}
	upTo = min(upTo, s.written)
	s.forget()
	s.mu.Unlock()
	if !s.disk.TryLock() {
		return nil // the writer has it, perhaps for long
	}
	defer s.disk.Unlock()
	if upTo < s.first {
		return nil
	}
	if upTo+1-s.first < cutEvery && (!all || time.Since(s.cutLast) < cutAfter) || !all && time.Since(s.noRoom) < sayEvery {
		return nil
	}
	return s.cut(upTo)
}

// cut takes the facts up to a position out of the log. It is called under disk.
func (s *Spool) cut(upTo uint64) error {
	if upTo < s.first {
		return nil
	}
	s.room = 0 // the segment gets another name
	err := s.log.TruncateFront(upTo + 1)
	if errors.Is(err, syscall.ENOSPC) { // what is left of the segment has no room to be written anew; the log is as it was
		s.noRoom = time.Now()
		return fmt.Errorf("spool: cut up to %d: %w", upTo, err)
	}
	if err != nil {
		s.o.Log.Warn("the spool is opened anew after its front could not be cut", "err", err)
		_ = s.log.Close()
		return errors.Join(fmt.Errorf("spool: cut up to %d: %w", upTo, err), s.openLog(s.o.Log))
	}
	s.first, s.cutLast = upTo+1, time.Now()
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
