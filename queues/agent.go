package queues

import (
	"slices"
	"strings"
	"time"
)

// agent is one Agent in the router: signed in, or still talking.
type agent struct {
	Agent
	availability Availability
	reason       Reason
	since        time.Time
	until        time.Time    // how long the reason may last; zero is for ever
	next         Availability // after talk and wrap-up; "" is none
	nextReason   Reason

	activity  Activity
	active    time.Time // since when activity
	work      occupancy
	idleSince time.Time // when they last became free; an offer that the caller ends does not touch it
	deadline  time.Time // of the offer or the wrap-up
	extended  time.Duration
	request   *request // offered, talked with or wrapped up

	reachable bool
	failures  int       // how often in a row the phone has failed
	failed    time.Time // when it did last
	behind    bool      // goes behind others for it; stands in staff.behind
	away      bool      // the page is gone, and may be back in a moment
	awaited   bool      // away, and would be free otherwise
	free      bool      // stands in the classes they serve
	willing   bool      // counted in the classes they serve
	present   bool      // signed in and not about to sign out, and counted in the classes they could serve
	touched   bool      // stands in staff.touched

	lapses      time.Time  // when the next of their skills expires; zero is never
	preferredBy []*request // wait for them, or for somebody else whom they prefer
	serves      []standing // in the order in which the classes were opened
	timer       int        // index in staff.timers, -1 elsewhere
	slot        int        // index in staff.roster
	number      int32      // see AgentState.Number
}

// standing is how an agent stands in one class they can serve.
type standing struct {
	class *class
	lies  int32 // index in class.free, -1 elsewhere
	rank  int32 // by the class's rule; smaller goes first
}

// seat is one standing of an agent: what lies in class.free.
type seat struct {
	*agent
	nth int // of agent.serves
}

func (s seat) standing() *standing { return &s.serves[s.nth] }

// enter makes the agent stand in a class, where they can serve it.
func (a *agent) enter(c *class) {
	if !c.servedBy(a) {
		return
	}
	a.serves = append(a.serves, standing{class: c, lies: -1, rank: c.rank(a)})
	if a.present {
		c.able++
	}
	if a.willing {
		c.willing++
	}
	if a.free {
		c.sit(a, len(a.serves)-1)
	}
}

// stands says whether the agent can serve a class, as far as they have entered it.
func (a *agent) stands(in *class) bool {
	for i := range a.serves {
		if a.serves[i].class == in {
			return true
		}
	}
	return false
}

// staff are all agents who are signed in or still talk.
type staff struct {
	config  *Config
	demand  *demand
	waiting *waiting

	byID    index[AgentID, *agent]
	roster  []*agent         // the same, in no order that shows
	sorted  []*agent         // the same, by id; nil until it is asked for, since somebody has come or gone
	vacant  []int32          // numbers of agents who are gone
	phones  map[AgentID]bool // whether they can be reached, also of those who are not here
	resting map[Reason]int   // agents who are not ready for it, or will be after their talk
	timers  heap[*agent]     // offers and wrap-ups, by deadline
	behind  []*agent         // whose phones have failed lately, and perhaps work again
	touched []*agent         // in this step: their new state is to be told
	lapse   time.Time        // nobody's skill expires before; zero is never
}

func newStaff(c *Config, d *demand, w *waiting) staff {
	return staff{
		config: c, demand: d, waiting: w,
		byID: newIndex(func(a *agent) AgentID { return a.ID }), phones: map[AgentID]bool{}, resting: map[Reason]int{},
		timers: heap[*agent]{
			key:  func(a *agent) key { return key{a.deadline.UnixNano(), 0} },
			tie:  func(a, b *agent) bool { return a.ID < b.ID },
			lies: func(a *agent, at int) { a.timer = at },
		},
	}
}

// newAgent makes a record of an agent, signed out at first.
func (s *staff) newAgent(who Agent, at time.Time) *agent {
	a := &agent{Agent: who, availability: SignedOut, since: at, activity: Idle, active: at, timer: -1}
	a.work.until(at, Idle)
	a.reachable = s.phones[a.ID]
	a.slot, a.number = len(s.roster), s.newNumber()
	s.roster, s.sorted = append(s.roster, a), nil
	s.byID.put(a)
	s.touch(a)
	return a
}

func (s *staff) newNumber() int32 {
	if n := len(s.vacant); n > 0 {
		number := s.vacant[n-1]
		s.vacant = s.vacant[:n-1]
		return number
	}
	return int32(len(s.roster))
}

// forget ends the record of an agent who has signed out.
func (s *staff) forget(a *agent) {
	last := s.roster[len(s.roster)-1]
	s.roster[a.slot], last.slot = last, a.slot
	s.roster[len(s.roster)-1] = nil
	s.roster, s.sorted = s.roster[:len(s.roster)-1], nil
	s.byID.drop(a.ID)
	s.vacant = append(s.vacant, a.number)
}

// inOrder are all by id. Who asks twice a second for the state of ten thousand does not have them sorted each time.
func (s *staff) inOrder() []*agent {
	if s.sorted == nil {
		s.sorted = slices.SortedFunc(slices.Values(s.roster), func(a, b *agent) int { return strings.Compare(string(a.ID), string(b.ID)) })
	}
	return s.sorted
}

// describe tells of all, by id.
func (s *staff) describe() []AgentState {
	all := make([]AgentState, len(s.roster))
	for i, a := range s.inOrder() {
		a.describe(&all[i])
	}
	return all
}

