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
	"hotline/telephony"
)

// BringIn brings in the recordings of all calls that are over, but for those that could not be when they were tried last: they are tried again after
// pauses that grow. The error is of those that could not be; the others are in, unless the archive is full, which ends the round.
func (s *Spool) BringIn(ctx context.Context) error {
	known, err := s.withFacts()
	if err != nil {
		return fmt.Errorf("list facts: %w", err)
	}
	// Which calls are over is asked before their tracks are listed: what a call ends with is on the list of a call that was over.
	live, tracks := make(map[telephony.CallID]bool), make(map[telephony.CallID][]telephony.Track)
	for _, call := range known {
		if live[call] = s.opt.Switch.Serves(call); !live[call] {
			tracks[call] = nil
		}
	}
	all, err := s.opt.Switch.Tracks(ctx)
	if err != nil {
		return fmt.Errorf("list tracks: %w", err)
	}
	for _, t := range all {
		_, over := tracks[t.Call]
		if over || !live[t.Call] && time.Since(t.Began) > s.opt.Strange && !s.opt.Switch.Serves(t.Call) {
			tracks[t.Call] = append(tracks[t.Call], t)
		}
	}
	s.count(func(st *Stats) { st.Waiting = len(tracks) })
	maps.DeleteFunc(s.tried, func(call telephony.CallID, _ attempt) bool { _, waits := tracks[call]; return !waits })
	var failed error
	for _, call := range slices.Sorted(maps.Keys(tracks)) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if time.Now().Before(s.tried[call].next) {
			continue
		}
		if err := s.bring(ctx, call, tracks[call]); err != nil {
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

// bring brings one in, and deletes what it was made of.
func (s *Spool) bring(ctx context.Context, call telephony.CallID, tracks []telephony.Track) error {
	s.bringing.Lock()
	defer s.bringing.Unlock()
	s.write() // what was noted of it meanwhile
	if s.erased[call] {
		return s.clear(ctx, call, tracks)
	}
	known, err := s.read(call)
	if err != nil {
		return err
	}
	if len(tracks) > 0 {
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
		if whole.Length() > 0 {
			sound, err := stereo.Mix(files.tracks, silent...)
			if err != nil {
				return err
			}
			if err := s.opt.Archive.Put(ctx, meta, sound); err != nil {
				return err
			}
			s.count(func(st *Stats) { st.Made++; st.Seconds += whole.Length().Seconds() })
		}
	}
	return s.clear(ctx, call, tracks)
}

// clear deletes what a recording is made of.
func (s *Spool) clear(ctx context.Context, call telephony.CallID, tracks []telephony.Track) error {
	for _, t := range tracks {
		if err := s.opt.Switch.DeleteTrack(ctx, t.Name); err != nil {
			return fmt.Errorf("delete track %s: %w", t.Name, err)
		}
	}
	if err := os.Remove(s.file(call)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Erase deletes what is on its way of some calls, and of those that are on the line when they are over. After it nothing of them comes into the
// archive any more; what had come before is there.
func (s *Spool) Erase(ctx context.Context, calls ...telephony.CallID) error {
	s.bringing.Lock()
	defer s.bringing.Unlock()
	for _, call := range calls {
		s.erased[call] = true
	}
	s.write()
	all, err := s.opt.Switch.Tracks(ctx)
	if err != nil {
		return fmt.Errorf("list tracks: %w", err)
	}
	for _, call := range calls {
		if s.opt.Switch.Serves(call) {
			continue
		}
		theirs := slices.DeleteFunc(slices.Clone(all), func(t telephony.Track) bool { return t.Call != call })
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
		from, err := s.opt.Switch.OpenTrack(ctx, t.Name)
		if err != nil {
			return all, fmt.Errorf("open track %s: %w", t.Name, err)
		}
		file, err := os.CreateTemp(s.opt.Dir, "fetched-*")
		if err == nil {
			err = os.Remove(file.Name())
			all.files = append(all.files, file)
		}
		var size int64
		if err == nil {
			size, err = io.Copy(file, from)
		}
		if err = errors.Join(err, from.Close()); err != nil {
			return all, fmt.Errorf("fetch track %s: %w", t.Name, err)
		}
		all.tracks = append(all.tracks, stereo.Track{File: file, Size: size, At: t.Began.Sub(started), Right: t.Leg != ""})
	}
	return all, nil
}
