// Package ivr holds the script of one call, from the first ring to the last word, and the Line that serves every call with
// it. The caller's way and what is said on it are a flow's (ivr/flow); the script offers the verbs that the flow's nodes use (verbs.go).
//
//	Arrive ─► node ─► node ─► queue ─┬─► offer ─► pop ─► ring ─► talk ─► node ─► end
//	                                 └─► a message, a recorder, a number outside, a callback ─► node ─► end
//
// One goroutine walks one call through the flow in straight-line code (script.go), and what it is doing is a phase (phase.go). It asks
// the router for service and waits on offers (queue.go); nobody calls back into it. When the
// caller hangs up, whatever the script is doing returns telephony.ErrHangup, and Serve writes
// down where that was.
//
// In a talk the agent may put the caller on hold and take them back (hold.go), press keys for them, and codes on their phone (keys.go), and send them on to a queue, a
// colleague or a number outside (transfer.go): the desk asks, the call's goroutine does it. What is said may be recorded (record.go).
//
// Supervisors listen to a talk, whisper to its agent or speak in it, and go along with the call (oversee.go).
//
// Where an agent's page, which is their phone, is loaded again, the talk waits for them (pagegone.go).
// An agent who has neither page nor network works by a phone alone (pocket.go).
// What the house itself calls by to try the line is greeted, and no more (try.go).
//
// Where the switch dies its callers have not hung up: who waited or talked is called back (broken.go).
//
// A queue may send a caller elsewhere (overflow.go), tell them how long they are likely to wait (wait.go), or offer to call
// them back. An agent may call a customer (callout.go). A callback waits without a call (ivr/callback), and is then an outgoing one, served as any other (callingback.go).
//
// Invariants:
//   - every customer's call that the door (ivr/door) lets in opens or links a ticket before anything else happens to it, but that it may be held first
//     while the line is behind (admit.go), and ends with exactly one outcome;
//   - the pop's frame is on its way to the desk before the agent's phone is dialled;
//   - the phase of a call rides on the caller's channel as a note, written before the
//     phase begins to matter, so that a restarted Hotline goes on where the last one died. A talk that has just
//     begun matters little: who is in its bridge, and whose phone rang before, say as much (noteTalk).
package ivr

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hotline/ivr/callback"
	"hotline/ivr/codes"
	"hotline/ivr/door"
	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// ACD is the waiting room: queues/acd keeps it.
type ACD interface {
	// Enqueue puts a request into its queue. Its original time of arrival decides its place there.
	Enqueue(ctx context.Context, r queues.Request) error
	// NextOffer waits until an agent is reserved for the request, and says why this one. The context it returns
	// ends, with a queues.OfferOverError as its cause, when the offer ends unanswered.
	NextOffer(ctx context.Context, id queues.RequestID) (queues.Offered, context.Context, error)
	// OfferNow is NextOffer that does not wait; it is false where there is no offer yet.
	OfferNow(id queues.RequestID) (queues.Offered, context.Context, bool)
	// Report tells the router a fact. An error says that the fact came too late.
	Report(ctx context.Context, e queues.Event) error
	// ExpectedWait says in what range the rest of a request's wait lies, and whether that is known.
	ExpectedWait(ctx context.Context, id queues.RequestID) (w queues.Wait, known bool, err error)
}

// Desk is the agent's page.
type Desk interface {
	// Pop shows who is calling, and why this agent was chosen. It returns when the page has acknowledged it, and after
	// 150 ms at the latest.
	Pop(ctx context.Context, o queues.Offered, p tickets.Pop)
	// Talking completes the pop once the agent has answered.
	Talking(o queues.Offered, since time.Time, p tickets.Pop)
	// Ended says that the talk is over, and wrap-up of the pop's ticket begins; or that the agent waited for a customer who was not reached.
	Ended(o queues.Offer, p tickets.Pop, how tickets.Outcome)
	// Aside shows what the agent of a talk is to know beside it.
	Aside(o queues.Offer, a Aside)
	// Consulting shows to a colleague who was asked in a talk that they talk with who asks; Consulted that it is over. Where the caller is
	// passed on to them Talking follows instead, and where it is over before they talk Consulted comes alone.
	Consulting(o queues.Offered, since time.Time, p tickets.Pop)
	Consulted(o queues.Offer)
	// Gone is asked when an agent's phone has rung in vain, or for almost as long as it may: whether it is the agent's page, and that is gone,
	// which is sure, or else is to be found out before ctx ends. The router has taken the offer back then.
	Gone(ctx context.Context, agent queues.AgentID, sure bool) bool
}

