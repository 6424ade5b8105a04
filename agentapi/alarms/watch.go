package alarms

import (
	"cmp"
	"slices"
	"time"
)

// Watch is the alarms that are raised, and those that may soon be. Time and ids come from outside. It is not safe for concurrent use.
type Watch struct {
	rules  []Rule
	states map[Key]*state
	newID  func() string
}

// state is how it is with a rule about one thing.
type state struct {
	since  time.Time // without an alarm: since when the value is bad; with one: since when it is good; zero: it is not
	raised *Raised
}

// NewWatch watches nothing before it has rules.
func NewWatch(newID func() string) *Watch { return &Watch{states: map[Key]*state{}, newID: newID} }

// Change puts other rules in the place of those before. What is raised by a rule that stays is judged by its new bounds from now on; what
// is raised by one that looks elsewhere now, or at something else, is over.
func (w *Watch) Change(rules []Rule) { w.rules = slices.Clone(rules) }

// Step judges readings. What is not among them is not known now, and stays as it is; gone says of what is no more at all. It gives the alarms that were raised or cleared.
func (w *Watch) Step(at time.Time, seen map[Key]Reading, gone func(Of) bool) (changed []Raised) {
	known := map[string]Rule{}
	for _, r := range w.rules {
		if !r.Off {
			known[r.ID] = r
		}
	}
	for key, s := range w.states {
		if r, is := known[key.Rule]; is && r.looksAt(key.Of) && (s.raised == nil || s.raised.Kind == r.Kind) && !gone(key.Of) {
			continue
		}
		delete(w.states, key)
		if s.raised != nil {
			s.raised.Cleared, s.raised.Gone = at, true
			changed = append(changed, *s.raised)
		}
	}
	for _, r := range w.rules {
		if r.Off {
			continue
		}
		for key, reading := range seen {
			if key.Rule == r.ID {
				if a, did := w.judge(at, r, key, reading); did {
					changed = append(changed, a)
				}
			}
		}
	}
	slices.SortFunc(changed, func(a, b Raised) int { return cmp.Or(cmp.Compare(a.Rule, b.Rule), a.Of.compare(b.Of)) })
	return changed
}

func (w *Watch) judge(at time.Time, r Rule, key Key, reading Reading) (a Raised, did bool) {
	s := w.states[key]
	bad := !reading.None && r.worse(reading.Value)
	if s == nil {
		if !bad {
			return Raised{}, false
		}
		s = &state{}
		w.states[key] = s
	}
	if s.since.After(at) { // the clock was set back
		s.since = at
	}
	if s.raised == nil {
		return w.perhapsRaise(at, r, key, s, reading, bad)
	}
	if !reading.None {
		s.raised.Value = reading.Value
		if worse := reading.Value > s.raised.Worst; worse != r.Kind.LessIsWorse() && reading.Value != s.raised.Worst {
			s.raised.Worst = reading.Value
		}
	}
	switch {
	case !reading.None && !r.better(reading.Value):
		s.since = time.Time{}
	case s.since.IsZero():
		s.since = at
		fallthrough
	default:
		if at.Sub(s.since) >= r.ClearFor {
			delete(w.states, key)
			s.raised.Cleared = at
			return *s.raised, true
		}
	}
	return Raised{}, false
}

func (w *Watch) perhapsRaise(at time.Time, r Rule, key Key, s *state, reading Reading, bad bool) (Raised, bool) {
	switch {
	case !bad:
		delete(w.states, key)
		return Raised{}, false
	case s.since.IsZero():
		s.since = at
	}
	if at.Sub(s.since) < r.For {
		return Raised{}, false
	}
	s.since = time.Time{}
	s.raised = &Raised{
		ID: w.newID(), Rule: r.ID, Kind: r.Kind, Of: key.Of, Urgent: r.Urgent, At: at, Bound: r.Raise, Value: reading.Value, Worst: reading.Value,
	}
	return *s.raised, true
}

// Restore takes over what was raised before a restart. What was raised since about the same is the same alarm, and goes on as the older one.
// Where readings were judged before it was known, since is from when on: what is not bad now was good since then, and is not cried out once more.
func (w *Watch) Restore(before []Raised, since time.Time) {
	for _, a := range before {
		key, next := Key{a.Rule, a.Of}, &state{raised: &a}
		switch s := w.states[key]; {
		case s == nil:
			next.since = since
		case s.raised != nil:
			next.since = s.since
			if a.By == "" {
				a.By, a.SeenAt = s.raised.By, s.raised.SeenAt
			}
		}
		w.states[key] = next
	}
}

// Acknowledge notes who sees to an alarm. Where somebody does already it is them whom it gives; ok is whether it is raised at all.
func (w *Watch) Acknowledge(id, by string, at time.Time) (a Raised, first, ok bool) {
	for _, s := range w.states {
		if s.raised == nil || s.raised.ID != id {
			continue
		}
		first = s.raised.By == ""
		if first {
			s.raised.By, s.raised.SeenAt = by, at
		}
		return *s.raised, first, true
	}
	return Raised{}, false, false
}

// Now are those that are raised: first those to which nobody sees, of these the urgent ones, of these the oldest.
func (w *Watch) Now() (all []Raised) {
	for _, s := range w.states {
		if s.raised != nil {
			all = append(all, *s.raised)
		}
	}
	number := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b Raised) int {
		return cmp.Or(
			cmp.Compare(number(a.By != ""), number(b.By != "")), cmp.Compare(number(b.Urgent), number(a.Urgent)), a.At.Compare(b.At),
			cmp.Compare(a.Rule, b.Rule), a.Of.compare(b.Of),
		)
	})
	return all
}

func (o Of) compare(p Of) int {
	return cmp.Or(cmp.Compare(o.Queue, p.Queue), cmp.Compare(o.Department, p.Department))
}
