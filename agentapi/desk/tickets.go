package desk

import (
	"context"
	"errors"
	"time"

	"hotline/agentapi"
	"hotline/telephony"
	"hotline/tickets"
)

// Ticket implements rest.Tickets.
func (s *Stories) Ticket(ctx context.Context, n tickets.Number, to agentapi.Viewer) (agentapi.Summary, error) {
	find := func(ctx context.Context, n tickets.Number) (tickets.Ticket, error) {
		return s.Desks.visible(ctx, n, to.Person)
	}
	if to.All {
		find = s.Desks.ticket
	}
	t, err := find(ctx, n)
	if err != nil {
		return agentapi.Summary{}, err
	}
	shown := []agentapi.Summary{agentapi.ShowSummary(t.Summary())}
	s.Desks.nameOwners(shown)
	return shown[0], nil
}

// ticket is a ticket, also one that is so new that it is on its way to the database.
func (d *Desks) ticket(ctx context.Context, n tickets.Number) (tickets.Ticket, error) {
	t, err := d.contacts.Ticket(ctx, n)
	if !errors.Is(err, tickets.ErrNoTicket) {
		return t, err
	}
	on, cancel := context.WithTimeout(ctx, newestWithin)
	defer cancel()
	if d.register.Flush(on) != nil {
		return t, err
	}
	return d.contacts.Ticket(ctx, n)
}

// newestWithin is how long is waited for the tickets of calls that have just come.
const newestWithin = time.Second

// visible is a ticket that somebody may see, by its number or a second name. One that they may not is as good as none: tickets.ErrNoTicket.
func (d *Desks) visible(ctx context.Context, n tickets.Number, person string) (tickets.Ticket, error) {
	t, err := d.ticket(ctx, n)
	if err != nil {
		return t, err
	}
	sees, err := d.contacts.Sees(ctx, t.Number, d.register.Terms().Sight(person))
	if err == nil && !sees {
		err = tickets.ErrNoTicket
	}
	return t, err
}

// Claims implements rest.Tickets.
func (s *Stories) Claims(ctx context.Context, n tickets.Number, to agentapi.Viewer) (all []agentapi.Claim, err error) {
	h, err := s.decidable(ctx, n, to)
	for _, c := range h.Claims {
		if call, is := c.Call(); is {
			all = append(all, agentapi.Claim{Call: call, Ticket: c.Ticket, At: c.ArrivedAt, Number: c.From.Key(), Name: c.RawName, Topic: c.Topic})
		}
	}
	return all, err
}

// Decide implements rest.Tickets.
func (s *Stories) Decide(ctx context.Context, n tickets.Number, call telephony.CallID, by agentapi.Viewer, accept bool) error {
	h, err := s.decidable(ctx, n, by)
	if err != nil {
		return err
	}
	for _, c := range h.Claims {
		if c.ID == tickets.OfCall(call) {
			return s.Desks.register.DecideClaim(c.ID, h.Ticket.Number, by.Login, accept)
		}
	}
	return tickets.ErrNoClaim
}

// decidable is the history of a ticket about whose claims somebody decides.
func (s *Stories) decidable(ctx context.Context, n tickets.Number, by agentapi.Viewer) (tickets.History, error) {
	if !by.All {
		t, err := s.Desks.ticket(ctx, n)
		if err != nil {
			return tickets.History{}, err
		}
		if !s.Desks.register.Terms().Sight(by.Person).Owns(t) {
			return tickets.History{}, tickets.ErrNoTicket
		}
	}
	return s.Desks.contacts.History(ctx, n)
}
