package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/conformance"
	"hotline/tickets/customers"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
)

// decades fills a database with tickets, contacts, facts and customers whose names say how they are to fare.
func decades(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `
		INSERT INTO customers (id, name, created_at) VALUES
			('00000000-0000-4000-8000-000000000001', 'goes: never called', now() - interval '900 days'),
			('00000000-0000-4000-8000-000000000002', 'goes: called long ago', now() - interval '900 days'),
			('00000000-0000-4000-8000-000000000003', 'stays: called lately', now() - interval '900 days'),
			('00000000-0000-4000-8000-000000000004', 'stays: has an open ticket', now() - interval '900 days'),
			('00000000-0000-4000-8000-000000000005', 'stays: new', now());
		INSERT INTO customer_numbers SELECT '+7916000000' || right(id::text, 1), id FROM customers;
		INSERT INTO tickets (number, customer_id, state, owner_kind, owner, next_at, next_step, closed_at, opened_at, activity_at) VALUES
			('100001', '00000000-0000-4000-8000-000000000002', 'closed', 'department', 'd', NULL, NULL, now() - interval '800 days', now() - interval '800 days', now() - interval '800 days'),
			('100002', NULL, 'closed', 'department', 'd', NULL, NULL, now() - interval '1 day', now() - interval '800 days', now() - interval '1 day'),
			('100003', '00000000-0000-4000-8000-000000000004', 'open', 'department', 'd', now(), 'follow_up', NULL, now() - interval '800 days', now() - interval '800 days'),
			('100004', NULL, 'closed', 'department', 'd', NULL, NULL, now() - interval '800 days', now() - interval '800 days', now() - interval '800 days'),
			('100005', NULL, 'closed', 'department', 'd', NULL, NULL, now() - interval '800 days', now() - interval '800 days', now() - interval '800 days');
		INSERT INTO merged_numbers (number, ticket) VALUES ('100009', '100001');
		INSERT INTO contacts (id, ticket, linked, customer_id, caller, arrived_at, ended_at, outcome) VALUES
			('goes', '100001', 'new', '00000000-0000-4000-8000-000000000002', '+79160000002', now() - interval '800 days', now() - interval '800 days', 'served'),
			('stays: its ticket moved', '100002', 'new', NULL, '', now() - interval '800 days', now() - interval '800 days', 'served'),
			('stays: its ticket is open', '100003', 'new', NULL, '', now() - interval '800 days', now() - interval '800 days', 'served'),
			('stays: arrived lately', '100004', 'new', '00000000-0000-4000-8000-000000000003', '', now() - interval '1 day', now(), 'served'),
			('stays: goes on', '100005', 'new', NULL, '', now() - interval '800 days', NULL, '');
		UPDATE contacts SET about = '100001' WHERE id = 'stays: arrived lately';
		INSERT INTO facts (contact_id, kind, n, at, event, applied_at) SELECT id, 'arrived', 0, arrived_at, '{}', arrived_at FROM contacts;
		DELETE FROM work.river_job;
		INSERT INTO work.river_job (kind, args) VALUES ('goes', '{"ticket": "100001", "args": 1}'), ('stays: of another', '{"ticket": "100002"}'), ('stays: of none', '{"args": "100001"}')`)
	if err != nil {
		t.Fatal(err)
	}
}

func column(t *testing.T, pool *pgxpool.Pool, sql string) (all []string) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), `SELECT coalesce(array_agg(x ORDER BY x), '{}') FROM (`+sql+`) AS q (x)`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

const days = 24 * time.Hour

