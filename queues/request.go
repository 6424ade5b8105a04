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
	answered time.Time // since when
	offer    Offer     // while offered
	accepted bool
	declined []*agent // since everybody had
	tries    int      // offers so far
	foretold foretold

	step    int       // relaxation steps taken
	entered time.Time // this queue
	lookAt  time.Time // when its overflow rules are to be looked at next; zero is never
	looking bool      // stands in Router.looks
	advised bool      // of a callback, by overflow

	courting bool     // waits for whom it prefers, and not in its class
	suitors  []*agent // these, the dearest first
	jilted   bool     // an offer came to nothing, or its time is over: prefers nobody any more
	asleep   bool     // a callback that is not to be tried yet
	reached  bool     // a callback whose caller is on the line

	wake    time.Time // when something is due to it next
	inWakes int       // place in Router.wakes, -1 elsewhere
	inClass int       // place in class.waiting, -1 elsewhere
	inLine  int       // place in line.unanswered, -1 elsewhere
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
	case r.requests.get(e.Request.ID) != nil:
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
	q.Request, q.seq, q.asleep = e.Request, r.told, e.Request.Callback
	if q.Arrived.IsZero() || q.Arrived.After(at) {
		q.Arrived = at // the switch's clock may be ahead of ours
	}
	r.requests.put(q)
	r.regain(q, at)
	r.join(q, l, q.Arrived, at)
	if q.Callback {
		r.sleep(q, at)
	}
	return nil
}

// join puts a request into a line, where it begins to wait.
func (r *Router) join(q *request, l *line, entered, at time.Time) {
	q.line, q.Queue, q.entered = l, l.ID, entered
	l.enter(q)
	r.touchLine(l)
	r.place(q, 0, at)
}

// place makes a request of a line stand where it belongs, with its relaxation steps taken that are due.
func (r *Router) place(q *request, step int, at time.Time) {
	l := q.line
	q.base = int64(l.Priority+q.Priority)*1_000_000 - l.aging*q.Arrived.UnixMilli()
	q.due = q.Arrived.Add(l.Target.Within)
	q.step, q.lookAt = step, time.Time{}
	for q.step < len(l.Relax) && l.Relax[q.step].After <= q.waited(at) {
		q.step++
	}
	q.class = r.classOf(l, q.Extra, q.step)
	if q.agent == nil {
		r.wait(q, at)
	}
	if len(l.Overflow) > 0 && !q.Callback {
		r.lookSoon(q)
	}
	r.schedule(q)
}

// newRequest makes a record, of one that has ended where there is one.
func (r *Router) newRequest() *request {
	if n := len(r.spare); n > 0 {
		q := r.spare[n-1]
		r.spare = r.spare[:n-1]
		return q
	}
	return &request{inWakes: -1, inClass: -1, inLine: -1}
}

// drop ends the record of a request that nobody refers to any more.
func (r *Router) drop(q *request) {
	if q.looking {
		r.looks[slices.Index(r.looks, q)] = nil
	}
	clear(q.declined)
	clear(q.suitors)
	*q = request{inWakes: -1, inClass: -1, inLine: -1, declined: q.declined[:0], suitors: q.suitors[:0]}
	r.spare = append(r.spare, q)
}

// wait puts a request where it is to wait: nowhere, with those it prefers, or in its class.
func (r *Router) wait(q *request, at time.Time) {
	if !q.asleep && !r.court(q, at) {
		r.stand(q)
	}
}

// stand puts a request into its class, at its place.
func (r *Router) stand(q *request) {
	q.class.add(q)
	r.soil(q.class)
}

// leave takes a waiting request out of where it waits.
func (r *Router) leave(q *request) {
	if q.courting {
		r.stopCourting(q)
	} else {
		q.class.take(q)
	}
}

// retire ends the record of a request whose waiting has ended without an answer.
func (r *Router) retire(q *request) {
	r.leave(q)
	r.unschedule(q)
	r.requests.drop(q.ID)
	r.dropCallback(q)
	r.touchLine(q.line)
	r.drop(q)
}

// schedule reckons when something is due to a request next: a relaxation step, the end of its affinity, a
// callback's next attempt, a look at the overflow rules.
func (r *Router) schedule(q *request) {
	var next time.Time
	earliest := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if q.step < len(q.line.Relax) {
		earliest(q.Arrived.Add(q.line.Relax[q.step].After))
	}
	if q.courting {
		earliest(q.Arrived.Add(q.line.Affinity))
	}
	if q.asleep {
		earliest(q.NotBefore)
	}
	if !q.lookAt.IsZero() {
		earliest(q.lookAt)
	}
	if q.inWakes >= 0 && next.Equal(q.wake) {
		return
	}
	r.unschedule(q)
	if !next.IsZero() {
		q.wake = next
		r.wakes.push(q)
	}
}