// Register gives each call its ticket.
type Register interface {
	// Arrive gives a call that begins its ticket, at once.
	Arrive(telephony.Arrival) *tickets.Case
	// Resume goes on with a call that was found after a restart, by what its note kept.
	Resume(telephony.Arrival, tickets.Kept) *tickets.Case
	// CallBack drafts a call of ours that goes on with the ticket of a customer's own.
	CallBack(telephony.Arrival, tickets.Kept) *tickets.Case
	// CallOut drafts a call that an agent makes, for a reason: it goes on with the ticket that is kept, or with what the linking rule finds, or opens one.
	CallOut(a telephony.Arrival, k tickets.Kept, by tickets.Agent, reason string) *tickets.Case
}

// Directory is who and what there is, as it is now.
type Directory interface {
	// Queue is the zero one where there is none of that name.
	Queue(queues.QueueID) queues.Queue
	// Address is an agent's phone.
	Address(queues.AgentID) telephony.Address
	// Name is an agent's name.
	Name(queues.AgentID) string
	// OnPage says whether an agent's phone is their page.
	OnPage(queues.AgentID) bool
}

// Options are a line's parts.
type Options struct {
	Flow      flow.Flow
	Languages []string // the first is the default
	ACD       ACD
	Register  Register
	Desk      Desk
	Directory Directory

	// Without these two nobody is called back.
	Book     callback.Book
	Outbound callback.Outbound

	// CallHours says whether an agent may call a number outside at a time, and where not when they may next, zero where that is not known. nil is
	// at any time.
	CallHours func(telephony.Number, time.Time) (next time.Time, may bool)

	// A message on the recorder ends after LongestMessage, and after MessageSilence; 0 is 3 min and 10 s.
	LongestMessage, MessageSilence time.Duration

	// Overseen is told which supervisors are at which calls, whenever that changes; nil tells nobody. It must not block.
	Overseen func([]Attendance)

	// Door turns callers away before they have a ticket; nil lets all in.
	Door *door.Door

	// Admission holds new calls while the line is behind, by Load; nil holds none.
	Admission *door.Admission
	Load      func() door.Load

	// Who holds a caller is reminded every HoldRemind, and after HoldLongest the caller is taken back; 0 is 2 min and 30 min. A call
	// ends after LongestCall; 0 is 4 h.
	HoldRemind, HoldLongest, LongestCall time.Duration

	// OutsideAtMost is how many calls are sent to one number outside at once; 0 is 20.
	OutsideAtMost int

	// Number is the line's own, for calls that have come by a number which means nothing outside, such as an extension of the dialplan.
	Number telephony.Number

	// ShowsCallers says that who is called outside is shown the caller's number, and is told the line's beside it; else it is the other way
	// round. A carrier may refuse calls that show a number which it has not given us.
	ShowsCallers bool

	// ShortestTalk is how long a talk lasts at least, from the answer of the agent's phone on, or, for who works by phone alone, from the joining on: a phone
	// that lets go sooner has served nobody. 0 is 1 s, and below it every talk is one.
	ShortestTalk time.Duration

	// PageAwaited is how long a talk waits for an agent whose page, which is their phone, has gone (see pagegone.go). 0 is 15 s.
	PageAwaited time.Duration

	// Broken is closed once the switch cannot be reached any more that can be now; nil is never.
	Broken func() <-chan struct{}

	// Linked returns when the switch can be reached, at once where it can be now; its error is ctx's cause, or says that it will not be reached
	// any more. nil is always.
	Linked func(ctx context.Context) error

	// Codes are those that an agent may type on their phone in a talk, and Obey carries out what they order; its error says that it cannot be
	// done. Without Obey there are no codes. It is called beside the call's goroutine, and may use the verbs of the line.
	Codes codes.Table
	Obey  func(ctx context.Context, agent queues.AgentID, call telephony.CallID, o Order) error

	// Recorder has talks recorded; nil records none.
	Recorder Recorder

	// Tries says that a call is one of the house itself, which tries the line by it; nil says so of none. It must not block.
	Tries func(telephony.Arrival) bool

	// Pocket is who works by phone alone; nil is nobody.
	Pocket Pocket

	Log *slog.Logger
}

