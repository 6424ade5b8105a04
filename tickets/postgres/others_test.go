package postgres_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/conformance"
	"hotline/tickets/customers"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
)

// sqlSaveTicketOfBefore is the statement of a Hotline from before phases and histories, word for word.
const sqlSaveTicketOfBefore = `
		insert into tickets (number, customer_id, subject, topic, state, owner_kind, owner, next_at, next_step,
			closed_at, disposition, opened_at, activity_at, opened_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		on conflict (number) do update set
			customer_id = excluded.customer_id, subject = excluded.subject, topic = excluded.topic, state = excluded.state,
			owner_kind = excluded.owner_kind, owner = excluded.owner, next_at = excluded.next_at, next_step = excluded.next_step,
			closed_at = excluded.closed_at, disposition = excluded.disposition, activity_at = excluded.activity_at`

// withoutPhases is the schema before every row had a phase.
const withoutPhases = 27

func TestTicketsFromBeforePhasesGetTheirs(t *testing.T) {
	pool := filled(t)
	migrateTo(t, pool, withoutPhases)
	_, err := pool.Exec(t.Context(), `
		INSERT INTO tickets (number, state, owner_kind, owner, next_at, next_step, opened_at, activity_at)
			SELECT 7000000 + i, 'open', 'department', 'd', now(), CASE i % 2 WHEN 0 THEN 'serve' ELSE 'follow_up' END, now(), now() FROM generate_series(1, 2500) i;
		INSERT INTO tickets (number, state, owner_kind, owner, closed_at, opened_at, activity_at)
			SELECT 8000000 + i, 'closed', 'person', 'p', now(), now(), now() FROM generate_series(1, 10) i`)
	must(t, err)
	s := postgres.New(pool)
	before, err := s.Tickets(t.Context())
	must(t, err)
	migrateTo(t, pool, newest)
	if left := column(t, pool, `SELECT number FROM tickets WHERE phase = ''`); len(left) > 0 {
		t.Errorf("%d tickets have no phase", len(left))
	}
	after, err := s.Tickets(t.Context())
	must(t, err)
	if diff := cmp.Diff(before, after, cmp.AllowUnexported(tickets.Open{})); diff != "" {
		t.Errorf("they were others (-before +after):\n%s", diff)
	}
	of := func(p tickets.Phase) (n int) {
		for _, t := range after {
			if t.Phase() == p {
				n++
			}
		}
		return n
	}
	for _, p := range []tickets.Phase{tickets.New, tickets.Opened, tickets.Done} {
		var n int
		must(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM tickets WHERE phase = $1`, p).Scan(&n))
		if n == 0 || n != of(p) {
			t.Errorf("%d are found as %s, and %d are", n, p, of(p))
		}
	}
}

// A Hotline of before goes on during an upgrade, and knows nothing of phases and histories.
func TestWhatAHotlineOfBeforeDoesToATicketIsInItsHistory(t *testing.T) {
	s, pool := fresh(t)
	at := time.Now().UTC().Truncate(time.Microsecond)
	n := called(t, s, 88_001)
	writes := func(state string, kind, owner, step any, next, closed any, disposition string) {
		t.Helper()
		_, err := pool.Exec(t.Context(), sqlSaveTicketOfBefore, n, nil, "as they knew it", "", state, kind, owner, next, step, closed, disposition, at, at, ofCallOf(n))
		must(t, err)
	}
	is := func(phase tickets.Phase, owner string) {
		t.Helper()
		replays(t, s)
		m, err := s.Matter(t.Context(), n)
		must(t, err)
		if o, open := m.State.(tickets.Open); m.Phase() != phase || open && o.Owner().Name() != owner {
			t.Errorf("it is %s, of %+v; expected %s of %q", m.Phase(), m.State, phase, owner)
		}
		if in := column(t, pool, `SELECT phase || awaits || department FROM tickets`); in[0] != string(phase)+string(m.Fields()["awaits"])+string(m.Department) {
			t.Errorf("its row says %q", in)
		}
	}
	must(t, order(t, s, n, life.Wait{For: tickets.ForCustomer, Until: time.Now().Add(time.Hour)}))
	writes("open", "person", "boris", "follow_up", at.Add(time.Hour), nil, "")
	is(tickets.InWork, "boris")
	must(t, order(t, s, n, life.SolveIt{Answer: "done"}))
	writes("open", "person", "boris", "follow_up", at.Add(30*time.Minute), nil, "") // the customer called again, and gave up
	is(tickets.Opened, "boris")
	writes("open", "department", "billing", "call_back", at.Add(time.Hour), nil, "")
	is(tickets.Opened, "billing")
	writes("closed", nil, nil, nil, nil, at, "resolved")
	is(tickets.Done, "")
	writes("open", "person", "anna", "follow_up", at.Add(time.Hour), nil, "")
	is(tickets.InWork, "anna")
	must(t, order(t, s, n, life.ConfirmIt{})) // and today's goes on from there
	is(tickets.Done, "")

	// What goes takes itself out of what stays.
	incident, child := called(t, s, 88_002), called(t, s, 88_003)
	must(t, order(t, s, child, life.SetParent{Parent: incident}))
	_, err := pool.Exec(t.Context(), `DELETE FROM contacts WHERE ticket = $1`, incident)
	must(t, err)
	_, err = pool.Exec(t.Context(), `DELETE FROM tickets WHERE number = $1`, incident)
	must(t, err)
	replays(t, s)
}

func TestDatabaseTellsOfATicketWhatItsHistoryDoes(t *testing.T) {
	s, pool := fresh(t)
	draw := rapid.Custom(conformance.Life)
	opened := conformance.Opened{Store: s}
	for seed := range 12 {
		empty(t, pool)
		for _, step := range draw.Example(100 + seed) {
			_ = step.Take(opened) // some are refused
		}
		rows, err := s.Rows(t.Context())
		must(t, err)
		found, err := pool.Query(t.Context(), `SELECT number, ticket_fields(t) FROM tickets t`)
		must(t, err)
		for found.Next() {
			var n tickets.Number
			var fields map[string]string
			must(t, found.Scan(&n, &fields))
			if diff := cmp.Diff(rows.Tickets[n].Fields(), fields); diff != "" {
				t.Fatalf("ticket %s (-history +database):\n%s", n, diff)
			}
		}
		must(t, found.Err())
	}
}

func TestHistoryNamesTheSurvivorOfAMerge(t *testing.T) {
	s, pool := fresh(t)
	merged, survivor := known(t, s, customers.Record{Name: "merged", Numbers: []string{"+78005550101"}}), known(t, s, customers.Record{Name: "survivor"})
	// A call is written down while its customer is being merged.
	merging, err := pool.Begin(t.Context())
	must(t, err)
	_, err = merging.Exec(t.Context(), `SELECT FROM customers WHERE id IN ($1, $2) FOR UPDATE`, merged.ID, survivor.ID)
	must(t, err)
	n := tickets.MakeNumber(88_011)
	written := make(chan error, 1)
	go func() {
		written <- s.Apply(context.Background(), []tickets.Fact{{Contact: ofCallOf(n), Channel: tickets.Call{}, At: time.Now(), Own: n,
			Event: tickets.Arrived{From: "+78005550101", Department: "first_line", Next: time.Now().Add(time.Hour)}}})
	}()
	locksAwaited(t, pool, 1)
	_, err = merging.Exec(t.Context(), `UPDATE customers SET merged_into = $2 WHERE id = $1`, merged.ID, survivor.ID)
	must(t, err)
	must(t, merging.Commit(t.Context()))
	must(t, <-written)
	if of := column(t, pool, `SELECT customer_id::text FROM tickets UNION SELECT customer_id::text FROM contacts`); len(of) != 1 || of[0] != string(survivor.ID) {
		t.Errorf("call and ticket are of %v", of)
	}
	replays(t, s)
	// A page that is not up to date names the merged one.
	other := called(t, s, 88_012)
	must(t, order(t, s, other, life.SetCustomer{Customer: merged.ID}))
	must(t, order(t, s, other, life.SetCustomer{Customer: merged.ID}))
	replays(t, s)
	if m, err := s.Matter(t.Context(), other); err != nil || m.Customer != survivor.ID {
		t.Errorf("the ticket is %q's, %v", m.Customer, err)
	}
}

// A line is looked for where a column has changed that a history tells of; one that the trigger overlooks is never told.
func TestEachColumnThatAHistoryTellsOfIsLookedAt(t *testing.T) {
	_, pool := fresh(t)
	columns := func(sql, name, of string) []string {
		var source string
		must(t, pool.QueryRow(t.Context(), sql, name).Scan(&source))
		var all []string
		for _, found := range regexp.MustCompile(`\b`+of+`\.([a-z_]+)`).FindAllStringSubmatch(source, -1) {
			if found[1] != "number" && found[1] != "version" {
				all = append(all, found[1])
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	const function, trigger = `SELECT prosrc FROM pg_proc WHERE proname = $1`, `SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = $1`
	told := columns(function, "ticket_fields", "t")
	if len(told) < 20 {
		t.Fatalf("a history tells of %q alone", told)
	}
	for _, of := range []string{"NEW", "OLD"} {
		if again := columns(function, "tickets_have_lines", of); len(again) > 0 {
			t.Errorf("what has the trigger called is asked again by what it calls, of %s: %q", of, again)
		}
		if diff := cmp.Diff(told, columns(trigger, "tickets_zz_have_lines", strings.ToLower(of))); diff != "" {
			t.Errorf("what a history tells of and what has it looked at, of %s (-told +has it looked at):\n%s", of, diff)
		}
	}
}
