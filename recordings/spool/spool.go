// Package spool brings recordings from the switch to the archive. While a call is recorded, what happens to its recording is written to a file of
// facts; the sound is in tracks on the switch's own disk.
//
//	call's goroutine ─ Note ─► CALL.facts, a line of JSON each         the switch ─► CALL.track-…: a WAV file of one voice
//	                                  │                                          └─► CALL.…: a message that the caller left
//	                                  │                                                   │
//	                 the call is over │ ◄─────────────────────────────────────────────────┘
//	                                  ▼
//	                fetched ─► tracks put together in stereo ─► the archive has it ─► tracks and messages deleted ─► facts deleted
//
// Always true:
//   - a track or a message is deleted when the archive has it, and not before; a Hotline that is killed between any two steps does the rest at its next start;
//   - what a Hotline that was killed has left, and in the end also that of whose calls there are no facts, is brought in as well, once its call is over;
//   - of a message that its caller's contact does not know of, as Hotline was away when they hung up, the contact is told;
//   - no call waits for any of this: facts wait in memory for the disk, and a recording that cannot be brought in is tried again;
//   - where less than the reserve is free on a disk that recordings need, Ready says so, and nobody begins or goes on to record.
//
// Tracks and messages are not encrypted, and neither is what is fetched of them: that has no name in its folder, and so is gone with the process.
package spool

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hotline/recordings"
	"hotline/recordings/tape"
	"hotline/telephony"
)

// Switch is where tracks and messages are.
type Switch interface {
	// Connected reports whether the switch can be asked, and knows its calls.
	Connected() bool
	// Serves reports whether a call is still on the line, or its script still runs.
	Serves(telephony.CallID) bool
	// Recorded are all that are there, of whatever calls.
	Recorded(context.Context) ([]telephony.Track, []telephony.Message, error)
	// OpenRecording reads the file of a track or a message that is not written any more. The error is telephony.ErrGone where there is none (any more).
	OpenRecording(ctx context.Context, name string) (io.ReadCloser, error)
	// DeleteRecording deletes one. That there is none is no error.
	DeleteRecording(ctx context.Context, name string) error
}

// Archive keeps recordings: *recordings.Archive.
type Archive interface {
	Put(ctx context.Context, m recordings.Meta, sound io.Reader) error
}

// Options are a spool's. Dir, Switch and Archive are required.
type Options struct {
	Dir     string // of the facts, and where what is fetched is for a while
	Switch  Switch
	Archive Archive
	Disks   []string     // folders besides Dir on whose disks recordings need room; one that is not there is not looked at
	Others  []string     // the same, of somebody else's: also one that this process may not look at is not looked at
	Keeps   func() error // says why the archive can keep nothing now; without it nobody is asked
	Reserve int64        // bytes that must be free; 0 is 1 GB, below it there is none
	Every   time.Duration
	Strange time.Duration               // that of whose call there are no facts is brought in when it is so old: it may be another Hotline's on the same switch; 0 is a day
	Found   func(recordings.Meta) error // tells a caller's contact of a message of which nobody had told it; it may be told again. nil: nobody is told
	Log     *slog.Logger
}

// Spool brings recordings in. Its methods are for any goroutine.
type Spool struct {
	opt  Options
	free func(dir string) (int64, error)
	kick chan struct{} // has room for one: there is something to write
	over chan struct{} // the same: a call is over

	writing sync.Mutex // while facts are on their way from memory to disk: they are written in their order

	bringing sync.Mutex                   // while a recording is brought in
	erased   map[telephony.CallID]bool    // guarded by bringing: of these nothing is brought in, as their facts say where they are on the line
	tried    map[telephony.CallID]attempt // those that could not be brought in; BringIn's own

	mu      sync.Mutex
	facts   []noted          // not written yet
	taping  map[string]error // calls that are not recorded though they should be, until they are over
	bad     error            // why no recording can be made
	stats   Stats
	dropped bool // facts were
}

// attempt is how often something was tried in vain, and when it is tried next.
type attempt struct {
	times int
	next  time.Time
}

type noted struct {
	call telephony.CallID
	fact tape.Fact
}

// Stats are what the spool has counted.
type Stats struct {
	Made    uint64 // recordings that are in the archive
	Seconds float64
	Failed  uint64 // that somebody was not recorded who should have been
	Waiting int    // recordings whose calls are over, and that are not in the archive yet
	Free    int64  // bytes, on the disk that has the fewest
}

const (
	factsEnd    = ".facts"
	usualEvery  = 10 * time.Second
	rarestEvery = 10 * time.Minute // how seldom at most it is tried to bring in what cannot be
	usualRoom   = 1 << 30
	mostWaiting = 100_000 // facts in memory; a disk that cannot be written for so long has other troubles
)

