package simulation

import (
	"slices"
	"time"

	"hotline/queues"
)

// What is noted for the report while a simulation runs: what callers wait for, what agents do, and how each wait ends.

// cause is why an agent in this state is not free for a caller. Own and Others are told apart by demand.
func cause(s queues.AgentState) (doing Cause, out bool) {
	switch s.Activity {
	case queues.Ringing:
		return Elsewhere, false
	case queues.Talking, queues.OnHold, queues.Consulting:
		return Own, false
	case queues.WrapUp:
		return WrapUp, false
	}
	switch s.Availability {
	case queues.Ready:
		return Kept, false
	case queues.NotReady:
		return Away, false
	}
	return Nobody, true
}

// enter counts an agent in, or out, of what those do who could serve each demand.
func (a *agent) enter(now time.Duration, by int) {
	if a.out {
		return
	}
	for _, d := range a.demands {
		d.account(now)
		a.count(d, by)
	}
}

// count counts an agent who is signed in, in or out, of what those do who could serve a demand.
func (a *agent) count(d *demand, by int) {
	d.able += by
	doing := a.doing
	if doing == Own && a.with != d.Queue {
		doing = Others
	}
	d.busy[doing] += by
}

// account shares out the time since the last change among those who wait.
func (d *demand) account(now time.Duration) {
	since := d.since
	d.since = now
	if d.waiting+d.ringing == 0 || since == now {
		return
	}
	slots(since, now, func(slot int, t time.Duration) {
		causes := &d.report.Slots[slot].Causes
		causes[Ringing] += t * time.Duration(d.ringing)
		waited := t * time.Duration(d.waiting)
		if d.able == 0 {
			causes[Nobody] += waited
			return
		}
		for c, n := range d.busy {
			causes[c] += time.Duration(float64(waited) * float64(n) / float64(d.able))
		}
	})
}

// account notes what the agent did until now, within the days that count.
func (a *agent) account(now, end time.Duration) {
	since := a.since
	a.since = now
	if a.out || a.doing == Away {
		return
	}
	slots(since, min(now, end), func(slot int, t time.Duration) {
		if a.doing == Own || a.doing == WrapUp {
			a.work.Slots[slot].Handling += t
		} else {
			a.work.Slots[slot].Ready += t
		}
	})
}

// figures are those that a call counts in, of the queue where it is; nil where it was there before the simulation began.
func (c *centre) figures(q *call) *Figures {
	if q.before {
		return nil
	}
	return &q.counts.Slots[slotOf(q.came)]
}

// stand adds a call to those who wait for the same.
func (q *call) stand(among *demand, now time.Duration) {
	q.among = among
	among.account(now)
	among.waiting++
}

// moved lets a call out of one queue and into another, by rule: how its wait ends is the other's.
func (c *centre) moved(q *call, to queues.QueueID) {
	if f := c.figures(q); f != nil {
		f.Left++
	}
	q.among.account(c.now)
	q.among.waiting--
	q.stand(c.demandOf(queues.Request{Queue: to, Extra: q.demand.Extra}), c.now)
	q.queue, q.counts = to, c.report(to)
	if f := c.figures(q); f != nil {
		f.Offered++
	}
}

// ended notes how a wait ended, and plans the end of the talk.
func (c *centre) ended(e *queues.RequestEnded) {
	q := c.calls[e.Request.ID]
	c.offered(q, false)
	q.among.account(c.now)
	q.among.waiting--
	switch e.How {
	case queues.RequestAnswered, queues.RequestCalledBack:
		q.talking = true
		c.future.plan(c.now+q.talk, thing{what: parts, call: e.Request.ID, agent: c.agents[e.Agent]})
	default:
		delete(c.calls, e.Request.ID)
	}
	if f := c.figures(q); f != nil {
		f.count(e, c.now-q.arrived, q.counts.Target.Within, q.talk+min(q.after, c.wrapUp[q.queue]))
	}
	c.tell(q, c.now-q.arrived, e.How, e.Agent)
}

// count counts a call whose wait has ended.
func (f *Figures) count(e *queues.RequestEnded, wait, within, handling time.Duration) {
	f.Longest = max(f.Longest, wait)
	if wait > 0 {
		f.Delayed++
	}
	switch e.How {
	case queues.RequestAnswered:
		f.Answered++
		f.Waited += wait
		f.Handling += handling
		if wait <= within {
			f.InTarget++
		}
	case queues.RequestAbandoned:
		f.Abandoned++
		if e.Short {
			f.ShortAbandoned++
		}
	case queues.RequestCalledBack:
		f.CalledBack++
	default:
		f.Left++
	}
}

func (c *centre) tell(q *call, wait time.Duration, how queues.Outcome, agent queues.AgentID) {
	if c.Each != nil && !q.before {
		c.Each(Call{Number: q.number, Demand: q.demand.number, Queue: q.queue, Arrived: c.midnight.Add(q.arrived), Wait: wait, How: how, Agent: agent, Callback: q.callback, Foretold: q.told})
	}
}

// close notes who still waits and what the agents did last, and adds up.
func (c *centre) close() Report {
	var left []*call
	for _, q := range c.calls {
		if !q.talking {
			left = append(left, q)
		}
	}
	slices.SortFunc(left, func(p, q *call) int { return p.number - q.number })
	for _, q := range left {
		wait := c.now - q.arrived
		if f := c.figures(q); f != nil {
			f.Left++
			f.Delayed++
			f.Longest = max(f.Longest, wait)
		}
		c.tell(q, wait, "", "")
	}
	for _, d := range c.demands {
		d.account(c.now)
	}
	r := Report{Days: c.Days, Queues: c.queues, LeftOut: c.LeftOut}
	for _, a := range c.staff {
		a.account(c.now, c.end)
		r.Agents = append(r.Agents, a.work)
		for i := range r.Queues {
			q := &r.Queues[i]
			if !slices.ContainsFunc(a.demands, func(d *demand) bool { return d.report == q }) {
				continue
			}
			for slot, w := range a.work.Slots {
				q.Slots[slot].Work = q.Slots[slot].Work.Plus(w)
			}
		}
	}
	return r
}

func slotOf(at time.Duration) int { return int(at/Slot) % Slots }
