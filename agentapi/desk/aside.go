package desk

import (
	"time"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
)

// Aside is what an agent is to know beside a talk.
type Aside struct {
	PhoneHolds  bool      // the agent's own phone holds, with its own key
	CallerHolds bool      // the caller's does
	Reminded    time.Time // when the agent was reminded last of who is on hold; zero is not at all
	Ends        time.Time // the call is ended then, for it lasts too long; zero while that is far
	Recording   agentapi.TalkRecording
	Asked       *Asked           // who is asked, or was lately; nil is nobody
	Guests      []agentapi.Guest // who is in the talk besides
	Help        *agentapi.Help   // the agent calls for a supervisor; nil is not at all
	Returns     bool             // the agent's phone, which is their page, is gone from the talk, and is called until it is back
}

// Asked is who is asked in a talk: see agentapi.Asked.
type Asked agentapi.Asked

// Aside shows what is beside a talk. The goroutine of the call calls it.
func (d *Desks) Aside(o queues.Offer, a Aside) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.page(o.Agent)
	if p.talk == nil || p.state.Request != o.Request {
		return
	}
	if h := a.Help; h != nil && h.ByID != "" {
		named := *h
		named.By = d.present.Lineup().Names().Agent(h.ByID)
		a.Help = &named
	}
	talk := *p.talk // the page's frame may still be read
	a.putOn(&talk)
	p.talk = &talk
	d.hub.Me(o.Agent, stream.Change{Type: "call.changed", Call: talk.ID, Parts: stream.Parts{stream.PartCall: p.talk}})
}

// besideOf is what a talk is shown with.
func besideOf(t *agentapi.Talk) Aside {
	return Aside{PhoneHolds: t.PhoneHolds, CallerHolds: t.CallerHolds, Reminded: t.Reminded, Ends: t.Ends, Recording: t.Recording, Asked: (*Asked)(t.Asked), Guests: t.Guests, Help: t.Help, Returns: t.Returns}
}

// putOn shows it with a talk.
func (a Aside) putOn(t *agentapi.Talk) {
	t.PhoneHolds, t.CallerHolds, t.Reminded, t.Ends, t.Recording, t.Asked, t.Guests, t.Help, t.Returns = a.PhoneHolds, a.CallerHolds, a.Reminded, a.Ends, a.Recording, (*agentapi.Asked)(a.Asked), a.Guests, a.Help, a.Returns
}
