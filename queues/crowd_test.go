package queues

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A crowd keeps a centre saturated: 10,000 agents with 8 of 50 skills each, and always as many
// waiting, in 200 queues of as many demand classes, every fifth of which asks for less after 20 s and again
// after 40 s. Agents answer, decline, accept, miss, hold, wrap up and come back; callers hang up.
// 2,000 events make a second of its time, so that offers and wrap-ups end by the clock too.
//
// It draws its events from a router of its own that runs ahead, so that neither drawing them
// nor what they lead to there is within the time of the router that is measured.
type crowd struct {
	dice    *rand.Rand
	ahead   *Router
	at      time.Time
	calls   int
	size    int // who shall wait
	agents  []*AgentState
	byID    map[AgentID]*AgentState
	waiting []RequestID // some ended since
	ended   map[RequestID]bool
	live    int // waiting now
	offers  int
	relaxed int // of the offers: for less than the queue asks at first
}

// moment is an event at its time.
type moment struct {
	at time.Time
	e  Event
}

const (
	crowdAgents  = 10_000
	crowdSkills  = 50
	crowdClasses = 200

	// chunk is so many events that few of them find the cache full of what was drawn before.
	chunk = 50_000
)

func crowdConfig() Config {
	c := Config{Epoch: "e"}
	for i := range crowdClasses {
		q := Queue{
			ID: QueueID(strconv.Itoa(i)), OfferTimeout: 20 * time.Second, WrapUp: 30 * time.Second, Priority: i % 3,
			Skills: []Need{{crowdSkill(i % crowdSkills), 2}, {crowdSkill(i / crowdSkills * 7 % crowdSkills), 1}},
		}
		if i%5 == 3 { // and not those of one skill, without which all could serve them
			q.Relax = []Relaxation{
				{After: 20 * time.Second, Lower: []Need{{q.Skills[0].Skill, 1}}},
				{After: 40 * time.Second, Drop: []Skill{q.Skills[1].Skill}},
			}
		}
		c.Queues = append(c.Queues, q)
	}
	return c
}

func crowdSkill(i int) Skill { return Skill("skill " + strconv.Itoa(i)) }

func newCrowd(b testing.TB, size int) *crowd {
	r, err := New(crowdConfig())
	if err != nil {
		b.Fatal(err)
	}
	return &crowd{
		dice: rand.New(rand.NewPCG(1, 2)), ahead: r, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), size: size,
		byID: map[AgentID]*AgentState{}, ended: map[RequestID]bool{},
	}
}

// begin signs all agents in and lets the callers come.
func (c *crowd) begin() (all []moment) {
	for i := range crowdAgents {
		a := Agent{ID: AgentID("agent " + strconv.Itoa(i)), Skills: map[Skill]Level{}}
		for _, n := range c.ahead.queues.all[i%crowdClasses].Skills { // nobody is of no use: a scan would look at everybody for them
			a.Skills[n.Skill] = n.Level
		}
		for range 6 {
			a.Skills[crowdSkill(c.dice.IntN(crowdSkills))] = Level(1 + c.dice.IntN(5))
		}
		s := &AgentState{ID: a.ID, Activity: Idle, Availability: Ready}
		c.agents, c.byID[a.ID] = append(c.agents, s), s
		all = append(all, c.tell(PhoneChanged{a.ID, true}), c.tell(AgentSignedIn{Agent: a, Availability: Ready}))
	}
	for c.live < c.size {
		all = append(all, c.tell(c.enqueue()))
	}
	return all
}

// next draws events.
func (c *crowd) next(n int) []moment {
	all := make([]moment, 0, n)
	for len(all) < n {
		e := c.draw()
		if e == nil {
			continue
		}
		all = append(all, c.tell(e))
	}
	for i := range all {
		all[i].e = afresh(all[i].e)
	}
	return all
}

// afresh is the same event as it is in service: just read from a wire, ids included, and not strewn over what the router that
// runs ahead has left in memory.
func afresh(e Event) Event {
	agent := func(id AgentID) AgentID { return AgentID(strings.Clone(string(id))) }
	request := func(id RequestID) RequestID { return RequestID(strings.Clone(string(id))) }
	offer := func(id OfferID) OfferID { return OfferID(strings.Clone(string(id))) }
	switch e := e.(type) {
	case Enqueued:
		e.Request.ID = request(e.Request.ID)
		return e
	case Abandoned:
		return Abandoned{request(e.Request)}
	case AgentReady:
		return AgentReady{agent(e.Agent)}
	case WrapUpFinished:
		return WrapUpFinished{agent(e.Agent)}
	case OfferDeclined:
		return OfferDeclined{offer(e.Offer)}
	case OfferAccepted:
		return OfferAccepted{offer(e.Offer)}
	case OfferFailed:
		return OfferFailed{offer(e.Offer), e.Reason}
	case OfferAnswered:
		return OfferAnswered{offer(e.Offer)}
	case TalkHeld:
		return TalkHeld{request(e.Request)}
	case TalkResumed:
		return TalkResumed{request(e.Request)}
	case TalkEnded:
		return TalkEnded{request(e.Request)}
	default:
		panic(fmt.Sprintf("bench: %T is not drawn", e))
	}
}

