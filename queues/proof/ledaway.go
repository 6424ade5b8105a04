package proof

import (
	"math"
	"slices"
	"time"

	"hotline/queues"
	"hotline/queues/erlang"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
)

// How soon may overflow lead callers away? Whoever is led away does not count in the service level. So a target that would certainly be
// lost without any rule may be kept with a rule that acts in time. A rule that cannot act in a half hour changes nothing. One that acts
// after the target's time changes little, for then the call is late already, and how little is known: as long as somebody waits, the
// waits that are shorter than the rule's time are distributed as they would be without the rule (the level crossings of P. H. Brill and
// M. J. M. Posner, Operations Research 25 (1977)).

const never = simulation.Endless

// cut is how soon at the earliest somebody who comes to a queue in a half hour may be led away.
func (p *prover) cut(q queues.Queue, slot int) time.Duration {
	soonest := never
	for _, o := range q.Overflow {
		if o.To.Kind == queues.ToCallback && !slices.ContainsFunc(p.Demands, func(d simulation.Demand) bool { return d.Queue == q.ID && d.Callback > 0 }) {
			continue // nobody accepts the callback, and so nobody is led away
		}
		soonest = min(soonest, p.mayLead(q, o, slot, false))
	}
	return soonest
}

// comeInTime says whether somebody may be led to a queue from another before its target is lost: then they could raise its level. Who
// comes later only lowers it.
func (p *prover) comeInTime(to queues.Queue, within time.Duration, slot int) bool {
	return slices.ContainsFunc(p.Config.Queues, func(from queues.Queue) bool {
		return slices.ContainsFunc(from.Overflow, func(o queues.Overflow) bool {
			return o.To.Kind == queues.ToQueue && o.To.Queue == to.ID && p.mayLead(from, o, slot, true) < within
		})
	})
}

// mayLead is after how long a wait, at the earliest, a rule may lead away somebody who comes in a half hour. Days on which the queue is
// closed in all of it count only where that is asked for. What depends on the waits themselves may hold at any time.
func (p *prover) mayLead(q queues.Queue, o queues.Overflow, slot int, closedDays bool) time.Duration {
	soonest := o.After
	if o.Closed {
		soonest = max(soonest, tillClosed(q.Hours, slot, closedDays))
	}
	if o.NobodyThere {
		soonest = max(soonest, p.tillNobody(q, slot))
	}
	return soonest
}

// tillClosed is how long after a half hour a queue closes, on the day on which it does so first; what comes after midnight is not looked at.
func tillClosed(c *hours.Calendar, slot int, closedDays bool) time.Duration {
	if alwaysOpen(c) {
		return never
	}
	soonest := never
	for _, d := range daysOfCalendar(c) {
		if !closedDays && !slices.Contains(d.open[slot*30:slot*30+30], true) {
			continue
		}
		soonest = min(soonest, tillFirst(slot, len(d.open), func(minute int) bool { return minute == len(d.open) || !d.open[minute] }))
	}
	return soonest
}

// tillNobody is how long after a half hour nobody is at work who could serve some callers of it.
func (p *prover) tillNobody(q queues.Queue, slot int) time.Duration {
	soonest := never
	for _, d := range p.Demands {
		if d.Queue == q.ID && d.Calls[slot] > 0 {
			count := p.onShift(func(a queues.Agent) bool { return q.ServedBy(a, d.Extra...) })
			soonest = min(soonest, tillFirst(slot, slot*30+len(count), func(minute int) bool { return count[minute%len(count)] == 0 }))
		}
	}
	return soonest
}

// tillFirst is how long after the end of a half hour something holds first, looking no further than the last minute; 0 where it holds
// in the half hour itself, and never where it does not hold at all.
func tillFirst(slot, last int, holds func(minute int) bool) time.Duration {
	for minute := slot * 30; minute <= last; minute++ {
		if holds(minute) {
			return time.Duration(max(0, minute-slot*30-30)) * time.Minute
		}
	}
	return never
}

// levelOf is the best service level of a workload whose callers are led away after a time, and then do not count.
func levelOf(w erlang.Workload, agents int, within, short, cut time.Duration) float64 {
	service, err := w.With(agents)
	switch {
	case cut <= within:
		return 1
	case err != nil && cut == never:
		return 0 // more work than they can do
	case err != nil:
		return overloaded(w, agents, within, cut)
	case cut == never:
		return service.Within(within, short)
	}
	if all := service.Within(cut, short); all > 0 {
		return min(1, service.Within(within, short)/all)
	}
	return 1
}

// overloaded is levelOf where there is more work than the agents can do, and nobody loses patience: the density of waits grows with
// exp((λ−nμ)t), and for 1 who finds exactly one agent free, 1/B(n−1) find any.
func overloaded(w erlang.Workload, agents int, within, cut time.Duration) float64 {
	rate := w.PerHour / 3600
	grows := rate - float64(agents)/w.Handling.Seconds()
	until := func(t time.Duration) float64 {
		if grows == 0 {
			return rate * t.Seconds()
		}
		return rate * math.Expm1(grows*t.Seconds()) / grows
	}
	atOnce, all := 1/erlang.B(agents-1, w.Erlangs()), until(cut)
	if math.IsInf(all, 1) {
		return math.Exp(-grows * (cut - within).Seconds())
	}
	return (atOnce + until(within)) / (atOnce + all)
}
