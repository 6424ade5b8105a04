package queues

import (
	"cmp"
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

	queues   map[QueueID]*scanQueue
	agents   map[AgentID]*scanAgent
	requests map[RequestID]*scanRequest
	phones   map[AgentID]bool
	left     []scanLeft // who hung up while waiting, in order

	relaxes, overflows, prefers, callsBack bool // any queue does; somebody is to be called back
	leads                                  bool // somebody was led
	decided                                []Decision
	agentsT                                map[*scanAgent]bool
	queuesT                                map[QueueID]bool
}

// scanQueue is a queue with what is counted and learned.
type scanQueue struct {
	Queue
	figures  Figures
	handling pace
	ringing  pace
	waited   float64 // seconds, and of these waits so many ended with a hang-up; both fade
	lost     float64
	checked  []bool // whether the last announced waits held
	closedBy string // "" is nobody
}

type scanAgent struct {
	AgentState
	skills   Agent
	work     float64 // seconds at work, weighed with e to the (time since 2026 ÷ an hour)
	idle     time.Time
	extended time.Duration
	failed   time.Time // the phone, last
	of       *scanRequest
}

type scanRequest struct {
	Request
	order    int
	step     int
	agent    *scanAgent
	talking  bool
	restored bool
	called   bool
	consults RequestID // the talk in which somebody is asked
	offer    Offer
	accepted bool
	declined map[*scanAgent]bool
	paused   time.Time // does not begin anew before
	tries    int

	answered   time.Time
	lookAt     time.Time
	look       bool         // its overflow rules are to be looked at
	served     bool         // somebody signed in could serve it
	deserted   bool         // and now nobody
	preferred  []*scanAgent // whom it waits for alone
	forAnybody bool         // an offer came to nothing
	forOne     bool         // waits for the one to whom it was led
	asleep     bool         // a callback whose time has not come
	behind     bool         // a callback whose caller is on the line by another call
	reached    bool         // a callback whose caller is on the line, or a call of an agent
	told       *scanWait    // the first that was announced
	judged     bool         // its range was checked
	inRange    bool
}

// newScan takes a configuration that New has taken.
func newScan(c Config, r *Router) *scan {
	s := &scan{
		config: c, agents: map[AgentID]*scanAgent{}, requests: map[RequestID]*scanRequest{}, phones: map[AgentID]bool{},
		agentsT: map[*scanAgent]bool{}, queuesT: map[QueueID]bool{},
	}
	s.config.Location = r.config.Location
	s.configure(r)
	return s
}

// configure takes the queues of a router, with what was left open filled in.
func (s *scan) configure(r *Router) {
	old := s.queues
	s.queues = map[QueueID]*scanQueue{}
	s.relaxes, s.overflows, s.prefers = false, false, false
	for _, qu := range r.queues.all {
		q := old[qu.ID]
		if q == nil {
			q = &scanQueue{}
		}
		q.Queue = qu.Queue
		s.queues[qu.ID] = q
		s.relaxes = s.relaxes || len(qu.Relax) > 0
		s.overflows = s.overflows || q.sendsOn()
		s.prefers = s.prefers || qu.Affinity > 0
	}
	s.config.ExtensionLimit = r.config.ExtensionLimit
}

// scanOf copies a router's state, so that a scan need not work through a big day's beginning. It knows nothing of
// callbacks, overflow and preferences.
func scanOf(r *Router) *scan {
	s := newScan(r.config, r)
	s.last, s.held, s.midnight, s.offers, s.told = r.last, r.waiting.held, r.midnight, r.offers.ring.made, int(r.waiting.told)
	for id, reachable := range r.staff.phones {
		s.phones[id] = reachable
	}
	for _, qu := range r.queues.all {
		q := s.queues[qu.ID]
		q.figures, q.handling, q.ringing, q.waited, q.lost = qu.figures, qu.handling, qu.ringing, qu.waited, qu.left
	}
	for a := range r.staff.byID.all() {
		n := &scanAgent{skills: a.Agent, idle: a.idleSince, extended: a.extended, failed: a.failed}
		a.describe(&n.AgentState)
		s.agents[a.ID] = n
	}
	copied := func(q *request) *scanRequest {
		n := &scanRequest{
			Request: q.Request, order: int(q.seq), step: q.step, answered: q.since, forAnybody: q.forAnybody, consults: q.consults,
			talking: q.talking, accepted: q.accepted, tries: q.tries, paused: q.paused, declined: map[*scanAgent]bool{},
		}
		if q.agent != nil {
			q.describe(&n.offer)
			n.agent = s.agents[q.agent.ID]
			n.agent.of = n
		}
		for _, a := range q.declined {
			n.declined[s.agents[a.ID]] = true
		}
		return n
	}
	for q := range r.waiting.byID.all() {
		s.requests[q.ID] = copied(q)
	}
	for a := range r.staff.byID.all() {
		if s.agents[a.ID].of == nil && a.request != nil {
			s.agents[a.ID].of = copied(a.request) // wrapped up
		}
	}
	return s
}

