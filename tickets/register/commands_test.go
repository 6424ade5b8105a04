package register_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/register"
)

func TestTicketIsOpenedByHandOnceForEachRequest(t *testing.T) {
	open(t, func(t *testing.T, r *office) {
		by := tickets.By{Kind: tickets.ByPerson, ID: "anna"}
		letter := register.Opening{OpenByHand: life.OpenByHand{Channel: "letter", Subject: "s", Text: "t"}, By: by, Key: "k1"}
		first, err := r.Open(t.Context(), letter)
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.Open(t.Context(), letter)
		if err != nil || again.Number != first.Number {
			t.Errorf("sent again it opened %s besides %s, %v", again.Number, first.Number, err)
		}
		letter.By.ID = "boris"
		if other, err := r.Open(t.Context(), letter); err != nil || other.Number == first.Number {
			t.Errorf("the same key of somebody else: %s, %v", other.Number, err)
		}
		letter.Key = ""
		if other, err := r.Open(t.Context(), letter); err != nil || other.Number == first.Number {
			t.Errorf("without a key: %s, %v", other.Number, err)
		}
	})
}

func TestTicketThatOneMayNotSeeIsNotThereForACommand(t *testing.T) {
	open(t, func(t *testing.T, r *office) {
		by := tickets.By{Kind: tickets.ByPerson, ID: "anna"}
		var n []tickets.Number
		for range 2 {
			m, err := r.Open(t.Context(), register.Opening{OpenByHand: life.OpenByHand{Channel: "letter", Subject: "s", Text: "t"}, By: by})
			if err != nil {
				t.Fatal(err)
			}
			n = append(n, m.Number)
		}
		order := register.Order{Ticket: n[0], Command: life.Tie{Other: n[1]}, By: by, Hidden: n[1:]}
		var hidden, absent *life.FieldError
		_, err := r.Do(t.Context(), order)
		if !errors.As(err, &hidden) {
			t.Fatal(err)
		}
		order.Command = life.Tie{Other: tickets.MakeNumber(999_999)}
		if _, err := r.Do(t.Context(), order); !errors.As(err, &absent) || *absent != *hidden {
			t.Errorf("one that is hidden is %v, and one that is not there %v", hidden, absent)
		}
		order.Command, order.Hidden = life.Tie{Other: n[1]}, nil
		m, err := r.Do(t.Context(), order)
		if err != nil || len(m.Links) != 1 {
			t.Errorf("%+v, %v", m, err)
		}
		order.Version = 1
		var stale *register.StaleError
		if _, err := r.Do(t.Context(), order); !errors.As(err, &stale) || stale.Version != 2 || len(stale.Since) != 1 {
			t.Errorf("%v", err)
		}
		if _, err := r.Do(t.Context(), register.Order{Ticket: n[0], Command: life.Plan{Next: time.Now().Add(time.Hour)}, By: by}); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoMergesMustOwnTheTicketThatGoesOn(t *testing.T) {
	open(t, func(t *testing.T, r *office) {
		by := tickets.By{Kind: tickets.ByPerson, ID: "anna"}
		var n []tickets.Number
		for range 3 {
			m, err := r.Open(t.Context(), register.Opening{OpenByHand: life.OpenByHand{Channel: "letter", Subject: "s", Text: "t"}, By: by})
			if err != nil {
				t.Fatal(err)
			}
			n = append(n, m.Number)
		}
		var asked []tickets.Number
		theirs := errors.New("it is another's")
		order := register.Order{Ticket: n[0], Command: life.Merge{Into: n[1]}, By: by, CheckOther: func(m life.Matter) error {
			asked = append(asked, m.Number)
			return theirs
		}}
		if _, err := r.Do(t.Context(), order); !errors.Is(err, theirs) || !slices.Equal(asked, n[1:2]) {
			t.Errorf("asked about %v: %v", asked, err)
		}
		order.CheckOther = func(life.Matter) error { return nil }
		m, err := r.Do(t.Context(), order)
		if err != nil || m.Into != n[1] {
			t.Fatalf("%+v, %v", m, err)
		}
		// By the number of a ticket that was merged the one is meant in which it goes on.
		asked, order = nil, register.Order{Ticket: n[2], Command: life.Tie{Other: n[0]}, By: by, CheckOther: func(m life.Matter) error {
			asked = append(asked, m.Number)
			return theirs
		}}
		if _, err := r.Do(t.Context(), order); !errors.Is(err, theirs) || len(asked) != 1 {
			t.Errorf("asked about %v: %v", asked, err)
		}
	})
}

// The ticket of a call that continues another vanishes in that one, and its number is a second name: who comes late by it is told of the ticket itself.
func TestWhoIsLateByASecondNameIsToldOfTheTicketItself(t *testing.T) {
	open(t, func(t *testing.T, r *office) {
		by := tickets.By{Kind: tickets.ByPerson, ID: "anna"}
		m, err := r.Open(t.Context(), register.Opening{OpenByHand: life.OpenByHand{Channel: "letter", Subject: "s", Text: "t"}, By: by})
		if err != nil {
			t.Fatal(err)
		}
		second := tickets.MakeNumber(700_001)
		err = r.store.Apply(t.Context(), []tickets.Fact{
			{Contact: "call", Channel: tickets.Call{}, At: time.Now(), Own: second, Event: tickets.Arrived{Department: "first_line", Next: time.Now()}},
			{Contact: "call", Channel: tickets.Call{}, N: 1, At: time.Now(), Own: second, Event: tickets.Routed{Topic: "fault", Ticket: m.Number, Linked: tickets.LinkedTyped}},
		})
		if err != nil {
			t.Fatal(err)
		}
		note := register.Order{Ticket: second, Command: life.AddNote{Text: "x"}, By: by}
		if m, err = r.Do(t.Context(), note); err != nil || m.Number == second {
			t.Fatalf("%s, %v", m.Number, err)
		}
		note.Version = m.Version - 1
		var stale *register.StaleError
		if _, err := r.Do(t.Context(), note); !errors.As(err, &stale) || stale.Ticket != m.Number || stale.Version != m.Version || len(stale.Since) != 1 {
			t.Errorf("%v: %+v", err, stale)
		}
	})
}

// That an answer is overdue the rules note just while somebody writes it, and they have seen the ticket as it is all the same. What another person did, or a rule
// that changed something, they have not seen.
func TestWhatARuleNotesMakesNoAnswerStale(t *testing.T) {
	rule := tickets.By{Kind: tickets.ByRule, ID: "watch"}
	boris := tickets.By{Kind: tickets.ByPerson, ID: "boris"}
	for _, x := range []struct {
		meanwhile life.Command
		by        tickets.By
		stale     bool
	}{
		{life.AskToTell{Since: time.Now()}, rule, false},
		{life.Escalate{Why: "resolution", Due: time.Now()}, rule, false},
		{life.BreakPromise{N: 1}, rule, true},
		{life.AddNote{Text: "wait"}, boris, true},
	} {
		open(t, func(t *testing.T, r *office) {
			by := tickets.By{Kind: tickets.ByPerson, ID: "anna"}
			m, err := r.Open(t.Context(), register.Opening{OpenByHand: life.OpenByHand{Channel: "letter", Subject: "s", Text: "t"}, By: by})
			if err != nil {
				t.Fatal(err)
			}
			do := func(c life.Command, by tickets.By, version int64) error {
				done, err := r.Do(t.Context(), register.Order{Ticket: m.Number, Command: c, By: by, Version: version})
				if err == nil {
					m = done
				}
				return err
			}
			if err := do(life.Promised{What: "w", Due: time.Now().Add(time.Hour)}, by, 0); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Hour) // of the bubble's own time
			seen := m.Version
			if err := do(x.meanwhile, x.by, 0); err != nil {
				t.Fatal(err)
			}
			var stale *register.StaleError
			if err := do(life.Tell{Text: "here it is"}, by, seen); errors.As(err, &stale) != x.stale || !x.stale && err != nil {
				t.Errorf("after %s: %v", x.meanwhile.Name(), err)
			}
		})
	}
}
