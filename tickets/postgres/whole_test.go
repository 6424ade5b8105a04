package postgres_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

func TestWholeFileHasWhatGoesOnInTheTicketByAnyNumber(t *testing.T) {
	s, _ := fresh(t)
	a, b, c := called(t, s, 91_001), called(t, s, 91_002), called(t, s, 91_003)
	must(t, order(t, s, a, life.AddNote{Text: "of the first"}))
	must(t, order(t, s, a, life.Promised{What: "call back", Due: time.Now().Add(time.Hour)}))
	must(t, order(t, s, a, life.KeepPromise{N: 1}))
	must(t, order(t, s, b, life.AddNote{Text: "of the second"}))
	must(t, order(t, s, a, life.Merge{Into: b}))
	must(t, order(t, s, b, life.Merge{Into: c, Force: true}))
	must(t, order(t, s, c, life.AddNote{Text: "of the third"}))
	var first lists.Whole
	for _, n := range []tickets.Number{a, b, c} {
		w, err := s.Whole(t.Context(), n)
		must(t, err)
		if w.Matter.Number != c {
			t.Errorf("by %s it is the file of %s, not of %s", n, w.Matter.Number, c)
		}
		first = w
	}
	var notes []string
	contacts, last := 0, time.Time{}
	for _, i := range first.Items {
		if i.At.Before(last) {
			t.Error("it does not tell in order")
		}
		last = i.At
		switch {
		case i.Entry != nil:
			notes = append(notes, i.Entry.Text)
		case i.Contact != nil:
			contacts++
		}
	}
	if want := []string{"of the first", "of the second", "of the third"}; !slices.Equal(notes, want) || contacts != 3 {
		t.Errorf("it has the notes %q and %d contacts", notes, contacts)
	}
	if len(first.Promises) != 1 || first.Promises[0].State != life.PromiseKept {
		t.Errorf("a promise that was kept before the merge: %+v", first.Promises)
	}
	if want := []tickets.Number{a, b}; !slices.Equal(first.Names, want) {
		t.Errorf("its other numbers are %v, want %v", first.Names, want)
	}
	if _, err := s.Whole(t.Context(), tickets.MakeNumber(91_009)); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("of no ticket: %v", err)
	}
}
