package tickets_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/conformance"
)

// A book into which a store has loaded what Wants names decides as one that has everything does, however the facts are grouped. It is the property of
// every store's conformance without a database, and so tries a thousand times as much.
func TestWhatIsLoadedDecidesAsTheWholeBookDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, rows := tickets.NewBook(), tickets.NewBook()
		var facts []tickets.Fact
		for _, f := range conformance.Facts(t) {
			if whole.Apply(f) == nil {
				facts = append(facts, f)
			}
		}
		customers := nameOf(whole)
		for len(facts) > 0 {
			group := facts[:min(len(facts), rapid.IntRange(1, 6).Draw(t, "group"))]
			facts = facts[len(group):]
			loaded := load(rows, group)
			for _, f := range group {
				if err := loaded.Apply(f); err != nil {
					t.Fatalf("%s of %s: %v", f.Event.Kind(), f.Contact, err)
				}
			}
			save(rows, loaded)
		}
		of := nameOf(rows)
		for id, c := range whole.Contacts {
			if got := rows.Contacts[id]; got == nil || got.Ticket != c.Ticket || got.Linked != c.Linked || got.About != c.About || of[got.Customer] != customers[c.Customer] {
				t.Fatalf("contact %s: %+v, and with everything loaded %+v", id, got, c)
			}
		}
		if diff := cmp.Diff(whole.Merged, rows.Merged); diff != "" {
			t.Fatal(diff)
		}
		for n, ticket := range whole.Tickets {
			got := rows.Tickets[n]
			if got == nil {
				t.Fatalf("no ticket %s", n)
			}
			a, b := *ticket, *got
			a.Customer, b.Customer = tickets.CustomerID(customers[a.Customer]), tickets.CustomerID(of[b.Customer])
			if diff := cmp.Diff(a, b, cmp.AllowUnexported(tickets.Open{})); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// nameOf names customers, whose ids are random, by the first number that is theirs.
func nameOf(b *tickets.Book) map[tickets.CustomerID]string {
	names := map[tickets.CustomerID]string{}
	for _, number := range slices.Sorted(maps.Keys(b.Holders)) {
		for _, id := range b.Holders[number] {
			names[id] = number
		}
	}
	return names
}

// load gives what a store loads of its rows for some facts.
func load(rows *tickets.Book, facts []tickets.Fact) *tickets.Book {
	wants, b := tickets.Wants(facts), tickets.NewBook()
	numbers := map[tickets.Number]bool{}
	for _, n := range wants.Numbers {
		numbers[tickets.Number(n)] = true
	}
	for _, id := range wants.Contacts {
		if c := rows.Contacts[tickets.ContactID(id)]; c != nil {
			b.Contacts[c.ID], numbers[c.Ticket] = c, true
			if first, is := rows.Merged[c.About]; is {
				b.Merged[c.About] = first
			}
		}
	}
	for n := range maps.Clone(numbers) {
		if first, is := rows.Merged[n]; is {
			b.Merged[n], numbers[first] = first, true
		}
	}
	customers := map[tickets.CustomerID]bool{}
	for _, key := range wants.Callers {
		if of := rows.Holders[key]; len(of) > 0 {
			b.Holders[key] = slices.Clone(of)
			customers[of[0]] = len(of) == 1 || customers[of[0]]
		}
	}
	for _, c := range b.Contacts {
		customers[c.Customer] = c.Customer != "" && wants.Links[c.ID] || customers[c.Customer]
	}
	for n, t := range rows.Tickets {
		_, open := t.State.(tickets.Open)
		if numbers[n] || open && customers[t.Customer] && slices.Contains(wants.Topics, t.Topic) {
			b.Tickets[n], b.Contacted[n] = t, rows.Contacted[n]
		}
	}
	maps.Copy(b.Seen, rows.Seen)
	maps.Copy(b.LostEnds, rows.LostEnds)
	return b
}

// save keeps what facts have changed.
func save(rows, loaded *tickets.Book) {
	changes := loaded.Changes()
	maps.Copy(rows.Contacts, loaded.Contacts)
	for n := range changes.Merged {
		delete(rows.Tickets, n)
		delete(rows.Contacted, n)
	}
	maps.Copy(rows.Tickets, loaded.Tickets)
	maps.Copy(rows.Contacted, loaded.Contacted)
	for second, first := range changes.Merged {
		for old, to := range rows.Merged {
			if to == second {
				rows.Merged[old] = first
			}
		}
		rows.Merged[second] = first
		for id, c := range rows.Contacts {
			if c.About == second {
				moved := *c
				moved.About = first
				rows.Contacts[id] = &moved
			}
		}
	}
	maps.Copy(rows.Holders, loaded.Holders)
	maps.Copy(rows.Seen, loaded.Seen)
	rows.LostEnds = loaded.LostEnds
}
