package main

import (
	"context"
	"errors"
	desks "hotline/agentapi/desk"
	"log/slog"
	"sync"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/queues/simulation"
)

// Bounds of looking ahead. The effort is a core's work for less than a second.
const (
	lookAhead    = 30 * time.Minute
	lookEvery    = time.Minute
	lookEffort   = 200_000         // calls and agents simulated, see simulation.Forecast.Advise
	watchedLeast = 5 * time.Minute // calls must have been seen for so long to tell how many will come
	watchedMost  = time.Hour
)

// staffing watches the router and looks ahead: at most once a minute, and only while a wall is open or somebody asks.
//
//	acd's goroutine ── Stepped ──► observer ── Forecast ──► Advise (run's goroutine) ──► latest ──► Staffing, the wall
type staffing struct {
	log     *slog.Logger
	watched func() bool // is a wall open?
	present func() *desks.Lineup
	asked   chan struct{} // one place: who asks while it is asked already waits for the same answer

	seen simulation.Seen // run's goroutine only; kept for its memory

	mu       sync.Mutex // the router waits for it: held for copying what was seen, at most
	observer *simulation.Observer
	config   queues.Config
	latest   *agentapi.Staffing
	fresh    chan struct{} // closed, and made anew, when latest is
}

func newStaffing(config queues.Config, watched func() bool, present func() *desks.Lineup, log *slog.Logger) *staffing {
	return &staffing{log: log, watched: watched, present: present, config: config, observer: simulation.Observe(time.Now()),
		asked: make(chan struct{}, 1), fresh: make(chan struct{})}
}

// Stepped takes note of a step. It is acd.Observer's.
func (s *staffing) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observer.Stepped(at, e, decided)
	again, is := e.(queues.Reconfigured)
	if !is || queues.WasRejected(decided) {
		return
	}
	again.Config.Location, again.Config.Epoch = s.config.Location, s.config.Epoch
	s.config = again.Config
}

// run looks ahead until ctx ends.
func (s *staffing) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		wanted := true
		select {
		case <-ctx.Done():
			return
		case <-s.asked:
		case <-tick.C:
			s.forget()
			wanted = s.watched()
		}
		if !wanted || s.current() != nil {
			continue
		}
		if err := s.look(time.Now()); err != nil {
			s.log.Error("nobody can say who is missing", "err", err)
		}
	}
}

// forget lets go of what is older than an hour.
func (s *staffing) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observer.Forget(time.Now().Add(-watchedMost))
}

// look simulates, and keeps what came of it.
func (s *staffing) look(now time.Time) error {
	s.mu.Lock()
	s.seen.Copy(s.observer)
	config := s.config
	s.mu.Unlock()
	forecast := s.seen.Forecast(now, config)
	answer := agentapi.Staffing{Now: now, Minutes: int(lookAhead.Minutes()), WatchedS: int(forecast.Watched().Seconds()),
		Queues: []agentapi.StaffingQueue{}, Advice: []agentapi.StaffingAdvice{}, Words: wordsTooEarly(forecast.Watched())}
	if forecast.Watched() >= watchedLeast {
		advice, err := forecast.Advise(lookAhead, lookEffort)
		if err != nil {
			return err
		}
		answer = staffingOf(advice, s.present())
		s.log.Debug("looked ahead", "simulations", advice.Spent, "took", time.Since(now).Round(time.Millisecond), "advice", answer.Words["en"])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = &answer
	close(s.fresh)
	s.fresh = make(chan struct{})
	return nil
}

// current is the latest answer; nil where it is too old.
func (s *staffing) current() *agentapi.Staffing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest == nil || time.Since(s.latest.Now) >= lookEvery {
		return nil
	}
	return s.latest
}

// Staffing is agentapi.Advisor's.
func (s *staffing) Staffing(ctx context.Context) (agentapi.Staffing, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	for {
		s.mu.Lock()
		fresh := s.fresh
		s.mu.Unlock()
		if now := s.current(); now != nil {
			return *now, nil
		}
		select {
		case s.asked <- struct{}{}:
		default: // asked already
		}
		select {
		case <-fresh:
		case <-ctx.Done():
			return agentapi.Staffing{}, errors.New("looking ahead takes too long")
		}
	}
}

// wall is the latest in a line, for as long as it is true enough; nil otherwise.
func (s *staffing) wall(now time.Time) *agentapi.WallStaffing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest == nil || !s.latest.Enough || now.Sub(s.latest.Now) > 3*lookEvery {
		return nil
	}
	holds := true
	for _, q := range s.latest.Queues {
		holds = holds && q.Holds
	}
	return &agentapi.WallStaffing{Holds: holds, Words: s.latest.Words}
}