func (r *Router) unschedule(q *request) {
	if q.inWakes >= 0 {
		r.wakes.remove(q.inWakes)
	}
}

// rouse lets what is due to a request happen.
func (r *Router) rouse(q *request, at time.Time) {
	r.relax(q, at)
	if q.courting && !q.Arrived.Add(q.line.Affinity).After(at) {
		q.jilted = true
		r.stopCourting(q)
		r.stand(q)
	}
	if q.asleep && !q.NotBefore.After(at) {
		q.asleep = false
		r.wait(q, at)
	}
	if !q.lookAt.IsZero() && !q.lookAt.After(at) {
		q.lookAt = time.Time{}
		r.lookSoon(q)
	}
	r.schedule(q)
}

// abandon handles Abandoned.
func (r *Router) abandon(at time.Time, e Abandoned) error {
	q := r.requests.get(e.Request)
	switch {
	case q == nil:
		return wrap(ErrUnknownRequest, "request %s", e.Request)
	case q.talking && !q.unreached():
		r.partTalkers(q, at)
		return nil
	case q.talking:
		r.unring(q, at)
	case q.agent != nil:
		r.withdraw(q, OfferWasRevoked, at)
	}
	short := q.line.abandoned(q, at)
	r.depart(q, at)
	r.decide(RequestEnded{Request: q.Request, How: RequestAbandoned, At: at, Short: short})
	r.retire(q)
	return nil
}

// live finds the request of an offer that has not ended.
func (r *Router) live(id OfferID) (*request, error) {
	if q := r.offered.get(id); q != nil {
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

// endOffer ends an offer that was not answered, and the request goes back to its old place.
func (r *Router) endOffer(q *request, how Ending, at time.Time) {
	r.withdraw(q, how, at)
	r.wait(q, at)
	if len(q.line.Overflow) > 0 && !q.Callback {
		r.lookSoon(q) // a rule may have come due while it rang
	}
}

// withdraw takes an offer that was not answered from its agent, who becomes idle, or not ready where it ended by
// their phone. The request stands nowhere then.
func (r *Router) withdraw(q *request, how Ending, at time.Time) {
	a := q.agent
	r.offered.drop(q.offer.ID)
	r.decide(OfferEnded{Offer: q.offer, How: how})
	q.agent = nil
	next := a.next // what the agent chose goes before what happened to them
	switch how {
	case OfferWasDeclined:
		q.declined = append(q.declined, a)
	case OfferWasMissed:
		q.declined = append(q.declined, a)
		if next == "" {
			r.choose(a, NotReady, MissedCall, at)
		}
	case OfferHasFailed:
		if next == "" {
			r.choose(a, NotReady, PhoneWasNotReachable, at)
		}
	}
	r.rest(a, at, how == OfferWasDeclined)
	q.jilted = true
}

// answer handles OfferAnswered.
func (r *Router) answer(at time.Time, e OfferAnswered) error {
	q, err := r.live(e.Offer)
	if err != nil {
		return err
	}
	r.offered.drop(q.offer.ID)
	q.talking, q.answered = true, at
	r.begin(q.agent, Talking, q, at, time.Time{})
	r.decide(OfferEnded{Offer: q.offer, How: OfferWasAnswered})
	switch {
	case !q.Callback:
		r.unschedule(q)
		q.line.answered(q, at)
		r.touchLine(q.line)
		r.decide(RequestEnded{Request: q.Request, How: RequestAnswered, Agent: q.agent.ID, At: at})
	case q.reached:
		r.calledBack(q, at)
	}
	return nil
}

// talk finds a request that is talked with.
func (r *Router) talk(id RequestID) (*request, error) {
	q := r.requests.get(id)
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
	if q.unreached() {
		r.attemptFailed(q, at) // the agent hung up before the caller was there
		return nil
	}
	r.partTalkers(q, at)
	return nil
}

// partTalkers ends a talk: the agent wraps up, where the queue has time for it.
func (r *Router) partTalkers(q *request, at time.Time) {
	r.requests.drop(q.ID)
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
	a := r.agents.get(e.Agent)
	switch {
	case e.Agent == "" || e.Request == "":
		return wrap(ErrInvalid, "talk of agent %q and request %q", e.Agent, e.Request)
	case r.requests.get(e.Request) != nil:
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
	q.line, q.agent, q.talking, q.answered = r.byQueue[e.Queue], a, true, since
	r.requests.put(q)
	r.begin(a, Talking, q, since, time.Time{})
	return nil
}
