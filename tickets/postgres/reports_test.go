package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/conformance"
	"hotline/tickets/due"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
	"hotline/tickets/reports"
	"hotline/tickets/watch"
)

// lived lets a drawn life happen in the database, with what a life does not draw: customers, topics and classes, calls that were served, calls that agents made, and a
// ticket from before there were histories.
func lived(t *testing.T, s *postgres.Store, pool *pgxpool.Pool, seed int) (end time.Time) {
	t.Helper()
	empty(t, pool)
	steps := rapid.Custom(conformance.Life).Example(seed)
	for _, step := range steps {
		_ = step.Take(s) // some are refused
		end = step.At
	}
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	for _, sql := range []string{
		`INSERT INTO customers (id, name) SELECT ('00000000-0000-4000-8000-00000000000' || i)::uuid, 'Customer ' || i FROM generate_series(1, 3) i`,
		fmt.Sprintf(`UPDATE tickets SET customer_id = CASE (number::bigint + %[1]d) %% 3 WHEN 0 THEN NULL WHEN 1 THEN '00000000-0000-4000-8000-000000000001'::uuid ELSE '00000000-0000-4000-8000-000000000002'::uuid END,
			topic = CASE (number::bigint / 7 + %[1]d) %% 3 WHEN 0 THEN '' WHEN 1 THEN 'internet' ELSE 'bill' END, class = CASE number::bigint %% 2 WHEN 0 THEN 'claim' ELSE '' END`, r.IntN(3)),
		fmt.Sprintf(`UPDATE contacts SET outcome = 'served', ended_at = arrived_at, agent_id = 'anna', disposition = CASE ('x' || substr(md5(id), 1, 4))::bit(16)::int %% 4 WHEN %d THEN 'wrong_number' WHEN 1 THEN 'resolved' WHEN 3 THEN 'resolved' ELSE disposition END
			WHERE ('x' || substr(md5(id), 5, 4))::bit(16)::int %% 3 <> 0`, r.IntN(3)),
		fmt.Sprintf(`UPDATE contacts SET called_by = CASE n %% 3 WHEN 0 THEN 'anna' ELSE 'boris' END, call_reason = CASE n %% 4 WHEN 0 THEN '' WHEN 1 THEN 'visit' ELSE 'answer' END,
			answered_at = CASE n %% 5 WHEN 0 THEN NULL ELSE arrived_at END, ended_at = CASE WHEN ended_at IS NULL OR n %% 7 = 0 THEN ended_at ELSE arrived_at + interval '5 minutes' END
			FROM (SELECT id AS of, ('x' || substr(md5(id || '%d'), 1, 6))::bit(24)::int AS n FROM contacts) AS drawn WHERE of = id AND n %% 11 < 6`, seed),
		`INSERT INTO contacts (id, channel, ticket, linked, agent_id, arrived_at, ended_at, outcome)
			SELECT 'again ' || c.id, 'visit', c.ticket, 'customer', 'boris', c.arrived_at + interval '20 days', c.arrived_at + interval '20 days', 'served' FROM contacts c WHERE c.id LIKE 'c%'`,
		`INSERT INTO ticket_promises (ticket, n, what, due, state, person, department, made_at, first_due, moved, ended_at)
			SELECT t.number, 100 + i, 'x', t.opened_at + i * interval '20 hours', (ARRAY['kept', 'broken', 'withdrawn'])[1 + i % 3], (ARRAY['anna', 'boris', ''])[1 + i % 2], (ARRAY['billing', 'technical'])[1 + i / 2 % 2],
				t.opened_at, t.opened_at, i % 4, t.opened_at + i * interval '20 hours' FROM tickets t, generate_series(1, 7) i WHERE t.number LIKE '1%'`,
		`INSERT INTO tickets (number, customer_id, topic, state, phase, department, closed_at, opened_at, activity_at)
			VALUES ('700007', '00000000-0000-4000-8000-000000000003', 'bill', 'closed', 'closed', 'billing', '2026-03-21T21:30:00Z', '2026-03-20T23:30:00Z', '2026-03-21T21:30:00Z')`,
		`INSERT INTO contacts (id, channel, ticket, linked, agent_id, arrived_at, ended_at, outcome) VALUES ('once', 'visit', '700007', 'new', 'boris', '2026-03-20T23:30:00Z', '2026-03-20T23:30:00Z', 'served')`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%v in %.100s", err, sql)
		}
	}
	terms := due.Terms{
		Terms: tickets.Terms{
			Departments: map[string]tickets.DepartmentTerms{"first_line": {}, "billing": {}, "technical": {}}, Agreements: map[string]tickets.AgreementTerms{"standard": {}}, Agreement: "standard",
			People: map[string]tickets.PersonTerms{"anna": {Departments: []string{"first_line"}}, "boris": {Departments: []string{"billing"}}},
		}.OrUsual(),
		Clocks:           map[string]*clock.Agreement{"standard": {ID: "standard", Target: clock.Target{Reaction: time.Hour, Resolution: 3 * 24 * time.Hour}}},
		DepartmentClocks: map[string]clock.DepartmentAgreement{"first_line": {Within: 3 * 24 * time.Hour}, "billing": {Within: 5 * 24 * time.Hour}, "technical": {Within: 20 * time.Hour}},
	}
	if err := watch.New(watch.Options{Store: s, Terms: terms}).Reckon(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE ticket_spells SET party = 'scheduled' WHERE n % 5 = 4`); err != nil { // lives wait for customers alone
		t.Fatal(err)
	}
	return end
}

var alike = cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 0.001), cmpopts.EquateEmpty()}

// TestReportsSayWhatEachTicketsLifeSays holds the SQL against a reckoning of each life in plain Go.
func TestReportsSayWhatEachTicketsLifeSays(t *testing.T) {
	s, pool := fresh(t)
	counted := postgres.NewReports(pool)
	lives := 18
	if testing.Short() {
		lives = 5
	}
	told := map[string]float64{} // how much there was of each figure: a report of nothing proves nothing
	for seed := range lives {
		end := lived(t, s, pool, seed)
		all, err := s.Lived(t.Context())
		must(t, err)
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		for _, report := range reports.All() {
			for _, group := range report.Groups {
				q := reports.Question{Report: report, Group: group, Repeat: 15 * 24 * time.Hour, Now: end.Add(time.Duration(r.IntN(200)) * time.Hour)}
				place, err := time.LoadLocation([]string{"Europe/Moscow", "America/New_York", "UTC"}[r.IntN(3)])
				must(t, err)
				from := time.Date(2026, 3, 1+r.IntN(20), 0, 0, 0, 0, time.UTC)
				q.Period, err = reports.FromTo(from.Format(time.DateOnly), from.AddDate(0, 0, r.IntN(60)).Format(time.DateOnly), place)
				must(t, err)
				if r.IntN(3) == 0 {
					q.Department = "billing"
				}
				got, err := counted.Report(t.Context(), q)
				must(t, err)
				want := conformance.Reckon(q, all)
				if diff := cmp.Diff(want.Rows, got.Rows, alike); diff != "" {
					t.Fatalf("life %d: report %s by %s from %s to %s of %q (-life +SQL):\n%s", seed, report.Name, group, q.Period.First(), q.Period.Last(), q.Department, diff)
				}
				for i, c := range report.Columns {
					if n := got.Total.Figures[i]; n > 0 {
						told[report.Name+" "+c.Key] += n
					}
				}
			}
		}
	}
	for _, report := range reports.All() {
		for _, c := range report.Columns {
			if told[report.Name+" "+c.Key] == 0 && !testing.Short() {
				t.Errorf("%s of report %s was nothing in all lives: the test says nothing about it", c.Key, report.Name)
			}
		}
	}
}

// One promise counts once, wherever it is kept: neither a merge nor its undoing withdraws it.
func TestPromiseThatGoesOnInAnotherTicketCountsThereAlone(t *testing.T) {
	s, pool := fresh(t)
	counted := postgres.NewReports(pool)
	report, _ := reports.Find("promises")
	counts := func(when string, kept, withdrawn float64) {
		t.Helper()
		period, err := reports.FromTo(time.Now().AddDate(0, 0, -1).Format(time.DateOnly), time.Now().AddDate(0, 0, 1).Format(time.DateOnly), time.UTC)
		must(t, err)
		a, err := counted.Report(t.Context(), reports.Question{Report: report, Group: reports.ByDepartment, Period: period, Now: time.Now()})
		must(t, err)
		if got, other := report.Of(a.Total, "kept"), report.Of(a.Total, "withdrawn"); got != kept || other != withdrawn {
			t.Errorf("%s %v promises are kept and %v withdrawn, want %v and %v", when, got, other, kept, withdrawn)
		}
	}
	a, b := called(t, s, 92_001), called(t, s, 92_002)
	for _, what := range []string{"call back", "send the bill"} {
		must(t, order(t, s, a, life.Promised{What: what, Due: time.Now().Add(time.Hour)}))
	}
	must(t, order(t, s, a, life.Merge{Into: b}))
	counts("after the merge", 0, 0)
	must(t, order(t, s, b, life.KeepPromise{N: 1}))
	must(t, order(t, s, a, life.Unmerge{}))
	counts("after it was undone", 1, 0)
	must(t, order(t, s, a, life.KeepPromise{N: 2}))
	counts("where both were kept", 2, 0)
	must(t, order(t, s, a, life.Promised{What: "nothing", Due: time.Now().Add(time.Hour)}))
	must(t, order(t, s, a, life.WithdrawPromise{N: 3}))
	must(t, order(t, s, a, life.Merge{Into: b}))
	counts("where a third was withdrawn before", 2, 1)
}

// A merge makes no figure better: what ran out before counts, and once where the clock of the other ticket is the same breach.
func TestClockThatRanOutBeforeAMergeCountsOnce(t *testing.T) {
	s, pool := fresh(t)
	a, b, c := called(t, s, 93_001), called(t, s, 93_002), called(t, s, 93_003)
	must(t, order(t, s, a, life.Merge{Into: b}))
	must(t, order(t, s, c, life.Merge{Into: b, Force: true}))
	_, err := pool.Exec(t.Context(), `INSERT INTO ticket_clocks (ticket, n, kind, cycle, allowed, used, started, ended, due, broken, clock) VALUES
		($1, 1, 'resolution', 1, '1 hour', '2 hours', now() - interval '3 hours', now(), now() - interval '2 hours', true, '{}'),
		($2, 1, 'resolution', 1, '1 hour', '2 hours', now() - interval '3 hours', NULL, now() - interval '2 hours', true, '{}'),
		($3, 1, 'resolution', 1, '1 hour', '2 hours', now() - interval '2 hours', now(), now() - interval '1 hour', true, '{}'),
		($3, 2, 'reaction', 1, '1 hour', '1 minute', now() - interval '2 hours', now(), now() - interval '1 hour', false, '{}')`, a, b, c)
	must(t, err)
	report, _ := reports.Find("clocks")
	period, err := reports.FromTo(time.Now().AddDate(0, 0, -1).Format(time.DateOnly), time.Now().AddDate(0, 0, 1).Format(time.DateOnly), time.UTC)
	must(t, err)
	answer, err := postgres.NewReports(pool).Report(t.Context(), reports.Question{Report: report, Group: reports.ByDepartment, Period: period, Now: time.Now()})
	must(t, err)
	if broken, kept := report.Of(answer.Total, "resolution_broken"), report.Of(answer.Total, "reaction_kept"); broken != 2 || kept != 0 {
		t.Errorf("%v clocks were broken and %v kept", broken, kept)
	}
}

// TestTicketsThatAreOpenAreThoseThatCameAndHaveNotGone holds over any time and any cut of it.
func TestTicketsThatAreOpenAreThoseThatCameAndHaveNotGone(t *testing.T) {
	s, pool := fresh(t)
	counted := postgres.NewReports(pool)
	for seed := range 5 {
		end := lived(t, s, pool, 100+seed)
		report, _ := reports.Find("tickets")
		period, err := reports.FromTo("2026-02-20", "2026-07-01", time.UTC)
		must(t, err)
		ask := func(g reports.Group) reports.Answer {
			a, err := counted.Report(t.Context(), reports.Question{Report: report, Group: g, Period: period, Now: end.Add(time.Hour)})
			must(t, err)
			return a
		}
		open := 0.0
		for _, r := range ask(reports.ByDay).Rows {
			open += report.Of(r, "opened") + report.Of(r, "reopened") - report.Of(r, "closed")
			if got := report.Of(r, "open"); got != open {
				t.Fatalf("life %d: on %s %v tickets are open, and %v came and did not go", seed, r.Key, got, open)
			}
		}
		var now float64
		must(t, pool.QueryRow(context.Background(), `SELECT count(*)::float8 FROM tickets WHERE state = 'open'`).Scan(&now))
		for _, g := range report.Groups {
			if got := report.Of(ask(g).Total, "open"); got != now {
				t.Errorf("life %d: by %s %v tickets are open at last, and %v are", seed, g, got, now)
			}
		}
	}
}
