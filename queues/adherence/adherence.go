// Package adherence holds what agents were beside what was planned for them: how much of the planned time they kept, and where they did not.
//
//	planned    ├────────── shift ──────┤break├──── shift ────┤
//	was        · · · ├─ ready, calls ─┤lunch├──┤ready├─┤ · · ├ready┤
//	           late ─┘                       │         │early │     │
//	                             break_too_long        └──────┘     unplanned
//
// A Rota says when somebody works, by the clock on the wall; a Spell what they were for a while; Reckon holds the one beside the other. It is as
// pure as the router: the time is an argument, and the same story gives the same figures.
//
// The rules, which pages tell in the same words:
//
//   - planned is a shift without its planned breaks, as far as it is over;
//   - kept is the planned time in which somebody was ready, handled a call, or was not ready for a reason that they chose, for as long as
//     that may last; where their breaks are planned, a break or lunch at another time is not kept;
//   - signed out, sent away by the system (a missed call, a lost connection, a failing phone), or away for too long is not kept.
//
// Invariants:
//
//   - times add up: the Sums of two neighbouring stretches are those of both together, also where the clock is set in between;
//   - an exception is told in the stretch in which it begins, once, and whole;
//   - kept is never more than planned.
package adherence

import (
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony/hours"
)

// State is what somebody was, as far as plans are concerned.
type State string

const (
	Out     State = "out"     // signed out
	Ready   State = "ready"   // for calls, in them, or in the work after one
	Working State = "working" // in a call all the same, though signed out or not ready
	Away    State = "away"    // not ready, for a reason
)

// Spell is what somebody was from a moment until the next spell's.
type Spell struct {
	From   time.Time
	Is     State
	Reason queues.Reason // of Away
	Until  time.Time     // of Away: the longest that the reason may last; zero is no bound
}

// SpellOf is what an agent is from a moment on.
func SpellOf(a *queues.AgentState, at time.Time) Spell {
	s := Spell{From: at, Is: Out}
	handles := a.Activity == queues.Talking || a.Activity == queues.OnHold || a.Activity == queues.Consulting || a.Activity == queues.WrapUp
	switch {
	case a.Availability == queues.Ready:
		s.Is = Ready
	case handles:
		s.Is = Working
	case a.Availability == queues.NotReady:
		s.Is, s.Reason, s.Until = Away, a.Reason, a.Until
	}
	return s
}

// Same says whether two spells are of the same kind, so that the second only goes on with the first.
func (s Spell) Same(as Spell) bool {
	return s.Is == as.Is && s.Reason == as.Reason && s.Until.Equal(as.Until)
}

// Sums are times of one agent, or of several together.
type Sums struct {
	Planned time.Duration // of shifts without their breaks
	Kept    time.Duration // of Planned
	Outside time.Duration // ready or in calls while nothing was planned
}

// Add adds another's.
func (s *Sums) Add(o Sums) {
	s.Planned += o.Planned
	s.Kept += o.Kept
	s.Outside += o.Outside
}

// Share is kept ÷ planned; not ok where nothing was planned.
func (s Sums) Share() (share float64, ok bool) {
	if s.Planned <= 0 {
		return 0, false
	}
	return float64(s.Kept) / float64(s.Planned), true
}

// Kind is in what way somebody was not as planned.
type Kind string

const (
	Late         Kind = "late"           // came after the shift had begun, or has not come yet
	Absent       Kind = "absent"         // did not come at all
	Early        Kind = "early"          // left before its end
	Gone         Kind = "gone"           // signed out within it
	SentAway     Kind = "sent_away"      // by the system: the reason says why
	BreakTooLong Kind = "break_too_long" // not ready for longer than the reason may last
	OffBreak     Kind = "off_break"      // on a break at another time than planned
	Unplanned    Kind = "unplanned"      // worked while nothing was planned
)

