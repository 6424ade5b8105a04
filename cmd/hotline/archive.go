package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/agentapi/playback"
	"hotline/recordings"
	recorded "hotline/recordings/postgres"
	"hotline/recordings/vault"
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

// wireArchive opens the folder in which recordings are kept. Without keys there is no archive; a file of keys that is not as it must be is an error.
func (s *service) wireArchive() error {
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
		return nil
	}
	keys, err := vault.ReadKeys(s.config.Recordings.Keys)
	if err != nil {
		return err
	}
	if s.vault, err = vault.Open(s.config.RecordingsFolder(), keys); err != nil {
		return err
	}
	s.archive = &recordings.Archive{Vault: s.vault, Rows: s.listed}
	return nil
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
	r := &playback.Room{Rows: s.listed, Sounds: sounds{s.vault}, Calls: s.tickets, Present: s.present, Terms: s.register.Terms, AgentsHear: s.config.Recordings.AgentsHear}
	if s.archive != nil {
		r.Archive = s.archive
	}
	return r
}

// sounds are those of a vault, for playback; nil is none.
type sounds struct{ vault *vault.Vault }

func (v sounds) Sound(id recordings.ID) (io.ReadSeekCloser, error) {
	if v.vault == nil {
		return nil, recordings.ErrNone
	}
	s, err := v.vault.Open(id)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (v sounds) Peaks(id recordings.ID) (recordings.Peaks, error) {
	if v.vault == nil {
		return recordings.Peaks{}, recordings.ErrNone
	}
	s, err := v.vault.Open(id)
	if err != nil {
		return recordings.Peaks{}, err
	}
	return s.Peaks, s.Close()
}

func (s *service) forgetRecordings(ctx context.Context) error {
	n, err := s.archive.Forget(ctx, s.config.RecordingsRule(cmp.Or(s.config.Voicemail.Keep, keepMessages)), time.Now())
	return told(ctx, s.log, "recordings", err, n > 0, "deleted", n)
}

// verifyRecordings reads all recordings from end to end, and rests so many times as long after each.
func (s *service) verifyRecordings(ctx context.Context, rest time.Duration) error {
	var damaged, keyless, count int64
	err := s.vault.Each(ctx, func(id recordings.ID) error {
		begun := time.Now()
		count++
		switch err := s.vault.Verify(ctx, id); {
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
	bytes, err := s.vault.Used(ctx)
	s.kept.damaged.Store(damaged)
	s.kept.keyless.Store(keyless)
	s.kept.count.Store(count)
	s.kept.bytes.Store(bytes)
	s.kept.verified.Store(time.Now().Unix())
	return err
}
