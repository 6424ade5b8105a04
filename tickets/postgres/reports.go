package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/reports"
)

// A report is one statement, which gives a key and the counted figures of the report for each group. What each figure counts the package reports
// says. Days are given as the moments at which they begin: how long a day is, by the clocks of the line's place, nobody but the Period knows.

// reporting turns a question into SQL.
type reporting struct {
	q      reports.Question
	starts []time.Time // of the times by which the rows are, where they are by time
	args   []any

	from, to string // placeholders
}

// sqlReportPatience lets a report of years take longer than what calls and pages wait for, and more than one processor.
const sqlReportPatience = `SELECT set_config('statement_timeout', '2min', true), set_config('max_parallel_workers_per_gather', '2', true)`

// reportsAtOnce is how many reports are counted at the same time: calls and sign-ins need the database, too.
const reportsAtOnce = 2

// Reports counts what reports tell over the tickets of a pool.
type Reports struct {
	pool  *pgxpool.Pool
	turns chan struct{} // holds one for each report that is being counted
}

// NewReports is the reports over a pool, which stays the caller's to close.
func NewReports(pool *pgxpool.Pool) *Reports {
	return &Reports{pool, make(chan struct{}, reportsAtOnce)}
}

// Report is a report, as of the question's now. Where others are being counted it waits for its turn, as long as ctx lets it.
func (s *Reports) Report(ctx context.Context, q reports.Question) (reports.Answer, error) {
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return reports.Answer{}, fmt.Errorf("report %s: %w", q.Report.Name, ctx.Err())
	}
	r, counted := reportingOf(q), map[string][]float64{}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlReportPatience); err != nil {
			return err
		}
		return r.count(ctx, tx, counted)
	})
	if err != nil {
		return reports.Answer{}, fmt.Errorf("report %s: %w", q.Report.Name, err)
	}
	return q.Finish(r.dated(counted)), nil
}

// count puts the counted figures of each group into counted, by the group's key.
func (r *reporting) count(ctx context.Context, tx pgx.Tx, counted map[string][]float64) error {
	sql := r.statement()
	// Planned for these very values: a day is not a year.
	rows, err := tx.Query(ctx, sql, append([]any{pgx.QueryExecModeCacheDescribe}, r.args...)...)
	if err != nil {
		return err
	}
	var key string
	figures := make([]float64, len(r.q.Report.Counted()))
	into := []any{&key}
	for i := range figures {
		into = append(into, &figures[i])
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		counted[key] = append([]float64{}, figures...)
		return nil
	})
	return err
}

func reportingOf(q reports.Question) *reporting {
	r := &reporting{q: q}
	if q.Group.Timed() {
		r.starts = q.Period.Starts(q.Group)
	}
	r.from, r.to = r.arg(q.Period.From), r.arg(q.Period.To)
	return r
}

func (r *reporting) arg(v any) string {
	r.args = append(r.args, v)
	n := "$" + strconv.Itoa(len(r.args))
	switch v.(type) {
	case time.Time:
		return n + "::timestamptz"
	case []time.Time:
		return n + "::timestamptz[]"
	case string:
		return n + "::text"
	case []string:
		return n + "::text[]"
	case float64:
		return n + "::float8"
	}
	return n
}

func (r *reporting) statement() string {
	switch r.q.Report.Name {
	case "tickets":
		return r.tickets()
	case "clocks":
		return r.clocks()
	case "whose":
		return r.whose()
	case "promises":
		return r.promises()
	case "repeats", "gaps":
		return r.repeats()
	case "people", "departments":
		return r.people()
	case "calls_made":
		return r.calls()
	default:
		panic("postgres: report " + r.q.Report.Name)
	}
}

// key is the group of a ticket t, or of a moment.
func (r *reporting) key(moment string) string {
	switch r.q.Group {
	case reports.ByTopic:
		return "t.topic"
	case reports.ByClass:
		return "t.class"
	case reports.ByDepartment:
		return "t.department"
	case reports.ByChannel:
		return "coalesce((SELECT c.channel FROM contacts c WHERE c.id = t.opened_by AND t.opened_by <> ''), '')"
	default:
		return "width_bucket(" + moment + ", " + r.arg(r.starts) + ")::text"
	}
}

// theirs is the condition that something is of the department that is asked about.
func (r *reporting) theirs(column string) string {
	if r.q.Department == "" {
		return "true"
	}
	return column + " = " + r.arg(r.q.Department)
}

