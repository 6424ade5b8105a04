package queues

import "time"

// restFor counts an agent in (+1) or out (-1) of those who are, or will be, not ready for a reason, and sets how long that may last.
func (r *Router) restFor(a *agent, n int) {
	reason := a.reason
	if a.next != "" {
		reason = a.nextReason
	}
	if reason != "" {
		r.resting[reason] += n
	}
	a.until = time.Time{}
	if longest := r.limit(a.reason).Longest; a.availability == NotReady && longest > 0 {
		a.until = a.since.Add(longest)
	}
}

// limit is what bounds a reason.
func (r *Router) limit(reason Reason) ReasonLimit {
	for _, l := range r.config.Reasons {
		if l.Reason == reason {
			return l
		}
	}
	return ReasonLimit{}
}

// mayRest says whether an agent may be not ready for a reason now, or why not.
func (r *Router) mayRest(a *agent, reason Reason) error {
	most := r.limit(reason).AtMost
	if most > 0 && r.resting[reason] >= most {
		return wrap(ErrTooMany, "agent %s not ready (%s): %d of %d are", a.ID, reason, r.resting[reason], most)
	}
	return nil
}
