package simulation

import (
	"fmt"
	"math"
	"slices"
	"time"

	"hotline/queues"
)

// Given is one call of which all is known or was drawn before: so a real day's callers come again, to other people or rules.
type Given struct {
	// Request is what they need. Its ID says only whose chance is whose, and may be left out; its Arrived is where At is zero.
	Request  queues.Request
	At       time.Duration // when they come to the queue, since the first midnight; before the simulation begins they are there already
	Patience time.Duration // how long after At they hang up; may be Endless
	Ring     time.Duration // from an offer until its answer, whichever agent it is; below zero the agent's own time is drawn
	Rang     time.Duration // the drawn time is longer than this, for a phone rang so long for them in vain
	Talk     time.Duration
	WrapUp   time.Duration // of the agent after it; cut off where the queue's wrap-up ends, unless Extended
	Extended bool          // the agent asks for more time where the wrap-up is not enough

	With queues.AgentID // who talks with them when the simulation begins; Talk is what is left

	Wants     time.Duration // since At: they want to be called back if they still wait; 0 is never
	Dial      time.Duration // from when the agent waits for them until they are reached, or not
	Unreached int           // so many tries fail before they are reached
}

// Endless is a patience that does not end.
const Endless = time.Duration(math.MaxInt64)

// Act is something an agent does by themselves: signs in or out, is ready or not ready, loses their desk; or their phone is
// reachable or not. What the router does not take, because it is so already, is as if it had not been done.
type Act struct {
	At   time.Duration // since the first midnight; before the simulation begins it is its first
	Does queues.Event
}

// checkGiven says what is wrong with what is given.
func (p Plan) checkGiven(known map[queues.QueueID]bool) error {
	if o := p.Only; o != (Shift{}) && (o.From < 0 || o.From >= aDay || o.To <= o.From || o.To > o.From+aDay) {
		return fmt.Errorf("%w: only from %s to %s", ErrPlan, o.From, o.To)
	}
	for i, g := range p.Given {
		switch {
		case g.With == "" && !known[g.Request.Queue]:
			return fmt.Errorf("%w: given call %d: unknown queue %q", ErrPlan, i+1, g.Request.Queue)
		case g.With != "" && !slices.ContainsFunc(p.Staff, func(s Staff) bool { return s.Agent.ID == g.With }):
			return fmt.Errorf("%w: given call %d: talks with %q, who is not there", ErrPlan, i+1, g.With)
		case g.Patience < 0 || g.Talk < 0 || g.WrapUp < 0 || g.Wants < 0 || g.Dial < 0 || g.Unreached < 0:
			return fmt.Errorf("%w: given call %d: a time below zero", ErrPlan, i+1)
		}
	}
	for _, s := range p.Staff {
		for i, a := range s.Acts {
			switch a.Does.(type) {
			case queues.AgentSignedIn, queues.AgentReady, queues.AgentNotReady, queues.AgentSignedOut, queues.DeskLost, queues.PhoneChanged:
			default:
				return fmt.Errorf("%w: agent %q: no agent does %T by themselves", ErrPlan, s.Agent.ID, a.Does)
			}
			if i > 0 && a.At < s.Acts[i-1].At {
				return fmt.Errorf("%w: agent %q: what they do is not in order of time", ErrPlan, s.Agent.ID)
			}
		}
	}
	return nil
}

// act lets an agent do what they do now.
func (c *centre) act(a *agent) {
	for len(a.Acts) > 0 && a.Acts[0].At <= c.now {
		does := a.does(a.Acts[0].Does)
		a.Acts = a.Acts[1:]
		c.try(does)
	}
	if len(a.Acts) > 0 {
		c.future.plan(a.Acts[0].At, thing{what: acts, agent: a})
	}
}

