// Package spool keeps facts on disk until the database has them, and the ticket numbers that were
// reserved ahead. It stands on tidwall/wal, and adds what a log needs to survive its own death: group commit,
// a checksum per entry, repair of a torn tail, and a lock against a second Hotline.
//
//	Append ─► queue (memory) ─► writer: write all that is queued, one fsync ─► wakes those who wait
//	             │                              │
//	             └ goes on after Patience       └─► Read ─► applier ─► Applied: cuts the front, now and then
//	                                              ▲
//	             while the disk takes nothing ────┘ what is queued is read from memory
//
// Why Append waits, and why not for long: normally a fact is on disk, power cut or not, before its call takes the
// next step, and that costs one fsync shared by all calls of that moment (2 to 5 ms on a common disk). A fact that the next of its call follows before anybody is
// told of anything waits for that one, and shares its fsync (see lingers). When the disk
// is slow the call must not be: after Patience (20 ms, less than a caller can hear) Append returns, and the fact is still in the
// queue. What a killed process can then lose is what the disk has kept it from writing, and Stats says how often that was.
//
// A disk that is full, broken or hangs is tried again for ever. Facts go from memory into the database meanwhile, and are as well kept there: Append waits
// for either. Where the database is away, too, they wait in memory, up to Longest of them. A full disk keeps no spool from being opened: what has to be mended
// is mended in its place.
//
// What the database has is kept for some days more, in a folder of its own, for the day on which the database is restored from a dump (kept.go).
package spool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/tidwall/wal"

	"hotline/tickets"
)

// Options of a spool. Zero values take the defaults named.
type Options struct {
	Dir         string        // made where it is missing
	Patience    time.Duration // 20 ms
	SegmentSize int           // bytes of one file: 4 MB
	Longest     int           // facts that may wait in memory for the disk: 200,000
	Keep        time.Duration // how long facts are kept that the database has (see Keep), until the latest of them; 0 is not at all
	KeepBytes   int64         // how many bytes of them at most: 1 GB
	Log         *slog.Logger  // slog.Default
}

var (
	// ErrInUse says that another process has the folder.
	ErrInUse = errors.New("the spool is in use by another Hotline")
	// ErrClosed says that the spool was closed.
	ErrClosed = errors.New("the spool is closed")
	// ErrFull says that the disk has not taken anything for so long that memory is at its bound.
	ErrFull = errors.New("the spool's queue is full: the disk takes nothing")
)

// Spool keeps facts and reserved numbers for a register. It is safe for concurrent use.
type Spool struct {
	o    Options
	lock *os.File
	done chan struct{} // closed when the writer has ended

	sync func() error // a slow or broken disk, in tests; nil

	newest uint64    // the first position of the segment whose name is on disk; the writer's goroutine only
	said   time.Time // when the log was last told that the disk refuses; the writer's goroutine only

	mu      sync.Mutex    // guards what is below
	recent  [][]byte      // written, and not synced or not applied yet, of the latter the last; positions … written
	queue   [][]byte      // appended, not yet written; positions written+1 …
	turned  sync.Cond     // of mu: the writer has come round, or the spool closes
	turns   uint64        // how often it has
	written uint64        // the last position in the log, readable
	synced  uint64        // the last position that survives a power cut
	moved   chan struct{} // closed and made anew when written or synced moves, or the spool closes
	wake    chan struct{} // wakes the writer; has room for one
	closed  bool
	began   time.Time // when the commit that is under way began; zero where none is
	stats   Stats
	applied uint64 // the last position that nobody waits for any more
	spent   uint64 // up to which the queue has let go of what was applied
	marks   marks  // when those after it were appended

	past past

	asideFile  sync.Mutex // one writer of AsideFile at a time
	asideCount sync.Mutex // guards what was last known of AsideFile
	asideSize  int64
	asideLines int

	disk    sync.Mutex // guards the log, and what is below
	log     *wal.Log
	room    int    // bytes that surely go into the segment whose name is on disk
	first   uint64 // the first position that is still in the log
	cutLast time.Time
	noRoom  time.Time // when the front could not be cut, for want of room
}

// Stats are counts since the start, and levels now.
type Stats struct {
	Appended int64 // facts
	Slow     int64 // facts for which Append did not wait to the end
	Commits  int64 // fsyncs
	Failed   int64 // writes that the disk refused, and that were tried again
	Queued   int   // facts in memory only, and not in the database either
	Waiting  int   // facts that have not been applied, on disk or in memory

	Refused error // why the disk did not take the last write; nil where it did

	Since time.Time // when the oldest of the waiting was appended, to a second or so; zero where none waits
}

