package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/conformance"
	"hotline/tickets/life"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

// fill makes a register of 50,000 tickets of five years, of which one in fifty is open, with contacts, parts, promises, complaints and words.
func fill(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	t.Cleanup(func() { // row by row, with all that refers to each, takes longer than the tests
		_, err := pool.Exec(context.Background(), `BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL session_replication_role = replica; TRUNCATE tickets, contacts, customers, customer_words CASCADE; COMMIT; ANALYZE`)
		if err != nil {
			t.Error(err)
		}
	})
	for _, sql := range []string{
		`SET statement_timeout = 0; SET session_replication_role = replica`, // without triggers, whose work is done for all at once below
		`INSERT INTO customers (id, name, contract) SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'Customer ' || i, 'K-' || i FROM generate_series(1, 10000) i`,
		`INSERT INTO customer_numbers SELECT '+7495' || lpad(i::text, 7, '0'), ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid FROM generate_series(1, 10000) i`,
		`INSERT INTO tickets (number, customer_id, subject, topic, class, state, owner_kind, owner, next_at, next_step, closed_at, opened_at, activity_at, opened_by, phase, awaits, department, version)
		SELECT (1000000 + i)::text, ('00000000-0000-4000-8000-' || lpad((i % 10000 + 1)::text, 12, '0'))::uuid, 'Subject ' || i || CASE WHEN i % 100 = 13 THEN ' провод' ELSE ' интернет' END, 'topic' || i % 40,
			CASE WHEN i % 90 = 0 THEN 'complaint' ELSE 'information' END,
			CASE WHEN o THEN 'open' ELSE 'closed' END, CASE WHEN NOT o THEN NULL WHEN i % 100 = 0 THEN 'person' ELSE 'department' END,
			CASE WHEN NOT o THEN NULL WHEN i % 100 = 0 THEN 'p' || i % 30 ELSE 'd' || i % 20 END,
			CASE WHEN o THEN now() + (i % 97 - 20) * interval '1 hour' END, CASE WHEN NOT o THEN NULL WHEN i % 350 = 0 THEN 'call_back' ELSE 'follow_up' END,
			CASE WHEN NOT o THEN now() - (50000 - i) * interval '50 minutes' END, now() - (50001 - i) * interval '50 minutes', now() - (50000 - i) * interval '50 minutes', 'c' || i,
			CASE WHEN NOT o THEN 'closed' WHEN i % 150 = 0 THEN 'solved' WHEN i % 450 = 50 THEN 'waiting' ELSE 'in_work' END, CASE WHEN o AND i % 450 = 50 AND i % 150 <> 0 THEN 'vendor' ELSE '' END, 'd' || i % 20, 1
		FROM (SELECT i, i % 50 = 0 AS o FROM generate_series(1, 50000) i) AS all_of_them`,
		`INSERT INTO contacts (id, ticket, linked, customer_id, caller, agent_id, arrived_at, ended_at, outcome)
		SELECT 'c' || i, (1000000 + i)::text, 'new', ('00000000-0000-4000-8000-' || lpad((i % 10000 + 1)::text, 12, '0'))::uuid, '+7495' || lpad((i % 10000 + 1)::text, 7, '0'), 'p' || i % 30,
			now() - (50001 - i) * interval '50 minutes', now() - (50000 - i) * interval '50 minutes', 'served' FROM generate_series(1, 50000) i`,
		`INSERT INTO ticket_parts (ticket, n, department, owner, what, due, state, given_at)
		SELECT number, 1, 'd' || (substr(number, 3)::int / 50) % 20, CASE WHEN substr(number, 3)::int % 300 = 0 THEN 'p3' ELSE '' END, 'x', next_at, CASE WHEN substr(number, 3)::int % 350 = 0 THEN 'returned' ELSE 'open' END, opened_at
		FROM tickets WHERE state = 'open' AND substr(number, 3)::int % 100 = 50 OR state = 'open' AND substr(number, 3)::int % 300 = 0`,
		`INSERT INTO ticket_promises (ticket, n, what, due, state, made_at, first_due, ended_at)
		SELECT number, 1, 'x', now() - interval '1 hour', CASE WHEN state = 'open' THEN 'open' ELSE 'kept' END, opened_at, opened_at, CASE WHEN state = 'open' THEN NULL ELSE now() END FROM tickets WHERE substr(number, 3)::int % 10 = 0`,
		`INSERT INTO ticket_reviews (ticket, n, level, about, department, reviewer, complaint, opened_at, due, state)
		SELECT number, 1, 1, 'p1', department, CASE WHEN substr(number, 3)::int % 500 = 0 THEN 'p3' ELSE '' END, 'x', opened_at, now(), CASE WHEN state = 'open' THEN 'open' ELSE 'upheld' END FROM tickets WHERE substr(number, 3)::int % 250 = 0`,
		`SELECT renew_what_is_open(ARRAY (SELECT number FROM tickets WHERE state = 'open'))`,
		`INSERT INTO customer_contracts (number, customer_id) SELECT contract, id FROM customers`,
		`INSERT INTO customer_words SELECT w.* FROM customer_words_of(ARRAY (SELECT id FROM customers)) w`,
		`INSERT INTO ticket_texts SELECT number, ticket_words(subject) || array_to_tsvector(ticket_marks(opened_at, state, department)) FROM tickets`,
		`INSERT INTO ticket_open_texts SELECT x.* FROM ticket_texts x JOIN tickets ON number = ticket WHERE state = 'open'`,
		`SET session_replication_role = DEFAULT`,
		`VACUUM ANALYZE`,
		`RESET statement_timeout`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%v in %.100s", err, sql)
		}
	}
}

