package queues

import (
	"slices"
	"time"
)

// People who oversee the queues may lead a caller who waits on the line elsewhere than the rules do:
//
//	RequestLed ToFront ──► before all others of their queue
//	           ToQueue ──► to another queue that is open, at the place of their arrival
//	           ToAgent ──► to an agent who wants calls, whatever their skills: before all others when that one is free
//
// Who was led to an agent waits for that one alone, and no rule sends them elsewhere, for as long as the agent wants calls, ledFor at
// most. After it, or when the offer has come to nothing, they wait for anybody, at the place that they had. What was last said counts,
// and each lead is counted: who looked before it is told by whom the request was led, and changes nothing.

// Lead is what people made of a request. It is as good as the request: who enqueues the request again after a restart gives it back.
type Lead struct {
	Times  int       // so often it was led
	By     string    // who led it last
	Points int       // added to its priority, so that it goes first
	Agent  AgentID   // for whom alone it waits
	Until  time.Time // so long
}

// ledFor is how long a caller waits for an agent who has not become free.
const ledFor = 2 * time.Minute

// mostPoints bounds Lead.Points, so that all points fit where they are reckoned.
const mostPoints = 1_000_000_000

// lead handles RequestLed.
func (r *Router) lead(at time.Time, e RequestLed) error {
	q := r.waiting.byID.get(e.Request)
	switch {
	case q == nil:
		return wrap(ErrUnknownRequest, "request %s", e.Request)
	case e.By == "":
		return wrap(ErrInvalid, "request %s led by nobody", e.Request)
	case q.talking || q.isConsult():
		return wrap(ErrActivity, "request %s waits no more", e.Request)
	case q.Callback:
		return wrap(ErrActivity, "request %s has no caller on the line", e.Request)
	case q.Lead.Times != e.Seen:
		return &LedError{Request: e.Request, By: q.Lead.By}
	case q.agent != nil && q.accepted:
		return wrap(ErrAccepted, "offer %s", q.offerID)
	}
	if err := r.mayLead(q, e.To, at); err != nil {
		return err
	}
	was := q.Request
	r.letGo(q, e.To, at)
	q.Lead.Times++
	q.Lead.By, q.Lead.Agent, q.Lead.Until = e.By, "", time.Time{}
	switch e.To.Kind {
	case ToFront:
		q.Lead.Points = r.waiting.pointsToLead(q)
		r.waiting.settle(q, q.step, at)
	case ToAgent:
		q.Lead.Agent, q.Lead.Until, q.forAnybody = e.To.Agent, at.Add(ledFor), false
		r.waiting.isLed(q, at)
		r.waiting.settle(q, q.step, at)
	case ToQueue:
		q.Lead.Points, q.forAnybody = 0, false
		r.waiting.change(q, r.queues.byID[e.To.Queue], at)
	}
	r.decisions.add(&RequestMoved{Request: was, To: e.To, At: at, Lead: q.Lead})
	return nil
}

// mayLead says why a request cannot be led somewhere.
func (r *Router) mayLead(q *request, to Destination, at time.Time) error {
	switch to.Kind {
	case ToFront:
	case ToQueue:
		qu := r.queues.byID[to.Queue]
		switch {
		case qu == nil:
			return wrap(ErrUnknownQueue, "queue %s", to.Queue)
		case qu == q.queue:
			return wrap(ErrAlready, "request %s in queue %s", q.ID, to.Queue)
		case !r.overflows.isOpen(qu, at):
			return wrap(ErrClosed, "queue %s", to.Queue)
		}
	case ToAgent:
		a, err := r.staff.signedIn(to.Agent)
		switch {
		case err != nil:
			return err
		case !a.willing:
			return wrap(ErrNotReady, "agent %s", a.ID)
		case q.agent == a:
			return wrap(ErrAlready, "request %s offered to agent %s", q.ID, a.ID)
		}
	default:
		return wrap(ErrInvalid, "request %s led to %s", q.ID, to.text())
	}
	return nil
}

// letGo takes a request from where it waits, and from the agent at whose phone it rings where it goes elsewhere.
func (r *Router) letGo(q *request, to Destination, at time.Time) {
	switch {
	case q.agent == nil:
		r.waiting.leave(q)
	case to.Kind != ToFront:
		r.offers.withdraw(q, OfferWasRevoked, at)
	}
}

// pointsToLead is by how much a request must be led to go before all others of its queue.
func (w *waiting) pointsToLead(q *request) int {
	most, others := int64(0), false
	for p := range w.byID.all() {
		if p != q && p.queue == q.queue && !p.talking && !p.isConsult() && (!others || p.base > most) {
			most, others = p.base, true
		}
	}
	without := q.base - int64(q.Lead.Points)*1_000_000
	if !others || most < without {
		return q.Lead.Points
	}
	return min(max(q.Lead.Points, int((most-without)/1_000_000)+1), mostPoints)
}

// isLed notes a request that is led to an agent. A callback is not, and a lead that is over is none.
func (w *waiting) isLed(q *request, at time.Time) {
	if q.Callback || !q.Lead.Until.After(at) {
		q.Lead.Agent, q.Lead.Until = "", time.Time{}
	}
	if q.Lead.Agent != "" && !slices.Contains(w.led, q) {
		w.led = append(w.led, q)
	}
}

// waitForOne makes a request that stands nowhere wait for the agent to whom it was led, and says whether it does.
func (w *waiting) waitForOne(q *request) bool {
	if q.Lead.Agent == "" || q.forAnybody {
		return false
	}
	a := w.staff.byID.get(q.Lead.Agent)
	if a == nil || !a.willing {
		return false
	}
	q.preferred, q.forPreferred, q.forOne = append(q.preferred, a), true, true
	a.preferredBy = append(a.preferredBy, q)
	w.preferring = append(w.preferring, q)
	return true
}

// leadTo lets those wait for an agent who were led to them, now that they want calls.
func (w *waiting) leadTo(a *agent) {
	still := w.led[:0]
	for _, q := range w.led {
		if q.Lead.Agent == "" || q.talking {
			continue
		}
		still = append(still, q)
		if q.Lead.Agent == a.ID && !q.forOne && !q.forAnybody && q.agent == nil {
			w.leave(q)
			w.waitForOne(q)
			w.schedule(q)
		}
	}
	clear(w.led[len(still):])
	w.led = still
}

// leadOver lets a request wait for anybody whose lead to an agent is over.
func (w *waiting) leadOver(q *request, at time.Time) {
	if q.Lead.Agent == "" || q.Lead.Until.After(at) {
		return
	}
	q.Lead.Agent, q.Lead.Until = "", time.Time{}
	if q.forOne {
		w.stopPreferring(q)
		w.stand(q)
	}
}

// meetsBefore orders requests that somebody is free for: who was led to an agent goes before all others.
func (q *request) meetsBefore(p *request, at int64) bool {
	if q.forOne != p.forOne {
		return q.forOne
	}
	return q.compareAt(p, at) < 0
}
