package simulation

import (
	"maps"
	"slices"
	"time"

	"hotline/queues"
)

// agent is the record of one.
func (o *Observer) agent(id queues.AgentID) *ObservedAgent {
	a := o.agents[id]
	if a == nil {
		a = &ObservedAgent{Agent: queues.Agent{ID: id}, State: queues.AgentState{ID: id, Availability: queues.SignedOut, Activity: queues.Idle}}
		o.agents[id] = a
	}
	return a
}

// changed follows an agent: the end of a wrap-up, and the return after a miss.
func (o *Observer) changed(at time.Time, to queues.AgentState) {
	a := o.agent(to.ID)
	was := a.State
	a.State = to
	if was.Activity == queues.WrapUp && (to.Activity != queues.WrapUp || to.Request != was.Request) {
		if c := o.calls[was.Request]; c != nil {
			o.over(c, at)
		}
	}
	if systems(was) && !systems(to) {
		a.Backs += at.Sub(was.Since)
		a.Returns++
	}
}

// systems says whether an agent is not ready because they missed an offer: that follows from what the router did.
func systems(s queues.AgentState) bool {
	return s.Availability == queues.NotReady && s.Reason.OfPhone()
}

// backSoon bounds how long an agent may stay away after a restart and still count as never having been away.
const backSoon = time.Minute

// acted notes what an agent did by themselves.
func (o *Observer) acted(at time.Time, e queues.Event) {
	var id queues.AgentID
	switch e := e.(type) {
	case queues.AgentSignedIn:
		a := o.agent(e.Agent.ID)
		a.Agent = e.Agent
		o.signedIn(a, at, e)
		return
	case queues.AgentReskilled:
		o.agent(e.Agent.ID).Agent = e.Agent
		return
	case queues.AgentReady:
		if systems(o.agent(e.Agent).State) {
			return // it follows from a miss, and a simulated miss will bring one of its own
		}
		id = e.Agent
	case queues.AgentNotReady:
		id = e.Agent
	case queues.AgentSignedOut:
		id = e.Agent
	case queues.DeskLost:
		id = e.Agent
	case queues.PhoneChanged:
		if now, known := o.phones[e.Agent]; known && now == e.Reachable || !known && e.Reachable {
			o.phones[e.Agent] = e.Reachable
			return
		}
		o.phones[e.Agent] = e.Reachable
		id = e.Agent
	default:
		return
	}
	a := o.agent(id)
	a.Acts = append(a.Acts, ObservedAct{at, e})
}

// signedIn tells a sign-in from the return after a restart.
func (o *Observer) signedIn(a *ObservedAgent, at time.Time, e queues.AgentSignedIn) {
	lost := a.lostAt
	a.lostAt = time.Time{}
	switch {
	case lost.IsZero():
	case at.Sub(lost) > backSoon:
		a.Acts = append(a.Acts, ObservedAct{lost, queues.AgentSignedOut{Agent: a.Agent.ID}})
	case e.Availability == queues.Ready:
		a.Acts = append(a.Acts, ObservedAct{at, queues.AgentReady{Agent: a.Agent.ID}})
		a.choosesNext(at, e)
		return
	default:
		why := e.Reason
		if why == "" {
			why = queues.ConnectionLost
		}
		a.Acts = append(a.Acts, ObservedAct{at, queues.AgentNotReady{Agent: a.Agent.ID, Reason: why}})
		a.choosesNext(at, e)
		return
	}
	a.Acts = append(a.Acts, ObservedAct{at, e})
}

// choosesNext notes what somebody who is back had chosen to be after talk and wrap-up: saying again that they are ready took it back.
func (a *ObservedAgent) choosesNext(at time.Time, e queues.AgentSignedIn) {
	switch e.Next {
	case queues.NotReady:
		a.Acts = append(a.Acts, ObservedAct{at, queues.AgentNotReady{Agent: a.Agent.ID, Reason: e.NextReason}})
	case queues.SignedOut:
		a.Acts = append(a.Acts, ObservedAct{at, queues.AgentSignedOut{Agent: a.Agent.ID}})
	}
}

// Agents are all who were heard of, by id.
func (o *Observer) Agents() []*ObservedAgent {
	var all []*ObservedAgent
	for _, id := range slices.Sorted(maps.Keys(o.agents)) {
		a := o.agents[id]
		if !a.lostAt.IsZero() {
			a.Acts = append(a.Acts, ObservedAct{a.lostAt, queues.AgentSignedOut{Agent: id}})
			a.lostAt = time.Time{}
		}
		all = append(all, a)
	}
	return all
}
