// Package conformance is what every store of tickets must do, as tests: memory and PostgreSQL run the same
// suite, so that whoever tests against the one can believe it of the other.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/life"
)

// Store is a store with a way to seed it and to look at all of its rows.
type Store interface {
	tickets.Store
	SeedCustomers(ctx context.Context, seeds []tickets.Seed) error
	Change(ctx context.Context, n tickets.Number, others []tickets.Number, key string, do func(*life.File) (life.Outcome, error)) (life.Matter, error)
	Open(ctx context.Context, contact tickets.ContactID, do func(*life.File) (life.Outcome, error)) (life.Matter, error)
	TicketOf(ctx context.Context, contact tickets.ContactID) (tickets.Ticket, tickets.Linked, error)
	Callbacks(ctx context.Context, node string, before int64, calls []string) ([]tickets.Callback, error)
}

// Rows are everything that facts and commands can change.
type Rows struct {
	Contacts map[tickets.ContactID]tickets.Contact
	Tickets  map[tickets.Number]tickets.Ticket
	Merged   map[tickets.Number]tickets.Number
	History  map[tickets.Number][]tickets.Change
	Matters  map[tickets.Number]life.Matter // nil of what facts alone have made
	Entries  map[tickets.Number][]life.Entry
}

// Opened is an empty store.
type Opened struct {
	Store
	Rows func() Rows
}

// Run runs the suite; open gives an empty store each time.
func Run(t *testing.T, open func() Opened) {
	t.Run("FactsInAnyRepetitionGiveTheSameRows", func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { repetition(t, open()) }) })
	t.Run("NumbersAreReservedOnce", func(t *testing.T) { reserved(t, open()) })
	t.Run("UnknownCallerBecomesAProvisionalCustomer", func(t *testing.T) { provisional(t, open()) })
	t.Run("CustomerIsFoundByAnyOfTheirNumbers", func(t *testing.T) { identified(t, open()) })
	t.Run("NumberOfSeveralCustomersGivesAllOfThem", func(t *testing.T) { several(t, open()) })
	t.Run("MergedNumberFindsTheTicketThatTookItOver", func(t *testing.T) { merged(t, open()) })
	t.Run("WhatAnAgentHasLinkedStays", func(t *testing.T) { linkedByAgent(t, open()) })
	t.Run("NumberThatIsNoTicketsLeavesTheCallWithItsOwn", func(t *testing.T) { typedNone(t, open) })
	t.Run("CallThatEndsATicketEndsWhatIsOpenOfIt", func(t *testing.T) { restEnded(t, open) })
	t.Run("CallDoesNotEndATicketThatAwaitsParts", func(t *testing.T) { partsAwaited(t, open) })
	t.Run("NothingEndsATicketWhileAComplaintIsToBeDecided", func(t *testing.T) { complained(t, open) })
	t.Run("TicketOfWhichItsCustomerCallsDoesNotExpireBySilence", func(t *testing.T) { calledSince(t, open) })
	t.Run("SolvedTicketIsOpenedByOpenWorkThatGoesOnInIt", func(t *testing.T) { mergedIntoSolved(t, open) })
	t.Run("EndOfACallThatWasOnlyNotFoundIsTakenBack", func(t *testing.T) { foundAgain(t, open) })
	t.Run("CallbackIsWhatWasSaidOfItLastInTheLatestEpoch", func(t *testing.T) { calledBack(t, open()) })
	t.Run("FactWithoutContactOrTicketIsRefusedAndChangesNothing", func(t *testing.T) { refused(t, open()) })
}

