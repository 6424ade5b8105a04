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
// while they are on the line. A request that waited already when the callback was wanted, such as one of somebody else of the same company,
// has nothing to do with it and is not given its place.
func (b *callbacks) regain(q *request, at time.Time) {
	if q.Party == "" || q.Callback {
		return
	}
	called := slices.DeleteFunc(slices.Clone(b.places.toCall[q.placeKey()]), func(c *request) bool {
		return c.talking || c.reached || c.behind || !q.callsAfter(c)
	})
	slices.SortFunc(called, func(a, b *request) int { return cmp.Compare(a.seq, b.seq) })
	for _, c := range called {
		if c.agent != nil {
			b.offers.withdraw(c, OfferWasRevoked, at)
		} else {
			b.waiting.leave(c)
		}
		b.giveWay(c)
		b.lend(c, q)
	}
	if d, left := b.places.left[q.placeKey()]; left && len(called) == 0 && d.until.After(at) {
		q.goesAhead(d.arrived)
		delete(b.places.left, q.placeKey())
		b.decisions.add(&PlaceRegained{Request: q.Request, Of: d.request})
	}
}

// giveWay lets a callback that stands nowhere sleep while its party is on the line.
func (b *callbacks) giveWay(c *request) {
	c.asleep, c.behind = true, true
	b.waiting.schedule(c)
	b.queues.touch(c.queue)
}

// lend gives the place of a callback to its party's request, which stands in no class.
func (b *callbacks) lend(c, q *request) {
	q.goesAhead(c.Arrived)
	q.Priority = max(q.Priority, c.Priority)
	b.decisions.add(&PlaceRegained{Request: q.Request, Of: c.ID})
}

// partyIsThere is about a callback that stands nowhere, and whose party is on the line as another request.
func (b *callbacks) partyIsThere(c, in *request, at time.Time) {
	if in.talking {
		b.calledIn(c, in, at)
		return
	}
	b.giveWay(c)
	if in.agent == nil {
		b.waiting.leave(in)
	}
	b.lend(c, in)
	b.waiting.settle(in, in.step, at)
}

// findParty lets a callback that comes back after a restart give way to its party, who was found on the line before.
func (b *callbacks) findParty(c *request, at time.Time) {
	if b.waiting.byID.get(c.ID) != c {
		return // nobody may ever be called there
	}
	if in := b.callsIn(c); in != nil && !in.talking {
		b.waiting.leave(c)
		b.partyIsThere(c, in, at)
	}
}

// keptBy ends the callbacks that gave way to a request: their party is answered now, or is promised another callback at the same place.
func (b *callbacks) keptBy(q *request, at time.Time) {
	for _, c := range b.behind(q.placeKey()) {
		if q.callsAfter(c) {
			b.calledIn(c, q, at)
		}
	}
}

// hangsUpFirst is how long nobody is called who has left the line unanswered: their phone may not be put down yet, or they speak to a recorder.
const hangsUpFirst = 20 * time.Second

// standAgain lets callbacks be made again whose party has left the line unanswered, unless another request of theirs is there.
func (b *callbacks) standAgain(of placeKey, at time.Time) {
	for _, c := range b.behind(of) {
		if b.callsIn(c) != nil {
			continue
		}
		c.behind = false
		if soon := at.Add(hangsUpFirst); c.NotBefore.Before(soon) {
			c.NotBefore = soon
		}
		b.sleep(c, at)
	}
}

// behind are the callbacks of a party that have given way, in the order in which they were told.
func (b *callbacks) behind(of placeKey) []*request {
	if of.party == "" {
		return nil
	}
	all := slices.DeleteFunc(slices.Clone(b.places.toCall[of]), func(c *request) bool { return !c.behind })
	slices.SortFunc(all, func(a, b *request) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// calledIn ends a callback whose party is with an agent, or has another callback instead.
func (b *callbacks) calledIn(c, q *request, at time.Time) {
	c.queue.exit(c)
	b.decisions.ended(c, RequestCalledIn, at).Instead = q.ID
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
		if !q.Callback && !q.isConsult() && q.placeKey() == c.placeKey() && q.callsAfter(c) && (first == nil || q.seq < first.seq) {
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
