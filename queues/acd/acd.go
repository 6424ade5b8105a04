// Package acd lets the router of package queues work for many callers at once. One
// goroutine, Run's, owns the router: it alone tells it facts, keeps its deadlines,
// and hands its decisions out.
//
//	calls' goroutines ── Enqueue, Report, Snapshot ──► inbox ──► Run ── Step ──► decisions
//	        ▲                                                                 │      │
//	        └──────────────── NextOffer ◄── one mailbox per request ◄─────────┘      ▼
//	                                                                        Observer.Stepped
//
// Run never waits for anybody. An answer goes into a channel with room for it, an
// offer into the one mailbox that its request has (a newer one takes the place of an
// older, which is over then), and observers are called and must return. They are told
// of a step before NextOffer and Report return from it.
//
// After a restart the facts come back in any order. So that nobody is served before their
// turn, report queues.OffersHeld first; then sign the agents in as they were stored, tell
// which phones are reachable, let the calls that were found enqueue (with their original
// time) or report TalkRestored; and then OffersReleased.
package acd

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"hotline/queues"
)

// What NextOffer and Report return besides the router's own errors.
var (
	ErrNoWait = errors.New("request is not waiting") // never enqueued, or answered or abandoned
)

// Options are what an ACD is made of.
type Options struct {
	Config queues.Config    // Epoch is chosen where it is empty
	Now    func() time.Time // time.Now where nil
	Log    *slog.Logger     // slog.Default() where nil
}

// Observer is told each step of the router once and whole: the event and what was decided of it. Run's goroutine calls it, and it
// must not block: whoever needs time copies what they need and works elsewhere. The decisions are gone when it returns.
type Observer interface {
	Stepped(at time.Time, e queues.Event, decided []queues.Decision)
}

// ObserverFunc is a function that observes.
type ObserverFunc func(at time.Time, e queues.Event, decided []queues.Decision)

// Stepped calls f.
func (f ObserverFunc) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	f(at, e, decided)
}

// ACD is a router at work.
type ACD struct {
	now       func() time.Time
	log       *slog.Logger
	observers []Observer // told in this order; complete before Run

	// Without room: who reports waits for Run to take it, for as long as their ctx lasts.
	reports chan report
	asks    chan func(*queues.Router) // called by Run's goroutine; they answer into a channel with room
	stopped chan struct{}             // closed at the end of Run
	ran     atomic.Bool

	router *queues.Router // Run's goroutine only
	last   time.Time      // the latest that the clock has said; Run's goroutine only
	wakes  time.Time      // when Run looks next whether the process runs, or when a step began; zero while there is no deadline; Run's goroutine only

	mu        sync.Mutex // held for a look-up only, never while waiting
	mailboxes map[queues.RequestID]*mailbox
}

// report is an event, and the way back to who told it.
type report struct {
	event queues.Event
	done  chan error // room for the one answer
}