// repetition applies facts as a crashing applier does, some of them again and again, in groups of any size, and
// compares with one clean pass through a book.
func repetition(t *rapid.T, s Opened) {
	facts := Facts(t)
	book := tickets.NewBook()
	var good []tickets.Fact
	for _, f := range facts {
		if book.Apply(f) == nil {
			good = append(good, f)
		}
	}
	for next := 0; next < len(good); {
		back := next - rapid.IntRange(0, next).Draw(t, "crash back by")
		to := min(len(good), next+rapid.IntRange(1, 6).Draw(t, "group"))
		if err := s.Apply(context.Background(), good[back:to]); err != nil {
			t.Fatalf("Apply: %v", err)
		}
		next = to
	}
	for _, f := range good {
		other := f.Key()
		other.N = -1
		has, err := s.Has(context.Background(), f.Key())
		hasOther, otherErr := s.Has(context.Background(), other)
		if err != nil || otherErr != nil || !has || hasOther {
			t.Fatalf("%+v was applied: %v, %v; %+v: %v, %v", f.Key(), has, err, other, hasOther, otherErr)
		}
	}
	want := Rows{Contacts: map[tickets.ContactID]tickets.Contact{}, Tickets: map[tickets.Number]tickets.Ticket{}, Merged: book.Merged, History: map[tickets.Number][]tickets.Change{}}
	for _, c := range book.Changes().History {
		want.History[c.Ticket] = append(want.History[c.Ticket], c)
	}
	for id, c := range book.Contacts {
		want.Contacts[id] = *c
	}
	for n, t := range book.Tickets {
		want.Tickets[n] = *t
	}
	got := s.Rows()
	got.Matters, got.Entries = nil, nil
	if diff := cmp.Diff(named(want), named(got), cmp.AllowUnexported(tickets.Open{})); diff != "" {
		t.Fatalf("rows differ (-once +repeated):\n%s", diff)
	}
	called, err := s.Callbacks(context.Background(), "", 0, slices.Sorted(maps.Keys(idsOf(got.Contacts))))
	if err != nil {
		t.Fatalf("Callbacks: %v", err)
	}
	all := map[tickets.ContactID]tickets.Callback{}
	for _, c := range called {
		all[c.Call] = c
	}
	if diff := cmp.Diff(book.Callbacks, all, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("callbacks differ (-once +repeated):\n%s", diff)
	}
	for _, c := range got.Contacts {
		if _, ok := got.Tickets[c.Ticket]; !ok {
			t.Fatalf("contact %s without its ticket %s", c.ID, c.Ticket)
		}
	}
}

func idsOf(contacts map[tickets.ContactID]tickets.Contact) map[string]bool {
	ids := map[string]bool{}
	for id := range contacts {
		ids[string(id)] = true
	}
	return ids
}

// named replaces customers' random ids by their order of appearance, and tells no empty map from none.
func named(r Rows) Rows {
	names := map[tickets.CustomerID]tickets.CustomerID{"": ""}
	for _, id := range slices.Sorted(maps.Keys(r.Contacts)) {
		c := r.Contacts[id]
		if _, ok := names[c.Customer]; !ok {
			names[c.Customer] = tickets.CustomerID(fmt.Sprint("customer ", len(names)))
		}
		c.Customer = names[c.Customer]
		r.Contacts[id] = c
	}
	for n, t := range r.Tickets {
		t.Customer = names[t.Customer]
		r.Tickets[n] = t
	}
	for n, m := range r.Matters {
		m.Customer = names[m.Customer]
		m.Join = nil // it is in the history
		r.Matters[n] = m
	}
	for n, lines := range r.History {
		r.History[n] = slices.Clone(lines)
		for i, c := range lines {
			c.Patch = maps.Clone(c.Patch)
			if p, is := c.Patch["customer"]; is {
				c.Patch["customer"] = [2]string{string(names[tickets.CustomerID(p[0])]), string(names[tickets.CustomerID(p[1])])}
			}
			if len(c.Details) == 0 {
				c.Details = nil
			}
			r.History[n][i] = c
		}
	}
	return r
}

func reserved(t *testing.T, s Opened) {
	var last uint64
	for _, count := range []int{1, 100, 7} {
		b, err := s.ReserveNumbers(t.Context(), count, 0)
		if err != nil || b.Count != count || b.First <= last {
			t.Fatalf("ReserveNumbers(%d) = %+v, %v; the last one given was %d", count, b, err, last)
		}
		last = b.First + uint64(b.Count) - 1
	}
	for _, from := range []uint64{last + 1000, last} { // whoever knows of later numbers than the store, or of earlier ones
		b, err := s.ReserveNumbers(t.Context(), 7, from)
		if err != nil || b.First < from || b.First <= last {
			t.Errorf("from %d on it gives %+v, %v; the last one given was %d", from, b, err, last)
		}
		last = b.First + uint64(b.Count) - 1
	}
}

var (
	start = time.Now().UTC().Truncate(time.Microsecond).Add(-time.Hour)
	own   = tickets.MakeNumber(70_001)
)

func arrive(t *testing.T, s Opened, id tickets.ContactID, own tickets.Number, from string, at time.Time) {
	t.Helper()
	f := tickets.Fact{Contact: id, Channel: tickets.Call{}, At: at, Own: own, Event: tickets.Arrived{From: from, RawName: "Ann <b>", Department: "first_line", Next: at.Add(time.Hour)}}
	if err := s.Apply(t.Context(), []tickets.Fact{f}); err != nil {
		t.Fatal(err)
	}
}

