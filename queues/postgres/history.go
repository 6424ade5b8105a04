package postgres

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/queues/figures"
	"hotline/telephony/hours"
)

// Figures of long ago are read by the day and by the month: one that is over is summed up, and a quarter of it that comes later takes the sum back, until it is summed up anew.
//
//	figures, figures_not_ready ──SumUp, each hour──► figures_sums: days ──► months ─┬─► History
//	              │                                                                 │
//	              └──what is not summed up, today for one───────────────────────────┘

const (
	sumEvery  = time.Hour
	sumAfter  = 10 * time.Minute // the end of a day: what is written of it then has mostly come
	lateAfter = 5 * time.Minute  // the end of a quarter: what is written of it then may be of a day that is summed up

	sumTime = 30 * time.Second // for one day or month
)

// lockSums is held by who sums up a day or a month, and by who writes late quarters: else a sum could miss one that it was just taken back for.
const lockSums = `SELECT pg_advisory_xact_lock(hashtext('figures_sums'))`

// sumColumns are the counts and times that a day or a month has.
const sumColumns = `offered, answered, in_target, abandoned, short_abandoned, overflowed, called_back, not_reached, called_in, withdrawn, announced, in_range,
	missed, declined, revoked, failed, waited_ms, longest_ms, handled, talk_ms, hold_ms, wrap_up_ms, ready_ms, busy_ms,
	calls_made, calls_answered, calls_talk_ms, not_ready_ms, overdue_ms`

// quarters are the quarters between two times as rows of days have them. Reasons are added up by agent and quarter beside the figures of the same.
const quarters = `
	SELECT kind, subject, quarter, offered, answered, in_target, abandoned, short_abandoned, overflowed, called_back, not_reached, called_in, withdrawn, announced, in_range,
		missed, declined, revoked, failed, waited_ms, longest_ms, handled, talk_ms, hold_ms, wrap_up_ms, ready_ms, busy_ms, calls_made, calls_answered, calls_talk_ms, 0::bigint AS not_ready_ms, 0::bigint AS overdue_ms
	FROM figures WHERE %[1]s
	UNION ALL
	SELECT 'agent', agent, quarter, 0,0,0,0,0,0,0,0,0,0,0,0, 0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0, not_ready_ms, overdue_ms
	FROM figures_not_ready WHERE %[1]s`

// sumsOf are the columns' sums; of the longest wait it is the longest.
func sumsOf(columns string) string {
	var all []string
	for c := range strings.SplitSeq(columns, ",") {
		c = strings.TrimSpace(c)
		if c == "longest_ms" {
			all = append(all, "max("+c+")")
		} else {
			all = append(all, "sum("+c+")::bigint")
		}
	}
	return strings.Join(all, ", ")
}

// insertSums sums rows up by kind and subject, and by kind alone.
func insertSums(rows string) string {
	return `
	INSERT INTO figures_sums (zone, span, day, kind, subject, ` + sumColumns + `)
	SELECT $1::text, $2::text, $3::date, kind, coalesce(subject, ''), ` + sumsOf(sumColumns) + `
	FROM (` + rows + `) AS q GROUP BY GROUPING SETS ((kind, subject), (kind))`
}

var (
	sqlSumDay   = insertSums(fmt.Sprintf(quarters, "quarter >= $4 AND quarter < $5"))
	sqlSumMonth = insertSums(`SELECT kind, subject, ` + sumColumns + ` FROM figures_sums WHERE zone = $1 AND span = 'day' AND subject <> '' AND day >= $4::date AND day < $5::date`)
)

// sqlLacksDays says whether there are quarters in a time that lie in no day summed up.
const sqlLacksDays = `
	SELECT EXISTS (SELECT FROM generate_series(greatest($2, (SELECT min(quarter) FROM figures)), $3::timestamptz - interval '15 minutes', interval '15 minutes') AS q
		WHERE NOT EXISTS (SELECT FROM figures_summed s WHERE s.zone = $1 AND s.span = 'day' AND q >= s.begins AND q < s.ends))`

