package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
)

// called is a ticket that a call has opened.
func called(t *testing.T, s interface {
	Apply(ctx context.Context, facts []tickets.Fact) error
}, serial uint64) tickets.Number {
	t.Helper()
	n := tickets.MakeNumber(serial)
	f := tickets.Fact{Contact: tickets.ContactID("call of " + string(n)), Channel: tickets.Call{}, At: time.Now().Add(-time.Hour), Own: n,
		Event: tickets.Arrived{From: "+78005550100", Department: "first_line", Next: time.Now().Add(time.Hour)}}
	if err := s.Apply(t.Context(), []tickets.Fact{f}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTicketIsChangedByCallsAndCommandsInOneHistory(t *testing.T) {
	s, pool := fresh(t)
	n := called(t, s, 80_001)
	by := tickets.By{Kind: tickets.ByPerson, ID: "anna", From: "page"}
	change := func(key string, c life.Command) life.Matter {
		t.Helper()
		m, err := s.Change(t.Context(), n, nil, key, func(f *life.File) (life.Outcome, error) { return life.Do(f, n, c, by, time.Now()) })
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	change("", life.TakeOver{})
	change("k1", life.AddNote{Text: "called back"})
	if m := change("k1", life.AddNote{Text: "called back"}); m.Version != 3 {
		t.Errorf("the same request sent again made version %d", m.Version)
	}
	for key, want := range map[string]bool{"k1": true, "k2": false, "": false} {
		for since, lately := range map[time.Time]bool{time.Now().Add(-time.Hour): true, time.Now().Add(time.Hour): false} {
			if done, err := s.Done(t.Context(), n, key, since); err != nil || done != (want && lately) {
				t.Errorf("the request %q was done since %s: %t, %v", key, since, done, err)
			}
		}
	}
	talked := tickets.Fact{Contact: tickets.ContactID("call of " + string(n)), Channel: tickets.Call{}, N: 1, At: time.Now(), Own: n,
		Event: tickets.WrappedUp{Agent: tickets.Agent{ID: "boris"}, Disposition: tickets.HandedOver, Department: "support"}}
	if err := s.Apply(t.Context(), []tickets.Fact{talked}); err != nil {
		t.Fatal(err)
	}
	want := change("", life.SolveIt{Answer: "done"})
	got, err := s.Matter(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Fields(), got.Fields()); diff != "" {
		t.Errorf("-saved +read:\n%s", diff)
	}
	history, err := s.Changes(t.Context(), n, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := tickets.Replay(history)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.Fields(), fields); diff != "" {
		t.Errorf("-is +replayed:\n%s", diff)
	}
	entries, err := s.Entries(t.Context(), n, 0, 10)
	if err != nil || len(entries) != 2 || entries[0].Text != "done" || entries[0].Internal || entries[1].Text != "called back" {
		t.Errorf("entries %+v, %v", entries, err)
	}
	for _, sql := range []string{`UPDATE ticket_changes SET kind = 'x'`, `DELETE FROM ticket_changes`, `TRUNCATE ticket_changes`, `DELETE FROM ticket_entries`} {
		if _, err := pool.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s went through", sql)
		}
	}
	if _, err := s.Change(t.Context(), tickets.MakeNumber(80_999), nil, "", nil); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("a ticket that is not there: %v", err)
	}
}

// Who answered is not who reviews it, whether they answered on the page, on the phone or in a part: neither by a command nor in the database.
func TestDatabaseRefusesAReviewByWhoAnswered(t *testing.T) {
	anna := tickets.Agent{ID: "anna"}
	by := func(id string) tickets.By { return tickets.By{Kind: tickets.ByPerson, ID: id, From: "page"} }
	s, pool := fresh(t)
	for i, answer := range []func(n tickets.Number) error{
		func(n tickets.Number) error { return change(t, s, n, by("anna"), life.SolveIt{Answer: "no"}) },
		func(n tickets.Number) error { return change(t, s, n, by("anna"), life.ConfirmIt{}) },
		func(n tickets.Number) error {
			return s.Apply(t.Context(), []tickets.Fact{{Contact: tickets.ContactID("call of " + string(n)), Channel: tickets.Call{}, N: 1, At: time.Now(), Own: n,
				Event: tickets.WrappedUp{Agent: anna, Disposition: tickets.Resolved, Closes: true, Note: "no"}}})
		},
		func(n tickets.Number) error {
			return errors.Join(change(t, s, n, by("olga"), life.AddPart{Department: "cards", What: "what", Due: time.Now().Add(time.Hour)}),
				change(t, s, n, by("anna"), life.AnswerPart{N: 1, Answer: "no"}), change(t, s, n, by("olga"), life.SolveIt{}))
		},
	} {
		n := called(t, s, uint64(80_200+i))
		if err := errors.Join(answer(n), change(t, s, n, by("olga"), life.Complain{Text: "that is no answer"}), change(t, s, n, by("boris"), life.AssignReview{N: 1, Reviewer: "boris"})); err != nil {
			t.Fatal(err)
		}
		for _, c := range []life.Command{life.DecideReview{N: 1, Answer: "no"}, life.WithdrawReview{N: 1}} {
			if err := change(t, s, n, by("anna"), c); !errors.Is(err, life.ErrOwnAnswer) {
				t.Errorf("%d: %s by who answered: %v", i, c.Name(), err)
			}
		}
		if _, err := pool.Exec(t.Context(), `UPDATE ticket_reviews SET reviewer = 'anna' WHERE ticket = $1`, n); err == nil {
			t.Errorf("%d: who answered reviews it", i)
		}
		m, err := s.Matter(t.Context(), n)
		if err != nil || len(m.Reviews) != 1 || m.Reviews[0].Reviewer != "boris" || !m.Reviews[0].AnsweredBy("anna") {
			t.Errorf("%d: %+v, %v", i, m.Reviews, err)
		}
	}
}

func change(t *testing.T, s *postgres.Store, n tickets.Number, by tickets.By, c life.Command) error {
	t.Helper()
	_, err := s.Change(t.Context(), n, nil, "", func(f *life.File) (life.Outcome, error) { return life.Do(f, n, c, by, time.Now()) })
	return err
}
