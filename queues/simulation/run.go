package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"hotline/queues"
)

// midnight is when every simulation begins: a Monday, and no day's clock is set in UTC.
var midnight = time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)

// Run simulates a plan.
func Run(p Plan) (Report, error) {
	if err := p.check(); err != nil {
		return Report{}, err
	}
	p.Config.Location = time.UTC
	router, err := queues.New(p.Config)
	if err != nil {
		return Report{}, err
	}
	c := &centre{Plan: p, router: router, end: time.Duration(p.Days) * aDay, midnight: midnight, streams: map[string]*demand{}, alike: map[string]int{},
		calls: map[queues.RequestID]*call{}, agents: map[queues.AgentID]*agent{}, wrapUp: map[queues.QueueID]time.Duration{}}
	if !p.Begin.IsZero() {
		y, m, d := p.Begin.Date()
		c.midnight = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	if p.Only != (Shift{}) {
		c.start, c.end = p.Only.From, p.Only.To
	}
	c.now = c.start
	if err := c.open(); err != nil {
		return Report{}, err
	}
	if err := c.run(); err != nil {
		return Report{}, err
	}
	return c.close(), nil
}

// centre is a simulation on its way.
type centre struct {
	Plan
	router   *queues.Router
	midnight time.Time // the first; all times are since then
	start    time.Duration
	now      time.Duration
	end      time.Duration
	future   future

	demands []*demand
	streams map[string]*demand         // of given calls, by what they need
	alike   map[string]int             // how many streams of the plan need the same
	calls   map[queues.RequestID]*call // neither gone nor talked to the end
	agents  map[queues.AgentID]*agent
	staff   []*agent
	wrapUp  map[queues.QueueID]time.Duration
	queues  []QueueReport
	arrived int
}

// dialTime is how long it takes to reach somebody who is called back, where that is not given.
const dialTime = 10 * time.Second

// demand is a Demand, together with how many of its callers wait and what the agents do who could serve them.
type demand struct {
	Demand
	number  int
	report  *QueueReport
	dice    *rand.Rand
	wishes  *rand.Rand    // whether callers accept a callback
	arrival time.Duration // when the next caller arrives

	since   time.Duration // up to when the waits have been shared out among the causes
	waiting int           // callers without an offer
	ringing int           // callers for whom a phone rings
	able    int           // agents signed in who can serve them
	busy    [causes]int   // of these, by why they are not free; free ones under Kept
}

// call is a caller and what is going to happen to them.
type call struct {
	demand  *demand
	among   *demand // with whom they wait for the same: their demand, until they are moved
	number  int
	came    time.Duration // when they came to the queue
	arrived time.Duration // since when they wait: before the simulation, where they were there before
	talk    time.Duration
	after   time.Duration // the agent's wrap-up
	ringing bool
	talking bool
	told    *queues.Wait
	queue   queues.QueueID // where they wait now
	counts  *QueueReport   // the report of that queue

	given     *Given // nil where drawn
	index     int    // in Plan.Given
	dice      *rand.Rand
	before    bool // there before the simulation began, and in no figures
	accepts   bool // they accept a callback that they are offered
	callback  bool
	dial      time.Duration // until they are reached, or not
	unreached int           // so many tries are still to fail
}

// agent is a Staff at work.
type agent struct {
	Staff
	dice    *rand.Rand
	hours   []Shift // of all days, since midnight of the first; what follows in time
	demands []*demand
	state   queues.AgentState
	doing   Cause          // meaningless while out
	with    queues.QueueID // whose call, where there is one
	out     bool
	turn    int // grows with each change of activity or availability
	since   time.Duration
	work    AgentReport
}

// open brings the staff and the first callers in. Those who were there before come in the order given, and offers begin
// when all are there.
func (c *centre) open() error {
	for _, q := range c.Config.Queues {
		c.wrapUp[q.ID] = q.WrapUp
	}
	for _, q := range c.router.Snapshot().Queues {
		c.queues = append(c.queues, QueueReport{ID: q.ID, Target: q.Target})
	}
	if len(c.Given) > 0 {
		if err := c.step(queues.OffersHeld{Until: c.midnight.Add(c.end)}); err != nil {
			return err
		}
	}
	for i, d := range c.Demands {
		x := c.newDemand(d, i)
		x.dice, x.wishes = c.ofDemand(d)
		if x.next(c.start, c.end) {
			c.future.plan(x.arrival, thing{what: arrives, demand: x})
		}
	}
	for _, s := range c.Staff {
		if err := c.employ(s); err != nil {
			return err
		}
	}
	for i, g := range c.Given {
		if g.At < c.start || g.With != "" {
			c.future.plan(c.start, thing{what: comesAgain, given: i})
		}
	}
	if len(c.Given) > 0 {
		c.future.plan(c.start, thing{what: begins})
	}
	for i, g := range c.Given {
		if g.At >= c.start && g.With == "" {
			c.future.plan(g.At, thing{what: comesAgain, given: i})
		}
	}
	return nil
}

func (c *centre) newDemand(d Demand, number int) *demand {
	x := &demand{Demand: d, number: number, report: c.report(d.Queue), since: c.now}
	c.demands = append(c.demands, x)
	return x
}

// report is the report of a queue. A talk from before the simulation, in a queue that is gone, has one that counts nowhere.
func (c *centre) report(id queues.QueueID) *QueueReport {
	if of := slices.IndexFunc(c.queues, func(q QueueReport) bool { return q.ID == id }); of >= 0 {
		return &c.queues[of]
	}
	return &QueueReport{}
}

// employ makes an agent, whose shifts and acts are to come.
func (c *centre) employ(s Staff) error {
	a := &agent{Staff: s, out: true, since: c.start, work: AgentReport{ID: s.Agent.ID}, dice: c.ofAgent(s.Agent.ID)}
	if a.Back == (Law{}) {
		a.Back = Always(time.Minute)
	}
	a.hours = hours(s.Shifts, c.Days, c.start, c.end)
	for _, d := range c.demands {
		a.joins(d, c.Config.Queues)
	}
	c.agents[s.Agent.ID] = a
	c.staff = append(c.staff, a)
	if len(a.hours) > 0 {
		c.future.plan(a.hours[0].From, thing{what: comes, agent: a})
	}
	if len(a.Acts) > 0 {
		c.future.plan(max(a.Acts[0].At, c.start), thing{what: acts, agent: a})
	}
	return c.step(queues.PhoneChanged{Agent: s.Agent.ID, Reachable: true})
}

// joins notes that an agent can serve a demand, where they can.
func (a *agent) joins(d *demand, all []queues.Queue) {
	of := slices.IndexFunc(all, func(q queues.Queue) bool { return q.ID == d.Queue })
	if of >= 0 && serves(a.Agent, all[of]) && a.Agent.Can(d.Extra...) {
		a.demands = append(a.demands, d)
	}
}

// serves says whether an agent could serve a plain request of a queue as it comes, before any relaxation.
func serves(a queues.Agent, q queues.Queue) bool {
	q.Relax = nil
	return q.ServedBy(a)
}

// hours are the shifts of all days, with those that meet made one. An agent who works when the last day ends works on.
func hours(shifts []Shift, days int, start, end time.Duration) (all []Shift) {
	for day := -1; day < days; day++ {
		for _, s := range shifts {
			from, to := time.Duration(day)*aDay+s.From, time.Duration(day)*aDay+s.To
			if to > start && from < end {
				all = append(all, Shift{max(from, start), to})
			}
		}
	}
	slices.SortFunc(all, func(a, b Shift) int { return int(a.From - b.From) })
	met := all[:0]
	for _, s := range all {
		if n := len(met); n > 0 && s.From <= met[n-1].To {
			met[n-1].To = max(met[n-1].To, s.To)
			continue
		}
		met = append(met, s)
	}
	for i := range met {
		if met[i].To >= end {
			met[i].To = end + 10*aDay
		}
	}
	return met
}

// next finds the next arrival after a time: an exponential step through the calls expected. Not ok where there is none.
func (d *demand) next(after, end time.Duration) (ok bool) {
	left := d.dice.ExpFloat64()
	for at := after; at < end; at = at - at%Slot + Slot {
		rate := d.Calls[int(at/Slot)%Slots] / float64(Slot)
		rest := Slot - at%Slot
		if have := rate * float64(rest); have < left {
			left -= have
			continue
		}
		d.arrival = at + time.Duration(left/rate)
		return d.arrival < end
	}
	return false
}

// run lets time pass until the last day is over and all its callers are gone; those whom nobody ever serves, for a day more.
func (c *centre) run() error {
	for c.now < c.end || len(c.calls) > 0 && c.now < c.end+aDay {
		due, timed := c.router.Deadline()
		deadline := due.Sub(c.midnight)
		switch {
		case c.Cut && (!timed || deadline >= c.end) && (len(c.future.things) == 0 || c.future.things[0].at >= c.end):
			c.now = c.end
			return nil
		case timed && (len(c.future.things) == 0 || deadline <= c.future.things[0].at):
			c.now = deadline
			if err := c.step(queues.Tick{}); err != nil {
				return err
			}
		case len(c.future.things) > 0:
			next := c.future.next()
			c.now = next.at
			if err := c.happen(next); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// happen lets one thing happen, if it still can.
func (c *centre) happen(t thing) error {
	switch t.what {
	case arrives:
		return c.arrive(t.demand)
	case comes:
		c.future.plan(t.agent.hours[0].To, thing{what: goes, agent: t.agent})
		if t.agent.state.Next != "" {
			return c.step(queues.AgentReady{Agent: t.agent.Agent.ID}) // still busy since the last shift
		}
		return c.step(queues.AgentSignedIn{Agent: t.agent.Agent, Availability: queues.Ready})
	case goes:
		a := t.agent
		if a.hours = a.hours[1:]; len(a.hours) > 0 {
			c.future.plan(a.hours[0].From, thing{what: comes, agent: a})
		}
		return c.step(queues.AgentSignedOut{Agent: a.Agent.ID})
	case answers:
		if t.turn == t.agent.turn {
			return c.step(queues.OfferAnswered{Offer: t.agent.state.Offer})
		}
	case finishes:
		if t.turn == t.agent.turn {
			return c.step(queues.WrapUpFinished{Agent: t.agent.Agent.ID})
		}
	case returns:
		if t.turn == t.agent.turn {
			return c.step(queues.AgentReady{Agent: t.agent.Agent.ID})
		}
	case hangsUp:
		if q := c.calls[t.call]; q != nil && !q.talking && !q.callback {
			return c.step(queues.Abandoned{Request: t.call})
		}
	case parts:
		return c.part(t.call, t.agent)
	case hears:
		return c.foretell(t.call)
	case acts:
		c.act(t.agent)
	case comesAgain:
		return c.comeAgain(t.given)
	case wants:
		c.wantsCallback(t.call)
	case dialled:
		if t.turn == t.agent.turn {
			return c.dialled(t.call)
		}
	case begins:
		return c.step(queues.OffersReleased{})
	}
	return nil
}

// arrive lets a caller in.
func (c *centre) arrive(d *demand) error {
	id := queues.RequestID(strconv.Itoa(c.arrived))
	q := &call{demand: d, queue: d.Queue, counts: d.report, number: c.arrived, came: c.now, arrived: c.now, talk: d.Talk.draw(d.dice), after: d.WrapUp.draw(d.dice),
		accepts: d.wishes.Float64() < d.Callback, dial: dialTime}
	if d.Patience != (Law{}) {
		c.future.plan(c.now+d.Patience.draw(d.dice), thing{what: hangsUp, call: id})
	}
	if c.Announce > 0 {
		c.future.plan(c.now+c.Announce, thing{what: hears, call: id})
	}
	if d.next(c.now, c.end) {
		c.future.plan(d.arrival, thing{what: arrives, demand: d})
	}
	c.arrived++
	c.calls[id] = q
	q.stand(d, c.now)
	c.figures(q).Offered++
	return c.step(queues.Enqueued{Request: queues.Request{
		ID: id, Queue: d.Queue, Extra: d.Extra, Priority: d.Priority, Arrived: c.midnight.Add(c.now)}})
}

// foretell tells a caller who still waits for how long yet, where that is known.
func (c *centre) foretell(id queues.RequestID) error {
	q := c.calls[id]
	if q == nil || q.talking || q.callback {
		return nil
	}
	w, known := c.router.ExpectedWait(id)
	if !known {
		return nil
	}
	q.told = &w
	return c.step(queues.WaitAnnounced{Request: id, Low: w.Low, High: w.High})
}

// part ends a talk. The agent wraps up as long as this call takes, and the queue allows.
func (c *centre) part(id queues.RequestID, a *agent) error {
	q := c.calls[id]
	delete(c.calls, id)
	if err := c.step(queues.TalkEnded{Request: id}); err != nil {
		return err
	}
	allowed := c.wrapUp[q.queue]
	if a.state.Activity == queues.WrapUp && q.given != nil && q.given.Extended && q.after > allowed {
		if c.try(queues.WrapUpExtended{Agent: a.Agent.ID, By: q.after - allowed}) {
			allowed = q.after + 1
		}
	}
	if a.state.Activity == queues.WrapUp && q.after < allowed {
		c.future.plan(c.now+q.after, thing{what: finishes, agent: a, turn: a.turn})
	}
	return nil
}

// try is step for what may be so already; ok says that it was not.
func (c *centre) try(e queues.Event) (ok bool) { return c.step(e) == nil }

// step tells the router, and lets callers and agents do what they do then. An error is why the router rejects it.
func (c *centre) step(e queues.Event) (rejected error) {
	decided := c.router.Step(c.midnight.Add(c.now), e)
	defer c.router.Release()
	if c.Told != nil {
		c.Told(c.midnight.Add(c.now), e, decided)
	}
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.Offered:
			c.offered(c.calls[d.Offer.Request], true)
		case *queues.OfferEnded:
			if d.How != queues.OfferWasAnswered {
				c.offered(c.calls[d.Offer.Request], false)
			}
		case *queues.RequestEnded:
			c.ended(d)
		case *queues.RequestMoved:
			switch q := c.calls[d.Request.ID]; {
			case d.To.Kind == queues.ToQueue:
				c.moved(q, d.To.Queue)
			case d.To.Kind == queues.ToCallback && q.accepts:
				c.future.plan(c.now, thing{what: wants, call: d.Request.ID}) // when all of this step is done
			}
		case *queues.AgentChanged:
			c.changed(c.agents[d.Agent.ID], d.Agent)
		case *queues.Rejected:
			rejected = fmt.Errorf("simulation: the router rejects %T after %s: %w", d.Event, c.now, d.Err)
		}
	}
	return rejected
}

// offered moves a caller between those for whom a phone rings and those for whom none does.
func (c *centre) offered(q *call, rings bool) {
	if q.ringing == rings {
		return
	}
	q.ringing = rings
	q.among.account(c.now)
	by := 1
	if !rings {
		by = -1
	}
	q.among.ringing += by
	q.among.waiting -= by
}

// changed follows an agent, and plans what they do next.
func (c *centre) changed(a *agent, to queues.AgentState) {
	was := a.state
	a.state = to
	if was.Activity == to.Activity && was.Availability == to.Availability && was.Reason == to.Reason && was.Offer == to.Offer && was.Request == to.Request {
		return
	}
	a.turn++
	a.account(c.now, c.end)
	a.enter(c.now, -1)
	a.doing, a.out = cause(to)
	a.with = to.Queue
	a.enter(c.now, 1)
	switch {
	case to.Activity == queues.Ringing:
		ring, misses := c.rings(c.calls[to.Request], a)
		if !misses && c.now+ring < to.Deadline.Sub(c.midnight) {
			c.future.plan(c.now+ring, thing{what: answers, agent: a, turn: a.turn})
		}
	case to.Activity == queues.Talking && !c.calls[to.Request].talking: // to nobody yet: the caller is called back
		c.future.plan(c.now+c.calls[to.Request].dial, thing{what: dialled, agent: a, turn: a.turn, call: to.Request})
	case to.Activity == queues.Idle && to.Availability == queues.NotReady && to.Reason.OfPhone():
		c.future.plan(c.now+a.Back.draw(a.dice), thing{what: returns, agent: a, turn: a.turn})
	}
}
