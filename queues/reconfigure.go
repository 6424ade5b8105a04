package queues

import (
	"cmp"
	"reflect"
	"slices"
	"time"
)

// reconfigure handles Reconfigured. All classes are made anew, and every request stands in its own again; among equals the one that
// the router was told of first goes first as before. Figures, observed times and live offers stay, and an offer that rings keeps
// its deadline.
func (r *Router) reconfigure(at time.Time, e Reconfigured) error {
	all, byQueue, err := newQueues(e.Config)
	if err != nil {
		return wrap(ErrInvalid, "configuration: %w", err)
	}
	for _, qu := range r.queues.all {
		if n := qu.unanswered.len() + qu.callbacks; n > 0 && byQueue[qu.ID] == nil {
			return wrap(ErrInvalid, "configuration: queue %q is gone, and %d wait in it", qu.ID, n)
		}
	}
	extension := e.Config.ExtensionLimit
	if extension == 0 {
		extension = 3 * time.Minute
	}
	r.config.Queues, r.config.Reasons, r.config.Return, r.config.ExtensionLimit = e.Config.Queues, e.Config.Reasons, e.Config.Return, extension
	for _, qu := range r.queues.touched {
		qu.touched = false
	}
	r.queues.touched = r.queues.touched[:0]
	known := r.waiting.known()
	for _, q := range known {
		if q.agent == nil {
			r.waiting.leave(q)
		}
	}
	for _, qu := range all {
		if old := r.queues.byID[qu.ID]; old != nil {
			qu.figures, qu.handling, qu.outlook, qu.unanswered, qu.callbacks, qu.closedBy = old.figures, old.handling, old.outlook, old.unanswered, old.callbacks, old.closedBy
		}
		r.queues.touch(qu)
	}
	old := r.queues.byID
	r.queues.all, r.queues.byID = all, byQueue
	r.demand.openAnew()
	for _, a := range r.staff.roster {
		if q := a.request; a.activity == WrapUp {
			q.queue = byQueue[q.Queue]
		}
		if r.staff.boundReason(a); a.availability == NotReady {
			r.staff.touch(a)
		}
	}
	steps := make([]int, len(known))
	for i, q := range known {
		before := old[q.Queue]
		if q.queue = byQueue[q.Queue]; q.queue != nil && before != nil && reflect.DeepEqual(before.Relax, q.queue.Relax) {
			steps[i] = q.step // one taken early is not taken back
		}
	}
	for i, q := range known {
		if !q.isConsult() && (!q.talking || q.unreached()) { // who talks is to be wrapped up by the new rules, and without a queue not at all
			r.waiting.settle(q, steps[i], at)
		}
	}
	return nil
}

// known are all requests that are not over, in the order in which they were told.
func (w *waiting) known() []*request {
	all := make([]*request, 0, w.byID.len)
	for q := range w.byID.all() {
		all = append(all, q)
	}
	slices.SortFunc(all, func(a, b *request) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// openAnew forgets all classes. They open again as they are needed, and agents enter them then.
func (m *demand) openAnew() {
	clear(m.byKey)
	clear(m.classes)
	m.classes = m.classes[:0]
	clear(m.marked)
	m.marked = m.marked[:0]
	for _, a := range m.staff.roster {
		clear(a.serves)
		a.serves = a.serves[:0]
	}
}

// reskill handles AgentReskilled. For a moment the agent stands in no class, so that a request that waited for them alone waits for anybody from then on.
func (s *staff) reskill(at time.Time, e AgentReskilled) error {
	a, err := s.signedIn(e.Agent.ID)
	if err != nil {
		return err
	}
	if err := checkAgent(e.Agent); err != nil {
		return err
	}
	s.train(a, e.Agent, at)
	return nil
}

// train gives an agent who stands in classes the skills that they have at a time.
func (s *staff) train(a *agent, as Agent, at time.Time) {
	s.appear(a, false, false, false)
	s.employ(a, as, at)
	s.touch(a)
}
