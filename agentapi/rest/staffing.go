package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

// Advisor looks ahead: who is missing for the targets to hold.
type Advisor interface {
	// Staffing is at most a minute old, or an error where none can be had within ctx.
	Staffing(ctx context.Context) (agentapi.Staffing, error)
}

func (s *Server) registerStaffing(api huma.API, operation func(id, method, path, summary string) huma.Operation) {
	o := operation("staffing", http.MethodGet, "/staffing", "How many more agents, with which skills, hold the targets for the next half hour")
	o.Description = "For supervisors and administrators. It is simulated by the router itself from its present state, at most once a minute."
	huma.Register(api, o, s.tellStaffing)
}

func (s *Server) tellStaffing(ctx context.Context, _ *struct{}) (*answer[agentapi.Staffing], error) {
	who, err := s.who(ctx)
	switch {
	case err != nil:
		return nil, err
	case who.Role == gate.RoleAgent:
		return nil, agentapi.Refuse(agentapi.CodeForbidden, "staffing is for supervisors")
	case s.advisor == nil:
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "nobody looks ahead here")
	}
	staffing, err := s.advisor.Staffing(ctx)
	if err != nil {
		return nil, s.refusal(err, "look ahead")
	}
	return answered(staffing), nil
}