// Open opens a spool, repairing what a crash has torn.
func Open(o Options) (*Spool, error) {
	s, err := open(o)
	if err != nil {
		return nil, err
	}
	go s.write()
	return s, nil
}

func open(o Options) (_ *Spool, err error) {
	if o.Dir == "" {
		return nil, errors.New("spool: no folder given")
	}
	if o.Patience <= 0 {
		o.Patience = 20 * time.Millisecond
	}
	if o.SegmentSize <= 0 {
		o.SegmentSize = 4 << 20
	}
	if o.Longest <= 0 {
		o.Longest = 200_000
	}
	if o.KeepBytes <= 0 {
		o.KeepBytes = 1_000_000_000
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Spool{o: o, done: make(chan struct{}), moved: make(chan struct{}), wake: make(chan struct{}, 1)}
	s.turned.L = &s.mu
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	if err := s.takeLock(); err != nil {
		return nil, fmt.Errorf("spool %s: %w", o.Dir, err)
	}
	defer func() {
		if err != nil {
			s.lock.Close()
		}
	}()
	if err := s.openLog(o.Log); err != nil {
		return nil, fmt.Errorf("spool %s: %w", o.Dir, err)
	}
	if o.Keep <= 0 {
		if err := s.forgetKept(); err != nil {
			o.Log.Warn("facts that are not to be kept any more cannot be deleted", "err", err)
		}
	}
	if s.written, err = s.log.LastIndex(); err != nil {
		return nil, fmt.Errorf("spool %s: %w", o.Dir, err)
	}
	s.synced, s.applied = s.written, s.first-1
	s.markOldest()
	if waiting := s.written + 1 - s.first; waiting > 0 {
		o.Log.Info("the spool holds facts of the last run, they are applied again", "facts", waiting)
	}
	return s, nil
}

// takeLock keeps a second process out. The system frees the lock with the process, however that ends.
func (s *Spool) takeLock() error {
	f, err := os.OpenFile(filepath.Join(s.o.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return ErrInUse
		}
		return err
	}
	s.lock = f
	return nil
}

// inMemory is how many facts are neither on disk nor applied. It is called with mu held.
func (s *Spool) inMemory() int {
	return int(s.written + uint64(len(s.queue)) - max(s.written, s.applied))
}

// hangsAfter is how long the disk may take for a commit until what is queued is read from memory.
const hangsAfter = time.Second

// hindered says whether the disk takes nothing now. It is called with mu held.
func (s *Spool) hindered() bool {
	return s.stats.Refused != nil || !s.began.IsZero() && time.Since(s.began) > hangsAfter
}

// lingers is how long a fact for which nobody waits may wait for one for which somebody does.
const lingers = 5 * time.Millisecond

// Append keeps a fact and gives its position. It waits for the disk as long as patience says, Options.Patience where it is zero; kept says
// whether the fact is on disk then, or was applied. Where patience is negative it does not wait: the fact lingers.
func (s *Spool) Append(fact []byte, patience time.Duration) (position uint64, kept bool, err error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return 0, false, ErrClosed
	}
	if s.inMemory() >= s.o.Longest {
		s.mu.Unlock()
		return 0, false, ErrFull
	}
	s.queue = append(s.queue, seal(fact))
	position = s.written + uint64(len(s.queue))
	s.stats.Appended++
	s.marks.add(position, time.Now())
	first := len(s.queue) == 1
	s.mu.Unlock()
	if patience < 0 {
		if first { // otherwise the writer is at work, or is to be woken
			time.AfterFunc(lingers, s.wakeWriter)
		}
		return position, false, nil
	}
	s.wakeWriter()
	return position, s.awaitSync(position, cmp.Or(patience, s.o.Patience)), nil
}

// awaitSync waits until a position is on disk, but no longer than the patience given.
func (s *Spool) awaitSync(position uint64, patience time.Duration) (there bool) {
	over := time.NewTimer(patience)
	defer over.Stop()
	for {
		s.mu.Lock()
		there, closed, moved := max(s.synced, s.applied) >= position, s.closed, s.moved
		s.mu.Unlock()
		if there || closed {
			return there
		}
		select {
		case <-moved:
		case <-over.C:
			s.mu.Lock()
			s.stats.Slow++
			s.mu.Unlock()
			return false
		}
	}
}

