package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/queues"
	"hotline/queues/figures"
)

// figuresRow is a row of figures, or a sum of some.
type figuresRow struct {
	Kind           figures.SubjectKind `json:"kind" db:"kind"`
	Subject        string              `json:"subject" db:"subject"`
	Quarter        time.Time           `json:"quarter" db:"-"`
	Run            string              `json:"run" db:"-"`
	Step           int                 `json:"-" db:"step"` // from 1
	Offered        int                 `json:"offered,omitzero" db:"offered"`
	Answered       int                 `json:"answered,omitzero" db:"answered"`
	InTarget       int                 `json:"in_target,omitzero" db:"in_target"`
	Abandoned      int                 `json:"abandoned,omitzero" db:"abandoned"`
	ShortAbandoned int                 `json:"short_abandoned,omitzero" db:"short_abandoned"`
	Overflowed     int                 `json:"overflowed,omitzero" db:"overflowed"`
	CalledBack     int                 `json:"called_back,omitzero" db:"called_back"`
	NotReached     int                 `json:"not_reached,omitzero" db:"not_reached"`
	CalledIn       int                 `json:"called_in,omitzero" db:"called_in"`
	Withdrawn      int                 `json:"withdrawn,omitzero" db:"withdrawn"`
	Announced      int                 `json:"announced,omitzero" db:"announced"`
	InRange        int                 `json:"in_range,omitzero" db:"in_range"`
	Missed         int                 `json:"missed,omitzero" db:"missed"`
	Declined       int                 `json:"declined,omitzero" db:"declined"`
	Revoked        int                 `json:"revoked,omitzero" db:"revoked"`
	Failed         int                 `json:"failed,omitzero" db:"failed"`
	Waited         int64               `json:"waited_ms,omitzero" db:"waited_ms"`
	Longest        int64               `json:"longest_ms,omitzero" db:"longest_ms"`
	Handled        int                 `json:"handled,omitzero" db:"handled"`
	Talk           int64               `json:"talk_ms,omitzero" db:"talk_ms"`
	Hold           int64               `json:"hold_ms,omitzero" db:"hold_ms"`
	WrapUp         int64               `json:"wrap_up_ms,omitzero" db:"wrap_up_ms"`
	CallsMade      int                 `json:"calls_made,omitzero" db:"calls_made"`
	CallsAnswered  int                 `json:"calls_answered,omitzero" db:"calls_answered"`
	CallsTalk      int64               `json:"calls_talk_ms,omitzero" db:"calls_talk_ms"`
	Ready          int64               `json:"ready_ms,omitzero" db:"ready_ms"`
	Busy           int64               `json:"busy_ms,omitzero" db:"busy_ms"`
}

// reasonRow is a row of figures_not_ready, or a sum of some.
type reasonRow struct {
	Agent    string        `json:"agent" db:"agent"`
	Quarter  time.Time     `json:"quarter" db:"-"`
	Run      string        `json:"run" db:"-"`
	Step     int           `json:"-" db:"step"` // from 1
	Reason   queues.Reason `json:"reason" db:"reason"`
	NotReady int64         `json:"not_ready_ms" db:"not_ready_ms"`
	Overdue  int64         `json:"overdue_ms" db:"overdue_ms"`
}

func rowOf(run string, e figures.Entry) figuresRow {
	s := e.Sums
	return figuresRow{
		Kind: e.Subject.Kind, Subject: e.Subject.ID, Quarter: e.From, Run: run,
		Offered: s.Offered, Answered: s.Answered, InTarget: s.InTarget, Abandoned: s.Abandoned, ShortAbandoned: s.ShortAbandoned,
		Overflowed: s.Overflowed, CalledBack: s.CalledBack, NotReached: s.NotReached, CalledIn: s.CalledIn, Withdrawn: s.Withdrawn,
		Announced: s.Announced, InRange: s.InRange, Missed: s.Missed, Declined: s.Declined, Revoked: s.Revoked, Failed: s.Failed,
		Waited: s.Waited.Milliseconds(), Longest: s.Longest.Milliseconds(), Handled: s.Handled,
		Talk: s.Talk.Milliseconds(), Hold: s.Hold.Milliseconds(), WrapUp: s.WrapUp.Milliseconds(),
		CallsMade: s.CallsMade, CallsAnswered: s.CallsAnswered, CallsTalk: s.CallsTalk.Milliseconds(),
		Ready: s.Ready.Milliseconds(), Busy: s.Busy.Milliseconds(),
	}
}

