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

// places are those that are kept for who calls again.
type places struct {
	config *Config

	toCall  map[place][]*request // callbacks that have not reached anybody yet
	left    map[place]departure  // of those who hung up lately
	leaving []departure          // the same by time; some are outdated
}

func newPlaces(c *Config) places {
	return places{config: c, toCall: map[place][]*request{}, left: map[place]departure{}}
}

func (q *request) place() place { return place{q.Party, cmp.Or(q.CameTo, q.Queue)} }

// depart keeps the place of somebody who hung up while waiting.
func (p *places) depart(q *request, at time.Time) {
	if p.config.Return == 0 || q.Party == "" || q.Callback {
		return
	}
	d := departure{q.place(), q.ID, q.Arrived, at.Add(p.config.Return)}
	p.left[d.place] = d
	p.leaving = append(p.leaving, d)
}

// forgetDeparted gives places up whose time is over; one that was left again since is kept, and so is for a while one that
// is kept for less long since a reconfiguration.
func (p *places) forgetDeparted(at time.Time) {
	over := 0
	for over < len(p.leaving) && !p.leaving[over].until.After(at) {
		if d := p.leaving[over]; p.left[d.place] == d {
			delete(p.left, d.place)
		}
		over++
	}
	p.leaving = slices.Delete(p.leaving, 0, over)
}

// regain gives a request the place that its party left, or the one that was kept for calling them back; nobody calls them then.
// Of another who waited already when a callback was wanted, such as somebody of the same company, it is no business.
func (b *callbacks) regain(q *request, at time.Time) {
	if q.Party == "" || q.Callback {
		return
	}
	called := slices.DeleteFunc(slices.Clone(b.places.toCall[q.place()]), func(c *request) bool {
		return c.talking || c.reached || !q.callsAfter(c)
	})
	slices.SortFunc(called, func(a, b *request) int { return cmp.Compare(a.seq, b.seq) })
	for _, c := range called {
		if c.agent != nil {
			b.offers.withdraw(c, OfferWasRevoked, at)
		}
		b.takeOver(c, q, at)
	}
	if d, left := b.places.left[q.place()]; left && len(called) == 0 && d.until.After(at) {
		q.goesAhead(d.arrived)
		delete(b.places.left, q.place())
		b.decisions.add(&PlaceRegained{Request: q.Request, Of: d.request})
	}
}

// takeOver ends a callback whose party has called in, and gives their request, which is in no class, its place.
func (b *callbacks) takeOver(c, q *request, at time.Time) {
	c.line.exit(c)
	b.decisions.ended(c, RequestCalledIn, at).Instead = q.ID
	if !q.talking {
		q.goesAhead(c.Arrived)
		q.Priority = max(q.Priority, c.Priority)
		b.decisions.add(&PlaceRegained{Request: q.Request, Of: c.ID})
	}
	b.waiting.retire(c)
}

// callsAfter says whether a call came after a callback was wanted.
func (q *request) callsAfter(c *request) bool { return q.Came().After(c.Came().Add(c.Wanted)) }

// callsIn finds who has called in while an agent waited for them: their first request that came after the callback was wanted; nil is none.
func (b *callbacks) callsIn(c *request) (first *request) {
	if c.Party == "" {
		return nil
	}
	for q := range b.waiting.byID.all() {
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
