package queues

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Overflow is a rule by which a waiting request leaves its queue for somewhere else. It holds when all of its conditions hold; a
// condition that is zero is none.
//
// The router looks at the rules of a request when the request enters the queue and when the time of a rule (After) has come. A rule
// that has other conditions besides, and does not hold then, is looked at again every ten seconds. All rules are looked at when the
// last agent leaves who could serve the request. Of several requests, the one that the router was told of first is looked at first.
//
// A request that rings at an agent's phone stays in its queue. A caller for whom an agent is free is served, whatever the rules say:
// only the rules of a closed queue act before agents and requests meet.
type Overflow struct {
	After        time.Duration // waited in this queue so long
	Waiting      int           // so many wait in the queue, itself included; 0 is no condition
	ExpectedWait time.Duration // the expected wait is longer, at its shortest; 0 is no condition
	ServiceLevel float64       // it is below, 0 to 1, of 20 or more since midnight or the router's start; 0 is no condition
	NobodyThere  bool          // nobody signed in could serve it, now or after its relaxation steps
	Closed       bool          // the queue is not open
	To           Destination
}

// Destination is where an overflowing request goes. Another queue takes it in at the place of its arrival. A callback is offered to
// the caller once, and only where they can be called; the caller keeps their place, and waits on if they do not want to be called
// back. Every other destination ends the waiting.
type Destination struct {
	Kind   DestinationKind
	Queue  QueueID // ToQueue
	Number string  // ToNumber: E.164
	Prompt string  // ToMessage, ToVoicemail: what is said; a queue's default where ""
	Agent  AgentID // ToAgent
}

// DestinationKind is what sort of destination it is.
type DestinationKind string

const (
	ToQueue     DestinationKind = "queue"
	ToCallback  DestinationKind = "callback"
	ToVoicemail DestinationKind = "voicemail"
	ToNumber    DestinationKind = "number"
	ToMessage   DestinationKind = "message"

	// Where people lead a caller, and no rule does: see lead.go.
	ToFront DestinationKind = "front"
	ToAgent DestinationKind = "agent"
)

// enoughCounted is how many requests a service level must be made of before a rule goes by it. Otherwise one caller who hangs up
// after a restart would send the next ones away.
const enoughCounted = 20

// lookAgain is how often the router looks at a rule whose time has come and whose other conditions do not hold.
const lookAgain = 10 * time.Second

// checkOverflow says what is wrong with the rules of all queues: each alone, and a way that leads back to where it began.
func checkOverflow(all []*queue, byQueue map[QueueID]*queue) error {
	for i, qu := range all {
		for n, o := range qu.Overflow {
			if err := o.check(qu.ID, byQueue); err != nil {
				return fmt.Errorf("queue %d (%q): overflow %d: %w", i+1, qu.ID, n+1, err)
			}
		}
	}
	rules := make([]Queue, len(all))
	for i, qu := range all {
		rules[i] = qu.Queue
	}
	if circles := OverflowCircles(rules); len(circles) > 0 {
		return fmt.Errorf("queue %q overflows in a circle: %v", rules[circles[0].Start].ID, circles[0].Way)
	}
	return nil
}

// check says what is wrong with one rule.
func (o Overflow) check(from QueueID, byQueue map[QueueID]*queue) error {
	switch {
	case o.After < 0 || o.ExpectedWait < 0 || o.Waiting < 0:
		return fmt.Errorf("a condition is negative")
	case !(o.ServiceLevel >= 0 && o.ServiceLevel <= 1):
		return fmt.Errorf("service level %g is not between 0 and 1", o.ServiceLevel)
	}
	switch o.To.Kind {
	case ToQueue:
		if o.To.Queue == from || byQueue[o.To.Queue] == nil {
			return fmt.Errorf("queue %q is no other queue", o.To.Queue)
		}
	case ToNumber:
		if o.To.Number == "" {
			return fmt.Errorf("leads to a number, and names none")
		}
	case ToCallback, ToVoicemail, ToMessage:
	default:
		return fmt.Errorf("leads to %q, which is no kind of place", o.To.Kind)
	}
	return nil
}

// OverflowCircle is a way by overflow that comes back to a queue where it was. Callers would be sent on and on in it, so that a
// router takes no queues that have one.
type OverflowCircle struct {
	Way   []QueueID // from the queue to itself
	Start int       // the first queue, by its index among those given, from which one comes into the circle
	From  int       // the queue, likewise, whose rule closes the circle
	Rule  int       // that rule, by its index in the queue's Overflow
}

