package tickets

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hotline/telephony"
)

// Options of a Register. Zero durations and numbers take the defaults named.
type Options struct {
	Store Store
	Spool Spool
	Shelf Shelf
	Log   *slog.Logger // slog.Default

	// Department owns the ticket of a call without a topic ("first_line").
	Department string
	// Departments are the owners by topic; a topic that is missing is its own department.
	Departments map[string]string

	IdentifyWithin time.Duration // 150 ms from the arrival
	CallBackWithin time.Duration // 1 h after a call broke off
	FollowUpWithin time.Duration // 24 h, where an agent named no date
	Reserve        int           // numbers kept ahead: 20,000
}

func (o *Options) defaults() {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Department = orElse(o.Department, DefaultDepartment)
	for _, d := range []struct {
		set   *time.Duration
		usual time.Duration
	}{{&o.IdentifyWithin, 150 * time.Millisecond}, {&o.CallBackWithin, time.Hour}, {&o.FollowUpWithin, 24 * time.Hour}} {
		if *d.set <= 0 {
			*d.set = d.usual
		}
	}
	if o.Reserve <= 0 {
		o.Reserve = 20_000
	}
}

// department is who owns the tickets of a topic.
func (o *Options) department(topic string) string {
	if topic == "" {
		return o.Department
	}
	return orElse(o.Departments[topic], topic)
}

// Register gives every call its ticket. Its methods are safe for concurrent use.
type Register struct {
	o       Options
	numbers *numbers
	recent  *recent
	asking  chan struct{} // one place per identification under way

	ctx  context.Context // of identifications; ends with Run
	stop context.CancelFunc

	progress progress
	lost     atomic.Int64 // facts that the spool did not take
	late     atomic.Int64 // identifications that missed their budget
	arrived  atomic.Int64

	mu    sync.Mutex // guards what is below
	cases map[telephony.CallID]*Case
	idle  []*Case // ended, in order, waiting to be dropped
}

// asksAtOnce bounds identifications under way, should the database hang: a caller beyond it is unknown for now.
const asksAtOnce = 64

// keepCase is how long a case can be found after its call ended: wrap-up is over by then.
const keepCase = 15 * time.Minute

// NewRegister makes a Register and brings the first ticket numbers to hand from the shelf. It does not
// ask the store: Hotline starts without a database.
func NewRegister(o Options) (*Register, error) {
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
		asking: make(chan struct{}, asksAtOnce), cases: map[telephony.CallID]*Case{},
	}
	r.progress.changed = make(chan struct{})
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r, nil
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
func (r *Register) Arrive(call telephony.CallID, from telephony.Number, name string, to telephony.Number, at time.Time) *Case {
	c, isNew := r.begin(telephony.Arrival{ID: call, From: from, Name: name, To: to, At: at}, Kept{})
	if isNew {
		c.write(at, c.arrival())
	}
	return c
}

// Resume goes on with a call that was found after a restart, by what its note kept. With
// an empty note the call's ticket is found by its id once the store answers; a number that is spoken until
// then stays a second name of it.
func (r *Register) Resume(a telephony.Arrival, k Kept) *Case {
	c, isNew := r.begin(a, k)
	if isNew {
		c.write(a.At, c.arrival()) // changes nothing where it was written before
		c.write(time.Now(), Resumed{})
	}
	return c
}

func (r *Register) begin(a telephony.Arrival, k Kept) (*Case, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropIdle(time.Now())
	if c := r.cases[a.ID]; c != nil {
		return c, false
	}
	if k.Own == "" {
		k.Own = r.numbers.take()
	}
	c := newCase(r, a, k)
	r.cases[a.ID] = c
	r.arrived.Add(1)
	r.recent.begin(c.from.Key(), Past{Contact: c.contact(), Ticket: c.kept.Ticket, At: a.At})
	c.identify()
	return c, true
}

// Case finds the case of a call that is on, or ended a moment ago.
func (r *Register) Case(call telephony.CallID) (*Case, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.cases[call]
	return c, ok
}

func (r *Register) ended(c *Case) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, c)
}

// dropIdle is called with mu held.
func (r *Register) dropIdle(now time.Time) {
	for len(r.idle) > 0 && now.Sub(r.idle[0].endedSince()) > keepCase {
		delete(r.cases, r.idle[0].call)
		r.idle = r.idle[1:]
	}
}

// write hands a fact to the spool. There is nobody to tell when it is lost but the operator: the call goes on.
func (r *Register) write(f Fact) {
	b, err := f.Encode()
	if err == nil {
		var position uint64
		if position, err = r.o.Spool.Append(b); err == nil {
			r.progress.appended(position)
			return
		}
	}
	r.lost.Add(1)
	r.o.Log.Error("a fact is lost: the spool did not take it", "contact", f.Contact, "ticket", f.Own, "kind", f.Event.Kind(), "err", err)
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
