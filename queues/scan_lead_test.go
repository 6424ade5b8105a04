package queues

import (
	"math"
	"time"
)

// What the scan makes of requests that somebody leads.

func (s *scan) lead(at time.Time, e RequestLed) bool {
	q := s.requests[e.Request]
	if q == nil || e.By == "" || q.talking || q.isConsult() || q.Callback || q.Lead.Times != e.Seen || q.agent != nil && q.accepted {
		return false
	}
	to := s.agents[e.To.Agent]
	switch e.To.Kind {
	case ToFront:
	case ToAgent:
		if to == nil || !to.willing() || q.agent == to {
			return false
		}
	case ToQueue:
		l := s.queues[e.To.Queue]
		if l == nil || q.Queue == e.To.Queue || l.closedBy != "" || !l.Hours.Open(at.In(s.config.Location)) {
			return false
		}
	default:
		return false
	}
	s.leads = true
	was := q.Request
	if q.agent != nil && e.To.Kind != ToFront {
		s.endOffer(q, OfferWasRevoked, at)
	}
	s.forNobody(q)
	q.Lead.Times++
	q.Lead.By, q.Lead.Agent, q.Lead.Until, q.Lead.Back = e.By, "", time.Time{}, ""
	q.look, q.lookAt = s.queues[q.Queue].sendsOn(), time.Time{}
	switch e.To.Kind {
	case ToFront:
		q.Lead.Points = s.pointsToLead(q)
	case ToAgent:
		q.Lead.Agent, q.Lead.Until, q.forAnybody = e.To.Agent, at.Add(2*time.Minute), false
	case ToQueue:
		q.Lead.Points, q.forAnybody = 0, false
		s.queues[q.Queue].figures.Overflowed++
		s.queuesT[q.Queue] = true
		s.change(q, e.To.Queue, at)
	}
	if q.agent == nil {
		s.prefer(q, at)
	}
	s.decided = append(s.decided, &RequestMoved{Request: was, To: e.To, At: at, Lead: q.Lead})
	return true
}

// pointsToLead is found by looking at each of the queue.
func (s *scan) pointsToLead(q *scanRequest) int {
	points := q.Lead.Points
	q.Lead.Points = 0
	for _, p := range s.requests {
		if p != q && p.Queue == q.Queue && !p.talking && !p.isConsult() && s.points(p) >= s.points(q) {
			points = max(points, int(math.Floor(float64(s.points(p)-s.points(q))/1e6))+1)
		}
	}
	q.Lead.Points = points
	return points
}

// waitForOne says whether a request waits for the agent to whom it was led.
func (s *scan) waitForOne(q *scanRequest) bool {
	a := s.agents[q.Lead.Agent]
	if q.Lead.Agent == "" || q.forAnybody || q.asleep || a == nil || !a.mayTake(q) {
		return false
	}
	q.preferred, q.forOne = []*scanAgent{a}, true
	return true
}

// mayTake says whether an agent takes somebody who was led to them: who was sent waits for a page that is awaited, too.
func (a *scanAgent) mayTake(q *scanRequest) bool {
	return a.willing() || q.Lead.Back != "" && a.awaited()
}

// awaited says whether an agent would be free if their page were there.
func (a *scanAgent) awaited() bool {
	return a.Availability == Ready && a.Next == "" && a.Reachable && a.DeskAway && a.Activity == Idle
}

// followLeads lets requests go from agents who want no calls any more, and to those who want some again.
func (s *scan) followLeads() {
	if !s.leads {
		return
	}
	for _, q := range s.requests {
		if q.forOne && !q.preferred[0].mayTake(q) {
			s.forNobody(q)
		}
		if q.agent == nil && !q.forOne {
			s.waitForOne(q)
		}
	}
}

func (s *scan) leadOver(q *scanRequest, at time.Time) {
	if q.Lead.Agent != "" && !q.Lead.Until.After(at) {
		q.Lead.Agent, q.Lead.Until, q.Lead.Back = "", time.Time{}, ""
		if q.forOne {
			s.forNobody(q)
		}
	}
}

// forNobody lets a request wait for nobody in particular. The rules of its queue had to wait where it was led to somebody.
func (s *scan) forNobody(q *scanRequest) {
	if q.forOne {
		q.look = s.queues[q.Queue].sendsOn()
	}
	q.preferred, q.forOne = nil, false
}

func (s *scan) meetsBefore(q, p *scanRequest) bool {
	if q.forOne != p.forOne {
		return q.forOne
	}
	return s.goesBefore(q, p)
}

// giveBack leads those to who sent them whom a colleague does not take at once.
func (s *scan) giveBack(at time.Time) bool {
	if !s.leads || !s.held.IsZero() {
		return false
	}
	s.followLeads()
	all := s.inOrder(func(q *scanRequest) bool {
		a := s.agents[q.Lead.Agent]
		takes := a != nil && (a.willing() && a.Activity == Idle || a.awaited()) && !q.forAnybody
		return q.Lead.Back != "" && q.Lead.Agent != "" && q.agent == nil && !takes
	})
	for _, q := range all {
		s.leadBack(q, q.Lead.Back, at)
	}
	return len(all) > 0
}

func (s *scan) leadBack(q *scanRequest, to AgentID, at time.Time) {
	was, dest := q.Request, Destination{Kind: ToFront}
	s.leads = true
	s.forNobody(q)
	q.Lead = Lead{Times: q.Lead.Times + 1, By: string(to), Points: q.Lead.Points}
	if a := s.agents[to]; a != nil && a.willing() {
		dest = Destination{Kind: ToAgent, Agent: to}
		q.Lead.Agent, q.Lead.Until, q.forAnybody = to, at.Add(2*time.Minute), false
	} else {
		q.Lead.Points = s.pointsToLead(q)
	}
	q.look, q.lookAt = s.queues[q.Queue].sendsOn(), time.Time{}
	s.prefer(q, at)
	s.decided = append(s.decided, &RequestMoved{Request: was, To: dest, At: at, Lead: q.Lead})
}

// goesBack lets who sent a request to a queue that is closed have it again, once.
func (s *scan) goesBack(q *scanRequest, at time.Time) bool {
	a := s.agents[q.SentBy]
	if a == nil || !a.willing() || q.Lead.By == string(q.SentBy) {
		return false
	}
	s.leadBack(q, q.SentBy, at)
	return true
}
