package queues

import (
	"fmt"
	"slices"
	"time"
)

// Relaxation is a step by which a queue asks for less of the agent, the longer a caller has waited.
// It only ever widens the circle: who could serve a request still can.
type Relaxation struct {
	After time.Duration // waited; each step's is later than the one's before
	Lower []Need        // these skills are needed at this level only
	Drop  []Skill       // these are not needed any more, the caller's language included
	Add   []Need        // who has all of these can serve it too, without the queue's own skills and groups
}

// checkRelaxation says what is wrong with a queue's steps.
func checkRelaxation(steps []Relaxation) error {
	before := time.Duration(0)
	for i, s := range steps {
		if s.After <= before {
			return fmt.Errorf("relaxation %d after %s does not come later than what is before it", i+1, s.After)
		}
		before = s.After
		if len(s.Lower)+len(s.Drop)+len(s.Add) == 0 {
			return fmt.Errorf("relaxation %d changes nothing", i+1)
		}
		if err := checkNeeds(slices.Concat(s.Lower, s.Add)); err != nil {
			return fmt.Errorf("relaxation %d: %w", i+1, err)
		}
	}
	return nil
}

// Relaxed is what relaxation steps leave of some needs: each at the lowest level that a step lowers it to, and those that a step
// drops not at all. What a step adds is another way to serve a request, and is not among them. The needs given stay as they are.
func Relaxed(steps []Relaxation, needs []Need) []Need {
	if len(steps) == 0 {
		return needs
	}
	return relaxInPlace(steps, slices.Clone(needs))
}

// relaxInPlace is Relaxed, and writes over the needs given.
func relaxInPlace(steps []Relaxation, needs []Need) []Need {
	for _, s := range steps {
		for i, n := range needs {
			for _, low := range s.Lower {
				if low.Skill == n.Skill {
					needs[i].Level = min(needs[i].Level, max(low.Level, 1))
				}
			}
		}
		needs = slices.DeleteFunc(needs, func(n Need) bool { return slices.Contains(s.Drop, n.Skill) })
	}
	return needs
}

// ServedBy says whether an agent could serve a request of the queue that needs something extra (or nothing extra), as it comes or
// after all of the queue's relaxation steps. It looks at skills alone.
func (q Queue) ServedBy(a Agent, extra ...Need) bool {
	besides := Relaxed(q.Relax, extra)
	for _, s := range q.Relax {
		if len(s.Add) > 0 && a.Can(Relaxed(q.Relax, s.Add)...) && a.Can(besides...) {
			return true
		}
	}
	for _, group := range q.AnyOf {
		if !slices.ContainsFunc(group, func(n Need) bool { return a.Can(n) }) {
			return false
		}
	}
	return a.Can(Relaxed(q.Relax, q.Skills)...) && a.Can(besides...)
}

// relax takes all steps that are due to a request, waiting or ringing.
func (w *waiting) relax(q *request, at time.Time) {
	step := q.step
	for step < len(q.queue.Relax) && q.queue.Relax[step].After <= q.waited(at) {
		step++
	}
	if step != q.step {
		w.relaxTo(q, step)
	}
}

// relaxTo moves a request to the class of a step, at its old place in the order.
func (w *waiting) relaxTo(q *request, step int) {
	waits := q.agent == nil && !q.asleep && !q.forPreferred
	if waits {
		q.class.take(q)
	}
	q.step = step
	q.class = w.demand.classOf(q.queue, q.Extra, step)
	w.schedule(q)
	if waits {
		w.stand(q)
	}
}

// relaxEarly looks at a class that nobody signed in could serve. Each request that waits in it takes the first step after which
// somebody could serve it. Where there is no such step, and the last agent who could serve it has just left, that may be a reason
// to overflow.
func (w *waiting) relaxEarly(c *class) {
	if c.able > 0 || !c.lastLeft && !c.news {
		c.lastLeft, c.news = false, false
		return
	}
	left := c.lastLeft
	c.lastLeft, c.news = false, false
	all := slices.Clone(c.declined)
	for _, i := range c.waiting.items {
		all = append(all, i.item)
	}
	for _, q := range all {
		if step := w.demand.helpfulStep(q); step > 0 {
			w.relaxTo(q, step)
		} else if left && q.queue.deserted {
			w.lookSoon(q)
		}
	}
}

// helpEarly does the same for requests that have just begun to wait. It does not look at those that wait there already: at night,
// when nobody is signed in, these may be many.
func (w *waiting) helpEarly() {
	for _, q := range w.unserved {
		switch {
		case q.class == nil || q.class.able > 0 || q.agent != nil || q.asleep || q.forPreferred: // somebody can serve it now, or it waits elsewhere
		case !w.held.IsZero():
			q.class.news = true
		default:
			if step := w.demand.helpfulStep(q); step > 0 {
				w.relaxTo(q, step)
			}
		}
	}
	clear(w.unserved)
	w.unserved = w.unserved[:0]
}

// helpfulStep is the first step to come after which somebody signed in could serve a request; 0 is none.
func (m *demand) helpfulStep(q *request) int {
	for step := q.step + 1; step <= len(q.queue.Relax); step++ {
		if m.classOf(q.queue, q.Extra, step).able > 0 {
			return step
		}
	}
	return 0
}

// markUnserved marks the classes in which somebody waits whom nobody could serve: an agent has come,
// and an early step may help them now.
func (m *demand) markUnserved() {
	for _, c := range m.classes {
		if c.able == 0 && c.waiting.len()+len(c.declined) > 0 {
			c.news = true
			m.mark(c)
		}
	}
}
