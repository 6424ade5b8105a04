package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/deploy/private"
	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
)

// Who hears of a change within its transaction, and passes over what the database does not take of theirs, never passes over what it does not take of
// the change: that is written with the first statement of theirs.
func TestChangeThatTheDatabaseCannotHoldIsRefusedThoughWhoIsToldPassesOverErrors(t *testing.T) {
	s, _ := fresh(t)
	var passed []string
	s.OnChange(func(ctx context.Context, tx pgx.Tx, _ []tickets.Fact, _ []tickets.Change) error {
		err := pgx.BeginFunc(ctx, tx, func(pgx.Tx) error { return nil })
		var pg *pgconn.PgError
		if errors.As(err, &pg) {
			passed = append(passed, pg.Code[:2])
			return nil
		}
		return err
	}, func([]tickets.Change) { t.Error("who hears of what is kept is told") })
	f := tickets.Fact{Contact: "c1", Channel: tickets.Call{}, At: time.Now(), Own: tickets.MakeNumber(10_001), Event: tickets.Arrived{RawName: "a\x00b"}}
	if err := s.Apply(t.Context(), []tickets.Fact{f}); !errors.Is(err, tickets.ErrRefused) {
		t.Errorf("NUL in a text: %v, want ErrRefused", err)
	}
	_, err := s.Open(t.Context(), "by hand", func(f *life.File) (life.Outcome, error) {
		f.Fresh = []tickets.Number{tickets.MakeNumber(10_002)}
		by := tickets.By{Kind: tickets.ByPerson, ID: "anna"}
		return life.Open(f, life.OpenByHand{Channel: "visit", Subject: "s", Text: "t", Customer: "00000000-0000-4000-8000-000000000000"}, "by hand", by, time.Now())
	})
	if !errors.Is(err, tickets.ErrRefused) {
		t.Errorf("a customer whom nobody knows: %v, want ErrRefused", err)
	}
	if len(passed) != 2 || passed[0] != "22" || passed[1] != "23" {
		t.Errorf("the errors came by %q, and not with the statements of who is told", passed)
	}
}

// Somebody leaves a page while their command is being kept: it is kept, and all others are told.
func TestCommandWhoseSenderLeavesWhileItIsKeptIsToldToTheOthers(t *testing.T) {
	s, pool := fresh(t)
	n := called(t, s, 10_003)
	var told []string
	s.OnChange(nil, func(history []tickets.Change) {
		for _, c := range history {
			told = append(told, c.Kind)
		}
	})
	other, err := pool.Begin(t.Context())
	must(t, err)
	defer func() { _ = other.Rollback(context.Background()) }()
	_, err = other.Exec(t.Context(), `LOCK TABLE ticket_changes IN EXCLUSIVE MODE`) // which whoever reads it does not mind
	must(t, err)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	done := make(chan error, 1)
	note := func() {
		_, err := s.Change(ctx, n, nil, "", func(f *life.File) (life.Outcome, error) {
			return life.Do(f, f.Own, life.AddNote{Text: "note"}, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, time.Now())
		})
		done <- err
	}
	go note()
	locksAwaited(t, pool, 1)
	leave()
	must(t, other.Rollback(t.Context()))
	must(t, <-done)
	if len(told) != 1 {
		t.Errorf("others are told %q", told)
	}
	// Who has left before has asked for nothing.
	note()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("of one who has left: %v", err)
	}
	m, err := s.Matter(t.Context(), n)
	must(t, err)
	if m.Written != 1 || len(told) != 1 {
		t.Errorf("%d notes are kept, and others are told %q", m.Written, told)
	}
}

