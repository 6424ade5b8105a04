package queues

import "time"

// How a request waits: in its class for anybody, with those it prefers, or asleep as a callback; and what becomes due to it meanwhile.

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
	q.HeadStart = min(max(q.HeadStart, 0), at.Sub(q.Arrived))
	q.Elsewhere = min(max(q.Elsewhere, 0), at.Sub(q.Came()))
	q.Wanted = min(max(q.Wanted, 0), at.Sub(q.Came()))
	r.requests.put(q)
	r.regain(q, at)
	r.join(q, l, at)
	if q.Callback {
		r.sleep(q, at)
	}
	return nil
}

// join puts a request into a line, where it begins to wait.
func (r *Router) join(q *request, l *line, at time.Time) {
	q.line, q.Queue = l, l.ID
	l.enter(q)
	r.touchLine(l)
	r.settle(q, 0, at)
}

// settle makes a request of a line stand where it belongs, with its relaxation steps taken that are due.
func (r *Router) settle(q *request, step int, at time.Time) {
	l := q.line
	q.base = int64(l.Priority+q.Priority)*1_000_000 - l.aging*q.Arrived.UnixMilli()
	q.due = q.Arrived.Add(l.Target.Within).UnixNano()
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

// wait puts a request where it is to wait: nowhere, with those it prefers, or in its class.
func (r *Router) wait(q *request, at time.Time) {
	if !q.asleep && !r.court(q, at) {
		r.stand(q)
	}
}

// stand puts a request into its class, at its place.
func (r *Router) stand(q *request) {
	c := q.class
	c.add(q)
	r.soil(c)
	switch {
	case c.able > 0:
	case r.held.IsZero():
		r.helpless = append(r.helpless, q)
	default:
		c.news = true // after a restart the agents come back after the callers
	}
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
// callback's next attempt, a look at the overflow rules, the end of a pause.
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
	if !q.paused.IsZero() {
		earliest(q.paused)
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
	if !q.paused.IsZero() && !q.paused.After(at) {
		q.paused = time.Time{}
		r.soil(q.class)
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
	r.decideEnd(q, RequestAbandoned, at).Short = short
	r.retire(q)
	return nil
}

// decideEnd says how the waiting of a request ended; whoever decides it adds what else there is to say.
func (r *Router) decideEnd(q *request, how Outcome, at time.Time) *RequestEnded {
	d := r.room.ends.new()
	d.Request, d.How, d.At, d.Announced, d.InRange = q.Request, how, at, q.judged, q.inRange
	r.decide(d)
	return d
}

func (d *RequestEnded) by(a *agent) { d.Agent, d.number = a.ID, a.number }
