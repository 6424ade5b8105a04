package postgres_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/life"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

const ivanov = tickets.CustomerID("00000000-0000-4000-8000-000000000001")

// seen are those of some tickets that somebody may see.
func seen(t *testing.T, s *postgres.Store, by tickets.Sight, numbers ...tickets.Number) []tickets.Number {
	t.Helper()
	all, err := s.Seen(t.Context(), numbers, by)
	must(t, err)
	slices.Sort(all)
	return all
}

func TestWhoRegistersALetterSeesNoneOfTheCustomersOtherTickets(t *testing.T) {
	s, pool := fresh(t)
	_, err := pool.Exec(t.Context(), `INSERT INTO customers (id, name) VALUES ($1, 'Иванов')`, ivanov)
	must(t, err)
	older, called := called(t, s, 83_001), called(t, s, 83_002)
	for n, agent := range map[tickets.Number]string{older: "olga", called: "boris"} {
		must(t, s.Apply(t.Context(), []tickets.Fact{{Contact: ofCallOf(n), Channel: tickets.Call{}, N: 1, At: time.Now(), Own: n, Event: tickets.Answered{Agent: tickets.Agent{ID: agent}, Next: time.Now().Add(time.Hour)}}}))
		_, err := pool.Exec(t.Context(), `UPDATE tickets SET customer_id = $1 WHERE number = $2`, ivanov, n)
		must(t, err)
		_, err = pool.Exec(t.Context(), `UPDATE contacts SET customer_id = $1 WHERE ticket = $2`, ivanov, n)
		must(t, err)
	}
	letter, by := tickets.MakeNumber(83_003), tickets.By{Kind: tickets.ByPerson, ID: "anna"}
	_, err = s.Open(t.Context(), "letter", func(f *life.File) (life.Outcome, error) {
		f.Fresh = []tickets.Number{letter}
		return life.Open(f, life.OpenByHand{Channel: "letter", Subject: "s", Text: "t", Customer: ivanov, Department: "quality"}, "letter", by, time.Now())
	})
	must(t, err)
	anna, boris := tickets.Sight{Agent: "anna"}, tickets.Sight{Agent: "boris"}
	if got := seen(t, s, anna, older, called, letter); !slices.Equal(got, []tickets.Number{letter}) {
		t.Errorf("who registered %s sees %v", letter, got)
	}
	if got := seen(t, s, boris, older, called, letter); len(got) != 3 {
		t.Errorf("who talked with the customer sees %v", got)
	}
	for who, want := range map[string]bool{"anna": false, "boris": true} {
		if served, err := s.Served(t.Context(), older, who); err != nil || served != want {
			t.Errorf("%s served %s: %t, %v", who, older, served, err)
		}
		if sees, err := s.SeesContact(t.Context(), ofCallOf(older), tickets.Sight{Agent: who}); err != nil || sees != want {
			t.Errorf("%s sees a contact of %s: %t, %v", who, older, sees, err)
		}
	}
	agents, err := s.AgentsOf(t.Context(), []tickets.Number{older, called, letter})
	must(t, err)
	for _, n := range []tickets.Number{older, called, letter} { // each of them looks at all that is the customer's
		if slices.Sort(agents[n]); !slices.Equal(agents[n], []string{"boris", "olga"}) {
			t.Errorf("of changes of %s hear %v", n, agents[n])
		}
	}
	if sees, err := s.SeesContact(t.Context(), "letter", anna); err != nil || !sees {
		t.Errorf("who registered a letter does not see it: %v", err)
	}
	if sees, err := s.SeesContact(t.Context(), "of nobody", tickets.Sight{All: true}); err != nil || sees {
		t.Errorf("a contact that is not there is seen: %v", err)
	}
}

func TestTicketThatWasMergedIsSeenByWhoSawItAndByWhoSeesTheOneThatGoesOn(t *testing.T) {
	s, _ := fresh(t)
	a, b := called(t, s, 83_011), called(t, s, 83_012)
	must(t, order(t, s, a, life.HandOver{Department: "billing"}))
	must(t, order(t, s, b, life.HandOver{Department: "field"}))
	must(t, order(t, s, a, life.Merge{Into: b}))
	for department, want := range map[string][]tickets.Number{"billing": {a}, "field": {a, b}, "sales": nil} {
		if got := seen(t, s, tickets.Sight{Departments: []string{department}}, a, b, "123"); !slices.Equal(got, want) {
			t.Errorf("%s sees %v of %s, which goes on in %s", department, got, a, b)
		}
	}
	if got := seen(t, s, tickets.Sight{All: true}, a, b, "123"); !slices.Equal(got, []tickets.Number{a, b}) {
		t.Errorf("who oversees all sees %v", got)
	}
}