// tell runs ahead.
func (c *crowd) tell(e Event) moment {
	defer c.ahead.Release()
	c.at = c.at.Add(time.Duration(c.dice.ExpFloat64() * float64(500*time.Microsecond)))
	for _, d := range c.ahead.Step(c.at, e) {
		switch d := d.(type) {
		case *AgentChanged:
			*c.byID[d.Agent.ID] = d.Agent
		case *Offered:
			c.live--
			c.offers++
			if d.Why.Relaxed > 0 {
				c.relaxed++
			}
		case *OfferEnded:
			if d.How != OfferWasAnswered {
				c.live++
			}
		case *RequestEnded:
			c.ended[d.Request.ID] = true
			if d.How == RequestAbandoned {
				c.live--
			}
		case *Rejected: // crossed the end of its offer or wrap-up, as happens
		}
	}
	if _, is := e.(Enqueued); is {
		c.live++
	}
	return moment{c.at, e}
}

func (c *crowd) enqueue() Event {
	c.calls++
	id := RequestID("node-1/" + strconv.Itoa(1_700_000_000+c.calls))
	c.waiting = append(c.waiting, id)
	return Enqueued{Request{ID: id, Queue: QueueID(strconv.Itoa(c.dice.IntN(crowdClasses)))}}
}

// draw is what one of them does next; nil where that is nothing.
func (c *crowd) draw() Event {
	if c.live < c.size {
		return c.enqueue()
	}
	if c.dice.IntN(40) == 0 {
		return c.hangUp()
	}
	a := c.agents[c.dice.IntN(len(c.agents))]
	chance := c.dice.IntN(100)
	switch {
	case a.Availability == NotReady:
		return AgentReady{a.ID}
	case a.Activity == Ringing && chance < 4 && !a.Accepted:
		return OfferDeclined{a.Offer}
	case a.Activity == Ringing && chance < 8 && !a.Accepted:
		return OfferAccepted{a.Offer}
	case a.Activity == Ringing && chance < 10:
		return OfferFailed{a.Offer, PhoneUnanswered}
	case a.Activity == Ringing:
		return OfferAnswered{a.Offer}
	case a.Activity == Talking && chance < 5:
		return TalkHeld{a.Request}
	case a.Activity == Talking:
		return TalkEnded{a.Request}
	case a.Activity == OnHold:
		return TalkResumed{a.Request}
	case a.Activity == WrapUp:
		return WrapUpFinished{a.ID}
	}
	return nil
}

// hangUp is the end of somebody's patience. Who was answered in between is forgotten on the way.
func (c *crowd) hangUp() Event {
	for len(c.waiting) > 0 {
		i := c.dice.IntN(len(c.waiting))
		id := c.waiting[i]
		c.waiting[i] = c.waiting[len(c.waiting)-1]
		c.waiting = c.waiting[:len(c.waiting)-1]
		if !c.ended[id] {
			return Abandoned{id}
		}
		delete(c.ended, id)
	}
	return nil
}

// steady is an office in the midst of the crowd.
func steady(b testing.TB, size int) (office, *crowd) {
	c := newCrowd(b, size)
	r, err := New(crowdConfig())
	if err != nil {
		b.Fatal(err)
	}
	o := office{r, OfficeLedger(crowdConfig(), c.at)}
	replay(o, c.begin())
	replay(o, c.next(100_000))
	return o, c
}

// office is a router with its figures by the quarter of an hour, as in service. Tell the ledger all that the router is told, or leave it
// alone for good.
type office struct {
	*Router
	ledger Listener
}

// Listener is told what a router is told, and what it decides.
type Listener interface {
	Stepped(time.Time, Event, []Decision)
}

// OfficeLedger makes the ledger of an office. The ledger stands in a part that imports this package, so that the tests outside this
// package, which may import that part, set it.
var OfficeLedger func(Config, time.Time) Listener

func (o office) Step(at time.Time, e Event) []Decision {
	decided := o.Router.Step(at, e)
	o.ledger.Stepped(at, e, decided)
	return decided
}

type stepper interface {
	Step(time.Time, Event) []Decision
	Release()
}

// replay tells events, and gives what was decided of each back, as acd does.
func replay(s stepper, events []moment) {
	for _, m := range events {
		s.Step(m.at, m.e)
		s.Release()
	}
}
