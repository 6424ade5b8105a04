package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline/agentapi/hooks"
	"hotline/cmd/hotline/config"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/work"
)

// kinds are the jobs that this Hotline does.
func (s *service) kinds() []work.Kind {
	return []work.Kind{{
		Name: hooks.JobKind, Attempts: hooks.Attempts, Backoff: hooks.Pause, Timeout: hooks.Timeout, Workers: hooks.Workers, Do: s.hooks.Deliver,
	}, s.tendKind(), s.imports()}
}

// webhooks are the receivers of a configuration.
func webhooks(c config.Config) (all []hooks.Endpoint) {
	for _, w := range c.Tickets.Webhooks {
		all = append(all, hooks.Endpoint{URL: w.Address(), Secret: w.Secret.Text(), Events: w.Events, Format: hooks.Format(w.Format)})
	}
	return all
}

// tellOthers inserts the jobs by which other programs are told of what a transaction changes. Where the database will never take them the change
// goes through without: no fact of a call is lost for the sake of who is told of it.
func (s *service) tellOthers(ctx context.Context, tx pgx.Tx, facts []tickets.Fact, history []tickets.Change) error {
	if !s.hooks.Configured() {
		return nil
	}
	jobs, err := tx.Begin(ctx) // which carries out what the transaction has written: an error of that is the change's own, and undoes it
	if err != nil {
		return err
	}
	err = s.insertDeliveries(ctx, jobs, facts, history)
	if err == nil {
		return jobs.Commit(ctx)
	}
	if undo := jobs.Rollback(ctx); undo != nil {
		return undo
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && slices.Contains([]string{"22", "23", "54"}, pg.Code[:min(2, len(pg.Code))]) {
		s.log.Error("webhooks are not told of a change, for the database does not take it", "facts", len(facts), "changes", len(history), "err", err)
		return nil
	}
	return err
}

func (s *service) insertDeliveries(ctx context.Context, tx pgx.Tx, facts []tickets.Fact, history []tickets.Change) error {
	var ids []tickets.ContactID
	for _, f := range facts {
		if hooks.Tells(f) {
			ids = append(ids, f.Contact)
		}
	}
	contacts, err := ticketstore.ContactsIn(ctx, tx, ids)
	if err != nil {
		return err
	}
	var jobs []work.Job
	for _, d := range s.hooks.Deliveries(hooks.Events(facts, contacts, history)) {
		jobs = append(jobs, work.Job{Kind: hooks.JobKind, Args: d, Ticket: d.Event.Subject})
	}
	return s.work.InTx(ctx, tx, jobs...)
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
