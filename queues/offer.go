package queues

import (
	"slices"
	"time"
)

// offers lead from an offer's beginning to the answer, or to whatever else ends it.
type offers struct {
	decisions *decisions
	queues    *queueSet
	staff     *staff
	waiting   *waiting
	callbacks *callbacks

	ring offerRing // those that are on
}

// open reserves a request for an agent.
func (o *offers) open(q *request, a *agent, at time.Time) {
	c := q.class
	d := o.decisions.room.offers.new()
	why := &d.Why
	why.Rule, why.IdleSince, why.Waited, why.Tries, why.Relaxed = c.rule, a.idleSince, at.Sub(q.Came()), q.tries, q.step
	why.Candidates, why.Busy, why.NotReady = c.free.len(), c.willing-c.free.len(), c.able-c.willing
	why.Failing = c.failing
	if q.step > 0 {
		why.RelaxedAfter = q.queue.Relax[q.step-1].After
		why.Early = why.RelaxedAfter > q.waited(at)
	}
	switch {
	case q.forOne:
		d.Why = Explanation{Rule: Led, By: q.Lead.By, Candidates: 1, IdleSince: why.IdleSince, Waited: why.Waited, Tries: why.Tries}
	case q.forPreferred:
		why.Rule = Preferred
	case q.declinedBy(a):
		why.Rule = AllDeclined
		q.declined = q.declined[:0]
	}
	o.waiting.leave(q)
	if why.Rule != Led {
		o.compare(q, a, why)
	}
	q.tries++
	q.agent = a
	q.accepted = false
	q.since = at
	o.ring.open(q)
	deadline := at.Add(q.queue.OfferTimeout)
	if q.Callback && q.queue.Callback.DialFirst && !q.reached {
		deadline = deadline.Add(dialTime)
	}
	o.staff.begin(a, Ringing, q, at, deadline)
	q.describe(&d.Offer)
	o.decisions.add(d)
}

// compare says of whom else a request could have gone to.
func (o *offers) compare(q *request, a *agent, why *Explanation) {
	c := q.class
	for _, by := range q.declined {
		if by.free && by.stands(c) {
			why.Excluded++
			why.Declined = append(why.Declined, by.ID)
		}
	}
	slices.Sort(why.Declined)
	if why.Candidates-why.Excluded == 1 && why.Rule == c.rule {
		why.Rule = OnlyCandidate
	}
	if second := c.secondFor(q, a); second != nil {
		why.RunnerUp = second.ID
	}
}

// live finds the request of an offer that has not ended.
func (o *offers) live(id OfferID) (*request, error) {
	if q := o.ring.get(id); q != nil {
		return q, nil
	}
	return nil, wrap(ErrOfferOver, "offer %s", id)
}

// accept handles OfferAccepted.
func (o *offers) accept(e OfferAccepted) error {
	q, err := o.live(e.Offer)
	if err != nil {
		return err
	}
	if q.accepted {
		return wrap(ErrAlready, "offer %s accepted", e.Offer)
	}
	q.accepted = true
	o.staff.touch(q.agent)
	return nil
}

// decline handles OfferDeclined.
func (o *offers) decline(at time.Time, e OfferDeclined) error {
	q, err := o.live(e.Offer)
	if err != nil {
		return err
	}
	if q.accepted {
		return wrap(ErrAccepted, "offer %s", e.Offer)
	}
	o.end(q, OfferWasDeclined, at)
	return nil
}

// fail handles OfferFailed.
func (o *offers) fail(at time.Time, e OfferFailed) error {
	q, err := o.live(e.Offer)
	if err != nil {
		return err
	}
	c, known := consequenceOf(e.Reason)
	if !known {
		return wrap(ErrInvalid, "offer %s failed for reason %q", e.Offer, e.Reason)
	}
	a := q.agent
	why := o.staff.follow(c, a, at)
	if !c.AtOnce && c.Ending != OfferWasDeclined {
		q.passOver(at)
	}
	o.close(q, c.Ending, c.Failure, why, at)
	o.back(q, at)
	return nil
}

// end ends an offer that was not answered, and the request goes back to its old place.
func (o *offers) end(q *request, how Ending, at time.Time) {
	o.withdraw(q, how, at)
	o.back(q, at)
}

// back lets a request wait again whose offer came to nothing. A consultation is over.
func (o *offers) back(q *request, at time.Time) {
	if q.isConsult() {
		o.forget(q)
		return
	}
	o.waiting.wait(q, at)
	if q.queue.sendsOn() && !q.Callback {
		o.waiting.lookSoon(q) // a rule may have come due while it rang
	}
	o.waiting.schedule(q)
}

// declinePause is how long a request that everybody has declined waits after the last of them declined it, until it is offered to all of
// them again. Without it a phone that declines calls by itself would ring without an end.
const declinePause = 5 * time.Second

// passOver lets others have an offered request first, and its agent stay ready.
func (q *request) passOver(at time.Time) {
	q.goesPast(q.agent)
	q.paused = at.Add(declinePause)
}

// goesPast lets others than an agent have a request first.
func (q *request) goesPast(a *agent) {
	if !q.declinedBy(a) {
		q.declined = append(q.declined, a)
	}
}

// withdraw takes an offer that was not answered from its agent. The agent becomes idle, or not ready where they missed it. The
// request stands nowhere then.
func (o *offers) withdraw(q *request, how Ending, at time.Time) {
	why := Reason("")
	if how == OfferWasMissed {
		why = MissedCall
	}
	o.close(q, how, "", why, at)
}

// close is withdraw for an offer that ended by a failure of the agent's phone, too. Where there is a reason the agent is not ready for it.
func (o *offers) close(q *request, how Ending, failure Failure, why Reason, at time.Time) {
	a := q.agent
	o.ring.close(q)
	o.decisions.offerOver(q, how, failure)
	switch how {
	case OfferWasDeclined:
		q.passOver(at)
	case OfferWasMissed:
		q.goesPast(a)
	}
	if why != "" && a.next == "" { // what the agent chose goes before what happened to them
		o.staff.choose(a, NotReady, why, at)
	}
	q.agent, q.forAnybody = nil, true // before the agent rests, whose page may be awaited from then on: it waits for them no more
	o.staff.rest(a, at, how == OfferWasDeclined)
}

// answer handles OfferAnswered.
func (o *offers) answer(at time.Time, e OfferAnswered) error {
	q, err := o.live(e.Offer)
	if err != nil {
		return err
	}
	o.ring.close(q)
	o.decisions.offerOver(q, OfferWasAnswered, "")
	q.talking = true
	if q.isConsult() {
		o.staff.begin(q.agent, Consulting, q, at, time.Time{})
		q.since = at
		return nil
	}
	o.staff.begin(q.agent, Talking, q, at, time.Time{})
	switch {
	case !q.Callback:
		o.waiting.unschedule(q)
		q.queue.answered(q, at)
		o.queues.touch(q.queue)
		o.decisions.ended(q, RequestAnswered, at).by(q.agent)
		o.callbacks.keptBy(q, at)
	case q.reached:
		o.callbacks.calledBack(q, at)
	}
	q.since = at
	return nil
}
