package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotline/tickets"
	"hotline/tickets/conformance"
	"hotline/tickets/life"
	"hotline/tickets/memory"
	"hotline/tickets/postgres"
)

func TestLivesGiveTheSameRowsAsInMemory(t *testing.T) {
	s, pool := fresh(t)
	conformance.Lives(t, func() conformance.Opened {
		empty(t, pool)
		return conformance.Opened{Store: s, Rows: func() conformance.Rows {
			r, err := s.Rows(context.Background())
			must(t, err)
			return r
		}}
	}, func() conformance.Opened {
		m := memory.NewStore()
		return conformance.Opened{Store: m, Rows: func() conformance.Rows {
			return conformance.Rows{Contacts: m.Contacts(), Tickets: m.Tickets(), Merged: m.Merged(), History: m.History(), Matters: m.Matters(), Entries: m.Entries()}
		}}
	})
}

// order gives a command to a ticket in the database.
func order(t *testing.T, s *postgres.Store, n tickets.Number, c life.Command, fresh ...tickets.Number) error {
	t.Helper()
	by := tickets.By{Kind: tickets.ByPerson, ID: "anna", From: "page"}
	_, err := s.Change(t.Context(), n, life.Needs(c), "", func(f *life.File) (life.Outcome, error) {
		f.Fresh = fresh
		return life.Do(f, f.Own, c, by, time.Now())
	})
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ofCallOf(n tickets.Number) tickets.ContactID { return tickets.ContactID("call of " + string(n)) }

// at says at which ticket contacts are.
func at(t *testing.T, s *postgres.Store, want map[tickets.ContactID]tickets.Number) {
	t.Helper()
	rows, err := s.Rows(t.Context())
	must(t, err)
	for id, n := range want {
		if got := rows.Contacts[id].Ticket; got != n {
			t.Errorf("contact %s is of ticket %s, not of %s", id, got, n)
		}
	}
}

func TestFactsThatComeAfterAMergeGoToTheTicketThatGoesOn(t *testing.T) {
	s, _ := fresh(t)
	a, b, c := called(t, s, 81_001), called(t, s, 81_002), called(t, s, 81_003)
	must(t, order(t, s, a, life.Merge{Into: b}))
	must(t, s.Apply(t.Context(), []tickets.Fact{
		{Contact: ofCallOf(a), Channel: tickets.Call{}, N: 1, At: time.Now(), Own: a, Event: tickets.Answered{Agent: tickets.Agent{ID: "olga"}, Next: time.Now().Add(time.Hour)}},
		{Contact: "another", Channel: tickets.Call{}, At: time.Now(), Own: tickets.MakeNumber(81_009), Event: tickets.Arrived{Department: "first_line", Next: time.Now()}},
		{Contact: "another", Channel: tickets.Call{}, N: 1, At: time.Now(), Own: tickets.MakeNumber(81_009), Event: tickets.Routed{Topic: "fault", Ticket: a, Linked: tickets.LinkedTyped}},
	}))
	m, err := s.Matter(t.Context(), b)
	must(t, err)
	if m.State.(tickets.Open).Owner() != tickets.Person("olga") {
		t.Errorf("the call was answered, and its ticket is %+v", m.State)
	}
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): b, "another": b})
	if got, err := s.Ticket(t.Context(), a); err != nil || got.Number != b {
		t.Errorf("a caller who types %s is led to %s, %v", a, got.Number, err)
	}
	if m, err := s.Matter(t.Context(), a); err != nil || m.Number != a || m.Into != b {
		t.Errorf("the merged one itself is %+v, %v", m, err)
	}

	// Merged in turn, and taken apart from the outside in: each gets back what it brought, and what came meanwhile stays.
	must(t, order(t, s, b, life.Merge{Into: c, Force: true}))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): c, ofCallOf(b): c, "another": c})
	if got, err := s.Ticket(t.Context(), a); err != nil || got.Number != c {
		t.Errorf("%s leads to %s, %v", a, got.Number, err)
	}
	if err := order(t, s, a, life.Unmerge{}); !errors.Is(err, life.ErrMerged) {
		t.Errorf("the inner merge is undone first: %v", err)
	}
	must(t, order(t, s, b, life.Unmerge{}))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): b, ofCallOf(b): b, "another": b, ofCallOf(c): c})
	if got, err := s.Ticket(t.Context(), a); err != nil || got.Number != b {
		t.Errorf("%s leads to %s, %v", a, got.Number, err)
	}
	must(t, order(t, s, a, life.Unmerge{}))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): a, ofCallOf(b): b, "another": b})
	must(t, s.Apply(t.Context(), []tickets.Fact{{Contact: ofCallOf(a), Channel: tickets.Call{}, At: time.Now(), Own: a, Event: tickets.Ended{Outcome: tickets.Served}}}))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): a})
}

