package desk

import (
	"context"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// An agent may ask somebody in the midst of a talk. Who was asked has the caller's pop on their page, and can do nothing in the call but hang
// up, until the caller is theirs.

func (d *Desks) consult(ctx context.Context, id queues.AgentID, c agentapi.ConsultCall) error {
	return d.inTalk(ctx, id, c.Call, func(ctx context.Context, call telephony.CallID, id queues.AgentID) error {
		if err := d.mayAsk(id, c); err != nil {
			return err
		}
		return refusal(d.talks.Consult(ctx, call, id, Transfer{Queue: c.Queue, Agent: c.Agent, Number: c.Number, Note: c.Note}))
	})
}

// mayAsk says why an agent cannot ask whom they want. Whether somebody of a queue is free the router knows.
func (d *Desks) mayAsk(id queues.AgentID, c agentapi.ConsultCall) error {
	if c.Queue != "" && d.present.Lineup().Queue(c.Queue).ID == "" {
		return agentapi.RefuseField("data.queue", "there is no such queue").Coded(agentapi.FieldUnknown, 0)
	}
	return d.isFree(id, c.Agent)
}

// Consulting shows to a colleague who was asked that they talk. The goroutine of the call calls it.
func (d *Desks) Consulting(offered queues.Offered, since time.Time, pop tickets.Pop) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, o := d.page(offered.Offer.Agent), offered.Offer
	d.shows(o.Agent, p, &agentapi.Talk{ID: pop.Call, Since: since, Pop: agentapi.ShowPop(pop), Consult: true})
	p.filed, p.offer = true, ""
	p.asked = o.ID
	d.hub.Me(o.Agent, stream.Change{
		Type: "call.answered", Call: pop.Call, Ticket: pop.Ticket.Number,
		Parts: stream.Parts{stream.PartOffer: nil, stream.PartCall: p.talk, stream.PartWrapUp: nil},
	})
}

// Consulted says that it is over, also where they had answered and did not talk yet: then the offer is on their page still. The goroutine
// of the call calls it.
func (d *Desks) Consulted(o queues.Offer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.page(o.Agent)
	if p.offer == o.ID && p.state.Offer != o.ID { // the router takes off what was not answered
		p.offer = ""
		d.hub.Me(o.Agent, stream.Change{Type: "offer." + string(queues.OfferWasRevoked), Parts: stream.Parts{stream.PartOffer: nil}})
	}
	if p.talk == nil || !p.talk.Consult || p.asked != o.ID {
		return
	}
	call := p.talk.ID
	p.talk, p.over = nil, true
	d.hub.Me(o.Agent, stream.Change{Type: "call.ended", Call: call, Parts: stream.Parts{stream.PartCall: nil}})
}
