package queues

import "time"

// An outbound call is begun by an agent, not by the router: nobody waits, and so nothing is offered. The router only has to know
// that the agent talks.

// call handles AgentCalls.
func (t *talks) call(at time.Time, e AgentCalls) error {
	a, qu := t.staff.byID.get(e.Agent), t.queues.byID[e.Queue]
	switch {
	case e.Request == "":
		return wrap(ErrInvalid, "a call of agent %q has no request", e.Agent)
	case a == nil || a.availability == SignedOut || a.next == SignedOut:
		return wrap(ErrUnknownAgent, "agent %s", e.Agent)
	case qu == nil:
		return wrap(ErrUnknownQueue, "queue %s", e.Queue)
	case t.waiting.byID.get(e.Request) != nil:
		return wrap(ErrAlready, "request %s known", e.Request)
	case a.activity != Idle:
		return wrap(ErrBusy, "agent %s is %s", e.Agent, a.activity)
	case !a.reachable || a.away:
		return wrap(ErrActivity, "agent %s cannot be reached", e.Agent)
	}
	q := t.waiting.newRequest()
	q.Request = Request{ID: e.Request, Queue: e.Queue, Arrived: at}
	q.queue, q.agent, q.talking, q.restored, q.called, q.since = qu, a, true, true, true, at
	t.waiting.byID.put(q)
	t.staff.begin(a, Talking, q, at, time.Time{})
	return nil
}

// findCalled finds a talk that an agent has begun.
func (t *talks) findCalled(id RequestID) (*request, error) {
	q, err := t.find(id)
	if err == nil && (!q.called || q.isConsult()) {
		return nil, wrap(ErrActivity, "request %s was not called", id)
	}
	return q, err
}

// callReached handles CallReached, which changes nothing here: figures count from it.
func (t *talks) callReached(e CallReached) error {
	q, err := t.findCalled(e.Request)
	switch {
	case err != nil:
		return err
	case q.reached:
		return wrap(ErrAlready, "request %s reached", e.Request)
	}
	q.reached = true
	return nil
}

// callFailed handles CallFailed.
func (t *talks) callFailed(at time.Time, e CallFailed) error {
	q, err := t.findCalled(e.Request)
	if err != nil {
		return err
	}
	t.waiting.byID.drop(q.ID)
	t.staff.rest(q.agent, at, false)
	return nil
}