// dated turns the numbers of times into their first days, and counts back how many tickets were open as each ended.
func (r *reporting) dated(counted map[string][]float64) map[string][]float64 {
	if !r.q.Group.Timed() {
		return counted
	}
	dated := map[string][]float64{}
	for i, start := range r.starts {
		if c, there := counted[strconv.Itoa(i+1)]; there {
			dated[start.Format(time.DateOnly)] = c
		}
	}
	if r.q.Report.Name != "tickets" {
		return dated
	}
	open := 0.0
	if c, there := counted[""]; there {
		open = c[3]
	}
	for i := len(r.starts) - 1; i >= 0; i-- {
		key := r.starts[i].Format(time.DateOnly)
		if dated[key] == nil {
			dated[key] = make([]float64, 4)
		}
		c := dated[key]
		c[3] = open
		open -= c[0] - c[1] + c[2]
	}
	return dated
}

// reopening is a line of a history with which a closed ticket was opened again: it says when it had been closed. Facts may come late, but not so
// late that they are looked for for ever.
const (
	reopening  = `patch ? 'closed' AND patch -> 'closed' ->> 1 = ''`
	hadClosed  = `nullif(patch -> 'closed' ->> 0, '')::timestamptz`
	latestFact = `interval '30 days'`
)

// tickets counts what happened from the beginning of the time up to now: by what came after its end is known how many were open then.
func (r *reporting) tickets() string {
	key := r.key("e.at")
	if r.q.Group.Timed() {
		key = "CASE WHEN e.at < " + r.to + " THEN " + key + " ELSE '' END"
	}
	return strings.NewReplacer("$from", r.from, "$to", r.to, "$key", key, "$theirs", r.theirs("t.department"), "$reopening", reopening, "$had_closed", hadClosed, "$latest", latestFact).Replace(`
		WITH e (number, at, opened, closed, reopened, is_open) AS (
			SELECT number, opened_at, 1, 0, 0, 0 FROM tickets WHERE opened_at >= $from
			UNION ALL SELECT number, closed_at, 0, 1, 0, 0 FROM tickets WHERE state = 'closed' AND closed_at >= $from
			UNION ALL SELECT ticket, $had_closed, 0, 1, 0, 0 FROM ticket_changes WHERE $reopening AND at >= $from - $latest AND $had_closed >= $from
			UNION ALL SELECT ticket, at, 0, 0, 1, 0 FROM ticket_changes WHERE $reopening AND at >= $from
			UNION ALL SELECT number, NULL, 0, 0, 0, 1 FROM tickets WHERE state = 'open'
		)
		SELECT $key, coalesce(sum(e.opened) FILTER (WHERE e.at < $to), 0)::float8, coalesce(sum(e.closed) FILTER (WHERE e.at < $to), 0)::float8,
			coalesce(sum(e.reopened) FILTER (WHERE e.at < $to), 0)::float8,
			(sum(e.is_open) + coalesce(sum(e.closed - e.opened - e.reopened) FILTER (WHERE e.at >= $to), 0))::float8
		FROM e JOIN tickets t ON t.number = e.number WHERE $theirs GROUP BY 1`)
}

// clocks leaves out those of tickets that were no matter at all, and what was kept of one that goes on in another: it is not solved. What a department
// had handed on before counts, and so does what ran out before a merge: once, where the other ticket's clock has run out with it.
func (r *reporting) clocks() string {
	// A department answers for what it had in its own time, whoever has the ticket now.
	const department = "CASE k.kind WHEN 'department' THEN k.department ELSE t.department END"
	var key string
	switch r.q.Group {
	case reports.ByAgreement:
		key = "k.agreement"
	case reports.ByDepartment:
		key = department
	default:
		key = r.key("k.counts_at")
	}
	var figures []string
	for _, kind := range []string{"reaction", "resolution", "department"} {
		for _, broken := range []string{"NOT k.broken", "k.broken"} {
			figures = append(figures, "count(*) FILTER (WHERE k.kind = '"+kind+"' AND "+broken+")::float8")
		}
	}
	return `
		SELECT ` + key + `, ` + strings.Join(figures, ", ") + `
		FROM (
			SELECT ticket, kind, agreement, department, broken, ended AS counts_at FROM ticket_clocks WHERE ended >= ` + r.from + ` AND ended < ` + r.to + ` AND NOT broken
			UNION ALL SELECT ticket, kind, agreement, department, broken, due FROM ticket_clocks WHERE broken AND due >= ` + r.from + ` AND due < ` + r.to + `
		) AS k JOIN tickets t ON t.number = k.ticket
		WHERE ` + r.theirs(department) + ` AND t.disposition <> ALL (` + r.arg(reports.NoMatter) + `) AND (t.merged_into IS NULL OR CASE WHEN k.broken
			THEN NOT EXISTS (SELECT FROM ticket_clocks o WHERE o.ticket = t.merged_into AND o.kind = k.kind AND o.department = k.department AND o.broken AND o.due = k.counts_at)
			ELSE k.kind = 'department' AND k.counts_at < t.closed_at END) GROUP BY 1`
}

