package simulation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"hotline/queues"
)

// Observer watches a router at work, live or from a journal, and notes what came from outside: who called and needed what,
// how long they waited, talked and were worked for, and what each agent did by themselves. It is not safe for concurrent use.
type Observer struct {
	begin  time.Time // what ended before is forgotten
	last   time.Time
	calls  map[queues.RequestID]*Observed // neither gone nor worked for to the end
	past   []*Observed                    // in order of their end; they do not change any more
	agents map[queues.AgentID]*ObservedAgent
	phones map[queues.AgentID]bool
}

// Observed is one call. A zero time has not come, or was not seen.
type Observed struct {
	Request   queues.Request   // as it was enqueued
	Way       []queues.QueueID // the queues through which overflow led them; in the last one they wait, or waited
	Came      time.Time        // when they came to the queue
	Arrived   time.Time        // their arrival as the router reckons it
	HeadStart time.Duration    // how much earlier than the call itself Arrived is
	Offered   time.Time        // since when a phone rings for them
	Ring      time.Duration    // of the offer that was answered
	Rang      time.Duration    // the longest offer that ended before anybody answered, or missed it
	Answered  time.Time
	Agent     queues.AgentID
	Ended     *queues.RequestEnded // the wait; nil as long as they wait, or where a crash ended it
	Parted    time.Time            // when caller and agent parted
	Rested    time.Time            // when the agent's wrap-up was over
	Extended  bool
	Lost      time.Time // when a crash took them away; zero where they are back

	Proposed  bool      // a rule offered to call them back
	Wanted    time.Time // when they asked to be called back
	Dialled   time.Time
	Unreached int // how often calling them back failed
}

// ObservedAgent is one agent.
type ObservedAgent struct {
	Agent    queues.Agent
	State    queues.AgentState
	Acts     []ObservedAct
	Answered int
	Missed   int
	Declined int
	Rings    time.Duration // the sum of the rings of the answered
	Backs    time.Duration // the sum of the times from a miss until they did something about it
	Returns  int           // the number of those times

	lostAt time.Time // when a run ended while they were signed in; zero where they are back
}

// ObservedAct is something an agent did by themselves, and that was taken.
type ObservedAct struct {
	At   time.Time
	Does queues.Event
}

// Observe begins to watch. What happens before a time only leads up to it: who waits and who works then.
func Observe(begin time.Time) *Observer {
	return &Observer{begin: begin, last: begin,
		calls: map[queues.RequestID]*Observed{}, agents: map[queues.AgentID]*ObservedAgent{}, phones: map[queues.AgentID]bool{}}
}

// Restarted is told that the router began anew: whom nobody brings back is gone.
func (o *Observer) Restarted(at time.Time) {
	for _, c := range o.calls {
		c.Offered = time.Time{}
		if !c.Parted.IsZero() {
			o.over(c, at)
		} else if c.Lost.IsZero() {
			c.Lost = at
		}
	}
	for _, a := range o.agents {
		if a.signedIn() && a.lostAt.IsZero() {
			a.lostAt = at
		}
		a.State = queues.AgentState{ID: a.Agent.ID, Availability: queues.SignedOut, Activity: queues.Idle}
	}
}

// Until says that nothing has happened since the last step, up to a time.
func (o *Observer) Until(at time.Time) {
	if at.After(o.last) {
		o.last = at
	}
}

func (a *ObservedAgent) signedIn() bool {
	return a.State.Availability == queues.Ready || a.State.Availability == queues.NotReady
}

// Stepped is told what the router was told, and what it decided.
func (o *Observer) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	o.last = at
	taken := !queues.WasRejected(decided)
	if in, is := e.(queues.Enqueued); is && taken {
		o.enqueued(at, in.Request)
	}
	if taken {
		o.acted(at, e) // against the state before it
	}
	for _, d := range decided {
		o.decided(at, d)
	}
	if taken {
		o.told(at, e)
	}
}

// enqueued notes a call that is new, or back after a restart.
func (o *Observer) enqueued(at time.Time, r queues.Request) {
	if c := o.calls[r.ID]; c != nil {
		c.Lost = time.Time{}
		if i := slices.Index(c.Way, r.Queue); i >= 0 { // brought back to where they were before
			c.Way = slices.Clip(c.Way[:i]) // copies of the call keep theirs
		}
		c.Way = append(c.Way, r.Queue)
		return
	}
	c := &Observed{Request: r, Way: []queues.QueueID{r.Queue}, Came: at, Arrived: r.Arrived, HeadStart: r.HeadStart}
	if c.Arrived.IsZero() || c.Arrived.After(at) {
		c.Arrived = at
	}
	o.calls[r.ID] = c
}

// told notes what an event says of a call.
func (o *Observer) told(at time.Time, e queues.Event) {
	switch e := e.(type) {
	case queues.TalkEnded:
		o.parted(e.Request, at)
	case queues.Abandoned:
		o.parted(e.Request, at)
	case queues.CallFailed:
		o.parted(e.Request, at)
	case queues.AgentCalls:
		o.calls[e.Request] = &Observed{Request: queues.Request{ID: e.Request, Queue: e.Queue, Arrived: at}, Came: at, Arrived: at, Answered: at, Agent: e.Agent}
	case queues.TalkRestored:
		if c := o.calls[e.Request]; c != nil {
			c.Lost = time.Time{}
		} else {
			since := e.Since
			if since.IsZero() || since.After(at) {
				since = at
			}
			o.calls[e.Request] = &Observed{Request: queues.Request{ID: e.Request, Queue: e.Queue, Arrived: since},
				Came: since, Arrived: since, Answered: since, Agent: e.Agent}
		}
	case queues.WrapUpRestored:
		o.wrapsUpAgain(e)
	case queues.WrapUpExtended:
		if a := o.agents[e.Agent]; a != nil {
			if c := o.calls[a.State.Request]; c != nil {
				c.Extended = true
			}
		}
	case queues.CallbackWanted:
		if c := o.calls[e.Request]; c != nil {
			c.Wanted = at
		}
	case queues.CallBroken:
		if c := o.calls[e.Request]; c != nil && e.CallBack { // in another day they are called back, too
			c.Wanted = at
		}
	case queues.CallbackFailed:
		if c := o.calls[e.Request]; c != nil {
			c.Unreached++
		}
	}
}

