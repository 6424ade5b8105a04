package desk

import (
	"context"
	"errors"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/life"
)

// linkCall gives the agent's call to the ticket that it is about, which they found out while they talked; the page shows that one from now on.
func (d *Desks) linkCall(ctx context.Context, id queues.AgentID, c agentapi.LinkCall) error {
	if !d.isAt(id, c.Call) {
		return agentapi.Refuse(agentapi.CodeConflict, "the agent neither talks in this call nor wraps it up")
	}
	to, err := d.seen(ctx, id, tickets.Number(c.Ticket))
	if err != nil {
		return err
	}
	who := d.person(id)
	err = d.register.Relink(ctx, c.Call, to.Number, tickets.By{Kind: tickets.ByPerson, ID: who.ID, Name: who.Name, From: "desk"})
	if err != nil {
		return d.unlinked(c.Call, err)
	}
	d.showTicket(id, c.Call, to.Summary())
	return nil
}

// unlinked says to the agent why their call stays with its ticket.
func (d *Desks) unlinked(call telephony.CallID, err error) error {
	var no *life.Refused
	switch {
	case errors.Is(err, tickets.ErrNoTicket):
		return noSuchTicket()
	case errors.As(err, &no):
		return agentapi.Refuse(agentapi.CodeConflict, "%v", no)
	}
	d.log.Warn("a call is not given to another ticket", "call", call, "err", err)
	return agentapi.Refuse(agentapi.CodeUnavailable, "the register does not answer now")
}

// isAt says whether an agent talks in a call, or wraps it up.
func (d *Desks) isAt(id queues.AgentID, call telephony.CallID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.page(id)
	return p.talk != nil && p.talk.ID == call && !p.filed
}

// showTicket shows another ticket as the one of the agent's call.
func (d *Desks) showTicket(id queues.AgentID, call telephony.CallID, t tickets.Summary) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.page(id)
	if p.talk == nil || p.talk.ID != call {
		return
	}
	talk := *p.talk // the page's frame may still be read
	talk.Pop.Ticket = agentapi.PopTicket{Number: t.Number, Subject: t.Subject, Topic: t.Topic, State: t.State, Linked: tickets.LinkedByAgent, OpenedAt: t.OpenedAt}
	talk.Pop.About = nil
	p.talk = &talk
	parts := stream.Parts{stream.PartCall: p.talk}
	if p.state.Activity == queues.WrapUp {
		parts = stream.Parts{stream.PartWrapUp: p.wrapUp()}
	}
	d.hub.Me(id, stream.Change{Type: "call.changed", Call: call, Ticket: t.Number, Parts: parts})
}
