package queues

import "time"

// An agent in a talk may ask somebody first, whom the caller does not hear: a colleague, or whoever of a queue is free. Nobody waits for
// that, and so nothing waits in the router: who is free is offered the consultation at once, or nobody is.
//
//	ConsultWanted ──Offered──► ringing ──OfferAnswered──► consulting ──TalkEnded──► idle, without a wrap-up
//	                               │                          │
//	                               │ declined, missed, …      └──TalkPassed──► talking: the caller is theirs, and who asked wraps up
//	                               └──► gone: who asked decides what comes next
//
// A consultation is a request of its own, which no other has the id of, in the name of a queue, and counts in none of its figures. It is
// told of by the agents' states and by offers alone: no RequestEnded is about it.

// consults lead from the wish to ask somebody to the end of the consultation.
type consults struct {
	decisions *decisions
	queues    *queueSet
	demand    *demand
	staff     *staff
	waiting   *waiting
	offers    *offers
	talks     *talks
}

// isConsult says whether a request is a consultation.
func (q *request) isConsult() bool { return q.consults != "" }

// want handles ConsultWanted.
func (c *consults) want(at time.Time, e ConsultWanted) error {
	of, err := c.talks.find(e.Of)
	qu := c.queues.byID[e.Queue]
	switch {
	case e.Request == "":
		return wrap(ErrInvalid, "a consultation in request %s has no request", e.Of)
	case err != nil:
		return err
	case of.isConsult() || of.unreached():
		return wrap(ErrActivity, "request %s is no talk with a caller", e.Of)
	case qu == nil:
		return wrap(ErrUnknownQueue, "queue %s", e.Queue)
	case c.waiting.byID.get(e.Request) != nil:
		return wrap(ErrAlready, "request %s known", e.Request)
	}
	a, err := c.whom(e, of, qu)
	if err != nil {
		return err
	}
	c.waiting.told++
	q := c.waiting.newRequest()
	q.Request = Request{ID: e.Request, Queue: qu.ID, Arrived: at}
	q.seq, q.queue, q.agent, q.since, q.consults, q.restored, q.called = c.waiting.told, qu, a, at, e.Of, true, true
	c.waiting.byID.put(q)
	d := c.decisions.room.offers.new()
	d.Why = Explanation{Rule: Consulted, By: string(of.agent.ID), Candidates: 1, IdleSince: a.idleSince}
	c.offers.ring.open(q)
	c.staff.begin(a, Ringing, q, at, at.Add(qu.OfferTimeout))
	q.describe(&d.Offer)
	c.decisions.add(d)
	return nil
}

// whom is the colleague who is asked for, or the first who is free for the queue, whatever it reserves; who asks is busy.
func (c *consults) whom(e ConsultWanted, of *request, qu *queue) (*agent, error) {
	if !c.waiting.held.IsZero() {
		return nil, wrap(ErrNotReady, "nobody is offered anything")
	}
	if e.Agent != "" {
		a, err := c.staff.signedIn(e.Agent)
		switch {
		case err != nil:
			return nil, err
		case !a.free:
			return nil, wrap(ErrNotReady, "agent %s", a.ID)
		}
		return a, nil
	}
	class := c.demand.classOf(qu, nil, 0)
	if class.free.len() == 0 {
		return nil, wrap(ErrNotReady, "nobody is free for queue %s", qu.ID)
	}
	return class.free.top().agent, nil
}

// forget ends the record of a consultation that was not answered, and that nobody refers to any more.
func (c *offers) forget(q *request) {
	c.waiting.byID.drop(q.ID)
	c.waiting.drop(q)
}

// pass handles TalkPassed.
func (c *consults) pass(at time.Time, e TalkPassed) error {
	of, err := c.talks.find(e.Request)
	if err != nil {
		return err
	}
	q, err := c.talks.find(e.Consult)
	switch {
	case err != nil:
		return err
	case q.consults != e.Request:
		return wrap(ErrActivity, "request %s is no consultation in request %s", e.Consult, e.Request)
	case q.agent.ID != e.To:
		return wrap(ErrBusy, "request %s is with agent %s", e.Consult, q.agent.ID)
	}
	caller, queue, called, reached := of.Request, of.queue, of.called, of.reached
	c.talks.part(of, at)
	c.waiting.byID.drop(q.ID)
	q.Request, q.queue, q.called, q.reached, q.consults, q.since = caller, queue, called, reached, "", at
	c.waiting.byID.put(q)
	c.staff.begin(q.agent, Talking, q, at, time.Time{})
	return nil
}
