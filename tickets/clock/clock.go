// Package clock says, of a ticket, by when somebody is to react and to solve it, and whose time has passed since it was opened. It is pure: a
// ticket's history goes in, clocks come out, the time is an argument, and replaying the same history gives the same clocks.
//
//	history: Moments ──┬──► Whose ──► Spells ──► Sums                 whose each second was
//	                   │
//	Agreement ─────────┼──► Reckon ──► Clocks ──┬──► Next, News       what is to happen, and what has
//	department's own   │       ▲                │
//	clocks kept before ┘       └────────────────┴──► Explain          the reckoning, day by day
//
// A ticket's life is cut into cycles: the first begins when it is opened, each further one when it is reopened after it was solved or closed.
// In each cycle the agreement gives two clocks, and each stay with a department gives one by the department's own agreement. They are separate:
// none starts, stops or overrules another.
//
//	opened        reacted      handed over      waits for the customer    goes on       solved       closed
//	  ├─ reaction ───┤              │                     │                  │             │            │
//	  ├─ resolution ────────────────┼─────────────────────╎ · stands still · ╎─────────────┤            │
//	  │                             ├─ department ────────╎ · stands still · ╎─────────────┤            │
//	  ├─ first line ────────────────┼─ department ────────┼─ customer ───────┼─ department ┼─ customer ─┤
//
// A clock counts working time: the time that its calendar (telephony/hours) is open and that belongs to no party that pauses it. A pause is
// taken off by its overlap with working time and not as time on the wall, so that a night of waiting moves nothing.
//
// A ticket that goes on in another one (Ticket.Joined) has been the same matter there since it began: the clocks of the other that still run take its
// earlier start, with all its pauses, where theirs were running as well, so that nobody waits longer because two tickets were merged. Its own have
// ended nowhere, and are none while it is there, but for those that had run out before: no merge undoes that. Where it is parted again, each ticket's clocks are as if the two had never met.
//
// What is over stays as it was. Clocks that were stored go in again (Ticket.Kept): a clock that has ended is given back as it was kept, and of
// one that still runs the intervals that have ended keep their count, whatever became of the calendar meanwhile. A clock that has run out
// stays broken when its agreement changes. The one exception is history itself: where it now says, by facts that came late, that a clock or an
// interval ended at another time than was kept, the history is believed and that one is reckoned again. A ticket that is given another
// agreement is replayed under it from the beginning of its cycle, with all its pauses.
//
// Invariants:
//   - each moment of an open ticket's life is in exactly one Spell, and Sums add up to Age to the nanosecond;
//   - a pause never moves a due date to an earlier time;
//   - times in a history that run backwards count as the latest before them, and so does a now before the last moment.
package clock

import (
	"slices"
	"time"
)

// Party is whose time it is that passes.
type Party string

const (
	Customer   Party = "customer"   // an answer of the customer is awaited, or the confirmation that the ticket is solved
	FirstLine  Party = "first_line" // the first line, or one of its people, owns the ticket
	Department Party = "department" // another department, or one of its people, owns it
	Vendor     Party = "vendor"     // a vendor's answer is awaited
	Scheduled  Party = "scheduled"  // a date is awaited that was agreed on
)

// Parties are all of them.
var Parties = []Party{Customer, FirstLine, Department, Vendor, Scheduled}

// What a moment of a ticket's life means for its clocks.
type What string

const (
	Opened   What = "opened"   // the first moment of a ticket; whatever stands first is taken for it
	Reacted  What = "reacted"  // a person answers, or begins to talk with the customer; only the first counts in a cycle
	Moved    What = "moved"    // another party, department or person has it; it waits, or waits no longer
	Solved   What = "solved"   // the answer is there, and the customer is to confirm it
	Reopened What = "reopened" // it was solved or closed and is worked on again: a new cycle
	Closed   What = "closed"   // nobody's time passes any more, until it is reopened
	Joined   What = "joined"   // it goes on in another ticket: nobody's time passes here any more
	Parted   What = "parted"   // it does not go on there any more, and is as it was
)

// Moment is a change of a ticket, as its clocks see it. Where Party is "" (or none of Parties), the ticket stays with whom it was; otherwise
// Party, Department and Person say who has it from now on. Department is the owner's, also while somebody else is awaited.
type Moment struct {
	At         time.Time
	What       What
	Party      Party
	Department string // its code; the first line has one, too
	Person     string // "" where nobody of the department has taken it
}

// cycle is a part of a ticket's life: from its opening or a reopening to its closing or the next reopening.
type cycle struct {
	number  int // from 1
	started time.Time
	reacted time.Time // zero while it has not come about, as the next two
	solved  time.Time // or closed
	ended   time.Time
	joined  time.Time     // since then it goes on in another ticket; zero where it does not
	away    time.Duration // so long it went on in others before
	spells  []Spell       // without gaps but while it was away; To of the last is zero while the cycle lasts here
}

// cyclesOf cuts a history into its cycles.
func cyclesOf(moments []Moment) (all []*cycle) {
	var at time.Time
	for i, m := range moments {
		if m.At = m.At.Round(0); i > 0 && m.At.Before(at) {
			m.At = at
		}
		at = m.At
		switch now := last(all); {
		case now == nil:
			all = append(all, begin(1, m, Spell{Party: FirstLine}))
		case m.What == Reopened && !now.solved.IsZero():
			had := now.spells[len(now.spells)-1]
			now.end(at)
			all = append(all, begin(now.number+1, m, had))
		default:
			now.take(m)
		}
	}
	return all
}

func last(all []*cycle) *cycle {
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// begin is a cycle that a moment begins, with whoever had the ticket before.
func begin(number int, m Moment, had Spell) *cycle {
	c := &cycle{number: number, started: m.At}
	had.From, had.To = m.At, time.Time{}
	c.spells = []Spell{had}
	c.take(m)
	return c
}

// take is a further moment of a cycle. After its end nothing is.
func (c *cycle) take(m Moment) {
	if !c.ended.IsZero() {
		return
	}
	if !c.joined.IsZero() {
		if m.What == Reacted { // there
			return
		}
		c.comeBack(m.At)
	}
	if slices.Contains(Parties, m.Party) {
		c.move(Spell{Party: m.Party, Department: m.Department, Person: m.Person, From: m.At})
	}
	switch m.What {
	case Reacted:
		if c.reacted.IsZero() {
			c.reacted = m.At
		}
	case Solved, Closed:
		if c.solved.IsZero() {
			c.solved = m.At
		}
		if c.reacted.IsZero() { // the answer was the reaction
			c.reacted = m.At
		}
		if m.What == Closed {
			c.end(m.At)
		}
	case Joined:
		c.joined = m.At
		c.spells[len(c.spells)-1].To = m.At
	}
}

// comeBack lets a cycle go on that went on in another ticket, with whoever had the ticket before.
func (c *cycle) comeBack(at time.Time) {
	had := c.spells[len(c.spells)-1]
	had.From, had.To = at, time.Time{}
	c.spells = append(c.spells, had)
	c.away += at.Sub(c.joined)
	c.joined = time.Time{}
}

// move ends the spell that lasts, and begins another.
func (c *cycle) move(to Spell) {
	now := &c.spells[len(c.spells)-1]
	switch {
	case now.Party == to.Party && now.Department == to.Department && now.Person == to.Person:
		return
	case now.From.Equal(to.From): // took no time
		*now = to
	default:
		now.To = to.From
		c.spells = append(c.spells, to)
	}
}

func (c *cycle) end(at time.Time) {
	if c.ended.IsZero() {
		c.ended = at
		c.spells[len(c.spells)-1].To = at
	}
}