// Kinds are all of them.
var Kinds = []Kind{Late, Absent, Early, Gone, SentAway, BreakTooLong, OffBreak, Unplanned}

// Exception is a time in which somebody was not as planned.
type Exception struct {
	Kind   Kind
	From   time.Time
	To     time.Time     // zero: it goes on
	Lost   time.Duration // of the planned time; of Unplanned 0
	Reason queues.Reason // of those who are not ready
}

// Tolerance is what is no exception yet: a shorter one counts in the times, and is not told.
const Tolerance = 2 * time.Minute

// Account is how somebody kept a plan.
type Account struct {
	Sums
	Shifts     []hours.Stretch // planned, that overlap the stretch, whole
	Breaks     []hours.Stretch // within them
	Exceptions []Exception     // that begin in the stretch, in order
}

// Reckon holds what somebody was beside their rota, in a stretch of time as far as it is over at now. The spells are in order of time, and
// reach back by Before; until the first of them somebody is taken for signed
// out. place is where the rota's clock hangs.
func (r Rota) Reckon(place *time.Location, in hours.Stretch, spells []Spell, now time.Time) Account {
	return r.reckon(place, in, hours.Stretch{From: in.From.Add(-Before), To: in.To.Add(Before)}, spells, now) // so that what begins before the stretch is known to
}

// reckon is Reckon with a scope in which the stretch lies: what begins before the scope begins with it.
func (r Rota) reckon(place *time.Location, in, scope hours.Stretch, spells []Spell, now time.Time) Account {
	a := Account{Shifts: r.Shifts(place, scope)}
	a.Breaks = r.breaks(place, a.Shifts)
	own := len(r.Breaks) > 0
	scope.To = earlier(scope.To, now)
	var last *Exception
	for piece := range a.pieces(in, scope, spells) {
		kind, reason := a.kind(piece, spells, own, now)
		lost := time.Duration(0)
		planned := piece.shift != nil && !piece.onBreak
		if planned && kind != "" {
			lost = piece.Long()
		}
		if !piece.From.Before(in.From) && piece.From.Before(in.To) {
			if planned {
				a.Planned += piece.Long()
				a.Kept += piece.Long() - lost
			} else if kind == Unplanned {
				a.Outside += piece.Long()
			}
		}
		if kind == "" {
			last = nil
			continue
		}
		if last == nil || last.Kind != kind || last.Reason != reason || !last.To.Equal(piece.From) {
			a.Exceptions = append(a.Exceptions, Exception{Kind: kind, From: piece.From.UTC(), Reason: reason})
			last = &a.Exceptions[len(a.Exceptions)-1]
		}
		last.To = piece.To.UTC()
		last.Lost += lost
	}
	a.Exceptions = slices.DeleteFunc(a.Exceptions, func(e Exception) bool {
		return e.From.Before(in.From) || !e.From.Before(in.To) || e.To.Sub(e.From) < Tolerance
	})
	for i := range a.Exceptions {
		if e := &a.Exceptions[i]; e.To.Equal(now) && a.goesOn(*e, now) {
			e.To = time.Time{}
		}
	}
	a.Shifts, a.Breaks = overlapping(a.Shifts, in), overlapping(a.Breaks, in)
	return a
}

// goesOn says whether what lasts until now is not over by the plan.
func (a *Account) goesOn(e Exception, now time.Time) bool {
	if e.Kind == Unplanned {
		return at(a.Shifts, now) == nil
	}
	return at(a.Shifts, now) != nil
}

// piece is a stretch in which neither the plan nor what somebody was changes.
type piece struct {
	hours.Stretch
	shift   *hours.Stretch // nil where nothing is planned
	onBreak bool
	spell   Spell
}

