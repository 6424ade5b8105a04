package queues

import (
	"cmp"
	"slices"
	"time"
)

// scan is the router as one would write it first: maps, and a look at everything in them for
// each decision. It is slow, and plain enough to be believed, so it is what the
// router is compared with: equal decisions, and how much faster. It shares the words of the package
// (needs, orders of the documentation) and none of its bookkeeping.
type scan struct {
	config   Config
	last     time.Time
	held     time.Time
	midnight time.Time
	offers   uint64
	told     int

	figures  map[QueueID]Figures
	queues   map[QueueID]Queue
	agents   map[AgentID]*scanAgent
	requests map[RequestID]*scanRequest
	phones   map[AgentID]bool

	relaxes bool // any queue does
	decided []Decision
	agentsT map[*scanAgent]bool
	queuesT map[QueueID]bool
}

type scanAgent struct {
	AgentState
	skills   Agent
	idle     time.Time
	extended time.Duration
	of       *scanRequest
}

type scanRequest struct {
	Request
	order    int
	step     int
	agent    *scanAgent
	talking  bool
	offer    Offer
	accepted bool
	declined map[*scanAgent]bool
	tries    int
}

// newScan takes a configuration that New has taken.
func newScan(c Config, r *Router) *scan {
	s := &scan{
		config: c, figures: map[QueueID]Figures{}, queues: map[QueueID]Queue{}, agents: map[AgentID]*scanAgent{},
		requests: map[RequestID]*scanRequest{}, phones: map[AgentID]bool{}, agentsT: map[*scanAgent]bool{}, queuesT: map[QueueID]bool{},
	}
	s.config.Location, s.config.ExtensionLimit = r.config.Location, r.config.ExtensionLimit
	for _, l := range r.lines {
		s.relaxes = s.relaxes || len(l.Relax) > 0
		s.queues[l.ID] = l.Queue // with what was left open filled in
	}
	return s
}

// scanOf copies a router's state, so that a scan need not work through a big day's beginning.
func scanOf(r *Router) *scan {
	s := newScan(r.config, r)
	s.last, s.held, s.midnight, s.offers, s.told = r.last, r.held, r.midnight, r.offers, int(r.told)
	for id, reachable := range r.phones {
		s.phones[id] = reachable
	}
	for _, l := range r.lines {
		s.figures[l.ID] = l.figures
	}
	for a := range r.agents.all() {
		s.agents[a.ID] = &scanAgent{AgentState: a.state(), skills: a.Agent, idle: a.idleSince, extended: a.extended}
	}
	copied := func(q *request) *scanRequest {
		n := &scanRequest{
			Request: q.Request, order: int(q.seq), step: q.step,
			talking: q.talking, offer: q.offer, accepted: q.accepted, tries: q.tries, declined: map[*scanAgent]bool{},
		}
		if q.agent != nil {
			n.agent = s.agents[q.agent.ID]
			n.agent.of = n
		}
		for _, a := range q.declined {
			n.declined[s.agents[a.ID]] = true
		}
		return n
	}
	for q := range r.requests.all() {
		s.requests[q.ID] = copied(q)
	}
	for a := range r.agents.all() {
		if s.agents[a.ID].of == nil && a.request != nil {
			copied(a.request) // wrapped up
		}
	}
	return s
}

// Step is Router.Step; a rejection says nothing about why.
func (s *scan) Step(at time.Time, e Event) []Decision {
	s.decided = nil
	if at.Before(s.last) {
		return []Decision{Rejected{Event: e}}
	}
	s.last = at
	s.expire(at)
	if !s.apply(at, e) {
		s.decided = append(s.decided, Rejected{Event: e})
	}
	s.relax(at)
	for s.held.IsZero() && s.meet(at) {
	}
	s.tell()
	return s.decided
}