func (r *reporting) whose() string {
	var figures []string
	for _, party := range []string{"customer", "first_line", "department", "vendor", "scheduled"} {
		figures = append(figures, "coalesce(sum(x.seconds) FILTER (WHERE s.party = '"+party+"'), 0)::float8")
	}
	key, pieces := "", "(SELECT extract(epoch FROM s.until - s.since) AS seconds)"
	if r.q.Group.Timed() {
		starts, ends := r.arg(r.starts), r.arg(append(append([]time.Time{}, r.starts[1:]...), r.q.Period.To))
		key = "x.i::text"
		pieces = strings.NewReplacer("$starts", "("+starts+")", "$ends", "("+ends+")").Replace(`(
			SELECT i, extract(epoch FROM least(s.until, $ends[i]) - greatest(s.since, $starts[i])) AS seconds
			FROM generate_series(width_bucket(s.since, $starts), width_bucket(s.until - interval '1 microsecond', $starts)) AS i)`)
	} else {
		key = r.key("")
	}
	return strings.NewReplacer("$from", r.from, "$to", r.to, "$now", r.arg(r.q.Now)).Replace(`
		WITH s AS (
			SELECT ticket, party, greatest(from_at, $from) AS since, least(coalesce(to_at, $now), $to, $now) AS until FROM (
				SELECT ticket, party, from_at, to_at FROM ticket_spells
					WHERE from_at >= $from - interval '60 days' AND from_at < $to AND to_at > $from AND to_at - from_at <= interval '60 days'
				UNION ALL SELECT ticket, party, from_at, to_at FROM ticket_spells WHERE to_at IS NULL AND from_at < $to
				UNION ALL SELECT ticket, party, from_at, to_at FROM ticket_spells WHERE to_at > $from AND to_at - from_at > interval '60 days' AND from_at < $to
			) AS overlapping
		)
		SELECT `+key+`, `+strings.Join(figures, ", ")+`
		FROM s JOIN tickets t ON t.number = s.ticket CROSS JOIN LATERAL `+pieces+` AS x
		WHERE s.until > s.since AND `) + r.theirs("t.department") + ` GROUP BY 1`
}

// promises leaves out those that went on in another ticket: they count there.
func (r *reporting) promises() string {
	key := map[reports.Group]string{reports.ByPerson: "p.person", reports.ByDepartment: "p.department"}[r.q.Group]
	if key == "" {
		key = r.key("p.ended_at")
	}
	return `
		SELECT ` + key + `, count(*) FILTER (WHERE p.state = 'kept')::float8, count(*) FILTER (WHERE p.state = 'broken')::float8,
			count(*) FILTER (WHERE p.state = 'withdrawn')::float8, sum(p.moved)::float8
		FROM ticket_promises p WHERE p.state <> 'open' AND NOT p.went_on AND p.ended_at >= ` + r.from + ` AND p.ended_at < ` + r.to + ` AND ` + r.theirs("p.department") + `
		GROUP BY 1`
}

// served are the outcomes of contacts in which somebody was.
func served() (all []string) {
	for _, o := range tickets.Outcomes {
		if !o.BrokeOff() {
			all = append(all, string(o))
		}
	}
	return all
}

