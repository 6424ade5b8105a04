package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
)

// before is the schema of the Hotline that wrote testdata/8751ab5.sql: 200 calls in all orders that the conformance suite draws, and some as
// they were lived, through the register and the spool of that version. now is the schema that contacts have channels in.
const before, now = 8, 11

// newest is what the store of today works on: all that there are.
const newest = 1 << 30

var databases atomic.Int32

// filled is a database of its own that the version before has filled.
func filled(t *testing.T) *pgxpool.Pool {
	t.Helper()
	admin, err := pgxpool.New(t.Context(), cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	name := fmt.Sprint("filled_", databases.Add(1))
	if _, err := admin.Exec(t.Context(), `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + name
	pool, err := postgres.Connect(address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	migrateTo(t, pool, before)
	rows, err := os.ReadFile("testdata/8751ab5.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Conn().PgConn().Exec(t.Context(), "DELETE FROM ticket_serials;\n"+string(rows)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return pool
}

func migrateTo(t *testing.T, pool *pgxpool.Pool, version int64) {
	t.Helper()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	p, err := migrations(db)
	if err != nil {
		t.Fatal(err)
	}
	if at, err := p.GetDBVersion(t.Context()); err == nil && at > version {
		_, err = p.DownTo(t.Context(), version)
		if err != nil {
			t.Fatal(err)
		}
	} else if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	pool.Reset() // statements that were prepared for the tables of before
}

// rows are all rows of a table, each as JSON by column.
func rows(t *testing.T, pool *pgxpool.Pool, table string) []map[string]any {
	t.Helper()
	found, err := pool.Query(t.Context(), `SELECT to_jsonb(r) FROM `+table+` r`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(found, pgx.RowTo[map[string]any])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sorted are rows for comparison, in an order that depends on what is in them alone.
func sorted(t *testing.T, rows []map[string]any) (all []string) {
	t.Helper()
	for _, r := range rows {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	slices.Sort(all)
	return all
}

var untouched = []string{"customers", "customer_numbers", "tickets", "merged_numbers", "ticket_serials"}

func TestEveryRowOfTheVersionBeforeIsKept(t *testing.T) {
	pool := filled(t)
	old := map[string][]string{}
	for _, table := range append([]string{"contacts", "call_facts"}, untouched...) {
		old[table] = sorted(t, rows(t, pool, table))
		if len(old[table]) == 0 {
			t.Fatalf("the version before has left no rows in %s", table)
		}
	}
	migrateTo(t, pool, now)
	for _, table := range append([]string{"call_facts"}, untouched...) {
		if diff := cmp.Diff(old[table], sorted(t, rows(t, pool, table))); diff != "" {
			t.Errorf("%s (-before +now):\n%s", table, diff)
		}
	}
	contacts := rows(t, pool, "contacts")
	for _, c := range contacts {
		if c["id"] != c["call_id"] || c["channel"] != "call" {
			t.Errorf("contact %v of call %v came by %v", c["id"], c["call_id"], c["channel"])
		}
		delete(c, "id")
		delete(c, "channel")
		delete(c, "about")
	}
	if diff := cmp.Diff(old["contacts"], sorted(t, contacts)); diff != "" {
		t.Errorf("contacts (-before +now):\n%s", diff)
	}
	facts := rows(t, pool, "facts")
	for _, f := range facts {
		f["call_id"] = f["contact_id"]
		delete(f, "contact_id")
	}
	if diff := cmp.Diff(old["call_facts"], sorted(t, facts)); diff != "" {
		t.Errorf("facts (-before +now):\n%s", diff)
	}
	migrateTo(t, pool, before)
	for table, want := range old {
		if diff := cmp.Diff(want, sorted(t, rows(t, pool, table))); diff != "" {
			t.Errorf("%s after the way back (-before +now):\n%s", table, diff)
		}
	}
	migrateTo(t, pool, now)
	if n := len(rows(t, pool, "contacts")); n != len(contacts) {
		t.Errorf("%d contacts after the way back and forth, not %d", n, len(contacts))
	}
}

// What the version before has left is read and worked on: its calls go on, and none of its facts counts twice.
func TestLivesOfTheVersionBeforeGoOn(t *testing.T) {
	pool := filled(t)
	migrateTo(t, pool, newest)
	s := postgres.New(pool)
	all, err := s.Rows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := pool.Query(t.Context(), `
		SELECT json_build_object('v', 1, 'call', contact_id, 'kind', kind, 'n', n, 'at', at, 'own', own_number, 'body', event)::text FROM facts ORDER BY at`)
	if err != nil {
		t.Fatal(err)
	}
	written, err := pgx.CollectRows(recorded, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range written {
		f, err := tickets.DecodeFact([]byte(w))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(t.Context(), []tickets.Fact{f}); err != nil {
			t.Fatalf("%s: %v", w, err)
		}
	}
	again, err := s.Rows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all.Contacts, again.Contacts) + cmp.Diff(all.Tickets, again.Tickets, cmp.AllowUnexported(tickets.Open{})); diff != "" {
		t.Errorf("facts of the version before were applied a second time:\n%s", diff)
	}
	unended, err := s.Unended(t.Context(), time.Now().Add(time.Hour), "", 24*time.Hour)
	if err != nil || len(unended) == 0 {
		t.Fatalf("the call that was up is not found: %v", err)
	}
	at := time.Now().UTC().Truncate(time.Microsecond)
	for _, u := range unended {
		end := tickets.Fact{Contact: tickets.OfCall(u.Call), Channel: tickets.Call{}, At: at, Event: tickets.Ended{Outcome: tickets.Lost, Next: at.Add(time.Hour)}}
		if err := s.Apply(t.Context(), []tickets.Fact{end}); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := s.Unended(t.Context(), time.Now().Add(time.Hour), "", 24*time.Hour); err != nil || len(left) != 0 {
		t.Errorf("%d calls are still without an end, %v", len(left), err)
	}
}

func TestALetterIsAContactWithoutACall(t *testing.T) {
	s, _ := fresh(t)
	at := time.Now().UTC().Truncate(time.Microsecond)
	f := tickets.Fact{Contact: "letter", Channel: tickets.Letter{}, At: at, Own: tickets.MakeNumber(10_001), Event: tickets.Resumed{}}
	if err := s.Apply(t.Context(), []tickets.Fact{f}); err != nil {
		t.Fatal(err)
	}
	all, err := s.Rows(t.Context())
	if c := all.Contacts["letter"]; err != nil || c.Channel != (tickets.Letter{}) || c.Ticket != f.Own {
		t.Errorf("the letter is %+v, %v", c, err)
	}
}

func TestPromisesThatWentOnBeforeItWasNotedAreKnown(t *testing.T) {
	pool := filled(t)
	migrateTo(t, pool, 30)
	_, err := pool.Exec(t.Context(), `
		INSERT INTO tickets (number, state, phase, closed_at, opened_at, activity_at) SELECT n::text, 'closed', 'closed', now(), now(), now() FROM generate_series(900001, 900003) n;
		INSERT INTO ticket_changes (ticket, version, at, by_kind, kind, details, patch) VALUES
			('900001', 1, '2026-03-01', 'person', 'merge', '{}', '{}'), ('900002', 1, '2026-03-02', 'person', 'unmerge', '{}', '{}'),
			('900003', 1, '2026-03-03', 'person', 'withdraw_promise', '{}', '{}');
		INSERT INTO ticket_promises (ticket, n, what, due, state, made_at, first_due, ended_at) VALUES
			('900001', 1, 'went', now(), 'withdrawn', now(), now(), '2026-03-01'), ('900001', 2, 'kept', now(), 'kept', now(), now(), '2026-03-01'),
			('900002', 1, 'went', now(), 'withdrawn', now(), now(), '2026-03-02'), ('900003', 1, 'withdrawn', now(), 'withdrawn', now(), now(), '2026-03-03');
		INSERT INTO customers (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'Ann'), ('00000000-0000-4000-8000-000000000002', 'Bob');
		INSERT INTO customer_merges (id, merged, into_id, who, record, tickets, undone_at) VALUES
			(gen_random_uuid(), '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', 'anna', '{"merged": {"name": "Ann"}}', '{900001}', now()),
			(gen_random_uuid(), '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', 'anna', '{"merged": {"name": "Ann, again"}}', '{900001}', NULL)`)
	must(t, err)
	migrateTo(t, pool, newest)
	if got := column(t, pool, `SELECT what FROM ticket_promises WHERE went_on`); !slices.Equal(got, []string{"went", "went"}) {
		t.Errorf("those that went on are %v", got)
	}
	if got := column(t, pool, `SELECT record->'merged'->>'name' || cardinality(tickets) FROM customer_merges WHERE record <> '{}' OR tickets <> '{}'`); !slices.Equal(got, []string{"Ann, again1"}) {
		t.Errorf("merges remember %v", got)
	}
}

func TestWordsOfBeforeAreMarkedAndUnmarked(t *testing.T) {
	pool := filled(t)
	const unmarked = 39
	migrateTo(t, pool, unmarked)
	var before, after string
	words := func(into *string) {
		must(t, pool.QueryRow(t.Context(), `SELECT string_agg(ticket || words::text, ',' ORDER BY ticket) FROM ticket_texts`).Scan(into))
	}
	words(&before)
	migrateTo(t, pool, newest)
	if wrong := wronglyMarked(t, pool); wrong > 0 {
		t.Errorf("%d tickets have not the marks that they should", wrong)
	}
	migrateTo(t, pool, unmarked)
	if words(&after); before == "" || after != before {
		t.Errorf("words are %.300q after the way there and back, and were %.300q", after, before)
	}
}

// Calls go on during an upgrade: what somebody is writing when the words of open tickets move, and what they write meanwhile, is in both tables afterwards.
func TestWordsThatAreWrittenWhileThoseOfOpenTicketsMoveAreAmongThem(t *testing.T) {
	pool := filled(t)
	const apart = 64
	migrateTo(t, pool, newest)
	s := postgres.New(pool)
	first, second := called(t, s, 99_001), called(t, s, 99_002)
	migrateTo(t, pool, apart-1)
	const note = `UPDATE contacts SET note = 'modem' WHERE ticket = $1`
	migratesWhileWritten(t, pool, apart, note, first, second)
	for _, n := range []tickets.Number{first, second} {
		if got := column(t, pool, `SELECT ticket FROM ticket_open_texts WHERE ticket = '`+string(n)+`' AND words @@ 'modem'`); len(got) != 1 {
			t.Errorf("the words of %s are not among those of the open tickets", n)
		}
	}
	if wrong := wronglyMarked(t, pool); wrong > 0 {
		t.Errorf("%d tickets have not the marks that they should", wrong)
	}
}

// Calls go on during an upgrade: what somebody keeps while the rows of tickets learn what is open, and what they keep meanwhile, is open in none of them.
func TestRowsLearnWhatIsOpenWhilePromisesAreKept(t *testing.T) {
	pool := filled(t)
	const told = 67
	migrateTo(t, pool, newest)
	s := postgres.New(pool)
	first, second, third := called(t, s, 99_011), called(t, s, 99_012), called(t, s, 99_013)
	for _, n := range []tickets.Number{first, second, third} {
		must(t, order(t, s, n, life.Promised{What: "call back", Due: time.Now().Add(time.Hour)}))
	}
	migrateTo(t, pool, told-1)
	_, err := pool.Exec(t.Context(), `
		INSERT INTO ticket_parts (ticket, n, department, what, due, state, given_at) VALUES ($1, 9, 'billing', 'x', now(), 'returned', now())`, third)
	must(t, err)
	_, err = pool.Exec(t.Context(), `INSERT INTO ticket_reviews (ticket, n, level, about, department, complaint, opened_at, due, state) VALUES ($1, 9, 1, 'p1', 'billing', 'x', now(), now(), 'open')`, third)
	must(t, err)
	const kept = `UPDATE ticket_promises SET state = 'kept', ended_at = now() WHERE ticket = $1`
	migratesWhileWritten(t, pool, told, kept, first, second)
	if got := column(t, pool, `SELECT number FROM tickets WHERE promise_due IS NOT NULL AND part_returned AND in_review`); !slices.Equal(got, []string{string(third)}) {
		t.Errorf("something is open of %v, want of %s alone", got, third)
	}
	if wrong := wronglyOpen(t, pool); wrong > 0 {
		t.Errorf("the rows of %d tickets do not say what is open of them", wrong)
	}
	migrateTo(t, pool, told-1)
	migrateTo(t, pool, newest)
	if wrong := wronglyOpen(t, pool); wrong > 0 {
		t.Errorf("the rows of %d tickets do not say what is open of them after the way there and back", wrong)
	}
}

// migratesWhileWritten migrates to a version while one ticket is being written, and another is to be: by a statement that takes its number.
func migratesWhileWritten(t *testing.T, pool *pgxpool.Pool, to int64, statement string, first, second tickets.Number) {
	t.Helper()
	writes, err := pool.Begin(t.Context())
	must(t, err)
	defer func() { _ = writes.Rollback(context.Background()) }()
	_, err = writes.Exec(t.Context(), statement, first)
	must(t, err)
	moved, written := make(chan error, 1), make(chan error, 1)
	go func() {
		db := stdlib.OpenDBFromPool(pool)
		defer db.Close()
		p, err := migrations(db)
		if err == nil {
			_, err = p.UpTo(context.Background(), to)
		}
		moved <- err
	}()
	locksAwaited(t, pool, 1)
	go func() {
		_, err := pool.Exec(context.Background(), statement, second)
		written <- err
	}()
	locksAwaited(t, pool, 2)
	must(t, writes.Commit(t.Context()))
	must(t, <-moved)
	must(t, <-written)
}
