package queues

import (
	"fmt"
	"time"

	"hotline/telephony/hours"
)

// Router decides who gets whom. What it knows is held by the structs below, each of which tells one story; Router itself lets each
// event and each deadline reach the one that it concerns, and brings together who can meet. It has one owner; nothing in it is safe
// for concurrent use.
//
//	events ──► staff      what agents, their desks and their phones say     ◄──┐
//	       ──► waiting    how a request waits: in a class, for some, asleep ◄──┼──► demand     the classes, and who is free in them
//	       ──► offers     from an offer to its answer, or another end       ◄──┤     queues    each queue's figures
//	       ──► talks      from the answer to the end of the wrap-up            │     places    kept for who calls again
//	       ──► consults   whom agents ask in the midst of a talk               │
//	       ──► callbacks  whose callers are not on the line                 ◄──┘     decisions what is told of all this
//	           overflows  rules that lead out of a queue, looked at when all have met
//	           forecast   how long a wait will be yet
type Router struct {
	config   Config
	last     time.Time // of the last step
	midnight time.Time // when the figures begin anew

	queues    queueSet
	demand    demand
	staff     staff
	waiting   waiting
	places    places
	offers    offers
	talks     talks
	callbacks callbacks
	consults  consults
	overflows overflows
	forecast  forecast
	decisions decisions

	agents []AgentState // as of the last step, and nobody's to change; nil until they are asked for
}

// New makes a router without agents and requests, or says what is wrong with the configuration.
func New(c Config) (*Router, error) {
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.ExtensionLimit == 0 {
		c.ExtensionLimit = 3 * time.Minute
	}
	all, byID, err := newQueues(c)
	if err != nil {
		return nil, fmt.Errorf("queues: %w", err)
	}
	r := &Router{config: c, queues: queueSet{all: all, byID: byID}}
	r.demand = newDemand(&r.staff)
	r.staff = newStaff(&r.config, &r.demand, &r.waiting)
	r.waiting = newWaiting(&r.queues, &r.demand, &r.staff, &r.places)
	r.places = newPlaces(&r.config)
	r.offers = offers{
		ring: newOfferRing(c.Epoch), decisions: &r.decisions, queues: &r.queues, staff: &r.staff, waiting: &r.waiting, callbacks: &r.callbacks,
	}
	r.talks = talks{decisions: &r.decisions, queues: &r.queues, staff: &r.staff, waiting: &r.waiting, callbacks: &r.callbacks}
	r.callbacks = callbacks{
		config: &r.config, decisions: &r.decisions, queues: &r.queues, staff: &r.staff, waiting: &r.waiting, places: &r.places, offers: &r.offers,
	}
	r.consults = consults{
		decisions: &r.decisions, queues: &r.queues, demand: &r.demand, staff: &r.staff, waiting: &r.waiting, offers: &r.offers, talks: &r.talks,
	}
	r.overflows = overflows{
		callbacks: &r.callbacks, offers: &r.offers,
		config: &r.config, decisions: &r.decisions, queues: &r.queues, demand: &r.demand, waiting: &r.waiting, forecast: &r.forecast,
	}
	r.forecast = forecast{queues: &r.queues, demand: &r.demand, staff: &r.staff, waiting: &r.waiting, reachGoodFor: reachGoodFor}
	return r, nil
}

// Step tells a fact and returns what follows from it. First the deadlines that have
// passed take their effect, then the event, then whoever can meet is brought together. Stalled alone goes before the deadlines.
// The caller may keep what is returned, unless they give it back: see Release.
func (r *Router) Step(at time.Time, e Event) []Decision {
	r.decisions.begin()
	if at.Before(r.last) {
		return []Decision{&Rejected{Event: e, Err: wrap(ErrBackwards, "%s is before %s",
			at.Format(time.RFC3339Nano), r.last.Format(time.RFC3339Nano))}}
	}
	r.last, r.agents = at, nil
	if stall, is := e.(Stalled); is && stall.By > 0 {
		r.staff.ringOn(at)
	}
	r.expire(at)
	if err := r.apply(at, e); err != nil {
		r.decisions.add(&Rejected{Event: e, Err: err})
	}
	r.offers.giveBack(at)
	r.overflows.shut(at)
	r.meet(at)
	for r.offers.giveBack(at) || r.overflows.look(at) {
		r.overflows.shut(at)
		r.meet(at) // those who have gone back, and in the queues that some have moved to
	}
	r.tell()
	return r.decisions.handOver()
}