var (
	head   = tickets.Sight{All: true, Agent: "p5"}
	member = tickets.Sight{Agent: "p3", Departments: []string{"d3", "d10"}, Topics: []string{"topic3"}}
)

// ask is a question as a page asks it.
func ask(l lists.List, s tickets.Sight) lists.Question {
	now := time.Now()
	return lists.Question{List: l, Sight: s, Limit: 50, Now: now, Today: now.Add(12 * time.Hour)}
}

func TestListsOfFiveYears(t *testing.T) {
	s, pool := fresh(t)
	fill(t, pool)
	t.Run("each shows something", func(t *testing.T) { eachShowsSomething(t, s) })
	t.Run("a cursor is of one question alone", func(t *testing.T) { cursorOfOneQuestion(t, s) })
	t.Run("words stand in few, some or many", func(t *testing.T) { wordsAreFewOrMany(t, pool) })
	t.Run("words are marked as their tickets are", func(t *testing.T) { wordsAreMarked(t, pool) })
	t.Run("words find the same however many have them", func(t *testing.T) { wordsFindTheSame(t, s, pool) })
	if _, err := pool.Exec(t.Context(), `UPDATE tickets SET next_at = date_trunc('day', next_at) WHERE state = 'open'`); err != nil { // many at one moment
		t.Fatal(err)
	}
	t.Run("pages hold each ticket once and the count is of these", func(t *testing.T) { pagesHoldEachOnce(t, s) })
}

// is says of some lists what belongs to them.
var is = map[lists.List]func(lists.Question, tickets.Open) bool{
	lists.Free: func(_ lists.Question, o tickets.Open) bool {
		_, nobody := o.Owner().(tickets.Department)
		return nobody
	},
	lists.Soon: func(q lists.Question, o tickets.Open) bool {
		return !o.Next().Before(q.Now) && o.Next().Before(q.Now.Add(lists.Near))
	},
	lists.Overdue: func(q lists.Question, o tickets.Open) bool { return o.Next().Before(q.Now) },
	lists.Confirm: func(_ lists.Question, o tickets.Open) bool { return o.Phase() == tickets.Solved },
	lists.Waiting: func(_ lists.Question, o tickets.Open) bool { return o.Phase() == tickets.Waiting },
	lists.Vendor: func(_ lists.Question, o tickets.Open) bool {
		return o.Phase() == tickets.Waiting && o.Awaits() == tickets.ForVendor
	},
}