func (s *scan) expire(at time.Time) {
	for {
		var due *scanAgent
		for _, a := range s.agents {
			if !a.Deadline.IsZero() && !a.Deadline.After(at) &&
				(due == nil || cmp.Or(a.Deadline.Compare(due.Deadline), cmp.Compare(a.ID, due.ID)) < 0) {
				due = a
			}
		}
		if due == nil {
			break
		}
		if due.Activity == Ringing {
			s.endOffer(due.of, OfferWasMissed, at)
		} else {
			s.rest(due, at, true)
		}
	}
	if !s.held.After(at) {
		s.held = time.Time{}
	}
	if !s.midnight.After(at) {
		for id, f := range s.figures {
			if f != (Figures{}) {
				s.queuesT[id] = true
			}
		}
		clear(s.figures)
		y, m, d := at.In(s.config.Location).Date()
		s.midnight = time.Date(y, m, d+1, 0, 0, 0, 0, s.config.Location)
	}
}

func (s *scan) apply(at time.Time, e Event) bool {
	switch e := e.(type) {
	case AgentSignedIn:
		return s.signIn(at, e)
	case AgentReady:
		return s.ready(at, e)
	case AgentNotReady:
		return s.notReady(at, e)
	case AgentSignedOut:
		return s.signOut(at, e)
	case DeskLost:
		return s.deskLost(at, e)
	case PhoneChanged:
		return s.phoneChanged(e)
	case Enqueued:
		return s.enqueue(at, e.Request)
	case Abandoned:
		return s.abandon(at, e)
	case OfferAccepted:
		q := s.live(e.Offer)
		if q == nil || q.accepted {
			return false
		}
		q.accepted, q.agent.Accepted, s.agentsT[q.agent] = true, true, true
	case OfferDeclined:
		q := s.live(e.Offer)
		if q == nil || q.accepted {
			return false
		}
		s.endOffer(q, OfferWasDeclined, at)
	case OfferFailed:
		return s.fail(at, e)
	case OfferAnswered:
		return s.answer(at, e.Offer)
	case TalkEnded:
		q := s.requests[e.Request]
		if q == nil || !q.talking {
			return false
		}
		s.part(q, at)
	case TalkHeld:
		return s.hold(at, e.Request, Talking, OnHold)
	case TalkResumed:
		return s.hold(at, e.Request, OnHold, Talking)
	case TalkRestored:
		return s.restore(at, e)
	case WrapUpFinished:
		a := s.agents[e.Agent]
		if a == nil || a.Activity != WrapUp {
			return false
		}
		s.rest(a, at, true)
	case WrapUpExtended:
		return s.extend(e)
	case OffersHeld:
		s.held = time.Time{}
		if e.Until.After(at) {
			s.held = e.Until
		}
	case OffersReleased:
		s.held = time.Time{}
	case Tick:
	}
	return true
}

func (s *scan) signIn(at time.Time, e AgentSignedIn) bool {
	a := s.agents[e.Agent.ID]
	if e.Agent.ID == "" || a != nil && a.Availability != SignedOut || !slices.Contains([]Availability{"", Ready, NotReady}, e.Availability) {
		return false
	}
	for skill, level := range e.Agent.Skills {
		if skill == "" || level < 1 || level > 5 {
			return false
		}
	}
	if a == nil {
		a = s.open(e.Agent.ID, at)
	}
	a.Name, a.skills = e.Agent.Name, e.Agent
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	if e.Availability == Ready {
		s.choose(a, Ready, "", since)
	} else {
		s.choose(a, NotReady, e.Reason, since)
	}
	return true
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
	case a == nil, a.Next == SignedOut && (a.Activity == Talking || a.Activity == OnHold || a.Activity == Ringing && a.Accepted):
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
	s.begin(a, Idle, nil, at, time.Time{})
	if a.Availability == Ready && !anew {
		a.ActivitySince = a.idle
	}
	if a.Next != "" {
		s.choose(a, a.Next, a.NextReason, at)
	}
}

