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
	q.Lead.By, q.Lead.Agent, q.Lead.Until = e.By, "", time.Time{}
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
	if q.Lead.Agent == "" || q.forAnybody || q.asleep || a == nil || !a.willing() {
		return false
	}
	q.preferred, q.forOne = []*scanAgent{a}, true
	return true
}

// followLeads lets requests go from agents who want no calls any more, and to those who want some again.
func (s *scan) followLeads() {
	if !s.leads {
		return
	}
	for _, q := range s.requests {
		if q.forOne && !q.preferred[0].willing() {
			s.forNobody(q)
		}
		if q.agent == nil && !q.forOne {
			s.waitForOne(q)
		}
	}
}

func (s *scan) leadOver(q *scanRequest, at time.Time) {
	if q.Lead.Agent != "" && !q.Lead.Until.After(at) {
		q.Lead.Agent, q.Lead.Until = "", time.Time{}
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