// does is an act by this agent: who they are is the plan's to say.
func (a *agent) does(e queues.Event) queues.Event {
	switch e := e.(type) {
	case queues.AgentSignedIn:
		return queues.AgentSignedIn{Agent: a.Agent, Availability: e.Availability, Reason: e.Reason, Next: e.Next, NextReason: e.NextReason}
	case queues.AgentReady:
		return queues.AgentReady{Agent: a.Agent.ID}
	case queues.AgentNotReady:
		return queues.AgentNotReady{Agent: a.Agent.ID, Reason: e.Reason}
	case queues.AgentSignedOut:
		return queues.AgentSignedOut{Agent: a.Agent.ID}
	case queues.DeskLost:
		return queues.DeskLost{Agent: a.Agent.ID}
	case queues.PhoneChanged:
		return queues.PhoneChanged{Agent: a.Agent.ID, Reachable: e.Reachable}
	default:
		panic(fmt.Sprintf("simulation: no agent does %T by themselves", e)) // the plan was checked
	}
}

// comeAgain lets a given call in; it is new where the simulation has begun.
func (c *centre) comeAgain(number int) error {
	g := c.Given[number]
	r := g.Request
	r.ID = queues.RequestID(fmt.Sprint("given ", number))
	if r.Arrived.IsZero() {
		r.Arrived = c.midnight.Add(g.At)
	}
	d := c.demandOf(r)
	q := &call{demand: d, queue: r.Queue, counts: d.report, number: c.arrived, came: g.At, arrived: r.Came().Sub(c.midnight), given: &c.Given[number], index: number,
		talk: g.Talk, after: g.WrapUp, dial: g.Dial, unreached: g.Unreached, callback: r.Callback, before: g.At < c.start || g.With != ""}
	c.arrived++
	c.calls[r.ID] = q
	if g.With != "" {
		q.talking = true
		c.future.plan(c.now+g.Talk, thing{what: parts, call: r.ID, agent: c.agents[g.With]})
		return c.step(queues.TalkRestored{Agent: g.With, Request: r.ID, Queue: r.Queue, Since: r.Arrived})
	}
	if g.Patience < Endless-c.end-aDay {
		c.future.plan(max(c.now, g.At+g.Patience), thing{what: hangsUp, call: r.ID})
	}
	if g.Wants > 0 {
		c.future.plan(max(c.now, g.At+g.Wants), thing{what: wants, call: r.ID})
	}
	q.stand(d, c.now)
	if f := c.figures(q); f != nil {
		f.Offered++
	}
	return c.step(queues.Enqueued{Request: r})
}

// demandOf is the stream that a given call belongs to, or one that was moved: those that need the same wait for the same.
func (c *centre) demandOf(r queues.Request) *demand {
	key := fmt.Sprint(r.Queue, r.Extra)
	if d := c.streams[key]; d != nil {
		return d
	}
	d := c.newDemand(Demand{Queue: r.Queue, Extra: r.Extra}, -1)
	for _, a := range c.staff {
		a.joins(d, c.Config.Queues)
		if !a.out && len(a.demands) > 0 && a.demands[len(a.demands)-1] == d {
			a.count(d, 1)
		}
	}
	c.streams[key] = d
	return d
}

// rings is how long a caller's offer rings at an agent's, and whether they let it ring in vain. The chance is the call's own: it
// is the same whoever else works.
func (c *centre) rings(q *call, a *agent) (ring time.Duration, misses bool) {
	if q.given == nil {
		return a.Ring.draw(a.dice), a.dice.Float64() < a.Misses
	}
	if q.dice == nil {
		q.dice = c.ofGiven(q.index)
	}
	misses = q.dice.Float64() < a.Misses
	if ring = q.given.Ring; ring < 0 {
		if ring = a.Ring.draw(q.dice); ring <= q.given.Rang {
			ring = q.given.Rang + max(1, ring)
		}
	}
	return ring, misses
}

// wantsCallback lets a caller hang up who is to be called back.
func (c *centre) wantsCallback(id queues.RequestID) {
	if q := c.calls[id]; q != nil && !q.talking && !q.ringing {
		q.callback = c.try(queues.CallbackWanted{Request: id})
	}
}

// dialled lets somebody be reached who is called back, or not.
func (c *centre) dialled(id queues.RequestID) error {
	q := c.calls[id]
	if q.unreached > 0 {
		q.unreached--
		return c.step(queues.CallbackFailed{Request: id, Reason: queues.PhoneUnanswered})
	}
	return c.step(queues.CallbackReached{Request: id})
}
