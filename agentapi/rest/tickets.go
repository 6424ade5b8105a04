package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/telephony"
	"hotline/tickets"
)

// Tickets shows tickets to those who may see them. A ticket that somebody may not see is to them as one that is not there: tickets.ErrNoTicket.
type Tickets interface {
	// Ticket is a ticket, with the name of the person who owns it where that is known.
	Ticket(ctx context.Context, n tickets.Number, to agentapi.Viewer) (agentapi.Summary, error)
	// Claims are the contacts that say to be about a ticket, the latest first, for those who decide about them.
	Claims(ctx context.Context, n tickets.Number, to agentapi.Viewer) ([]agentapi.Claim, error)
	// Decide links such a contact to the ticket, or leaves it where it is. It is tickets.ErrNoClaim where there is none of this call.
	Decide(ctx context.Context, n tickets.Number, call telephony.CallID, by agentapi.Viewer, accept bool) error
}

type ticketQuestion struct {
	Number string `path:"number" maxLength:"40" example:"100237"`
}

type claimDecision struct {
	Number string `path:"number" maxLength:"40" example:"100237"`
	Call   string `path:"call" maxLength:"64" doc:"of the contact that says to be about the ticket"`
	Body   struct {
		Accept bool `json:"accept" doc:"it is: the contact is the ticket's from now on; else it stays in its own"`
	}
}

func (s *Server) registerTickets(api huma.API, operation operations) {
	theirs := person(Own, All, "tickets of their calls, of their departments, and of customers they have served")
	o := operation("ticket", http.MethodGet, "/tickets/{number}", "A ticket by its number", theirs.withToken(gate.ReadTickets))
	huma.Register(api, o, s.ticket)
	deciders := person(Own, All, "tickets that they or their departments own")
	o = operation("claims", http.MethodGet, "/tickets/{number}/claims", "Calls whose callers typed the ticket's number, and that are not known to be theirs", deciders)
	o.Description = "Whoever owns the ticket, and supervisors, decide whether they are about it."
	huma.Register(api, o, s.listClaims)
	o = operation("decide-claim", http.MethodPut, "/tickets/{number}/claims/{call}", "Say whether a call is about the ticket", deciders)
	huma.Register(api, o, s.decideClaim)
}

// viewer is an account as tickets know it.
func viewer(a gate.Account) agentapi.Viewer {
	return agentapi.Viewer{Login: a.Login, Person: a.Person, Agent: a.Agent, All: a.Role.Oversees()}
}

func (s *Server) ticket(ctx context.Context, in *ticketQuestion) (*answer[agentapi.Summary], error) {
	return about(ctx, s, in.Number, func(n tickets.Number, a gate.Account) (agentapi.Summary, error) {
		t, err := s.tickets.Ticket(ctx, n, viewer(a))
		if err == nil {
			err = s.looked(ctx, a, tickets.LookedAtTicket, string(t.Number))
		}
		return t, err
	})
}

func (s *Server) listClaims(ctx context.Context, in *ticketQuestion) (*answer[agentapi.ClaimsAnswer], error) {
	return about(ctx, s, in.Number, func(n tickets.Number, a gate.Account) (agentapi.ClaimsAnswer, error) {
		return s.claimsFor(ctx, n, a)
	})
}

// claimsFor are the claims on a ticket, with the numbers of those who called, once the line is written of who looks at them.
func (s *Server) claimsFor(ctx context.Context, n tickets.Number, a gate.Account) (agentapi.ClaimsAnswer, error) {
	all, err := s.tickets.Claims(ctx, n, viewer(a))
	if err == nil {
		err = s.looked(ctx, a, tickets.LookedAtClaims, string(n))
	}
	return agentapi.ClaimsAnswer{Items: append([]agentapi.Claim{}, all...)}, err
}

func (s *Server) decideClaim(ctx context.Context, in *claimDecision) (*answer[agentapi.ClaimsAnswer], error) {
	return about(ctx, s, in.Number, func(n tickets.Number, a gate.Account) (agentapi.ClaimsAnswer, error) {
		if _, err := s.claimsFor(ctx, n, a); err != nil { // the line first: what is decided stands
			return agentapi.ClaimsAnswer{}, err
		}
		if err := s.tickets.Decide(ctx, n, telephony.CallID(in.Call), viewer(a), in.Body.Accept); err != nil {
			return agentapi.ClaimsAnswer{}, err
		}
		all, err := s.tickets.Claims(ctx, n, viewer(a))
		return agentapi.ClaimsAnswer{Items: append([]agentapi.Claim{}, all...)}, err
	})
}

// about answers a question about one ticket.
func about[T any](ctx context.Context, s *Server, number string, ask func(tickets.Number, gate.Account) (T, error)) (*answer[T], error) {
	a, err := s.who(ctx)
	if err != nil {
		return nil, err
	}
	n, err := tickets.ParseNumber(number)
	if err != nil {
		return nil, agentapi.RefuseField("path.number", err.Error())
	}
	if s.tickets == nil {
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "there is no ticket %s", n)
	}
	t, err := ask(n, a)
	if err != nil {
		return nil, s.ticketRefusal(n, err)
	}
	return answered(t), nil
}

// ticketRefusal is what the visitor is told of an error that is about a ticket.
func (s *Server) ticketRefusal(n tickets.Number, err error) error {
	switch {
	case errors.Is(err, tickets.ErrNoTicket):
		return agentapi.Refuse(agentapi.CodeNotFound, "there is no ticket %s", n)
	case errors.Is(err, tickets.ErrNoClaim):
		return agentapi.Refuse(agentapi.CodeNotFound, "no such call says to be about ticket %s", n)
	case errors.Is(err, tickets.ErrNotKept):
		return agentapi.Refuse(agentapi.CodeNotKept, "the disk does not take it now")
	}
	return s.refusal(err, "read a ticket")
}
