package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotline/tickets"
	"hotline/tickets/life"
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

func TestDatabaseRefusesAReviewByWhoAnswered(t *testing.T) {
	s, pool := fresh(t)
	n := called(t, s, 80_002)
	by := tickets.By{Kind: tickets.ByPerson, ID: "anna", From: "page"}
	for _, c := range []life.Command{life.SolveIt{Answer: "no"}, life.Complain{Text: "that is no answer"}, life.AssignReview{N: 1, Reviewer: "boris"}} {
		if _, err := s.Change(t.Context(), n, nil, "", func(f *life.File) (life.Outcome, error) { return life.Do(f, n, c, by, time.Now()) }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pool.Exec(t.Context(), `UPDATE ticket_reviews SET reviewer = about WHERE ticket = $1`, n); err == nil {
		t.Error("who answered reviews it")
	}
	m, err := s.Matter(t.Context(), n)
	if err != nil || len(m.Reviews) != 1 || m.Reviews[0].Reviewer != "boris" || m.Reviews[0].About != "anna" {
		t.Errorf("%+v, %v", m.Reviews, err)
	}
}
