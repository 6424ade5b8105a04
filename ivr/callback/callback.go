// Package callback calls customers back who asked for it instead of waiting on the line, and those whose call broke off through a fault of ours. A callback lives without a call: its
// request waits in the router, a goroutine of its own waits on the request's offers, and of each offer it makes a try, an
// outgoing call that the line's script serves (try.go). A book keeps the callback beyond a restart, also without a database, and beyond the server:
//
//	caller presses 1 ─► CallbackWanted ─► book ─► "we will call you back" ─► hung up
//	                                       │
//	  restart: Enqueued, as it was ◄───────┤◄── CallbackWaits: after each try in vain
//	                                       │
//	  struck out ◄─ on the line with the agent; called in; given up; abandoned
//
// Invariants:
//   - a callback is in the book before anybody is told of it, and until the customer is on the line or the router gives it up;
//   - nobody is dialled while they are still on the line with us (lingering.go);
//   - a number that a caller gave as theirs is called only where the installation allows it.
package callback

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Callback is somebody who is to be called back, as the book keeps them.
type Callback struct {
	Request  queues.Request
	From     telephony.Number // whom to call
	Name     string           // as the network sent it: hostile
	To       telephony.Number // what they had dialled, and what we show
	Language string
	Topic    string
	Node     flow.NodeID // where they waited
	Ticket   tickets.Kept
	Broken   bool // they have not asked for it: their call broke off through a fault of ours, and they are told so
}

// Book keeps who is to be called back. ivr/book keeps it on disk, and in the database for whoever serves after us.
type Book interface {
	// Entries are those kept, by name, in the order of the names.
	Entries() (names []string, entries [][]byte, err error)
	// Keep writes an entry durably, and replaces an older one of the same name.
	Keep(name string, entry []byte) error
	// Strike forgets an entry, where there is one.
	Strike(name string) error
	// Later waits for entries that somebody else has kept, and that nobody here knows of, and for the end of some, which somebody else has made; the error is ctx's.
	Later(ctx context.Context) (names []string, entries [][]byte, over []string, err error)
}

// Router is the waiting room, in which a callback's request waits as those of callers do.
type Router interface {
	Enqueue(ctx context.Context, r queues.Request) error
	NextOffer(ctx context.Context, id queues.RequestID) (queues.Offered, context.Context, error)
	Report(ctx context.Context, e queues.Event) error
}

// Outbound makes calls to customers.
type Outbound interface {
	// MayCall says whether a number that a caller gave as theirs may be called: what they say costs us money.
	MayCall(telephony.Number) bool
	// Call begins an outgoing call that is made for an offer. The line serves it, and finds by its id what it is for (Callbacks.Try).
	Call(ctx context.Context, a telephony.Arrival, o queues.Offer) error
}

// Queues are the queues as they are now.
type Queues interface {
	// Queue is the zero one where there is none of that name.
	Queue(queues.QueueID) queues.Queue
}

// Options are what callbacks are made with. Without a Book or an Outbound nobody is called back.
type Options struct {
	Book     Book
	Outbound Outbound
	Router   Router
	Queues   Queues
	Flow     flow.Flow
	Log      *slog.Logger

	Broken func() <-chan struct{} // as ivr.Options has it
	Behind func() bool            // whether the line is behind with the calls of those who ring; nil is never

	ShortestTalk time.Duration // an agent's phone that lets go sooner fails, and costs the customer no try
}

// Callbacks are all that are to be called back. Its methods may be called from any goroutine.
type Callbacks struct {
	Options
	wanted   chan *Callback // without room: Run takes them
	restored chan struct{}  // closed when those of the book wait in their queues

	mu        sync.Mutex
	waits     map[queues.RequestID]queues.Request  // as the router said last; gone with the end
	tries     map[telephony.CallID]*Try            // under way
	lingering map[queues.RequestID]<-chan struct{} // closed when they who were promised a callback have hung up
}

