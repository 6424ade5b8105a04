// Package watch is the engine that keeps the dates of tickets: what is due by itself it has done, in time and once. What is due, and when, the
// package due says; this one finds the tickets.
//
//	a change of a ticket ──► tickets.version ≠ reckoned ──► Run: Reckon, some at once ──► clocks, spells, tickets.wake_at
//	                                                                                            │
//	a call opens a ticket ──► ReckonNew, as it is written ─────────────────────────────────────►│
//	                                                                                            │
//	other terms (a reload) ──► all open tickets are reckoned anew ─────────────────────────────►│ when that time has come
//	                                                                                            ▼
//	       people, by notices ◄── Tend: what is due, in one transaction ◄── a job a ticket ◄── Wake, every few seconds
//
// What was promised of a call stands in its facts: its department, and when somebody is to call back. Clocks do not: a ticket is reckoned by the terms of whoever reckons it, be it opened by
// another Hotline, or by this one under other terms, for those count that count now. Hotlines that share a database are to have the same. They learn of other terms one after the other; each
// has all open tickets reckoned anew then, so that in the end none is left that was reckoned by those of before.
//
// Everything that must survive stands in the database: that a ticket is to be reckoned, when it wakes, and the job that does it, which is seen by
// `hotline work list` and tried again. So a kill between any two steps loses nothing, and since Tend decides under the ticket's lock by
// what the ticket is, it does nothing twice.
package watch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
	"hotline/tickets/due"
	"hotline/tickets/life"
)

// Store is where tickets stand. The Store of tickets/postgres implements it.
type Store interface {
	// Reckon loads some of the tickets that have changed since they were reckoned, lets do reckon each, and saves that, in one
	// transaction. It says how many they were; a ticket that somebody else changes just then is left for the next time. One that cannot be
	// reckoned stops no other: spoilt is told of it, and it wakes at once.
	Reckon(ctx context.Context, most int, do func(*due.File), spoilt func(tickets.Number, error)) (int, error)
	// Tend loads a ticket, lets do decide, and saves what that gives, in one transaction. A ticket that is gone is no error.
	Tend(ctx context.Context, n tickets.Number, do func(*due.File) ([]life.Outcome, error)) error
	// Awake are tickets that are to wake by a time, the earliest first.
	Awake(ctx context.Context, by time.Time, most int) ([]tickets.Number, error)
	// ReckonAnew has all open tickets reckoned again, unless a node has had that done under the same terms the last time.
	ReckonAnew(ctx context.Context, node, terms string) error
}

// Options of a Watch.
type Options struct {
	Store Store
	Node  string    // whose Hotline this is
	Terms due.Terms // to begin with; see Watch.Change
	Log   *slog.Logger
}

// Watch keeps dates. Its methods are safe for concurrent use.
type Watch struct {
	store Store
	node  string
	log   *slog.Logger
	terms atomic.Pointer[due.Terms]
	news  chan struct{} // something has changed; a second time says nothing new
	fresh chan struct{} // other terms

	spoilt atomic.Uint64
}

// New makes a Watch.
func New(o Options) *Watch {
	w := &Watch{store: o.Store, node: o.Node, log: o.Log, news: make(chan struct{}, 1), fresh: make(chan struct{}, 1)}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	w.Change(o.Terms)
	return w
}

// Change puts other terms in the place of those that count. Open tickets are reckoned anew under them, and what belongs to somebody who is
// gone goes to their heirs.
func (w *Watch) Change(t due.Terms) {
	t.Terms = t.OrUsual()
	w.terms.Store(&t)
	signal(w.fresh)
}

// Terms are those that count now.
func (w *Watch) Terms() due.Terms { return *w.terms.Load() }

