package queues

import (
	"slices"
	"strconv"
	"time"
)

// What the scan makes of consultations.

// turn lets an agent turn to the caller of a talk, or from them.
func (s *scan) turn(at time.Time, id RequestID, to Activity) bool {
	q := s.requests[id]
	if q == nil || !q.talking || q.isConsult() || to == Consulting && q.unreached() || q.agent.Activity == to {
		return false
	}
	s.begin(q.agent, to, q, at, time.Time{})
	return true
}

func (s *scan) consult(at time.Time, e ConsultWanted) bool {
	of := s.requests[e.Of]
	if e.Request == "" || of == nil || !of.talking || of.consults != "" || of.unreached() || s.queues[e.Queue] == nil || s.requests[e.Request] != nil {
		return false
	}
	var free []*scanAgent
	for _, a := range s.agents {
		if a.willing() && a.Activity == Idle && s.held.IsZero() {
			free = append(free, a)
		}
	}
	a := s.in(e.Agent)
	if e.Agent == "" {
		a = nil
		of := &scanRequest{Request: Request{Queue: e.Queue}}
		for _, other := range free {
			if s.can(other, of) && s.earlier(of, other, a) {
				a = other
			}
		}
	}
	if a == nil || !slices.Contains(free, a) {
		return false
	}
	s.told++
	s.offers++
	q := &scanRequest{Request: Request{ID: e.Request, Queue: e.Queue, Arrived: at}, order: s.told, agent: a, restored: true, called: true, consults: e.Of, declined: map[*scanAgent]bool{}}
	s.requests[q.ID] = q
	why := Explanation{Rule: Consulted, By: string(of.agent.ID), Candidates: 1, IdleSince: a.idle}
	q.offer = Offer{ID: OfferID(s.config.Epoch + "-" + strconv.FormatUint(s.offers, 36)), Request: q.ID, Agent: a.ID, Queue: q.Queue, At: at, Deadline: at.Add(s.queues[q.Queue].OfferTimeout), Consults: e.Of}
	s.begin(a, Ringing, q, at, q.offer.Deadline)
	s.decided = append(s.decided, &Offered{Offer: q.offer, Why: why})
	return true
}

func (s *scan) pass(at time.Time, e TalkPassed) bool {
	of, q := s.requests[e.Request], s.requests[e.Consult]
	if of == nil || !of.talking || of == q || q == nil || !q.talking || q.consults != e.Request || q.agent.ID != e.To {
		return false
	}
	s.part(of, at)
	delete(s.requests, q.ID)
	q.Request, q.called, q.reached, q.consults, q.answered = of.Request, of.called, of.reached, "", at
	s.requests[q.ID] = q
	s.begin(q.agent, Talking, q, at, time.Time{})
	return true
}

func (q *scanRequest) isConsult() bool { return q.consults != "" }
