package queues

import (
	"slices"
	"time"
)

// request is one Request on its way through the router.
type request struct {
	Request
	class *class
	line  *line
	base  int64     // points in millionths at the beginning of 1970, which aging only adds to
	due   time.Time // when the target's time ends
	seq   uint64    // told earlier is smaller

	agent    *agent // whom it is offered to, or who talks; nil while waiting
	talking  bool
	offer    Offer // while offered
	accepted bool
	declined []*agent // since everybody had
	tries    int      // offers so far

	step   int       // relaxation steps taken
	stepAt time.Time // of the next one

	inSteps int // place in Router.steps, -1 elsewhere
	inClass int // place in class.waiting, -1 elsewhere
	inLine  int // place in line.unanswered, -1 elsewhere
}

// compare orders requests of one class, which age alike, at any time.
func (q *request) compare(p *request) int { return q.compareAt(p, 0) }

// compareAt orders requests at a time, in milliseconds since 1970: more points, then the target
// that ends first, then arrival, then who was told earlier.
func (q *request) compareAt(p *request, at int64) int {
	mine, theirs := q.points(at), p.points(at)
	switch {
	case mine > theirs:
		return -1
	case mine < theirs:
		return 1
	case !q.due.Equal(p.due):
		return q.due.Compare(p.due)
	case !q.Arrived.Equal(p.Arrived):
		return q.Arrived.Compare(p.Arrived)
	case q.seq < p.seq:
		return -1
	case q.seq > p.seq:
		return 1
	}
	return 0
}

func (q *request) before(p *request) bool { return q.compare(p) < 0 }

// points is whole numbers, so that the order of two who age alike is the same at each time.
func (q *request) points(at int64) int64 { return q.base + q.line.aging*at }

func (q *request) declinedBy(a *agent) bool { return slices.Contains(q.declined, a) }

func (q *request) waited(at time.Time) time.Duration { return at.Sub(q.Arrived) }

// enqueue handles Enqueued.
func (r *Router) enqueue(at time.Time, e Enqueued) error {
	l := r.byQueue[e.Request.Queue]
	switch {
	case e.Request.ID == "":
		return wrap(ErrInvalid, "request without an id")
	case l == nil:
		return wrap(ErrUnknownQueue, "request %s: queue %q", e.Request.ID, e.Request.Queue)
	case r.requests[e.Request.ID] != nil:
		return wrap(ErrAlready, "request %s known", e.Request.ID)
	}
	if !sensible(e.Request.Priority) {
		return wrap(ErrInvalid, "request %s: priority %d", e.Request.ID, e.Request.Priority)
	}
	if err := checkNeeds(e.Request.Extra); err != nil {
		return wrap(ErrInvalid, "request %s: %w", e.Request.ID, err)
	}
	r.told++
	q := r.newRequest()
	q.Request, q.line, q.seq = e.Request, l, r.told
	if q.Arrived.IsZero() || q.Arrived.After(at) {
		q.Arrived = at // the switch's clock may be ahead of ours
	}
	q.base = int64(l.Priority+q.Priority)*1_000_000 - l.aging*q.Arrived.UnixMilli()
	q.due = q.Arrived.Add(l.Target.Within)
	q.class = r.classOf(l, q.Extra, 0)
	r.requests[q.ID] = q
	l.unanswered.push(q)
	r.touchLine(l)
	r.relax(q, at) // and so begins to wait
	return nil
}

// newRequest makes a record, of one that has ended where there is one.
func (r *Router) newRequest() *request {
	if n := len(r.spare); n > 0 {
		q := r.spare[n-1]
		r.spare = r.spare[:n-1]
		return q
	}
	return &request{inSteps: -1, inClass: -1, inLine: -1}
}

// drop ends the record of a request that nobody refers to any more.
func (r *Router) drop(q *request) {
	clear(q.declined)
	*q = request{inSteps: -1, inClass: -1, inLine: -1, declined: q.declined[:0]}
	r.spare = append(r.spare, q)
}

// wait puts a request into its class, at its place.
func (r *Router) wait(q *request) {
	q.class.add(q)
	r.soil(q.class)
}

// abandon handles Abandoned.
func (r *Router) abandon(at time.Time, e Abandoned) error {
	q := r.requests[e.Request]
	switch {
	case q == nil:
		return wrap(ErrUnknownRequest, "request %s", e.Request)
	case q.talking:
		r.partTalkers(q, at)
		return nil
	case q.agent != nil:
		r.endOffer(q, OfferWasRevoked, at)
	}
	q.class.take(q)
	r.stopRelaxing(q)
	delete(r.requests, q.ID)
	short := q.line.abandoned(q, at)
	r.touchLine(q.line)
	r.decide(RequestEnded{Request: q.Request, How: RequestAbandoned, At: at, Short: short})
	r.drop(q)
	return nil
}

