package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
)

// These tests let two use cases meet at the worst moment: the second one has looked up which ticket it is about, and waits for its lock, while the
// first one gives the contact to another ticket.

// locksAwaited returns once so many wait for a lock in the database.
func locksAwaited(t *testing.T, pool *pgxpool.Pool, by int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if locksAwaitedNow(t, pool) >= by {
			return
		}
	}
	t.Errorf("no %d wait for a lock", by)
}

func locksAwaitedNow(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), `SELECT count(*) FROM pg_locks WHERE NOT granted`).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

// meeting does a command to a ticket, and starts others while that holds the ticket's lock, until so many wait. It gives their error.
func meeting(t *testing.T, s *postgres.Store, pool *pgxpool.Pool, n tickets.Number, c life.Command, fresh []tickets.Number, others int, other func() error) error {
	t.Helper()
	done := make(chan error, 1)
	began := false
	_, err := s.Change(t.Context(), n, life.Needs(c), "", func(f *life.File) (life.Outcome, error) {
		f.Fresh = fresh
		out, err := life.Do(f, f.Own, c, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, time.Now())
		if err == nil && !began {
			began = true
			go func() { done <- other() }()
			locksAwaited(t, pool, others)
		}
		return out, err
	})
	must(t, err)
	return <-done
}

func TestFactOfAContactThatIsMovedInThisMomentIsNotRefused(t *testing.T) {
	s, pool := fresh(t)
	answered := func(contact tickets.ContactID, own tickets.Number, who string) func() error {
		return func() error {
			return s.Apply(context.Background(), []tickets.Fact{{Contact: contact, Channel: tickets.Call{}, N: 1, At: time.Now(), Own: own,
				Event: tickets.Answered{Agent: tickets.Agent{ID: who}, Next: time.Now().Add(time.Hour)}}})
		}
	}
	owner := func(n tickets.Number, want string) {
		t.Helper()
		m, err := s.Matter(t.Context(), n)
		must(t, err)
		if o, open := m.State.(tickets.Open); !open || o.Owner() != tickets.Person(want) {
			t.Errorf("ticket %s is %+v, and not %s's", n, m.State, want)
		}
		history, err := s.Changes(t.Context(), n, 0, 100)
		must(t, err)
		if fields, err := tickets.Replay(history); err != nil || fields["owner"] != want {
			t.Errorf("its history gives %v, %v", fields, err)
		}
	}

	a, b := called(t, s, 85_001), called(t, s, 85_002)
	must(t, meeting(t, s, pool, a, life.Merge{Into: b}, nil, 1, answered(ofCallOf(a), a, "olga")))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): b})
	owner(b, "olga")

	c, split := called(t, s, 85_003), tickets.MakeNumber(85_009)
	must(t, meeting(t, s, pool, c, life.Split{Contacts: []tickets.ContactID{ofCallOf(c)}, Subject: "another matter"}, []tickets.Number{split}, 1, answered(ofCallOf(c), c, "olga")))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(c): split})

	// A caller types a number that begins to lead to another ticket, and then does not any more.
	typed := func(contact tickets.ContactID, serial uint64, n tickets.Number) func() error {
		return func() error {
			return s.Apply(context.Background(), []tickets.Fact{{Contact: contact, Channel: tickets.Call{}, N: 1, At: time.Now(), Own: tickets.MakeNumber(serial),
				Event: tickets.Routed{Topic: "fault", Ticket: n, Linked: tickets.LinkedTyped}}})
		}
	}
	d, e := called(t, s, 85_004), called(t, s, 85_005)
	must(t, meeting(t, s, pool, d, life.Merge{Into: e}, nil, 1, typed("first", 85_010, d)))
	at(t, s, map[tickets.ContactID]tickets.Number{"first": e})
	must(t, meeting(t, s, pool, d, life.Unmerge{}, nil, 1, typed("second", 85_012, d)))
	at(t, s, map[tickets.ContactID]tickets.Number{"first": e, "second": d})
}

// Somebody writes about the ticket that the contact has now while it is said whose the contact is: neither undoes what the other has done.
func TestWhoseAContactIsIsSaidOfTheTicketThatItHasNow(t *testing.T) {
	s, pool := fresh(t)
	ivanov := known(t, s, customers.Record{Name: "Иванов"})
	c, split := called(t, s, 85_011), tickets.MakeNumber(85_019)
	third, err := pool.Begin(t.Context())
	must(t, err)
	held, told := make(chan error, 1), make(chan error, 1)
	must(t, meeting(t, s, pool, c, life.Split{Contacts: []tickets.ContactID{ofCallOf(c)}, Subject: "another matter"}, []tickets.Number{split}, 2, func() error {
		go func() {
			_, err := third.Exec(context.Background(), `SELECT FROM tickets WHERE number = $1 FOR UPDATE`, c)
			held <- err
		}()
		locksAwaited(t, pool, 1) // before the second one queues up behind it
		go func() {
			_, err := s.Customers().TellContact(context.Background(), ofCallOf(c), ivanov.ID, false, anna)
			told <- err
		}()
		return nil
	}))
	must(t, <-held)
	_, err = s.Change(t.Context(), split, nil, "", func(f *life.File) (life.Outcome, error) {
		must(t, third.Commit(context.Background()))
		locksAwaited(t, pool, 1)
		return life.Do(f, f.Own, life.AddNote{Text: "note"}, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, time.Now())
	})
	must(t, err)
	must(t, <-told)
	m, err := s.Matter(t.Context(), split)
	must(t, err)
	if m.Customer != ivanov.ID || m.Written != 1 {
		t.Errorf("the ticket of the contact is %q's, with %d entries", m.Customer, m.Written)
	}
	history, err := s.Changes(t.Context(), split, 0, 100)
	must(t, err)
	if fields, err := tickets.Replay(history); err != nil || fields["customer"] != string(ivanov.ID) {
		t.Errorf("its history gives %v, %v", fields, err)
	}
}
