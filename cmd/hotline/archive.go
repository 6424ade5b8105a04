package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/agentapi/playback"
	"hotline/recordings"
	recorded "hotline/recordings/postgres"
)

const (
	settleEvery = 10 * time.Second
	verifyEvery = 24 * time.Hour // each recording is read from end to end so often, beside all other work
	verifyShare = 50             // of a processor and a disk: reading one is followed by so many times as long a rest
)

// vaultState is what is known of the folder of recordings.
type vaultState struct {
	damaged  atomic.Int64 // as the last verification found; of one that goes on, so far
	keyless  atomic.Int64 // whose key is in no file
	bytes    atomic.Int64
	count    atomic.Int64
	verified atomic.Int64 // when the last verification was over, in Unix seconds; 0: none yet
}

// wireArchive opens the folder in which recordings are kept. Without keys there is no archive. A file of keys or a folder that is not as it must be
// keeps no call from being served: nothing is recorded until it is.
func (s *service) wireArchive() {
	s.listed = recorded.New(s.db)
	for name, show := range map[string]struct {
		help string
		of   *atomic.Int64
	}{
		"hotline_recordings_damaged":                    {"Recordings that are not what was kept, as they were last read from end to end.", &s.kept.damaged},
		"hotline_recordings_without_key":                {"Recordings whose key is not in the file of keys, as they were last read.", &s.kept.keyless},
		"hotline_recordings_bytes":                      {"What all recordings take on disk, as they were last read.", &s.kept.bytes},
		"hotline_recordings_kept":                       {"Recordings that are kept, as they were last read.", &s.kept.count},
		"hotline_recordings_verified_timestamp_seconds": {"When all recordings had last been read from end to end; 0: not since the start.", &s.kept.verified},
	} {
		s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: show.help}, func() float64 { return float64(show.of.Load()) }))
	}
	if s.config.Recordings.Keys == "" {
		return
	}
	s.vault = &keptFolder{keys: s.config.Recordings.Keys, path: s.config.RecordingsFolder(), log: s.log}
	s.archive = &recordings.Archive{Vault: s.vault, Rows: s.listed}
}

// tendArchive makes the database know of all recordings, deletes those whose time is over, and reads all of them again and again, until ctx ends.
func (s *service) tendArchive(ctx context.Context) error {
	if s.archive == nil {
		return nil
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { _ = again(ctx, forgetEvery, func() error { return s.forgetRecordings(ctx) }) })
	beside.Go(func() { _ = again(ctx, verifyEvery, func() error { return s.verifyRecordings(ctx, verifyShare) }) })
	troubled := false
	return again(ctx, settleEvery, func() error {
		n, err := s.archive.Settle(ctx)
		if bad := err != nil && ctx.Err() == nil; bad != troubled {
			troubled = bad
			if bad {
				s.log.Warn("the database does not know of all recordings yet; this is tried again", "err", err)
			}
		}
		if n > 0 {
			s.log.Info("the database has been told of recordings", "recordings", n)
		}
		return nil
	})
}

// playback is what browsers and programs have of recordings.
func (s *service) playback() *playback.Room {
	r := &playback.Room{Rows: s.listed, Sounds: s.vault, Calls: s.tickets, Present: s.present, Terms: s.register.Terms, AgentsHear: s.config.Recordings.AgentsHear}
	if s.archive != nil {
		r.Archive = s.archive
	}
	return r
}

func (s *service) forgetRecordings(ctx context.Context) error {
	n, err := s.archive.Forget(ctx, s.keeps(), time.Now())
	return told(ctx, s.log, "recordings", err, n > 0, "deleted", n)
}

// verifyRecordings reads all recordings from end to end, and rests so many times as long after each.
func (s *service) verifyRecordings(ctx context.Context, rest time.Duration) error {
	folder, err := s.vault.open()
	if err != nil {
		return err // it is told there
	}
	var damaged, keyless, count int64
	err = folder.Each(ctx, func(id recordings.ID) error {
		begun := time.Now()
		count++
		switch err := folder.Verify(ctx, id); {
		case errors.Is(err, recordings.ErrNoKey):
			keyless++
			s.kept.keyless.Store(max(keyless, s.kept.keyless.Load()))
			s.log.Error("a recording cannot be read", "recording", id, "err", err)
		case errors.Is(err, recordings.ErrDamaged):
			damaged++
			s.kept.damaged.Store(max(damaged, s.kept.damaged.Load()))
			s.log.Error("a recording is damaged", "recording", id, "err", err)
		case err != nil && !errors.Is(err, recordings.ErrNone): // deleted meanwhile
			return fmt.Errorf("verify: %w", err)
		}
		select {
		case <-time.After(rest * time.Since(begun)):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("recordings are not all verified; this is tried again", "err", err)
		}
		return err
	}
	bytes, err := folder.Used(ctx)
	s.kept.damaged.Store(damaged)
	s.kept.keyless.Store(keyless)
	s.kept.count.Store(count)
	s.kept.bytes.Store(bytes)
	s.kept.verified.Store(time.Now().Unix())
	return err
}