// A plan lasts as long as its connection, or until the rows are counted again: one that was made while the tables were empty is followed when they are not any more.
func TestRowsOfANewDatabaseAreFoundByTheirKeysToo(t *testing.T) {
	quiet := apart(t)
	var mu sync.Mutex
	plans := map[string]private.Plan{}
	c := quiet.Config()
	private.Explain(c.ConnConfig, func(e private.Explained) {
		mu.Lock()
		defer mu.Unlock()
		plans[e.SQL] = e.Plan
	})
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	must(t, err)
	defer pool.Close()
	s := postgres.New(pool)
	for i := range uint64(3) {
		n := called(t, s, 60_600+i)
		must(t, s.Apply(t.Context(), []tickets.Fact{{Contact: ofCallOf(n), Channel: tickets.Call{}, At: time.Now(), Own: n, Event: tickets.Ended{Outcome: tickets.Served}}}))
		must(t, order(t, s, n, life.TakeOver{}))
		_, err := s.Identify(t.Context(), "+78005550100")
		must(t, err)
		_, err = s.MattersOf(t.Context(), []tickets.Number{n})
		must(t, err)
		_, err = s.AgentsOf(t.Context(), []tickets.Number{n})
		must(t, err)
	}
	pool.Close()
	if len(plans) < 30 {
		t.Errorf("only %d plans are told", len(plans))
	}
	for sql, plan := range plans {
		for _, is := range wrong(plan, false, enough) {
			t.Errorf("%s:\n%s\n%s", is, sql, plan)
		}
	}
}

// Who calls is asked for each call, and how today goes each second: with what that takes, and nothing around it.
func TestWhatIsAskedAllTheTimeIsOneRoundTripOfItsStatements(t *testing.T) {
	_, pool := fresh(t)
	r, c := &recorder{}, pool.Config()
	c.ConnConfig.Tracer = r
	watched, err := pgxpool.NewWithConfig(t.Context(), c)
	must(t, err)
	defer watched.Close()
	s, now := postgres.New(watched), time.Now()
	for what, asked := range map[string]struct {
		statements int // with the one by which plans are made for keys
		ask        func() error
	}{
		"who calls": {5, func() error { _, err := s.Identify(t.Context(), "+78005550100"); return err }},
		"today": {4, func() error {
			_, _, err := s.Today(t.Context(), now.Add(-time.Hour), []tickets.Span{{From: now.Add(-time.Hour), To: now}, {From: now.Add(-2 * time.Hour), To: now.Add(-time.Hour)}})
			return err
		}},
	} {
		r.trips = nil
		must(t, asked.ask())
		if len(r.trips) != 1 || len(r.trips[0]) != asked.statements {
			t.Errorf("%s: sent are %+v, want %d statements at once", what, r.trips, asked.statements)
		}
	}
}

// Neither is the whole of an index read for a few keys, which costs the more the longer a new database is in use before its rows are counted.
func TestCallsInANewDatabaseReadNoOthers(t *testing.T) {
	quiet := apart(t)
	var mu sync.Mutex
	var heard []private.Explained
	c := quiet.Config()
	c.MaxConns = 1 // which has all plans
	private.Explain(c.ConnConfig, func(e private.Explained) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, e)
	})
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	must(t, err)
	defer pool.Close()
	s, at := postgres.New(pool), time.Now()
	calls := func(first uint64, n int) {
		var come, over []tickets.Fact
		for i := range uint64(n) {
			n := tickets.MakeNumber(first + i)
			f := tickets.Fact{Contact: ofCallOf(n), Channel: tickets.Call{}, At: at, Own: n, Event: tickets.Arrived{From: fmt.Sprint("+7916", 1_000_000+first+i), Department: "first_line", Next: at.Add(time.Hour)}}
			answered, ended := f, f
			answered.N, answered.Event = 1, tickets.Answered{Agent: tickets.Agent{ID: "anna", Name: "Anna"}, Next: at.Add(time.Hour)}
			ended.Event = tickets.Ended{Outcome: tickets.Served}
			come, over = append(come, f, answered), append(over, ended)
		}
		must(t, s.Apply(t.Context(), come))
		must(t, s.Apply(t.Context(), over))
	}
	const some = 7 // 4, 2 and 1
	calls(62_000, some)
	calls(62_100, 2*enoughForCalls)
	mu.Lock()
	heard = nil
	mu.Unlock()
	calls(62_300, some)
	pool.Close()
	if len(heard) < 30 {
		t.Errorf("only %d plans are told", len(heard))
	}
	for _, e := range heard {
		for _, is := range wrong(e.Plan, false, enoughForCalls) {
			t.Errorf("%s:\n%s\n%s", is, e.SQL, e.Plan)
		}
	}
}