// Release does nothing: everything is made anew each time.
func (s *scan) Release() {}

// Step is Router.Step; a rejection says nothing about why.
func (s *scan) Step(at time.Time, e Event) []Decision {
	s.decided = nil
	if at.Before(s.last) {
		return []Decision{&Rejected{Event: e}}
	}
	s.last = at
	if stall, is := e.(Stalled); is && stall.By > 0 {
		for _, a := range s.agents {
			if a.Activity != Ringing || !at.Add(5*time.Second).After(a.Deadline) {
				continue
			}
			a.Deadline = at.Add(5 * time.Second)
			a.of.offer.Deadline, s.agentsT[a] = a.Deadline, true
		}
	}
	s.expire(at)
	s.stopPreferring()
	if !s.apply(at, e) {
		s.decided = append(s.decided, &Rejected{Event: e})
	}
	s.stopPreferring()
	s.giveBack(at)
	for again := true; again; again = s.giveBack(at) || s.look(at) {
		s.shut(at)
		s.notice()
		s.relaxAll(at)
		for s.held.IsZero() && s.meet(at) {
		}
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
	s.wake(at)
	s.forget()
	if !s.held.After(at) {
		s.held = time.Time{}
	}
	if !s.midnight.After(at) {
		for id, q := range s.queues {
			if q.figures != (Figures{}) {
				q.figures, s.queuesT[id] = Figures{}, true
			}
		}
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
	case DeskAway:
		return s.deskAway(at, e)
	case DeskBack:
		a := s.in(e.Agent)
		if a == nil || !a.DeskAway {
			return false
		}
		a.DeskAway, s.agentsT[a] = false, true
	case PhoneChanged:
		return s.phoneChanged(e)
	case Enqueued:
		return s.enqueue(at, e.Request)
	case Abandoned:
		return s.abandon(at, e)
	case RequestLed:
		return s.lead(at, e)
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
		if q.unreached() {
			s.inVain(q, at, true, s.queues[q.Queue].Callback.Every)
		} else {
			s.part(q, at)
		}
	case TalkDropped:
		return s.drop(at, e)
	case TalkHeld:
		return s.turn(at, e.Request, OnHold)
	case TalkResumed:
		return s.turn(at, e.Request, Talking)
	case TalkConsults:
		return s.turn(at, e.Request, Consulting)
	case ConsultWanted:
		return s.consult(at, e)
	case TalkPassed:
		return s.pass(at, e)
	case AgentCalls:
		return s.call(at, e)
	case CallReached:
		q := s.requests[e.Request]
		if q == nil || !q.talking || !q.called || q.isConsult() || q.reached {
			return false
		}
		q.reached = true
	case CallFailed:
		q := s.requests[e.Request]
		if q == nil || !q.talking || !q.called || q.isConsult() {
			return false
		}
		delete(s.requests, q.ID)
		s.rest(q.agent, at, false)
	case TalkRestored:
		return s.restore(at, e)
	case WrapUpRestored:
		return s.restoreWrapUp(at, e)
	case WrapUpFinished:
		a := s.agents[e.Agent]
		if a == nil || a.Activity != WrapUp {
			return false
		}
		s.rest(a, at, true)
	case WrapUpExtended:
		return s.extend(e)
	case CallBroken:
		return s.callBroken(at, e)
	case CallbackWanted:
		return s.callbackWanted(at, e)
	case CallbackReached:
		return s.callbackReached(at, e.Request)
	case CallbackFailed:
		return s.callbackFailed(at, e)
	case WaitAnnounced:
		return s.announced(at, e)
	case QueueClosed:
		l := s.queues[e.Queue]
		if l == nil || e.By == "" || l.closedBy != "" {
			return false
		}
		l.closedBy, s.queuesT[l.ID], s.overflows = e.By, true, true
		for _, q := range s.requests {
			if q.Queue == l.ID && !q.talking && !q.isConsult() && !q.Callback {
				q.look = true
			}
		}
	case QueueOpened:
		l := s.queues[e.Queue]
		if l == nil || l.closedBy == "" {
			return false
		}
		l.closedBy, s.queuesT[l.ID] = "", true
	case Reconfigured:
		return s.reconfigure(at, e.Config)
	case AgentReskilled:
		return s.reskill(e.Agent)
	case OffersHeld:
		s.held = time.Time{}
		if e.Until.After(at) {
			s.held = e.Until
		}
	case OffersReleased:
		s.held = time.Time{}
	case Stalled:
		return e.By > 0
	case Tick:
	}
	return true
}

// cameTo is the queue that somebody called into.
func (q *scanRequest) cameTo() QueueID {
	if q.CameTo == "" {
		return q.Queue
	}
	return q.CameTo
}