func eachShowsSomething(t *testing.T, s *postgres.Store) {
	for _, l := range append(slices.Clone(lists.Counted), lists.All) {
		if p, err := s.List(t.Context(), ask(l, tickets.Sight{Agent: "nobody"})); err != nil || len(p.Rows) > 0 {
			t.Errorf("%s of somebody without department and tickets: %d rows, %v", l, len(p.Rows), err)
		}
	}
	for _, l := range append(slices.Clone(lists.Counted), lists.All) {
		for who, sight := range map[string]tickets.Sight{"head": head, "member": member} {
			q := ask(l, sight)
			if l == lists.Department && who == "head" {
				q.Sight.Departments = []string{"d10"}
			}
			began := time.Now()
			first, err := s.List(t.Context(), q)
			if err != nil {
				t.Fatalf("%s of a %s: %v", l, who, err)
			}
			t.Logf("%s of a %s: %d rows in %v", l, who, len(first.Rows), time.Since(began))
			if len(first.Rows) == 0 && !(l == lists.Mine && who == "head") {
				t.Errorf("%s of a %s is empty, and proves nothing", l, who)
			}
			for _, r := range first.Rows {
				if o, open := r.State.(tickets.Open); is[l] != nil && (!open || !is[l](q, o)) {
					t.Errorf("%s of a %s holds ticket %s: %+v", l, who, r.Number, r.State)
				}
			}
		}
	}
	for name, change := range map[string]func(*lists.Question){
		"by activity":      func(q *lists.Question) { q.Sort = lists.ByActivity },
		"of a customer":    func(q *lists.Question) { q.Customer = "00000000-0000-4000-8000-000000000017" },
		"on a topic":       func(q *lists.Question) { q.Topics = []string{"topic7"} },
		"by a number":      func(q *lists.Question) { q.Text = "1000050" },
		"by a caller":      func(q *lists.Question) { q.Text = "8 495 000-00-17" },
		"by a contract":    func(q *lists.Question) { q.Text = "K-17" },
		"by a rare word":   func(q *lists.Question) { q.Text = "провода" },
		"by a common word": func(q *lists.Question) { q.Text = "интернету" },
	} {
		for who, sight := range map[string]tickets.Sight{"head": head, "member": member} {
			q := ask(lists.All, sight)
			change(&q)
			began := time.Now()
			p, err := s.List(t.Context(), q)
			if err != nil || len(p.Rows) == 0 && (who == "head" || strings.Contains(name, "word")) && name != "by a number" {
				t.Errorf("%s by a %s: %d rows, %v", name, who, len(p.Rows), err)
			}
			t.Logf("%s by a %s: %d rows in %v", name, who, len(p.Rows), time.Since(began))
		}
	}
}

// wordsAreFewOrMany asks of words that one ticket of fifty thousand has, five hundred, two thousand, and nearly all.
func wordsAreFewOrMany(t *testing.T, pool *pgxpool.Pool) {
	tx, err := pool.Begin(t.Context())
	must(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), `UPDATE ticket_texts SET words = words || ticket_words('кабель') WHERE substr(ticket, 3)::int % 25 = 7`)
	must(t, err)
	for _, c := range []struct{ word, want string }{
		{"2345", "few"}, {"провода", "few"}, {"кабель", "some"}, {"интернету", "many"}, {"nobody", "few"},
	} {
		var stand string
		must(t, tx.QueryRow(t.Context(), `SELECT ticket_words_stand_in(websearch_to_tsquery('pg_catalog.russian', $1))`, c.word).Scan(&stand))
		if stand != c.want {
			t.Errorf("%q stands in %s, want %s", c.word, stand, c.want)
		}
	}
}

// wordsFindTheSame takes each way of a search for the same word, whatever the register says of how many have it.
func wordsFindTheSame(t *testing.T, s *postgres.Store, pool *pgxpool.Pool) {
	var stands string
	must(t, pool.QueryRow(t.Context(), `SELECT pg_get_functiondef('ticket_words_stand_in'::regproc)`).Scan(&stands))
	t.Cleanup(func() {
		if _, err := pool.Exec(context.Background(), stands); err != nil {
			t.Error(err)
		}
	})
	active := ask(lists.All, head)
	active.Text, active.Sort, active.Open, active.Limit = "интернету", lists.ByActivity, new(true), 3000
	_, err := pool.Exec(t.Context(), `CREATE OR REPLACE FUNCTION ticket_words_stand_in(query tsquery) RETURNS text LANGUAGE sql AS $$ SELECT 'some' $$`)
	must(t, err)
	if p, err := s.List(t.Context(), active); err != nil || len(p.Rows) != 1000 {
		t.Errorf("of the open ones that moved last %d are found, want all thousand, %v", len(p.Rows), err)
	}
	for who, q := range map[string]lists.Question{
		"all of a head": ask(lists.All, head), "all of a member": ask(lists.All, member), "all of an agent": ask(lists.All, tickets.Sight{Agent: "p4"}),
		"overdue of a head": ask(lists.Overdue, head), "a member's department": ask(lists.Department, member),
	} {
		q.Text, q.Limit = "интернету", 3000
		found := map[string][]tickets.Number{}
		for _, stand := range []string{"few", "some", "many"} {
			_, err := pool.Exec(t.Context(), `CREATE OR REPLACE FUNCTION ticket_words_stand_in(query tsquery) RETURNS text LANGUAGE sql AS $$ SELECT '`+stand+`' $$`)
			must(t, err)
			p, err := s.List(t.Context(), q)
			must(t, err)
			for _, r := range p.Rows {
				// Of few words older calls are found, too, and what is theirs by its topic alone.
				if q.List != lists.All || q.Sight.All || slices.Contains(q.Sight.Departments, string(r.Department)) {
					found[stand] = append(found[stand], r.Number)
				}
			}
			found[stand] = found[stand][:min(len(found[stand]), 2000)]
		}
		if !slices.Equal(found["few"], found["some"]) || !slices.Equal(found["few"], found["many"]) || len(found["few"]) == 0 && who != "all of an agent" {
			t.Errorf("%s: the word is found in %d tickets where few have it, in %d where some have, in %d where many have", who, len(found["few"]), len(found["some"]), len(found["many"]))
		}
	}
}

