package queues

import (
	"cmp"
	"slices"
	"time"
)

// place is somebody's in a queue: their old one is theirs again when their line broke, or when they call while they are to be
// called back. The queue is the one that they came to, wherever they were moved: there they come to again.
type place struct {
	party string
	queue QueueID
}

// departure is the place of somebody who hung up.
type departure struct {
	place
	request RequestID
	arrived time.Time
	until   time.Time // kept so long
}

func (q *request) place() place { return place{q.Party, cmp.Or(q.CameTo, q.Queue)} }

// depart keeps the place of somebody who hung up while waiting.
func (r *Router) depart(q *request, at time.Time) {
	if r.config.Return == 0 || q.Party == "" || q.Callback {
		return
	}
	d := departure{q.place(), q.ID, q.Arrived, at.Add(r.config.Return)}
	r.departed[d.place] = d
	r.leaving = append(r.leaving, d)
}

// forgetDeparted gives places up whose time is over; one that was left again since is kept, and so is for a while one that
// is kept for less long since a reconfiguration.
func (r *Router) forgetDeparted(at time.Time) {
	over := 0
	for over < len(r.leaving) && !r.leaving[over].until.After(at) {
		if d := r.leaving[over]; r.departed[d.place] == d {
			delete(r.departed, d.place)
		}
		over++
	}
	r.leaving = slices.Delete(r.leaving, 0, over)
}

// regain gives a request the place that its party left, or the one that was kept for calling them back; nobody calls them then.
// Of another who waited already when a callback was wanted, such as somebody of the same company, it is no business.
func (r *Router) regain(q *request, at time.Time) {
	if q.Party == "" || q.Callback {
		return
	}
	called := slices.DeleteFunc(slices.Clone(r.callbacks[q.place()]), func(c *request) bool {
		return c.talking || c.reached || !q.callsAfter(c)
	})
	slices.SortFunc(called, func(a, b *request) int { return cmp.Compare(a.seq, b.seq) })
	for _, c := range called {
		if c.agent != nil {
			r.withdraw(c, OfferWasRevoked, at)
		}
		r.takeOver(c, q, at)
	}
	if d, left := r.departed[q.place()]; left && len(called) == 0 && d.until.After(at) {
		q.goesAhead(d.arrived)
		delete(r.departed, q.place())
		r.decide(&PlaceRegained{Request: q.Request, Of: d.request})
	}
}

// takeOver ends a callback whose party has called in, and gives their request, which is in no class, its place.
func (r *Router) takeOver(c, q *request, at time.Time) {
	c.line.exit(c)
	r.decideEnd(c, RequestCalledIn, at).Instead = q.ID
	if !q.talking {
		q.goesAhead(c.Arrived)
		q.Priority = max(q.Priority, c.Priority)
		r.decide(&PlaceRegained{Request: q.Request, Of: c.ID})
	}
	r.retire(c)
}

// callsAfter says whether a call came after a callback was wanted.
func (q *request) callsAfter(c *request) bool { return q.Came().After(c.Came().Add(c.Wanted)) }

// callsIn finds who has called in while an agent waited for them: their first request that came after the callback was wanted; nil is none.
func (r *Router) callsIn(c *request) (first *request) {
	if c.Party == "" {
		return nil
	}
	for q := range r.requests.all() {
		if !q.Callback && q.place() == c.place() && q.callsAfter(c) && (first == nil || q.seq < first.seq) {
			first = q
		}
	}
	return first
}

// goesAhead gives a request the place of one that arrived earlier.
func (q *request) goesAhead(to time.Time) {
	if ahead := q.Arrived.Sub(to); ahead > 0 {
		q.Arrived = to
		q.HeadStart += ahead
	}
}