// Line serves the calls of one hotline.
type Line struct {
	Options
	resumed atomic.Int64
	live    atomic.Int64
	served  atomic.Int64

	lostCallers atomic.Uint64
	lostAgents  atomic.Uint64
	helpCalls   atomic.Uint64
	ended       map[tickets.Outcome]*atomic.Int64 // complete from the start

	mu      sync.Mutex
	talking map[telephony.CallID]talk // for commands from the desk

	found map[telephony.CallID]bool // as they had come, and served now

	calledOut map[telephony.CallID]*OutboundCall // by agents, and not served yet

	back     *callback.Callbacks
	regained regained
	outside  sendings

	oversight oversight
}

// NewLine makes a line from a flow that has been proved.
func NewLine(o Options) *Line {
	o.HoldRemind, o.HoldLongest = cmp.Or(o.HoldRemind, UsualHoldRemind), cmp.Or(o.HoldLongest, holdLongest)
	o.PageAwaited = cmp.Or(o.PageAwaited, pageAwaited)
	if o.Obey == nil {
		o.Codes = nil
	}
	o.LongestCall, o.ShortestTalk = cmp.Or(o.LongestCall, longestCall), cmp.Or(o.ShortestTalk, time.Second)
	l := &Line{Options: o, talking: make(map[telephony.CallID]talk), found: make(map[telephony.CallID]bool), calledOut: make(map[telephony.CallID]*OutboundCall), outside: sendings{calls: make(map[sending]sent)}}
	l.oversight = oversight{told: o.Overseen, served: make(map[telephony.CallID]context.Context), there: make(map[queues.AgentID]*attending)}
	if o.Broken == nil {
		l.Broken = func() <-chan struct{} { return nil }
	}
	if o.Linked == nil {
		l.Linked = func(context.Context) error { return nil }
	}
	if o.Overseen == nil {
		l.oversight.told = func([]Attendance) {}
	}
	l.ended = make(map[tickets.Outcome]*atomic.Int64, len(tickets.Outcomes))
	for _, o := range tickets.Outcomes {
		l.ended[o] = new(atomic.Int64)
	}
	l.regained.requests = make(map[queues.RequestID]queues.Request)
	behind := func() bool { return l.Admission != nil && l.Admission.Busy(time.Now(), l.Load()) }
	l.back = callback.New(callback.Options{Behind: behind, Book: o.Book, Outbound: o.Outbound, Router: o.ACD, Queues: o.Directory, Flow: o.Flow, ShortestTalk: o.ShortestTalk, Broken: l.Broken, Log: o.Log})
	return l
}

// CallBack calls back those who asked for it, until ctx ends; those whom the book knows from before the start, too. It runs once.
func (l *Line) CallBack(ctx context.Context) error { return l.back.Run(ctx) }

// Restored is closed when those whom the book knew wait in their queues again.
func (l *Line) Restored() <-chan struct{} { return l.back.Restored() }

// Resumed counts the calls found after a restart that have taken up their place again.
func (l *Line) Resumed() int64 { return l.resumed.Load() }

// Live and Served count the calls in progress, and those that have ended.
func (l *Line) Live() int64   { return l.live.Load() }
func (l *Line) Served() int64 { return l.served.Load() }

// Ended counts the calls that have ended, by outcome: all outcomes that there are.
func (l *Line) Ended() map[tickets.Outcome]int64 {
	all := make(map[tickets.Outcome]int64, len(l.ended))
	for o, n := range l.ended {
		all[o] = n.Load()
	}
	return all
}

// LostCallers and LostAgents count those who were not heard of any more and had not hung up, callers in whatever they did, agents in talks.
func (l *Line) LostCallers() uint64 { return l.lostCallers.Load() }
func (l *Line) LostAgents() uint64  { return l.lostAgents.Load() }