// wordsAreMarked changes tickets in all that their words are marked by.
func wordsAreMarked(t *testing.T, pool *pgxpool.Pool) {
	tx, err := pool.Begin(t.Context())
	must(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	for _, sql := range []string{
		`SET LOCAL statement_timeout = 0`, // all are looked at
		`UPDATE tickets SET department = E'it''s \\ a "place" & | !' WHERE number = '1000050'`,
		`UPDATE tickets SET department = '', subject = 'говорят: провода' WHERE number = '1000100'`,
		`UPDATE tickets SET state = 'closed', phase = 'closed', owner_kind = NULL, owner = NULL, next_at = NULL, next_step = NULL, closed_at = now() WHERE number = '1000150'`,
		`UPDATE tickets SET opened_at = opened_at - interval '1 year' WHERE number = '1000200'`,
		`INSERT INTO ticket_entries (ticket, n, version, at, by_kind, by_id, by_name, kind, internal, text) VALUES ('1000250', 1, 2, now(), 'person', 'p1', 'Agent 1', 'note', true, 'новое')`,
		// One is closed and opened again, and one that was closed is opened and has another department and subject.
		`UPDATE tickets SET state = 'closed', phase = 'closed', owner_kind = NULL, owner = NULL, next_at = NULL, next_step = NULL, closed_at = now() WHERE number IN ('1000300', '1000350')`,
		`UPDATE tickets SET state = 'open', phase = 'open', owner_kind = 'person', owner = 'p1', next_at = now(), next_step = 'follow_up', closed_at = NULL WHERE number = '1000300'`,
		`UPDATE tickets SET state = 'open', phase = 'open', owner_kind = 'person', owner = 'p1', next_at = now(), next_step = 'follow_up', closed_at = NULL, department = 'd7', subject = 'иное' WHERE number = '1000350'`,
	} {
		_, err := tx.Exec(t.Context(), sql)
		must(t, err)
	}
	var marked int
	must(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM ticket_open_texts x JOIN tickets t ON t.number = x.ticket
		WHERE x.words @@ ticket_mark('d' || t.department) AND x.words @@ ticket_mark('w' || ticket_week(t.opened_at))`).Scan(&marked))
	if wrong := wronglyMarked(t, tx); wrong > 0 || marked != 998 {
		t.Errorf("%d tickets have other marks than they should; %d open ones of a department have all, want 998", wrong, marked)
	}
}

// wronglyMarked counts the tickets among whose words are other marks than theirs, and those whose words are not among those of the open ones as they should be.
func wronglyMarked(t *testing.T, q interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}) (wrong int) {
	t.Helper()
	must(t, q.QueryRow(t.Context(), `SELECT count(*) FROM ticket_texts x JOIN tickets t ON t.number = x.ticket FULL JOIN ticket_open_texts o ON o.ticket = x.ticket
		WHERE x.words IS NULL OR o.words IS DISTINCT FROM CASE t.state WHEN 'open' THEN x.words END OR ARRAY (SELECT m FROM unnest(tsvector_to_array(x.words)) m WHERE m ~ E'^\\x01' ORDER BY m) <> ARRAY (SELECT m FROM unnest(ticket_marks(t.opened_at, t.state, t.department)) m ORDER BY m)`).Scan(&wrong))
	return wrong
}

// wronglyOpen counts tickets whose rows do not say what is open of them.
func wronglyOpen(t *testing.T, pool *pgxpool.Pool) (wrong int) {
	t.Helper()
	must(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM tickets t WHERE (promise_due, part_returned, in_review) IS DISTINCT FROM (
		(SELECT min(p.due) FROM ticket_promises p WHERE p.ticket = t.number AND p.state = 'open'),
		EXISTS (SELECT FROM ticket_parts p WHERE p.ticket = t.number AND p.state = 'returned'),
		EXISTS (SELECT FROM ticket_reviews r WHERE r.ticket = t.number AND r.state = 'open'))`).Scan(&wrong))
	return wrong
}

