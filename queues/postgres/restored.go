package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/queues"
	"hotline/queues/figures"
)

// This file says what becomes, after a restart, of the calls that agents handled before it (see handling.go).

// leftRow is a handling of a run that is over, and when that run was last there.
type leftRow struct {
	handlingRow
	seen time.Time
}

// WrapUps are the wrap-ups of earlier runs at this node whose time is not over. The router is to be told of them before their agents sign in.
// talksAreKnown says that the router knows all talks that went on: any other talk then ended when its run was last there, and its
// wrap-up began at that moment.
func (b *Bookkeeper) WrapUps(ctx context.Context, talksAreKnown bool) (all []queues.WrapUpRestored, err error) {
	done, err := b.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	left, err := b.left(ctx)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	wrapUps := make(map[queues.QueueID]time.Duration)
	for _, q := range b.config.Queues {
		wrapUps[q.ID] = q.WrapUp
	}
	b.mu.Unlock()
	for _, l := range left {
		if l.Activity != queues.WrapUp && !talksAreKnown {
			continue
		}
		e := l.wrapsUp(wrapUps[l.Queue])
		if e.Deadline.After(time.Now()) {
			all = append(all, e)
		}
	}
	return all, nil
}

// wrapsUp is the wrap-up of a handling: the one it was in, or one of the given length that follows on a talk.
func (l leftRow) wrapsUp(lasts time.Duration) queues.WrapUpRestored {
	e := queues.WrapUpRestored{Agent: l.Agent, Request: l.Request, Queue: l.Queue, Since: l.Since, Talk: ms(l.Talk), Hold: ms(l.Hold)}
	for _, s := range l.Skills {
		e.Extra = append(e.Extra, queues.Need{Skill: s, Level: 1})
	}
	took := max(0, l.seen.Sub(l.Since))
	switch l.Activity {
	case queues.WrapUp:
		e.Deadline = *l.Deadline
		return e
	case queues.OnHold:
		e.Hold += took
	default:
		e.Talk += took
	}
	e.Since = l.Since.Add(took)
	e.Deadline = e.Since.Add(lasts)
	return e
}

