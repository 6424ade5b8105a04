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

func (s *Server) registerStaffing(api huma.API, operation operations) {
	o := operation("staffing", http.MethodGet, "/staffing", "How many more agents, with which skills, hold the targets for the next half hour",
		person(None, All, "").withToken(gate.ReadFigures))
	o.Description = "For supervisors and administrators. It is simulated by the router itself from its present state, at most once a minute."
	huma.Register(api, o, s.tellStaffing)
}

func (s *Server) tellStaffing(ctx context.Context, _ *struct{}) (*answer[agentapi.Staffing], error) {
	if s.advisor == nil {
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "nobody looks ahead here")
	}
	staffing, err := s.advisor.Staffing(ctx)
	if err != nil {
		return nil, s.refusal(err, "look ahead")
	}
	return answered(staffing), nil
}