// touch is called after each change of an agent: it will be told, and the classes they
// serve learn whether they are there, want calls and are free.
func (s *staff) touch(a *agent) {
	if !a.touched {
		a.touched = true
		s.touched = append(s.touched, a)
	}
	present := a.availability != SignedOut && a.next != SignedOut
	willing := a.availability == Ready && a.next == "" && a.reachable && !a.away
	was := a.awaited
	a.awaited = a.away && a.availability == Ready && a.next == "" && a.reachable && a.activity == Idle
	s.appear(a, present, willing, willing && a.activity == Idle)
	switch {
	case a.awaited && !was:
		s.waiting.leadTo(a)
	case was && !a.awaited && !a.willing:
		s.waiting.release(a)
	}
}

// appear tells the classes that an agent can serve whether the agent is present, wants calls and is free.
func (s *staff) appear(a *agent, present, willing, free bool) {
	if present != a.present {
		s.come(a, present)
	}
	if willing != a.willing {
		a.willing = willing
		for _, stands := range a.serves {
			c := stands.class
			if willing {
				c.willing++
			} else {
				c.willing--
				if len(c.declined) > 0 {
					s.demand.mark(c) // one fewer to wait for: all may have declined now
				}
			}
		}
		if willing {
			s.waiting.leadTo(a)
		} else {
			s.waiting.release(a)
		}
	}
	if free != a.free {
		a.free = free
		if free {
			s.waiting.preferring = append(s.waiting.preferring, a.preferredBy...)
		}
		for i, stands := range a.serves {
			c := stands.class
			if free {
				c.sit(a, i)
				if c.waiting.len()+len(c.declined) > 0 {
					s.demand.mark(c)
				}
			} else {
				c.rise(a, int(stands.lies))
			}
		}
	}
}

// come counts an agent in or out of those who could serve the classes: when they sign in, and when they sign out or are about to.
func (s *staff) come(a *agent, present bool) {
	a.present = present
	news := false
	for _, stands := range a.serves {
		c := stands.class
		if present {
			c.able++
			news = news || c.able == 1
		} else {
			c.able--
			if c.able == 0 {
				c.lastLeft = true
				s.demand.mark(c)
			}
		}
	}
	if news {
		s.demand.markUnserved()
	}
}

// choose sets the availability, at once, and none for after talk and wrap-up.
func (s *staff) choose(a *agent, to Availability, why Reason, at time.Time) {
	s.chooseBoth(a, to, why, "", "", at)
}

// chooseBoth sets the availability and the next one in one, so that nobody is there, or wants calls, for a moment between the two.
func (s *staff) chooseBoth(a *agent, to Availability, why Reason, next Availability, nextReason Reason, at time.Time) {
	s.restFor(a, -1)
	defer s.restFor(a, +1)
	a.availability, a.reason, a.since = to, why, at
	a.next, a.nextReason = next, nextReason
	if to == Ready && a.activity == Idle {
		a.idleSince = at
	}
	s.touch(a)
}

// queueUp lets an availability take effect after talk and wrap-up.
func (s *staff) queueUp(a *agent, to Availability, why Reason) {
	s.restFor(a, -1)
	a.next, a.nextReason = to, why
	s.restFor(a, +1)
	s.touch(a)
}

// begin starts an activity with a request. The zero deadline is none.
func (s *staff) begin(a *agent, what Activity, q *request, at, deadline time.Time) {
	if a.timer >= 0 {
		s.timers.remove(a.timer)
	}
	a.work.until(at, a.activity)
	a.activity, a.active, a.request, a.deadline, a.extended = what, at, q, deadline, 0
	if !deadline.IsZero() {
		s.timers.push(a)
	}
	s.touch(a)
}

// heardWithin is how long what rings has at least after the process itself did not run: what was told meanwhile is heard by then, also where the switch has to be
// connected to again.
const heardWithin = 5 * time.Second

// ringOn handles Stalled: what rings does so for a while at least, as its dialling does.
func (s *staff) ringOn(at time.Time) {
	for _, timer := range slices.Clone(s.timers.items) {
		a := timer.item
		if a.activity != Ringing || !a.deadline.Before(at.Add(heardWithin)) {
			continue
		}
		s.timers.remove(a.timer)
		a.deadline = at.Add(heardWithin)
		s.timers.push(a)
		s.touch(a)
	}
}

// rest ends an activity. Where anew is true, as after work, the agent's idle time begins anew; after an offer that came to nothing
// through no doing of theirs it goes on.
func (s *staff) rest(a *agent, at time.Time, anew bool) {
	if anew {
		a.idleSince = at
	}
	over := a.request
	s.begin(a, Idle, nil, at, time.Time{})
	if over != nil && over.talking {
		if over.queue != nil && !over.called { // how long a queue's callers are handled is told by those who came
			over.queue.handling.observe(at.Sub(over.since))
		}
		s.waiting.drop(over) // talked with and wrapped up: the agent was the last to refer to it
	}
	if a.availability == Ready && !anew {
		a.active = a.idleSince
	}
	if a.next != "" {
		s.choose(a, a.next, a.nextReason, at)
	}
}

// describe fills in a zero state.
func (a *agent) describe(s *AgentState) {
	s.ID, s.Name, s.number = a.ID, a.Name, a.number
	s.Availability, s.Reason, s.Since, s.Until = a.availability, a.reason, a.since, a.until
	s.Next, s.NextReason = a.next, a.nextReason
	s.Activity, s.ActivitySince, s.Deadline = a.activity, a.active, a.deadline
	s.Reachable, s.Failures, s.DeskAway = a.reachable, a.failures, a.away
	if q := a.request; q != nil {
		s.Request, s.Queue = q.ID, q.Queue
		if a.activity == Ringing {
			s.Offer, s.Accepted = q.offerID, q.accepted
		}
	}
}