// New makes callbacks, which begin with Run.
func New(o Options) *Callbacks {
	return &Callbacks{
		Options: o, wanted: make(chan *Callback), restored: make(chan struct{}),
		waits: make(map[queues.RequestID]queues.Request), tries: make(map[telephony.CallID]*Try), lingering: make(map[queues.RequestID]<-chan struct{}),
	}
}

// tooOld is after how long nobody expects to be called back any more.
const tooOld = 7 * 24 * time.Hour

// TooLate says whether somebody who came at a time does not expect to be called back any more.
func TooLate(came time.Time) bool { return time.Since(came) > tooOld }

// patience is how long something that must be done outlives the call it is done for.
const patience = 5 * time.Second

// Stepped takes note of what the router says of callbacks. It implements acd.Observer, and never waits.
func (c *Callbacks) Stepped(_ time.Time, _ queues.Event, decided []queues.Decision) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.CallbackWaits:
			c.waits[d.Request.ID] = d.Request
		case *queues.RequestEnded:
			delete(c.waits, d.Request.ID)
		}
	}
}

// waiting is a callback's request as the router has it; not ok when it has ended.
func (c *Callbacks) waiting(id queues.RequestID) (queues.Request, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q, waits := c.waits[id]
	return q, waits
}

// works says whether anybody can be called back at all.
func (c *Callbacks) works() bool { return c.Book != nil && c.Outbound != nil }

// May says whether a caller can be called back at their number, and may be.
func (c *Callbacks) May(n telephony.Number) bool {
	return c.works() && n.Key() != "" && c.Outbound.MayCall(n)
}

// Restored is closed when those whom the book knew wait in their queues again.
func (c *Callbacks) Restored() <-chan struct{} { return c.restored }

// Run calls back those who asked for it, until ctx ends; those whom the book knows from before the start, too. It runs once.
func (c *Callbacks) Run(ctx context.Context) error {
	if !c.works() {
		close(c.restored)
		<-ctx.Done()
		return nil
	}
	var running sync.WaitGroup
	defer running.Wait()
	begin := func(b *Callback) { running.Go(func() { c.follow(ctx, b) }) }
	for _, b := range c.restore(ctx) {
		begin(b)
	}
	close(c.restored)
	running.Go(func() {
		for {
			names, entries, over, err := c.Book.Later(ctx)
			if err != nil {
				return
			}
			for _, name := range over {
				c.madeElsewhere(ctx, queues.RequestID(name))
			}
			for _, b := range c.standAgain(ctx, names, entries) {
				begin(b)
			}
		}
	})
	for {
		select {
		case b := <-c.wanted:
			begin(b)
		case <-ctx.Done():
			return nil
		}
	}
}

// madeElsewhere ends a callback that another has made, unless the customer is being called already.
func (c *Callbacks) madeElsewhere(ctx context.Context, id queues.RequestID) {
	c.mu.Lock()
	called := slices.ContainsFunc(slices.Collect(maps.Values(c.tries)), func(t *Try) bool { return t.Request.ID == id })
	c.mu.Unlock()
	if called {
		return
	}
	if err := c.Router.Report(ctx, queues.Abandoned{Request: id}); err != nil {
		c.Log.Debug("a callback that another has made waits no more", "call", id, "err", err)
	}
}

// restore puts those of the book into their queues, at their places.
func (c *Callbacks) restore(ctx context.Context) []*Callback {
	names, entries, err := c.Book.Entries()
	if err != nil {
		c.Log.Error("the book of callbacks cannot be read: their tickets are open, and say whom to call", "err", err)
	}
	return c.standAgain(ctx, names, entries)
}

