package lists

import (
	"slices"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/clock"
	"hotline/tickets/life"
)

// Whole is a ticket with all that was ever told of it, and of the tickets that go on in it, as it leaves the house in a document.
type Whole struct {
	Matter   life.Matter
	Names    []tickets.Number // its other numbers: those that lead to it, those of the tickets that go on in it among them
	Customer *tickets.Customer
	Promises []life.Promise // of all of them, the first that was made first
	Items    []Item         // of all of them, the first that happened first; files that were removed among them
	Clocks   []clock.Clock  // its own, in the order of their starts
	Spells   []clock.Spell  // its own
}

// Story puts items in the order in which they happened.
func Story(items []Item) []Item {
	slices.SortStableFunc(items, func(a, b Item) int { return a.Moment().compare(b.Moment()) })
	return items
}

// Recordings are the messages of callers, by their names at the switch, in the order of the items.
func (w Whole) Recordings() (all []string) {
	for _, i := range w.Items {
		if i.Contact != nil {
			all = append(all, i.Contact.Recordings...)
		}
	}
	return all
}

// Files are those among the items.
func (w Whole) Files() (all []attachment.File) {
	for _, i := range w.Items {
		if i.File != nil {
			all = append(all, *i.File)
		}
	}
	return all
}
