package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// The work after a call, as the pages show it and as it is kept.

// finishWrapUp files the work after a call. What an agent wrote is kept even when the clock was faster, the
// next call is there already, or Hotline was started anew meanwhile.
func (d *Desks) finishWrapUp(ctx context.Context, id queues.AgentID, w agentapi.FinishWrapUp) error {
	d.mu.Lock()
	p := d.page(id)
	last := p.talk != nil && p.talk.ID == w.Call
	if last && p.talk.Consult && !p.over {
		d.mu.Unlock()
		return agentapi.Refuse(agentapi.CodeConflict, "the agent is only asked in this call")
	}
	filed := p.filed
	if last {
		p.filed = true
	}
	own := last || hasCall(p.recent, w.Call)
	d.mu.Unlock()
	if !own {
		if err := d.wasOwn(id, w.Call); err != nil {
			return err
		}
	}
	err := d.register.WrapUp(tickets.WrapUp{
		Call: w.Call, Agent: d.person(id), Disposition: w.Disposition, Note: w.Note, Subject: w.Subject, SubjectSeen: w.SubjectSeen,
		Next: w.NextAt, Department: w.Department, Stays: w.Stays, At: time.Now(),
	})
	if err != nil {
		d.mu.Lock()
		if last && p.talk != nil && p.talk.ID == w.Call {
			p.filed = filed // the clock has to, if the agent does not
		}
		d.mu.Unlock()
		return unfiled(err)
	}
	if !last {
		return nil // the wrap-up that is on, if any, is another call's
	}
	if err := d.router.Report(ctx, queues.WrapUpFinished{Agent: id}); err != nil {
		d.log.Debug("the wrap-up was over already", "agent", id, "err", err)
	}
	return nil
}

// wasOwn looks in the database for a call of the agent's that the page does not know any more.
func (d *Desks) wasOwn(id queues.AgentID, call telephony.CallID) error {
	recent, err := d.recentOf(id)
	switch {
	case err != nil:
		d.log.Warn("whether a call was an agent's own cannot be asked", "agent", id, "call", call, "err", err)
		return agentapi.Refuse(agentapi.CodeUnavailable, "whose call it was cannot be asked now")
	case !hasCall(recent, call):
		return agentapi.Refuse(agentapi.CodeNotYourCall, "this call is not one of the agent's last")
	}
	return nil
}

// unfiled says to the agent why the work after a call is not filed. Their page keeps what they typed.
func unfiled(err error) error {
	var long *tickets.TooLongError
	switch {
	case errors.Is(err, tickets.ErrNotKept):
		return agentapi.Refuse(agentapi.CodeNotKept, "the disk does not take it now")
	case errors.As(err, &long):
		return agentapi.RefuseField("data."+long.Field, fmt.Sprintf("is longer than %d characters", long.Longest)).Coded(agentapi.FieldTooLong, long.Longest)
	case errors.Is(err, tickets.ErrNextPast):
		return agentapi.RefuseField("data.next_at", "has passed").Coded(agentapi.FieldPast, 0)
	case errors.Is(err, tickets.ErrNextFar):
		return agentapi.RefuseField("data.next_at", "is more than two years ahead").Coded(agentapi.FieldTooFar, 0)
	default:
		return err
	}
}

func hasCall(recent []agentapi.Recent, id telephony.CallID) bool {
	return slices.ContainsFunc(recent, func(r agentapi.Recent) bool { return r.Call == id })
}

// closeByClock files a wrap-up that nobody finished: the ticket stays open with the agent.
func (d *Desks) closeByClock(p *page, id queues.AgentID) {
	if p.talk == nil || p.filed {
		return
	}
	p.filed = true
	w := tickets.WrapUp{Call: p.talk.ID, Agent: d.person(id), Disposition: tickets.Undisposed, At: time.Now()}
	go func() { // it goes to disk, and the router's goroutine must not wait for that
		if err := d.register.WrapUp(w); err != nil {
			d.log.Error("the work after a call is not written to the spool", "call", w.Call, "agent", id, "err", err)
		}
	}()
}

// ShowWrapUp shows whose call is wrapped up on a page that does not know: the wrap-up is of before the restart. The database may
// take its time.
func (d *Desks) ShowWrapUp(id queues.AgentID) {
	wrapsUp := func(p *page) bool { return p.state.Activity == queues.WrapUp && p.talk == nil }
	d.mu.Lock()
	p := d.page(id)
	blank, of := wrapsUp(p), p.state.Request
	d.mu.Unlock()
	if !blank {
		return
	}
	talk, found := d.talkOf(id, of)
	d.mu.Lock()
	defer d.mu.Unlock()
	if found && wrapsUp(p) {
		d.nameOwners(talk.Pop.OpenTickets)
		p.talk, p.over, p.filed = &talk, true, false
		d.hub.Me(id, stream.Change{Type: "agent.changed", Call: talk.ID, Ticket: talk.Pop.Ticket.Number, Parts: stream.Parts{stream.PartWrapUp: p.wrapUp()}})
	}
}

// talkOf is an agent's talk about a request, from the database: with whoever was called back, it is under another name than the
// request's, and then the agent's latest.
func (d *Desks) talkOf(id queues.AgentID, of queues.RequestID) (t agentapi.Talk, found bool) {
	recent, err := d.recentOf(id)
	if err != nil || len(recent) == 0 {
		return t, false
	}
	call := recent[max(0, slices.IndexFunc(recent, func(r agentapi.Recent) bool { return string(r.Call) == string(of) }))]
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	h, err := d.contacts.History(ctx, call.Ticket)
	if err != nil {
		d.log.Debug("whose call is wrapped up is not shown", "agent", id, "err", err)
		return t, false
	}
	pop, found := tickets.PopOf(h, call.Call)
	pop.Queue.Name = d.present.Lineup().Queue(queues.QueueID(pop.Queue.ID)).Name
	return agentapi.Talk{ID: call.Call, Since: call.At, Pop: agentapi.ShowPop(pop)}, found
}

// wrapUp is the part of the page for the work after the talk.
func (p *page) wrapUp() *agentapi.WrapUp {
	pop := p.talk.Pop
	return &agentapi.WrapUp{Call: p.talk.ID, Ticket: pop.Ticket.Number, Until: p.state.Deadline, SentOn: p.talk.SentOn, Pop: &pop}
}
