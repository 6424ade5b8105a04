package queues

import (
	"cmp"
	"slices"
	"time"
)

// What the scan makes of each event.

func (s *scan) signIn(at time.Time, e AgentSignedIn) bool {
	a := s.agents[e.Agent.ID]
	if a != nil && a.Availability != SignedOut || !slices.Contains([]Availability{"", Ready, NotReady}, e.Availability) || !sound(e.Agent) {
		return false
	}
	if e.Next == Ready {
		return false
	}
	if a == nil {
		a = s.open(e.Agent.ID, at)
	}
	a.Name, a.skills = e.Agent.Name, s.unexpired(e.Agent)
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	if a.Activity == Idle {
		a.idle = since
	}
	if e.Availability == Ready {
		s.choose(a, Ready, "", since)
	} else {
		s.choose(a, NotReady, e.Reason, since)
	}
	if e.Next != "" {
		s.chooseAfter(a, e.Next, e.NextReason, at)
	}
	return true
}

// sound says whether somebody can be.
func sound(a Agent) bool {
	for skill, level := range a.Skills {
		if skill == "" || level < 1 || level > 5 {
			return false
		}
	}
	return a.ID != ""
}

func (s *scan) open(id AgentID, at time.Time) *scanAgent {
	a := &scanAgent{AgentState: AgentState{
		ID: id, Availability: SignedOut, Since: at, Activity: Idle, ActivitySince: at, Reachable: s.phones[id],
	}}
	s.agents[id] = a
	s.agentsT[a] = true
	return a
}

func (s *scan) notReady(at time.Time, e AgentNotReady) bool {
	a := s.in(e.Agent)
	switch {
	case a == nil, e.Reason == "",
		a.Availability == NotReady && a.Reason == e.Reason && a.Next == "",
		a.Next == NotReady && a.NextReason == e.Reason:
		return false
	case s.tooMany(e.Reason):
		return false
	case a.Activity == Ringing && !a.Accepted && a.Availability == Ready:
		s.endOffer(a.of, OfferWasDeclined, at)
		s.choose(a, NotReady, e.Reason, at)
	case a.Availability == NotReady:
		s.choose(a, NotReady, e.Reason, at)
	default:
		s.chooseAfter(a, NotReady, e.Reason, at)
	}
	return true
}

func (s *scan) signOut(at time.Time, e AgentSignedOut) bool {
	a := s.in(e.Agent)
	switch {
	case a == nil, a.Next == SignedOut && (a.Activity == Talking || a.Activity == OnHold || a.Activity == Consulting || a.Activity == Ringing && a.Accepted):
		return false
	case a.Activity == Ringing && !a.Accepted:
		s.endOffer(a.of, OfferWasDeclined, at)
	case a.Activity == WrapUp:
		s.rest(a, at, true)
	}
	s.chooseAfter(a, SignedOut, "", at)
	return true
}

func (s *scan) in(id AgentID) *scanAgent {
	if a := s.agents[id]; a != nil && a.Availability != SignedOut {
		return a
	}
	return nil
}

// choose sets the availability at once, chooseAfter when the agent is idle.
func (s *scan) choose(a *scanAgent, to Availability, why Reason, at time.Time) {
	a.Availability, a.Reason, a.Since, a.Next, a.NextReason = to, why, at, "", ""
	if to == Ready && a.Activity == Idle {
		a.idle = at
	}
	s.bound(a)
	s.agentsT[a] = true
}

func (s *scan) chooseAfter(a *scanAgent, to Availability, why Reason, at time.Time) {
	if a.Activity == Idle {
		s.choose(a, to, why, at)
		return
	}
	a.Next, a.NextReason = to, why
	s.agentsT[a] = true
}

func (s *scan) begin(a *scanAgent, what Activity, q *scanRequest, at, deadline time.Time) {
	s.worked(a, at)
	a.Activity, a.ActivitySince, a.Deadline, a.of, a.extended = what, at, deadline, q, 0
	a.Request, a.Queue, a.Offer, a.Accepted = "", "", "", false
	if q != nil {
		a.Request, a.Queue = q.ID, q.Queue
	}
	if what == Ringing {
		a.Offer = q.offer.ID
	}
	s.agentsT[a] = true
}

func (s *scan) rest(a *scanAgent, at time.Time, anew bool) {
	if anew {
		a.idle = at
	}
	if q := a.of; q != nil && q.talking && !q.called && s.queues[q.Queue] != nil {
		s.queues[q.Queue].handling.observe(at.Sub(q.answered))
	}
	s.begin(a, Idle, nil, at, time.Time{})
	if a.Availability == Ready && !anew {
		a.ActivitySince = a.idle
	}
	if a.Next != "" {
		s.choose(a, a.Next, a.NextReason, at)
	}
}