// Release gives the decisions of the last step back: the next step's are written over them. Who has many a second does so, for a
// stream of new memory drives what the router works with out of the cache. Nobody may look at the decisions any more.
func (r *Router) Release() { r.decisions.release() }

// Deadline says when to call Step with a Tick, if nothing happens before.
func (r *Router) Deadline() (time.Time, bool) {
	due := r.midnight
	if r.staff.timers.len() > 0 && r.staff.timers.top().deadline.Before(due) {
		due = r.staff.timers.top().deadline
	}
	if r.waiting.wakes.len() > 0 && r.waiting.wakes.top().wake.Before(due) {
		due = r.waiting.wakes.top().wake
	}
	if !r.waiting.held.IsZero() && r.waiting.held.Before(due) {
		due = r.waiting.held
	}
	if !r.staff.lapse.IsZero() && r.staff.lapse.Before(due) {
		due = r.staff.lapse
	}
	return due, !due.IsZero()
}

// Snapshot copies the whole state, as of the last step. Snapshots between two steps have the same agents, not only equal ones: nobody may change them.
func (r *Router) Snapshot() Snapshot {
	if r.agents == nil {
		r.agents = r.staff.describe()
	}
	s := Snapshot{At: r.last, Queues: make([]QueueState, 0, len(r.queues.all)), Agents: r.agents}
	for _, qu := range r.queues.all {
		var q QueueState
		qu.describe(&q)
		s.Queues = append(s.Queues, q)
	}
	return s
}

// apply lets an event take its effect, or returns why it cannot, and then has changed nothing.
func (r *Router) apply(at time.Time, e Event) error {
	switch e := e.(type) {
	case AgentSignedIn:
		return r.staff.signIn(at, e)
	case AgentReady:
		return r.staff.ready(at, e)
	case AgentNotReady:
		return r.notReady(at, e)
	case AgentSignedOut:
		return r.signOut(at, e)
	case DeskLost:
		return r.deskLost(at, e)
	case DeskAway:
		return r.deskAway(at, e)
	case DeskBack:
		return r.staff.deskBack(e)
	case PhoneChanged:
		return r.staff.phoneChanged(e)
	case Enqueued:
		return r.enqueue(at, e)
	case Abandoned:
		return r.abandon(at, e)
	case RequestLed:
		return r.lead(at, e)
	case OfferAccepted:
		return r.offers.accept(e)
	case OfferDeclined:
		return r.offers.decline(at, e)
	case OfferFailed:
		return r.offers.fail(at, e)
	case OfferAnswered:
		return r.offers.answer(at, e)
	case TalkEnded:
		return r.talks.end(at, e)
	case TalkDropped:
		return r.talks.dropped(at, e)
	case TalkHeld:
		return r.talks.turn(at, e.Request, OnHold)
	case TalkResumed:
		return r.talks.turn(at, e.Request, Talking)
	case TalkConsults:
		return r.talks.turn(at, e.Request, Consulting)
	case ConsultWanted:
		return r.consults.want(at, e)
	case TalkPassed:
		return r.consults.pass(at, e)
	case AgentCalls:
		return r.talks.call(at, e)
	case CallReached:
		return r.talks.callReached(e)
	case CallFailed:
		return r.talks.callFailed(at, e)
	case TalkRestored:
		return r.talks.restore(at, e)
	case WrapUpRestored:
		return r.talks.restoreWrapUp(at, e)
	case WrapUpFinished:
		return r.staff.wrapUpFinished(at, e)
	case WrapUpExtended:
		return r.staff.wrapUpExtended(e)
	case CallbackWanted:
		return r.callbacks.wanted(at, e)
	case CallBroken:
		return r.callbacks.broken(at, e)
	case CallbackReached:
		return r.callbacks.reached(at, e)
	case CallbackFailed:
		return r.callbacks.failed(at, e)
	case QueueClosed:
		return r.overflows.close(e)
	case QueueOpened:
		return r.overflows.open(e)
	case Reconfigured:
		return r.reconfigure(at, e)
	case AgentReskilled:
		return r.staff.reskill(at, e)
	case WaitAnnounced:
		return r.forecast.announced(at, e)
	case OffersHeld:
		r.waiting.held = e.Until
		if !r.waiting.held.After(at) {
			r.waiting.held = time.Time{}
		}
	case OffersReleased:
		r.waiting.held = time.Time{}
	case Stalled:
		if e.By <= 0 {
			return wrap(ErrInvalid, "stalled by %s", e.By)
		}
	case Tick:
	default:
		panic(fmt.Sprintf("queues: unknown event %T", e))
	}
	return nil
}

