package config

import (
	"slices"
	"strings"
	"time"

	"hotline/telephony"
	"hotline/telephony/hours"
	"hotline/telephony/phonenumbers"
)

// MayCall says whether a customer may be called at the number that they called from.
func (c Config) MayCall(n telephony.Number) bool {
	return phonenumbers.Callable(n, c.Line.Number, c.Line.Region, c.Line.CallBack)
}

// CallHours says whether an agent may call a number outside at a time, and where not when they may next: the zero time where that is not
// within a year. By the clock of who is called that is while the hours are open in each zone in which they may be.
func (c Config) CallHours(n telephony.Number, at time.Time) (next time.Time, may bool) {
	calendar, _ := c.Line.CallHours.calendar()
	if calendar == nil || slices.ContainsFunc(c.Line.CallAnyTime, func(prefix string) bool { return strings.HasPrefix(n.E164, prefix) }) {
		return at, true
	}
	var all []*hours.Calendar
	for _, where := range c.clocksOf(n) {
		there := *calendar
		there.Zone = where
		all = append(all, &there)
	}
	next = opensTogether(all, at)
	return next, next.Equal(at)
}

// clocksOf are by which clocks a number may be called.
func (c Config) clocksOf(n telephony.Number) (all []*time.Location) {
	if c.Line.CallClock == theirClock {
		for _, name := range phonenumbers.Zones(n) {
			if where, err := zone(name); err == nil {
				all = append(all, where)
			}
		}
	}
	if len(all) == 0 {
		all = []*time.Location{c.Location()}
	}
	return all
}

// theirClock is of who is called.
const theirClock = "theirs"

// opensTogether is when all of them are open next, at the time given where they are then; zero where they are not within a year.
func opensTogether(all []*hours.Calendar, at time.Time) time.Time {
	for next, last := at, at.AddDate(1, 0, 0); !next.After(last); {
		before := next
		for _, c := range all {
			opens, ok := c.Next(next)
			if !ok {
				return time.Time{}
			}
			next = opens
		}
		if next.Equal(before) {
			return next
		}
	}
	return time.Time{}
}

// Dialled lists the ways in which the line's number may come as the number that was dialled.
func (l Line) Dialled() []string { return phonenumbers.Dialled(l.Number, l.Region) }
