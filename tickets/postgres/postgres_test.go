package postgres_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"hotline/deploy"
	"hotline/deploy/private"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/conformance"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

// One cluster serves all tests of the package; each test begins with empty tables.
var cluster *private.Postgres

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	if os.Getenv(importURL) != "" {
		importing()
		return
	}
	dir, err := os.MkdirTemp("", "hotline-tickets-")
	if err != nil {
		panic(err)
	}
	_ = os.Chmod(dir, 0o755) // PostgreSQL's user must get through
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cluster, err = private.StartPostgres(ctx, dir+"/pg")
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "no PostgreSQL for the tests of tickets/postgres:", err)
		os.Exit(1)
	}
	code := 1
	if err := migrate(cluster.URL()); err != nil {
		fmt.Fprintln(os.Stderr, "migrations:", err)
	} else {
		code = m.Run()
	}
	_ = cluster.Stop(context.Background())
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// migrate brings a database to the latest schema.
func migrate(url string) error {
	pool, err := postgres.Connect(url)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	p, err := migrations(db)
	if err != nil {
		return err
	}
	_, err = p.Up(context.Background())
	return err
}

func migrations(db *sql.DB) (*goose.Provider, error) {
	schema, err := fs.Sub(deploy.Schema, "schema")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, schema, goose.WithAllowOutofOrder(true)) // as Hotline does
}