// standAgain puts entries of the book into their queues.
func (c *Callbacks) standAgain(ctx context.Context, names []string, entries [][]byte) (all []*Callback) {
	for i, entry := range entries {
		b := &Callback{}
		err := json.Unmarshal(entry, b)
		if n, waits := c.Flow.Queue(b.Node); waits && c.Queues.Queue(b.Request.Queue).ID == "" {
			b.Request.Queue = n.Queue // the one it waited in is gone
		}
		switch {
		case err != nil:
		case TooLate(b.Request.Arrived) || !c.May(b.From):
			c.Log.Warn("a callback is not made any more: its ticket is open, and says whom to call", "call", b.Request.ID)
			c.Over(b.Request.ID)
			continue
		default:
			err = c.Router.Enqueue(ctx, b.Request)
		}
		switch {
		case err == nil:
			all = append(all, b)
		case errors.Is(err, queues.ErrAlready): // found on the line, and talking
			c.Over(b.Request.ID)
		default:
			c.Log.Error("a callback is left in the book: its ticket is open, and says whom to call", "call", names[i], "err", err)
		}
	}
	return all
}

// Promise lets a callback begin that the router has taken note of; only the request's name need be known of it. The callback is in
// the book before Promise returns. Where the queue is never open for callbacks there is none, and the ticket has to do.
func (c *Callbacks) Promise(ctx context.Context, b Callback) {
	q, waits := c.waiting(b.Request.ID)
	if !waits {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	b.Request = q
	b.Name, b.From.Raw, b.To.Raw = tickets.Clean(b.Name, tickets.LongestName), tickets.Clean(b.From.Raw, tickets.LongestName), tickets.Clean(b.To.Raw, tickets.LongestName)
	c.keep(&b)
	select {
	case c.wanted <- &b:
	case <-ctx.Done():
		c.Log.Error("a callback waits in the book for the next start", "call", b.Request.ID)
	}
}

func (c *Callbacks) keep(b *Callback) {
	entry, err := json.Marshal(b)
	if err == nil {
		err = c.Book.Keep(string(b.Request.ID), entry)
	}
	if err != nil {
		c.Log.Error("a callback is not kept on disk: a restart forgets it, its ticket does not", "call", b.Request.ID, "err", err)
	}
}

// Over strikes a callback out of the book: it is on the line with an agent, or nobody is called any more.
func (c *Callbacks) Over(id queues.RequestID) {
	if c.Book == nil {
		return
	}
	if err := c.Book.Strike(string(id)); err != nil {
		c.Log.Error("a callback that is over stays in the book", "call", id, "err", err)
	}
}

// follow makes a try of each offer of a callback, until it is over or ctx ends.
func (c *Callbacks) follow(ctx context.Context, b *Callback) {
	for {
		offer, live, err := c.Router.NextOffer(ctx, b.Request.ID)
		var moved *queues.MovedError
		switch {
		case errors.As(err, &moved): // those who wait on the line are told of it, and the customer of a callback is not
			continue
		case err != nil:
			if _, waits := c.waiting(b.Request.ID); !waits && ctx.Err() == nil {
				c.Over(b.Request.ID)
			}
			return
		}
		c.try(ctx, &Try{Callback: b, Offer: offer, live: live, callbacks: c, broken: c.Broken(), done: make(chan struct{})})
		if q, waits := c.waiting(b.Request.ID); waits && ctx.Err() == nil {
			b.Request = q
			c.keep(b)
		}
	}
}

// try makes one outgoing call, and waits for its end.
func (c *Callbacks) try(ctx context.Context, t *Try) {
	if c.Behind != nil && c.Behind() {
		_ = t.report(ctx, queues.CallbackFailed{Request: t.Request.ID, Reason: queues.LinkBroken}) // the offer may be over
		return
	}
	id := telephony.CallID(uuid.Must(uuid.NewV7()).String())
	c.mu.Lock()
	c.tries[id] = t
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.tries, id)
	}()
	err := c.Outbound.Call(ctx, telephony.Arrival{ID: id, From: t.From, Name: t.Name, To: t.To, At: time.Now()}, t.Offer.Offer)
	if err == nil {
		<-t.done
		return
	}
	c.Log.Warn("a callback cannot be made", "call", t.Request.ID, "agent", t.Offer.Offer.Agent, "err", err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = c.Router.Report(ctx, t.noLine()) // the offer may be over
}

// Try finds what an outgoing call is for; nil where nobody has asked for it. Who serves it says Done in the end.
func (c *Callbacks) Try(id telephony.CallID) *Try {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tries[id]
}
