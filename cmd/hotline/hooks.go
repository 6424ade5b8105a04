package main

import (
	"context"
	"encoding/json"
	"errors"

	"hotline/agentapi/hooks"
	"hotline/tickets/work"
)

// kinds are the jobs that this Hotline does.
func (s *service) kinds() []work.Kind {
	return []work.Kind{{
		Name: hooks.JobKind, Attempts: hooks.Attempts, Backoff: hooks.Pause, Timeout: hooks.Timeout, Workers: hooks.Workers, Do: s.hooks.Deliver,
	}}
}

// graveyard are the webhooks that are dead, among the jobs. It is a hooks.Graveyard.
type graveyard struct{ queue *work.Queue }

// Dead implements hooks.Graveyard.
func (g graveyard) Dead(ctx context.Context, before int64, limit int) (all []hooks.Dead, err error) {
	jobs, err := g.queue.List(ctx, work.Filter{States: []work.State{work.Dead}, Kinds: []string{hooks.JobKind}, Before: before, Limit: limit})
	for _, j := range jobs {
		all = append(all, deadOf(j))
	}
	return all, err
}

// Retry implements hooks.Graveyard.
func (g graveyard) Retry(ctx context.Context, id int64) (hooks.Dead, error) {
	was, err := g.queue.RetryDead(ctx, id, hooks.JobKind)
	if errors.Is(err, work.ErrNoJob) {
		err = hooks.ErrNotDead
	}
	return deadOf(was), err
}

// deadOf is a job as who asks for the dead sees it.
func deadOf(j work.Entry) hooks.Dead {
	var d hooks.Delivery
	_ = json.Unmarshal(j.Args, &d) // one that is none is listed all the same
	return hooks.Dead{
		ID: j.ID, Event: d.Event.ID, Type: d.Event.Type, Ticket: j.Ticket, Time: d.Event.Time, To: d.To, Attempts: j.Attempts, Failed: j.Failed, Error: j.Error,
	}
}
