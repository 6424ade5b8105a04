package queues

import (
	"fmt"
	"slices"
	"time"

	"hotline/telephony/hours"
)

// A callback is a request whose caller is not on the line. It keeps its place and its time:
//
//	           CallbackWanted                      Offered, OfferAnswered             CallbackReached
//	on the line ────────────► waits ◄──► asleep ───────────► agent waits for caller ─────────────► talking (called_back)
//	                            ▲          ▲                          │
//	                            │          └─ CallbackFailed ─────────┤
//	                            │                                     └──► gone (not_reached) after the last try
//	                            └── the offer was missed, declined, …
//
// A caller who calls in meanwhile has the callback's place while they are on the line, and nobody calls them. The promise is kept when an agent
// answers them: then the callback ends (called_in). Where they leave unanswered, it stands again. Where an agent waits for the caller at the
// moment at which they call in, that happens when the try has failed.
//
// A call that breaks off through a fault of ours (CallBroken) becomes a callback, too. Who has called again meanwhile has its place, as above.
//
// A callback whose turn comes at an hour at which people may not be called sleeps until they may be, and is told as CallbackWaits
// again. Where the queue's plan is to dial the caller first, CallbackReached comes before OfferAnswered; when the offer then comes
// to nothing, the caller, who is on the line, waits on at the same place.

// dialTime is how much longer an offer lasts in which the caller is dialled first: so long may the caller's phone ring.
const dialTime = 65 * time.Second

// callbacks are the requests that are to be called back.
type callbacks struct {
	config    *Config
	decisions *decisions
	queues    *queueSet
	staff     *staff
	waiting   *waiting
	places    *places
	offers    *offers
}

// CallbackPlan says how a queue calls back. The zero plan offers the agent first, three times, 15 min apart, at any hour.
type CallbackPlan struct {
	DialFirst bool            // the caller is dialled before the agent's phone rings; the agent first (preview) where not
	Attempts  int             // how many tries there are; 3 where 0. Configurations and journals hold it by this name
	Every     time.Duration   // between tries; 15 min where 0
	Hours     *hours.Calendar // when people may be called; the queue's own hours where nil
}

// complete fills in what is left open, or says what is wrong.
func (p *CallbackPlan) complete(open *hours.Calendar) error {
	if p.Attempts < 0 || p.Every < 0 {
		return fmt.Errorf("%d tries %s apart cannot be made", p.Attempts, p.Every)
	}
	if p.Attempts == 0 {
		p.Attempts = 3
	}
	if p.Every == 0 {
		p.Every = 15 * time.Minute
	}
	if p.Hours == nil {
		p.Hours = open
	}
	return p.Hours.Check()
}

// wanted handles CallbackWanted.
func (b *callbacks) wanted(at time.Time, e CallbackWanted) error {
	q := b.waiting.byID.get(e.Request)
	switch {
	case q == nil:
		return wrap(ErrUnknownRequest, "request %s", e.Request)
	case q.Callback:
		return wrap(ErrAlready, "request %s a callback", e.Request)
	case q.agent != nil:
		return wrap(ErrBusy, "request %s is with %s", e.Request, q.agent.ID)
	}
	b.waiting.leave(q)
	b.promise(q, at, e.NotBefore, at)
	return nil
}

// promise makes a callback of a request that stands nowhere: of somebody who left the line at a time that is not later than now.
func (b *callbacks) promise(q *request, left, notBefore, at time.Time) {
	q.queue.exit(q)
	q.promiseEnded(false, at)
	b.keptBy(q, at)    // one promise is enough, and it has the earlier place
	q.Lead.forNobody() // who is called back waits for anybody
	q.Callback, q.lookAt, q.NotBefore, q.Wanted = true, time.Time{}, notBefore, max(0, left.Sub(q.Came()))
	q.queue.enter(q)
	b.queues.touch(q.queue)
	b.sleep(q, at)
}

// broken handles CallBroken.
func (b *callbacks) broken(at time.Time, e CallBroken) error {
	q := b.waiting.byID.get(e.Request)
	switch {
	case q == nil:
		return wrap(ErrUnknownRequest, "request %s", e.Request)
	case q.talking:
		return wrap(ErrBusy, "request %s is with %s", e.Request, q.agent.ID)
	case q.isConsult(), q.Callback && !q.reached:
		return wrap(ErrActivity, "request %s has no caller on the line", e.Request)
	case q.agent != nil:
		b.offers.withdraw(q, OfferWasRevoked, at)
	default:
		b.waiting.leave(q)
	}
	switch {
	case !e.CallBack:
		b.lose(q, at)
	case q.Callback:
		q.reached, q.NotBefore = false, e.NotBefore
		b.sleep(q, at)
	default:
		left := e.At
		if left.IsZero() || left.After(at) {
			left = at
		}
		b.promise(q, left, e.NotBefore, at)
	}
	if b.waiting.byID.get(e.Request) != q || !e.CallBack {
		return nil
	}
	if in := b.callsIn(q); in != nil {
		b.waiting.leave(q)
		b.partyIsThere(q, in, at)
	}
	return nil
}

// lose ends a request that stands nowhere, and that nobody has given up.
func (b *callbacks) lose(q *request, at time.Time) {
	q.queue.exit(q)
	q.promiseEnded(false, at)
	b.decisions.ended(q, RequestLost, at)
	of := q.placeKey()
	b.waiting.retire(q)
	b.standAgain(of, at)
}

