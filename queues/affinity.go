package queues

import (
	"math"
	"slices"
	"time"
)

// A request that prefers some agents waits for these alone, for its queue's Affinity since it arrived: it stands with
// each of them who is likely to be free in time, and goes to the first who is. Then, or when none of them is
// left, or when an offer came to nothing, it waits for anybody. Who is likely to be free is asked whenever it begins to wait:
// as it enters a queue, wakes or becomes a callback, and with a new configuration.

// prefer makes a request wait for the agent to whom it was led, or else for those it prefers, and says whether there is one.
func (w *waiting) prefer(q *request, at time.Time) bool {
	if w.waitForOne(q) {
		return true
	}
	left := q.queue.Affinity - q.waited(at)
	if q.forAnybody || len(q.Prefer) == 0 || left <= 0 {
		return false
	}
	for _, id := range q.Prefer {
		a := w.staff.byID.get(id)
		if a != nil && a.likelyFree(left, at) && a.stands(q.class) && !q.declinedBy(a) && !slices.Contains(q.preferred, a) {
			q.preferred = append(q.preferred, a)
			a.preferredBy = append(a.preferredBy, q)
		}
	}
	q.forPreferred = len(q.preferred) > 0
	if q.forPreferred {
		w.preferring = append(w.preferring, q)
	}
	return q.forPreferred
}

// stopPreferring lets a request wait no longer for those it prefers.
func (w *waiting) stopPreferring(q *request) {
	for _, a := range q.preferred {
		a.preferredBy = slices.DeleteFunc(a.preferredBy, func(p *request) bool { return p == q })
	}
	clear(q.preferred)
	if q.forOne && q.queue.sendsOn() {
		w.lookSoon(q) // its queue's rules had to wait
	}
	q.preferred, q.forPreferred, q.forOne = q.preferred[:0], false, false
}

// release lets the requests go that wait for an agent who takes no calls any more, or can no longer do what they need.
func (w *waiting) release(a *agent) {
	for _, q := range slices.Clone(a.preferredBy) {
		if q.forOne && a.takes(q) { // once the page is back
			continue
		}
		if len(q.preferred) == 1 {
			w.stopPreferring(q)
			w.stand(q)
			w.schedule(q)
			continue
		}
		q.preferred = slices.DeleteFunc(q.preferred, func(b *agent) bool { return b == a })
	}
	a.preferredBy = slices.DeleteFunc(a.preferredBy, func(q *request) bool { return !q.forOne })
}

// freePreferred is the first agent who is free of those that a request waits for alone; nil is none.
func (q *request) freePreferred() *agent {
	if q.forPreferred {
		for _, a := range q.preferred {
			if a.free {
				return a
			}
		}
	}
	return nil
}

// likelyFree says whether it is more likely than not that an agent is free within a time. Talks have next to no memory, so
// that half of them are over within ln 2 of their mean, however long they have lasted (L. Brown and others, JASA 100, 2005,
// find lognormal ones, whose rest is longer: then this errs towards not waiting in vain for the mean that was observed).
func (a *agent) likelyFree(within time.Duration, at time.Time) bool {
	switch {
	case !a.willing:
		return false
	case a.activity == Idle:
		return true
	case a.activity == WrapUp:
		return a.deadline.Sub(at) <= within
	case a.request.queue == nil:
		return false
	}
	mean := a.request.queue.handling.mean()
	return mean > 0 && time.Duration(math.Ln2*float64(mean)) <= within
}
