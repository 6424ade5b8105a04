package simulation

import (
	"cmp"
	"slices"
	"time"

	"hotline/queues"
)

// Seen is what an observer has seen up to a moment, as far as a forecast needs it. Nothing in it changes any more: a live observer
// can go on in its goroutine while another one reckons.
type Seen struct {
	begin time.Time
	calls []*Observed // in no order; they share nothing with the observer that it still changes
	live  []Observed
	staff []ObservedAgent
}

// Copy takes the place of what was in s with what an observer has seen, as fast as can be, for the router may wait for it: into the
// same memory, where that is large enough. Calls that are over are shared, for they stay as they are.
func (s *Seen) Copy(o *Observer) {
	s.begin, s.calls, s.live, s.staff = o.begin, append(s.calls[:0], o.past...), slices.Grow(s.live[:0], len(o.calls)), slices.Grow(s.staff[:0], len(o.agents))
	for _, c := range o.calls {
		s.live = append(s.live, *c)
	}
	for _, a := range o.agents {
		s.staff = append(s.staff, *a)
		s.staff[len(s.staff)-1].Acts = nil // the observer's own
	}
}

// inOrder are the calls in order of coming, and the agents by id.
func (s *Seen) inOrder() (calls []*Observed, agents []*ObservedAgent) {
	calls = slices.Clone(s.calls)
	for i := range s.live {
		calls = append(calls, &s.live[i])
	}
	slices.SortFunc(calls, (*Observed).before)
	for i := range s.staff {
		agents = append(agents, &s.staff[i])
	}
	slices.SortFunc(agents, func(a, b *ObservedAgent) int { return cmp.Compare(a.State.ID, b.State.ID) })
	return calls, agents
}

// Forecast is the Forecast of what has been Seen up to now.
func (o *Observer) Forecast(at time.Time, config queues.Config) Forecast {
	var s Seen
	s.Copy(o)
	return s.Forecast(at, config)
}