// summed is a day or a month of a place that is summed up, or could be, with its bounds.
type summed struct {
	span, day    string // "day", "2026-03-02"
	begins, ends time.Time
}

func dayAt(begins time.Time) summed {
	return summed{"day", begins.Format(time.DateOnly), begins, hours.DayBegins(begins, 1)}
}

// monthAt is the month of a moment.
func monthAt(t time.Time) summed {
	y, m, _ := t.Date()
	begins := hours.DayBegins(time.Date(y, m, 1, 12, 0, 0, 0, t.Location()), 0)
	return summed{"month", begins.Format(time.DateOnly), begins, hours.DayBegins(time.Date(y, m+1, 1, 12, 0, 0, 0, t.Location()), 0)}
}

// SumUp sums up the days and months of a place that are over and not summed up yet, and says how many days it has summed up. Sums by another place's clock are forgotten.
func (s *Store) SumUp(ctx context.Context, place *time.Location, now time.Time) (n int, err error) {
	if _, err := s.pool.Exec(ctx, `WITH others AS (DELETE FROM figures_summed WHERE zone <> $1) DELETE FROM figures_sums WHERE zone <> $1`, place.String()); err != nil {
		return 0, fmt.Errorf("forget the sums of other places: %w", err)
	}
	var oldest *time.Time
	if err := s.pool.QueryRow(ctx, `SELECT min(quarter) FROM figures`).Scan(&oldest); err != nil || oldest == nil {
		return 0, err
	}
	known, err := summedIn(ctx, s.pool, place, *oldest, now)
	if err != nil {
		return 0, err
	}
	is := func(one summed) bool {
		return slices.ContainsFunc(known, func(k summed) bool { return k.span == one.span && k.day == one.day })
	}
	over := func(one summed) bool { return !one.ends.Add(sumAfter).After(now) }
	first := hours.DayBegins(oldest.In(place), 0)
	for d := dayAt(first); over(d); d = dayAt(d.ends) {
		if is(d) {
			continue
		}
		if err := s.sumUp(ctx, place, d, sqlSumDay, d.begins, d.ends); err != nil {
			return n, err
		}
		n++
	}
	for m := monthAt(first); over(m); m = monthAt(m.ends) {
		if is(m) {
			continue
		}
		if err := s.sumUp(ctx, place, m, sqlSumMonth, m.day, m.ends.Format(time.DateOnly)); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Store) sumUp(ctx context.Context, place *time.Location, one summed, sql string, bounds ...any) error {
	ctx, cancel := context.WithTimeout(ctx, sumTime)
	defer cancel()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockSums); err != nil {
			return err
		}
		if one.span == "month" {
			var lacks bool // a day was taken back just now
			err := tx.QueryRow(ctx, sqlLacksDays, place.String(), one.begins, one.ends).Scan(&lacks)
			if err != nil || lacks {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM figures_sums WHERE zone = $1 AND span = $2 AND day = $3`, place.String(), one.span, one.day); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql, append([]any{place.String(), one.span, one.day}, bounds...)...); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO figures_summed (zone, span, day, begins, ends) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, place.String(), one.span, one.day, one.begins, one.ends)
		return err
	})
	if err != nil {
		return fmt.Errorf("sum up the figures of the %s of %s: %w", one.span, one.day, err)
	}
	return nil
}

// sumEachHour sums up until ctx ends.
func (s *Store) sumEachHour(ctx context.Context, log *slog.Logger, place *time.Location) {
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-next.C:
		case <-ctx.Done():
			return
		}
		if _, err := s.SumUp(ctx, place, time.Now()); err != nil && ctx.Err() == nil {
			log.Warn("figures are not all summed up; trying again in an hour", "err", err)
		}
		next.Reset(sumEvery)
	}
}

// takeSumsBack lets the days and months be summed up anew of which late quarters are about to be written.
func takeSumsBack(ctx context.Context, tx pgx.Tx, entries []figures.Entry) error {
	late := lateOf(entries, time.Now())
	if len(late) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, lockSums); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM figures_summed s WHERE EXISTS (SELECT FROM unnest($1::timestamptz[]) AS q WHERE q >= s.begins AND q < s.ends)`, late)
	if err != nil {
		return fmt.Errorf("take back sums of figures: %w", err)
	}
	return nil
}

// lateOf are the quarters among entries that ended so long ago that their day may be summed up, each once.
func lateOf(entries []figures.Entry, now time.Time) (late []time.Time) {
	for _, e := range entries {
		if e.From.Add(figures.Quarter+lateAfter).Before(now) && !slices.ContainsFunc(late, e.From.Equal) {
			late = append(late, e.From)
		}
	}
	return late
}

// asker is the pool, or a transaction.
type asker interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// summedIn are the days and months summed up that lie between two times at least in part, in order, a month before its days.
func summedIn(ctx context.Context, db asker, place *time.Location, from, to time.Time) ([]summed, error) {
	rows, err := db.Query(ctx, `SELECT span, day::text, begins, ends FROM figures_summed WHERE zone = $1 AND ends > $2 AND begins < $3 ORDER BY begins, span DESC`, place.String(), from, to)
	var all []summed
	if err == nil {
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d summed, err error) {
			return d, row.Scan(&d.span, &d.day, &d.begins, &d.ends)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read what is summed up: %w", err)
	}
	return all, nil
}

// history sums up, by the step or by the subject, what is summed up already and the quarters of the gaps between that. those are the rows of sums that are meant.
func history(by, those string) string {
	return `
	SELECT ` + by + `, ` + sumsOf(sumColumns) + `
	FROM (
		SELECT d.step, f.subject, ` + sumColumns + `
		FROM unnest($4::text[], $5::date[], $6::int[]) AS d (span, day, step)
		JOIN figures_sums f ON f.zone = $1 AND f.span = d.span AND f.kind = $2 AND f.day = d.day AND ` + those + `
		UNION ALL
		SELECT width_bucket(q.quarter, $9::timestamptz[]), q.subject, ` + sumColumns + `
		FROM unnest($7::timestamptz[], $8::timestamptz[]) AS g (begins, ends)
		CROSS JOIN LATERAL (` + fmt.Sprintf(quarters, "quarter >= g.begins AND quarter < g.ends") + `) AS q
		WHERE q.kind = $2 AND ($3::text[] IS NULL OR q.subject = ANY ($3))
	) AS told
	GROUP BY ` + by
}

var (
	sqlStepsOfAll     = history("step", "f.subject = '' AND $3::text[] IS NULL")
	sqlStepsOfSome    = history("step", "f.subject = ANY ($3)")
	sqlSubjectsOfAll  = history("subject", "f.subject <> '' AND $3::text[] IS NULL")
	sqlSubjectsOfSome = history("subject", "f.subject = ANY ($3)")
)

// History answers a question, by what is summed up where that lies within one step, and by quarters elsewhere: all of it as it was at one moment.
func (s *Store) History(ctx context.Context, place *time.Location, q figures.HistoryQuestion) (h figures.History, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL jit = off`); err != nil { // to compile so many sums takes longer than to reckon them
			return err
		}
		h, err = historyIn(ctx, tx, place, q)
		return err
	})
	if err != nil {
		return h, fmt.Errorf("read the history of figures: %w", err)
	}
	slices.SortFunc(h.Subjects, func(a, b figures.SubjectSums) int { return cmp.Compare(a.ID, b.ID) })
	return h, nil
}

func historyIn(ctx context.Context, tx pgx.Tx, place *time.Location, q figures.HistoryQuestion) (h figures.History, err error) {
	from, to := q.Times[0], q.Times[len(q.Times)-1]
	known, err := summedIn(ctx, tx, place, from, to)
	if err != nil {
		return h, err
	}
	steps, subjects := sqlStepsOfAll, sqlSubjectsOfAll
	if q.IDs != nil {
		steps, subjects = sqlStepsOfSome, sqlSubjectsOfSome
	}
	h.Steps = make([]figures.Sums, len(q.Times)-1)
	var step int
	if err := tell(ctx, tx, steps, place, q, cover(q.Times, known), &step, func(sums figures.Sums) { h.Steps[step-1] = sums }); err != nil {
		return h, err
	}
	var subject string
	q.Times = []time.Time{from, to}
	err = tell(ctx, tx, subjects, place, q, cover(q.Times, known), &subject, func(sums figures.Sums) {
		h.Subjects = append(h.Subjects, figures.SubjectSums{ID: subject, Sums: sums})
	})
	return h, err
}

// tell reads sums: by is where each row's step or subject is put before each is called.
func tell(ctx context.Context, tx pgx.Tx, sql string, place *time.Location, q figures.HistoryQuestion, c covering, by any, each func(figures.Sums)) error {
	rows, err := tx.Query(ctx, sql, pgx.QueryExecModeCacheDescribe, place.String(), string(q.Kind), q.IDs, c.spans, c.days, c.steps, c.begins, c.ends, q.Times)
	if err != nil {
		return err
	}
	var r figuresRow
	var notReady, overdue int64
	_, err = pgx.ForEachRow(rows, []any{
		by, &r.Offered, &r.Answered, &r.InTarget, &r.Abandoned, &r.ShortAbandoned, &r.Overflowed, &r.CalledBack, &r.NotReached, &r.CalledIn, &r.Withdrawn, &r.Announced, &r.InRange,
		&r.Missed, &r.Declined, &r.Revoked, &r.Failed, &r.Waited, &r.Longest, &r.Handled, &r.Talk, &r.Hold, &r.WrapUp, &r.Ready, &r.Busy,
		&r.CallsMade, &r.CallsAnswered, &r.CallsTalk, &notReady, &overdue,
	}, func() error {
		sums := r.sums()
		if notReady > 0 {
			sums.Reasons = []figures.ReasonTime{{For: ms(notReady), Overdue: ms(overdue)}}
		}
		each(sums)
		return nil
	})
	return err
}

// covering is how a time is read: what is summed up, each in its step from 1, and the gaps between that.
type covering struct {
	spans, days  []string
	steps        []int32
	begins, ends []time.Time // of the gaps
}

// cover takes of what is summed up what lies within one step, months rather than their days.
func cover(times []time.Time, known []summed) (c covering) {
	c = covering{[]string{}, []string{}, []int32{}, []time.Time{}, []time.Time{}}
	at, step := times[0], 0
	gap := func(until time.Time) {
		if at.Before(until) {
			c.begins, c.ends = append(c.begins, at), append(c.ends, until)
		}
	}
	for _, k := range known {
		for step+1 < len(times) && !times[step+1].After(k.begins) {
			step++
		}
		if k.begins.Before(at) || step+1 == len(times) || k.begins.Before(times[step]) || k.ends.After(times[step+1]) {
			continue // it lies in two steps, not wholly in the time, or in a month that is taken
		}
		gap(k.begins)
		c.spans, c.days, c.steps, at = append(c.spans, k.span), append(c.days, k.day), append(c.steps, int32(step+1)), k.ends
	}
	gap(times[len(times)-1])
	return c
}

// History is Store.History, up to this moment; the time of agents who go on doing the same, up to a second ago.
func (b *Bookkeeper) History(ctx context.Context, q figures.HistoryQuestion) (figures.History, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	if err := b.save(ctx, settleAsked); err != nil {
		return figures.History{}, err
	}
	return b.store.History(ctx, b.location, q)
}