func TestListOfNumbersHoldsThoseThatOneSees(t *testing.T) {
	s, pool := fresh(t)
	a, b, c := called(t, s, 83_031), called(t, s, 83_032), called(t, s, 83_033)
	must(t, order(t, s, a, life.HandOver{Department: "billing"}))
	must(t, order(t, s, c, life.HandOver{Department: "billing"}))
	_, err := pool.Exec(t.Context(), `INSERT INTO customers (id, name) VALUES ($1, 'Иванов')`, ivanov)
	must(t, err)
	_, err = pool.Exec(t.Context(), `UPDATE tickets SET customer_id = $1 WHERE number IN ($2, $3)`, ivanov, a, c)
	must(t, err)
	for who, want := range map[string]int{"billing": 1, "field": 0, "": 2} {
		for _, l := range []lists.List{lists.All, lists.Overdue} {
			q := ask(l, tickets.Sight{Departments: []string{who}, All: who == ""})
			q.Numbers = []tickets.Number{a, b, "123"}
			q.Now = q.Now.Add(48 * time.Hour) // all are overdue
			if p, err := s.List(t.Context(), q); err != nil || len(p.Rows) != want {
				t.Errorf("%s finds %d in the list %s, not %d: %v", who, len(p.Rows), l, want, err)
			}
		}
	}
	f, err := s.File(t.Context(), a, "", 50)
	must(t, err)
	if len(f.Others) != 1 || f.Others[0].Number != c {
		t.Errorf("of the customer of %s there is %+v besides", a, f.Others)
	}
	_, err = pool.Exec(t.Context(), `INSERT INTO ticket_clocks (ticket, n, kind, cycle, allowed, used, started, broken, paused_by, clock) VALUES ($1, 1, 'reaction', 1, '1 hour', '90 seconds', now(), false, '', '{"kind":"reaction","allowed":3600000000000}')`, a)
	must(t, err)
	if f, err = s.File(t.Context(), a, "", 50); err != nil || len(f.Clocks) != 1 || f.Clocks[0].Allowed != 3600 || f.Clocks[0].Used != 90 {
		t.Errorf("its clocks are %+v, %v", f.Clocks, err)
	}
	if k, err := s.Clock(t.Context(), a, 1); err != nil || k.Allowed != time.Hour {
		t.Errorf("its clock is %+v, %v", k, err)
	}
	if _, err := s.Clock(t.Context(), a, 2); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("a clock that is not there: %v", err)
	}
}

func TestWhatBelongsToATicketThatWasMergedIsListedWithTheOneThatGoesOn(t *testing.T) {
	s, _ := fresh(t)
	a, b, child := called(t, s, 83_021), called(t, s, 83_022), called(t, s, 83_023)
	must(t, order(t, s, child, life.SetParent{Parent: a}))
	_, err := s.AddFile(t.Context(), attachment.File{Ticket: a, ID: "00000000-0000-4000-8000-0000000000f1", Name: "act.pdf", Type: "application/pdf", Size: 3, Place: attachment.OnDisk, By: "anna", At: time.Now()}, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, attachment.Limits{}.OrUsual())
	must(t, err)
	must(t, order(t, s, a, life.Merge{Into: b}))
	f, err := s.File(t.Context(), b, "anna", 50)
	must(t, err)
	if len(f.Children) != 1 || f.Children[0].Number != child {
		t.Errorf("its part is %+v", f.Children)
	}
	for _, n := range []tickets.Number{a, b, child} {
		for _, sight := range []tickets.Sight{{All: true}, {Agent: "stranger"}} {
			q := ask(lists.All, sight)
			q.Parent = n
			if p, err := s.List(t.Context(), q); err != nil || sight.All && n != child != (len(p.Rows) == 1 && p.Rows[0].Number == child) || !sight.All && len(p.Rows) > 0 {
				t.Errorf("parts of %s, of those that %+v sees, are %+v, %v", n, sight, p.Rows, err)
			}
		}
	}
	if len(f.Files) != 1 || f.Files[0].Name != "act.pdf" {
		t.Errorf("its files are %+v", f.Files)
	}
	told := false
	for _, i := range f.Timeline.Items {
		told = told || i.File != nil && i.File.Name == "act.pdf"
	}
	if !told {
		t.Error("its timeline has no file")
	}
	if f, err = s.File(t.Context(), a, "anna", 50); err != nil || len(f.Files) != 1 {
		t.Errorf("the merged one has the files %+v, %v", f.Files, err)
	}
}