// New makes an ACD, or says what is wrong with the configuration.
func New(o Options) (*ACD, error) {
	a := &ACD{
		now: o.Now, log: o.Log,
		reports:   make(chan report),
		asks:      make(chan func(*queues.Router)),
		stopped:   make(chan struct{}),
		mailboxes: map[queues.RequestID]*mailbox{},
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.log == nil {
		a.log = slog.Default()
	}
	if o.Config.Epoch == "" {
		o.Config.Epoch = strconv.FormatInt(a.now().UnixMilli(), 36)
	}
	var err error
	a.router, err = queues.New(o.Config)
	return a, err
}

// Observe lets observers be told of each step, after those who were there before them. It is for before Run: who observes often
// needs the ACD itself to be made.
func (a *ACD) Observe(o ...Observer) { a.observers = append(a.observers, o...) }

// Run works until ctx ends, and returns nil then. All other verbs wait for it to begin,
// and return queues.ErrStopped when it has ended. It runs once.
func (a *ACD) Run(ctx context.Context) error {
	if a.ran.Swap(true) {
		return errors.New("acd: runs already, or has run")
	}
	defer a.stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		a.noticeStall(a.moment()) // which began while something else was done here
		a.wakes = time.Time{}
		if due, any := a.router.Deadline(); any {
			now := a.now()
			if a.wakes = due; due.Sub(now) > wakesEvery {
				a.wakes = now.Add(wakesEvery)
			}
			timer.Reset(a.wakes.Sub(now))
		}
		select {
		case r := <-a.reports:
			r.done <- a.step(r.event)
		case ask := <-a.asks:
			ask(a.router)
		case <-timer.C:
			if due, any := a.router.Deadline(); any && (!a.now().Before(due) || a.stalled(a.now()) > late) {
				a.step(queues.Tick{})
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// While there is a deadline, Run looks every wakesEvery whether the process runs. Where it does so more than late too late, it did not: it was stopped, or the machine
// hung.
const (
	wakesEvery = 200 * time.Millisecond
	late       = time.Second
)

// stalled is for how long the process did not run until now. Run's goroutine only.
func (a *ACD) stalled(now time.Time) time.Duration {
	if a.wakes.IsZero() {
		return 0
	}
	return now.Sub(a.wakes)
}

// step tells the router a fact, carries its decisions out, and returns why it was
// rejected, if it was. Where the process did not run before, nobody was heard: the router is told that first. Run's goroutine only.
func (a *ACD) step(e queues.Event) (rejected error) {
	at := a.moment()
	a.noticeStall(at)
	a.wakes = at // it runs
	return a.stepAt(at, e)
}

// moment is now, and never before the last step. Run's goroutine only.
func (a *ACD) moment() time.Time {
	if at := a.now(); at.After(a.last) {
		a.last = at
	}
	return a.last
}

// noticeStall tells the router where the process did not run until now. Run's goroutine only.
func (a *ACD) noticeStall(at time.Time) {
	if by := a.stalled(at); by > late {
		a.log.Warn("Hotline itself did not run for a time, in which nobody was heard; what rings goes on for a while", "for", by.Round(time.Millisecond))
		_ = a.stepAt(at, queues.Stalled{By: by})
	}
}

func (a *ACD) stepAt(at time.Time, e queues.Event) (rejected error) {
	decided := a.router.Step(at, e)
	defer a.router.Release()
	if r := queues.Rejection(decided); r != nil {
		rejected = r.Err
	}
	switch e := e.(type) {
	case queues.Enqueued:
		if rejected == nil {
			a.open(e.Request.ID)
		}
	case queues.ConsultWanted:
		if rejected == nil {
			a.open(e.Request)
		}
	}
	for _, o := range a.observers {
		o.Stepped(at, e, decided)
	}
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.Offered:
			a.mailbox(d.Offer.Request).put(*d)
		case *queues.OfferEnded:
			a.mailbox(d.Offer.Request).end(d.How)
			if d.Offer.Consults != "" {
				a.closeConsult(d.Offer.Request)
			}
		case *queues.RequestMoved:
			a.move(d.Request.ID, &queues.MovedError{To: d.To, Because: d.Because, Lead: d.Lead})
		case *queues.RequestEnded:
			a.close(d)
		}
	}
	if gone, is := e.(queues.Abandoned); is {
		a.forget(gone.Request)
	}
	return rejected
}

// stop lets everybody go who waits. Run's goroutine, at its end.
func (a *ACD) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.mailboxes {
		p.drop(queues.ErrStopped)
	}
	if len(a.mailboxes) > 0 {
		a.log.Warn("the router stopped while requests were waiting", "requests", len(a.mailboxes))
	}
	close(a.stopped)
}

// Enqueue asks for service: it is Report of queues.Enqueued.
func (a *ACD) Enqueue(ctx context.Context, r queues.Request) error {
	return a.Report(ctx, queues.Enqueued{Request: r})
}

// Report tells the router a fact, and returns why it was rejected, if it was: an error
// of package queues. When it returns nil, what follows has been carried out and observed.
// A ctx that has ended already reports nothing and its cause is returned: say that a
// caller is gone with a context that outlives the call.
func (a *ACD) Report(ctx context.Context, e queues.Event) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r := report{event: e, done: make(chan error, 1)}
	select {
	case a.reports <- r:
		return <-r.done // Run has taken it, and answers whatever happens
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-a.stopped:
		return queues.ErrStopped
	}
}

// Snapshot is the router's state.
func (a *ACD) Snapshot(ctx context.Context) (queues.Snapshot, error) {
	return ask(ctx, a, (*queues.Router).Snapshot)
}

// Move returns when Run's goroutine has come round, however long that takes; and when Run has ended.
func (a *ACD) Move() {
	_, _ = ask(context.Background(), a, func(*queues.Router) struct{} { return struct{}{} })
}

// Considered is how everybody signed in stands to a waiting request; see queues.Router.Considered.
func (a *ACD) Considered(ctx context.Context, id queues.RequestID) ([]queues.Consideration, error) {
	type considered struct {
		all []queues.Consideration
		err error
	}
	c, err := ask(ctx, a, func(r *queues.Router) considered {
		all, err := r.Considered(id)
		return considered{all, err}
	})
	if err != nil {
		return nil, err
	}
	return c.all, c.err
}

// Waiting are those who wait, n at most; see queues.Router.Waiting.
func (a *ACD) Waiting(ctx context.Context, n int) ([]queues.Waiter, error) {
	return ask(ctx, a, func(r *queues.Router) []queues.Waiter { return r.Waiting(n) })
}

// Others says who else was there when a request was offered; see queues.Router.Others. For an Observer's Stepped only.
func (a *ACD) Others(o *queues.Offered, later []queues.Decision) *queues.Others {
	return a.router.Others(o, later)
}

// ExpectedWait says in what range the rest of a request's wait lies, and whether that is known: see queues.Router. Who
// announces it reports queues.WaitAnnounced, also where it is Silent and nobody is to hear it.
func (a *ACD) ExpectedWait(ctx context.Context, id queues.RequestID) (w queues.Wait, known bool, err error) {
	known, err = ask(ctx, a, func(r *queues.Router) (known bool) {
		w, known = r.ExpectedWait(id)
		return known
	})
	return w, known, err
}

// ask lets Run's goroutine look something up.
func ask[T any](ctx context.Context, a *ACD, look func(*queues.Router) T) (none T, _ error) {
	answer := make(chan T, 1) // room for the one answer
	select {
	case a.asks <- func(r *queues.Router) { answer <- look(r) }:
		return <-answer, nil
	case <-ctx.Done():
		return none, context.Cause(ctx)
	case <-a.stopped:
		return none, queues.ErrStopped
	}
}