// Changed says that tickets have changed. It never waits.
func (w *Watch) Changed() { signal(w.news) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// How Run works: so many tickets in one transaction, a round so soon after the last at the earliest, and one so often at least, since another
// Hotline may have changed some.
const (
	piece  = 100
	pause  = 200 * time.Millisecond
	poll   = time.Second
	resign = 10 * time.Second // at most, while the database is away
)

// Spoilt is how many tickets could not be reckoned since the start.
func (w *Watch) Spoilt() uint64 { return w.spoilt.Load() }

// Run reckons tickets that have changed until ctx ends, and then returns nil.
func (w *Watch) Run(ctx context.Context) error {
	failing := false
	for wait := pause; ; {
		err := w.round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			signal(w.fresh) // it may be that which failed
			wait = min(2*wait, resign)
		default:
			wait = pause
		}
		if failing != (err != nil) {
			w.tell(err)
			failing = !failing
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		if err != nil {
			continue
		}
		select {
		case <-w.news:
		case <-time.After(poll):
		case <-ctx.Done():
			return nil
		}
	}
}

// tell writes down that reckoning began to fail, or does not any more.
func (w *Watch) tell(err error) {
	if err != nil {
		w.log.Warn("tickets are not reckoned: nobody is reminded, and nothing escalates; Hotline tries again", "err", err)
		return
	}
	w.log.Info("tickets are reckoned again")
}

// round reckons all that is to be reckoned now.
func (w *Watch) round(ctx context.Context) error {
	select {
	case <-w.fresh:
		if err := w.Renew(ctx); err != nil {
			return err
		}
	default:
	}
	return w.Reckon(ctx, time.Now())
}

// Renew has open tickets reckoned anew where the terms are others than this node had before.
func (w *Watch) Renew(ctx context.Context) error {
	return w.store.ReckonAnew(ctx, w.node, fingerprint(*w.terms.Load()))
}

// Reckon reckons all tickets that have changed, as of a time. Those that cannot be reckoned are counted, and the first of them is written down.
func (w *Watch) Reckon(ctx context.Context, now time.Time) error {
	var first []any
	before := w.spoilt.Load()
	spoilt := func(n tickets.Number, err error) {
		if w.spoilt.Add(1) == before+1 {
			first = []any{"ticket", n, "err", err}
		}
	}
	defer func() {
		if more := w.spoilt.Load() - before; more > 0 {
			w.log.Error("tickets cannot be reckoned: their jobs fail until they can, see hotline work list", append(first, "tickets", more)...)
		}
	}()
	for {
		n, err := w.store.Reckon(ctx, piece, func(f *due.File) { f.Reckon(*w.terms.Load(), now) }, spoilt)
		if err != nil || n < piece {
			return err
		}
	}
}

// ReckonNew reckons a ticket that is about to be written for the first time.
func (w *Watch) ReckonNew(f *due.File) { f.Reckon(*w.terms.Load(), time.Now()) }

// Wake gives the tickets that are to wake by a time to queue, the earliest first, which is to make one job of each for Tend, and none where there is one
// already. They stay due until Tend has done what is.
func (w *Watch) Wake(ctx context.Context, now time.Time, queue func(context.Context, []tickets.Number) error) error {
	const most = 1000
	all, err := w.store.Awake(ctx, now, most)
	if err != nil || len(all) == 0 {
		return err
	}
	return queue(ctx, all)
}

// Tend does what is due of a ticket at a time. It may be called any number of times.
func (w *Watch) Tend(ctx context.Context, n tickets.Number, now time.Time) error {
	return w.store.Tend(ctx, n, func(f *due.File) ([]life.Outcome, error) { return f.Tend(*w.terms.Load(), now) })
}

// reckoning counts changes of how is reckoned: where it is another than before, all open tickets are reckoned anew.
const reckoning = 1

// fingerprint is the same for the same terms.
func fingerprint(t due.Terms) string {
	zones := []string{"line " + t.Here(time.Time{}).Location().String()}
	note := func(what string, c *hours.Calendar) {
		if c != nil && c.Zone != nil {
			zones = append(zones, what+" "+c.Zone.String())
		}
	}
	for _, id := range slices.Sorted(maps.Keys(t.Departments)) {
		note("department "+id, t.Departments[id].Hours)
	}
	for _, id := range slices.Sorted(maps.Keys(t.DepartmentClocks)) {
		note("department clock "+id, t.DepartmentClocks[id].Calendar)
	}
	for _, id := range slices.Sorted(maps.Keys(t.Clocks)) {
		note("agreement "+id, t.Clocks[id].Calendar)
	}
	for _, id := range slices.Sorted(maps.Keys(t.Vendors)) {
		note("vendor "+id, t.Vendors[id].Hours)
	}
	b, err := json.Marshal([]any{reckoning, zones, t})
	if err != nil {
		panic(fmt.Sprintf("watch: terms are no JSON: %v", err)) // plain values
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
