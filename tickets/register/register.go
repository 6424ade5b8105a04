// Package register is the engine that gives each call its ticket, without ever waiting for a database: what tickets says about facts and cases
// it carries out, with goroutines, clocks and counters of its own.
//
//	call's goroutine                            one applier goroutine
//	 Arrive ─► tickets.Case ─ facts ─► Spool (disk) ─► Run ─► Store.Apply (database)
//	               ▲                                           │
//	               └── identification, 150 ms at most ◄── Store.Identify
//
// The spool keeps facts on disk before the call goes on (or after a bound, when the disk is slow); the applier carries them to the store in
// order, and forgets them only after the store has committed. So a database that is slow or away delays no caller, and one that comes back
// finds everything. One that comes back from a dump gets what Past still keeps of what it had since.
//
// Invariants:
//
//   - every call has a ticket from its first moment: its number comes from a block reserved ahead and kept on disk, and no number is ever
//     handed out twice;
//   - what happened to a contact a moment ago is known to the next call from the same number, though the store may not have it yet;
//   - a fact that the store refuses for ever is set aside where an operator finds it, and holds up no other.
package register

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

// Options of a Register. Zero durations and numbers take the defaults named.
type Options struct {
	Store tickets.Store
	Spool Spool
	Shelf Shelf
	Past  Past          // nil: what the store has is kept nowhere else
	Log   *slog.Logger  // slog.Default
	Terms tickets.Terms // to begin with; see Register.Change
	Node  string        // the Asterisk of its calls, where an Arrival names none

	Forgets time.Duration // after so long the store may delete a contact or its facts by its own rule; 0 is never

	IdentifyWithin time.Duration // 150 ms from the arrival

	Outside       Outside       // is asked who calls where the store does not know; nil: nobody is
	OutsideWithin time.Duration // so long a call waits for it at most, within IdentifyWithin: 100 ms
	Reserve       int           // numbers kept ahead: 20,000
}

func (o *Options) defaults() {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.IdentifyWithin <= 0 {
		o.IdentifyWithin = 150 * time.Millisecond
	}
	if o.OutsideWithin <= 0 {
		o.OutsideWithin = 100 * time.Millisecond
	}
	if o.Reserve <= 0 {
		o.Reserve = 20_000
	}
}

// Register gives every call its ticket. Its methods are safe for concurrent use.
type Register struct {
	o       Options
	terms   atomic.Pointer[tickets.Terms] // those that count now
	numbers *numbers
	recent  *recent
	asking  chan struct{} // has room for the identifications that may be under way at once

	ctx  context.Context // of identifications; ends with Run
	stop context.CancelFunc

	back     chan struct{} // closed when the store has what it had before (see bringBack)
	earlier  uint64        // position of the latest fact of earlier runs
	progress progress
	guesses  guesses
	lost     atomic.Int64 // facts that the spool did not take
	late     atomic.Int64 // identifications that missed their budget
	arrived  atomic.Int64

	mu    sync.Mutex // guards what is below
	cases map[tickets.ContactID]*tickets.Case
	idle  []idle // in order, waiting to be dropped
}

// idle is a case whose call has ended.
type idle struct {
	contact tickets.ContactID
	since   time.Time
}

// asksAtOnce bounds identifications under way, should the database hang: a caller beyond it is unknown for now.
const asksAtOnce = 64

// keepCase is how long a case can be found after its call ended: wrap-up is over by then.
const keepCase = 15 * time.Minute

// New makes a Register and brings the first ticket numbers to hand from the shelf. It does not
// ask the store: Hotline starts without a database.
func New(o Options) (*Register, error) {
	if o.Store == nil || o.Spool == nil || o.Shelf == nil {
		return nil, errors.New("tickets: a register needs a store, a spool and a shelf")
	}
	o.defaults()
	numbers, err := newNumbers(o.Store, o.Shelf, o.Reserve, o.Log)
	if err != nil {
		return nil, fmt.Errorf("reserved ticket numbers: %w", err)
	}
	r := &Register{
		o: o, numbers: numbers, recent: newRecent(),
		asking: make(chan struct{}, asksAtOnce), cases: map[tickets.ContactID]*tickets.Case{},
	}
	r.Change(o.Terms)
	r.back = make(chan struct{})
	r.progress.changed, r.progress.hurry = make(chan struct{}), make(chan struct{}, 1)
	r.progress.handled, r.earlier = o.Spool.Held()
	r.progress.last = r.earlier
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r, nil
}