func (r figuresRow) sums() figures.Sums {
	return figures.Sums{
		Offered: r.Offered, Answered: r.Answered, InTarget: r.InTarget, Abandoned: r.Abandoned, ShortAbandoned: r.ShortAbandoned,
		Overflowed: r.Overflowed, CalledBack: r.CalledBack, NotReached: r.NotReached, CalledIn: r.CalledIn, Withdrawn: r.Withdrawn,
		Announced: r.Announced, InRange: r.InRange, Missed: r.Missed, Declined: r.Declined, Revoked: r.Revoked, Failed: r.Failed,
		Waited: ms(r.Waited), Longest: ms(r.Longest), Handled: r.Handled,
		Talk: ms(r.Talk), Hold: ms(r.Hold), WrapUp: ms(r.WrapUp),
		CallsMade: r.CallsMade, CallsAnswered: r.CallsAnswered, CallsTalk: ms(r.CallsTalk), Ready: ms(r.Ready), Busy: ms(r.Busy),
	}
}

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// SaveFigures writes what a run knows of some quarters, in one transaction: each entry takes the place of what that run had
// written of it before. No entry stands among them twice.
func (s *Store) SaveFigures(ctx context.Context, run string, entries []figures.Entry) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return saveFigures(ctx, tx, run, entries) })
}

func saveFigures(ctx context.Context, db pgx.Tx, run string, entries []figures.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	rows, reasons := make([]figuresRow, len(entries)), []reasonRow{}
	for i, e := range entries {
		rows[i] = rowOf(run, e)
		for _, r := range e.Sums.Reasons {
			reasons = append(reasons, reasonRow{
				Agent: e.Subject.ID, Quarter: e.From, Run: run, Reason: r.Reason, NotReady: r.For.Milliseconds(), Overdue: r.Overdue.Milliseconds(),
			})
		}
	}
	all, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	rest, err := json.Marshal(reasons)
	if err != nil {
		return err
	}
	if err := takeSumsBack(ctx, db, entries); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, setFigures, string(all), string(rest)); err != nil {
		return fmt.Errorf("save %d entries of figures: %w", len(entries), err)
	}
	return nil
}

// insertFigures begins a statement with rows of figures. What is absent in one is nothing: one of ten thousand agents who go on doing the same, and
// are written each half a minute, has little else.
const insertFigures = `
	INSERT INTO figures (kind, subject, quarter, run, offered, answered, in_target, abandoned, short_abandoned, overflowed,
	       called_back, not_reached, called_in, withdrawn, missed, declined, revoked, failed, waited_ms, longest_ms,
	       handled, talk_ms, hold_ms, wrap_up_ms, ready_ms, busy_ms, announced, in_range,
	       calls_made, calls_answered, calls_talk_ms)
	SELECT kind, subject, quarter, run,
	       coalesce(offered, 0), coalesce(answered, 0), coalesce(in_target, 0), coalesce(abandoned, 0), coalesce(short_abandoned, 0), coalesce(overflowed, 0),
	       coalesce(called_back, 0), coalesce(not_reached, 0), coalesce(called_in, 0), coalesce(withdrawn, 0), coalesce(missed, 0), coalesce(declined, 0),
	       coalesce(revoked, 0), coalesce(failed, 0), coalesce(waited_ms, 0), coalesce(longest_ms, 0), coalesce(handled, 0), coalesce(talk_ms, 0),
	       coalesce(hold_ms, 0), coalesce(wrap_up_ms, 0), coalesce(ready_ms, 0), coalesce(busy_ms, 0), coalesce(announced, 0), coalesce(in_range, 0),
	       coalesce(calls_made, 0), coalesce(calls_answered, 0), coalesce(calls_talk_ms, 0)
	  FROM jsonb_populate_recordset(NULL::figures, $1::jsonb)`

// setFigures writes each figure anew of those who have another one, and of why they were not ready what has changed: while they talk nothing has. That is looked for
// of each by itself (OFFSET 0), by the primary key.
const setFigures = `
	WITH rest AS (
		INSERT INTO figures_not_ready (agent, quarter, run, reason, not_ready_ms, overdue_ms)
		SELECT agent, quarter, run, reason, not_ready_ms, overdue_ms
		  FROM jsonb_populate_recordset(NULL::figures_not_ready, $2::jsonb) n
		 WHERE NOT EXISTS (SELECT FROM figures_not_ready h WHERE h.agent = n.agent AND h.quarter = n.quarter AND h.run = n.run AND h.reason = n.reason
		       AND h.not_ready_ms = n.not_ready_ms AND h.overdue_ms = n.overdue_ms OFFSET 0)
		ON CONFLICT (agent, quarter, run, reason) DO UPDATE
		   SET not_ready_ms = excluded.not_ready_ms, overdue_ms = excluded.overdue_ms
	)` + insertFigures + `
	ON CONFLICT (kind, subject, quarter, run) DO UPDATE
	   SET offered = excluded.offered, answered = excluded.answered, in_target = excluded.in_target,
	       abandoned = excluded.abandoned, short_abandoned = excluded.short_abandoned, overflowed = excluded.overflowed,
	       called_back = excluded.called_back, not_reached = excluded.not_reached, called_in = excluded.called_in, withdrawn = excluded.withdrawn,
	       missed = excluded.missed, declined = excluded.declined, revoked = excluded.revoked, failed = excluded.failed,
	       waited_ms = excluded.waited_ms, longest_ms = excluded.longest_ms, handled = excluded.handled,
	       talk_ms = excluded.talk_ms, hold_ms = excluded.hold_ms, wrap_up_ms = excluded.wrap_up_ms,
	       ready_ms = excluded.ready_ms, busy_ms = excluded.busy_ms,
	       announced = excluded.announced, in_range = excluded.in_range,
	       calls_made = excluded.calls_made, calls_answered = excluded.calls_answered, calls_talk_ms = excluded.calls_talk_ms`