// OverflowCircles finds the circles that the overflow rules of these queues make. Each of their rules that leads back to a queue on
// the way to it closes one. Rules that lead to a queue that is not among these are passed over.
func OverflowCircles(all []Queue) (found []OverflowCircle) {
	index := make(map[QueueID]int, len(all))
	for i, q := range all {
		index[q.ID] = i
	}
	free := make([]bool, len(all)) // all ways from there are known: they need not be walked again, and there may be many to each queue
	var way []int
	var walk func(from int)
	walk = func(from int) {
		way = append(way, from)
		for rule, o := range all[from].Overflow {
			to, known := index[o.To.Queue]
			if o.To.Kind != ToQueue || !known || free[to] {
				continue
			}
			at := slices.Index(way, to)
			if at < 0 {
				walk(to)
				continue
			}
			circle := OverflowCircle{Start: way[0], From: from, Rule: rule}
			for _, i := range append(slices.Clone(way[at:]), to) {
				circle.Way = append(circle.Way, all[i].ID)
			}
			found = append(found, circle)
		}
		way = way[:len(way)-1]
		free[from] = true
	}
	for i := range all {
		if !free[i] {
			walk(i)
		}
	}
	return found
}

// overflows let the rules act that lead out of a queue.
type overflows struct {
	config    *Config
	decisions *decisions
	queues    *queueSet
	demand    *demand
	waiting   *waiting
	forecast  *forecast
	callbacks *callbacks
	offers    *offers
}

// lookSoon lets a request's rules be looked at when all who can meet have met.
func (w *waiting) lookSoon(q *request) {
	if !q.looking {
		q.looking = true
		w.looks = append(w.looks, q)
	}
}

// look applies the rules to those who are still waiting, and says whether somebody came into another queue.
func (v *overflows) look(at time.Time) (moved bool) {
	if len(v.waiting.looks) == 0 || !v.waiting.held.IsZero() {
		return false // after a restart the agents come back after the callers: nobody is there yet
	}
	now := slices.DeleteFunc(v.waiting.looks, func(q *request) bool { return q == nil })
	slices.SortFunc(now, bySeq)
	v.waiting.looks = v.waiting.looked[:0]
	for _, q := range now {
		q.looking = false
		if q.agent == nil && !q.Callback && !q.forOne && v.apply(q, at) {
			moved = true
		}
	}
	clear(now)
	v.waiting.looked = now
	return moved
}

// shut applies the rules of closed queues before anybody meets: outside a queue's hours a caller whom a rule leads elsewhere is not
// served there, even where an agent is free. A caller who is only offered a callback waits on.
func (v *overflows) shut(at time.Time) {
	if !v.waiting.held.IsZero() {
		return
	}
	for again := len(v.waiting.looks) > 0; again; {
		again = false
		slices.SortFunc(v.waiting.looks, bySeq)
		for i := range v.waiting.looks {
			if q := v.waiting.looks[i]; q != nil && q.agent == nil && !q.Callback && !q.forOne && v.closedTo(q, at) {
				again = true // to a queue that is closed too, perhaps
			}
		}
	}
}

// closedTo lets the first rule act that holds because a request's queue is closed, and says whether it moved to another one.
func (v *overflows) closedTo(q *request, at time.Time) (moved bool) {
	for i, o := range q.queue.Overflow {
		if o.Closed && o.To.Kind != ToCallback && !q.Entered().Add(o.After).After(at) && v.holds(o, q, at) {
			return o.To.Kind != ToQueue && v.goesBack(q, at) || v.act(q, i, at)
		}
	}
	if by := q.queue.closedBy; by != "" && !q.queue.knowsClosed() {
		if v.goesBack(q, at) {
			return true
		}
		v.sendAway(q, Destination{Kind: ToMessage}, at).By = by
	}
	return false
}

// goesBack leads a request whose queue has closed to the agent who sent it there, where that one wants calls, and says whether it did. Once is
// enough: the agent may leave it to the queue's rules.
func (v *overflows) goesBack(q *request, at time.Time) bool {
	a := v.offers.staff.byID.get(q.SentBy)
	if a == nil || !a.willing || q.Lead.By == string(q.SentBy) {
		return false
	}
	v.offers.leadBack(q, q.SentBy, at)
	return true
}

