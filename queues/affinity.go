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

// court makes a request stand with those it prefers, and says whether there is one.
func (w *waiting) prefer(q *request, at time.Time) bool {
	left := q.line.Affinity - q.waited(at)
	if q.jilted || len(q.Prefer) == 0 || left <= 0 {
		return false
	}
	for _, id := range q.Prefer {
		a := w.staff.byID.get(id)
		if a != nil && a.likelyFree(left, at) && a.stands(q.class) && !q.declinedBy(a) && !slices.Contains(q.suitors, a) {
			q.suitors = append(q.suitors, a)
			a.sought = append(a.sought, q)
		}
	}
	q.courting = len(q.suitors) > 0
	if q.courting {
		w.preferring = append(w.preferring, q)
	}
	return q.courting
}

// stopCourting lets a request go from those it stands with.
func (w *waiting) stopPreferring(q *request) {
	for _, a := range q.suitors {
		a.sought = slices.DeleteFunc(a.sought, func(p *request) bool { return p == q })
	}
	clear(q.suitors)
	q.suitors, q.courting = q.suitors[:0], false
}

// disappoint lets those go who stand with an agent who takes no calls any more, or cannot do any longer what they need.
func (w *waiting) release(a *agent) {
	for _, q := range slices.Clone(a.sought) {
		if len(q.suitors) == 1 {
			w.stopPreferring(q)
			w.stand(q)
			w.schedule(q)
			continue
		}
		q.suitors = slices.DeleteFunc(q.suitors, func(b *agent) bool { return b == a })
	}
	a.sought = a.sought[:0]
}

// suitor is the first of those a request waits for who is free; nil is none.
func (q *request) suitor() *agent {
	if q.courting {
		for _, a := range q.suitors {
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
	case a.request.line == nil:
		return false
	}
	mean := a.request.line.handling.mean()
	return mean > 0 && time.Duration(math.Ln2*float64(mean)) <= within
}