func TestWhatWasKeptForLongEnoughIsDeleted(t *testing.T) {
	s, pool := fresh(t)
	decades(t, pool)
	done, err := s.Forget(t.Context(), postgres.Retention{Contacts: 365 * days, Customers: 365 * days}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if want := (postgres.Forgotten{Tickets: 1, Contacts: 1, Facts: 1, Customers: 2}); done != want {
		t.Errorf("deleted %+v, want %+v", done, want)
	}
	for what, sql := range map[string]string{"contact": `SELECT id FROM contacts`, "customer": `SELECT name FROM customers`, "fact": `SELECT contact_id FROM facts`, "job": `SELECT kind FROM work.river_job`} {
		for _, name := range column(t, pool, sql) {
			if name[:5] != "stays" {
				t.Errorf("%s %q is still there", what, name)
			}
		}
	}
	if left := column(t, pool, `SELECT number FROM tickets UNION SELECT number FROM merged_numbers`); len(left) != 4 {
		t.Errorf("the numbers %v are left", left)
	}
	if left := column(t, pool, `SELECT kind FROM work.river_job`); len(left) != 2 {
		t.Errorf("the jobs %v are left", left)
	}
	if left := column(t, pool, `SELECT about FROM contacts WHERE about <> ''`); len(left) != 0 {
		t.Errorf("a contact says to be about %v, which is gone", left)
	}
	if left := column(t, pool, `SELECT number FROM customer_numbers`); len(left) != 3 {
		t.Errorf("customers' numbers %v are left", left)
	}
	if again, err := s.Forget(t.Context(), postgres.Retention{Contacts: 365 * days, Customers: 365 * days}, time.Now()); err != nil || again != (postgres.Forgotten{}) {
		t.Errorf("the second time deletes %+v, error %v", again, err)
	}
}

func TestFactsAreDeletedByAnAgeOfTheirOwn(t *testing.T) {
	s, pool := fresh(t)
	decades(t, pool)
	done, err := s.Forget(t.Context(), postgres.Retention{Facts: 365 * days}, time.Now())
	if want := (postgres.Forgotten{Facts: 4}); err != nil || done != want {
		t.Errorf("deleted %+v, error %v, want %+v", done, err, want)
	}
	if left := column(t, pool, `SELECT contact_id FROM facts`); len(left) != 1 || left[0] != "stays: arrived lately" {
		t.Errorf("the facts of %v are left", left)
	}
	if left := column(t, pool, `SELECT id FROM contacts`); len(left) != 5 {
		t.Errorf("the contacts %v are left", left)
	}
}

func TestNothingIsDeletedWithoutARule(t *testing.T) {
	s, pool := fresh(t)
	decades(t, pool)
	if done, err := s.Forget(t.Context(), postgres.Retention{}, time.Now()); err != nil || done != (postgres.Forgotten{}) {
		t.Errorf("deleted %+v, error %v", done, err)
	}
}

// More than one piece goes, and what a piece leaves behind does not hide what follows.
func TestManyPiecesAreDeleted(t *testing.T) {
	s, pool := fresh(t)
	_, err := pool.Exec(t.Context(), `
		INSERT INTO tickets (number, state, owner_kind, owner, closed_at, opened_at, activity_at)
			SELECT 200000 + i, 'closed', 'department', 'd', now() - interval '800 days', now() - interval '800 days', now() - interval '800 days' FROM generate_series(1, 1200) i;
		INSERT INTO customers (id, name, created_at) SELECT gen_random_uuid(), 'c' || i, CASE WHEN i % 2 = 0 THEN now() ELSE now() - interval '800 days' END FROM generate_series(1, 12000) i`)
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.Forget(t.Context(), postgres.Retention{Contacts: 365 * days, Customers: 365 * days}, time.Now())
	if want := (postgres.Forgotten{Tickets: 1200, Customers: 6000}); err != nil || done != want {
		t.Errorf("deleted %+v, error %v, want %+v", done, err, want)
	}
}

// aged makes tickets ones that nobody has touched for long.
func aged(t *testing.T, pool *pgxpool.Pool, numbers ...tickets.Number) {
	t.Helper()
	for _, sql := range []string{
		`UPDATE tickets SET activity_at = now() - interval '800 days' WHERE number = ANY ($1)`,
		`UPDATE contacts SET arrived_at = now() - interval '800 days', ended_at = now() - interval '800 days', outcome = 'served' WHERE ticket = ANY ($1)`,
	} {
		if _, err := pool.Exec(t.Context(), sql, numbers); err != nil {
			t.Fatal(err)
		}
	}
}

// replays checks that the histories of all tickets say what these are.
func replays(t *testing.T, s *postgres.Store) {
	t.Helper()
	rows, err := s.Rows(t.Context())
	if err == nil {
		err = conformance.Holds(rows)
	}
	if err != nil {
		t.Error(err)
	}
}

func forget(t *testing.T, s *postgres.Store, want postgres.Forgotten) {
	t.Helper()
	if done, err := s.Forget(t.Context(), postgres.Retention{Contacts: 365 * days, Customers: 365 * days}, time.Now()); err != nil || done != want {
		t.Errorf("deleted %+v, error %v, want %+v", done, err, want)
	}
}

func TestWhatWasMergedIsKeptAsLongAsWhatItGoesOnIn(t *testing.T) {
	s, pool := fresh(t)
	a, b := called(t, s, 86_001), called(t, s, 86_002)
	must(t, order(t, s, a, life.Merge{Into: b}))
	aged(t, pool, a, b)
	forget(t, s, postgres.Forgotten{})
	must(t, order(t, s, a, life.Unmerge{}))
	must(t, order(t, s, a, life.Merge{Into: b}))
	must(t, order(t, s, b, life.ConfirmIt{}))
	aged(t, pool, a, b)
	replays(t, s)
	forget(t, s, postgres.Forgotten{Tickets: 2, Contacts: 2, Facts: 2})
}

func TestWhatReferredToATicketThatIsDeletedSaysSoInItsHistory(t *testing.T) {
	s, pool := fresh(t)
	incident, child := called(t, s, 86_011), called(t, s, 86_012)
	must(t, order(t, s, child, life.SetParent{Parent: incident}))
	must(t, order(t, s, child, life.Tie{Other: incident}))
	must(t, order(t, s, incident, life.ConfirmIt{}))
	aged(t, pool, incident)
	forget(t, s, postgres.Forgotten{Tickets: 1, Contacts: 1, Facts: 1})
	replays(t, s)
	m, err := s.Matter(t.Context(), child)
	if err != nil || m.Parent != "" || len(m.Links) != 0 {
		t.Errorf("it is part of %q, with the links %v, %v", m.Parent, m.Links, err)
	}
}

func TestCustomerWhoWasMergedIsKeptAsLongAsTheSurvivor(t *testing.T) {
	s, pool := fresh(t)
	merged, survivor := known(t, s, customers.Record{Name: "merged", Numbers: []string{"+78005550100"}}), known(t, s, customers.Record{Name: "survivor"})
	n := called(t, s, 86_021)
	merging, err := s.Customers().Merge(t.Context(), merged.ID, merged.Version, survivor.ID, anna)
	must(t, err)
	must(t, order(t, s, n, life.ConfirmIt{}))
	_, err = pool.Exec(t.Context(), `UPDATE customers SET created_at = now() - interval '800 days'`)
	must(t, err)
	forget(t, s, postgres.Forgotten{}) // the survivor has called lately
	_, err = s.Customers().UndoMerge(t.Context(), merging.ID, anna)
	must(t, err)
	merged, err = s.Customers().Customer(t.Context(), merged.ID)
	must(t, err)
	_, err = s.Customers().Merge(t.Context(), merged.ID, merged.Version, survivor.ID, anna)
	must(t, err)
	aged(t, pool, n)
	if done, err := s.Forget(t.Context(), postgres.Retention{Customers: 365 * days}, time.Now()); err != nil || done != (postgres.Forgotten{Customers: 2}) {
		t.Errorf("deleted %+v, error %v", done, err)
	}
	replays(t, s)
	if m, err := s.Matter(t.Context(), n); err != nil || m.Customer != "" || time.Since(m.ActivityAt) < 799*days {
		t.Errorf("their ticket is %q's, last touched %s, %v", m.Customer, m.ActivityAt, err)
	}
}
