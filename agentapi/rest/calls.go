package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/queues"
	"hotline/tickets"
)

// Calls finds the calls whose decisions somebody may want to see.
type Calls interface {
	// Waiting are those who wait now: on the line, and then callbacks, who came first before the others.
	Waiting(ctx context.Context) ([]agentapi.Call, error)
	// CallsWith are those that an agent is busy with: one at most.
	CallsWith(ctx context.Context, agent queues.AgentID) ([]agentapi.Call, error)
	// CallsOf are those of a ticket, the latest first; tickets.ErrNoTicket where there is no such ticket.
	CallsOf(ctx context.Context, n tickets.Number) ([]agentapi.Call, error)
}

type callsQuestion struct {
	Agent  string `query:"agent" maxLength:"100" doc:"the call that this agent is busy with"`
	Ticket string `query:"ticket" maxLength:"40" doc:"the calls of this ticket" example:"100237"`
}

func (s *Server) registerCalls(api huma.API, operation operations) {
	o := operation("calls", http.MethodGet, "/calls", "Who waits now, or the calls of an agent or a ticket", person(None, All, "").withToken(gate.ReadCalls))
	o.Description = "For supervisors and administrators, to ask for the decisions about one. Without a question the first 50 who wait."
	huma.Register(api, o, s.listCalls)
}

func (s *Server) listCalls(ctx context.Context, in *callsQuestion) (*answer[agentapi.CallsAnswer], error) {
	who, err := s.who(ctx)
	switch {
	case err != nil:
		return nil, err
	case in.Agent != "" && in.Ticket != "":
		return nil, agentapi.RefuseField("query.ticket", "stands beside query.agent: ask for one of them")
	case s.calls == nil:
		return answered(agentapi.CallsAnswer{Items: []agentapi.Call{}}), nil
	}
	list, err := s.callsAbout(ctx, in)
	if err == nil && in.Ticket != "" {
		n, _ := tickets.ParseNumber(in.Ticket)
		err = s.looked(ctx, who, tickets.LookedAtCalls, string(n))
	}
	if err != nil {
		return nil, err
	}
	return answered(agentapi.CallsAnswer{Items: append([]agentapi.Call{}, list...)}), nil
}

func (s *Server) callsAbout(ctx context.Context, in *callsQuestion) (list []agentapi.Call, err error) {
	switch {
	case in.Agent != "":
		list, err = s.calls.CallsWith(ctx, queues.AgentID(in.Agent))
	case in.Ticket != "":
		n, wrong := tickets.ParseNumber(in.Ticket)
		if wrong != nil {
			return nil, agentapi.RefuseField("query.ticket", wrong.Error())
		}
		if list, err = s.calls.CallsOf(ctx, n); errors.Is(err, tickets.ErrNoTicket) {
			return nil, agentapi.Refuse(agentapi.CodeNotFound, "there is no ticket %s", n)
		}
	default:
		list, err = s.calls.Waiting(ctx)
	}
	if err != nil {
		return nil, s.refusal(err, "list calls")
	}
	return list, nil
}