// The lists of what is promised, given back or to be decided go by what the rows of tickets say of that.
func TestRowsSayWhatIsOpenOfTickets(t *testing.T) {
	s, pool := fresh(t)
	draw := rapid.Custom(conformance.Life)
	var promised, returned, reviewed int
	for seed := range 25 {
		empty(t, pool)
		for _, step := range draw.Example(seed) {
			_ = step.Take(s) // some are refused
			if wrong := wronglyOpen(t, pool); wrong > 0 {
				t.Fatalf("life %d: after %+v the rows of %d tickets do not say what is open of them", seed, step, wrong)
			}
			var p, r int
			must(t, pool.QueryRow(t.Context(), `SELECT count(promise_due), count(*) FILTER (WHERE in_review) FROM tickets`).Scan(&p, &r))
			promised, reviewed = promised+p, reviewed+r
		}
		for _, sql := range []string{ // by hand
			`UPDATE ticket_promises SET due = due - interval '1 day' WHERE state = 'open'`,
			`UPDATE ticket_promises p SET ticket = (SELECT min(number) FROM tickets), n = p.n + 1000 * (SELECT count(*) FROM tickets t WHERE t.number < p.ticket)`,
			`UPDATE ticket_parts SET state = 'returned' WHERE state = 'open'`,
			`DELETE FROM ticket_promises`, `DELETE FROM ticket_parts`, `DELETE FROM ticket_reviews`,
		} {
			_, err := pool.Exec(t.Context(), sql)
			must(t, err)
			if wrong := wronglyOpen(t, pool); wrong > 0 {
				t.Fatalf("life %d: after %s the rows of %d tickets do not say what is open of them", seed, sql, wrong)
			}
			returned += len(column(t, pool, `SELECT number FROM tickets WHERE part_returned`))
		}
	}
	if promised < 50 || returned < 10 || reviewed < 10 {
		t.Errorf("in these lives something was promised %d times, given back %d times, and to be decided %d times: they prove little", promised, returned, reviewed)
	}
}

