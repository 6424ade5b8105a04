package clock

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Agreement is what a customer was promised about all their tickets (the field's SLA). All its times are working time of its calendar.
type Agreement struct {
	ID         string
	Name       words.Text
	Calendar   *hours.Calendar // nil is around the clock
	Target                     // of a ticket whose priority has none of its own
	Priorities map[tickets.Priority]Target
	Warn       Warn
	PausedFor  []Party // whose time does not count; nil is PausedByDefault, and a list without anybody pauses for nobody
}

// Target is how much working time there is. 0 is no clock; in Agreement.Priorities it is what the agreement itself says.
type Target struct{ Reaction, Resolution time.Duration }

// Warn says when to warn before a clock runs out: after a share of its time, such as 0.8, or so much working time before. Neither is never.
type Warn struct {
	Share  float64
	Before time.Duration
}

// PausedByDefault is whose time does not count where an agreement does not say. A vendor's counts: the customer's date goes on running.
var PausedByDefault = []Party{Customer, Scheduled}

// DepartmentAgreement is how much working time a department has for a ticket that is handed over to it (the field's OLA). It is counted from
// the hand-over, so that nobody answers for what they received late.
type DepartmentAgreement struct {
	Calendar  *hours.Calendar
	Within    time.Duration
	Warn      Warn
	PausedFor []Party // nil is whenever somebody else is awaited: customer, vendor, or a date
}

// For is the target of a priority; 0 is tickets.Usual.
func (a *Agreement) For(priority tickets.Priority) Target {
	if priority == 0 {
		priority = tickets.Usual
	}
	t := a.Priorities[priority]
	if t.Reaction == 0 {
		t.Reaction = a.Reaction
	}
	if t.Resolution == 0 {
		t.Resolution = a.Resolution
	}
	return t
}

// Check says what is wrong with an agreement, with the field. At is a time from which each of its clocks must be able to run out.
func (a *Agreement) Check(at time.Time) error {
	if a.ID == "" {
		return errors.New("id: an agreement needs one")
	}
	if err := checkCalendar(a.Calendar); err != nil {
		return err
	}
	if err := a.Target.check("", a, at); err != nil {
		return err
	}
	for _, priority := range slices.Sorted(maps.Keys(a.Priorities)) {
		own := a.Priorities[priority]
		if own.Reaction < 0 || own.Resolution < 0 {
			return fmt.Errorf("priorities.%d: a time below zero", priority)
		}
		if priority < tickets.MostUrgent || priority > tickets.LeastUrgent {
			return fmt.Errorf("priorities.%d: priorities are from %d to %d", priority, tickets.MostUrgent, tickets.LeastUrgent)
		}
		if err := a.For(priority).check(fmt.Sprintf("priorities.%d.", priority), a, at); err != nil {
			return err
		}
	}
	return checkParties(a.PausedFor)
}

func (t Target) check(path string, a *Agreement, at time.Time) error {
	if err := checkTime(t.Reaction, a.Calendar, a.Warn, at); err != nil {
		return fmt.Errorf("%sreaction: %w", path, err)
	}
	if err := checkTime(t.Resolution, a.Calendar, a.Warn, at); err != nil {
		return fmt.Errorf("%sresolution: %w", path, err)
	}
	if t.Resolution > 0 && t.Reaction > t.Resolution {
		return fmt.Errorf("%sreaction: %s is longer than the resolution's %s", path, t.Reaction, t.Resolution)
	}
	return nil
}

// Check says what is wrong with a department's agreement, as Agreement.Check does.
func (d DepartmentAgreement) Check(at time.Time) error {
	if err := checkCalendar(d.Calendar); err != nil {
		return err
	}
	if err := checkTime(d.Within, d.Calendar, d.Warn, at); err != nil {
		return fmt.Errorf("within: %w", err)
	}
	return checkParties(d.PausedFor)
}

// checkTime checks one time together with what it is reckoned by.
func checkTime(allowed time.Duration, calendar *hours.Calendar, warn Warn, at time.Time) error {
	switch {
	case allowed < 0:
		return fmt.Errorf("%s is below zero", allowed)
	case warn.Before < 0 || warn.Share < 0 || warn.Share >= 1:
		return errors.New("warn: a share is above 0 and below 1, and a time before is not below zero")
	case warn.Before > 0 && warn.Share > 0:
		return errors.New("warn: either a share or a time before, not both")
	case allowed == 0:
		return nil
	case warn.Before >= allowed:
		return fmt.Errorf("a warning %s before comes before the clock of %s has started", warn.Before, allowed)
	}
	if _, ok := calendar.Add(at, allowed); !ok {
		return fmt.Errorf("its calendar does not have %s of working time in %d years", allowed, hours.Farthest)
	}
	return nil
}

// checkCalendar asks for a zone besides: the times of a history are written in any.
func checkCalendar(c *hours.Calendar) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	if c != nil && c.Zone == nil {
		return errors.New("calendar: a clock's calendar needs a time zone")
	}
	return nil
}

func checkParties(all []Party) error {
	for _, p := range all {
		if !slices.Contains(Parties, p) {
			return fmt.Errorf("paused_for: %q is none of %q", p, Parties)
		}
	}
	return nil
}

// after is how much of a clock's time has passed when it warns.
func (w Warn) after(allowed time.Duration) (after time.Duration, ok bool) {
	switch {
	case w.Before > 0:
		return max(allowed-w.Before, 0), true
	case w.Share > 0:
		return time.Duration(float64(allowed) * w.Share).Truncate(time.Second), true
	default:
		return 0, false
	}
}
