package queues

import (
	"cmp"
	"slices"
	"time"
)

// request is one Request on its way through the router. Tens of thousands of them do not fit into the processor's cache: so the fields
// that each step looks at lie side by side at the beginning, and what only few requests have takes little room.
type request struct {
	class   *class
	queue   *queue
	agent   *agent // whom it is offered to, or who talks; nil while waiting
	base    int64  // points in millionths at the beginning of 1970, which aging only adds to
	seq     uint64 // told earlier is smaller
	inWakes int    // index in waiting.wakes, -1 elsewhere
	inClass int    // index in class.waiting, -1 elsewhere
	inQueue int    // index in queue.unanswered, -1 elsewhere
	step    int    // relaxation steps taken
	tries   int    // offers so far

	restored     bool // in a talk that no offer led to: a restart found it, or the agent called
	called       bool // by the agent; of consultations, too: how long they last tells nothing of callers
	talking      bool
	accepted     bool // the offer
	looking      bool // stands in waiting.looks
	forPreferred bool // waits for those whom it prefers alone, and not in its class
	forAnybody   bool // an offer came to nothing: it prefers nobody any more
	forOne       bool // while forPreferred: for the agent to whom it was led, whatever the rules say
	asleep       bool // a callback that is not to be tried yet
	behind       bool // a callback that sleeps while its party is on the line, and has its place there
	reached      bool // a callback whose caller is on the line, or a call of an agent
	judged       bool // an announced wait has ended
	inRange      bool // as announced

	Request
	offerID  OfferID // while offered; see describe
	offerNo  uint64
	since    time.Time // it rings, or is talked with
	due      int64     // when the target's time ends, in nanoseconds since 1970
	declined []*agent  // who declined or missed it since everybody had done so last
	paused   time.Time // until then it is not offered again to those who declined it; zero is no such time

	wake      time.Time // when something is due to it next
	lookAt    time.Time // when its overflow rules are to be looked at next; zero is never
	consults  RequestID // the talk in which somebody is asked; "" is no consultation
	preferred []*agent  // while forPreferred: these, in the order of Prefer
	foretold  *foretold // nil where no wait was announced
}

// describe fills in a zero offer: the one that is on.
func (q *request) describe(o *Offer) {
	o.ID, o.Request, o.Agent, o.Queue = q.offerID, q.ID, q.agent.ID, q.Queue
	o.At, o.Deadline, o.Callback, o.number = q.since, q.agent.deadline, q.Callback, q.agent.number
	o.Consults = q.consults
}

// compare orders requests of one class, which age alike, at any time.
func (q *request) compare(p *request) int { return q.compareAt(p, 0) }

// compareAt orders requests at a time, in milliseconds since 1970: more points, then the target
// that ends first, then arrival, then who was told earlier.
func (q *request) compareAt(p *request, at int64) int {
	mine, theirs := q.points(at), p.points(at)
	switch {
	case mine > theirs:
		return -1
	case mine < theirs:
		return 1
	case q.due != p.due:
		return cmp.Compare(q.due, p.due)
	case !q.Arrived.Equal(p.Arrived):
		return q.Arrived.Compare(p.Arrived)
	case q.seq < p.seq:
		return -1
	case q.seq > p.seq:
		return 1
	}
	return 0
}

func (q *request) before(p *request) bool { return q.compare(p) < 0 }

// points is whole numbers, so that the order of two who age alike is the same at each time.
func (q *request) points(at int64) int64 { return q.base + q.queue.aging*at }

func (q *request) declinedBy(a *agent) bool { return slices.Contains(q.declined, a) }

// waited is the time by which relaxation and affinity go: since the place in the queue that the request has.
func (q *request) waited(at time.Time) time.Duration { return at.Sub(q.Arrived) }

// newRequest makes a record, of one that has ended where there is one.
func (w *waiting) newRequest() *request {
	if n := len(w.spare); n > 0 {
		q := w.spare[n-1]
		w.spare = w.spare[:n-1]
		return q
	}
	return &request{inWakes: -1, inClass: -1, inQueue: -1}
}

// drop ends the record of a request that nobody refers to any more.
func (w *waiting) drop(q *request) {
	if q.looking {
		w.looks[slices.Index(w.looks, q)] = nil
	}
	clear(q.declined)
	clear(q.preferred)
	*q = request{inWakes: -1, inClass: -1, inQueue: -1, declined: q.declined[:0], preferred: q.preferred[:0]}
	w.spare = append(w.spare, q)
}
