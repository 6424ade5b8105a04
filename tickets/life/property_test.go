package life_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/conformance"
	"hotline/tickets/memory"
)

// Two people, Hotline itself and calls do anything to a few tickets, in any order.
func TestWhatHoldsInEveryLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := conformance.Life(t)
		s := memory.NewStore()
		rows := func() conformance.Rows {
			return conformance.Rows{Contacts: s.Contacts(), Tickets: s.Tickets(), Merged: s.Merged(), History: s.History(), Matters: s.Matters(), Entries: s.Entries()}
		}
		for i, step := range steps {
			before := rows()
			err := step.Take(s)
			after := rows()
			if err != nil && !reflect.DeepEqual(before, after) {
				t.Fatalf("step %d, %s, was refused (%v) and changed:\n%s", i, step, err, cmp.Diff(before, after, cmp.AllowUnexported(tickets.Open{})))
			}
			if follows := step.Follows(before, after); err == nil && follows != nil {
				t.Fatalf("after step %d, %s:\n%v", i, step, follows)
			}
			if err := conformance.Holds(after); err != nil {
				t.Fatalf("after step %d, %s:\n%v", i, step, err)
			}
		}
		if err := conformance.Ends(s, s.Matters()); err != nil {
			t.Fatal(err)
		}
		for _, n := range conformance.Given(steps) {
			if _, err := s.Ticket(t.Context(), n); err != nil {
				t.Fatalf("number %s leads nowhere: %v", n, err)
			}
		}
	})
}
