package queues

import "time"

// A talk and its end; offers are answered in offer.go.

// talk finds a request that is talked with.
func (r *Router) talk(id RequestID) (*request, error) {
	q := r.requests.get(id)
	if q == nil {
		return nil, wrap(ErrUnknownRequest, "request %s", id)
	}
	if !q.talking {
		return nil, wrap(ErrActivity, "request %s is not talked with", id)
	}
	return q, nil
}

// endTalk handles TalkEnded.
func (r *Router) endTalk(at time.Time, e TalkEnded) error {
	q, err := r.talk(e.Request)
	if err != nil {
		return err
	}
	if q.unreached() {
		r.attemptFailed(q, at, true) // the agent hung up before the caller was there
		return nil
	}
	r.partTalkers(q, at)
	return nil
}

// partTalkers ends a talk: the agent wraps up, where the queue has time for it.
func (r *Router) partTalkers(q *request, at time.Time) {
	r.requests.drop(q.ID)
	a := q.agent
	if q.line == nil || q.line.WrapUp == 0 || a.availability == SignedOut {
		r.rest(a, at, true)
		return
	}
	r.begin(a, WrapUp, q, at, at.Add(q.line.WrapUp))
}

// hold handles TalkHeld and TalkResumed.
func (r *Router) hold(at time.Time, id RequestID, from, to Activity) error {
	q, err := r.talk(id)
	if err != nil {
		return err
	}
	if q.agent.activity != from {
		return wrap(ErrAlready, "request %s %s", id, to)
	}
	r.begin(q.agent, to, q, at, time.Time{})
	return nil
}

// restore handles TalkRestored. It counts in no figures: the talk was counted when it was
// answered. A queue that is no longer configured has no wrap-up.
func (r *Router) restore(at time.Time, e TalkRestored) error {
	a := r.agents.get(e.Agent)
	switch {
	case e.Agent == "" || e.Request == "":
		return wrap(ErrInvalid, "talk of agent %q and request %q", e.Agent, e.Request)
	case r.requests.get(e.Request) != nil:
		return wrap(ErrAlready, "request %s known", e.Request)
	case a != nil && a.activity != Idle:
		return wrap(ErrBusy, "agent %s is %s", e.Agent, a.activity)
	case a == nil:
		a = r.newAgent(Agent{ID: e.Agent}, at)
	}
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	q := r.newRequest()
	q.Request = Request{ID: e.Request, Queue: e.Queue, Arrived: since}
	q.line, q.agent, q.talking, q.since = r.byQueue[e.Queue], a, true, since
	r.requests.put(q)
	r.begin(a, Talking, q, since, time.Time{})
	if held, on := e.held(since, at); on {
		r.begin(a, OnHold, q, held, time.Time{})
	}
	return nil
}

// held is since when the caller is on hold, within the talk.
func (e TalkRestored) held(since, at time.Time) (held time.Time, on bool) {
	switch {
	case e.Held.IsZero():
		return time.Time{}, false
	case e.Held.Before(since):
		return since, true
	case e.Held.After(at):
		return at, true
	}
	return e.Held, true
}