// expire lets the deadlines up to now take their effect. They take it now, and not at
// their own time: after the process was asleep nobody misses an offer that never rang.
func (r *Router) expire(at time.Time) {
	for r.staff.timers.len() > 0 && !r.staff.timers.top().deadline.After(at) {
		a := r.staff.timers.top()
		switch a.activity {
		case Ringing:
			r.offers.end(a.request, OfferWasMissed, at)
		case WrapUp:
			r.staff.rest(a, at, true)
		default:
			panic("queues: a deadline in activity " + a.activity)
		}
	}
	for r.waiting.wakes.len() > 0 && !r.waiting.wakes.top().wake.After(at) {
		r.waiting.wakeUp(r.waiting.wakes.top(), at)
	}
	r.staff.comeForward(at)
	r.staff.expire(at)
	r.places.forgetDeparted(at)
	if !r.waiting.held.After(at) {
		r.waiting.held = time.Time{}
	}
	if r.midnight.After(at) {
		return
	}
	for _, qu := range r.queues.all {
		if qu.figures != (Figures{}) {
			qu.figures = Figures{}
			r.queues.touch(qu)
		}
	}
	r.midnight = hours.DayBegins(at.In(r.config.Location), 1)
}

// meet brings requests and agents together: the first request for which anybody is
// free, by the requests' order, with the first of these, until there is none.
func (r *Router) meet(at time.Time) {
	r.waiting.helpEarly()
	if !r.waiting.held.IsZero() {
		return // the marked classes are kept for later
	}
	for i := 0; i < len(r.demand.marked); i++ { // an early step may mark another
		r.waiting.relaxEarly(r.demand.marked[i])
	}
	now := at.UnixMilli()
	for {
		var first *request
		var to *agent
		for _, q := range r.waiting.preferring {
			if a := q.freePreferred(); a != nil && (first == nil || q.meetsBefore(first, now)) {
				first, to = q, a
			}
		}
		for _, c := range r.demand.marked {
			if first != nil && (first.forOne || c.behind(first, now)) {
				continue
			}
			if q, a := c.best(); q != nil && (first == nil || q.compareAt(first, now) < 0) {
				first, to = q, a
			}
		}
		if first == nil {
			break
		}
		if r.callbacks.mayCall(first, at) {
			r.offers.open(first, to, at)
		} else {
			r.waiting.leave(first)
			r.callbacks.sleep(first, at)
		}
	}
	for _, c := range r.demand.marked {
		c.marked = false
	}
	r.demand.marked = r.demand.marked[:0]
	clear(r.waiting.preferring)
	r.waiting.preferring = r.waiting.preferring[:0]
}

// tell closes a step with the new state of all that it touched.
func (r *Router) tell() {
	for _, a := range r.staff.touched {
		a.touched = false
		d := r.decisions.room.agents.new()
		a.describe(&d.Agent)
		r.decisions.add(d)
		if a.availability == SignedOut && a.activity == Idle {
			r.staff.forget(a)
		}
	}
	r.staff.touched = r.staff.touched[:0]
	for _, qu := range r.queues.touched {
		qu.touched = false
		d := r.decisions.room.queues.new()
		qu.describe(&d.Queue)
		r.decisions.add(d)
	}
	r.queues.touched = r.queues.touched[:0]
}
