package desk

import (
	"context"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/tickets"
)

// The way of one call over an agent's page: the offer with its pop, the talk, and the list of the calls that are over.

const recentCalls = 10 // that a page lists

// Pop puts an offer on the agent's page and returns when the agent's phone may ring. The goroutine of the call calls it.
func (d *Desks) Pop(ctx context.Context, offered queues.Offered, pop tickets.Pop) {
	o := offered.Offer
	d.mu.Lock()
	p := d.page(o.Agent)
	if p.state.Offer != o.ID { // it was over before it could be shown
		d.mu.Unlock()
		return
	}
	p.offer = o.ID
	shown := d.hub.Offer(o.Agent, o.ID, stream.Change{
		Type: "offer.created", Call: pop.Call, Ticket: pop.Ticket.Number,
		Parts: stream.Parts{stream.PartOffer: &agentapi.Offer{ID: o.ID, Call: pop.Call, Deadline: o.Deadline, Why: d.why(offered), Pop: agentapi.ShowPop(pop)}},
	})
	d.mu.Unlock()
	d.log.Debug("pop", "call", pop.Call, "ticket", pop.Ticket.Number, "agent", o.Agent, "offer", o.ID, "delivery", shown.Wait(ctx))
}

// Talking completes the pop after the answer. A talk that is shown already, and shown again with more that is known of its caller, keeps
// what is beside it. The goroutine of the call calls it.
func (d *Desks) Talking(offered queues.Offered, since time.Time, pop tickets.Pop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	whole := agentapi.ShowPop(pop)
	d.nameOwners(whole.OpenTickets) // only an answered call shows them
	o := offered.Offer
	p := d.page(o.Agent)
	talk := &agentapi.Talk{ID: pop.Call, Since: since, Why: d.why(offered), Pop: whole}
	if d.present.Lineup().ShowOverseers {
		talk.Overseers = d.overseersOf(pop.Call)
	}
	if again := p.talk; again != nil && again.ID == pop.Call && !p.over {
		besideOf(again).putOn(talk)
	}
	d.shows(o.Agent, p, talk)
	p.filed, p.offer = false, ""
	d.hub.Me(o.Agent, stream.Change{
		Type: "call.answered", Call: pop.Call, Ticket: pop.Ticket.Number,
		Parts: stream.Parts{stream.PartOffer: nil, stream.PartCall: p.talk, stream.PartWrapUp: nil},
	})
}

// Ended says that the talk is over. The goroutine of the call calls it.
func (d *Desks) Ended(o queues.Offer, pop tickets.Pop, how tickets.Outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.page(o.Agent)
	if p.talk != nil && p.talk.ID == pop.Call {
		p.over = true
		if by := pop.Sender; by != nil && by.Agent.ID == string(o.Agent) && !by.At.Before(p.talk.Since) {
			talk := *p.talk // the page's frame may still be read
			talk.SentOn = true
			p.talk = &talk
		}
	}
	name := tickets.NameOf(pop.Caller.Customer, pop.Caller.RawName)
	recent := []agentapi.Recent{{
		Call: pop.Call, Ticket: pop.Ticket.Number, Name: name, Number: pop.Caller.From.Key(), At: time.Now(), Outcome: string(how),
	}}
	for _, r := range p.recent {
		if r.Call != pop.Call && len(recent) < recentCalls { // who lost the caller and got them back has talked in one call twice
			recent = append(recent, r)
		}
	}
	p.recent = recent
	d.hub.Me(o.Agent, stream.Change{
		Type: "call.ended", Call: pop.Call, Ticket: pop.Ticket.Number,
		Parts: stream.Parts{stream.PartCall: nil, stream.PartRecent: p.recent},
	})
}

// ShowRecent lists the agent's latest calls on a page that knows of none yet. The database may take its time.
func (d *Desks) ShowRecent(id queues.AgentID) {
	recent, err := d.recentOf(id)
	if err != nil {
		d.log.Debug("an agent's recent calls are not shown", "agent", id, "err", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.page(id); len(p.recent) == 0 && len(recent) > 0 {
		p.recent = recent
		d.hub.Me(id, stream.Change{Type: "agent.changed", Parts: stream.Parts{stream.PartRecent: recent}})
	}
}

// recentOf are an agent's latest calls, from the database.
func (d *Desks) recentOf(id queues.AgentID) ([]agentapi.Recent, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	calls, err := d.contacts.RecentOf(ctx, string(id), recentCalls)
	recent := make([]agentapi.Recent, len(calls))
	for i, c := range calls {
		recent[i] = agentapi.Recent{Call: c.Call, Ticket: c.Ticket, Name: c.Name, Number: c.From.Key(), At: c.At, Outcome: string(c.Outcome)}
	}
	return recent, err
}
