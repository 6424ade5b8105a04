package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"hotline/recordings"
	"hotline/recordings/stereo"
	"hotline/recordings/tape"
	"hotline/telephony"
)

// BringIn brings in the recordings of all calls that are over, but for those that could not be when they were tried last: they are tried again after
// pauses that grow. The error is of those that could not be; the others are in, unless the archive is full, which ends the round.
func (s *Spool) BringIn(ctx context.Context) error {
	known, err := s.withFacts()
	if err != nil {
		return fmt.Errorf("list facts: %w", err)
	}
	// Which calls are over is asked before what they have left is listed: what a call ends with is on the list of a call that was over.
	live, over := make(map[telephony.CallID]bool), make(map[telephony.CallID]*left)
	for _, call := range known {
		if live[call] = s.opt.Switch.Serves(call); !live[call] {
			over[call] = new(left)
		}
	}
	tracks, messages, err := s.opt.Switch.Recorded(ctx)
	if err != nil {
		return fmt.Errorf("list tracks and messages: %w", err)
	}
	of := func(call telephony.CallID, began time.Time) *left {
		if over[call] == nil && !live[call] && time.Since(began) > s.opt.Strange && !s.opt.Switch.Serves(call) {
			over[call] = new(left)
		}
		return over[call]
	}
	for _, t := range tracks {
		if l := of(t.Call, t.Began); l != nil {
			l.tracks = append(l.tracks, t)
		}
	}
	for _, m := range messages {
		if l := of(m.Call, m.Came); l != nil {
			l.messages = append(l.messages, m)
		}
	}
	s.count(func(st *Stats) { st.Waiting = len(over) })
	maps.DeleteFunc(s.tried, func(call telephony.CallID, _ attempt) bool { return over[call] == nil })
	var failed error
	for _, call := range slices.Sorted(maps.Keys(over)) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if time.Now().Before(s.tried[call].next) {
			continue
		}
		if err := s.bring(ctx, call, *over[call]); err != nil {
			failed = errors.Join(failed, fmt.Errorf("recording of call %s: %w", call, err))
			s.later(call)
			if errors.Is(err, recordings.ErrFull) {
				break
			}
			continue
		}
		delete(s.tried, call)
		s.count(func(st *Stats) { st.Waiting-- })
	}
	return failed
}

// left is what a call has left with the switch.
type left struct {
	tracks   []telephony.Track
	messages []telephony.Message
}

// names are what the switch calls all of it.
func (l left) names() (all []string) {
	for _, t := range l.tracks {
		all = append(all, t.Name)
	}
	for _, m := range l.messages {
		all = append(all, m.Name)
	}
	return all
}

// later notes that a recording could not be brought in: after the first time it is tried in the next round, and then more and more seldom.
func (s *Spool) later(call telephony.CallID) {
	a := s.tried[call]
	a.times++
	if a.times > 1 {
		a.next = time.Now().Add(min(s.opt.Every<<min(a.times-2, 10), rarestEvery))
	}
	s.tried[call] = a
}

func (s *Spool) count(do func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(&s.stats)
}

// bring brings in what a call has left, and deletes what it was made of. What cannot be brought in stays with the facts, and holds nothing else up.
func (s *Spool) bring(ctx context.Context, call telephony.CallID, l left) error {
	s.bringing.Lock()
	defer s.bringing.Unlock()
	s.write() // what was noted of it meanwhile
	known, err := s.read(call)
	if err != nil {
		return err
	}
	if s.erased[call] || known.Erased() {
		return s.clear(ctx, call, l)
	}
	var failed error
	var in left
	if len(l.tracks) > 0 {
		if failed = s.bringTalk(ctx, known, l.tracks); failed == nil {
			in.tracks = l.tracks
		}
	}
	for _, m := range l.messages {
		if err := s.bringMessage(ctx, known, m); err != nil {
			failed = errors.Join(failed, fmt.Errorf("message %s: %w", m.Name, err))
			continue
		}
		in.messages = append(in.messages, m)
	}
	if failed != nil {
		return errors.Join(failed, s.delete(ctx, in))
	}
	return s.clear(ctx, call, l)
}

func (s *Spool) bringTalk(ctx context.Context, known tape.Tape, tracks []telephony.Track) error {
	started := slices.MinFunc(tracks, func(a, b telephony.Track) int { return a.Began.Compare(b.Began) }).Began
	files, err := s.fetch(ctx, started, tracks)
	defer files.close()
	if err != nil {
		return err
	}
	whole, err := stereo.Mix(files.tracks)
	if err != nil {
		return err
	}
	meta, silent := known.Meta(started, whole.Length())
	if whole.Length() == 0 {
		return nil
	}
	sound, err := stereo.Mix(files.tracks, silent...)
	if err != nil {
		return err
	}
	return s.put(ctx, meta, sound)
}

