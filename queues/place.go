package queues

import (
	"cmp"
	"slices"
	"time"
)

// A place in a queue is what a caller has by the time of their arrival. It is kept for a while for a caller whose line broke, and
// for one who is to be called back: when they call again, to the same queue, they have their old place there.

// placeKey is whose place it is, and in which queue: the one that the caller came to, wherever they were moved since, for there they
// come to again.
type placeKey struct {
	party string
	queue QueueID
}

// keptPlace is the place of somebody who hung up.
type keptPlace struct {
	placeKey
	request RequestID
	arrived time.Time
	until   time.Time // kept so long
}

// places are those that are kept.
type places struct {
	config *Config

	toCall  map[placeKey][]*request // callbacks that have not reached anybody yet
	left    map[placeKey]keptPlace  // of those who hung up lately
	leaving []keptPlace             // the same by time; some are outdated
}

func newPlaces(c *Config) places {
	return places{config: c, toCall: map[placeKey][]*request{}, left: map[placeKey]keptPlace{}}
}

func (q *request) placeKey() placeKey { return placeKey{q.Party, cmp.Or(q.CameTo, q.Queue)} }

// depart keeps the place of somebody who hung up while waiting.
func (p *places) depart(q *request, at time.Time) {
	if p.config.Return == 0 || q.Party == "" || q.Callback {
		return
	}
	d := keptPlace{q.placeKey(), q.ID, q.Arrived, at.Add(p.config.Return)}
	p.left[d.placeKey] = d
	p.leaving = append(p.leaving, d)
}

// forgetDeparted gives up the places whose time is over. Somebody who has come back and left again has a later entry in leaving,
// and keeps their place until the end of that. After a reconfiguration that makes Config.Return shorter, an entry may stand
// behind others that end later; its place is then kept as long as theirs.
func (p *places) forgetDeparted(at time.Time) {
	over := 0
	for over < len(p.leaving) && !p.leaving[over].until.After(at) {
		if d := p.leaving[over]; p.left[d.placeKey] == d {
			delete(p.left, d.placeKey)
		}
		over++
	}
	p.leaving = slices.Delete(p.leaving, 0, over)
}

// regain gives a request the place that its party left, or the one that was kept for calling them back; then nobody calls them back
// any more. A request that waited already when the callback was wanted, such as one of somebody else of the same company, has
// nothing to do with it and is not given its place.
func (b *callbacks) regain(q *request, at time.Time) {
	if q.Party == "" || q.Callback {
		return
	}
	called := slices.DeleteFunc(slices.Clone(b.places.toCall[q.placeKey()]), func(c *request) bool {
		return c.talking || c.reached || !q.callsAfter(c)
	})
	slices.SortFunc(called, func(a, b *request) int { return cmp.Compare(a.seq, b.seq) })
	for _, c := range called {
		if c.agent != nil {
			b.offers.withdraw(c, OfferWasRevoked, at)
		}
		b.takeOver(c, q, at)
	}
	if d, left := b.places.left[q.placeKey()]; left && len(called) == 0 && d.until.After(at) {
		q.goesAhead(d.arrived)
		delete(b.places.left, q.placeKey())
		b.decisions.add(&PlaceRegained{Request: q.Request, Of: d.request})
	}
}

// takeOver ends a callback whose party has called in, and gives its place to their request, which stands in no class.
func (b *callbacks) takeOver(c, q *request, at time.Time) {
	c.queue.exit(c)
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
		if !q.Callback && q.placeKey() == c.placeKey() && q.callsAfter(c) && (first == nil || q.seq < first.seq) {
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