// wrapsUpAgain notes a call that is worked for after a restart: one that was over with the restart, or is seen the first time.
func (o *Observer) wrapsUpAgain(e queues.WrapUpRestored) {
	if o.calls[e.Request] != nil {
		return // its caller waits in the queue again
	}
	answered := e.Since.Add(-e.Talk - e.Hold)
	c := &Observed{Request: queues.Request{ID: e.Request, Queue: e.Queue, Extra: e.Extra, Arrived: answered},
		Came: answered, Arrived: answered, Answered: answered, Agent: e.Agent, Parted: e.Since}
	for i := len(o.past) - 1; i >= 0; i-- {
		if p := o.past[i]; p.Request.ID == e.Request && p.Agent == e.Agent {
			same := *p // what is past does not change
			c, o.past = &same, slices.Delete(slices.Clone(o.past), i, i+1)
			break
		}
	}
	c.Rested = time.Time{}
	o.calls[e.Request] = c
}

func (o *Observer) parted(id queues.RequestID, at time.Time) {
	c := o.calls[id]
	if c == nil || c.Answered.IsZero() || !c.Parted.IsZero() {
		return
	}
	c.Parted = at
	if a := o.agents[c.Agent]; a == nil || a.State.Request != id { // no wrap-up
		o.over(c, at)
	}
}

// over files a call of which nothing more will be seen.
func (o *Observer) over(c *Observed, at time.Time) {
	if !c.Answered.IsZero() {
		c.Rested = at
	}
	delete(o.calls, c.Request.ID)
	if !at.Before(o.begin) {
		o.past = append(o.past, c)
	}
}

// decided notes what a decision says.
func (o *Observer) decided(at time.Time, d queues.Decision) {
	switch d := d.(type) {
	case *queues.Offered:
		if c := o.calls[d.Offer.Request]; c != nil {
			c.Offered = at
		}
	case *queues.OfferEnded:
		if d.Offer.Consults == "" {
			o.offerEnded(at, d)
		}
	case *queues.RequestMoved:
		switch c := o.calls[d.Request.ID]; {
		case c == nil:
		case d.To.Kind == queues.ToQueue:
			c.Way = append(c.Way, d.To.Queue)
		case d.To.Kind == queues.ToCallback:
			c.Proposed = true
		}
	case *queues.PlaceRegained:
		if c := o.calls[d.Request.ID]; c != nil {
			c.Arrived, c.HeadStart = d.Request.Arrived, d.Request.HeadStart
		}
	case *queues.RequestEnded:
		c := o.calls[d.Request.ID]
		if c == nil {
			return
		}
		ended := *d // which may be given back
		c.Ended = &ended
		switch d.How {
		case queues.RequestAnswered, queues.RequestCalledBack:
			c.Answered, c.Agent = at, d.Agent
		default:
			o.over(c, at)
		}
	case *queues.AnswerUndone:
		if c := o.calls[d.Request.ID]; c != nil {
			c.Answered, c.Agent, c.Ended = time.Time{}, "", nil
		}
	case *queues.AgentChanged:
		o.changed(at, d.Agent)
	}
}

func (o *Observer) offerEnded(at time.Time, e *queues.OfferEnded) {
	a, c, ring := o.agent(e.Offer.Agent), o.calls[e.Offer.Request], at.Sub(e.Offer.At)
	if c == nil {
		c = &Observed{} // of no call that is known
	}
	c.Offered = time.Time{}
	switch e.How {
	case queues.OfferWasAnswered:
		a.Answered++
		a.Rings += ring
		c.Ring, c.Dialled = ring, at
	case queues.OfferWasMissed, queues.OfferHasFailed:
		a.Missed++
	case queues.OfferWasDeclined:
		a.Declined++
		c.Rang = max(c.Rang, ring)
	case queues.OfferWasRevoked:
		c.Rang = max(c.Rang, ring)
	}
}

// Calls are all that were there since the beginning, in order of coming; those that are still going on too.
func (o *Observer) Calls() []*Observed {
	all := append(slices.Clone(o.past), slices.Collect(maps.Values(o.calls))...)
	slices.SortFunc(all, (*Observed).before)
	return all
}

// before orders calls by their coming.
func (c *Observed) before(d *Observed) int {
	if by := c.Came.Compare(d.Came); by != 0 {
		return by
	}
	return strings.Compare(string(c.Request.ID), string(d.Request.ID))
}

// broughtBack says whether a call was brought by a restart: it waited already when the watch began, and is none that comes.
func (c *Observed) broughtBack(begin time.Time) bool {
	return !c.Request.Arrived.IsZero() && c.Request.Arrived.Before(begin)
}

// Forget drops what ended before a time. An observer of a live router remembers an hour.
func (o *Observer) Forget(before time.Time) {
	if before.Before(o.begin) {
		return
	}
	o.begin = before
	o.past = slices.DeleteFunc(o.past, func(c *Observed) bool { return c.Came.Before(before) })
	for _, a := range o.agents {
		a.Acts = slices.DeleteFunc(a.Acts, func(x ObservedAct) bool { return x.At.Before(before) })
	}
}