func (s *scan) enqueue(at time.Time, q Request) bool {
	_, known := s.queues[q.Queue]
	if q.ID == "" || !known || s.requests[q.ID] != nil || checkNeeds(q.Extra) != nil {
		return false
	}
	s.told++
	n := &scanRequest{
		Request: q, order: s.told,
		declined: map[*scanAgent]bool{},
	}
	if n.Arrived.IsZero() || n.Arrived.After(at) {
		n.Arrived = at
	}
	s.requests[q.ID], s.queuesT[q.Queue] = n, true
	return true
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
	a := q.agent
	s.decided = append(s.decided, OfferEnded{Offer: q.offer, How: how})
	q.agent = nil
	switch {
	case how == OfferWasDeclined:
		q.declined[a] = true
	case how == OfferWasMissed:
		q.declined[a] = true
		if a.Next == "" {
			s.choose(a, NotReady, MissedCall, at)
		}
	case how == OfferHasFailed && a.Next == "":
		s.choose(a, NotReady, PhoneWasNotReachable, at)
	}
	s.rest(a, at, how == OfferWasDeclined)
}

func (s *scan) answer(at time.Time, id OfferID) bool {
	q := s.live(id)
	if q == nil {
		return false
	}
	q.talking = true
	f := s.figures[q.Queue]
	f.Answered++
	if at.Sub(q.Arrived) <= s.queues[q.Queue].Target.Within {
		f.InTarget++
	}
	s.figures[q.Queue], s.queuesT[q.Queue] = f, true
	s.begin(q.agent, Talking, q, at, time.Time{})
	s.decided = append(s.decided, OfferEnded{Offer: q.offer, How: OfferWasAnswered},
		RequestEnded{Request: q.Request, How: RequestAnswered, Agent: q.agent.ID, At: at})
	return true
}

func (s *scan) part(q *scanRequest, at time.Time) {
	delete(s.requests, q.ID)
	if wrapUp := s.queues[q.Queue].WrapUp; wrapUp > 0 && q.agent.Availability != SignedOut {
		s.begin(q.agent, WrapUp, q, at, at.Add(wrapUp))
	} else {
		s.rest(q.agent, at, true)
	}
}

func (s *scan) hold(at time.Time, id RequestID, from, to Activity) bool {
	q := s.requests[id]
	if q == nil || !q.talking || q.agent.Activity != from {
		return false
	}
	s.begin(q.agent, to, q, at, time.Time{})
	return true
}

func (s *scan) restore(at time.Time, e TalkRestored) bool {
	a := s.agents[e.Agent]
	if e.Agent == "" || e.Request == "" || s.requests[e.Request] != nil || a != nil && a.Activity != Idle {
		return false
	}
	if a == nil {
		a = s.open(e.Agent, at)
	}
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	q := &scanRequest{Request: Request{ID: e.Request, Queue: e.Queue, Arrived: since}, agent: a, talking: true}
	s.requests[q.ID] = q
	s.begin(a, Talking, q, since, time.Time{})
	return true
}

func (s *scan) ready(at time.Time, e AgentReady) bool {
	a := s.in(e.Agent)
	if a == nil || a.Availability == Ready && a.Next == "" {
		return false
	}
	if a.Availability != Ready {
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
	if q.talking {
		s.part(q, at)
		return true
	}
	if q.agent != nil {
		s.endOffer(q, OfferWasRevoked, at)
	}
	delete(s.requests, q.ID)
	f, short := s.figures[q.Queue], at.Sub(q.Arrived) < s.queues[q.Queue].ShortAbandon
	f.Abandoned++
	if short {
		f.ShortAbandoned++
	}
	s.figures[q.Queue], s.queuesT[q.Queue] = f, true
	s.decided = append(s.decided, RequestEnded{Request: q.Request, How: RequestAbandoned, At: at, Short: short})
	return true
}

func (s *scan) fail(at time.Time, e OfferFailed) bool {
	q := s.live(e.Offer)
	how := map[Failure]Ending{
		PhoneUnanswered: OfferWasMissed, PhoneUnreachable: OfferHasFailed, PhoneBusy: OfferHasFailed, PhoneCongested: OfferHasFailed,
	}[e.Reason]
	if q == nil || how == "" {
		return false
	}
	s.endOffer(q, how, at)
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