// shortestMessage is what a message must have of sound where nobody has noted that it is one: anything shorter is somebody who hung up at the tone. In one in which
// nothing is said, it is somebody who did so later.
const shortestMessage = 500 * time.Millisecond

func (s *Spool) bringMessage(ctx context.Context, facts tape.Tape, m telephony.Message) error {
	file, size, err := s.fetchOne(ctx, m.Name)
	if err != nil {
		return err
	}
	defer file.Close() // it has no name
	sound, length, err := stereo.Voice(file, size)
	if err != nil {
		return err
	}
	meta, known := facts.Message(m, length)
	if length == 0 || !known && length < shortestMessage {
		return nil
	}
	if !known {
		if speaks, err := stereo.Speaks(file, size); !speaks {
			return err
		}
	}
	if err := s.put(ctx, meta, sound); err != nil {
		return err
	}
	if known || s.opt.Found == nil {
		return nil
	}
	return s.opt.Found(meta)
}

func (s *Spool) put(ctx context.Context, m recordings.Meta, sound io.Reader) error {
	if err := s.opt.Archive.Put(ctx, m, sound); err != nil {
		return err
	}
	s.count(func(st *Stats) { st.Made++; st.Seconds += m.Length.Seconds() })
	return nil
}

// clear deletes what a call has left, and then its facts.
func (s *Spool) clear(ctx context.Context, call telephony.CallID, l left) error {
	if err := s.delete(ctx, l); err != nil {
		return err
	}
	if err := os.Remove(s.file(call)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (s *Spool) delete(ctx context.Context, l left) error {
	for _, name := range l.names() {
		if err := s.opt.Switch.DeleteRecording(ctx, name); err != nil {
			return fmt.Errorf("delete %s: %w", name, err)
		}
	}
	return nil
}

// Erase deletes what is on its way of some calls, and of those that are on the line when they are over, which is noted for the next Hotline, too. After it
// nothing of them comes into the archive any more; what had come before is there.
func (s *Spool) Erase(ctx context.Context, calls ...telephony.CallID) error {
	s.bringing.Lock()
	defer s.bringing.Unlock()
	for _, call := range calls {
		s.erased[call] = true
	}
	s.write()
	tracks, messages, err := s.opt.Switch.Recorded(ctx)
	if err != nil {
		return fmt.Errorf("list tracks and messages: %w", err)
	}
	for _, call := range calls {
		if s.opt.Switch.Serves(call) {
			if err := s.append(noted{call, tape.Fact{Kind: tape.Erased, At: time.Now()}}); err != nil {
				return fmt.Errorf("recording of call %s: %w", call, err)
			}
			continue
		}
		theirs := left{
			slices.DeleteFunc(slices.Clone(tracks), func(t telephony.Track) bool { return t.Call != call }),
			slices.DeleteFunc(slices.Clone(messages), func(m telephony.Message) bool { return m.Call != call }),
		}
		if err := s.clear(ctx, call, theirs); err != nil {
			return fmt.Errorf("recording of call %s: %w", call, err)
		}
	}
	return nil
}

// fetched are tracks in files that have no name.
type fetched struct {
	files  []*os.File
	tracks []stereo.Track
}

func (f *fetched) close() {
	for _, file := range f.files {
		file.Close()
	}
}

// fetch reads tracks from the switch. What it has fetched is to be closed, also after an error.
func (s *Spool) fetch(ctx context.Context, started time.Time, tracks []telephony.Track) (*fetched, error) {
	all := new(fetched)
	for _, t := range tracks {
		file, size, err := s.fetchOne(ctx, t.Name)
		if err != nil {
			return all, err
		}
		all.files = append(all.files, file)
		all.tracks = append(all.tracks, stereo.Track{File: file, Size: size, At: t.Began.Sub(started), Right: t.Leg != ""})
	}
	return all, nil
}

// fetchOne reads a track or a message into a file that has no name.
func (s *Spool) fetchOne(ctx context.Context, name string) (_ *os.File, size int64, err error) {
	from, err := s.opt.Switch.OpenRecording(ctx, name)
	if err != nil {
		return nil, 0, fmt.Errorf("open %s: %w", name, err)
	}
	file, err := os.CreateTemp(s.opt.Dir, "fetched-*")
	if err == nil {
		if err = os.Remove(file.Name()); err == nil {
			size, err = io.Copy(file, from)
		}
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}
	if err = errors.Join(err, from.Close()); err != nil {
		return nil, 0, fmt.Errorf("fetch %s: %w", name, err)
	}
	return file, size, nil
}
