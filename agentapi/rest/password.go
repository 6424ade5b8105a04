package rest

import (
	"context"
)

type passwords struct {
	Body struct {
		Old string `json:"old" minLength:"1" maxLength:"256" format:"password"`
		New string `json:"new" minLength:"1" maxLength:"256" format:"password" doc:"at least 8 characters"`
	}
}

// changePassword gives the person another password. What they have open elsewhere ends, and so does the phone on a desk page: it is
// asked for again.
func (s *Server) changePassword(ctx context.Context, in *passwords) (*struct{}, error) {
	p, err := s.visitor(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.gate.ChangePassword(ctx, p, in.Body.Old, in.Body.New); err != nil {
		return nil, s.refusal(err, "change a password")
	}
	s.hub.SignedOutElsewhere(p)
	s.renewPhone(ctx, p.Account)
	return nil, nil
}
