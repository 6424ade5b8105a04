package clock

import "time"

// Step is what a clock does in its life that somebody may want to know of.
type Step string

const (
	Warning    Step = "warning"    // it will run out: people are told
	Breach     Step = "breach"     // it runs out: lists and figures show it
	Escalation Step = "escalation" // it has run out: people are told
)

// Event is a step of a clock.
type Event struct {
	At    time.Time
	Step  Step
	Clock Clock
}

// Next is the first thing that is to happen to any of some clocks, as far as they were reckoned: when they are to be reckoned again though the
// ticket does not change. Not ok where nothing is. Of things at the same time it is the first in the order of Warning, Breach, Escalation.
func Next(clocks []Clock) (next Event, ok bool) {
	for _, c := range clocks {
		if !c.Ended.IsZero() {
			continue
		}
		for _, e := range c.events() {
			if !e.had && !e.At.IsZero() && (!ok || e.At.Before(next.At)) {
				next, ok = e.Event, true
			}
		}
	}
	return next, ok
}

// News are what has happened to clocks since they were kept, in the order of clocks. Before are those that were kept: what they say has
// happened is not told again, so that each step is told at most once where what was reckoned is kept together with the telling. Of a clock that
// has ended meanwhile only the breach is told, for the figures; and who learns that a clock has run out is not warned that it will.
func News(before, after []Clock) (news []Event) {
	for _, c := range after {
		told := c.among(before).events()
		for i, e := range c.events() {
			late := e.Step == Warning && c.Broken || e.Step != Breach && !c.Ended.IsZero()
			if e.had && !told[i].had && !late {
				news = append(news, e.Event)
			}
		}
	}
	return news
}

// among is the same clock as it was kept; a zero Clock where it was not.
func (c Clock) among(kept []Clock) Clock {
	for _, k := range kept {
		if k.goesOn(c.Kind, c.Cycle, c.Department, c.Started) {
			return k
		}
	}
	return Clock{}
}

type event struct {
	Event
	had bool
}

func (c Clock) events() [3]event {
	return [3]event{
		{Event{c.WarnAt, Warning, c}, c.Warned},
		{Event{c.Due, Breach, c}, c.Broken},
		{Event{c.EscalateAt, Escalation, c}, c.Escalated},
	}
}
