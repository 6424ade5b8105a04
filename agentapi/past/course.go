package past

import (
	"cmp"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	told "hotline/queues/words"
	"hotline/telephony/words"
	"hotline/tickets"
)

// StepKind is what a stretch of a call's course was, or what happened at a moment of it.
type StepKind string

const (
	InFlow    StepKind = "flow"    // the caller hears greetings and menus
	InQueue   StepKind = "queue"   // and waits
	Rings     StepKind = "ring"    // the call is offered to an agent
	Talks     StepKind = "talk"    // with whoever answered
	OnHold    StepKind = "hold"    // within the talk
	Consults  StepKind = "consult" // somebody is asked in the midst of a talk, whom the caller does not hear
	Helped    StepKind = "help"    // the agent calls for a supervisor in the midst of a talk, from the call to the end of it
	WrapsUp   StepKind = "wrap_up" // after it
	Decided   StepKind = "decided" // a moment: what the router decided besides, in words
	Surveyed  StepKind = "survey"  // a moment: the caller gave a mark
	LeftWord  StepKind = "message" // a moment: the caller left a message
	WasLost   StepKind = "lost"    // a moment: a connection was lost
	Restarted StepKind = "restart" // a moment: another Hotline took the call over
)

// Step is a stretch of a call's course, or a moment of it.
type Step struct {
	Kind  StepKind             `json:"kind" enum:"flow,queue,ring,talk,hold,consult,help,wrap_up,decided,survey,message,lost,restart"`
	At    time.Time            `json:"at"`
	Until *time.Time           `json:"until" doc:"null: a moment, or it lasts still"`
	Lasts bool                 `json:"lasts,omitempty" doc:"it lasts still"`
	Agent *agentapi.NamedAgent `json:"agent,omitempty"`
	Queue string               `json:"queue,omitempty"`
	Name  words.Text           `json:"queue_name,omitempty"`
	Path  []words.Text         `json:"path,omitempty" doc:"of a flow: what the caller chose"`
	How   string               `json:"how,omitempty" example:"missed" doc:"of a ring: how it ended (answered, missed, declined, revoked, failed, dropped); of a consultation, besides: taken_back, passed, left, over; of a call for a supervisor: given, withdrawn, talk_over; of a connection: whose it was"`
	Why   words.Text           `json:"why,omitempty" doc:"in a sentence, by language: why the call was offered to the agent, or what was decided"`
	About words.Text           `json:"about,omitempty" doc:"of a survey: what the caller was asked for"`
	Mark  int                  `json:"mark,omitempty" doc:"of a survey: which the caller gave, from 1"`
	Of    int                  `json:"of,omitempty" doc:"of a survey: the highest mark"`
	End   words.Text           `json:"end,omitempty" doc:"in a sentence, by language: how it ended"`
}

// lives says whether a step is a stretch of time, which may last still.
func (k StepKind) lives() bool {
	return slices.Contains([]StepKind{InFlow, InQueue, Rings, Talks, OnHold, Consults, Helped, WrapsUp}, k)
}

// order is that of steps which began at one moment: what is whole before what is within it.
var order = []StepKind{InFlow, InQueue, Decided, Rings, Talks, OnHold, Consults, Helped, Surveyed, LeftWord, WasLost, Restarted, WrapsUp}

// course puts together what is known of how a call went.
type course struct {
	call  tickets.Contact
	steps []Step
}

// courseOf is the course of a call, in order. The contact alone gives its large stretches; facts tell the queues one by one, and who was rung; decisions tell why,
// and of holds. What of these is not there is missing, and the rest stays true.
func courseOf(c tickets.Contact, facts []tickets.Fact, decisions []agentapi.Decision) []Step {
	s := course{call: c}
	s.caller(facts)
	if !slices.ContainsFunc(decisions, func(d agentapi.Decision) bool { return d.Kind == told.WasOffered }) {
		s.ringsByFacts(facts)
	}
	for _, d := range decisions {
		s.decided(d)
	}
	s.talk(facts, decisions)
	s.close()
	slices.SortStableFunc(s.steps, func(a, b Step) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)))
	})
	return s.steps
}

