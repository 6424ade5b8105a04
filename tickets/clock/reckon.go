package clock

import (
	"slices"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
)

// Kind is what a clock measures.
type Kind string

const (
	Reaction       Kind = "reaction"   // until a person first answers, by the agreement
	Resolution     Kind = "resolution" // until it is solved, by the agreement
	DepartmentTime Kind = "department" // from a hand-over to a department until it hands it on or solves it, by the department's own agreement
)

// Clock is one clock of a ticket, as of the time that it was reckoned at. Its JSON is for keeping it; durations are in nanoseconds.
type Clock struct {
	Kind       Kind   `json:"kind"`
	Cycle      int    `json:"cycle"`                // from 1: the ticket's first, or the one that its so manieth reopening began
	Department string `json:"department,omitempty"` // whose clock it is, of kind DepartmentTime
	Agreement  string `json:"agreement,omitempty"`  // the agreement that it runs by, of the other kinds

	Allowed time.Duration `json:"allowed"` // working time
	Used    time.Duration `json:"used"`    // working time; it goes on to be counted after the clock has run out

	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`      // zero while it has not come to its end
	PausedBy Party     `json:"paused_by,omitempty"` // whom it waits for now; "" while it runs, and when it has ended

	// Due is the first moment at which no time is left. It is zero while a party pauses a clock that has not run out, since nobody can say
	// for how long, and where the calendar does not hold so much time. Of an ended clock it is when it would have been due.
	Due time.Time `json:"due,omitzero"`
	// WarnAt and EscalateAt are when people are to be told that the clock will run out, and that it has: always while the calendar is open and
	// no party pauses it. What runs out as Friday's work ends is told on Monday as work begins. They are zero where nobody is to be told, or
	// nobody can say when.
	WarnAt     time.Time `json:"warn_at,omitzero"`
	EscalateAt time.Time `json:"escalate_at,omitzero"`
	Warned     bool      `json:"warned,omitempty"` // these three have come about before the clock ended
	Broken     bool      `json:"broken,omitempty"`
	Escalated  bool      `json:"escalated,omitempty"`

	Intervals []Interval `json:"intervals,omitempty"`
}

// Interval is a part of a clock's life that belongs to one party in one department. Once it has ended, nothing but history changes it.
type Interval struct {
	From       time.Time     `json:"from"`
	To         time.Time     `json:"to,omitzero"` // zero while it lasts
	Party      Party         `json:"party"`
	Department string        `json:"department,omitempty"`
	Agreement  string        `json:"agreement,omitempty"` // by whose calendar and pauses it was counted; "" by the department's own
	Paused     bool          `json:"paused,omitempty"`
	Worked     time.Duration `json:"worked,omitempty"` // what it counts; 0 where it is paused
}

// Left is the working time that is left; below zero of a clock that has run out.
func (c Clock) Left() time.Duration { return c.Allowed - c.Used }

// Running says that a clock has neither ended nor stands still.
func (c Clock) Running() bool { return c.Ended.IsZero() && c.PausedBy == "" }

// Ticket is what of a ticket its clocks go by.
type Ticket struct {
	Moments     []Moment                       // its history, from the opening
	Agreement   *Agreement                     // nil where none is in force
	Priority    tickets.Priority               // as it is now
	Departments map[string]DepartmentAgreement // by code; whoever is not here has no clock of their own
	Kept        []Clock                        // what was reckoned and stored before, in any order; none is fine
	Joined      []Past                         // the tickets that go on in it
}

// Past is the history of a ticket that goes on in another one.
type Past struct {
	Moments []Moment
	Joined  []Past // the tickets that went on in it before
}

// Reckon gives all clocks of a ticket at a time, those of each cycle that has begun, in the order of their starts.
func Reckon(t Ticket, now time.Time) (clocks []Clock) {
	now = notBefore(now, t.Moments)
	for _, c := range cyclesOf(t.Moments) {
		for _, kind := range []Kind{Reaction, Resolution} {
			of := c.course(kind, t.Joined)
			if of.ended.IsZero() && !c.joined.IsZero() { // it goes on in the other ticket
				of.ended = c.joined
				clocks = append(clocks, broken(t.add(nil, of, now))...)
				continue
			}
			clocks = t.add(clocks, of, now)
		}
		for _, stay := range c.stays() {
			clocks = t.add(clocks, stay, now)
		}
	}
	slices.SortStableFunc(clocks, func(a, b Clock) int { return a.Started.Compare(b.Started) })
	return clocks
}

// broken are those of clocks that have run out.
func broken(clocks []Clock) []Clock {
	return slices.DeleteFunc(clocks, func(c Clock) bool { return !c.Broken })
}

// course is what history says of one clock: all but how much time it has.
type course struct {
	kind       Kind
	cycle      int
	department string
	started    time.Time
	ended      time.Time // zero while it lasts
	spells     []Spell   // from started at least, perhaps beyond ended
}

// course is that of a kind of clock of the agreement. It begins with the earliest of the tickets that came to go on in it while it ran, of those whose
// own clock was running then.
func (c *cycle) course(kind Kind, joined []Past) course {
	of := course{kind: kind, cycle: c.number, started: c.started, ended: c.solved, spells: c.spells}
	if kind == Reaction {
		of.ended = c.reacted
	}
	for _, p := range joined {
		past := last(cyclesOf(p.Moments))
		if past == nil || past.joined.Before(c.started) || !of.ended.IsZero() && !past.joined.Before(of.ended) {
			continue
		}
		if theirs := past.course(kind, p.Joined); theirs.ended.IsZero() && theirs.started.Before(of.started) {
			of.started, of.spells = theirs.started, append(until(theirs.spells, c.started), c.spells...)
		}
	}
	return of
}

// until are spells up to a moment.
func until(spells []Spell, at time.Time) (before []Spell) {
	for _, s := range spells {
		if !s.From.Before(at) {
			break
		}
		if s.To.IsZero() || s.To.After(at) {
			s.To = at
		}
		before = append(before, s)
	}
	return before
}

// stays are the times that a ticket spends with one department each, until it is solved. One that hands it on has no clock any more.
func (c *cycle) stays() (all []course) {
	var now *course // that lasts
	for i, s := range c.spells {
		if !c.solved.IsZero() && !s.From.Before(c.solved) {
			break
		}
		if now != nil && now.department == s.Department {
			continue
		}
		if now != nil {
			now.ended, now = c.spells[i-1].To, nil
		}
		if s.Department != "" {
			end := c.solved
			if end.IsZero() {
				end = c.joined
			}
			all = append(all, course{kind: DepartmentTime, cycle: c.number, department: s.Department, started: s.From, ended: end, spells: c.spells[i:]})
			now = &all[len(all)-1]
		}
	}
	return all
}

// rules are what a clock is reckoned by.
type rules struct {
	agreement string
	calendar  *hours.Calendar
	allowed   time.Duration
	warn      Warn
	pausedFor []Party
}

// rules are those of a course; there are none where it has no time, and so no clock.
func (t Ticket) rules(of course) (r rules, some bool) {
	if of.kind == DepartmentTime {
		d := t.Departments[of.department]
		r = rules{calendar: d.Calendar, allowed: d.Within, warn: d.Warn, pausedFor: d.PausedFor}
		if r.pausedFor == nil {
			r.pausedFor = []Party{Customer, Vendor, Scheduled}
		}
		return r, r.allowed > 0
	}
	if t.Agreement == nil {
		return rules{}, false
	}
	target := t.Agreement.For(t.Priority)
	r = rules{agreement: t.Agreement.ID, calendar: t.Agreement.Calendar, allowed: target.Resolution, warn: t.Agreement.Warn, pausedFor: t.Agreement.PausedFor}
	if of.kind == Reaction {
		r.allowed = target.Reaction
	}
	if r.pausedFor == nil {
		r.pausedFor = PausedByDefault
	}
	return r, r.allowed > 0
}

// add adds the clock of a course, where there is one.
func (t Ticket) add(clocks []Clock, of course, now time.Time) []Clock {
	kept := t.kept(of)
	if kept != nil && !kept.Ended.IsZero() && alike(kept.Ended, of.ended) && alike(kept.Started, of.started) {
		return append(clocks, *kept)
	}
	r, some := t.rules(of)
	if !some {
		if kept == nil || !kept.Broken { // what was promised once is promised no longer, and was not broken
			return clocks
		}
		return append(clocks, kept.outlasting(of, now))
	}
	c := Clock{Kind: of.kind, Cycle: of.cycle, Department: of.department, Agreement: r.agreement, Allowed: r.allowed, Started: of.started, Ended: of.ended}
	broken := kept != nil && kept.Broken && c.lasted(kept.Due)
	if broken { // it stays so, by the terms that it was broken under
		c.Agreement, c.Allowed = kept.Agreement, kept.Allowed
	}
	c.count(of, r, kept, now)
	c.foresee(r)
	if broken {
		c.WarnAt, c.Due = kept.WarnAt, kept.Due
		if !c.EscalateAt.IsZero() && c.EscalateAt.Before(c.Due) {
			c.EscalateAt = c.Due
		}
	}
	c.stayTold(kept)
	c.happened(now)
	return append(clocks, c)
}

// lasted says that a clock had not ended yet when something was due.
func (c *Clock) lasted(at time.Time) bool {
	return !at.IsZero() && (c.Ended.IsZero() || at.Before(c.Ended))
}

// count makes the intervals. Those that were kept and have ended stay as they were.
func (c *Clock) count(of course, r rules, kept *Clock, now time.Time) {
	for _, s := range of.spells {
		if !of.ended.IsZero() && (s.To.IsZero() || s.To.After(of.ended)) {
			s.To = of.ended
		}
		if !s.To.IsZero() && !s.From.Before(s.To) {
			continue
		}
		i := Interval{From: s.From, To: s.To, Party: s.Party, Department: s.Department, Agreement: r.agreement}
		if n := len(c.Intervals) - 1; n >= 0 && c.Intervals[n].Party == i.Party && c.Intervals[n].Department == i.Department {
			i.From = c.Intervals[n].From // another person's: the same interval; and so is the time for which it went on in another ticket by mistake
			c.Intervals = c.Intervals[:n]
		}
		c.Intervals = append(c.Intervals, i)
	}
	for n := range c.Intervals {
		i := &c.Intervals[n]
		if !kept.had(i) {
			i.count(r, now)
		}
		c.Used += i.Worked
		if i.To.IsZero() && i.Paused {
			c.PausedBy = i.Party
		}
	}
}

func (i *Interval) count(r rules, now time.Time) {
	if i.Paused = slices.Contains(r.pausedFor, i.Party); i.Paused {
		return
	}
	to := i.To
	if to.IsZero() {
		to = now
	}
	i.Worked = r.calendar.Between(i.From, to)
}

// foresee reckons when the clock warns and runs out. What was to be told before a pause stays; what comes after it nobody knows.
func (c *Clock) foresee(r rules) {
	c.Due = c.reach(c.Allowed, r.calendar)
	if c.Due.IsZero() && c.PausedBy == "" { // its calendar does not hold so much
		return
	}
	if after, ok := r.warn.after(c.Allowed); ok {
		c.WarnAt = c.pass(after, r.calendar)
	}
	c.EscalateAt = c.pass(c.Allowed, r.calendar)
	if c.EscalateAt.IsZero() && c.PausedBy == "" { // its calendar never opens again
		c.EscalateAt = c.Due
	}
}

// reach is the first moment at which so much working time has passed since the start. It is zero where that cannot be said: while the clock
// stands still, and where the calendar does not hold so much.
func (c *Clock) reach(worked time.Duration, calendar *hours.Calendar) time.Time {
	since := c.Started
	for _, i := range c.Intervals {
		switch {
		case i.To.IsZero() && i.Paused:
			return time.Time{}
		case i.To.IsZero():
			since = i.From
		case !i.Paused && worked <= i.Worked:
			at, ok := calendar.Add(i.From, worked)
			if !ok || at.After(i.To) { // counted by a calendar that is another now
				at = i.To
			}
			return at
		default:
			worked -= i.Worked
			since = i.To
		}
	}
	at, ok := calendar.Add(since, worked)
	if !ok {
		return time.Time{}
	}
	return at
}

// pass is the moment from which more than so much working time passes: as reach, but always in working time, since it is when people are told.
func (c *Clock) pass(worked time.Duration, calendar *hours.Calendar) time.Time {
	at := c.reach(worked+1, calendar)
	if at.IsZero() {
		return at
	}
	return at.Add(-1)
}

// happened says what of all this has come about before now, or before the clock's end. What is done at the due moment is in time.
func (c *Clock) happened(now time.Time) {
	c.Warned = c.lasted(c.WarnAt) && !c.WarnAt.After(now)
	c.Broken = c.lasted(c.Due) && !c.Due.After(now)
	c.Escalated = c.lasted(c.EscalateAt) && !c.EscalateAt.After(now)
}
