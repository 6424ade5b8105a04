package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"
)

// past are facts that the database has. They stay on disk for some time, for a database that is restored from a dump lacks those that are younger. They stand in the order
// in which the database took them, in pieces of which the oldest is deleted whole, written as in the log. Nobody waits for the disk here, and nothing is synced: whom a power
// cut hits has the database still.
type past struct {
	mu    sync.Mutex // guards what is below
	piece *os.File   // the latest; nil where none is open
	size  int64      // of it
	began time.Time
	said  time.Time // when the log was last told that the disk refuses
}

// pieceLasts is how long facts go into one piece, unless it is full (Options.SegmentSize) before.
const pieceLasts = time.Hour

func (s *Spool) keptDir() string { return filepath.Join(s.o.Dir, "applied") }

// Keep keeps facts that the database has taken, in order, as long as Options.Keep says. What the disk does not take is not kept: the database has it.
func (s *Spool) Keep(facts [][]byte) {
	if s.o.Keep <= 0 || len(facts) == 0 {
		return
	}
	k := &s.past
	k.mu.Lock()
	defer k.mu.Unlock()
	err := s.keep(facts)
	if err != nil && time.Since(k.said) > sayEvery {
		k.said = time.Now()
		s.o.Log.Warn("facts that the database has are not kept beside it: should it be restored from a dump, it lacks them", "facts", len(facts), "err", err)
	}
}

// keep is called with past.mu held.
func (s *Spool) keep(facts [][]byte) error {
	k := &s.past
	if k.size >= int64(s.o.SegmentSize) || time.Since(k.began) > pieceLasts {
		if err := s.endPiece(); err != nil {
			return err
		}
	}
	if k.piece == nil {
		if err := s.beginPiece(); err != nil {
			return err
		}
	}
	var text []byte
	for _, fact := range facts {
		entry := seal(fact)
		text = append(binary.AppendUvarint(text, uint64(len(entry))), entry...)
	}
	if _, err := k.piece.Write(text); err != nil {
		return errors.Join(err, k.piece.Truncate(k.size)) // where that fails, the reader finds the next one that is whole
	}
	k.size += int64(len(text))
	return nil
}

func (s *Spool) endPiece() error {
	k := &s.past
	if k.piece == nil {
		return nil
	}
	err := k.piece.Close()
	k.piece = nil
	return err
}

func (s *Spool) beginPiece() error {
	if err := s.forgetKept(); err != nil {
		return err
	}
	if err := os.MkdirAll(s.keptDir(), 0o750); err != nil {
		return err
	}
	now := time.Now()
	f, err := os.OpenFile(filepath.Join(s.keptDir(), fmt.Sprintf("%020d", now.UnixNano())), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	s.past.piece, s.past.size, s.past.began = f, 0, now
	return nil
}

// forgetKept deletes the pieces that are too old, and the oldest of those that are too many. It is called when newer facts are there to be kept, and their age counts from
// the latest piece: as long as the database is away, and until it has back what it lacks, nobody keeps facts, and nothing becomes older.
func (s *Spool) forgetKept() error {
	pieces, err := s.Kept()
	if err != nil {
		return err
	}
	room, latest := s.o.KeepBytes, time.Time{}
	for _, piece := range slices.Backward(pieces) {
		is, err := os.Stat(piece)
		if err != nil {
			return err
		}
		if latest.IsZero() {
			latest = is.ModTime()
		}
		if room -= is.Size(); room >= 0 && s.o.Keep > 0 && latest.Sub(is.ModTime()) <= s.o.Keep {
			continue
		}
		if err := os.Remove(piece); err != nil {
			return err
		}
	}
	return nil
}

// Kept are the pieces of facts that are kept beside the database, the oldest first.
func (s *Spool) Kept() (pieces []string, err error) {
	files, err := os.ReadDir(s.keptDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files { // sorted by their names, which are all of one length
		if _, err := strconv.ParseUint(f.Name(), 10, 64); err == nil && len(f.Name()) == 20 {
			pieces = append(pieces, filepath.Join(s.keptDir(), f.Name()))
		}
	}
	return pieces, err
}

// ReadKept gives the facts of a piece in their order.
func (s *Spool) ReadKept(piece string) (facts [][]byte, err error) {
	text, err := os.ReadFile(piece)
	if err != nil {
		return nil, err
	}
	entries, _ := salvage(text)
	for _, entry := range entries {
		if fact, whole := unseal(entry); whole {
			facts = append(facts, fact)
		}
	}
	return facts, nil
}

// eraseKept takes out of what is kept the facts that hold one of some texts. It may be a lot, so that who keeps facts meanwhile waits for one piece at most.
func (s *Spool) eraseKept(texts []string) error {
	s.past.mu.Lock()
	err := s.endPiece()
	s.past.mu.Unlock()
	if err != nil {
		return err
	}
	pieces, err := s.Kept()
	if err != nil {
		return err
	}
	for _, piece := range pieces {
		if err := s.eraseFrom(piece, texts); err != nil {
			return err
		}
	}
	return nil
}

func (s *Spool) eraseFrom(piece string, texts []string) error {
	s.past.mu.Lock()
	defer s.past.mu.Unlock()
	is, err := os.Stat(piece)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was too old, or one too many
	}
	if err != nil {
		return err
	}
	facts, err := s.ReadKept(piece)
	if err != nil {
		return err
	}
	var left []byte
	held := false
	for _, fact := range facts {
		if Holds(fact, texts...) {
			held = true
			continue
		}
		entry := seal(fact)
		left = append(binary.AppendUvarint(left, uint64(len(entry))), entry...)
	}
	if !held {
		return nil
	}
	if err := replace(piece, left); err != nil {
		return err
	}
	return os.Chtimes(piece, time.Time{}, is.ModTime()) // it is to go no later than it was
}