func (s *scan) enqueue(at time.Time, q Request) bool {
	if q.ID == "" || s.queues[q.Queue] == nil || s.requests[q.ID] != nil || checkNeeds(q.Extra) != nil || !sensible(q.Priority) || q.Lead.Points < 0 || q.Lead.Points > 1_000_000_000 {
		return false
	}
	s.told++
	n := &scanRequest{Request: q, order: s.told, declined: map[*scanAgent]bool{}}
	if n.Arrived.IsZero() || n.Arrived.After(at) {
		n.Arrived = at
	}
	if n.HeadStart < 0 {
		n.HeadStart = 0
	}
	if n.Arrived.Add(n.HeadStart).After(at) {
		n.HeadStart = at.Sub(n.Arrived)
	}
	if came := n.Arrived.Add(n.HeadStart); n.Elsewhere < 0 {
		n.Elsewhere = 0
	} else if came.Add(n.Elsewhere).After(at) {
		n.Elsewhere = at.Sub(came)
	}
	n.Wanted = max(0, min(n.Wanted, at.Sub(n.Arrived.Add(n.HeadStart))))
	if n.Callback || !n.Lead.Until.After(at) {
		n.Lead.Agent, n.Lead.Until, n.Lead.Back = "", time.Time{}, ""
	}
	s.leads = s.leads || n.Lead.Agent != ""
	if a := s.agents[q.SentBy]; a != nil {
		n.declined[a] = true
	}
	s.requests[q.ID] = n
	if !q.Callback {
		s.regain(n, at)
	}
	if q.Callback {
		s.queuesT[q.Queue] = true
		s.sleep(n, at)
		if in := s.afterwards(n); len(in) > 0 && !in[0].talking && s.requests[n.ID] == n {
			s.partyIsThere(n, in[0], at)
		}
	} else {
		s.arrive(n, at)
	}
	return true
}

// arrive lets a request begin to wait in its queue.
func (s *scan) arrive(q *scanRequest, at time.Time) {
	q.step, q.served, q.deserted, q.lookAt = 0, false, false, time.Time{}
	q.look = s.queues[q.Queue].sendsOn() && !q.Callback
	s.relax(q, at)
	s.prefer(q, at)
	s.queuesT[q.Queue] = true
}

func (s *scan) live(id OfferID) *scanRequest {
	for _, a := range s.agents {
		if a.Activity == Ringing && a.Offer == id {
			return a.of
		}
	}
	return nil
}

func (s *scan) endOffer(q *scanRequest, how Ending, at time.Time) {
	s.endOfferFor(q, how, "", map[Ending]Reason{OfferWasMissed: MissedCall}[how], at)
}

func (s *scan) endOfferFor(q *scanRequest, how Ending, failure Failure, why Reason, at time.Time) {
	a := q.agent
	s.decided = append(s.decided, &OfferEnded{Offer: q.offer, How: how, Failure: failure})
	if q.isConsult() {
		delete(s.requests, q.ID)
	}
	q.agent, q.forAnybody = nil, true
	q.look = q.consults == "" && s.queues[q.Queue].sendsOn() && !q.Callback
	switch {
	case how == OfferWasDeclined:
		q.declined[a], q.paused = true, at.Add(5*time.Second)
	case how == OfferWasMissed:
		q.declined[a] = true
	}
	if why != "" && a.Next == "" {
		s.choose(a, NotReady, why, at)
	}
	s.rest(a, at, how == OfferWasDeclined)
}

func (s *scan) answer(at time.Time, id OfferID) bool {
	q := s.live(id)
	if q == nil {
		return false
	}
	q.talking, q.answered = true, at
	if q.isConsult() {
		s.begin(q.agent, Consulting, q, at, time.Time{})
		s.decided = append(s.decided, &OfferEnded{Offer: q.offer, How: OfferWasAnswered})
		return true
	}
	s.begin(q.agent, Talking, q, at, time.Time{})
	s.decided = append(s.decided, &OfferEnded{Offer: q.offer, How: OfferWasAnswered})
	switch {
	case !q.Callback:
		l := s.queues[q.Queue]
		l.figures.Answered++
		if at.Sub(q.Arrived.Add(q.HeadStart)) <= l.Target.Within {
			l.figures.InTarget++
		}
		s.queuesT[q.Queue] = true
		s.waitOver(q, at, true)
		s.decided = append(s.decided, &RequestEnded{Request: q.Request, Announced: q.judged, InRange: q.inRange, How: RequestAnswered, Agent: q.agent.ID, At: at})
		s.kept(q, at)
	case q.reached:
		s.calledBack(q, at)
	}
	return true
}

