package desk

import (
	"context"
	"errors"
	"slices"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/tickets"
)

// Outbound is a call that an agent makes.
type Outbound struct {
	Agent  queues.AgentID
	Queue  queues.QueueID // in whose name it is
	Number string         // as the agent has it
	Ticket tickets.Number // "" is none yet
	Topic  string         // of the ticket
	Reason string         // why they call, by its code; "" is not said
	// Language is the ticket's; "" is not known.
	Language string
}

// dial calls a number from the agent's own phone. A ticket that it is about must be one that they see, and not closed: a call does not
// reopen what somebody has closed on purpose.
func (d *Desks) dial(ctx context.Context, id queues.AgentID, c agentapi.DialCall) error {
	lineup := d.present.Lineup()
	agent, known := lineup.Agents[id]
	if !known {
		return agentapi.Refuse(agentapi.CodeNotAnAgent, "%s is not among the agents of the configuration", id)
	}
	serves := func(q queues.Queue) bool { return q.ServedBy(agent) }
	i := slices.IndexFunc(lineup.Queues, serves)
	if i < 0 {
		return agentapi.Refuse(agentapi.CodeConflict, "the agent serves no queue, and calls are made in the name of one")
	}
	o := Outbound{Agent: id, Queue: lineup.Queues[i].ID, Number: c.Number, Reason: c.Reason}
	if c.Ticket != "" {
		t, err := d.seen(ctx, id, c.Ticket)
		if err != nil {
			return err
		}
		if _, closed := t.State.(tickets.Closed); closed {
			return agentapi.Refuse(agentapi.CodeConflict, "ticket %s is closed: reopen it first", t.Number)
		}
		o.Ticket, o.Topic, o.Language = t.Number, t.Topic, t.Language
	}
	return refusal(d.talks.Dial(ctx, o))
}

// seen is a ticket that an agent names in a command, and may see.
func (d *Desks) seen(ctx context.Context, id queues.AgentID, n tickets.Number) (t tickets.Ticket, err error) {
	if n, err = tickets.ParseNumber(string(n)); err != nil {
		return t, agentapi.RefuseField("data.ticket", err.Error())
	}
	t, err = d.visible(ctx, n, string(id))
	switch {
	case errors.Is(err, tickets.ErrNoTicket):
		return t, noSuchTicket()
	case err != nil:
		d.log.Warn("an agent's ticket could not be read", "agent", id, "ticket", n, "err", err)
		return t, agentapi.Refuse(agentapi.CodeUnavailable, "the database does not answer")
	}
	return t, nil
}

// noSuchTicket is said of one that an agent may not see, too.
func noSuchTicket() error {
	return agentapi.RefuseField("data.ticket", "there is no such ticket").Coded(agentapi.FieldUnknown, 0)
}
