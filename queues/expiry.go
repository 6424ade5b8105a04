package queues

import (
	"maps"
	"time"
)

// A skill may expire, as a certificate does: from then on the agent has it no longer, and what needs it is not offered to them. What rings
// or is talked about goes on, as after AgentReskilled. Deadline is no later than the next expiry.

// At is the agent as they are at a time: without the skills that have expired. The rest of Expires stays, and tells what was lost.
func (a Agent) At(at time.Time) Agent {
	if len(a.Expires) > 0 {
		a.Skills = maps.Clone(a.Skills)
		maps.DeleteFunc(a.Skills, func(skill Skill, _ Level) bool {
			end, ends := a.Expires[skill]
			return ends && !end.After(at)
		})
	}
	return a
}

// ExpiresAfter is when the next of the skills ends after a time; zero is never.
func (a Agent) ExpiresAfter(at time.Time) (first time.Time) {
	for skill, end := range a.Expires {
		if _, has := a.Skills[skill]; has && end.After(at) && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first
}

// expire takes from agents the skills that have expired, as AgentReskilled would.
func (s *staff) expire(at time.Time) {
	if s.lapse.IsZero() || s.lapse.After(at) {
		return
	}
	s.lapse = time.Time{}
	for _, a := range s.roster {
		switch {
		case a.lapses.IsZero():
		case !a.lapses.After(at):
			s.train(a, a.Agent, at)
		case s.lapse.IsZero() || a.lapses.Before(s.lapse):
			s.lapse = a.lapses
		}
	}
}

// expired are those of the needs that the agent could meet, but for the time.
func (a *agent) expired(needs []Need) (all map[Skill]time.Time) {
	for _, n := range needs {
		end, ends := a.Expires[n.Skill]
		if _, has := a.Skills[n.Skill]; ends && !has {
			if all == nil {
				all = map[Skill]time.Time{}
			}
			all[n.Skill] = end
		}
	}
	return all
}
