package register_test

import (
	"errors"
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