func TestFirstLineSeesWhomItMissedUntilSomebodyElseHasTheTicket(t *testing.T) {
	s, _ := fresh(t)
	n := called(t, s, 83_041)
	must(t, s.Apply(t.Context(), []tickets.Fact{{Contact: ofCallOf(n), Channel: tickets.Call{}, N: 1, At: time.Now(), Own: n, Event: tickets.Ended{Outcome: tickets.AbandonedInQueue, Next: time.Now().Add(time.Hour)}}}))
	anna := tickets.Terms{Department: "first_line", People: map[string]tickets.PersonTerms{"anna": {Departments: []string{"first_line"}}}}.Sight("anna")
	p, err := s.List(t.Context(), ask(lists.CallBack, anna))
	must(t, err)
	if len(p.Rows) != 1 || p.Rows[0].Number != n || len(seen(t, s, anna, n)) != 1 {
		t.Errorf("to call back there are %+v", p.Rows)
	}
	must(t, order(t, s, n, life.HandOver{Department: "billing"}))
	if got := seen(t, s, anna, n); len(got) > 0 {
		t.Errorf("what billing has the first line sees: %v", got)
	}
}

// A complaint that is to be decided, and a promise, are somebody's own whoever owns the ticket: their lists, the counts and the ticket's page have them.
func TestWhoDecidesAComplaintAndWhoHasPromisedFindTheTicketWhoeverOwnsIt(t *testing.T) {
	s, _ := fresh(t)
	now := time.Now()
	complained, promised := called(t, s, 83_051), called(t, s, 83_052)
	for _, n := range []tickets.Number{complained, promised} {
		must(t, order(t, s, n, life.HandOver{Department: "billing"}))
	}
	must(t, order(t, s, complained, life.Complain{Text: "slow"}))
	must(t, order(t, s, complained, life.AssignReview{N: 1, Department: "quality", Reviewer: "rita"}))
	must(t, order(t, s, complained, life.HandOver{Department: "billing"}))
	must(t, order(t, s, promised, life.Promised{What: "a call", Due: now.Add(time.Hour)})) // by who gives all orders here
	must(t, order(t, s, promised, life.HandOver{Department: "billing"}))
	f, err := s.File(t.Context(), promised, "", 1)
	must(t, err)
	maker := f.Matter.Promises[0].Person
	for _, test := range []struct {
		who  tickets.Sight
		list lists.List
		want []tickets.Number
	}{
		{tickets.Sight{Agent: "rita"}, lists.Complaints, []tickets.Number{complained}},
		{tickets.Sight{Agent: "ruth", Departments: []string{"quality"}}, lists.Complaints, []tickets.Number{complained}},
		{tickets.Sight{Agent: "eve", Departments: []string{"sales"}}, lists.Complaints, nil},
		{tickets.Sight{Agent: maker}, lists.Promised, []tickets.Number{promised}},
		{tickets.Sight{Agent: maker}, lists.All, []tickets.Number{promised}},
		{tickets.Sight{Agent: "eve"}, lists.Promised, nil},
		{tickets.Sight{}, lists.Promised, nil},
	} {
		q := ask(test.list, test.who)
		p, err := s.List(t.Context(), q)
		must(t, err)
		var got []tickets.Number
		for _, r := range p.Rows {
			got = append(got, r.Number)
		}
		counts, err := s.CountLists(t.Context(), q)
		must(t, err)
		if !slices.Equal(got, test.want) || counts[0] != len(test.want) || !slices.Equal(seen(t, s, test.who, got...), got) {
			t.Errorf("%s of %+v is %v and counts %d, not %v", test.list, test.who, got, counts[0], test.want)
		}
	}
}
