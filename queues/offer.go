package queues

import (
	"slices"
	"time"
)

// An offer, from its beginning to the answer or whatever else ends it.

// offer reserves a request for an agent.
func (r *Router) offer(q *request, a *agent, at time.Time) {
	c := q.class
	d := r.room.offers.new()
	why := &d.Why
	why.Rule, why.IdleSince, why.Waited, why.Tries, why.Relaxed = c.rule, a.idleSince, at.Sub(q.Came()), q.tries, q.step
	why.Candidates, why.Busy, why.NotReady = c.free.len(), c.willing-c.free.len(), c.able-c.willing
	if q.step > 0 {
		why.RelaxedAfter = q.line.Relax[q.step-1].After
		why.Early = why.RelaxedAfter > q.waited(at)
	}
	switch {
	case q.courting:
		why.Rule = Preferred
	case q.declinedBy(a):
		why.Rule = AllDeclined
		q.declined = q.declined[:0]
	}
	r.leave(q)
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
	q.tries++
	q.agent = a
	q.accepted = false
	q.since = at
	r.offers.open(q)
	deadline := at.Add(q.line.OfferTimeout)
	if q.Callback && q.line.Callback.DialFirst && !q.reached {
		deadline = deadline.Add(dialTime)
	}
	r.begin(a, Ringing, q, at, deadline)
	q.describe(&d.Offer)
	r.decide(d)
}

// live finds the request of an offer that has not ended.
func (r *Router) live(id OfferID) (*request, error) {
	if q := r.offers.get(id); q != nil {
		return q, nil
	}
	return nil, wrap(ErrOfferOver, "offer %s", id)
}

// accept handles OfferAccepted.
func (r *Router) accept(e OfferAccepted) error {
	q, err := r.live(e.Offer)
	if err != nil {
		return err
	}
	if q.accepted {
		return wrap(ErrAlready, "offer %s accepted", e.Offer)
	}
	q.accepted = true
	r.touch(q.agent)
	return nil
}

// decline handles OfferDeclined.
func (r *Router) decline(at time.Time, e OfferDeclined) error {
	q, err := r.live(e.Offer)
	if err != nil {
		return err
	}
	if q.accepted {
		return wrap(ErrAccepted, "offer %s", e.Offer)
	}
	r.endOffer(q, OfferWasDeclined, at)
	return nil
}

// fail handles OfferFailed.
func (r *Router) fail(at time.Time, e OfferFailed) error {
	q, err := r.live(e.Offer)
	if err != nil {
		return err
	}
	switch e.Reason {
	case PhoneUnanswered:
		r.endOffer(q, OfferWasMissed, at)
	case PhoneCongested: // no fault of the agent, who stays ready, nor of their phone
		q.passOver(at)
		r.endOffer(q, OfferHasFailed, at)
	case PhoneUnreachable, PhoneBusy:
		r.endOffer(q, OfferHasFailed, at)
	default:
		return wrap(ErrInvalid, "offer %s failed for reason %q", e.Offer, e.Reason)
	}
	return nil
}

// endOffer ends an offer that was not answered, and the request goes back to its old place.
func (r *Router) endOffer(q *request, how Ending, at time.Time) {
	r.withdraw(q, how, at)
	r.wait(q, at)
	if len(q.line.Overflow) > 0 && !q.Callback {
		r.lookSoon(q) // a rule may have come due while it rang
	}
	r.schedule(q)
}

// breath is how long a request waits that nobody is left for, after the last offer that left its agent ready, until it begins
// anew: a phone that declines by itself would ring without an end.
const breath = 5 * time.Second

// passOver lets others have an offered request first, and its agent stay ready.
func (q *request) passOver(at time.Time) {
	q.declined, q.paused = append(q.declined, q.agent), at.Add(breath)
}

// withdraw takes an offer that was not answered from its agent, who becomes idle, or not ready where it ended by
// their phone. The request stands nowhere then.
func (r *Router) withdraw(q *request, how Ending, at time.Time) {
	a := q.agent
	r.offers.close(q)
	r.decideOver(q, how)
	next := a.next // what the agent chose goes before what happened to them
	switch how {
	case OfferWasDeclined:
		q.passOver(at)
	case OfferWasMissed:
		q.declined = append(q.declined, a)
		if next == "" {
			r.choose(a, NotReady, MissedCall, at)
		}
	case OfferHasFailed:
		if next == "" && !q.declinedBy(a) { // was not passed over for another's fault
			r.choose(a, NotReady, PhoneWasNotReachable, at)
		}
	}
	q.agent = nil
	r.rest(a, at, how == OfferWasDeclined)
	q.jilted = true
}

// decideOver says how the offer of a request ended.
func (r *Router) decideOver(q *request, how Ending) {
	d := r.room.over.new()
	q.describe(&d.Offer)
	d.How = how
	r.decide(d)
}

// answer handles OfferAnswered.
func (r *Router) answer(at time.Time, e OfferAnswered) error {
	q, err := r.live(e.Offer)
	if err != nil {
		return err
	}
	r.offers.close(q)
	r.decideOver(q, OfferWasAnswered)
	q.talking = true
	r.begin(q.agent, Talking, q, at, time.Time{})
	switch {
	case !q.Callback:
		r.unschedule(q)
		q.line.answered(q, at)
		r.touchLine(q.line)
		r.decideEnd(q, RequestAnswered, at).by(q.agent)
	case q.reached:
		r.calledBack(q, at)
	}
	q.since = at
	return nil
}
