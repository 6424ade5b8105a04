package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets/postgres"
)

// Whoever takes an index away learns it here, and not from a database of five years.
func TestWatchingFindsItsRowsByIndexes(t *testing.T) {
	pool := apart(t)
	for _, sql := range []string{
		`INSERT INTO tickets (number, state, owner_kind, owner, next_at, next_step, opened_at, activity_at, version, reckoned, wake_at)
			SELECT 200000 + i, 'open', 'department', 'support', now(), 'follow_up', now(), now(), 1, CASE WHEN i % 1000 = 0 THEN 0 ELSE 1 END, now() + i * interval '1 minute'
			FROM generate_series(1, 20000) i`,
		`INSERT INTO ticket_changes (ticket, version, at, by_kind, kind, details, patch) SELECT number, 1, now(), 'call', 'call.arrived', '{}', '{"phase": ["", "new"]}' FROM tickets`,
		`INSERT INTO ticket_spells (ticket, n, party, from_at) SELECT number, 1, 'department', now() FROM tickets`,
		`INSERT INTO ticket_clocks (ticket, n, kind, cycle, allowed, used, started, broken, clock) SELECT number, 1, 'reaction', 1, '1 h', '0', now(), false, '{}' FROM tickets`,
		`INSERT INTO ticket_notices (ticket, kind, person, department, at, seen_at)
			SELECT number, 'assigned', CASE WHEN number::int % 2 = 0 THEN 'p' || number::int % 400 ELSE '' END, CASE WHEN number::int % 2 = 0 THEN '' ELSE 'd' || number::int % 41 END,
				now() + number::int * interval '1 s', now() FROM tickets`,
		`INSERT INTO work.river_job (kind, args) SELECT 'webhook', jsonb_build_object('ticket', number, 'args', '{"subject": "…"}'::jsonb) FROM tickets`,
		`ANALYZE`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range postgres.Watching(time.Now().Add(-time.Hour)) {
		rows, err := pool.Query(t.Context(), `EXPLAIN `+x.SQL, x.Args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if plan := strings.Join(lines, "\n"); !strings.Contains(plan, x.Index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s is not used:\n%s\n%s", x.Index, x.SQL, plan)
		}
	}
}