// sleep lets a callback that stands nowhere wait until the time of its next try, and until people may be called.
func (b *callbacks) sleep(q *request, at time.Time) {
	next := at
	if q.NotBefore.After(at) {
		next = q.NotBefore
	}
	next, ok := q.queue.Callback.Hours.Next(next.In(b.config.Location))
	if !ok {
		b.giveUp(q, at)
		return
	}
	q.NotBefore = next
	q.asleep = next.After(at)
	if own := b.places.toCall[q.placeKey()]; q.Party != "" && !slices.Contains(own, q) {
		b.places.toCall[q.placeKey()] = append(own, q)
	}
	b.decisions.add(&CallbackWaits{Request: q.Request, Until: next, Tried: q.Tried})
	b.waiting.wait(q, at)
	b.waiting.schedule(q)
}

// mayCall says whether a request may be given to an agent now: its caller is on the line, or may be called at this hour.
func (b *callbacks) mayCall(q *request, at time.Time) bool {
	return !q.Callback || q.reached || q.queue.Callback.Hours.Open(at.In(b.config.Location))
}

// giveUp ends a callback whose caller was not reached.
func (b *callbacks) giveUp(q *request, at time.Time) {
	q.queue.exit(q)
	b.decisions.ended(q, RequestNotReached, at)
	b.waiting.retire(q)
}

// dropCallback forgets a callback's place: nobody can take it any more.
func (p *places) dropCallback(q *request) {
	own, had := p.toCall[q.placeKey()]
	if !had {
		return
	}
	if own = slices.DeleteFunc(own, func(c *request) bool { return c == q }); len(own) == 0 {
		delete(p.toCall, q.placeKey())
	} else {
		p.toCall[q.placeKey()] = own
	}
}

// unreached says whether an agent waits for the caller of a callback.
func (q *request) unreached() bool { return q.Callback && q.talking && !q.reached }

// find finds a request that is to be called back and has not been.
func (b *callbacks) find(id RequestID) (*request, error) {
	q := b.waiting.byID.get(id)
	switch {
	case q == nil:
		return nil, wrap(ErrUnknownRequest, "request %s", id)
	case !q.Callback || q.talking && q.reached:
		return nil, wrap(ErrActivity, "request %s is not to be called back", id)
	}
	return q, nil
}

// reached handles CallbackReached.
func (b *callbacks) reached(at time.Time, e CallbackReached) error {
	q, err := b.find(e.Request)
	switch {
	case err != nil:
		return err
	case q.agent == nil:
		return wrap(ErrActivity, "request %s is offered to nobody", e.Request)
	case q.reached:
		return wrap(ErrAlready, "request %s reached", e.Request)
	}
	q.reached = true
	if q.talking {
		q.since = at
		b.calledBack(q, at)
	}
	return nil
}

// calledBack ends the waiting of a callback whose caller talks with the agent.
func (b *callbacks) calledBack(q *request, at time.Time) {
	b.waiting.unschedule(q)
	q.queue.exit(q)
	q.queue.figures.CalledBack++
	b.queues.touch(q.queue)
	b.places.dropCallback(q)
	b.decisions.ended(q, RequestCalledBack, at).by(q.agent)
}

// failed handles CallbackFailed.
func (b *callbacks) failed(at time.Time, e CallbackFailed) error {
	q, err := b.find(e.Request)
	if err != nil {
		return err
	}
	switch e.Reason {
	case PhoneUnreachable, PhoneBusy, PhoneCongested, PhoneUnanswered, LinkBroken, AgentLeft:
	default:
		return wrap(ErrInvalid, "callback %s failed for reason %q", e.Request, e.Reason)
	}
	if q.agent == nil && !q.reached {
		return wrap(ErrActivity, "request %s is offered to nobody", e.Request)
	}
	again := q.queue.Callback.Every
	if e.Reason == LinkBroken {
		again = min(again, linkBack)
	}
	dialled := e.Reason != PhoneCongested && e.Reason != LinkBroken && e.Reason != AgentLeft
	b.tryFailed(q, at, dialled, again)
	return nil
}

// linkBack is after what time a callback is tried again that was not made for want of the link to the switch. The link is often back
// by then; where it is not, the agent's phone has not rung either.
const linkBack = 5 * time.Second

// tryFailed lets the agent go, idle as before, and counts the try where the caller's phone was called: that we had no line to call
// on is no reason to give them up. They are not called again before a time has passed.
func (b *callbacks) tryFailed(q *request, at time.Time, tried bool, again time.Duration) {
	switch {
	case q.talking:
		b.unring(q, at)
	case q.agent != nil:
		b.offers.withdraw(q, OfferWasRevoked, at)
	default:
		b.waiting.leave(q)
	}
	q.reached = false
	if in := b.callsIn(q); in != nil { // no wonder that their phone is busy
		b.partyIsThere(q, in, at)
		return
	}
	if tried {
		q.Tried++
	}
	q.NotBefore = at.Add(again)
	if q.Tried >= q.queue.Callback.Attempts {
		b.giveUp(q, at)
		return
	}
	b.sleep(q, at)
}

// unring parts an agent from a callback whose caller they waited for; it stands nowhere then.
func (b *callbacks) unring(q *request, at time.Time) {
	a := q.agent
	q.agent, q.talking = nil, false
	b.staff.rest(a, at, false)
}
