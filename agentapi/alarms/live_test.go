package alarms

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi/desk"
	"hotline/queues"
	"hotline/tickets"
)

// lateStore is a Store that is away until it is there.
type lateStore struct {
	there bool
	open  []Raised
	kept  map[string]Raised
}

var errAway = errors.New("away")

func (s *lateStore) KeepAlarm(_ context.Context, a Raised) error {
	if !s.there {
		return errAway
	}
	s.kept[a.ID] = a
	return nil
}

func (s *lateStore) OpenAlarms(context.Context) ([]Raised, error) {
	if !s.there {
		return nil, errAway
	}
	return s.open, nil
}

func (s *lateStore) PastAlarms(context.Context, Raised, int) ([]Raised, error) { return nil, errAway }

// The database comes minutes after the start. What it has as raised is one alarm with what was raised meanwhile, and what has been good all the time is
// over at once: no alarm of an hour ago is cried out then.
func TestWhatALateDatabaseHasAsRaisedIsCriedOutOnlyWhereItIsSo(t *testing.T) {
	for _, c := range []struct {
		name    string
		waiting []int // for a minute each, with the database away
		raised  string
		over    bool // before's alarm, as soon as the database is there
	}{
		{"nobody waits", []int{0, 0}, "", true},
		{"they wait", []int{12, 12}, "before", false},
		{"they waited, and it is over", []int{12, 0, 0}, "", true},
		{"they waited just now", []int{12, 12, 6}, "before", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				before := Raised{ID: "before", Rule: "crowd", Kind: Waiting, At: time.Now().Add(-time.Hour), Bound: 10, Value: 11, Worst: 15}
				store := &lateStore{open: []Raised{before}, kept: map[string]Raised{}}
				a := New(Options{
					Rules: []Rule{crowd}, Store: store, Terms: func() tickets.Terms { return tickets.Terms{} },
					Present: desk.NewPresent(&desk.Lineup{Queues: []queues.Queue{{ID: "q"}}}),
				})
				look := func(waiting int) (ids string) {
					for _, one := range a.Step(queues.Snapshot{At: time.Now(), Queues: []queues.QueueState{{ID: "q", Waiting: waiting}}}, false) {
						ids += one.ID
					}
					return ids
				}
				time.Sleep(restoreWithin)
				for _, n := range c.waiting {
					for range 121 {
						time.Sleep(500 * time.Millisecond)
						look(n)
					}
				}
				if err := a.tend(t.Context()); !errors.Is(err, errAway) {
					t.Fatalf("the database is away, and it says %v", err)
				}
				store.there = true
				if err := a.tend(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := look(c.waiting[len(c.waiting)-1]); got != c.raised {
					t.Errorf("raised is %q, not %q", got, c.raised)
				}
				if err := a.tend(t.Context()); err != nil {
					t.Fatal(err)
				}
				if kept := store.kept["before"]; kept.Cleared.IsZero() == c.over {
					t.Errorf("it is kept as %+v", kept)
				}
				if delete(store.kept, "before"); len(store.kept) > 0 {
					t.Errorf("it is in the history again, as %s", fmt.Sprint(store.kept))
				}
			})
		})
	}
}