const sumFigures = `
	sum(offered) AS offered, sum(answered) AS answered, sum(in_target) AS in_target, sum(abandoned) AS abandoned,
	sum(short_abandoned) AS short_abandoned, sum(overflowed) AS overflowed, sum(called_back) AS called_back,
	sum(not_reached) AS not_reached, sum(called_in) AS called_in, sum(withdrawn) AS withdrawn, sum(missed) AS missed, sum(declined) AS declined,
	sum(announced) AS announced, sum(in_range) AS in_range, sum(revoked) AS revoked, sum(failed) AS failed, sum(waited_ms)::bigint AS waited_ms, max(longest_ms) AS longest_ms,
	sum(handled) AS handled, sum(talk_ms)::bigint AS talk_ms, sum(hold_ms)::bigint AS hold_ms,
	sum(calls_made) AS calls_made, sum(calls_answered) AS calls_answered, sum(calls_talk_ms)::bigint AS calls_talk_ms,
	sum(wrap_up_ms)::bigint AS wrap_up_ms, sum(ready_ms)::bigint AS ready_ms, sum(busy_ms)::bigint AS busy_ms`

// Figures sums up, of all runs, what is kept of a subject (of all of its kind where it has no id) between each two
// neighbours of times, which are quarters' beginnings in order, at least two. Entries are in the order of time and id,
// at most limit of them; where nothing was there is none.
func (s *Store) Figures(ctx context.Context, of figures.Subject, times []time.Time, limit int) ([]figures.Entry, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT width_bucket(quarter, $3::timestamptz[]) AS step, kind, subject,`+sumFigures+`
		  FROM figures
		 WHERE kind = $1 AND ($2 = '' OR subject = $2) AND quarter >= $4 AND quarter < $5
		 GROUP BY step, kind, subject
		 ORDER BY step, subject COLLATE "C"
		 LIMIT $6`, of.Kind, of.ID, times, times[0], times[len(times)-1], limit)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[figuresRow])
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	entries := make([]figures.Entry, len(found))
	for i, row := range found {
		entries[i] = figures.Entry{From: times[row.Step-1], Subject: figures.Subject{Kind: row.Kind, ID: row.Subject}, Sums: row.sums()}
	}
	if of.Kind != figures.OfAgent {
		return entries, nil
	}
	return entries, s.addReasons(ctx, of.ID, times, entries)
}

// addReasons completes the entries of agents.
func (s *Store) addReasons(ctx context.Context, agent string, times []time.Time, entries []figures.Entry) error {
	rows, err := s.pool.Query(ctx, `
		SELECT width_bucket(quarter, $2::timestamptz[]) AS step, agent, reason,
		       sum(not_ready_ms)::bigint AS not_ready_ms, sum(overdue_ms)::bigint AS overdue_ms
		  FROM figures_not_ready
		 WHERE ($1 = '' OR agent = $1) AND quarter >= $3 AND quarter < $4
		 GROUP BY step, agent, reason
		 ORDER BY step, agent, reason COLLATE "C"`, agent, times, times[0], times[len(times)-1])
	if err != nil {
		return fmt.Errorf("read the times not ready: %w", err)
	}
	reasons, err := pgx.CollectRows(rows, pgx.RowToStructByName[reasonRow])
	if err != nil {
		return fmt.Errorf("read the times not ready: %w", err)
	}
	type row struct {
		from  time.Time
		agent string
	}
	at := make(map[row]int, len(entries))
	for i, e := range entries {
		at[row{e.From, e.Subject.ID}] = i
	}
	for _, r := range reasons {
		if i, there := at[row{times[r.Step-1], r.Agent}]; there {
			s := &entries[i].Sums
			s.Reasons = append(s.Reasons, figures.ReasonTime{Reason: r.Reason, For: ms(r.NotReady), Overdue: ms(r.Overdue)})
		}
	}
	return nil
}

// FiguresBefore sums up what other runs than this kept of queues since a time, by queue: what was before a restart.
func (s *Store) FiguresBefore(ctx context.Context, run string, since time.Time) (map[queues.QueueID]figures.Sums, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT 1 AS step, kind, subject,`+sumFigures+`
		  FROM figures
		 WHERE kind = 'queue' AND run <> $1 AND quarter >= $2
		 GROUP BY kind, subject`, run, since)
	if err != nil {
		return nil, fmt.Errorf("read the figures of earlier runs: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[figuresRow])
	if err != nil {
		return nil, fmt.Errorf("read the figures of earlier runs: %w", err)
	}
	all := make(map[queues.QueueID]figures.Sums, len(found))
	for _, row := range found {
		all[queues.QueueID(row.Subject)] = row.sums()
	}
	return all, nil
}
