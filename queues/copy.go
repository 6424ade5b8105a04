package queues

import (
	"maps"
	"slices"
)

// Copy makes another router in the same state: told the same from now on, both decide the same. So a replay may begin in the midst
// of a day, and what would follow an event may be tried out. The copy takes over what was told and decided, and makes anew what only
// helps to find that faster (classes, heaps, indexes). One thing may differ: which agents an expected wait counts on may be newer
// by a second in the copy.
func (r *Router) Copy() *Router {
	n, err := New(r.config)
	if err != nil {
		panic("queues: a configuration that was taken is wrong: " + err.Error())
	}
	n.last, n.waiting.held, n.midnight, n.waiting.told, n.forecast.reachGoodFor = r.last, r.waiting.held, r.midnight, r.waiting.told, r.forecast.reachGoodFor
	n.offers.ring.made = r.offers.ring.made
	n.staff.phones, n.staff.resting = maps.Clone(r.staff.phones), maps.Clone(r.staff.resting)
	n.staff.lapse = r.staff.lapse
	n.staff.vacant = slices.Clone(r.staff.vacant)
	n.places.left, n.places.leaving = maps.Clone(r.places.left), slices.Clone(r.places.leaving)
	c := copier{to: n, agents: map[*agent]*agent{}, outlooks: map[*outlook]*outlook{}}
	for i, qu := range n.queues.all {
		old := r.queues.all[i]
		qu.figures, qu.handling, qu.callbacks, qu.closedBy = old.figures, old.handling, old.callbacks, old.closedBy
		qu.outlook = c.outlook(old.outlook)
	}
	for _, a := range r.staff.roster {
		c.agent(a)
	}
	for _, q := range r.waiting.known() {
		c.request(q)
	}
	for _, a := range r.staff.roster {
		if q := a.request; q != nil && c.agents[a].request == nil {
			c.agents[a].request = c.talk(q) // wrapped up
		}
	}
	for key, k := range r.demand.byKey {
		if same := n.demand.byKey[key]; same != nil {
			same.lastLeft, same.news = k.lastLeft, k.news
		}
	}
	return n
}

// copier knows the copies of those who refer to each other.
type copier struct {
	to       *Router
	agents   map[*agent]*agent
	outlooks map[*outlook]*outlook
}

// outlook copies one once; a queue that is gone may have one still.
func (c *copier) outlook(o *outlook) *outlook {
	if o == nil {
		return nil
	}
	if c.outlooks[o] == nil {
		same := *o
		c.outlooks[o] = &same
	}
	return c.outlooks[o]
}

// agent copies one, who stands in no class yet.
func (c *copier) agent(a *agent) {
	same := *a
	same.touched, same.preferredBy, same.serves, same.request = false, nil, nil, nil
	same.timer, same.slot = -1, len(c.to.staff.roster)
	c.agents[a] = &same
	c.to.staff.roster, c.to.staff.sorted = append(c.to.staff.roster, &same), nil
	c.to.staff.byID.put(&same)
	if same.behind {
		c.to.staff.behind = append(c.to.staff.behind, &same)
	}
	if !same.deadline.IsZero() {
		c.to.staff.timers.push(&same)
	}
}

// known finds the copies of agents. One of a shift that is over stands for nobody.
func (c *copier) known(all []*agent) (same []*agent) {
	for _, a := range all {
		if c.agents[a] == nil {
			c.agents[a] = &agent{}
		}
		same = append(same, c.agents[a])
	}
	return same
}

// talk copies a request, which stands nowhere yet.
func (c *copier) talk(q *request) *request {
	same := *q
	same.class, same.queue, same.agent = nil, nil, c.agents[q.agent]
	same.looking, same.inWakes, same.inClass, same.inQueue = false, -1, -1, -1
	same.declined, same.preferred = c.known(q.declined), c.known(q.preferred)
	if f := q.foretold; f != nil {
		same.foretold = &foretold{of: c.outlook(f.of), at: f.at, low: f.low, high: f.high}
	}
	if q.queue != nil {
		same.queue = c.to.queues.byID[q.Queue]
	}
	if same.agent != nil {
		same.agent.request = &same
	}
	return &same
}

// request copies one to where it stands.
func (c *copier) request(old *request) {
	q := c.talk(old)
	c.to.waiting.byID.put(q)
	if q.Lead.Agent != "" {
		c.to.waiting.led = append(c.to.waiting.led, q)
	}
	if q.talking && !q.unreached() {
		return
	}
	if q.isConsult() {
		c.to.offers.ring.put(q)
		return
	}
	if q.class = c.to.demand.classOf(q.queue, q.Extra, q.step); !q.Callback {
		q.queue.unanswered.push(q)
	} else if q.Party != "" {
		c.to.places.toCall[q.placeKey()] = append(c.to.places.toCall[q.placeKey()], q)
	}
	switch {
	case q.agent != nil && !q.talking:
		c.to.offers.ring.put(q)
	case q.forPreferred:
		for _, a := range q.preferred {
			a.preferredBy = append(a.preferredBy, q)
		}
		c.to.waiting.preferring = append(c.to.waiting.preferring, q)
	case q.agent == nil && !q.asleep:
		c.to.waiting.stand(q)
	}
	if old.looking {
		c.to.waiting.lookSoon(q)
	}
	c.to.waiting.schedule(q)
}
