package alarms

import (
	"slices"
	"time"

	"hotline/agentapi/desk"
	"hotline/queues"
	"hotline/tickets"
)

// Late is what is late with tickets, by department.
type Late struct {
	At       time.Time // when it was counted; zero: never yet
	Promises map[string]int
	Clocks   map[string]int
}

// lateKnown is how old Late may be to be judged.
const lateKnown = 2 * time.Minute

// scene is all that rules look at, at one time.
type scene struct {
	queues.Snapshot // figures are since midnight
	lineup          *desk.Lineup
	terms           tickets.Terms
	location        *time.Location
	late            Late
	recordings      func() (failing, known bool)
	window          *windows

	deserted map[queues.QueueID]bool // as asked for
}

// read gives the readings of some rules.
func (s *scene) read(rules []Rule) map[Key]Reading {
	seen := map[Key]Reading{}
	for _, r := range rules {
		switch {
		case r.Off:
		case r.Kind.OfQueues() && r.Each:
			for i := range s.Queues {
				s.ofQueues(seen, r, Of{Queue: s.Queues[i].ID}, s.Queues[i:i+1])
			}
		case r.Kind.OfQueues():
			s.ofQueues(seen, r, r.Of, s.of(r.Of))
		default:
			s.ofHouse(seen, r)
		}
	}
	return seen
}

// of are the queues of a rule.
func (s *scene) of(o Of) (all []queues.QueueState) {
	for _, q := range s.Queues {
		if (o.Queue == "" || q.ID == o.Queue) && (o.Department == "" || s.lineup.Departments[q.ID] == o.Department) {
			all = append(all, q)
		}
	}
	return all
}

// ofQueues reads some queues taken together.
func (s *scene) ofQueues(seen map[Key]Reading, r Rule, of Of, all []queues.QueueState) {
	key := Key{r.ID, of}
	switch r.Kind {
	case Waiting, LongestWait, NobodyThere:
		var sum, longest, deserted float64
		for _, q := range all {
			sum += float64(q.Waiting)
			if !q.LongestSince.IsZero() {
				longest = max(longest, s.At.Sub(q.LongestSince).Seconds())
			}
			if r.Kind == NobodyThere && s.isDeserted(q) {
				deserted++
			}
		}
		seen[key] = Reading{Value: map[Kind]float64{Waiting: sum, LongestWait: longest, NobodyThere: deserted}[r.Kind]}
	default:
		var f queues.Figures
		whole := true
		for _, q := range all {
			one, known := s.window.over(q.ID, s.At, r.Window)
			f, whole = f.Plus(one), whole && known
		}
		calls := f.Answered + f.Abandoned - f.ShortAbandoned
		switch level, ok := f.ServiceLevel(); {
		case (!ok || calls < r.Least) && !whole: // so soon after a start too few calls say nothing
		case !ok || calls < r.Least:
			seen[key] = Reading{None: true}
		case r.Kind == ServiceLevel:
			seen[key] = Reading{Value: level}
		default:
			seen[key] = Reading{Value: float64(f.Abandoned-f.ShortAbandoned) / float64(calls)}
		}
	}
}

// isDeserted says whether a queue is open, and nobody who is signed in could serve it.
func (s *scene) isDeserted(state queues.QueueState) bool {
	if is, known := s.deserted[state.ID]; known {
		return is
	}
	q := s.lineup.Queue(state.ID)
	is := q.ID != "" && state.ClosedBy == "" && q.Hours.Open(s.At.In(s.location)) && !slices.ContainsFunc(s.Agents, func(a queues.AgentState) bool {
		return a.Availability != queues.SignedOut && q.ServedBy(s.lineup.Agents[a.ID])
	})
	s.deserted[state.ID] = is
	return is
}

// ofHouse reads what is not about queues.
func (s *scene) ofHouse(seen map[Key]Reading, r Rule) {
	key := Key{r.ID, r.Of}
	switch r.Kind {
	case Phones:
		n := 0
		for _, a := range s.Agents {
			if phoneFails(a) && (r.Department == "" || slices.Contains(s.terms.People[string(a.ID)].Departments, r.Department)) {
				n++
			}
		}
		seen[key] = Reading{Value: float64(n)}
	case Promises, Clocks:
		if s.At.Sub(s.late.At) > lateKnown {
			return
		}
		counts := s.late.Promises
		if r.Kind == Clocks {
			counts = s.late.Clocks
		}
		n := 0
		for department, late := range counts {
			if r.Department == "" || department == r.Department {
				n += late
			}
		}
		seen[key] = Reading{Value: float64(n)}
	case Recordings:
		if failing, known := s.recordings(); failing {
			seen[key] = Reading{Value: 1}
		} else if known {
			seen[key] = Reading{Value: 0}
		}
	default:
		panic("alarms: no reading of " + r.Kind)
	}
}

// phoneFails says whether somebody is at work whose phone is not.
func phoneFails(a queues.AgentState) bool {
	if a.Availability == queues.SignedOut {
		return false
	}
	return !a.Reachable || slices.Contains([]queues.Reason{queues.PhoneWasNotReachable, queues.PhoneWasFailing, queues.PhoneLost}, a.Reason)
}

// windows keep a queue's figures as they were at the end of each minute, as far back as rules look.
type windows struct {
	partial bool
	past    map[queues.QueueID]*past
}

// past is what was counted in a queue since the first point, whose figures count from midnight.
type past struct {
	before queues.Figures // what was counted up to the last midnight that has passed meanwhile
	points []figuresAt    // the oldest first; the last is the newest
}

type figuresAt struct {
	at time.Time
	queues.Figures
}

// LongestWindow is how far back a rule may look.
const LongestWindow = 4 * time.Hour

// remember takes the figures since midnight as they are now. Where partial changes, what is known of today has changed: all begins anew.
func (w *windows) remember(s queues.Snapshot, partial bool) {
	if w.past == nil || partial != w.partial {
		w.past, w.partial = map[queues.QueueID]*past{}, partial
	}
	for _, q := range s.Queues {
		p := w.past[q.ID]
		if p == nil {
			p = &past{}
			w.past[q.ID] = p
		}
		n := len(p.points)
		if n > 0 && less(p.before.Plus(q.Figures), p.points[n-1].Figures) { // midnight has passed
			p.before = p.points[n-1].Figures
		}
		now := figuresAt{s.At, p.before.Plus(q.Figures)}
		if n > 1 && s.At.Sub(p.points[n-2].at) < time.Minute {
			p.points[n-1] = now
		} else {
			p.points = append(p.points, now)
		}
		for len(p.points) > 2 && s.At.Sub(p.points[1].at) > LongestWindow {
			p.points = p.points[1:]
		}
	}
}

func less(a, b queues.Figures) bool {
	return a.Answered < b.Answered || a.Abandoned < b.Abandoned || a.InTarget < b.InTarget
}

// over are the figures of the last so long, or of as much of it as is known; whole is whether that is all of it.
func (w *windows) over(id queues.QueueID, at time.Time, long time.Duration) (f queues.Figures, whole bool) {
	past := w.past[id]
	if past == nil {
		return f, false
	}
	from := past.points[0]
	for _, p := range past.points {
		if p.at.After(at.Add(-long)) {
			break
		}
		from, whole = p, true
	}
	now := past.points[len(past.points)-1]
	return queues.Figures{
		Answered: now.Answered - from.Answered, Abandoned: now.Abandoned - from.Abandoned, ShortAbandoned: now.ShortAbandoned - from.ShortAbandoned, InTarget: now.InTarget - from.InTarget,
	}, whole
}
