package desk

import (
	"context"
	"errors"
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

// Watched says whether a wall is open. stream.Hub implements it.
type Watched interface {
	WallWatched() bool
}

// Outlook watches the router and looks ahead, who is missing for the targets to hold: at most once a minute, and only while a wall is
// open or somebody asks.
//
//	the router's goroutine ── Stepped ──► observer ── Forecast ──► Advise (Run's goroutine) ──► latest ──► Staffing, the wall
type Outlook struct {
	log     *slog.Logger
	wallOf  Watched
	present *Present
	asked   chan struct{} // has room for one: whoever asks while somebody has asked already waits for the same answer

	seen simulation.Seen // Run's goroutine only; kept for its memory

	mu       sync.Mutex // the router waits for it: held for copying what was seen, at most
	observer *simulation.Observer
	config   queues.Config
	latest   *agentapi.Staffing
	fresh    chan struct{} // closed, and made anew, when latest is
}

// NewOutlook looks ahead for the queues of a configuration, until a reload brings others.
func NewOutlook(config queues.Config, wall Watched, present *Present, log *slog.Logger) *Outlook {
	return &Outlook{log: log, wallOf: wall, present: present, config: config, observer: simulation.Observe(time.Now()),
		asked: make(chan struct{}, 1), fresh: make(chan struct{})}
}

// Stepped takes note of a step. It implements acd.Observer.
func (o *Outlook) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.observer.Stepped(at, e, decided)
	again, is := e.(queues.Reconfigured)
	if !is || queues.WasRejected(decided) {
		return
	}
	again.Config.Location, again.Config.Epoch = o.config.Location, o.config.Epoch
	o.config = again.Config
}

// Run looks ahead until ctx ends.
func (o *Outlook) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		wanted := true
		select {
		case <-ctx.Done():
			return
		case <-o.asked:
		case <-tick.C:
			o.forget()
			wanted = o.wallOf.WallWatched()
		}
		if !wanted || o.current() != nil {
			continue
		}
		if err := o.look(time.Now()); err != nil {
			o.log.Error("the look ahead failed: the wall does not show who is missing", "err", err)
		}
	}
}

// forget lets go of what is older than an hour.
func (o *Outlook) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.observer.Forget(time.Now().Add(-watchedMost))
}

// look simulates, and keeps what came of it.
func (o *Outlook) look(now time.Time) error {
	o.mu.Lock()
	o.seen.Copy(o.observer)
	config := o.config
	o.mu.Unlock()
	forecast := o.seen.Forecast(now, config)
	answer := agentapi.Staffing{Now: now, Minutes: int(lookAhead.Minutes()), WatchedS: int(forecast.Watched().Seconds()),
		Queues: []agentapi.StaffingQueue{}, Advice: []agentapi.StaffingAdvice{}, Words: wordsTooEarly(forecast.Watched())}
	if forecast.Watched() >= watchedLeast {
		advice, err := forecast.Advise(lookAhead, lookEffort)
		if err != nil {
			return err
		}
		answer = staffingOf(advice, o.present.Lineup())
		o.log.Debug("looked ahead", "simulations", advice.Spent, "took", time.Since(now).Round(time.Millisecond), "advice", answer.Words["en"])
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.latest = &answer
	close(o.fresh)
	o.fresh = make(chan struct{})
	return nil
}

// current is the latest answer; nil where it is too old.
func (o *Outlook) current() *agentapi.Staffing {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.latest == nil || time.Since(o.latest.Now) >= lookEvery {
		return nil
	}
	return o.latest
}

// Staffing implements rest.Advisor.
func (o *Outlook) Staffing(ctx context.Context) (agentapi.Staffing, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	for {
		o.mu.Lock()
		fresh := o.fresh
		o.mu.Unlock()
		if now := o.current(); now != nil {
			return *now, nil
		}
		select {
		case o.asked <- struct{}{}:
		default: // asked already
		}
		select {
		case <-fresh:
		case <-ctx.Done():
			return agentapi.Staffing{}, errors.New("looking ahead takes too long")
		}
	}
}

// wall is the latest answer in a line of text, for as long as it is not too old; nil otherwise.
func (o *Outlook) wall(now time.Time) *agentapi.WallStaffing {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.latest == nil || !o.latest.Enough || now.Sub(o.latest.Now) > 3*lookEvery {
		return nil
	}
	holds := true
	for _, q := range o.latest.Queues {
		holds = holds && q.Holds
	}
	return &agentapi.WallStaffing{Holds: holds, Words: o.latest.Words}
}
