package main

import (
	"context"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// The work after a call, as the desks show it and as it is kept.

// finishWrapUp files the work after a call. What an agent wrote is kept even when the clock was faster, the
// next call is there already, or Hotline was started anew meanwhile.
func (c *centre) finishWrapUp(ctx context.Context, id queues.AgentID, w agentapi.FinishWrapUp) error {
	c.mu.Lock()
	d := c.desk(id)
	last := d.talk != nil && d.talk.ID == w.Call
	filed := d.filed
	if last {
		d.filed = true
	}
	own := last || hasCall(d.recent, w.Call)
	c.mu.Unlock()
	if !own && !hasCall(c.recent(id), w.Call) {
		return agentapi.Refuse(agentapi.CodeConflict, "this call is not one of the agent's last")
	}
	err := c.register.WrapUp(tickets.WrapUp{
		Call: w.Call, Agent: c.person(id), Disposition: w.Disposition, Note: w.Note, Subject: w.Subject,
		Next: w.NextAt, Department: w.Department, At: time.Now(),
	})
	if err != nil {
		c.mu.Lock()
		if last && d.talk.ID == w.Call {
			d.filed = filed // the clock has to, if the agent does not
		}
		c.mu.Unlock()
		return err
	}
	if !last {
		return nil // the wrap-up that is on, if any, is another call's
	}
	if err := c.acd.Report(ctx, queues.WrapUpFinished{Agent: id}); err != nil {
		c.log.Debug("wrap-up was over", "agent", id, "err", err)
	}
	return nil
}

func hasCall(recent []agentapi.Recent, id telephony.CallID) bool {
	return slices.ContainsFunc(recent, func(r agentapi.Recent) bool { return r.Call == id })
}

// closeByClock files a wrap-up that nobody finished: the ticket stays open with the agent.
func (c *centre) closeByClock(d *desk, id queues.AgentID) {
	if d.talk == nil || d.filed {
		return
	}
	d.filed = true
	w := tickets.WrapUp{Call: d.talk.ID, Agent: c.person(id), Disposition: tickets.Undisposed, At: time.Now()}
	go func() { // it goes to disk, and acd's goroutine must not wait for that
		if err := c.register.WrapUp(w); err != nil {
			c.log.Error("wrap-up not written", "call", w.Call, "agent", id, "err", err)
		}
	}()
}

// showWrapUp shows whose call is wrapped up on a desk that does not know: the wrap-up is of before the restart.
func (c *centre) showWrapUp(id queues.AgentID) {
	wrapsUp := func(d *desk) bool { return d.state.Activity == queues.WrapUp && d.talk == nil }
	c.mu.Lock()
	d := c.desk(id)
	blank, of := wrapsUp(d), d.state.Request
	c.mu.Unlock()
	if !blank {
		return
	}
	talk, found := c.talkOf(id, of)
	c.mu.Lock()
	defer c.mu.Unlock()
	if found && wrapsUp(d) {
		c.nameOwners(talk.Pop.OpenTickets)
		d.talk, d.filed = &talk, false
		c.hub.Me(id, agentapi.Change{Type: "agent.changed", Call: talk.ID, Ticket: talk.Pop.Ticket.Number, Parts: agentapi.Parts{agentapi.PartWrapUp: d.wrapUp()}})
	}
}

// wrapUp is the part of the page for the work after the talk.
func (d *desk) wrapUp() *agentapi.WrapUp {
	pop := d.talk.Pop
	return &agentapi.WrapUp{Call: d.talk.ID, Ticket: pop.Ticket.Number, Until: d.state.Deadline, Pop: &pop}
}