func identify(t *testing.T, s Opened, key string) tickets.Caller {
	t.Helper()
	known, err := s.Identify(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func provisional(t *testing.T, s Opened) {
	if known := identify(t, s, "+78005550100"); known.Match != tickets.Unknown || known.Customer != nil {
		t.Fatalf("before any call: %+v", known)
	}
	arrive(t, s, "c1", own, "+78005550100", start)
	known := identify(t, s, "+78005550100")
	if known.Match != tickets.Unknown || known.Customer == nil || !known.Customer.Provisional {
		t.Fatalf("after the first call: %+v", known)
	}
	if len(known.Calls) != 1 || known.Calls[0].Ticket != own || len(known.OpenTickets) != 1 || len(known.Contacts) != 1 {
		t.Fatalf("the call and its ticket: %+v", known)
	}
	arrive(t, s, "c2", tickets.MakeNumber(70_002), "+78005550100", start.Add(time.Minute))
	again := identify(t, s, "+78005550100")
	if again.Customer == nil || again.Customer.ID != known.Customer.ID || len(again.Calls) != 2 || again.Calls[0].Contact != "c2" {
		t.Fatalf("after the second call: %+v", again)
	}
	arrive(t, s, "c3", tickets.MakeNumber(70_003), "", start)
	if c := s.Rows().Contacts["c3"]; c.Customer != "" {
		t.Fatalf("a withheld number made customer %s", c.Customer)
	}
}

func anna() tickets.Seed {
	return tickets.Seed{
		Customer: tickets.Customer{
			Name: "Анна Петровна", Contract: "D-100", Address: "Lenina 1", Equipment: []string{"router"},
			Notes: []string{"prefers the morning"}, Warnings: []string{}, Numbers: []string{"+78005550101", "+78005550102"},
		},
		Open: []tickets.SeedTicket{{
			Subject: "no link", Topic: "technical", Owner: tickets.Department("technical"),
			Next: start.Add(24 * time.Hour), OpenedAt: start.Add(-24 * time.Hour), ActivityAt: start,
		}},
	}
}

func seed(t *testing.T, s Opened, seeds ...tickets.Seed) {
	t.Helper()
	for range 2 { // twice is once
		if err := s.SeedCustomers(t.Context(), seeds); err != nil {
			t.Fatal(err)
		}
	}
}

func identified(t *testing.T, s Opened) {
	arrive(t, s, "c0", tickets.MakeNumber(70_000), "+78005550102", start) // a provisional one steps back behind the seeded
	seed(t, s, anna())
	for _, n := range anna().Customer.Numbers {
		known := identify(t, s, n)
		if known.Match != tickets.Exact || known.Customer == nil {
			t.Fatalf("%s: %+v", n, known)
		}
		got := *known.Customer
		got.ID = ""
		if diff := cmp.Diff(anna().Customer.Complete(), got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", n, diff)
		}
		if len(known.OpenTickets) != 1 || known.OpenTickets[0].Subject != "no link" || !known.OpenTickets[0].ActivityAt.Equal(start) {
			t.Fatalf("open tickets: %+v", known.OpenTickets)
		}
	}
	arrive(t, s, "c1", own, "+78005550102", start)
	if c := s.Rows().Contacts["c1"]; c.Customer != identify(t, s, "+78005550101").Customer.ID {
		t.Fatalf("the call belongs to customer %q", c.Customer)
	}
}

// typedNone is the same however the facts are grouped: what a group happens to load decides nothing.
func typedNone(t *testing.T, open func() Opened) {
	routed := func(ticket tickets.Number, linked tickets.Linked) tickets.Routed {
		return tickets.Routed{Topic: "technical", Department: "technical", Ticket: ticket, Linked: linked, Language: "ru", Next: start.Add(time.Hour)}
	}
	numbers := map[tickets.ContactID]tickets.Number{"c1": tickets.MakeNumber(70_001), "c2": tickets.MakeNumber(70_002)}
	fact := func(id tickets.ContactID, e tickets.Event) tickets.Fact {
		f := tickets.Fact{Contact: id, Channel: tickets.Call{}, At: start, Own: numbers[id], Event: e}
		if _, arrived := e.(tickets.Arrived); !arrived {
			f.N = 1
		}
		return f
	}
	arrived := tickets.Arrived{From: "+78005550101", Department: "first_line", Next: start.Add(time.Hour)}
	facts := []tickets.Fact{
		fact("c1", arrived), fact("c1", routed(numbers["c1"], tickets.LinkedNew)),
		fact("c2", arrived), fact("c2", routed(tickets.MakeNumber(79_999), tickets.LinkedTyped)),
	}
	for _, groups := range [][]int{{4}, {1, 1, 1, 1}} {
		s, next := open(), 0
		for _, n := range groups {
			if err := s.Apply(t.Context(), facts[next:next+n]); err != nil {
				t.Fatal(err)
			}
			next += n
		}
		if c := s.Rows().Contacts["c2"]; c.Ticket != numbers["c2"] || c.Linked != tickets.LinkedNew {
			t.Errorf("in groups of %d: linked %q to %s, not to its own", groups, c.Linked, c.Ticket)
		}
	}
}

func several(t *testing.T, s Opened) {
	boris := tickets.Seed{Customer: tickets.Customer{Name: "Boris", Contract: "D-101", Numbers: []string{"+78005550101"}}}
	seed(t, s, anna(), boris)
	known := identify(t, s, "+78005550101")
	if known.Match != tickets.Several || known.Customer != nil || len(known.Candidates) != 2 || len(known.OpenTickets) != 0 {
		t.Fatalf("%+v", known)
	}
	arrive(t, s, "c1", own, "+78005550101", start)
	if c := s.Rows().Contacts["c1"]; c.Customer != "" {
		t.Fatalf("the call was given to customer %s", c.Customer)
	}
}

func merged(t *testing.T, s Opened) {
	arrive(t, s, "c1", own, "+78005550100", start)
	second := tickets.MakeNumber(70_002)
	arrive(t, s, "c2", second, "+78005550100", start)
	routed := tickets.Fact{Contact: "c2", Channel: tickets.Call{}, N: 1, At: start, Own: second, Event: tickets.Routed{Topic: "billing", Department: "billing", Ticket: own, Linked: tickets.LinkedBrokenOff}}
	if err := s.Apply(t.Context(), []tickets.Fact{routed}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []tickets.Number{own, second} {
		if got, err := s.Ticket(t.Context(), n); err != nil || got.Number != own {
			t.Fatalf("Ticket(%s) = %s, %v; want %s", n, got.Number, err, own)
		}
	}
	if _, err := s.Ticket(t.Context(), tickets.MakeNumber(70_009)); !errors.Is(err, tickets.ErrNoTicket) {
		t.Fatalf("a number that nobody has: %v", err)
	}
}

// linkedByAgent gives a call that says to be about one ticket, and belongs to another, to a third. No fact undoes it, whatever that knew: it may have been
// written before, or by a Hotline that found the call with a note of before.
func linkedByAgent(t *testing.T, s Opened) {
	if _, _, err := s.TicketOf(t.Context(), "c1"); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("a contact that is not there: %v", err)
	}
	claimed, right := tickets.MakeNumber(70_002), tickets.MakeNumber(70_003)
	arrive(t, s, "c1", own, "+78005550100", start)
	arrive(t, s, "c2", claimed, "+78005550101", start)
	arrive(t, s, "c3", right, "+78005550102", start)
	tellOf(t, s, tickets.Claimed{Ticket: claimed, From: "+78005550100"})
	if c := s.Rows().Contacts["c1"]; c.About != claimed {
		t.Fatalf("it says to be about %q", c.About)
	}
	_, err := s.Change(t.Context(), own, []tickets.Number{right}, "", func(f *life.File) (life.Outcome, error) {
		return life.Do(f, own, life.Relink{Contact: "c1", To: right}, tickets.By{Kind: tickets.ByPerson, ID: "olga"}, start.Add(time.Minute))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []tickets.Event{
		tickets.Routed{Topic: "billing", Ticket: own, Linked: tickets.LinkedTyped}, tickets.Claimed{Ticket: own, From: "+78005550100"},
		tickets.Routed{Topic: "billing", Ticket: right, Linked: tickets.LinkedByAgent}, tickets.Ended{Outcome: tickets.Served},
	} {
		tellOf(t, s, e)
		if c := s.Rows().Contacts["c1"]; c.Ticket != right || c.Linked != tickets.LinkedByAgent || c.About != "" {
			t.Errorf("after %s it is %+v", e.Kind(), c)
		}
		if is, how, err := s.TicketOf(t.Context(), "c1"); err != nil || is.Number != right || how != tickets.LinkedByAgent {
			t.Errorf("after %s: ticket %s, linked by %q, %v", e.Kind(), is.Number, how, err)
		}
	}
}

func refused(t *testing.T, s Opened) {
	for _, f := range []tickets.Fact{
		{Contact: "lost", Channel: tickets.Call{}, At: start, Event: tickets.Ended{Outcome: tickets.Served}},
		{Contact: "c1", Channel: tickets.Call{}, At: start, Own: own, Event: tickets.WrappedUp{Disposition: tickets.FollowUpNeeded}},
	} {
		if err := s.Apply(t.Context(), []tickets.Fact{f}); !errors.Is(err, tickets.ErrRefused) {
			t.Fatalf("%+v: %v, want ErrRefused", f, err)
		}
	}
	if r := s.Rows(); len(r.Contacts)+len(r.Tickets) != 0 {
		t.Fatalf("rows of refused facts: %+v", r)
	}
}

// give gives commands of a person to the ticket own.
func give(t *testing.T, s Opened, commands ...life.Command) life.Matter {
	t.Helper()
	return giveTo(t, s, own, commands...)
}

func giveTo(t *testing.T, s Opened, n tickets.Number, commands ...life.Command) life.Matter {
	t.Helper()
	var m life.Matter
	for _, c := range commands {
		var err error
		if m, err = try(t, s, n, c, tickets.By{Kind: tickets.ByPerson, ID: "olga"}, start.Add(time.Minute)); err != nil {
			t.Fatalf("%s: %v", c.Name(), err)
		}
	}
	return m
}

func try(t *testing.T, s Opened, n tickets.Number, c life.Command, by tickets.By, at time.Time) (life.Matter, error) {
	t.Helper()
	return s.Change(t.Context(), n, life.Needs(c), "", func(f *life.File) (life.Outcome, error) { return life.Do(f, n, c, by, at) })
}

// tellOf applies an event of the call that opened the ticket own.
func tellOf(t *testing.T, s Opened, e tickets.Event) life.Matter {
	t.Helper()
	f := tickets.Fact{Contact: "c1", Channel: tickets.Call{}, N: time.Now().UnixNano(), At: start.Add(time.Hour), Own: own, Event: e}
	if err := s.Apply(t.Context(), []tickets.Fact{f}); err != nil {
		t.Fatal(err)
	}
	rows := s.Rows()
	if err := Holds(rows); err != nil {
		t.Error(err)
	}
	return rows.Matters[own]
}

// foundAgain has somebody think a call lost that another node has. Whatever it does next, or how it really ended, makes its ticket what it was, but for a ticket
// that somebody has worked on meanwhile.
func foundAgain(t *testing.T, open func() Opened) {
	olga := tickets.Agent{ID: "olga"}
	lost := tickets.Unended{Call: "c1"}.Ends(start.Add(time.Minute), tickets.Terms{CallBackWithin: time.Hour})[0]
	next := func(after time.Duration, e tickets.Event) tickets.Fact {
		f := tickets.Fact{Contact: "c1", Channel: tickets.Call{}, At: start.Add(after), N: int64(after), Event: e}
		if _, once := e.(tickets.Ended); once {
			f.N = 0
		}
		return f
	}
	apply := func(s Opened, facts ...tickets.Fact) (tickets.Contact, tickets.Ticket) {
		t.Helper()
		for _, f := range facts { // each alone, and twice: a store reads again what it has written
			for range 2 {
				if err := s.Apply(t.Context(), []tickets.Fact{f}); err != nil {
					t.Fatal(err)
				}
			}
		}
		rows := s.Rows()
		return rows.Contacts["c1"], rows.Tickets[own]
	}
	ended := tickets.Ended{Outcome: tickets.Served}
	for name, test := range map[string]struct {
		then    []tickets.Fact
		outcome tickets.Outcome
		isAs    bool // the ticket is as before
	}{
		"it is found again":                 {[]tickets.Fact{next(2*time.Minute, tickets.Resumed{})}, "", true},
		"it waits in another queue":         {[]tickets.Fact{next(2*time.Minute, tickets.Queued{Queue: "billing"})}, "", true},
		"it was answered before":            {[]tickets.Fact{next(30*time.Second, tickets.Answered{Agent: olga})}, tickets.Lost, false},
		"it had ended before":               {[]tickets.Fact{next(30*time.Second, ended)}, tickets.Served, true},
		"it ends later":                     {[]tickets.Fact{next(2*time.Minute, ended)}, tickets.Served, true},
		"it is found and ends":              {[]tickets.Fact{next(2*time.Minute, tickets.Resumed{}), next(3*time.Minute, ended)}, tickets.Served, true},
		"it ends, and is thought lost then": {[]tickets.Fact{next(2*time.Minute, ended), tickets.Unended{Call: "c1"}.Ends(start.Add(3*time.Minute), tickets.Terms{})[0]}, tickets.Served, true},
		"it ended at that instant":          {[]tickets.Fact{next(time.Minute, ended), next(2*time.Minute, tickets.Resumed{})}, tickets.Served, true},
		"it is found and lost again":        {[]tickets.Fact{next(2*time.Minute, tickets.Resumed{}), tickets.Unended{Call: "c1"}.Ends(start.Add(3*time.Minute), tickets.Terms{})[0]}, tickets.Lost, false},
	} {
		s := open()
		arrive(t, s, "c1", own, "+78005550100", start)
		before := s.Rows().Tickets[own]
		if c, as := apply(s, lost); c.Outcome != tickets.Lost || as.State.(tickets.Open).Step() != tickets.CallBack {
			t.Fatalf("%s: it is %+v of %+v", name, c, as)
		}
		c, is := apply(s, test.then...)
		if c.Outcome != test.outcome || c.EndedAt.IsZero() != (test.outcome == "") {
			t.Errorf("%s: it ended at %v as %q", name, c.EndedAt, c.Outcome)
		}
		if same := cmp.Equal(before.State, is.State, cmp.AllowUnexported(tickets.Open{})) && before.Department == is.Department; same != test.isAs {
			t.Errorf("%s: the ticket was %+v and is %+v", name, before, is)
		}
	}
	talked := next(10*time.Second, tickets.Answered{Agent: olga, Next: start.Add(time.Hour)})
	thought := tickets.Unended{Call: "c1", Answered: true}.Ends(start.Add(time.Minute), tickets.Terms{CallBackWithin: time.Hour})[0]
	again := tickets.Unended{Call: "c1", Answered: true}.Ends(start.Add(3*time.Minute), tickets.Terms{CallBackWithin: time.Hour})[0]
	for name, test := range map[string]struct {
		then  []tickets.Fact
		ended time.Duration // after start; 0 is that it lasts
	}{
		"it is found again":            {[]tickets.Fact{next(2*time.Minute, tickets.Resumed{})}, 0},
		"it had waited before":         {[]tickets.Fact{next(5*time.Second, tickets.Queued{Queue: "billing"})}, time.Minute},
		"it ends later":                {[]tickets.Fact{next(2*time.Minute, ended)}, 2 * time.Minute},
		"it had ended before":          {[]tickets.Fact{next(30*time.Second, ended)}, 30 * time.Second},
		"it is thought to end twice":   {[]tickets.Fact{again}, time.Minute},
		"it ends, and is thought over": {[]tickets.Fact{next(2*time.Minute, ended), again}, 2 * time.Minute},
		"found, and the thought again": {[]tickets.Fact{next(2*time.Minute, tickets.Resumed{}), thought}, 0},
		"it ended at that instant":     {[]tickets.Fact{next(time.Minute, ended), next(3*time.Minute, tickets.Resumed{})}, time.Minute},
		"it ended, and is heard of":    {[]tickets.Fact{next(2*time.Minute, ended), next(3*time.Minute, tickets.Resumed{})}, 2 * time.Minute},
	} {
		s := open()
		arrive(t, s, "c1", own, "+78005550100", start)
		_, before := apply(s, talked)
		if c, _ := apply(s, thought); c.Outcome != tickets.Served || !c.EndedAt.Equal(thought.At) {
			t.Fatalf("answered, %s: it is %+v", name, c)
		}
		c, is := apply(s, test.then...)
		if over := test.ended != 0; over != (c.Outcome == tickets.Served) || over != !c.EndedAt.IsZero() || over && !c.EndedAt.Equal(start.Add(test.ended)) {
			t.Errorf("answered, %s: it ended at %v as %q", name, c.EndedAt, c.Outcome)
		}
		if !cmp.Equal(before.State, is.State, cmp.AllowUnexported(tickets.Open{})) {
			t.Errorf("answered, %s: the ticket was %+v and is %+v", name, before, is)
		}
	}
	s := open() // a version before kept such an end as the one end of a call
	arrive(t, s, "c1", own, "+78005550100", start)
	lost.N = 0
	if c, _ := apply(s, lost, next(2*time.Minute, ended)); c.Outcome != tickets.Served {
		t.Errorf("with an end of an old version it is %q", c.Outcome)
	}
	s = open()
	arrive(t, s, "c1", own, "+78005550100", start)
	lost.N = 1
	apply(s, lost)
	worked := give(t, s, life.TakeOver{})
	if _, is := apply(s, next(2*time.Minute, tickets.Resumed{})); !cmp.Equal(worked.State, is.State, cmp.AllowUnexported(tickets.Open{})) {
		t.Errorf("whoever took it over has %+v", is)
	}
}

func restEnded(t *testing.T, open func() Opened) {
	due := start.Add(24 * time.Hour)
	for disposition, promise := range map[tickets.Disposition]life.PromiseState{tickets.Resolved: life.PromiseKept, tickets.WrongNumber: life.PromiseWithdrawn} {
		s := open()
		arrive(t, s, "c1", own, "+78005550100", start)
		give(t, s, life.TakeOver{}, life.Promised{What: "an engineer", Due: due}, life.AskVendor{Vendor: "vendor", What: "a router"})
		m := tellOf(t, s, tickets.WrappedUp{Agent: tickets.Agent{ID: "anna"}, Disposition: disposition, Closes: true})
		if m.Phase() != tickets.Done || m.Promises[0].State != promise || m.Vendors[0].State != life.VendorWithdrawn {
			t.Errorf("after %q it is %+v", disposition, m)
		}
		lines := s.Rows().History[own]
		if last := lines[len(lines)-1]; last.Details["ended"] != "promise.1, vendor.1" || last.Patch["disposition"][1] != string(disposition) {
			t.Errorf("its history says %+v", last)
		}
	}
}

func partsAwaited(t *testing.T, open func() Opened) {
	due := start.Add(24 * time.Hour)
	anna := tickets.Agent{ID: "anna"}
	for name, test := range map[string]struct {
		before []life.Command
		by     tickets.Event
		owner  string
	}{
		"in the call that opened it":    {nil, tickets.WrappedUp{Agent: anna, Disposition: tickets.Resolved, Closes: true}, "anna"},
		"one that somebody follows up":  {[]life.Command{life.TakeOver{}}, tickets.WrappedUp{Agent: anna, Disposition: tickets.Resolved, Closes: true}, "olga"},
		"by nobody in particular":       {nil, tickets.WrappedUp{Disposition: tickets.WrongNumber, Closes: true}, "first_line"},
		"the caller was told by a menu": {nil, tickets.Ended{Outcome: tickets.Informed}, "first_line"},
	} {
		s := open()
		arrive(t, s, "c1", own, "+78005550100", start)
		give(t, s, append(test.before, life.AddPart{Department: "billing", What: "the bill", Due: due}, life.Promised{What: "a bill", Due: due})...)
		m := tellOf(t, s, test.by)
		o, is := m.State.(tickets.Open)
		if !is || o.Owner().Name() != test.owner || o.Step() != tickets.FollowUp || !m.Parts[0].Awaited() || m.Promises[0].State != life.PromiseOpen {
			t.Errorf("%s: it is %+v", name, m)
		}
		if _, err := try(t, s, own, life.ConfirmIt{}, tickets.By{Kind: tickets.ByPerson, ID: "olga"}, due); !errors.Is(err, life.ErrOpenParts) {
			t.Errorf("%s: confirmed by a command: %v", name, err)
		}
		give(t, s, life.AnswerPart{N: 1, Answer: "paid"})
		if m := tellOf(t, s, tickets.WrappedUp{Agent: anna, Disposition: tickets.Resolved, Closes: true}); m.Phase() != tickets.Done {
			t.Errorf("%s: with its parts answered it is %s", name, m.Phase())
		}
	}
}

// complained has somebody answer, and the customer complain of it: then neither a command nor a call of theirs ends the ticket, and what was noted in the
// call is kept.
func complained(t *testing.T, open func() Opened) {
	olga := tickets.By{Kind: tickets.ByPerson, ID: "olga"}
	for name, by := range map[string]any{
		"confirmed":          life.ConfirmIt{},
		"withdrawn":          life.WithdrawIt{},
		"refused":            life.RefuseIt{Reason: "no", Alternatives: []string{"ask elsewhere"}},
		"resolved in a call": tickets.WrappedUp{Agent: tickets.Agent{ID: "olga"}, Disposition: tickets.Resolved, Closes: true, Note: "asked for the opening hours"},
		"a wrong number":     tickets.WrappedUp{Agent: tickets.Agent{ID: "olga"}, Disposition: tickets.WrongNumber, Closes: true, Note: "asked for the opening hours"},
	} {
		s := open()
		arrive(t, s, "c1", own, "+78005550100", start)
		before := give(t, s, life.SolveIt{Answer: "no"}, life.Complain{Text: "that is no answer"})
		switch by := by.(type) {
		case life.Command:
			if _, err := try(t, s, own, by, olga, start.Add(time.Hour)); !errors.Is(err, life.ErrOpenReview) {
				t.Errorf("%s: %v", name, err)
			}
			if err := life.Possible(before, by.Name()); !errors.Is(err, life.ErrOpenReview) {
				t.Errorf("%s is offered: %v", name, err)
			}
		case tickets.Event:
			tellOf(t, s, by)
			if note := s.Rows().Contacts["c1"].Note; note != "asked for the opening hours" {
				t.Errorf("%s: the note is %q", name, note)
			}
		}
		m := s.Rows().Matters[own]
		if o, is := m.State.(tickets.Open); !is || o.Owner() != before.State.(tickets.Open).Owner() || m.Reviews[0].State != life.ReviewOpen {
			t.Errorf("%s: it is %+v", name, m)
		}
	}
}

// expires says whether a ticket would end now because its customer says nothing.
func expires(t *testing.T, s Opened, n tickets.Number) bool {
	t.Helper()
	_, err := try(t, s, n, life.LetExpire{}, tickets.By{Kind: tickets.ByRule, ID: "expiry"}, start.Add(100*24*time.Hour))
	return err == nil
}

// calledSince has a customer call about a ticket that was solved, in a talk whose wrap-up the clock ends.
func calledSince(t *testing.T, open func() Opened) {
	for name, by := range map[string]tickets.Event{
		"nobody has said what came of it": tickets.WrappedUp{Agent: tickets.Agent{ID: "anna"}, Note: "it still does not work"},
		"nobody spoke with them":          tickets.Ended{Outcome: tickets.AbandonedInQueue},
	} {
		s := open()
		arrive(t, s, "c1", own, "+78005550100", start)
		before := give(t, s, life.TakeOver{}, life.SolveIt{Answer: "it works again"})
		m := tellOf(t, s, by)
		o, is := m.State.(tickets.Open)
		if !is || o.Phase() != tickets.Opened || o.Owner() != tickets.Person("olga") || o.Next().After(before.State.(tickets.Open).Next()) || m.Reopened != 0 {
			t.Errorf("%s: it is %+v", name, m)
		}
		if expires(t, s, own) {
			t.Errorf("%s: it expired", name)
		}
	}
}

func mergedIntoSolved(t *testing.T, open func() Opened) {
	second := tickets.MakeNumber(70_002)
	begin := func(s Opened) (one, other life.Matter) {
		arrive(t, s, "c1", own, "+78005550100", start)
		arrive(t, s, "c2", second, "+78005550100", start)
		one = give(t, s, life.TakeOver{}, life.SolveIt{Answer: "done"})
		other = giveTo(t, s, second, life.TakeOver{}, life.AddPart{Department: "billing", What: "the bill", Due: start.Add(24 * time.Hour)}, life.Promised{What: "a bill", Due: start.Add(48 * time.Hour)})
		return one, other
	}
	s := open()
	one, other := begin(s)
	giveTo(t, s, second, life.Merge{Into: own})
	m := s.Rows().Matters[own]
	o, is := m.State.(tickets.Open)
	if !is || o.Phase() != tickets.Opened || o.Owner() != tickets.Person("olga") || !o.Next().Equal(other.State.(tickets.Open).Next()) || expires(t, s, own) {
		t.Errorf("it is %+v", m)
	}
	giveTo(t, s, second, life.Unmerge{})
	undone := s.Rows().Matters[own]
	if got := undone.Ticket; got.State != one.State || got.Reopened != 0 || got.Reminded != one.Reminded || !expires(t, s, own) {
		t.Errorf("undone at once, it is %+v", got)
	}
	if err := Holds(s.Rows()); err != nil {
		t.Error(err)
	}

	s = open()
	begin(s)
	giveTo(t, s, second, life.Merge{Into: own})
	if _, err := try(t, s, own, life.AddNote{Text: "they have called"}, tickets.By{Kind: tickets.ByPerson, ID: "olga"}, start.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	giveTo(t, s, second, life.Unmerge{})
	if expires(t, s, own) {
		t.Error("something happened to it, and with the merge undone it expired")
	}

	s = open()
	begin(s)
	giveTo(t, s, second, life.AnswerPart{N: 1, Answer: "paid"}, life.SolveIt{}, life.Merge{Into: own})
	if !expires(t, s, own) {
		t.Error("two solved tickets were merged, and it does not expire")
	}
}

// calledBack tells of a callback in an order in which no Hotline alone would: one that was away brings late what it has.
func calledBack(t *testing.T, s Opened) {
	arrive(t, s, "c1", own, "+78005550101", start)
	arrive(t, s, "c2", tickets.MakeNumber(70_002), "+78005550102", start)
	n := start.UnixMicro()
	at := func(call tickets.ContactID, epoch, n int64, entry string) tickets.Callback {
		c := tickets.Callback{Call: call, Node: "north", Epoch: epoch, N: n}
		if entry != "" {
			c.Entry = []byte(entry)
		}
		return c
	}
	waits := func(before int64, calls []string, want ...tickets.Callback) {
		t.Helper()
		got, err := s.Callbacks(t.Context(), "north", before, calls)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("before epoch %d, and of %q: %v\n%s", before, calls, err, diff)
		}
	}
	tell := func(c tickets.Callback) {
		t.Helper()
		if err := s.Apply(t.Context(), []tickets.Fact{c.Fact("")}); err != nil {
			t.Fatal(err)
		}
	}
	promised, tried, kept := at("c1", 3, n, `{"n": 1}`), at("c1", 4, n+7, `{"n": 2}`), at("c1", 4, n+8, "")
	other := at("c2", 4, n+9, `{"n": 3}`)
	tell(promised)
	tell(other)
	waits(4, nil, promised)
	waits(3, nil)
	waits(5, nil, promised, other)
	waits(3, []string{"c1", "none"}, promised)
	tell(kept)
	tell(tried) // late
	tell(at("c1", 3, n+10, `{"n": 4}`))
	waits(9, nil, other)
	waits(0, []string{"c1", "c2"}, kept, other)
	if got, err := s.Callbacks(t.Context(), "south", 9, nil); err != nil || len(got) > 0 {
		t.Errorf("of another node: %+v, %v", got, err)
	}
	if err := s.Apply(t.Context(), []tickets.Fact{at("c1", 9, n+11, `[]`).Fact("")}); !errors.Is(err, tickets.ErrRefused) {
		t.Errorf("an entry that is no object: %v", err)
	}
}