// Open makes the folder of facts.
func Open(o Options) (*Spool, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Every <= 0 {
		o.Every = usualEvery
	}
	if o.Strange == 0 {
		o.Strange = 24 * time.Hour
	}
	if o.Reserve == 0 {
		o.Reserve = usualRoom
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of recordings: %w", err)
	}
	s := &Spool{opt: o, free: freeOn, kick: make(chan struct{}, 1), over: make(chan struct{}, 1), erased: make(map[telephony.CallID]bool), tried: make(map[telephony.CallID]attempt), taping: make(map[string]error)}
	s.look()
	return s, nil
}

// Note takes what has happened to a call's recording. It does not wait for the disk.
func (s *Spool) Note(call telephony.CallID, f tape.Fact) {
	s.mu.Lock()
	if len(s.facts) < mostWaiting {
		s.facts = append(s.facts, noted{call, f})
	} else {
		s.dropped = true
	}
	if f.Kind == tape.Ended {
		delete(s.taping, string(call))
	}
	s.mu.Unlock()
	wake(s.kick)
	if f.Kind == tape.Ended {
		wake(s.over)
	}
}

// Failed takes that somebody in a call is not recorded who should be, or, with nil, that nobody is any more.
func (s *Spool) Failed(call telephony.CallID, err error) {
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.taping, string(call))
		return
	}
	s.mu.Lock()
	s.stats.Failed++
	s.taping[string(call)] = err
	s.mu.Unlock()
	s.opt.Log.Error("a call is not recorded that should be", "call", call, "err", err)
	wake(s.kick) // to look whether there is room: the call does not wait for a disk
}

// Ready is nil where recordings can be made, and else says why not.
func (s *Spool) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bad
}

// Trouble is Ready, or that a call which is on the line is not recorded though it should be: what people are to be told.
func (s *Spool) Trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad != nil {
		return s.bad
	}
	for call, err := range s.taping {
		return fmt.Errorf("call %s is not recorded: %w", call, err)
	}
	return nil
}

// Stats is what was counted since Open.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

func wake(who chan struct{}) {
	select {
	case who <- struct{}{}:
	default: // it will look anyway
	}
}

// Run writes facts and brings recordings in until ctx ends; facts that are noted before that are written. No fact waits until a recording is fetched.
func (s *Spool) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	beside.Go(func() {
		s.again(ctx, s.over, func() {
			if !s.opt.Switch.Connected() {
				return
			}
			if err := s.BringIn(ctx); err != nil && ctx.Err() == nil {
				s.opt.Log.Warn("recordings cannot be brought in, and will be tried again", "err", err)
			}
		})
	})
	s.again(ctx, s.kick, func() { s.write(); s.look() })
	beside.Wait()
	s.write()
	return nil
}

// again does something at once, whenever it is woken, and every so often, until ctx ends.
func (s *Spool) again(ctx context.Context, woken <-chan struct{}, do func()) {
	tick := time.NewTicker(s.opt.Every)
	defer tick.Stop()
	for {
		do()
		select {
		case <-woken:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// write writes the facts that wait. What cannot be written waits on.
func (s *Spool) write() {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	facts := s.facts
	s.facts = nil
	s.mu.Unlock()
	for i, n := range facts {
		if err := s.append(n); err != nil {
			s.mu.Lock()
			s.facts = append(facts[i:], s.facts...)
			s.bad = fmt.Errorf("facts of recordings cannot be written: %w", err)
			s.mu.Unlock()
			return
		}
	}
}

func (s *Spool) append(n noted) error {
	line, err := json.Marshal(n.fact)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.file(n.call), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(appendLine(f, line), f.Close())
}

// appendLine writes a line whole or not at all. It begins anew behind one that a kill has cut.
func appendLine(f *os.File, line []byte) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	last := []byte{'\n'}
	if end > 0 {
		if _, err := f.ReadAt(last, end-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' {
		line = slices.Insert(line, 0, '\n')
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return errors.Join(err, f.Truncate(end)) // a disk that is full in the midst of it
	}
	return nil
}

func (s *Spool) file(call telephony.CallID) string {
	return filepath.Join(s.opt.Dir, filepath.Base(string(call))+factsEnd)
}

// read is what is known of a call's recording. A line that a kill has cut is left out.
func (s *Spool) read(call telephony.CallID) (tape.Tape, error) {
	t := tape.Tape{Call: call}
	b, err := os.ReadFile(s.file(call))
	if errors.Is(err, os.ErrNotExist) {
		return t, nil
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var f tape.Fact
		if json.Unmarshal(lines.Bytes(), &f) == nil {
			t.Facts = append(t.Facts, f)
		}
	}
	return t, err
}

// withFacts are the calls of whose recordings there are facts.
func (s *Spool) withFacts() ([]telephony.CallID, error) {
	entries, err := os.ReadDir(s.opt.Dir)
	var calls []telephony.CallID
	for _, e := range entries {
		if call, is := strings.CutSuffix(e.Name(), factsEnd); is {
			calls = append(calls, telephony.CallID(call))
		}
	}
	return calls, err
}