func (s *scan) part(q *scanRequest, at time.Time) {
	delete(s.requests, q.ID)
	q.agent.Failures = 0
	if l := s.queues[q.Queue]; q.consults == "" && l != nil && l.WrapUp > 0 && q.agent.Availability != SignedOut {
		s.begin(q.agent, WrapUp, q, at, at.Add(l.WrapUp))
	} else {
		s.rest(q.agent, at, true)
	}
}

func (s *scan) call(at time.Time, e AgentCalls) bool {
	a := s.agents[e.Agent]
	if e.Request == "" || a == nil || a.Availability == SignedOut || a.Next == SignedOut || a.Activity != Idle || !a.Reachable || a.DeskAway || s.queues[e.Queue] == nil || s.requests[e.Request] != nil {
		return false
	}
	q := &scanRequest{Request: Request{ID: e.Request, Queue: e.Queue, Arrived: at}, agent: a, talking: true, restored: true, called: true, answered: at}
	s.requests[q.ID] = q
	s.begin(a, Talking, q, at, time.Time{})
	return true
}

func (s *scan) restore(at time.Time, e TalkRestored) bool {
	a := s.agents[e.Agent]
	if e.Agent == "" || e.Request == "" || e.Consults == e.Request || s.requests[e.Request] != nil || a != nil && a.Activity != Idle {
		return false
	}
	if a == nil {
		a = s.open(e.Agent, at)
	}
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	q := &scanRequest{Request: Request{ID: e.Request, Queue: e.Queue, Arrived: since}, agent: a, talking: true, restored: true, called: e.Called, reached: e.Called, answered: since, consults: e.Consults}
	s.requests[q.ID] = q
	if e.Consults != "" {
		q.called = true
		s.begin(a, Consulting, q, since, time.Time{})
		return true
	}
	s.begin(a, Talking, q, since, time.Time{})
	if !e.Held.IsZero() {
		held := e.Held
		if held.After(at) {
			held = at
		}
		if held.Before(since) {
			held = since
		}
		s.begin(a, OnHold, q, held, time.Time{})
	}
	return true
}

func (s *scan) restoreWrapUp(at time.Time, e WrapUpRestored) bool {
	if e.Agent == "" || e.Request == "" || e.Talk < 0 || e.Hold < 0 || s.agents[e.Agent] != nil || !e.Deadline.After(at) {
		return false
	}
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	a := s.open(e.Agent, at)
	began := since.Add(-e.Talk - e.Hold)
	q := &scanRequest{Request: Request{ID: e.Request, Queue: e.Queue, Arrived: began}, agent: a, talking: true, answered: began}
	s.begin(a, WrapUp, q, since, e.Deadline)
	if l := s.queues[e.Queue]; l != nil {
		a.extended = max(0, e.Deadline.Sub(since)-l.WrapUp)
	}
	return true
}

func (s *scan) ready(at time.Time, e AgentReady) bool {
	a := s.in(e.Agent)
	if a == nil || a.Availability == Ready && a.Next == "" {
		return false
	}
	if a.Availability != Ready {
		a.Failures = 0
		s.choose(a, Ready, "", at)
	}
	a.Next, a.NextReason = "", ""
	s.agentsT[a] = true
	return true
}

func (s *scan) deskLost(at time.Time, e DeskLost) bool {
	a := s.in(e.Agent)
	if a == nil {
		return false
	}
	if a.Activity == Ringing {
		s.endOffer(a.of, OfferWasRevoked, at)
	}
	if a.DeskAway {
		a.DeskAway, s.agentsT[a] = false, true
	}
	if a.Availability == Ready && a.Next == "" {
		s.chooseAfter(a, NotReady, ConnectionLost, at)
	}
	return true
}