func (s *course) begin(k StepKind, at time.Time) *Step {
	s.steps = append(s.steps, Step{Kind: k, At: at})
	return &s.steps[len(s.steps)-1]
}

// open is the step of a kind that began last and has no end yet, and of which something is true; nil where there is none.
func (s *course) open(k StepKind, is func(Step) bool) *Step {
	for i := len(s.steps) - 1; i >= 0; i-- {
		if one := &s.steps[i]; one.Kind == k && one.Until == nil && is(*one) {
			return one
		}
	}
	return nil
}

func whichever(Step) bool { return true }

// end ends a step, which is nil where nobody knows of it: never before it begins, for what is written beside each other goes by several clocks.
func (s *Step) end(at time.Time) {
	if s == nil || at.IsZero() {
		return
	}
	if at.Before(s.At) {
		at = s.At
	}
	s.Until = &at
}

// firstOf is the first of some moments that is known, or the zero one.
func firstOf(moments ...time.Time) (first time.Time) {
	for _, m := range moments {
		if !m.IsZero() && (first.IsZero() || m.Before(first)) {
			first = m
		}
	}
	return first
}

// caller tells what the caller was in before somebody talked with them, and what happened to the call as a whole.
func (s *course) caller(facts []tickets.Fact) {
	c := s.call
	flow := s.begin(InFlow, c.ArrivedAt)
	flow.Path = c.Path
	flow.end(firstOf(c.QueuedAt, c.AnsweredAt, c.EndedAt))
	before := len(s.steps)
	for _, f := range facts {
		switch e := f.Event.(type) {
		case tickets.Queued:
			s.open(InQueue, whichever).end(f.At)
			s.begin(InQueue, f.At).Queue = e.Queue
		case tickets.Answered, tickets.Ended:
			s.open(InQueue, whichever).end(f.At)
		case tickets.Consulted:
			one := s.begin(Consults, e.Rang)
			one.How = e.How
			if e.With.ID != "" { // otherwise it is somebody outside
				one.Agent = named(e.With)
			}
			one.end(f.At)
		case tickets.Helped:
			one := s.begin(Helped, e.Since)
			one.Agent, one.How = named(e.Agent), e.How
			if e.By.ID != "" {
				one.Agent = named(e.By)
			}
			one.end(f.At)
		case tickets.Surveyed:
			one := s.begin(Surveyed, f.At)
			one.About, one.Mark, one.Of = e.About, e.Mark, e.Of
			if e.Agent.ID != "" {
				one.Agent = named(e.Agent)
			}
		case tickets.Recorded:
			s.begin(LeftWord, f.At)
		case tickets.ConnectionLost:
			s.begin(WasLost, f.At).How = string(e.By)
		case tickets.Resumed:
			s.begin(Restarted, f.At)
		}
	}
	if queued := s.steps[before:]; !c.QueuedAt.IsZero() && !slices.ContainsFunc(queued, func(one Step) bool { return one.Kind == InQueue }) { // its facts are forgotten
		q := s.begin(InQueue, c.QueuedAt)
		q.Queue = c.Queue
		q.end(firstOf(c.AnsweredAt, c.EndedAt))
	}
}

// ringsByFacts tells who was rung, where the decisions about it are forgotten.
func (s *course) ringsByFacts(facts []tickets.Fact) {
	of := func(a tickets.Agent) func(Step) bool {
		return func(one Step) bool { return string(one.Agent.ID) == a.ID }
	}
	for _, f := range facts {
		switch e := f.Event.(type) {
		case tickets.Offered:
			s.begin(Rings, f.At).Agent = named(e.Agent)
		case tickets.OfferEnded:
			if ring := s.open(Rings, of(e.Agent)); ring != nil {
				ring.How = e.How
				ring.end(f.At)
			}
		case tickets.Answered:
			if ring := s.open(Rings, of(e.Agent)); ring != nil {
				ring.How = string(queues.OfferWasAnswered)
				ring.end(f.At)
			}
		}
	}
}

