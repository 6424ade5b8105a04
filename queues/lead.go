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
// most; nor is less asked for early because nobody else could serve them. After it, or when the offer has come to nothing, they wait for
// anybody, at the place that they had. What was last said counts, and each lead is counted: who looked before it is told by whom the
// request was led, and changes nothing.
//
// An agent who sends the caller of their talk to a colleague leads them so as well, before they wait (Lead.Back). The colleague takes them at
// once or not at all: who is not free, or does not take the offer, leaves them to the sender, and where that one wants no calls any more
// they go before all others of the queue. Nobody else is asked in between:
//
//	colleague ── not free, declined, missed, failed, revoked ──► sender ── wants no calls ──► front of the queue
//
// Whose page is gone and awaited, as all are after a restart, is waited for as long as it is: they would be free with it.
//
// Who was sent to a queue that closes before anybody has taken them goes back to the sender, too, where they would be sent away otherwise.

// Lead is what people made of a request. It is as good as the request: who enqueues the request again after a restart gives it back.
type Lead struct {
	Times  int       // so often it was led
	By     string    // who led it last
	Points int       // added to its priority, so that it goes first
	Agent  AgentID   // for whom alone it waits
	Until  time.Time // so long
	Back   AgentID   // to whom it is led when Agent is not free, or does not take it; "" is nobody
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
	q.Lead.By = e.By
	q.Lead.forNobody()
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
		q.Lead.forNobody()
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
	if a == nil || !a.takes(q) {
		return false
	}
	q.preferred, q.forPreferred, q.forOne = append(q.preferred, a), true, true
	a.preferredBy = append(a.preferredBy, q)
	w.preferring = append(w.preferring, q)
	return true
}

// takes says whether an agent may take a request that was led to them.
func (a *agent) takes(q *request) bool { return a.willing || a.awaited && q.Lead.Back != "" }

// leadTo lets those wait for an agent who were led to them, now that they want calls, or that their page is awaited.
func (w *waiting) leadTo(a *agent) {
	still := w.led[:0]
	for _, q := range w.led {
		if q.Lead.Agent == "" || q.talking {
			continue
		}
		still = append(still, q)
		if q.Lead.Agent == a.ID && a.takes(q) && !q.forOne && !q.forAnybody && q.agent == nil {
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
	q.Lead.forNobody()
	if q.forOne {
		w.stopPreferring(q)
		w.stand(q)
	}
}

// forNobody lets a request wait for no agent in particular.
func (l *Lead) forNobody() { l.Agent, l.Until, l.Back = "", time.Time{}, "" }

// giveBack leads those to who sent them whom a colleague has not taken at once, and says whether there was one.
func (o *offers) giveBack(at time.Time) (some bool) {
	if len(o.waiting.led) == 0 || !o.waiting.held.IsZero() {
		return false // after a restart the agents come back after the callers
	}
	var back []*request
	for _, q := range o.waiting.led {
		if q.Lead.Agent == "" || q.Lead.Back == "" || q.agent != nil {
			continue
		}
		if a := o.staff.byID.get(q.Lead.Agent); q.forAnybody || a == nil || !a.free && !a.awaited {
			back = append(back, q)
		}
	}
	slices.SortFunc(back, bySeq)
	for _, q := range back {
		o.leadBack(q, q.Lead.Back, at)
	}
	return len(back) > 0
}

// leadBack leads a request that waits to the agent who sent it, or to the front where that one wants no calls any more.
func (o *offers) leadBack(q *request, to AgentID, at time.Time) {
	was, dest := q.Request, Destination{Kind: ToFront}
	o.waiting.leave(q)
	q.Lead.Times++
	q.Lead.By = string(to)
	q.Lead.forNobody()
	if a := o.staff.byID.get(to); a != nil && a.willing {
		dest = Destination{Kind: ToAgent, Agent: to}
		q.Lead.Agent, q.Lead.Until, q.forAnybody = to, at.Add(ledFor), false
		o.waiting.isLed(q, at)
	} else {
		q.Lead.Points = o.waiting.pointsToLead(q)
	}
	o.waiting.settle(q, q.step, at)
	o.decisions.add(&RequestMoved{Request: was, To: dest, At: at, Lead: q.Lead})
}

// meetsBefore orders requests that somebody is free for: who was led to an agent goes before all others.
func (q *request) meetsBefore(p *request, at int64) bool {
	if q.forOne != p.forOne {
		return q.forOne
	}
	return q.compareAt(p, at) < 0
}
