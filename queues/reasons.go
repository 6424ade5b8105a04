package queues

import (
	"fmt"
	"time"
)

// ReasonLimit bounds a reason for which agents are not ready.
type ReasonLimit struct {
	Reason  Reason
	AtMost  int           // so many agents at once; 0 is no bound
	Longest time.Duration // after that the agent is overdue, and shown so; 0 is no bound
}

// checkReasons says what is wrong with the bounds.
func checkReasons(limits []ReasonLimit) error {
	seen := map[Reason]bool{}
	for _, l := range limits {
		switch {
		case l.Reason == "":
			return fmt.Errorf("a bound is on no reason")
		case seen[l.Reason]:
			return fmt.Errorf("reason %q is bounded twice", l.Reason)
		case l.AtMost < 0 || l.Longest < 0:
			return fmt.Errorf("reason %q has a negative bound", l.Reason)
		}
		seen[l.Reason] = true
	}
	return nil
}

// restFor counts an agent in (+1) or out (-1) of those who are, or will be, not ready for a reason.
func (s *staff) restFor(a *agent, n int) {
	reason := a.reason
	if a.next != "" {
		reason = a.nextReason
	}
	if reason != "" {
		s.resting[reason] += n
	}
	s.boundReason(a)
}

// boundReason sets how long an agent may be not ready.
func (s *staff) boundReason(a *agent) {
	a.until = time.Time{}
	if longest := s.limit(a.reason).Longest; a.availability == NotReady && longest > 0 {
		a.until = a.since.Add(longest)
	}
}

// limit is what bounds a reason.
func (s *staff) limit(reason Reason) ReasonLimit {
	for _, l := range s.config.Reasons {
		if l.Reason == reason {
			return l
		}
	}
	return ReasonLimit{}
}

// mayRest says whether an agent may be not ready for a reason now, or why not.
func (s *staff) mayRest(a *agent, reason Reason) error {
	most := s.limit(reason).AtMost
	if most > 0 && s.resting[reason] >= most {
		return wrap(ErrTooMany, "agent %s not ready (%s): %d of %d are", a.ID, reason, s.resting[reason], most)
	}
	return nil
}
