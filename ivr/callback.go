package ivr

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// A callback lives without a call. Its request waits in the router; a goroutine of its own waits on the request's offers, and
// makes an outgoing call of each (see callingback.go). A book on disk keeps it beyond a restart, also without a database:
//
//	caller presses 1 ─► CallbackWanted ─► book ─► "we will call you back" ─► hung up
//	                                       │
//	  restart: Enqueued, as it was ◄───────┤◄── CallbackWaits: after each attempt in vain
//	                                       │
//	  struck out ◄─ on the line with the agent; called in; given up; abandoned

// Book keeps who is to be called back. ivr/book keeps it on disk.
type Book interface {
	// Entries are those kept, by name, in the order of the names.
	Entries() (names []string, entries [][]byte, err error)
	// Keep writes an entry, durably, in the place of an older one of the same name.
	Keep(name string, entry []byte) error
	// Strike forgets an entry, where there is one.
	Strike(name string) error
}

// callback is somebody who is to be called back, as the book keeps them.
type callback struct {
	Request  queues.Request
	From     telephony.Number // whom to call
	Name     string           // as the network sent it: hostile
	To       telephony.Number // what they had dialled, and what we show
	Language string
	Topic    string
	Node     flow.NodeID // where they waited
	Ticket   tickets.Kept
}

// tooOld is after how long nobody expects to be called back any more.
const tooOld = 7 * 24 * time.Hour

// hangsUpFirst is for a caller to hear the promise and put their phone down, so that no agent waits for it: likely, not sure
// (see lingering.go).
const hangsUpFirst = 20 * time.Second

// callbacks are all that are to be called back.
type callbacks struct {
	promised chan *callback // without room: Run takes them
	restored chan struct{}  // closed when those of the book stand in line

	mu       sync.Mutex
	waits    map[queues.RequestID]queues.Request // as the router said last; gone with the end
	regained map[queues.RequestID]queues.Request // who has an older one's place; the same
	attempts map[telephony.CallID]*attempt       // under way

	lingering map[queues.RequestID]<-chan struct{} // closed when they who were promised a callback have hung up
}

// attempt is an outgoing call for an offer.
type attempt struct {
	*callback
	offer queues.Offered
	live  context.Context // of the offer
	done  chan struct{}   // closed when it is over
}

// Stepped takes note of what the router says of callbacks, and of places that were given back. It is acd.Observer's, and never waits.
func (l *Line) Stepped(_ time.Time, _ queues.Event, decided []queues.Decision) {
	c := &l.back
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.CallbackWaits:
			c.waits[d.Request.ID] = d.Request
		case *queues.PlaceRegained:
			c.regained[d.Request.ID] = d.Request
		case *queues.RequestEnded:
			delete(c.waits, d.Request.ID)
			delete(c.regained, d.Request.ID)
		}
	}
}

// waiting is a callback's request as the router has it; not ok when it has ended.
func (l *Line) waiting(id queues.RequestID) (queues.Request, bool) {
	l.back.mu.Lock()
	defer l.back.mu.Unlock()
	q, waits := l.back.waits[id]
	return q, waits
}

// regained is a request that was just enqueued as it stands at an older one's place; not ok where it has its own.
func (l *Line) regained(id queues.RequestID) (queues.Request, bool) {
	l.back.mu.Lock()
	defer l.back.mu.Unlock()
	q, older := l.back.regained[id]
	return q, older
}

// callsBack says whether callers can be called back at all.
func (l *Line) callsBack() bool { return l.Book != nil && l.Place != nil }

// mayCallBack says whether a caller can be called back, and may be: what they say their number is costs us money.
func (l *Line) mayCallBack(n telephony.Number) bool {
	return l.callsBack() && n.Key() != "" && (l.MayCall == nil || l.MayCall(n))
}

// Restored is closed when those whom the book knew stand in line again.
func (l *Line) Restored() <-chan struct{} { return l.back.restored }

// CallBack calls back those who asked for it, until ctx ends; those whom the book knows from before the start, too. It runs once.
func (l *Line) CallBack(ctx context.Context) error {
	if !l.callsBack() {
		close(l.back.restored)
		<-ctx.Done()
		return nil
	}
	var running sync.WaitGroup
	defer running.Wait()
	begin := func(c *callback) { running.Go(func() { l.follow(ctx, c) }) }
	for _, c := range l.restore(ctx) {
		begin(c)
	}
	close(l.back.restored)
	for {
		select {
		case c := <-l.back.promised:
			begin(c)
		case <-ctx.Done():
			return nil
		}
	}
}