// Read waits for facts after a position. It gives what is written, synced or not: it does no harm when the database
// is sure of a fact before this disk is. While the disk takes nothing it gives what is queued.
func (s *Spool) Read(ctx context.Context, after uint64, most int) ([]tickets.Entry, error) {
	for {
		s.mu.Lock()
		written, moved, closed := s.written, s.moved, s.closed
		fresh := s.fresh(after, most)
		s.mu.Unlock()
		if len(fresh) > 0 {
			return fresh, nil
		}
		if written > after {
			entries, upTo, err := s.read(after, written, most)
			if err != nil || len(entries) > 0 {
				return entries, err
			}
			after = upTo // nothing up to there is waited for
			continue
		}
		if closed {
			return nil, ErrClosed
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-moved:
		case <-time.After(hangsAfter): // nobody tells that the disk hangs
		}
	}
}

// fresh gives what is in memory after a position: what was written last, and while the disk takes nothing what is queued. So nobody has to wait for a disk
// that hangs. It gives nothing where the position is older. It is called with mu held.
func (s *Spool) fresh(after uint64, most int) (entries []tickets.Entry) {
	from := s.written - uint64(len(s.recent))
	if after < from {
		return nil
	}
	for ; len(entries) < most; after++ {
		var entry []byte
		switch i := after - from; {
		case i < uint64(len(s.recent)):
			entry = s.recent[i]
		case after-s.written < uint64(len(s.queue)) && s.hindered():
			entry = s.queue[after-s.written]
		default:
			return entries
		}
		if !isSpent(entry) {
			entries = append(entries, entryAs(after+1, entry))
		}
	}
	return entries
}

// entryAs is an entry as the reader has it: without a fact where that is damaged.
func entryAs(position uint64, entry []byte) tickets.Entry {
	e := tickets.Entry{Position: position}
	if fact, ok := unseal(entry); ok {
		e.Fact = fact
	}
	return e
}

// read gives what is on disk after a position, and up to where it has looked.
func (s *Spool) read(after, written uint64, most int) (entries []tickets.Entry, upTo uint64, err error) {
	s.disk.Lock()
	defer s.disk.Unlock()
	upTo = max(after, min(s.first-1, written))
	for ; upTo < written && len(entries) < most; upTo++ {
		b, err := s.log.Read(upTo + 1)
		if err != nil {
			return entries, upTo, fmt.Errorf("spool: entry %d: %w", upTo+1, err)
		}
		if !isSpent(b) {
			entries = append(entries, entryAs(upTo+1, b))
		}
	}
	return entries, upTo, nil
}

// recentMost is how many entries are kept in memory that are synced and not applied.
const recentMost = 4096

// forget lets go of what need not be in memory any more. It is called with mu held.
func (s *Spool) forget() {
	from := s.written - uint64(len(s.recent))
	synced := min(s.synced, s.written)
	n := uint64(0)
	if done := min(synced, s.applied); done > from {
		n = done - from
	}
	if many := uint64(len(s.recent)); many > n+recentMost && synced > from {
		n = max(n, min(synced-from, many-recentMost))
	}
	clear(s.recent[:n])
	s.recent = s.recent[n:]
	for position := max(s.spent, s.written); position < min(s.applied, s.written+uint64(len(s.queue))); position++ {
		s.queue[position-s.written] = spent // to be written yet, for positions must not move
	}
	s.spent = max(s.spent, s.applied)
}

// Held are the positions of the facts that are there, written or queued: those after, up to last.
func (s *Spool) Held() (after, last uint64) {
	s.disk.Lock()
	defer s.disk.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first - 1, s.written + uint64(len(s.queue))
}

// Stats tells how the spool does.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Queued = s.inMemory()
	st.Waiting = int(s.written - s.applied + uint64(len(s.queue)))
	if st.Waiting > 0 {
		st.Since = s.marks.oldest()
	}
	return st
}

// Close writes what is queued, and frees the folder.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.closed = true
	s.announce()
	s.turned.Broadcast()
	s.mu.Unlock()
	s.wakeWriter()
	<-s.done
	s.mu.Lock()
	left := s.inMemory()
	s.mu.Unlock()
	s.past.mu.Lock()
	err := s.endPiece()
	s.past.mu.Unlock()
	s.disk.Lock()
	defer s.disk.Unlock()
	err = errors.Join(err, s.log.Close())
	if left > 0 {
		err = errors.Join(err, fmt.Errorf("spool: %d facts could not be written", left))
	}
	return errors.Join(err, s.lock.Close())
}

func (s *Spool) wakeWriter() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Move returns when the writer has come round, however long that takes; at once where the writer is at the disk, which may take as long as it likes.
func (s *Spool) Move() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wakeWriter() // not before mu is ours: it would be round by then, and not come again until there is a fact
	for turns := s.turns; turns == s.turns && s.began.IsZero() && !s.closed; {
		s.turned.Wait()
	}
}

// announce is called with mu held.
func (s *Spool) announce() {
	close(s.moved)
	s.moved = make(chan struct{})
}