// EndHandlings counts the handlings of earlier runs at this node with which this one does not go on. A wrap-up counts up to its deadline, but not
// beyond now, and a talk up to when its run was last there. It is called after a start, when talks and wrap-ups are restored, and
// returns how many it has ended. After an error all is as it was, and it may be called again.
func (b *Bookkeeper) EndHandlings(ctx context.Context) (ended int, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	done, err := b.alone(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	left, err := b.left(ctx)
	if err != nil || len(left) == 0 {
		return 0, err
	}
	keys := make([]handlingKey, len(left))
	for i, l := range left {
		keys[i] = l.handlingKey
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	c := b.config
	b.mu.Unlock()
	err = pgx.BeginFunc(ctx, b.store.pool, func(tx pgx.Tx) error {
		if err := addFigures(ctx, tx, b.run+"/gone", handledOf(c, left, time.Now())); err != nil {
			return err
		}
		return deleteHandlings(ctx, tx, string(text)) // EndGone forgets the runs: until then it is asked when they were last there
	})
	if err != nil {
		return 0, fmt.Errorf("end what was handled before: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stale = true // what was before is to be read again
	return len(left), nil
}

// alone waits until nobody else saves.
func (b *Bookkeeper) alone(ctx context.Context) (done func(), err error) {
	select {
	case b.saving <- struct{}{}:
		return func() { <-b.saving }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// left are the handlings of earlier runs with which this one has not gone on, the latest first.
func (b *Bookkeeper) left(ctx context.Context) ([]leftRow, error) {
	rows, err := b.store.pool.Query(ctx, `
		SELECT h.agent, h.request, h.run, h.queue, h.skills, h.activity, h.since, h.deadline, h.talk_ms, h.hold_ms, coalesce(r.seen, h.since)
		  FROM (SELECT * FROM figures_handling WHERE `+earlier+`) h LEFT JOIN figures_runs r ON r.run = h.run
		 ORDER BY h.since DESC, h.agent`, b.run)
	if err != nil {
		return nil, fmt.Errorf("read what was handled: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l leftRow, err error) {
		return l, row.Scan(&l.Agent, &l.Request, &l.Run, &l.Queue, &l.Skills, &l.Activity, &l.Since, &l.Deadline, &l.Talk, &l.Hold, &l.seen)
	})
	if err != nil {
		return nil, fmt.Errorf("read what was handled: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(all, func(l leftRow) bool { return b.handling.knows(l.handlingKey) }), nil
}

// handledOf are the figures of handlings that are over: those of a ledger that hears of each when it ends.
func handledOf(c queues.Config, left []leftRow, now time.Time) (entries []figures.Entry) {
	for _, l := range left {
		c = withQueue(c, l.Queue)
		e := l.wrapsUp(0)
		at := e.Deadline // of a talk its end
		if at.After(now) {
			at = now
		}
		at = at.UTC()
		state := queues.AgentState{ID: l.Agent, Availability: queues.SignedOut, Activity: queues.WrapUp, ActivitySince: e.Since, Request: l.Request, Queue: l.Queue}
		ledger := figures.NewLedger(c, at)
		ledger.Stepped(at, e, []queues.Decision{&queues.AgentChanged{Agent: state}})
		state.Activity, state.ActivitySince, state.Request, state.Queue = queues.Idle, at, "", ""
		ledger.Stepped(at, queues.Tick{}, []queues.Decision{&queues.AgentChanged{Agent: state}})
		entries = append(entries, ledger.Take()...)
	}
	return entries
}

// withQueue is a configuration that has a queue, even one that is gone since.
func withQueue(c queues.Config, id queues.QueueID) queues.Config {
	if !slices.ContainsFunc(c.Queues, func(q queues.Queue) bool { return q.ID == id }) {
		c.Queues = append(slices.Clip(c.Queues), queues.Queue{ID: id})
	}
	return c
}

// addFigures adds entries of requests that were abandoned, or whose handling is over, to what is kept of a run; a subject may stand among them more than once.
func addFigures(ctx context.Context, db pgx.Tx, run string, entries []figures.Entry) error {
	if err := takeSumsBack(ctx, db, entries); err != nil {
		return err
	}
	sums := map[slot]figures.Sums{}
	for _, e := range entries {
		s := sums[slot{e.From, e.Subject}]
		s.Add(&e.Sums)
		sums[slot{e.From, e.Subject}] = s
	}
	rows := []figuresRow{}
	for at, s := range sums {
		rows = append(rows, rowOf(run, figures.Entry{From: at.from, Subject: at.subject, Sums: s}))
	}
	all, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, insertFigures+`
		ON CONFLICT (kind, subject, quarter, run) DO UPDATE
		   SET abandoned = figures.abandoned + excluded.abandoned, short_abandoned = figures.short_abandoned + excluded.short_abandoned,
		       withdrawn = figures.withdrawn + excluded.withdrawn, handled = figures.handled + excluded.handled,
		       talk_ms = figures.talk_ms + excluded.talk_ms, hold_ms = figures.hold_ms + excluded.hold_ms,
		       wrap_up_ms = figures.wrap_up_ms + excluded.wrap_up_ms, longest_ms = greatest(figures.longest_ms, excluded.longest_ms)`, string(all))
	return err
}

// forgetRuns deletes the runs of which nothing is left.
func forgetRuns(ctx context.Context, db execer, run string) error {
	_, err := db.Exec(ctx, `
		DELETE FROM figures_runs r
		 WHERE run <> $1 AND NOT EXISTS (SELECT FROM figures_waiting w WHERE w.run = r.run)
		   AND NOT EXISTS (SELECT FROM figures_handling h WHERE h.run = r.run)`, run)
	return err
}