// restore puts those of the book in line, at their places.
func (l *Line) restore(ctx context.Context) (all []*callback) {
	names, entries, err := l.Book.Entries()
	if err != nil {
		l.Log.Error("the book of callbacks cannot be read: their tickets are open, and say whom to call", "err", err)
	}
	for i, entry := range entries {
		c := &callback{}
		err := json.Unmarshal(entry, c)
		if n, waits := l.Flow.Queue(c.Node); waits && l.Queue(c.Request.Queue).ID == "" {
			c.Request.Queue = n.Queue // the one it waited in is gone
		}
		switch {
		case err != nil:
		case time.Since(c.Request.Arrived) > tooOld || !l.mayCallBack(c.From):
			l.Log.Warn("a callback is not made any more: its ticket is open, and says whom to call", "request", c.Request.ID)
			l.strike(c)
			continue
		default:
			err = l.ACD.Enqueue(ctx, c.Request)
		}
		switch {
		case err == nil:
			all = append(all, c)
		case errors.Is(err, queues.ErrAlready): // found on the line, and talking
			l.strike(c)
		default:
			l.Log.Error("a callback is left in the book: its ticket is open, and says whom to call", "name", names[i], "err", err)
		}
	}
	return all
}

// promise lets a callback begin. It is in the book before anybody is told.
func (l *Line) promise(ctx context.Context, c *callback) {
	l.keep(c)
	select {
	case l.back.promised <- c:
	case <-ctx.Done():
		l.Log.Error("a callback waits in the book for the next start", "request", c.Request.ID)
	}
}

func (l *Line) keep(c *callback) {
	entry, err := json.Marshal(c)
	if err == nil {
		err = l.Book.Keep(string(c.Request.ID), entry)
	}
	if err != nil {
		l.Log.Error("a callback is not kept on disk: a restart forgets it, its ticket does not", "request", c.Request.ID, "err", err)
	}
}

func (l *Line) strike(c *callback) {
	if err := l.Book.Strike(string(c.Request.ID)); err != nil {
		l.Log.Error("a callback that is over stays in the book", "request", c.Request.ID, "err", err)
	}
}

// follow makes a call of each offer of a callback, until it is over or ctx ends.
func (l *Line) follow(ctx context.Context, c *callback) {
	for {
		offer, live, err := l.ACD.NextOffer(ctx, c.Request.ID)
		var moved *queues.MovedError
		switch {
		case errors.As(err, &moved): // told to them who wait on the line
			continue
		case err != nil:
			if _, waits := l.waiting(c.Request.ID); !waits && ctx.Err() == nil {
				l.strike(c)
			}
			return
		}
		l.try(ctx, &attempt{callback: c, offer: offer, live: live, done: make(chan struct{})})
		if q, waits := l.waiting(c.Request.ID); waits && ctx.Err() == nil {
			c.Request = q
			l.keep(c)
		}
	}
}

// try makes one outgoing call, and waits for its end.
func (l *Line) try(ctx context.Context, a *attempt) {
	id := telephony.CallID(uuid.Must(uuid.NewV7()).String())
	l.back.mu.Lock()
	l.back.attempts[id] = a
	l.back.mu.Unlock()
	defer func() {
		l.back.mu.Lock()
		defer l.back.mu.Unlock()
		delete(l.back.attempts, id)
	}()
	if l.CallsBack != nil {
		l.CallsBack(id, a.offer.Offer)
	}
	err := l.Place(ctx, telephony.Arrival{ID: id, From: a.From, Name: a.Name, To: a.To, At: time.Now()})
	if err == nil {
		<-a.done
		return
	}
	l.Log.Warn("a callback cannot be made", "request", a.Request.ID, "err", err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = l.ACD.Report(ctx, queues.CallbackFailed{Request: a.Request.ID, Reason: queues.PhoneCongested}) // the offer may be over
}

// attempt finds what an outgoing call is for.
func (l *Line) attempt(id telephony.CallID) *attempt {
	l.back.mu.Lock()
	defer l.back.mu.Unlock()
	return l.back.attempts[id]
}

// offerCallback asks a waiting caller whether they want to be called back instead.
func (s *script) offerCallback(ctx context.Context) bool {
	digits, err := s.call.Collect(ctx, telephony.Collect{Prompt: s.words(callbackPrompt), Flush: true, Min: 1, Max: 1, First: 5 * time.Second})
	return err == nil && digits == "1"
}

// wantCallback makes a callback of the caller's request. False where that is too late: an agent is found.
func (s *script) wantCallback(ctx context.Context) bool {
	s.line.lingers(s.id, s.call.Gone())
	if s.report(ctx, queues.CallbackWanted{Request: s.id, NotBefore: time.Now().Add(hangsUpFirst)}) != nil {
		return false
	}
	q, waits := s.line.waiting(s.id)
	if !waits { // nobody is ever called in these hours: the ticket has to do
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	s.line.promise(ctx, &callback{
		Request: q, From: s.call.From(), Name: s.call.Name(), To: s.call.To(),
		Language: s.note.Language, Topic: s.note.Topic, Node: s.note.Node, Ticket: s.file.Kept(),
	})
	return true
}

// sayPromise tells the caller at what number they are called back.
func (s *script) sayPromise(ctx context.Context) error {
	s.reached(tickets.CallbackPromised)
	s.mark(ctx, promised{s.place.Queue})
	a := s.words(promisedPrompt)
	a.Parts = append(a.Parts, telephony.Digits(strings.TrimPrefix(s.call.From().Key(), "+")))
	return s.play(ctx, a)
}

// errCalledBack ends the waiting of a caller who wants to be called back.
var errCalledBack = errors.New("caller is to be called back")
