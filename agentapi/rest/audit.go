package rest

import (
	"context"
	"time"

	"hotline/agentapi/gate"
	"hotline/tickets"
)

// Audit keeps who looked at what. The Store of tickets/postgres implements it.
type Audit interface {
	// Looked adds lines, all or none.
	Looked(ctx context.Context, looks ...tickets.Look) error
}

// lookTime is how long who looks waits at most for the line that it leaves.
const lookTime = 2 * time.Second

// looked leaves a line in the audit about what somebody is to be shown, before they are shown it. Where it cannot be written
// they are not: it stands in the database from which the answer came, too.
func (s *Server) looked(ctx context.Context, a gate.Account, did tickets.Deed, subject string) error {
	if s.audit == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	if err := s.audit.Looked(ctx, look(ctx, a, did, subject)); err != nil {
		return s.refusal(err, "write down who looked")
	}
	return nil
}

// lookedInPart is looked for what is told without the database while that is away: the line is in the log then.
func (s *Server) lookedInPart(ctx context.Context, a gate.Account, did tickets.Deed, subject string) {
	l := look(ctx, a, did, subject)
	s.log.Warn("the audit is away, and somebody looked", "login", l.Who, "did", l.Did, "subject", l.Subject, "address", l.Address)
}

// did is looked for what somebody has done, and is not undone where no line can be written: it is in the log then.
func (s *Server) did(ctx context.Context, a gate.Account, did tickets.Deed, subject string) {
	if s.audit == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	l := look(ctx, a, did, subject)
	if err := s.audit.Looked(ctx, l); err != nil {
		s.log.Warn("the audit is away, and somebody did something", "login", l.Who, "did", l.Did, "subject", l.Subject, "address", l.Address, "err", err)
	}
}

func look(ctx context.Context, a gate.Account, did tickets.Deed, subject string) tickets.Look {
	return tickets.Look{Who: a.Login, Did: did, Subject: subject, Address: gate.Address(ctx)}
}