// live finds the request of an offer that has not ended.
func (r *Router) live(id OfferID) (*request, error) {
	if q := r.offered[id]; q != nil {
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
	case PhoneUnreachable, PhoneBusy, PhoneCongested:
		r.endOffer(q, OfferHasFailed, at)
	default:
		return wrap(ErrInvalid, "offer %s failed for reason %q", e.Offer, e.Reason)
	}
	return nil
}

// endOffer ends an offer that was not answered. The request goes back to its old place,
// and the agent becomes idle, or not ready where it ended by their phone.
func (r *Router) endOffer(q *request, how Ending, at time.Time) {
	a := q.agent
	delete(r.offered, q.offer.ID)
	r.decide(OfferEnded{Offer: q.offer, How: how})
	q.agent = nil
	next := a.next // what the agent chose goes before what happened to them
	switch how {
	case OfferWasDeclined:
		q.declined = append(q.declined, a)
	case OfferWasMissed:
		if next == "" {
			r.choose(a, NotReady, MissedCall, at)
		}
	case OfferHasFailed:
		if next == "" {
			r.choose(a, NotReady, PhoneWasNotReachable, at)
		}
	}
	r.rest(a, at, how == OfferWasDeclined)
	r.wait(q)
}

// answer handles OfferAnswered.
func (r *Router) answer(at time.Time, e OfferAnswered) error {
	q, err := r.live(e.Offer)
	if err != nil {
		return err
	}
	delete(r.offered, q.offer.ID)
	q.talking = true
	r.stopRelaxing(q)
	q.line.answered(q, at)
	r.touchLine(q.line)
	r.begin(q.agent, Talking, q, at, time.Time{})
	r.decide(OfferEnded{Offer: q.offer, How: OfferWasAnswered})
	r.decide(RequestEnded{Request: q.Request, How: RequestAnswered, Agent: q.agent.ID, At: at})
	return nil
}

// talk finds a request that is talked with.
func (r *Router) talk(id RequestID) (*request, error) {
	q := r.requests[id]
	if q == nil {
		return nil, wrap(ErrUnknownRequest, "request %s", id)
	}
	if !q.talking {
		return nil, wrap(ErrActivity, "request %s is not talked with", id)
	}
	return q, nil
}

// endTalk handles TalkEnded.
func (r *Router) endTalk(at time.Time, e TalkEnded) error {
	q, err := r.talk(e.Request)
	if err != nil {
		return err
	}
	r.partTalkers(q, at)
	return nil
}

// partTalkers ends a talk: the agent wraps up, where the queue has time for it.
func (r *Router) partTalkers(q *request, at time.Time) {
	delete(r.requests, q.ID)
	a := q.agent
	if q.line == nil || q.line.WrapUp == 0 || a.availability == SignedOut {
		r.rest(a, at, true)
		return
	}
	r.begin(a, WrapUp, q, at, at.Add(q.line.WrapUp))
}

// hold handles TalkHeld and TalkResumed.
func (r *Router) hold(at time.Time, id RequestID, from, to Activity) error {
	q, err := r.talk(id)
	if err != nil {
		return err
	}
	if q.agent.activity != from {
		return wrap(ErrAlready, "request %s %s", id, to)
	}
	r.begin(q.agent, to, q, at, time.Time{})
	return nil
}

// restore handles TalkRestored. It counts in no figures: the talk was counted when it was
// answered. A queue that is no longer configured has no wrap-up.
func (r *Router) restore(at time.Time, e TalkRestored) error {
	a := r.agents[e.Agent]
	switch {
	case e.Agent == "" || e.Request == "":
		return wrap(ErrInvalid, "talk of agent %q and request %q", e.Agent, e.Request)
	case r.requests[e.Request] != nil:
		return wrap(ErrAlready, "request %s known", e.Request)
	case a != nil && a.activity != Idle:
		return wrap(ErrBusy, "agent %s is %s", e.Agent, a.activity)
	case a == nil:
		a = r.newAgent(Agent{ID: e.Agent}, at)
	}
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	q := r.newRequest()
	q.Request = Request{ID: e.Request, Queue: e.Queue, Arrived: since}
	q.line, q.agent, q.talking = r.byQueue[e.Queue], a, true
	r.requests[q.ID] = q
	r.begin(a, Talking, q, since, time.Time{})
	return nil
}
