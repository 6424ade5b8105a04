package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/cmd/hotline/watch"
	"hotline/ivr"
	"hotline/queues"
	"hotline/recordings"
	"hotline/recordings/spool"
	"hotline/telephony"
)

// asteriskRecords is where Debian's Asterisk writes what it records. Where it is elsewhere, on another machine, or only Asterisk's own to look into, as
// Debian has it, its disk is not looked at: a track that it cannot write is told all the same.
const asteriskRecords = "/var/spool/asterisk/recording"

// recordingRules are those of the queues, as they are now.
type recordingRules = map[queues.QueueID]ivr.RecordingRule

// recorder is the spool of recordings as the line knows it.
type recorder struct {
	*spool.Spool
	rules  *atomic.Pointer[recordingRules]
	speaks func(ctx context.Context, name string) (bool, error)
}

// Rule implements ivr.Recorder.
func (r recorder) Rule(q queues.QueueID) ivr.RecordingRule { return (*r.rules.Load())[q] }

// Speaks implements ivr.Recorder. The switch may be writing still.
func (r recorder) Speaks(ctx context.Context, name string) (bool, error) {
	for {
		speaks, err := r.speaks(ctx, name)
		if err == nil || errors.Is(err, telephony.ErrGone) {
			return speaks, err
		}
		select {
		case <-time.After(listensAgain):
		case <-ctx.Done():
			return false, err
		}
	}
}

// listensAgain is after what time a message is listened to again that could not be.
const listensAgain = 200 * time.Millisecond

// wireRecorder makes what brings recordings from Asterisk to the archive. Without an archive nothing is recorded.
func (s *service) wireRecorder() (err error) {
	if s.archive == nil {
		return nil
	}
	reserve := int64(s.config.Recordings.ReserveMB) << 20
	rules := s.config.RecordingRules()
	s.recordingRules.Store(&rules)
	s.tapes, err = spool.Open(spool.Options{
		Dir: filepath.Join(s.config.Spool, "recordings"), Switch: s.sw, Archive: s.archive, Reserve: reserve, Log: s.log, Keeps: s.vault.ready,
		Disks: []string{s.config.RecordingsFolder()}, Others: []string{asteriskRecords},
		Found: func(m recordings.Meta) error { return s.register.LeftMessage(m.Call, m.Name, m.Started) },
	})
	if err != nil {
		return err
	}
	s.line.Recorder = recorder{s.tapes, &s.recordingRules, s.speaks}
	stats := func(of func(spool.Stats) float64) func() float64 {
		return func() float64 { return of(s.tapes.Stats()) }
	}
	counter := func(name, help string, of func(spool.Stats) float64) {
		s.metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, stats(of)))
	}
	gauge := func(name, help string, of func(spool.Stats) float64) {
		s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, stats(of)))
	}
	counter("hotline_recordings_made_total", "Recordings that were brought into the archive.", func(n spool.Stats) float64 { return float64(n.Made) })
	counter("hotline_recordings_seconds_total", "How long they last, in all.", func(n spool.Stats) float64 { return n.Seconds })
	counter("hotline_recordings_failed_total", "Times that somebody was not recorded who should have been: the log says why.", func(n spool.Stats) float64 { return float64(n.Failed) })
	gauge("hotline_recordings_waiting", "Recordings whose calls are over, and that are not in the archive yet.", func(n spool.Stats) float64 { return float64(n.Waiting) })
	gauge("hotline_recordings_free_bytes", "Free room on the disk of recordings that has the least.", func(n spool.Stats) float64 { return float64(n.Free) })
	s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hotline_recordings_possible", Help: "1 while talks can be recorded: there is room, and the folder can be written.",
	}, func() float64 {
		if s.tapes.Ready() != nil {
			return 0
		}
		return 1
	}))
	return nil
}

// recordingPart says whether talks are recorded that should be. Where they are not, calls are served all the same.
func (s *service) recordingPart() watch.Part {
	p := watch.Part{Name: "recording", State: watch.StateOK}
	n := s.tapes.Stats()
	p.Says = fmt.Sprintf("on their way to the archive: %d", n.Waiting)
	if err := s.tapes.Trouble(); err != nil {
		p.State, p.Says = "failing", err.Error()
	}
	return p
}