func (s *scan) abandon(at time.Time, e Abandoned) bool {
	q := s.requests[e.Request]
	if q == nil {
		return false
	}
	switch {
	case q.unreached():
		s.unring(q, at)
	case q.talking:
		s.part(q, at)
		return true
	case q.agent != nil:
		s.endOffer(q, OfferWasRevoked, at)
	}
	if q.isConsult() {
		return true
	}
	delete(s.requests, q.ID)
	s.queuesT[q.Queue] = true
	l := s.queues[q.Queue]
	short := !q.Callback && at.Sub(q.Arrived.Add(q.HeadStart)) < l.ShortAbandon
	if !q.Callback {
		l.figures.Abandoned++
		if s.config.Return > 0 {
			s.left = append(s.left, scanLeft{q.Party, q.cameTo(), q.ID, q.Arrived, at.Add(s.config.Return)})
		}
		s.waitOver(q, at, false)
	}
	if short {
		l.figures.ShortAbandoned++
	}
	s.decided = append(s.decided, &RequestEnded{Request: q.Request, Announced: q.judged, InRange: q.inRange, How: RequestAbandoned, At: at, Short: short})
	s.standAgain(q, at)
	return true
}

func (s *scan) fail(at time.Time, e OfferFailed) bool {
	q := s.live(e.Offer)
	how := map[Failure]Ending{
		PhoneUnanswered: OfferWasMissed, PhoneUnreachable: OfferHasFailed, PhoneBusy: OfferHasFailed, PhoneCongested: OfferHasFailed,
		PhoneFailing: OfferHasFailed, PhoneForwards: OfferHasFailed, PhoneDeclines: OfferWasDeclined,
	}[e.Reason]
	if q == nil || how == "" {
		return false
	}
	why := map[Failure]Reason{PhoneUnanswered: MissedCall, PhoneUnreachable: PhoneWasNotReachable, PhoneBusy: PhoneWasBusy}[e.Reason]
	if third := map[Failure]Reason{PhoneFailing: PhoneWasFailing, PhoneForwards: PhoneForwarded, PhoneDeclines: PhoneDeclined}[e.Reason]; third != "" {
		q.agent.failed = at
		if q.agent.Failures++; q.agent.Failures >= 3 {
			why = third
		}
	}
	if e.Reason == PhoneCongested || e.Reason == PhoneFailing || e.Reason == PhoneForwards {
		q.declined[q.agent], q.paused = true, at.Add(5*time.Second)
	}
	s.endOfferFor(q, how, e.Reason, why, at)
	return true
}

// drop takes back that a request was answered by a phone that let go at once.
func (s *scan) drop(at time.Time, e TalkDropped) bool {
	q := s.requests[e.Request]
	if q == nil || !q.talking {
		return false
	}
	a := q.agent
	a.Failures++
	a.failed = at
	if q.unreached() {
		s.inVain(q, at, false, s.queues[q.Queue].Callback.Every)
	} else {
		delete(s.requests, q.ID)
		if l := s.queues[q.Queue]; l != nil && !q.restored {
			s.decided = append(s.decided, &AnswerUndone{Request: q.Request, Agent: a.ID, At: q.answered})
			switch {
			case q.Callback && l.figures.CalledBack > 0:
				l.figures.CalledBack--
			case !q.Callback && l.figures.Answered > 0:
				l.figures.Answered--
				if q.answered.Sub(q.Arrived.Add(q.HeadStart)) <= l.Target.Within && l.figures.InTarget > 0 {
					l.figures.InTarget--
				}
			}
			s.queuesT[q.Queue] = true
		}
		a.of = nil // its handling is no example
		s.rest(a, at, true)
	}
	if a.Failures >= 3 && a.Availability == Ready && a.Next == "" {
		s.choose(a, NotReady, PhoneWasFailing, at)
	}
	return true
}

func (s *scan) deskAway(at time.Time, e DeskAway) bool {
	a := s.in(e.Agent)
	if a == nil || a.DeskAway {
		return false
	}
	a.DeskAway, s.agentsT[a] = true, true
	if a.Activity == Ringing && (e.Phone || !a.Accepted && a.Offer != e.Seen) {
		s.endOffer(a.of, OfferWasRevoked, at)
	}
	return true
}

func (s *scan) extend(e WrapUpExtended) bool {
	a, by := s.agents[e.Agent], cmp.Or(e.By, time.Minute)
	if a == nil || a.Activity != WrapUp || by < 0 || a.extended+by > s.config.ExtensionLimit {
		return false
	}
	a.extended += by
	a.Deadline = a.Deadline.Add(by)
	s.agentsT[a] = true
	return true
}

func (s *scan) phoneChanged(e PhoneChanged) bool {
	if e.Agent == "" {
		return false
	}
	s.phones[e.Agent] = e.Reachable
	if a := s.agents[e.Agent]; a != nil && a.Reachable != e.Reachable {
		a.Reachable = e.Reachable
		s.agentsT[a] = true
	}
	return true
}