func (r *reporting) repeats() string {
	key := "t.channel" // of the contact
	if r.q.Group != reports.ByChannel {
		key = r.key("t.arrived_at")
	}
	return strings.NewReplacer("$from", r.from, "$to", r.to, "$key", key, "$theirs", r.theirs("t.department"),
		"$within", "("+r.arg(r.q.Repeat.Seconds())+" * interval '1 second')", "$served", r.arg(served()), "$no_matter", r.arg(reports.NoMatter)).Replace(`
		WITH near AS (
			SELECT c.id, c.arrived_at, c.channel, t.topic, t.class, t.department, t.customer_id, (t.state = 'closed' OR t.phase = 'solved') AND t.reopened = 0 AS settled
			FROM contacts c JOIN tickets t ON t.number = c.ticket
			WHERE c.arrived_at >= $from - $within AND c.arrived_at < $to + $within AND c.outcome = ANY ($served) AND c.disposition <> ALL ($no_matter)
		), told AS (
			SELECT near.*, true AS known, lag(arrived_at) OVER w AS before, lead(arrived_at) OVER w AS after FROM near
				WHERE customer_id IS NOT NULL AND topic <> '' WINDOW w AS (PARTITION BY customer_id, topic ORDER BY arrived_at, id)
			UNION ALL SELECT near.*, false, NULL, NULL FROM near WHERE customer_id IS NULL OR topic = ''
		)
		SELECT $key, count(*)::float8, count(*) FILTER (WHERE NOT known)::float8, count(*) FILTER (WHERE repeated)::float8,
			count(*) FILTER (WHERE known AND NOT repeated AND settled AND (after IS NULL OR after > arrived_at + $within))::float8
		FROM (SELECT told.*, known AND coalesce(before >= arrived_at - $within, false) AS repeated FROM told) AS t
		WHERE t.arrived_at >= $from AND t.arrived_at < $to AND $theirs GROUP BY 1`)
}

func (r *reporting) calls() string {
	var key string
	switch r.q.Group {
	case reports.ByReason:
		key = "c.call_reason"
	case reports.ByPerson:
		key = "c.called_by"
	case reports.ByCalls:
		key = "c.called_by || " + r.arg(reports.CallsKey("", "")) + " || c.call_reason"
	default:
		key = r.key("c.arrived_at")
	}
	return `
		SELECT ` + key + `, count(*)::float8, count(c.answered_at)::float8, coalesce(sum(extract(epoch FROM greatest(c.ended_at - c.answered_at, interval '0'))), 0)::float8
		FROM contacts c JOIN tickets t ON t.number = c.ticket
		WHERE c.called_by <> '' AND c.arrived_at >= ` + r.from + ` AND c.arrived_at < ` + r.to + ` AND ` + r.theirs("t.department") + `
		GROUP BY 1`
}

// people is of people, and of departments likewise.
func (r *reporting) people() string {
	of := []string{"$served_by", "c.agent_id", "$had", "s.person", "$before", "b.person", "$solver", "t.solved_by", "$owner", "CASE t.owner_kind WHEN 'person' THEN t.owner ELSE '' END"}
	if r.q.Report.Name == "departments" {
		of = []string{"$served_by", "t.department", "$had", "s.department", "$before", "b.department", "$solver", "t.department", "$owner", "t.department"}
	}
	of = append(of, "$from", r.from, "$to", r.to, "$now", r.arg(r.q.Now), "$served", r.arg(served()), "$theirs", r.theirs("t.department"))
	return strings.NewReplacer(of...).Replace(`
		SELECT who, sum(calls)::float8, sum(solved_in_call)::float8, sum(taken)::float8, sum(solved)::float8, sum(load)::float8, sum(overdue)::float8, sum(age)::float8, max(age)::float8
		FROM (
			SELECT $served_by AS who, 1 AS calls, (c.disposition = 'resolved')::int AS solved_in_call, 0 AS taken, 0 AS solved, 0 AS load, 0 AS overdue, 0::float8 AS age
				FROM contacts c JOIN tickets t ON t.number = c.ticket WHERE c.arrived_at >= $from AND c.arrived_at < $to AND c.outcome = ANY ($served) AND $theirs
			UNION ALL SELECT $had, 0, 0, 1, 0, 0, 0, 0
				FROM ticket_spells s JOIN tickets t ON t.number = s.ticket LEFT JOIN ticket_spells b ON b.ticket = s.ticket AND b.n = s.n - 1
				WHERE s.from_at >= $from AND s.from_at < $to AND $had IS DISTINCT FROM $before AND $theirs
			UNION ALL SELECT $solver, 0, 0, 0, 1, 0, 0, 0 FROM tickets t WHERE t.solved_at >= $from AND t.solved_at < $to AND $theirs
			UNION ALL SELECT $owner, 0, 0, 0, 0, 1, (t.next_at < $now)::int, greatest(extract(epoch FROM $now - t.opened_at), 0)::float8 FROM tickets t WHERE t.state = 'open' AND $theirs
		) AS all_of_it WHERE who <> '' GROUP BY who`)
}