// A call's ticket that turns out to continue another vanishes; but not with what people have written about it.
func TestTicketOnWhichSomebodyWorkedDoesNotVanishInAnother(t *testing.T) {
	s, _ := fresh(t)
	worked, plain, target := called(t, s, 81_011), called(t, s, 81_012), called(t, s, 81_013)
	must(t, order(t, s, worked, life.AddNote{Text: "the customer's cat is called Murka"}))
	for _, n := range []tickets.Number{worked, plain} {
		must(t, s.Apply(t.Context(), []tickets.Fact{
			{Contact: ofCallOf(n), Channel: tickets.Call{}, N: 1, At: time.Now(), Own: n, Event: tickets.Routed{Topic: "fault", Ticket: target, Linked: tickets.LinkedTyped}},
		}))
	}
	if _, err := s.Matter(t.Context(), worked); err != nil {
		t.Errorf("what somebody wrote is gone: %v", err)
	}
	if m, err := s.Matter(t.Context(), plain); err != nil || m.Number != target {
		t.Errorf("a ticket on which nobody worked is %s, %v", m.Number, err)
	}
	// By its number, too, the timeline is that of the other, and goes on where that one's ended.
	own, err := s.Timeline(t.Context(), target, "", 1)
	must(t, err)
	if second, err := s.Timeline(t.Context(), plain, "", 1); err != nil || !cmp.Equal(second, own) || own.Next == "" {
		t.Errorf("its timeline is %+v, that of the other %+v, %v", second, own, err)
	}
	next, err := s.Timeline(t.Context(), target, own.Next, 1)
	must(t, err)
	if second, err := s.Timeline(t.Context(), plain, own.Next, 1); err != nil || !cmp.Equal(second, next) || len(next.Items) != 1 {
		t.Errorf("its timeline goes on with %+v, that of the other with %+v, %v", second, next, err)
	}
	must(t, s.Apply(t.Context(), []tickets.Fact{{Contact: ofCallOf(plain), Channel: tickets.Call{}, N: 2, At: time.Now(), Own: plain, Event: tickets.Answered{Agent: tickets.Agent{ID: "olga"}, Next: time.Now().Add(time.Hour)}}}))
	if served, err := s.Served(t.Context(), plain, "olga"); err != nil || !served {
		t.Errorf("by its number, whose call she took has not served it: %v", err)
	}
	if _, err := s.Timeline(t.Context(), tickets.MakeNumber(81_019), "", 1); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("a timeline of no ticket: %v", err)
	}
}

func TestSplitMovesTheContactsOfThisTicketAndNoOthers(t *testing.T) {
	s, _ := fresh(t)
	a, b := called(t, s, 81_021), called(t, s, 81_022)
	n := tickets.MakeNumber(81_029)
	var field *life.FieldError
	if err := order(t, s, a, life.Split{Contacts: []tickets.ContactID{ofCallOf(b)}, Subject: "theirs"}, n); !errors.As(err, &field) || field.Field != "contacts" {
		t.Errorf("somebody else's contact: %v", err)
	}
	if _, err := s.Matter(t.Context(), n); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("a split that was refused opened a ticket: %v", err)
	}
	must(t, order(t, s, a, life.Split{Contacts: []tickets.ContactID{ofCallOf(a)}, Subject: "another matter"}, n))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): n})
	must(t, order(t, s, n, life.Merge{Into: a}))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): a})
	must(t, order(t, s, n, life.Unmerge{}))
	at(t, s, map[tickets.ContactID]tickets.Number{ofCallOf(a): n})
}

func TestIncidentThatWouldBePartOfItselfIsFoundThroughTicketsThatNobodyNamed(t *testing.T) {
	s, _ := fresh(t)
	var chain []tickets.Number
	for i := range 4 {
		chain = append(chain, called(t, s, uint64(81_031+i)))
	}
	for i := range 3 {
		must(t, order(t, s, chain[i], life.SetParent{Parent: chain[i+1]}))
	}
	if err := order(t, s, chain[3], life.SetParent{Parent: chain[0]}); !errors.Is(err, life.ErrCircle) {
		t.Errorf("%v", err)
	}
}

func TestTicketByHandIsOpenedOnceWithItsContact(t *testing.T) {
	s, _ := fresh(t)
	by := tickets.By{Kind: tickets.ByPerson, ID: "anna"}
	open := func(contact tickets.ContactID, c life.OpenByHand, serial uint64) (life.Matter, error) {
		return s.Open(t.Context(), contact, func(f *life.File) (life.Outcome, error) {
			f.Fresh = []tickets.Number{tickets.MakeNumber(serial)}
			return life.Open(f, c, contact, by, time.Now())
		})
	}
	for i, channel := range []string{"letter", "fax", "mail", "messenger", "form", "visit", "call"} {
		c := life.OpenByHand{Channel: channel, Subject: "'; DROP TABLE tickets", Text: "<b>\u202eпривет</b>"}
		m, err := open(tickets.ContactID(fmt.Sprint("hand ", i)), c, uint64(82_001+i))
		if err != nil {
			t.Fatalf("%s: %v", channel, err)
		}
		again, err := open(tickets.ContactID(fmt.Sprint("hand ", i)), c, uint64(83_001+i))
		if err != nil || again.Number != m.Number || again.Version != 1 {
			t.Errorf("%s sent again opened %s besides %s, %v", channel, again.Number, m.Number, err)
		}
	}
	rows, err := s.Rows(t.Context())
	if err != nil || len(rows.Contacts) != 7 || len(rows.Tickets) != 7 {
		t.Errorf("%d contacts, %d tickets, %v", len(rows.Contacts), len(rows.Tickets), err)
	}
	if _, err := open("nobody's", life.OpenByHand{Channel: "visit", Subject: "s", Text: "t", Customer: "00000000-0000-4000-8000-000000000000"}, 82_999); !errors.Is(err, tickets.ErrRefused) {
		t.Errorf("a customer whom nobody knows: %v", err)
	}
}
