package queues

import (
	"errors"
	"fmt"
	"hotline/telephony/hours"
	"slices"
	"strings"
	"time"
)

// Why an event was rejected; wrapped with the identity of what it was about.
var (
	ErrUnknownAgent   = errors.New("no such agent signed in")
	ErrUnknownQueue   = errors.New("no such queue")
	ErrUnknownRequest = errors.New("no such request")
	ErrOfferOver      = errors.New("offer is over")           // or was never made
	ErrAccepted       = errors.New("offer is accepted")       // and cannot be declined
	ErrAlready        = errors.New("is so already")           // a second ready, a request known already
	ErrBusy           = errors.New("agent is busy")           // with another request
	ErrActivity       = errors.New("not in this activity")    // wrap-up finished by somebody who has none
	ErrTooMany        = errors.New("too many are so already") // not ready for a reason that is bounded
	ErrExtended       = errors.New("wrap-up cannot be extended further")
	ErrInvalid        = errors.New("invalid event") // an empty id, a level of 9
	ErrBackwards      = errors.New("time runs backwards")
)

func wrap(err error, format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// Router holds the waiting, the agents, the offers and the figures. It has one owner;
// nothing in it is safe for concurrent use.
type Router struct {
	config Config
	last   time.Time // of the last step
	held   time.Time // no new offers before; zero is not held
	told   uint64    // requests so far, for their order

	lines    []*line // in the order of the configuration
	byQueue  map[QueueID]*line
	midnight time.Time // when the figures begin anew

	requests index[RequestID, *request] // waiting, offered, talking or wrapped up
	offers   offers
	agents   index[AgentID, *agent]
	roster   []*agent // the same, in no order that shows
	vacant   []int32  // numbers of agents who are gone
	phones   map[AgentID]bool
	resting  map[Reason]int // agents who are not ready for it, or will be after their talk
	timers   heap[*agent]   // offers and wrap-ups, by deadline
	wakes    heap[*request] // unanswered with something to come: a relaxation step, the end of an affinity, …

	callbacks map[place][]*request // not reached yet
	departed  map[place]departure  // hung up lately
	leaving   []departure          // the same by time; some are outdated

	reachGoodFor time.Duration // so long it is not looked again who could serve a class

	classes map[string]*class
	byIndex []*class
	key     []byte     // for writing a key
	needs   []Need     // for looking a class up
	spare   []*request // ended, to be used again

	// Where decisions come from.
	room struct {
		agents slab[AgentChanged]
		queues slab[QueueChanged]
		offers slab[Offered]
		over   slab[OfferEnded]
		ends   slab[RequestEnded]
	}
	handed []Decision // of the last step, with the room behind them

	// Of this step.
	decided       []Decision
	dirty         []*class   // where somebody may have become able to meet
	helpless      []*request // who began to wait in a class that nobody serves
	courted       []*request // for whom somebody they prefer may have become free
	looks         []*request // whose overflow rules are to be looked at
	looked        []*request // room for the next ones
	agentsTouched []*agent
	linesTouched  []*line
}

// New makes a router without agents and requests, or says what is wrong with the configuration.
func New(c Config) (*Router, error) {
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.ExtensionLimit == 0 {
		c.ExtensionLimit = 3 * time.Minute
	}
	r := &Router{
		config:    c,
		byQueue:   map[QueueID]*line{},
		requests:  newIndex(func(q *request) RequestID { return q.ID }),
		offers:    newOffers(c.Epoch),
		agents:    newIndex(func(a *agent) AgentID { return a.ID }),
		phones:    map[AgentID]bool{},
		resting:   map[Reason]int{},
		callbacks: map[place][]*request{},
		departed:  map[place]departure{},
		classes:   map[string]*class{},

		reachGoodFor: reachGoodFor,
	}
	r.timers = heap[*agent]{
		key:  func(a *agent) key { return key{a.deadline.UnixNano(), 0} },
		tie:  func(a, b *agent) bool { return a.ID < b.ID },
		lies: func(a *agent, at int) { a.timer = at },
	}
	r.wakes = heap[*request]{
		key:  func(q *request) key { return key{q.wake.UnixNano(), int64(q.seq)} },
		lies: func(q *request, at int) { q.inWakes = at },
	}
	var err error
	r.lines, r.byQueue, err = newLines(c)
	if err != nil {
		return nil, fmt.Errorf("queues: %w", err)
	}
	return r, nil
}

// newLines makes the lines of a configuration, or says what is wrong with it.
func newLines(c Config) (lines []*line, byQueue map[QueueID]*line, err error) {
	if c.ExtensionLimit < 0 {
		return nil, nil, fmt.Errorf("extension limit %s is negative", c.ExtensionLimit)
	}
	if c.Return < 0 {
		return nil, nil, fmt.Errorf("time to return %s is negative", c.Return)
	}
	if err := checkReasons(c.Reasons); err != nil {
		return nil, nil, err
	}
	byQueue = map[QueueID]*line{}
	for i, q := range c.Queues {
		l, err := newLine(q)
		if err != nil {
			return nil, nil, fmt.Errorf("queue %d (%q): %w", i+1, q.ID, err)
		}
		if byQueue[q.ID] != nil {
			return nil, nil, fmt.Errorf("queue %d (%q): stands there twice", i+1, q.ID)
		}
		byQueue[q.ID] = l
		lines = append(lines, l)
	}
	return lines, byQueue, checkOverflow(lines, byQueue)
}

// Step tells a fact and returns what follows from it. First the deadlines that have
// passed take their effect, then the event, then whoever can meet is brought together.
// The caller may keep what is returned, unless they give it back: see Release.
func (r *Router) Step(at time.Time, e Event) []Decision {
	r.keep()
	if at.Before(r.last) {
		return []Decision{&Rejected{Event: e, Err: wrap(ErrBackwards, "%s is before %s",
			at.Format(time.RFC3339Nano), r.last.Format(time.RFC3339Nano))}}
	}
	if cap(r.decided) < 8 {
		r.decided = make([]Decision, 0, 128)
	}
	r.last = at
	r.expire(at)
	if err := r.apply(at, e); err != nil {
		r.decide(&Rejected{Event: e, Err: err})
	}
	r.shut(at)
	r.meet(at)
	for r.look(at) {
		r.shut(at)
		r.meet(at) // in the queues that some have moved to
	}
	r.tell()
	return r.handOver()
}

// handOver gives the step's decisions away. The next step's are written behind them, so that
// memory is asked for once in many steps.
func (r *Router) handOver() []Decision {
	n := len(r.decided)
	r.handed, r.decided = r.decided, r.decided[n:]
	if n == 0 {
		return nil
	}
	return r.handed[:n:n]
}

// Release gives the decisions of the last step back: the next step's are written over them. Who has many a second does so, for a
// stream of new memory drives what the router works with out of the cache. Nobody may look at the decisions any more.
func (r *Router) Release() {
	if r.handed != nil {
		clear(r.handed)
		r.decided, r.handed = r.handed[:0], nil
	}
	r.room.agents.release()
	r.room.queues.release()
	r.room.offers.release()
	r.room.over.release()
	r.room.ends.release()
}

// keep is for decisions that were not given back.
func (r *Router) keep() {
	r.handed = nil
	r.room.agents.keep()
	r.room.queues.keep()
	r.room.offers.keep()
	r.room.over.keep()
	r.room.ends.keep()
}

// Deadline says when to call Step with a Tick, if nothing happens before.
func (r *Router) Deadline() (time.Time, bool) {
	due := r.midnight
	if r.timers.len() > 0 && r.timers.top().deadline.Before(due) {
		due = r.timers.top().deadline
	}
	if r.wakes.len() > 0 && r.wakes.top().wake.Before(due) {
		due = r.wakes.top().wake
	}
	if !r.held.IsZero() && r.held.Before(due) {
		due = r.held
	}
	return due, !due.IsZero()
}

// Snapshot copies the whole state, as of the last step.
func (r *Router) Snapshot() Snapshot {
	s := Snapshot{
		At:     r.last,
		Queues: make([]QueueState, 0, len(r.lines)),
		Agents: make([]AgentState, 0, len(r.roster)),
	}
	for _, l := range r.lines {
		var q QueueState
		l.describe(&q)
		s.Queues = append(s.Queues, q)
	}
	for _, x := range r.roster {
		var a AgentState
		x.describe(&a)
		s.Agents = append(s.Agents, a)
	}
	slices.SortFunc(s.Agents, func(a, b AgentState) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return s
}

// apply lets an event take its effect, or returns why it cannot, and then has changed nothing.
func (r *Router) apply(at time.Time, e Event) error {
	switch e := e.(type) {
	case AgentSignedIn:
		return r.signIn(at, e)
	case AgentReady:
		return r.ready(at, e)
	case AgentNotReady:
		return r.notReady(at, e)
	case AgentSignedOut:
		return r.signOut(at, e)
	case DeskLost:
		return r.deskLost(at, e)
	case PhoneChanged:
		return r.phoneChanged(e)
	case Enqueued:
		return r.enqueue(at, e)
	case Abandoned:
		return r.abandon(at, e)
	case OfferAccepted:
		return r.accept(e)
	case OfferDeclined:
		return r.decline(at, e)
	case OfferFailed:
		return r.fail(at, e)
	case OfferAnswered:
		return r.answer(at, e)
	case TalkEnded:
		return r.endTalk(at, e)
	case TalkHeld:
		return r.hold(at, e.Request, Talking, OnHold)
	case TalkResumed:
		return r.hold(at, e.Request, OnHold, Talking)
	case TalkRestored:
		return r.restore(at, e)
	case WrapUpRestored:
		return r.restoreWrapUp(at, e)
	case WrapUpFinished:
		return r.wrapUpFinished(at, e)
	case WrapUpExtended:
		return r.wrapUpExtended(e)
	case CallbackWanted:
		return r.callbackWanted(at, e)
	case CallbackReached:
		return r.callbackReached(at, e)
	case CallbackFailed:
		return r.callbackFailed(at, e)
	case Reconfigured:
		return r.reconfigure(at, e)
	case AgentReskilled:
		return r.reskill(e)
	case WaitAnnounced:
		return r.announced(at, e)
	case OffersHeld:
		r.held = e.Until
		if !r.held.After(at) {
			r.held = time.Time{}
		}
	case OffersReleased:
		r.held = time.Time{}
	case Tick:
	default:
		panic(fmt.Sprintf("queues: unknown event %T", e))
	}
	return nil
}

// expire lets the deadlines up to now take their effect. They take it now, and not at
// their own time: after the process was asleep nobody misses an offer that never rang.
func (r *Router) expire(at time.Time) {
	for r.timers.len() > 0 && !r.timers.top().deadline.After(at) {
		a := r.timers.top()
		switch a.activity {
		case Ringing:
			r.endOffer(a.request, OfferWasMissed, at)
		case WrapUp:
			r.rest(a, at, true)
		default:
			panic("queues: a deadline in activity " + a.activity)
		}
	}
	for r.wakes.len() > 0 && !r.wakes.top().wake.After(at) {
		r.rouse(r.wakes.top(), at)
	}
	r.forgetDeparted(at)
	if !r.held.After(at) {
		r.held = time.Time{}
	}
	if r.midnight.After(at) {
		return
	}
	for _, l := range r.lines {
		if l.figures != (Figures{}) {
			l.figures = Figures{}
			r.touchLine(l)
		}
	}
	r.midnight = hours.DayBegins(at.In(r.config.Location), 1)
}

// meet brings requests and agents together: the first request for which anybody is
// free, by the requests' order, with the first of these, until there is none.
func (r *Router) meet(at time.Time) {
	r.helpEarly()
	if !r.held.IsZero() {
		return // the dirty classes are kept for later
	}
	for i := 0; i < len(r.dirty); i++ { // an early step may soil another
		r.relaxEarly(r.dirty[i])
	}
	now := at.UnixMilli()
	for {
		var first *request
		var to *agent
		for _, q := range r.courted {
			if a := q.suitor(); a != nil && (first == nil || q.compareAt(first, now) < 0) {
				first, to = q, a
			}
		}
		for _, c := range r.dirty {
			if first != nil && c.behind(first, now) {
				continue
			}
			if q, a := c.best(); q != nil && (first == nil || q.compareAt(first, now) < 0) {
				first, to = q, a
			}
		}
		if first == nil {
			break
		}
		if r.mayCall(first, at) {
			r.offer(first, to, at)
		} else {
			r.leave(first)
			r.sleep(first, at)
		}
	}
	for _, c := range r.dirty {
		c.dirty = false
	}
	r.dirty = r.dirty[:0]
	clear(r.courted)
	r.courted = r.courted[:0]
}

// soil marks a class in which somebody may have become able to meet.
func (r *Router) soil(c *class) {
	if !c.dirty {
		c.dirty = true
		r.dirty = append(r.dirty, c)
	}
}

func (r *Router) decide(d Decision) { r.decided = append(r.decided, d) }

// tell closes a step with the new state of all that it touched.
func (r *Router) tell() {
	for _, a := range r.agentsTouched {
		a.touched = false
		d := r.room.agents.new()
		a.describe(&d.Agent)
		r.decide(d)
		if a.availability == SignedOut && a.activity == Idle {
			r.forget(a)
		}
	}
	r.agentsTouched = r.agentsTouched[:0]
	for _, l := range r.linesTouched {
		l.touched = false
		d := r.room.queues.new()
		l.describe(&d.Queue)
		r.decide(d)
	}
	r.linesTouched = r.linesTouched[:0]
}
