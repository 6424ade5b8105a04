package queues

import (
	"cmp"
	"time"
)

// How a request waits: in its class for anybody, with those it prefers, or asleep as a callback; and what becomes due to it meanwhile.

// waiting are the requests, from their coming until nobody refers to them any more.
type waiting struct {
	queues *queueSet
	demand *demand
	staff  *staff
	places *places

	byID  index[RequestID, *request] // waiting, offered, talking or wrapped up
	told  uint64                     // requests so far, for their order
	spare []*request                 // ended, to be used again
	held  time.Time                  // no new offers before; zero is not held
	led   []*request                 // to agents; some are so no longer
	wakes heap[*request]             // unanswered with something to come: a relaxation step, the end of an affinity, …

	// Of this step.
	unserved   []*request // who began to wait in a class that nobody serves
	preferring []*request // for whom somebody they prefer may have become free
	looks      []*request // whose overflow rules are to be looked at
	looked     []*request // room for the next ones
}

func newWaiting(qs *queueSet, d *demand, s *staff, p *places) waiting {
	return waiting{
		queues: qs, demand: d, staff: s, places: p,
		byID: newIndex(func(q *request) RequestID { return q.ID }),
		wakes: heap[*request]{
			key:  func(q *request) key { return key{q.wake.UnixNano(), int64(q.seq)} },
			lies: func(q *request, at int) { q.inWakes = at },
		},
	}
}

// enqueue handles Enqueued.
func (r *Router) enqueue(at time.Time, e Enqueued) error {
	qu := r.queues.byID[e.Request.Queue]
	switch {
	case e.Request.ID == "":
		return wrap(ErrInvalid, "request without an id")
	case qu == nil:
		return wrap(ErrUnknownQueue, "request %s: queue %q", e.Request.ID, e.Request.Queue)
	case r.waiting.byID.get(e.Request.ID) != nil:
		return wrap(ErrAlready, "request %s known", e.Request.ID)
	}
	if !sensible(e.Request.Priority) {
		return wrap(ErrInvalid, "request %s: priority %d", e.Request.ID, e.Request.Priority)
	}
	if p := e.Request.Lead.Points; p < 0 || p > mostPoints {
		return wrap(ErrInvalid, "request %s: led by %d points", e.Request.ID, p)
	}
	if err := checkNeeds(e.Request.Extra); err != nil {
		return wrap(ErrInvalid, "request %s: %w", e.Request.ID, err)
	}
	r.waiting.told++
	q := r.waiting.newRequest()
	q.Request, q.seq, q.asleep = e.Request, r.waiting.told, e.Request.Callback
	if q.Arrived.IsZero() || q.Arrived.After(at) {
		q.Arrived = at // the switch's clock may be ahead of ours
	}
	q.HeadStart = min(max(q.HeadStart, 0), at.Sub(q.Arrived))
	q.Elsewhere = min(max(q.Elsewhere, 0), at.Sub(q.Came()))
	q.Wanted = min(max(q.Wanted, 0), at.Sub(q.Came()))
	r.waiting.byID.put(q)
	r.waiting.isLed(q, at)
	r.callbacks.regain(q, at)
	if a := r.staff.byID.get(q.SentBy); a != nil {
		q.goesPast(a)
	}
	r.waiting.join(q, qu, at)
	if q.Callback {
		r.callbacks.sleep(q, at)
		r.callbacks.findParty(q, at)
	}
	return nil
}

// join puts a request into a queue, where it begins to wait.
func (w *waiting) join(q *request, qu *queue, at time.Time) {
	q.queue, q.Queue = qu, qu.ID
	qu.enter(q)
	w.queues.touch(qu)
	w.settle(q, 0, at)
}

// overflow counts a request out of a queue that it leaves without an answer.
func (w *waiting) overflow(q *request) {
	q.queue.exit(q)
	q.queue.figures.Overflowed++
	w.queues.touch(q.queue)
}

// change takes a request that stands nowhere to another queue, at the place of its arrival.
func (w *waiting) change(q *request, to *queue, at time.Time) {
	w.overflow(q)
	q.CameTo, q.Elsewhere = cmp.Or(q.CameTo, q.Queue), at.Sub(q.Came())
	w.join(q, to, at)
}

