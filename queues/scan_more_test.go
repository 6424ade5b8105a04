package queues

import (
	"math"
	"slices"
	"time"
)

// What the scan knows of preferences, of bounds on reasons, of work, and of other configurations and skills.

// prefer finds whom a request waits for alone, as it begins to wait.
func (s *scan) prefer(q *scanRequest, at time.Time) {
	q.preferred, q.forOne = nil, false
	if s.waitForOne(q) {
		return
	}
	left := s.queues[q.Queue].Affinity - at.Sub(q.Arrived)
	if q.forAnybody || q.asleep || left <= 0 {
		return
	}
	for _, id := range q.Prefer {
		a := s.agents[id]
		if a != nil && a.willing() && s.likelyFree(a, left, at) && s.can(a, q) && !q.declined[a] && !slices.Contains(q.preferred, a) {
			q.preferred = append(q.preferred, a)
		}
	}
}

// likelyFree says whether an agent is likely to be free in time: half of all exponential talks are over in ln 2 of their mean.
func (s *scan) likelyFree(a *scanAgent, within time.Duration, at time.Time) bool {
	switch a.Activity {
	case Idle:
		return true
	case WrapUp:
		return !a.Deadline.After(at.Add(within))
	}
	l := s.queues[a.Queue]
	return l != nil && l.handling.mean() > 0 && time.Duration(math.Ln2*float64(l.handling.mean())) <= within
}

// stopPreferring lets requests go from agents who want no calls any more.
func (s *scan) stopPreferring() {
	s.followLeads()
	if !s.prefers {
		return
	}
	for _, q := range s.requests {
		if !q.forOne {
			q.preferred = slices.DeleteFunc(q.preferred, func(a *scanAgent) bool { return !a.willing() })
		}
	}
}

// wake lets what has come due to requests happen.
func (s *scan) wake(at time.Time) {
	if !s.overflows && !s.prefers && !s.callsBack && !s.leads {
		return
	}
	for _, q := range s.requests {
		if q.isConsult() || q.talking && !q.unreached() {
			continue
		}
		s.relax(q, at)
		s.leadOver(q, at)
		if !q.forOne && !q.Arrived.Add(s.queues[q.Queue].Affinity).After(at) {
			q.preferred = nil
		}
		if q.asleep && !q.behind && !q.NotBefore.After(at) {
			q.asleep = false
			s.prefer(q, at)
		}
		if !q.lookAt.IsZero() && !q.lookAt.After(at) {
			q.look, q.lookAt = true, time.Time{}
		}
	}
}

// due is when something is to happen next by itself.
func (s *scan) due() (due time.Time) {
	next := func(t time.Time) {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	next(s.midnight)
	next(s.held)
	for _, a := range s.agents {
		next(a.Deadline)
		for skill, end := range a.skills.Expires {
			if _, has := a.skills.Skills[skill]; has {
				next(end)
			}
		}
	}
	for _, q := range s.requests {
		if q.isConsult() || q.talking && !q.unreached() {
			continue
		}
		l := s.queues[q.Queue]
		next(q.lookAt)
		if q.paused.After(s.last) && q.agent == nil {
			next(q.paused)
		}
		if q.step < len(l.Relax) {
			next(q.Arrived.Add(l.Relax[q.step].After))
		}
		if q.asleep && !q.behind {
			next(q.NotBefore)
		}
		if q.Lead.Agent != "" {
			next(q.Lead.Until)
		}
		if len(q.preferred) > 0 && !q.forOne {
			next(q.Arrived.Add(l.Affinity))
		}
	}
	return due
}

// worked adds what an agent has worked since their activity began, younger work weighing more. It is never
// let fade: all of it would fade alike.
func (s *scan) worked(a *scanAgent, at time.Time) {
	weight := func(t time.Time) float64 {
		return math.Exp(float64(t.UnixMilli()-time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).UnixMilli()) / 3_600_000)
	}
	switch a.Activity {
	case Talking, OnHold, Consulting, WrapUp:
		a.work += weight(at) - weight(a.ActivitySince)
	}
}

// tooMany says whether a reason is taken by as many as may.
func (s *scan) tooMany(reason Reason) bool {
	resting := 0
	for _, a := range s.agents {
		if a.Next != "" && a.NextReason == reason || a.Next == "" && a.Reason == reason {
			resting++
		}
	}
	for _, l := range s.config.Reasons {
		if l.Reason == reason && l.AtMost > 0 {
			return resting >= l.AtMost
		}
	}
	return false
}

func (s *scan) bound(a *scanAgent) {
	a.Until = time.Time{}
	for _, l := range s.config.Reasons {
		if a.Availability == NotReady && l.Reason == a.Reason && l.Longest > 0 {
			a.Until = a.Since.Add(l.Longest)
		}
	}
}

// reconfigure lets everybody begin to wait anew, where they are.
func (s *scan) reconfigure(at time.Time, c Config) bool {
	r, err := New(c)
	if err != nil {
		return false
	}
	for _, q := range s.requests {
		if r.queues.byID[q.Queue] == nil && !q.isConsult() && (!q.talking || q.unreached()) {
			return false
		}
	}
	before := map[QueueID][]Relaxation{}
	for id, l := range s.queues {
		before[id] = l.Relax
	}
	s.config.Queues, s.config.Reasons, s.config.Return = c.Queues, c.Reasons, c.Return
	s.configure(r)
	clear(s.queuesT)
	for id := range s.queues {
		s.queuesT[id] = true
	}
	for _, a := range s.agents {
		s.bound(a)
		if a.Availability == NotReady {
			s.agentsT[a] = true
		}
	}
	for _, q := range s.requests {
		if q.isConsult() || q.talking && !q.unreached() {
			continue
		}
		step := q.step
		if !sameSteps(before[q.Queue], s.queues[q.Queue].Relax) {
			step = 0
		}
		suited := q.agent == nil
		s.arrive(q, at)
		q.step = max(q.step, step)
		if q.preferred, q.forOne = nil, false; suited {
			s.prefer(q, at)
		}
	}
	return true
}

func sameSteps(a, b []Relaxation) bool {
	return slices.EqualFunc(a, b, func(x, y Relaxation) bool {
		return x.After == y.After && slices.Equal(x.Lower, y.Lower) && slices.Equal(x.Drop, y.Drop) && slices.Equal(x.Add, y.Add)
	})
}

func (s *scan) unexpired(as Agent) Agent {
	all := map[Skill]Level{}
	for skill, level := range as.Skills {
		if end, ends := as.Expires[skill]; !ends || s.last.Before(end) {
			all[skill] = level
		}
	}
	as.Skills = all
	return as
}

// forget takes from everybody what has expired, as if it were taken by order.
func (s *scan) forget() {
	for _, a := range s.agents {
		if as := s.unexpired(a.skills); len(as.Skills) < len(a.skills.Skills) {
			s.train(a, as)
		}
	}
}

// reskill gives an agent other skills. Nobody waits for them alone then.
func (s *scan) reskill(as Agent) bool {
	a := s.in(as.ID)
	if a == nil || !sound(as) {
		return false
	}
	s.train(a, as)
	return true
}

// train gives somebody the skills that have not expired.
func (s *scan) train(a *scanAgent, as Agent) {
	a.Name, a.skills = as.Name, s.unexpired(as)
	for _, q := range s.requests {
		if !q.forOne {
			q.preferred = slices.DeleteFunc(q.preferred, func(b *scanAgent) bool { return a == b })
		}
	}
	s.agentsT[a] = true
}
