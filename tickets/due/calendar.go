package due

import (
	"hotline/telephony/hours"
	"hotline/tickets/clock"
)

// CalendarOf is the calendar by which a clock is reckoned; nil is around the clock, also where its agreement is there no more.
func (t Terms) CalendarOf(c clock.Clock) *hours.Calendar {
	if c.Kind == clock.DepartmentTime {
		return t.DepartmentClocks[c.Department].Calendar
	}
	if a := t.Clocks[c.Agreement]; a != nil {
		return a.Calendar
	}
	return nil
}