// Change puts other terms in the place of those that count. A call that has its ticket keeps to the terms with which it came.
func (r *Register) Change(t tickets.Terms) {
	t = t.OrUsual()
	r.terms.Store(&t)
}

// Run carries facts to the store and reserves numbers, until ctx ends, and then returns nil. What it has not carried is
// carried after the next start; Flush before the end leaves nothing.
func (r *Register) Run(ctx context.Context) error {
	defer r.stop()
	var keeping sync.WaitGroup
	keeping.Go(func() { r.numbers.keep(ctx) })
	defer keeping.Wait()
	r.applyAll(ctx)
	return nil
}

// Arrive gives a call its ticket number, and starts to find out who calls. It waits for
// the spool's bound at most, never for the store. A call that is known already gives its own case.
func (r *Register) Arrive(a telephony.Arrival) *tickets.Case {
	c, isNew := r.begin(a, tickets.Kept{})
	if isNew {
		c.Arrived()
	}
	return c
}

// Resume goes on with a call that was found after a restart, by what its note kept. The store is asked besides: an agent may have
// given the call to another ticket since the note was written, and with an empty note it alone knows the call's ticket; a number that is spoken
// until it answers stays a second name of that.
func (r *Register) Resume(a telephony.Arrival, k tickets.Kept) *tickets.Case {
	c, isNew := r.begin(a, k)
	if isNew {
		c.Arrived() // changes nothing where it was written before
		c.Resumed(time.Now())
	}
	return c
}

func (r *Register) begin(a telephony.Arrival, k tickets.Kept) (*tickets.Case, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropIdle(time.Now())
	if c := r.cases[tickets.OfCall(a.ID)]; c != nil {
		return c, false
	}
	a.Node = cmp.Or(a.Node, r.o.Node)
	if k.Own == "" {
		k.Own = r.numbers.take()
	}
	c := tickets.NewCase(engine{r}, *r.terms.Load(), a, k, time.Now().Add(r.o.IdentifyWithin))
	r.enter(c)
	r.identify(c, a.Resume != nil)
	return c, true
}

// CallOut drafts a call that an agent makes for a reason. k says which ticket it is about, where there is one already.
func (r *Register) CallOut(a telephony.Arrival, k tickets.Kept, by tickets.Agent, reason string) *tickets.Case {
	a.Node = cmp.Or(a.Node, r.o.Node)
	c := tickets.CallOut(engine{r}, *r.terms.Load(), a, k, by, reason, time.Now().Add(r.o.IdentifyWithin))
	r.identify(c, false)
	return c
}

// CallBack drafts an outgoing call that goes on with a ticket. k is what was kept of the customer's own call. The draft becomes a case of the
// register once the customer is dialled.
func (r *Register) CallBack(a telephony.Arrival, k tickets.Kept) *tickets.Case {
	a.Node = cmp.Or(a.Node, r.o.Node)
	c := tickets.Draft(engine{r}, *r.terms.Load(), a, k, time.Now().Add(r.o.IdentifyWithin))
	r.identify(c, false)
	return c
}

// enter is called with mu held.
func (r *Register) enter(c *tickets.Case) {
	p := c.Past()
	r.cases[p.Contact] = c
	r.recent.begin(c.From().Key(), p)
	r.arrived.Add(1)
}

// Case finds the case of a call that is on, or ended a moment ago.
func (r *Register) Case(call telephony.CallID) (*tickets.Case, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.cases[tickets.OfCall(call)]
	return c, ok
}

func (r *Register) ended(id tickets.ContactID, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cases[id] != nil {
		r.idle = append(r.idle, idle{id, at})
	}
}

// dropIdle is called with mu held.
func (r *Register) dropIdle(now time.Time) {
	for len(r.idle) > 0 && now.Sub(r.idle[0].since) > keepCase {
		delete(r.cases, r.idle[0].contact)
		r.idle = r.idle[1:]
	}
}

// Stats are counts since the start, and levels now.
type Stats struct {
	Arrived   int64 // calls
	Pending   int64 // facts that the store has not got yet
	Applied   int64 // facts
	SetAside  int64 // facts that the store refused for ever
	Lost      int64 // facts that the spool did not take
	Late      int64 // identifications that missed their budget
	Numbers   int   // ticket numbers in reserve
	Emergency int64 // ticket numbers made from the clock
}

// Stats tells how the register does.
func (r *Register) Stats() Stats {
	s := Stats{
		Arrived: r.arrived.Load(), Lost: r.lost.Load(), Late: r.late.Load(),
		Numbers: r.numbers.left(), Emergency: int64(r.numbers.spared()),
	}
	r.progress.fill(&s)
	return s
}