// pieces cut a scope wherever something changes, in order.
func (a *Account) pieces(in, scope hours.Stretch, spells []Spell) func(func(piece) bool) {
	cuts := []time.Time{scope.From, in.From, in.To, scope.To}
	for _, all := range [][]hours.Stretch{a.Shifts, a.Breaks} {
		for _, s := range all {
			cuts = append(cuts, s.From, s.To)
		}
	}
	for _, s := range spells {
		cuts = append(cuts, s.From)
		if !s.Until.IsZero() {
			cuts = append(cuts, s.Until)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	return func(yield func(piece) bool) {
		was := Spell{Is: Out}
		next := 0
		for i := range len(cuts) - 1 {
			p := piece{Stretch: hours.Stretch{From: cuts[i], To: cuts[i+1]}}
			for next < len(spells) && !spells[next].From.After(p.From) {
				was = spells[next]
				next++
			}
			if !p.From.Before(p.To) || p.From.Before(scope.From) || p.To.After(scope.To) {
				continue
			}
			p.spell, p.shift, p.onBreak = was, at(a.Shifts, p.From), at(a.Breaks, p.From) != nil
			if !yield(p) {
				return
			}
		}
	}
}

// kind is in what way a piece is not as planned; "" where it is.
func (a *Account) kind(p piece, spells []Spell, ownBreaks bool, now time.Time) (Kind, queues.Reason) {
	is := p.spell
	if p.shift == nil {
		if is.Is == Ready || is.Is == Working {
			return Unplanned, ""
		}
		return "", ""
	}
	switch is.Is {
	case Ready, Working:
		return "", ""
	case Out:
		before, after := there(spells, p.shift.From, p.From), there(spells, p.To, earlier(p.shift.To, now))
		over := !now.Before(p.shift.To)
		switch {
		case !before && !after && over:
			return Absent, ""
		case !before:
			return Late, ""
		case !after && over:
			return Early, ""
		case p.onBreak:
			return "", ""
		default:
			return Gone, ""
		}
	case Away:
		switch {
		case p.onBreak:
			return "", ""
		case !is.chosen():
			return SentAway, is.Reason
		case !is.Until.IsZero() && !p.From.Before(is.Until):
			return BreakTooLong, is.Reason
		case ownBreaks && (is.Reason == queues.Break || is.Reason == queues.Lunch):
			return OffBreak, is.Reason
		}
		return "", ""
	}
	panic("adherence: unknown state " + is.Is)
}

// chosen says whether somebody is away for a reason that they chose themselves.
func (s Spell) chosen() bool {
	switch s.Reason {
	case queues.Break, queues.Lunch, queues.Training, queues.Meeting, queues.BackOffice, queues.Technical:
		return true
	}
	return false
}

// there says whether somebody was signed in at some time of a stretch.
func there(spells []Spell, from, to time.Time) bool {
	for i, s := range spells {
		if s.Is == Out || !s.From.Before(to) {
			continue
		}
		if i+1 == len(spells) && from.Before(to) || i+1 < len(spells) && spells[i+1].From.After(from) && from.Before(to) {
			return true
		}
	}
	return false
}

// at is the stretch that a moment lies in.
func at(all []hours.Stretch, moment time.Time) *hours.Stretch {
	for i := range all {
		if !moment.Before(all[i].From) && moment.Before(all[i].To) {
			return &all[i]
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Now is how somebody is not as planned at a moment, from what they are since when alone; not off where they are as planned.
func (r Rota) Now(place *time.Location, is Spell, now time.Time) (e Exception, off bool) {
	spells := []Spell{is}
	if shift := at(r.Shifts(place, hours.Stretch{From: now, To: now.Add(1)}), now); shift != nil && is.From.After(shift.From) {
		spells = []Spell{{From: shift.From, Is: Ready}, is} // what they were before is not known: late they were not just now
	}
	in := hours.Stretch{From: now.Add(-Before), To: now.Add(1)}
	a := r.reckon(place, in, in, spells, now)
	if n := len(a.Exceptions); n > 0 && a.Exceptions[n-1].To.IsZero() {
		return a.Exceptions[n-1], true
	}
	return Exception{}, false
}
