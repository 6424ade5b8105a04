package clock

import (
	"slices"
	"time"
)

// kept is the clock of a course as it was stored; nil where none was.
func (t Ticket) kept(of course) *Clock {
	for i := range t.Kept {
		if k := &t.Kept[i]; k.goesOn(of.kind, of.cycle, of.department, of.started) {
			return k
		}
	}
	return nil
}

// goesOn says that a kept clock is that of a course. One of the agreement stays the same where a ticket that began earlier came to go on in this one:
// whoever was told stays told. Where that one is taken out again, it begins later, and is another.
func (c *Clock) goesOn(kind Kind, cycle int, department string, started time.Time) bool {
	return c.Kind == kind && c.Cycle == cycle && c.Department == department &&
		(alike(c.Started, started) || kind != DepartmentTime && started.Before(c.Started))
}

// had makes an interval what it was when it was kept, where it had ended then and was counted by the same agreement.
func (c *Clock) had(i *Interval) bool {
	if c == nil || i.To.IsZero() {
		return false
	}
	n, there := slices.BinarySearchFunc(c.Intervals, i.From, func(k Interval, from time.Time) int {
		if alike(k.From, from) {
			return 0
		}
		return k.From.Compare(from)
	})
	if !there {
		return false
	}
	k := c.Intervals[n]
	if !alike(k.To, i.To) || k.Party != i.Party || k.Department != i.Department || k.Agreement != i.Agreement {
		return false
	}
	*i = k
	return true
}

// alike says that two times are the same as far as a database keeps them, which is to the microsecond.
func alike(a, b time.Time) bool {
	if a.IsZero() || b.IsZero() {
		return a.IsZero() && b.IsZero()
	}
	return a.Sub(b).Abs() < time.Microsecond
}

// stayTold keeps what people were told before, so that they are not told again though other terms are in force now. Only an end that lay
// before it, and is learnt of late, undoes it.
func (c *Clock) stayTold(kept *Clock) {
	if kept == nil {
		return
	}
	if kept.Warned && c.lasted(kept.WarnAt) {
		c.WarnAt = kept.WarnAt
	}
	if kept.Escalated && c.lasted(kept.EscalateAt) {
		c.EscalateAt = kept.EscalateAt
	}
}

// outlasting is a broken clock whose terms are in force no longer: nothing is counted any more, and it ends when its course does.
func (c Clock) outlasting(of course, now time.Time) Clock {
	if c.Ended = of.ended; !c.Ended.IsZero() {
		c.PausedBy = ""
	}
	c.happened(now)
	return c
}