// Serve is the life of one call.
func (l *Line) Serve(ctx context.Context, call *telephony.Call) {
	if a := call.Arrival(); a.Resume != nil && fresh(a) { // it has no place yet that others could take, and may be held for long
		defer l.find(a.ID)()
		l.resumed.Add(1)
	}
	if l.tried(ctx, call) || l.turnsAway(ctx, call) || l.signsIn(ctx, call) || !l.holds(ctx, call) {
		return
	}
	l.live.Add(1)
	defer l.live.Add(-1)
	defer l.endAtLongest(ctx, call, call.Arrival().At)()
	defer l.overseen(ctx, call)()
	s := newScript(l, call)
	over := false
	defer func() {
		if !over { // a panic: neither the ticket nor the router must wait for this call for ever
			s.abort(ctx)
		}
	}()
	err := s.run(ctx)
	over = true
	if ctx.Err() != nil && err != nil && !errors.Is(err, telephony.ErrHangup) {
		return // Hotline stops; the call stays with the switch and is taken up again
	}
	if s.end(ctx, err) {
		l.served.Add(1)
	}
}

// turnsAway refuses a new call that the door does not let in. Nothing of it remains but a count. A call that is found and that nobody has noted or answered is new
// to the door: it came while there was no Hotline, or the one there was died or lost Asterisk before it let the call in.
func (l *Line) turnsAway(ctx context.Context, call *telephony.Call) bool {
	a := call.Arrival()
	if l.Door == nil || a.Outgoing || !fresh(a) {
		return false
	}
	cause := telephony.CauseCongestion
	switch l.Door.Knock(a, time.Now()) {
	case door.Welcome:
		return false
	case door.Blocked:
		cause = telephony.CauseDeclined
	}
	_ = call.Mark(ctx, turnedAway)
	_ = call.Refuse(ctx, cause) // The driver ends it in any case.
	return true
}

// fresh reports whether a call is new, or was found as it had come: with no note, and unanswered.
func fresh(a telephony.Arrival) bool {
	return a.Resume == nil || !a.Resume.Answered && a.Resume.Note == ""
}

// Found reports whether a call is served that was found as it had come. While it is held it has no case, though the one of before may have opened its contact.
func (l *Line) Found(id telephony.CallID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.found[id]
}

func (l *Line) find(id telephony.CallID) (over func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found[id] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.found, id)
	}
}

// turnedAway is the note on a call that is refused. Without one the dialplan would take it for a call that nobody knows of, and have it get a ticket.
const turnedAway = "{}"

// talk is a call that an agent is in: in a conversation with the customer, or waiting for them.
type talk struct {
	script *script
	waits  *telephony.Leg          // the agent's, who waits for the customer of a callback
	with   *telephony.Conversation // nil while they wait
	of     queues.AgentID
}

// leg is an agent's leg; nil where they have just left, also where they have passed the caller on.
func (t talk) leg(ctx context.Context, id queues.AgentID) (leg *telephony.Leg) {
	if t.with == nil {
		return t.waits
	}
	_ = t.with.Meanwhile(ctx, func(context.Context) error {
		s := t.script
		var p *telephony.Party
		if s.holder.offer.Agent == id {
			p = s.asker(t.with)
		}
		for _, a := range append(slices.Clone(s.guests), s.asked) {
			if p == nil && a != nil && a.party != nil && a.id != "" && a.offer.Offer.Agent == id {
				p = a.party
			}
		}
		if p != nil {
			leg = p.Leg()
		}
		return nil
	})
	return leg
}

// HangUpAgent ends an agent's side of a talk, of a consultation in it, or of a callback whose customer is not there yet; the caller goes on
// in the flow, where nobody else is there. False where there is no such talk any more.
func (l *Line) HangUpAgent(ctx context.Context, id telephony.CallID, agent queues.AgentID) (bool, error) {
	t, on := l.talk(id)
	if !on {
		return false, nil
	}
	leg := t.leg(ctx, agent)
	if leg == nil {
		return t.hangsUpAway(ctx, agent)
	}
	t.script.hungUp.Store(leg)
	return true, t.script.call.HangupLeg(ctx, leg)
}

func (l *Line) talk(id telephony.CallID) (t talk, on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, on = l.talking[id]
	return t, on
}

// enter and leave keep the calls that an agent is in.
func (l *Line) enter(c *telephony.Call, t talk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.talking[c.ID()] = t
}

func (l *Line) leave(c *telephony.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.talking, c.ID())
}