func pagesHoldEachOnce(t *testing.T, s *postgres.Store) {
	for _, l := range lists.Counted {
		for who, sight := range map[string]tickets.Sight{"head": head, "member": member} {
			for _, by := range []lists.Sort{lists.ByDue, lists.ByOpening, lists.ByActivity} {
				q := ask(l, sight)
				q.Sort, q.Limit = by, 7
				seen := map[tickets.Number]bool{}
				rows := 0
				for page := 0; page == 0 || q.Cursor != ""; page++ {
					p, err := s.List(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					for i, r := range p.Rows {
						seen[r.Number] = true
						if i > 0 && by == lists.ByOpening && r.OpenedAt.After(p.Rows[i-1].OpenedAt) {
							t.Fatalf("%s by %s: %s comes after an older one", l, by, r.Number)
						}
					}
					rows += len(p.Rows)
					q.Cursor = p.Next
				}
				counts, err := s.CountLists(t.Context(), q)
				if err != nil || rows != len(seen) || counts[0] != min(rows, lists.Enough) {
					t.Errorf("%s of a %s by %s: %d rows, %d of them different, counted %v, %v", l, who, by, rows, len(seen), counts, err)
				}
			}
		}
	}
}

func cursorOfOneQuestion(t *testing.T, s *postgres.Store) {
	q := ask(lists.Overdue, head)
	q.Limit = 5
	p, err := s.List(t.Context(), q)
	if err != nil || p.Next == "" {
		t.Fatal(p.Next, err)
	}
	for name, change := range map[string]func(*lists.Question){
		"another list":   func(q *lists.Question) { q.List = lists.Confirm },
		"another filter": func(q *lists.Question) { q.Class = tickets.Claim },
		"another order":  func(q *lists.Question) { q.Sort = lists.ByActivity },
		"somebody else":  func(q *lists.Question) { q.Sight = member },
		"none":           func(q *lists.Question) { q.Cursor = "'; DROP TABLE tickets" },
	} {
		other := q
		other.Cursor = p.Next
		change(&other)
		if _, err := s.List(t.Context(), other); !errors.Is(err, lists.ErrCursor) {
			t.Errorf("with the cursor of %s: %v", name, err)
		}
	}
	other := ask(lists.All, head)
	other.Sort = lists.ByDue
	if _, err := s.List(t.Context(), other); !errors.Is(err, lists.ErrSort) {
		t.Errorf("closed tickets by their next date: %v", err)
	}
}

func TestSearchFindsATicketByWhateverIsKnownOfIt(t *testing.T) {
	s, pool := fresh(t)
	n := called(t, s, 81_001)
	other := called(t, s, 81_002)
	by := tickets.By{Kind: tickets.ByPerson, ID: "anna"}
	do := func(n tickets.Number, c life.Command) {
		t.Helper()
		if _, err := s.Change(t.Context(), n, nil, "", func(f *life.File) (life.Outcome, error) { return life.Do(f, n, c, by, time.Now()) }); err != nil {
			t.Fatal(err)
		}
	}
	subject := "Ёлка в подъезде не горит: срочно"
	do(n, life.Describe{Subject: &subject})
	do(n, life.AddNote{Text: `The routers of contract "AB/12:7" are broken`})
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO customers (id, name, contract) VALUES ('00000000-0000-4000-8000-000000000001', 'Ann Smithson', 'K-1');
		INSERT INTO customer_numbers VALUES ('+74951230001', '00000000-0000-4000-8000-000000000001');
		INSERT INTO merged_numbers (number, ticket) VALUES ('810035', $$`+string(n)+`$$);
		UPDATE tickets SET customer_id = '00000000-0000-4000-8000-000000000001' WHERE number = $$`+string(n)+`$$;
		UPDATE contacts SET customer_id = '00000000-0000-4000-8000-000000000001', note = 'перезвонить вечером', caller = '+78005550199' WHERE ticket = $$`+string(n)+`$$`); err != nil {
		t.Fatal(err)
	}
	found := func(typed string, as tickets.Sight) (all []tickets.Number) {
		t.Helper()
		q := ask(lists.All, as)
		q.Text = typed
		p, err := s.List(t.Context(), q)
		if err != nil {
			t.Errorf("%q: %v", agentPrintable(typed), err)
		}
		for _, r := range p.Rows {
			all = append(all, r.Number)
		}
		return all
	}
	for _, typed := range []string{
		"елка", "ЁЛКИ", "горит", `"не горит"`, "срочно:", "router", "AB/12:7", "перезвоните", "елка -лифт", "K-1", "Smithson", "ann smith",
		string(n), "№ " + string(n)[:3] + " " + string(n)[3:], "8 (800) 555-01-99", "+78005550199", "5550199", "495 123-00-01", "8 (495) 123/00/01", "10-7-495-1230001",
	} {
		if got := found(typed, head); !slices.Equal(got, []tickets.Number{n}) {
			t.Errorf("%q finds %v", typed, got)
		}
		if got := found(typed, tickets.Sight{Agent: "stranger", Departments: []string{"billing"}}); len(got) > 0 {
			t.Errorf("%q finds %v for somebody who may not see it", typed, got)
		}
	}
	for _, typed := range []string{`"горит подъезд"`, "елка -горит", "лифт", "8 800 555 01 98", "199"} {
		if got := found(typed, head); len(got) > 0 {
			t.Errorf("%q finds %v", typed, got)
		}
	}
	for _, typed := range []string{"'", `"`, ":", ":*", "a & | ! ( ) <-> b", "\\", "'; DROP TABLE tickets --", "%", "_", "nul \x00", "🙂", "\u202egnp", strings.Repeat("слово ", 5000), "((", "-", "OR", `"" ""`} {
		if got := found(typed, head); slices.Contains(got, other) {
			t.Errorf("%q finds a ticket that has no words", agentPrintable(typed))
		}
	}
	// A call's note goes with its contact, and who is erased is found no more.
	if _, err := pool.Exec(t.Context(), `UPDATE contacts SET ticket = $1 WHERE ticket = $2`, other, n); err != nil {
		t.Fatal(err)
	}
	if got := found("перезвонить", head); !slices.Equal(got, []tickets.Number{other}) {
		t.Errorf("after its contact has moved the note is found in %v", got)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE contacts SET ticket = $2, ended_at = now(), outcome = 'served' WHERE ticket = $1 AND note <> ''; UPDATE contacts SET ended_at = now(), outcome = 'served' WHERE ended_at IS NULL`, pgx.QueryExecModeSimpleProtocol, other, n); err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), postgres.Person{Customer: "00000000-0000-4000-8000-000000000001", Numbers: []string{"+74951230001"}}, erasing(true, nil)); err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"елка", "router", "перезвонить"} {
		if got := found(typed, head); len(got) > 0 {
			t.Errorf("of a person who was erased %q finds %v", typed, got)
		}
	}
}

func TestSearchForANumberThatCallsALotFindsTheLatestAndAFileAll(t *testing.T) {
	s, pool := fresh(t)
	const all = 1200
	_, err := pool.Exec(t.Context(), fmt.Sprintf(`
		INSERT INTO tickets (number, state, phase, owner_kind, owner, department, closed_at, opened_at, activity_at)
			SELECT (700000 + i)::text, 'closed', 'closed', 'department', 'd3', 'd3', now(), '2026-03-01'::timestamptz + i * interval '1 minute', now() FROM generate_series(1, %[1]d) i;
		INSERT INTO contacts (id, ticket, linked, caller, arrived_at, ended_at, outcome)
			SELECT 'n' || i, (700000 + i)::text, 'new', CASE WHEN i %% 100 = 50 THEN '+79990001234' ELSE '+78005550199' END, '2026-03-01'::timestamptz + i * interval '1 minute', now(), 'served' FROM generate_series(1, %[1]d) i`, all))
	must(t, err)
	for typed, want := range map[string][3]int{"+7 800 555-01-99": {all, 1000, all * 99 / 100}, "0199": {all, 1000, all * 99 / 100}, "9990001234": {all - 50, all / 100, all / 100}} {
		for who, sight := range map[string]tickets.Sight{"head": head, "member": member} {
			for i, whole := range []bool{false, true} {
				q := ask(lists.All, sight)
				q.Text, q.Whole, q.Limit, q.Sort = typed, whole, 500, lists.ByOpening
				found := []tickets.Number{}
				for p, err := s.List(t.Context(), q); ; p, err = s.List(t.Context(), q) {
					must(t, err)
					for _, r := range p.Rows {
						found = append(found, r.Number)
					}
					if q.Cursor = p.Next; q.Cursor == "" {
						break
					}
				}
				if latest := tickets.Number(fmt.Sprint(700_000 + want[0])); len(found) != want[1+i] || found[0] != latest {
					t.Errorf("%s finds %d by %s (whole: %t); want %d from %s on", who, len(found), typed, whole, want[1+i], latest)
				}
			}
		}
	}
}

// agentPrintable cuts hostile text for a message.
func agentPrintable(s string) string { return fmt.Sprintf("%.40q", s) }

func TestSearchIndexTakesTextsOfAnyLength(t *testing.T) {
	s, _ := fresh(t)
	n := called(t, s, 81_003)
	for i := range 12 {
		var b strings.Builder
		for j := range 2500 {
			fmt.Fprintf(&b, "слово%d-%d ", i, j)
		}
		_, err := s.Change(t.Context(), n, nil, "", func(f *life.File) (life.Outcome, error) {
			return life.Do(f, n, life.AddNote{Text: b.String()[:20_000/2]}, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, time.Now())
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	q := ask(lists.All, head)
	q.Text = "слово11-3"
	if p, err := s.List(t.Context(), q); err != nil || len(p.Rows) != 1 {
		t.Errorf("the latest of many words is found in %d tickets, %v", len(p.Rows), err)
	}
}

func TestFileHoldsTheLatestOfATicketAndItsTimelineTheRest(t *testing.T) {
	s, _ := fresh(t)
	n := called(t, s, 81_004)
	for i := range 30 {
		_, err := s.Change(t.Context(), n, nil, "", func(f *life.File) (life.Outcome, error) {
			return life.Do(f, n, life.AddNote{Text: fmt.Sprint("note ", i)}, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, time.Now().Add(-time.Minute).Truncate(time.Second)) // several at one moment
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := s.File(t.Context(), n, "anna", 7)
	if err != nil {
		t.Fatal(err)
	}
	if f.Row.Number != n || f.Matter.Version == 0 || f.Row.Caller != "+78005550100" || len(f.Timeline.Items) != 7 || f.Served {
		t.Errorf("the file of a ticket: %+v", f)
	}
	seen := map[string]int{}
	var last lists.Item
	for piece := f.Timeline; ; {
		for _, i := range piece.Items {
			if last.At.Before(i.At) && !last.At.IsZero() {
				t.Fatalf("%s comes after what was before it", i.Moment().ID())
			}
			last = i
			seen[i.Moment().ID()]++
		}
		if piece.Next == "" {
			break
		}
		if piece, err = s.Timeline(t.Context(), n, piece.Next, 7); err != nil {
			t.Fatal(err)
		}
	}
	changes, err := s.Changes(t.Context(), n, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 30 + len(changes); len(seen) != want {
		t.Errorf("%d items of %d", len(seen), want)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s comes %d times", id, times)
		}
	}
	for _, cursor := range []string{"x", f.Timeline.Next + "x"} {
		if _, err := s.Timeline(t.Context(), n, cursor, 7); !errors.Is(err, lists.ErrCursor) {
			t.Errorf("the cursor %q: %v", cursor, err)
		}
	}
	if _, err := s.Timeline(t.Context(), called(t, s, 81_009), f.Timeline.Next, 7); !errors.Is(err, lists.ErrCursor) {
		t.Errorf("the cursor of another ticket: %v", err)
	}
	if _, err := s.File(t.Context(), tickets.MakeNumber(81_999), "anna", 7); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("a ticket that is not there: %v", err)
	}
}

func TestRowShowsTheClockNearestToBreakingAndTheFileAllOfThem(t *testing.T) {
	s, pool := fresh(t)
	n := called(t, s, 81_010)
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO ticket_clocks (ticket, n, kind, cycle, allowed, used, started, ended, due, broken, paused_by, clock) VALUES
			($1, 1, 'reaction', 1, '1 hour', '5 minutes', now() - interval '2 hours', now(), now() - interval '1 hour', false, '', '{}'),
			($1, 2, 'resolution', 1, '1 day', '2 hours', now() - interval '2 hours', NULL, now() + interval '5 hours', false, '', '{}'),
			($1, 3, 'department', 1, '1 day', '2 hours', now() - interval '1 hour', NULL, NULL, false, 'customer', '{}')`, n); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO ticket_spells (ticket, n, party, from_at, to_at) VALUES
			($1, 1, 'first_line', '2026-01-01 10:00Z', '2026-01-01 10:30Z'), ($1, 2, 'customer', '2026-01-01 10:30Z', '2026-01-01 12:00Z'),
			($1, 3, 'first_line', '2026-01-01 12:00Z', '2026-01-01 12:00:01Z')`, n); err != nil {
		t.Fatal(err)
	}
	f, err := s.File(t.Context(), n, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	if c := f.Row.Clock; c == nil || c.Kind != "resolution" || c.Due == nil || time.Until(*c.Due) < 4*time.Hour || c.PausedBy != "" {
		t.Errorf("the clock of the row is %+v", c)
	}
	if len(f.Clocks) != 3 || f.Clocks[0].Ended == nil || f.Clocks[2].PausedBy != "customer" || f.Clocks[2].Due != nil {
		t.Errorf("the clocks of the file are %+v", f.Clocks)
	}
	if want := []lists.Share{{Party: "customer", Seconds: 5400}, {Party: "first_line", Seconds: 1801}}; !slices.Equal(f.Whose, want) {
		t.Errorf("it was whose: %+v", f.Whose)
	}
}

func TestSavedListsAreOfOneAccountAndNoMoreThanMayBe(t *testing.T) {
	s, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `DELETE FROM ticket_views`); err != nil {
		t.Fatal(err)
	}
	save := func(id string, position int) error {
		return s.SaveView(t.Context(), "a1", lists.View{ID: id, Of: lists.OfTickets, Name: "List " + id, Query: map[string]string{"list": "overdue", "q": `"не горит"`}, Position: position})
	}
	for i := range lists.MostViews {
		if err := save(fmt.Sprint("v", i), lists.MostViews-i); err != nil {
			t.Fatal(err)
		}
	}
	if err := save("one-more", 0); !errors.Is(err, lists.ErrViews) {
		t.Errorf("one more: %v", err)
	}
	if err := save("v7", 0); err != nil {
		t.Errorf("one that is there: %v", err)
	}
	if err := s.DropView(t.Context(), "a1", "v8"); err != nil {
		t.Error(err)
	}
	all, err := s.Views(t.Context(), "a1")
	if err != nil || len(all) != lists.MostViews-1 || all[0].ID != "v7" || all[0].Query["q"] != `"не горит"` || all[1].ID != "v49" {
		t.Errorf("%d lists, %v: %+v", len(all), err, all[:2])
	}
	if others, err := s.Views(t.Context(), "a2"); err != nil || len(others) > 0 {
		t.Errorf("somebody else has %+v, %v", others, err)
	}
}