// settle makes a request of a queue stand where it belongs, with its relaxation steps taken that are due.
func (w *waiting) settle(q *request, step int, at time.Time) {
	qu := q.queue
	q.base = int64(qu.Priority+q.Priority+q.Lead.Points)*1_000_000 - qu.aging*q.Arrived.UnixMilli()
	q.due = q.Arrived.Add(qu.Target.Within).UnixNano()
	q.step, q.lookAt = step, time.Time{}
	for q.step < len(qu.Relax) && qu.Relax[q.step].After <= q.waited(at) {
		q.step++
	}
	q.class = w.demand.classOf(qu, q.Extra, q.step)
	if q.agent == nil {
		w.wait(q, at)
	}
	if qu.sendsOn() && !q.Callback {
		w.lookSoon(q)
	}
	w.schedule(q)
}

// wait puts a request where it is to wait: nowhere, with those it prefers, or in its class.
func (w *waiting) wait(q *request, at time.Time) {
	if !q.asleep && !w.prefer(q, at) {
		w.stand(q)
	}
}

// stand puts a request into its class, at its place.
func (w *waiting) stand(q *request) {
	c := q.class
	c.add(q)
	w.demand.mark(c)
	switch {
	case c.able > 0:
	case w.held.IsZero():
		w.unserved = append(w.unserved, q)
	default:
		c.news = true // after a restart the agents come back after the callers
	}
}

// leave takes a waiting request out of where it waits.
func (w *waiting) leave(q *request) {
	if q.forPreferred {
		w.stopPreferring(q)
	} else {
		q.class.take(q)
	}
}

// retire ends the record of a request whose waiting has ended without an answer.
func (w *waiting) retire(q *request) {
	w.leave(q)
	w.unschedule(q)
	w.byID.drop(q.ID)
	w.places.dropCallback(q)
	w.queues.touch(q.queue)
	w.drop(q)
}

// schedule reckons when something is due to a request next: a relaxation step, the end of its affinity, a
// callback's next try, a look at the overflow rules, the end of a pause.
func (w *waiting) schedule(q *request) {
	var next time.Time
	earliest := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if q.step < len(q.queue.Relax) {
		earliest(q.Arrived.Add(q.queue.Relax[q.step].After))
	}
	if q.forPreferred && !q.forOne {
		earliest(q.Arrived.Add(q.queue.Affinity))
	}
	if q.Lead.Agent != "" {
		earliest(q.Lead.Until)
	}
	if q.asleep && !q.behind {
		earliest(q.NotBefore)
	}
	if !q.lookAt.IsZero() {
		earliest(q.lookAt)
	}
	if !q.paused.IsZero() {
		earliest(q.paused)
	}
	if q.inWakes >= 0 && next.Equal(q.wake) {
		return
	}
	w.unschedule(q)
	if !next.IsZero() {
		q.wake = next
		w.wakes.push(q)
	}
}

func (w *waiting) unschedule(q *request) {
	if q.inWakes >= 0 {
		w.wakes.remove(q.inWakes)
	}
}

// wakeUp lets what is due to a request happen.
func (w *waiting) wakeUp(q *request, at time.Time) {
	w.relax(q, at)
	w.leadOver(q, at)
	if q.forPreferred && !q.forOne && !q.Arrived.Add(q.queue.Affinity).After(at) {
		w.stopPreferring(q)
		w.stand(q)
	}
	if q.asleep && !q.behind && !q.NotBefore.After(at) {
		q.asleep = false
		w.wait(q, at)
	}
	if !q.lookAt.IsZero() && !q.lookAt.After(at) {
		q.lookAt = time.Time{}
		w.lookSoon(q)
	}
	if !q.paused.IsZero() && !q.paused.After(at) {
		q.paused = time.Time{}
		w.demand.mark(q.class)
	}
	w.schedule(q)
}

// abandon handles Abandoned.
func (r *Router) abandon(at time.Time, e Abandoned) error {
	q := r.waiting.byID.get(e.Request)
	switch {
	case q == nil:
		return wrap(ErrUnknownRequest, "request %s", e.Request)
	case q.talking && !q.unreached():
		r.talks.part(q, at)
		return nil
	case q.isConsult():
		r.offers.end(q, OfferWasRevoked, at)
		return nil
	case q.talking:
		r.callbacks.unring(q, at)
	case q.agent != nil:
		r.offers.withdraw(q, OfferWasRevoked, at)
	}
	short := q.queue.abandoned(q, at)
	r.places.depart(q, at)
	r.decisions.ended(q, RequestAbandoned, at).Short = short
	of := q.placeKey()
	r.waiting.retire(q)
	r.callbacks.standAgain(of, at)
	return nil
}