func named(a tickets.Agent) *agentapi.NamedAgent {
	return &agentapi.NamedAgent{ID: queues.AgentID(a.ID), Name: tickets.Display(a.Shown())}
}

// decided tells a decision of the router.
func (s *course) decided(d agentapi.Decision) {
	theirs := func(one Step) bool { return d.Agent != nil && one.Agent != nil && one.Agent.ID == d.Agent.ID }
	switch d.Kind {
	case told.WasOffered:
		ring := s.begin(Rings, d.At)
		ring.Agent, ring.Queue, ring.Why = d.Agent, string(d.Queue), d.Words
	case told.WasAnswered, told.WasCalledBack, told.WasTaken, told.WasMissed, told.WasDeclined, told.WasRevoked, told.HasFailed:
		if ring := s.open(Rings, theirs); ring != nil {
			ring.How, ring.End = string(d.Kind), d.Words
			if d.Kind == told.WasCalledBack || d.Kind == told.WasTaken {
				ring.How = string(told.WasAnswered)
			}
			ring.end(d.At)
		}
	case told.WasHeld, told.WasResumed, told.TalkIsOver, told.CallsBack:
	default:
		one := s.begin(Decided, d.At)
		one.Agent, one.Queue, one.How, one.Why = d.Agent, string(d.Queue), string(d.Kind), d.Words
	}
}

// talk tells the talks, each with its holds and its wrap-up. The call may go on after a talk that the agent has ended.
func (s *course) talk(facts []tickets.Fact, decisions []agentapi.Decision) {
	c := s.call
	if c.AnsweredAt.IsZero() {
		return
	}
	talks := c.Talks
	if len(talks) == 0 {
		talks = tickets.TalksOf(facts) // of before they were kept
	}
	if len(talks) == 0 {
		talks = []tickets.Talk{{Agent: c.Agent, From: c.AnsweredAt}}
	}
	for i, t := range talks {
		last := i == len(talks)-1
		within := func(at time.Time) bool { return last || at.Before(talks[i+1].From) }
		over := t.To
		if over.IsZero() && last {
			over = c.EndedAt
		}
		s.begin(Talks, t.From).Agent = named(t.Agent)
		for _, d := range decisions {
			switch {
			case d.At.Before(t.From) || !within(d.At):
			case d.Kind == told.WasHeld:
				if s.open(OnHold, whichever) == nil { // they are on hold still after a consultation that came to nothing
					s.begin(OnHold, d.At).Agent = named(t.Agent)
				}
			case d.Kind == told.WasResumed:
				s.open(OnHold, whichever).end(d.At)
			case d.Kind == told.TalkIsOver && t.To.IsZero():
				over = d.At
			}
		}
		s.open(Talks, whichever).end(over)
		if over.IsZero() {
			continue
		}
		s.open(OnHold, whichever).end(over)
		if end := wrappedUp(c, facts, t, last); over.Before(end) {
			wrap := s.begin(WrapsUp, over)
			wrap.Agent = named(t.Agent)
			wrap.end(end)
		}
	}
}

// wrappedUp is when the agent of a talk had wrapped it up; zero where that is not known.
func wrappedUp(c tickets.Contact, facts []tickets.Fact, t tickets.Talk, last bool) time.Time {
	if last {
		return c.WrappedUpAt
	}
	for _, f := range facts {
		if w, is := f.Event.(tickets.WrappedUp); is && w.Agent.ID == t.Agent.ID && !f.At.Before(t.To) {
			return f.At
		}
	}
	return time.Time{}
}

// close ends what has no end though the call has, and says of the rest that it lasts.
func (s *course) close() {
	for i := range s.steps {
		one := &s.steps[i]
		switch {
		case !one.Kind.lives() || one.Until != nil:
		case s.call.EndedAt.IsZero():
			one.Lasts = true
		default:
			one.end(s.call.EndedAt)
		}
	}
}