func fresh(t testing.TB) (*postgres.Store, *pgxpool.Pool) {
	t.Helper()
	pool, err := postgres.Connect(cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	empty(t, pool)
	return postgres.New(pool), pool
}

func empty(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	_, err := pool.Exec(context.Background(), `
		SET LOCAL statement_timeout = 0; -- a test may leave tens of thousands
		DELETE FROM merged_numbers; DELETE FROM contacts; DELETE FROM tickets; DELETE FROM facts; DELETE FROM erased;
		DELETE FROM customer_numbers; DELETE FROM customers`)
	if err != nil {
		t.Fatal(err)
	}
}

func TestPostgresIsAStore(t *testing.T) {
	s, pool := fresh(t)
	conformance.Run(t, func() conformance.Opened {
		empty(t, pool)
		return conformance.Opened{Store: s, Rows: func() conformance.Rows {
			r, err := s.Rows(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			return r
		}}
	})
}

func TestOpenTicketWithoutOwnerOrDateIsRefusedByTheDatabase(t *testing.T) {
	_, pool := fresh(t)
	for name, values := range map[string]string{
		"no owner":              `'open', NULL, NULL, now(), 'follow_up', NULL`,
		"an empty owner":        `'open', 'person', ' ', now(), 'follow_up', NULL`,
		"an owner of no kind":   `'open', NULL, 'olga', now(), 'follow_up', NULL`,
		"an unknown kind":       `'open', 'nobody', 'olga', now(), 'follow_up', NULL`,
		"no next date":          `'open', 'person', 'olga', NULL, 'follow_up', NULL`,
		"no step":               `'open', 'person', 'olga', now(), NULL, NULL`,
		"open and closed":       `'open', 'person', 'olga', now(), 'follow_up', now()`,
		"closed without a date": `'closed', NULL, NULL, NULL, NULL, NULL`,
		"closed with a next":    `'closed', NULL, NULL, now(), NULL, now()`,
		"an unknown state":      `'sleeping', 'person', 'olga', now(), 'follow_up', NULL`,
	} {
		_, err := pool.Exec(t.Context(), `
			INSERT INTO tickets (opened_at, activity_at, number, state, owner_kind, owner, next_at, next_step, closed_at)
			VALUES (now(), now(), '100014', `+values+`)`)
		if err == nil {
			t.Errorf("%s: the database took it", name)
		}
	}
}

func TestContactWithoutATicketIsImpossible(t *testing.T) {
	_, pool := fresh(t)
	for _, ticket := range []string{"null", "'100014'"} {
		_, err := pool.Exec(t.Context(), `INSERT INTO contacts (id, ticket, linked, arrived_at) VALUES ('c1', `+ticket+`, 'new', now())`)
		if err == nil {
			t.Errorf("ticket %s: the database took it", ticket)
		}
	}
}

func TestHostileTextComesBackAsItWas(t *testing.T) {
	s, _ := fresh(t)
	name := tickets.Clean("O'Hara\"; drop table tickets; -- <script>\u202e\x01", 256)
	own := tickets.MakeNumber(10_001)
	at := time.Now().UTC().Truncate(time.Microsecond)
	err := s.Apply(t.Context(), []tickets.Fact{
		{Contact: "c1", Channel: tickets.Call{}, At: at, Own: own, Event: tickets.Arrived{From: "+78005550101", RawName: name, Next: at.Add(time.Hour)}},
		{Contact: "c1", Channel: tickets.Call{}, At: at, Own: own, Event: tickets.Ended{Outcome: tickets.AbandonedInMenu, Next: at.Add(time.Hour)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.Rows(t.Context())
	if err != nil || rows.Contacts["c1"].RawName != name {
		t.Fatalf("raw name %q, %v; want %q", rows.Contacts["c1"].RawName, err, name)
	}
	h, err := s.History(t.Context(), own)
	if err != nil || h.Contacts[0].RawName != tickets.Display(name) {
		t.Fatalf("shown name %q, %v", h.Contacts[0].RawName, err)
	}
}

// A message stands beside the note. One of before, in the note, is found all the same, and moves when its contact is next written.
func TestRecordingsOfAContactAreKept(t *testing.T) {
	s, pool := fresh(t)
	n := int64(0)
	recorded := func(name string) {
		t.Helper()
		n++
		must(t, s.Apply(t.Context(), []tickets.Fact{{Contact: "c1", Channel: tickets.Call{}, At: time.Now(), N: n, Own: tickets.MakeNumber(10001), Event: tickets.Recorded{Recording: name}}}))
	}
	kept := func(want ...string) {
		t.Helper()
		if c, err := s.Contact(t.Context(), "c1"); err != nil || c.Note != "Wednesday" || !slices.Equal(c.Recordings, want) {
			t.Errorf("%v: the contact is %+v, want %q", err, c, want)
		}
	}
	recorded("c1.a")
	_, err := pool.Exec(t.Context(), `UPDATE contacts SET note = E'Wednesday\nrecording: c1.a', recordings = '{}'`)
	must(t, err)
	kept("c1.a")
	recorded("c1.b")
	kept("c1.a", "c1.b")
	if _, err := s.Contact(t.Context(), "c2"); !errors.Is(err, customers.ErrNoContact) {
		t.Errorf("a contact that is not there: %v", err)
	}
}

func TestFactThatTheDatabaseCannotHoldIsRefused(t *testing.T) {
	s, _ := fresh(t)
	at := time.Now()
	f := tickets.Fact{Contact: "c1", Channel: tickets.Call{}, At: at, Own: tickets.MakeNumber(10_001), Event: tickets.Arrived{RawName: "a\x00b"}}
	if err := s.Apply(t.Context(), []tickets.Fact{f}); !errors.Is(err, tickets.ErrRefused) {
		t.Fatalf("NUL in a text: %v, want ErrRefused", err)
	}
}

func TestAbsentDatabaseIsNoRefusal(t *testing.T) {
	pool, err := postgres.Connect("postgres:///hotline?host=/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	f := tickets.Fact{Contact: "c1", Channel: tickets.Call{}, At: time.Now(), Own: tickets.MakeNumber(10_001), Event: tickets.Resumed{}}
	if err := postgres.New(pool).Apply(t.Context(), []tickets.Fact{f}); err == nil || errors.Is(err, tickets.ErrRefused) {
		t.Fatalf("Apply = %v; want an error that is no refusal", err)
	}
}

func TestReadingsTellOfCalls(t *testing.T) {
	s, _ := fresh(t)
	at := time.Now().UTC().Truncate(time.Microsecond)
	n := func(i int) tickets.Number { return tickets.MakeNumber(uint64(10_000 + i)) }
	agent := tickets.Agent{ID: "olga", Name: "Olga"}
	err := s.Apply(t.Context(), []tickets.Fact{
		{Contact: "c1", Channel: tickets.Call{}, At: at, Own: n(1), Event: tickets.Arrived{From: "+78005550101", RawName: "Ann", Next: at}},
		{Contact: "c2", Channel: tickets.Call{}, At: at, Own: n(2), Event: tickets.Arrived{From: "", Next: at}},
		{Contact: "c3", Channel: tickets.Call{}, At: at, Own: n(3), Event: tickets.Arrived{From: "+78005550103", Next: at, Node: "north"}},
		{Contact: "c1", Channel: tickets.Call{}, N: 1, At: at, Event: tickets.Answered{Agent: agent, Next: at}},
		{Contact: "c1", Channel: tickets.Call{}, At: at, Event: tickets.Ended{Outcome: tickets.Served, Next: at}},
		{Contact: "c2", Channel: tickets.Call{}, At: at, Event: tickets.Ended{Outcome: tickets.AbandonedInQueue, Next: at}},
		{Contact: "c1", Channel: tickets.Call{}, N: 1, At: at, Event: tickets.WrappedUp{Agent: agent, Disposition: tickets.Resolved, Closes: true, Note: "reset the router"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	counts, err := s.Counts(t.Context())
	want := tickets.Counts{Calls: 3, Tickets: 3, Distinct: 3, Unended: 1, Answered: 1, Abandoned: 1, OpenTickets: 2, CallbacksDue: 1, Customers: 2, Provisional: 2}
	if err != nil || counts != want {
		t.Errorf("Counts = %+v, %v; want %+v", counts, err, want)
	}
	recent, err := s.RecentOf(t.Context(), "olga", 5)
	if err != nil || len(recent) != 1 || recent[0] != (tickets.AgentCall{Call: "c1", Ticket: n(1), Name: "Ann", From: telephony.NumberOf("+78005550101", ""), At: at, Outcome: tickets.Served}) {
		t.Errorf("RecentOf = %+v, %v", recent, err)
	}
	if unended, err := s.Unended(t.Context(), at.Add(time.Second), "south", time.Minute); err != nil || len(unended) != 0 {
		t.Errorf("another node would end %+v, %v", unended, err)
	}
	if unended, err := s.Unended(t.Context(), at.Add(2*time.Minute), "south", time.Minute); err != nil || len(unended) != 1 {
		t.Errorf("when no call can last any more, another node would end %+v, %v", unended, err)
	}
	unended, err := s.Unended(t.Context(), at.Add(time.Second), "north", time.Minute)
	if err != nil || len(unended) != 1 || unended[0].Call != telephony.CallID("c3") || unended[0].Answered {
		t.Errorf("Unended = %+v, %v", unended, err)
	}
	h, err := s.History(t.Context(), n(1))
	if err != nil || h.Ticket.State != "closed" || len(h.Contacts) != 1 || h.Contacts[0].Note != "reset the router" || h.Customer == nil {
		t.Errorf("History = %+v, %v", h, err)
	}
}

// TestCallsInWhichAColleagueWasAskedAreFoundByThem: in the lists, but not among the calls that they have answered, whose work they file.
func TestCallsInWhichAColleagueWasAskedAreFoundByThem(t *testing.T) {
	s, _ := fresh(t)
	at := time.Now().UTC().Truncate(time.Microsecond)
	anna, boris, clara := tickets.Agent{ID: "anna", Name: "Anna"}, tickets.Agent{ID: "boris", Name: "Boris"}, tickets.Agent{ID: "clara", Name: "Clara"}
	asked := func(who tickets.Agent, answered time.Time, how string) tickets.Consulted {
		return tickets.Consulted{Agent: anna, With: who, Rang: at, Answered: answered, How: how}
	}
	own := tickets.MakeNumber(10_000)
	if err := s.Apply(t.Context(), []tickets.Fact{
		{Contact: "c1", Channel: tickets.Call{}, At: at, Own: own, Event: tickets.Arrived{From: "+78005550101", RawName: "Ann", Next: at}},
		{Contact: "c1", Channel: tickets.Call{}, N: 1, At: at, Event: tickets.Answered{Agent: anna, Next: at}},
		{Contact: "c1", Channel: tickets.Call{}, N: 2, At: at.Add(time.Second), Event: asked(boris, at, tickets.ConsultTakenBack)},
		{Contact: "c1", Channel: tickets.Call{}, N: 3, At: at.Add(2 * time.Second), Event: asked(clara, time.Time{}, "declined")},
		{Contact: "c1", Channel: tickets.Call{}, At: at.Add(3 * time.Second), Event: tickets.Ended{Outcome: tickets.Served, Next: at}},
	}); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]bool{"anna": true, "boris": true, "clara": false} {
		for name, q := range map[string]lists.CallQuestion{
			"searched": {Sight: tickets.Sight{All: true}, CallFilter: lists.CallFilter{Agent: who}, Limit: 5}, "of their own": {Sight: tickets.Sight{Agent: who}, Limit: 5},
		} {
			p, err := s.ListCalls(t.Context(), q)
			if err != nil || (len(p.Calls) == 1) != want {
				t.Errorf("%s's calls, %s: %+v, %v", who, name, p.Calls, err)
			}
			if want && len(p.Calls) == 1 && (len(p.Calls[0].Asked) != 1 || p.Calls[0].Asked[0].Agent != boris || p.Calls[0].Talks != nil) {
				t.Errorf("asked were %+v beside %+v", p.Calls[0].Asked, p.Calls[0].Talks)
			}
		}
		recent, err := s.RecentOf(t.Context(), who, 5)
		if err != nil || (len(recent) == 1) != (who == "anna") {
			t.Errorf("%s has answered %+v, %v", who, recent, err)
		}
	}
}

// Who has filed the work after a call, or after a callback, which the wrap-up knows by the request alone, wraps it up no more.
func TestWorkThatIsFiledIsFoundAlsoOfACallback(t *testing.T) {
	s, _ := fresh(t)
	at := time.Now().UTC().Truncate(time.Microsecond)
	olga, boris := tickets.Agent{ID: "olga"}, tickets.Agent{ID: "boris"}
	facts := []tickets.Fact{{Contact: "r1", Channel: tickets.Call{}, At: at.Add(-time.Hour), Own: tickets.MakeNumber(9_999), Event: tickets.Arrived{From: "+78005550101", Next: at}}} // they asked for a callback then
	for i, call := range []tickets.ContactID{"c1", "c2"} {
		came := at.Add(time.Duration(i) * time.Minute)
		facts = append(facts,
			tickets.Fact{Contact: call, Channel: tickets.Call{}, At: came, Own: tickets.MakeNumber(uint64(10_000 + i)), Event: tickets.Arrived{From: "+78005550101", Next: at}},
			tickets.Fact{Contact: call, Channel: tickets.Call{}, N: 1, At: came, Event: tickets.Answered{Agent: olga, Next: at}},
			tickets.Fact{Contact: call, Channel: tickets.Call{}, At: came.Add(10 * time.Second), Event: tickets.Ended{Outcome: tickets.Served, Next: at}},
		)
	}
	ended := at.Add(70 * time.Second)
	filed := func() []bool {
		t.Helper()
		all, err := s.WrappedUp(t.Context(), []string{"c2", "r1", "r2", "c1"}, []string{"olga", "olga", "boris", "olga"}, []time.Time{ended, ended, ended, ended})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if err := s.Apply(t.Context(), facts); err != nil {
		t.Fatal(err)
	}
	if got := filed(); !slices.Equal(got, []bool{false, false, false, false}) {
		t.Errorf("before: %v", got)
	}
	wrapped := tickets.Fact{Contact: "c2", Channel: tickets.Call{}, N: 1, At: ended.Add(time.Second), Event: tickets.WrappedUp{Agent: olga, Disposition: tickets.Resolved, Closes: true}}
	if err := s.Apply(t.Context(), []tickets.Fact{wrapped}); err != nil {
		t.Fatal(err)
	}
	if got := filed(); !slices.Equal(got, []bool{true, true, false, false}) {
		t.Errorf("after: %v", got)
	}
	passed := []tickets.Fact{
		{Contact: "c2", Channel: tickets.Call{}, N: 2, At: ended.Add(2 * time.Second), Event: tickets.Answered{Agent: boris, Next: at}},
	}
	if err := s.Apply(t.Context(), passed); err != nil {
		t.Fatal(err)
	}
	if got := filed(); !slices.Equal(got, []bool{true, true, false, false}) {
		t.Errorf("once it is passed on: %v", got)
	}
}

// What an older version, or a hand, has written into a date makes no ticket and no contact illegible.
func TestADateAtTheEndOfTheCalendarCanBeReadFromTheDatabase(t *testing.T) {
	s, pool := fresh(t)
	for i, odd := range []string{"10000-01-01T12:00:00Z", "infinity", "-infinity", "0044-03-15 12:00:00 BC"} {
		own := tickets.MakeNumber(uint64(90_000 + i))
		id := tickets.ContactID(fmt.Sprint("odd", i))
		facts := []tickets.Fact{{Contact: id, Channel: tickets.Call{}, At: time.Now(), Own: own, Event: tickets.Arrived{}}}
		if err := s.Apply(t.Context(), facts); err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(t.Context(), `UPDATE tickets SET next_at = $1::text::timestamptz, opened_at = $1::text::timestamptz WHERE number = $2`, odd, own); err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(t.Context(), `UPDATE contacts SET queued_at = $1::text::timestamptz WHERE id = $2`, odd, id); err != nil {
			t.Fatal(err)
		}
		h, err := s.History(t.Context(), own)
		if err != nil {
			t.Errorf("%s: %v", odd, err)
			continue
		}
		if _, err := json.Marshal(h.Ticket); err != nil {
			t.Errorf("%s: %v", odd, err)
		}
		if _, err := json.Marshal(h.Contacts[0].QueuedAt); err != nil {
			t.Errorf("%s: %v", odd, err)
		}
		end := []tickets.Fact{{Contact: id, Channel: tickets.Call{}, At: time.Now(), Event: tickets.Ended{Outcome: tickets.Served}}}
		if err := s.Apply(t.Context(), end); err != nil {
			t.Errorf("%s: its next fact: %v", odd, err)
		}
	}
}

func TestAgentsSeeTicketsOfTheirCallsTheirDepartmentsAndTheirCustomers(t *testing.T) {
	s, _ := fresh(t)
	at := time.Now().UTC()
	call := func(id, from, agent string, n uint64, topic string) tickets.Number {
		own := tickets.MakeNumber(n)
		facts := []tickets.Fact{
			{Contact: tickets.ContactID(id), Channel: tickets.Call{}, At: at, Own: own, Event: tickets.Arrived{From: from}},
			{Contact: tickets.ContactID(id), Channel: tickets.Call{}, At: at, N: 1, Own: own, Event: tickets.Routed{Topic: topic, Department: "d-" + topic, Ticket: own, Linked: tickets.LinkedBrokenOff}},
		}
		if agent != "" {
			facts = append(facts, tickets.Fact{Contact: tickets.ContactID(id), Channel: tickets.Call{}, At: at, N: 2, Own: own, Event: tickets.Answered{Agent: tickets.Agent{ID: agent}}})
		}
		if err := s.Apply(t.Context(), facts); err != nil {
			t.Fatal(err)
		}
		return own
	}
	served := call("c1", "+79160000001", "anna", 61_001, "fault")
	sameCustomer := call("c2", "+79160000001", "boris", 61_002, "contract")
	others := call("c3", "+79160000002", "boris", 61_003, "contract")
	waiting := call("c4", "+79160000003", "", 61_004, "billing")
	typed := tickets.Fact{Contact: "c1", Channel: tickets.Call{}, At: at, N: 3, Event: tickets.Claimed{Ticket: waiting, From: "+79160000001"}}
	for _, c := range []struct {
		n           tickets.Number
		agent       string
		departments []string
		topics      []string
		sees        bool
	}{
		{served, "anna", nil, nil, true},
		{sameCustomer, "anna", nil, nil, true},
		{others, "anna", nil, nil, false},
		{others, "", nil, nil, false},
		{waiting, "anna", nil, nil, false},
		{waiting, "anna", []string{"d-billing"}, nil, true},
		{waiting, "anna", nil, []string{"billing"}, true},
		{others, "anna", []string{"d-billing"}, []string{"billing"}, false},
		{tickets.MakeNumber(69_999), "anna", []string{"d-billing"}, []string{"billing"}, false},
	} {
		sees, err := s.Sees(t.Context(), c.n, tickets.Sight{Agent: c.agent, Departments: c.departments, Topics: c.topics})
		if err != nil || sees != c.sees {
			t.Errorf("%q of %v sees %s: %t, %v", c.agent, c.departments, c.n, sees, err)
		}
	}
	if err := s.Apply(t.Context(), []tickets.Fact{typed}); err != nil {
		t.Fatal(err)
	}
	if sees, err := s.Sees(t.Context(), waiting, tickets.Sight{Agent: "anna"}); err != nil || !sees {
		t.Errorf("the ticket that anna's caller says to be about: %t, %v", sees, err)
	}
}
