package queues

import "time"

// talks lead from a talk, which begins where offers end, to the end of its wrap-up.
type talks struct {
	decisions *decisions
	queues    *queueSet
	staff     *staff
	waiting   *waiting
	callbacks *callbacks
}

// find finds a request that is talked with.
func (t *talks) find(id RequestID) (*request, error) {
	q := t.waiting.byID.get(id)
	if q == nil {
		return nil, wrap(ErrUnknownRequest, "request %s", id)
	}
	if !q.talking {
		return nil, wrap(ErrActivity, "request %s is not talked with", id)
	}
	return q, nil
}

// end handles TalkEnded.
func (t *talks) end(at time.Time, e TalkEnded) error {
	q, err := t.find(e.Request)
	if err != nil {
		return err
	}
	if q.unreached() {
		t.callbacks.tryFailed(q, at, true, q.queue.Callback.Every) // the agent hung up before the caller was there
		return nil
	}
	t.part(q, at)
	return nil
}

// dropped handles TalkDropped.
func (t *talks) dropped(at time.Time, e TalkDropped) error {
	q, err := t.find(e.Request)
	if err != nil {
		return err
	}
	a := q.agent
	failing, _ := consequenceOf(PhoneFailing)
	why := t.staff.follow(failing, a, at)
	if q.unreached() {
		t.callbacks.tryFailed(q, at, false, q.queue.Callback.Every) // the customer was not called yet
	} else {
		t.undo(q, at)
	}
	if why != "" && a.availability == Ready && a.next == "" {
		t.staff.choose(a, NotReady, why, at)
	}
	return nil
}

// undo takes back that a request was answered, and forgets it. The agent has no wrap-up: there was no talk.
func (t *talks) undo(q *request, at time.Time) {
	t.waiting.byID.drop(q.ID)
	a, qu := q.agent, q.queue
	if qu != nil && !q.restored {
		d := &AnswerUndone{Request: q.Request, Agent: a.ID, At: q.since, number: a.number}
		t.decisions.add(d)
		qu.unanswer(q)
		t.queues.touch(qu)
	}
	q.queue = nil // its handling is no example of how long one takes
	t.staff.rest(a, at, true)
}

// part ends a talk: the agent wraps up, where the queue has time for it, and where they were not only asked.
func (t *talks) part(q *request, at time.Time) {
	t.waiting.byID.drop(q.ID)
	a := q.agent
	a.works()
	if q.isConsult() || q.queue == nil || q.queue.WrapUp == 0 || a.availability == SignedOut {
		t.staff.rest(a, at, true)
		return
	}
	t.staff.begin(a, WrapUp, q, at, at.Add(q.queue.WrapUp))
}

// turn handles TalkHeld, TalkResumed and TalkConsults: the agent turns to the caller, or from them.
func (t *talks) turn(at time.Time, id RequestID, to Activity) error {
	q, err := t.find(id)
	if err != nil {
		return err
	}
	switch {
	case q.isConsult(), to == Consulting && q.unreached():
		return wrap(ErrActivity, "request %s is no talk with a caller", id)
	case q.agent.activity == to:
		return wrap(ErrAlready, "request %s %s", id, to)
	}
	t.staff.begin(q.agent, to, q, at, time.Time{})
	return nil
}

// restore handles TalkRestored. It counts in no figures: the talk was counted when it was
// answered. A queue that is no longer configured has no wrap-up.
func (t *talks) restore(at time.Time, e TalkRestored) error {
	a := t.staff.byID.get(e.Agent)
	switch {
	case e.Agent == "" || e.Request == "" || e.Consults == e.Request:
		return wrap(ErrInvalid, "talk of agent %q and request %q", e.Agent, e.Request)
	case t.waiting.byID.get(e.Request) != nil:
		return wrap(ErrAlready, "request %s known", e.Request)
	case a != nil && a.activity != Idle:
		return wrap(ErrBusy, "agent %s is %s", e.Agent, a.activity)
	case a == nil:
		a = t.staff.newAgent(Agent{ID: e.Agent}, at)
	}
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	q := t.waiting.newRequest()
	q.Request = Request{ID: e.Request, Queue: e.Queue, Arrived: since}
	q.queue, q.agent, q.talking, q.restored, q.called, q.reached, q.since = t.queues.byID[e.Queue], a, true, true, e.Called, e.Called, since
	t.waiting.byID.put(q)
	if q.consults = e.Consults; q.isConsult() {
		q.called = true
		t.staff.begin(a, Consulting, q, since, time.Time{})
		return nil
	}
	t.staff.begin(a, Talking, q, since, time.Time{})
	if held, on := e.held(since, at); on {
		t.staff.begin(a, OnHold, q, held, time.Time{})
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

// Talked is for how long the two had talked before a hold that is still on; no later decision tells this.
func (e TalkRestored) Talked(at time.Time) time.Duration {
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	if held, on := e.held(since, at); on {
		return held.Sub(since)
	}
	return 0
}

// restoreWrapUp handles WrapUpRestored. An agent who does not sign in again is forgotten at its end.
func (t *talks) restoreWrapUp(at time.Time, e WrapUpRestored) error {
	switch {
	case e.Agent == "" || e.Request == "" || e.Talk < 0 || e.Hold < 0:
		return wrap(ErrInvalid, "wrap-up of agent %q after request %q, %s of talk and %s of hold", e.Agent, e.Request, e.Talk, e.Hold)
	case t.staff.byID.get(e.Agent) != nil:
		return wrap(ErrAlready, "agent %s there", e.Agent)
	case !e.Deadline.After(at):
		return wrap(ErrActivity, "wrap-up of agent %s is over since %s", e.Agent, e.Deadline.Format(time.RFC3339))
	}
	since := e.Since
	if since.IsZero() || since.After(at) {
		since = at
	}
	a, q := t.staff.newAgent(Agent{ID: e.Agent}, at), t.waiting.newRequest()
	answered := since.Add(-e.Talk - e.Hold)
	q.Request = Request{ID: e.Request, Queue: e.Queue, Arrived: answered}
	q.queue, q.agent, q.talking, q.since = t.queues.byID[e.Queue], a, true, answered
	t.staff.begin(a, WrapUp, q, since, e.Deadline)
	if q.queue != nil {
		a.extended = max(0, e.Deadline.Sub(since)-q.queue.WrapUp)
	}
	return nil
}