// close handles QueueClosed.
func (v *overflows) close(e QueueClosed) error {
	qu := v.queues.byID[e.Queue]
	switch {
	case qu == nil:
		return wrap(ErrUnknownQueue, "queue %s", e.Queue)
	case e.By == "":
		return wrap(ErrInvalid, "queue %s closed by nobody", e.Queue)
	case qu.closedBy != "":
		return wrap(ErrAlready, "queue %s closed", e.Queue)
	}
	qu.closedBy = e.By
	v.queues.touch(qu)
	for _, q := range qu.unanswered.items {
		v.waiting.lookSoon(q.item)
	}
	return nil
}

// open handles QueueOpened.
func (v *overflows) open(e QueueOpened) error {
	qu := v.queues.byID[e.Queue]
	switch {
	case qu == nil:
		return wrap(ErrUnknownQueue, "queue %s", e.Queue)
	case qu.closedBy == "":
		return wrap(ErrAlready, "queue %s not closed", e.Queue)
	}
	qu.closedBy = ""
	v.queues.touch(qu)
	return nil
}

// isOpen says whether a queue serves callers now.
func (v *overflows) isOpen(qu *queue, at time.Time) bool {
	return qu.closedBy == "" && qu.Hours.Open(at.In(v.config.Location))
}

// sendsOn says whether a queue may lead its callers elsewhere.
func (qu *queue) sendsOn() bool { return len(qu.Overflow) > 0 || qu.closedBy != "" }

// knowsClosed says whether a queue has a rule for when it is closed.
func (qu *queue) knowsClosed() bool {
	return slices.ContainsFunc(qu.Overflow, func(o Overflow) bool { return o.Closed })
}

// bySeq orders requests as they were told; nobody goes last.
func bySeq(p, q *request) int {
	switch {
	case p == nil && q == nil:
		return 0
	case p == nil:
		return 1
	case q == nil:
		return -1
	}
	return cmp.Compare(p.seq, q.seq)
}

// apply lets the first rule act that holds, and sets when to look again. It says whether that led to another queue.
func (v *overflows) apply(q *request, at time.Time) (moved bool) {
	var again time.Time
	acted := false
	for i, o := range q.queue.Overflow {
		if o.To.Kind == ToCallback && q.NoCallback {
			continue
		}
		due := q.Entered().Add(o.After)
		if !due.After(at) {
			if !acted && v.holds(o, q, at) {
				if v.act(q, i, at) {
					return o.To.Kind == ToQueue
				}
				acted = true // a callback is offered now: what else holds can wait for the answer
				continue
			}
			due = at.Add(lookAgain)
		}
		if again.IsZero() || due.Before(again) {
			again = due
		}
	}
	q.lookAt = again
	v.waiting.schedule(q)
	return false
}

// holds says whether all conditions of a rule but its time are met.
func (v *overflows) holds(o Overflow, q *request, at time.Time) bool {
	qu := q.queue
	if o.Waiting > 0 && qu.unanswered.len() < o.Waiting {
		return false
	}
	if o.Closed && v.isOpen(qu, at) {
		return false
	}
	if o.NobodyThere && (q.class.able > 0 || v.demand.helpfulStep(q) > 0) {
		return false
	}
	if o.ServiceLevel > 0 {
		level, _ := qu.figures.ServiceLevel()
		if qu.figures.counted() < enoughCounted || level >= o.ServiceLevel {
			return false
		}
	}
	if o.ExpectedWait > 0 {
		if low, known := v.forecast.soonest(q, at); !known || low <= o.ExpectedWait {
			return false
		}
	}
	return true
}

// act takes a request where a rule leads, and says whether it left its queue.
func (v *overflows) act(q *request, rule int, at time.Time) bool {
	to := q.queue.Overflow[rule].To
	if to.Kind == ToCallback {
		v.decisions.add(&RequestMoved{Request: q.Request, To: to, Because: rule + 1, At: at})
		q.NoCallback = true
		return false
	}
	if to.Kind == ToQueue {
		v.waiting.leave(q)
		v.decisions.add(&RequestMoved{Request: q.Request, To: to, Because: rule + 1, At: at})
		v.waiting.change(q, v.queues.byID[to.Queue], at)
		return true
	}
	v.sendAway(q, to, at).Because = rule + 1
	return true
}

// sendAway ends the waiting of a request at a destination that is no queue.
func (v *overflows) sendAway(q *request, to Destination, at time.Time) *RequestEnded {
	v.waiting.leave(q)
	v.waiting.overflow(q)
	q.promiseEnded(false, at)
	d := v.decisions.ended(q, RequestOverflowed, at)
	d.To = to
	of := q.placeKey()
	v.waiting.retire(q)
	v.callbacks.standAgain(of, at)
	return d
}
