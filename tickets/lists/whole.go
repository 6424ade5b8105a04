package lists

import (
	"cmp"
	"slices"
	"strconv"

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
	Parts    []life.Part // these and what follows: of all of them, each where it went on at last, the first that was made first
	Promises []life.Promise
	Vendors  []life.Vendor
	Reviews  []life.Review
	Links    []life.Link
	Items    []Item        // of all of them, the first that happened first; files that were removed among them
	Clocks   []ClockOf     // of all of them, its own first, each ticket's in the order of their starts
	Spells   []clock.Spell // its own
}

// ClockOf is a clock of one of the tickets that are told as one.
type ClockOf struct {
	Ticket tickets.Number
	clock.Clock
}

// Gather takes up what belongs to tickets that are told as one. What went along with a merge is told where it went on, and a link between two of them not at all.
func (w *Whole) Gather(all map[tickets.Number]*life.Matter) {
	for _, m := range all {
		w.Parts = append(w.Parts, staying(m, "part", m.Parts, func(p life.Part) int { return p.N })...)
		w.Vendors = append(w.Vendors, staying(m, "vendor", m.Vendors, func(v life.Vendor) int { return v.N })...)
		w.Reviews = append(w.Reviews, staying(m, "review", m.Reviews, func(r life.Review) int { return r.N })...)
		for _, p := range m.Promises {
			if !p.WentOn {
				w.Promises = append(w.Promises, p)
			}
		}
		for _, l := range m.Links {
			if all[l.Other] == nil {
				w.Links = append(w.Links, l)
			}
		}
	}
	slices.SortFunc(w.Parts, func(a, b life.Part) int { return cmp.Or(a.GivenAt.Compare(b.GivenAt), cmp.Compare(a.N, b.N)) })
	slices.SortFunc(w.Promises, func(a, b life.Promise) int { return cmp.Or(a.MadeAt.Compare(b.MadeAt), cmp.Compare(a.N, b.N)) })
	slices.SortFunc(w.Vendors, func(a, b life.Vendor) int { return cmp.Or(a.AskedAt.Compare(b.AskedAt), cmp.Compare(a.N, b.N)) })
	slices.SortFunc(w.Reviews, func(a, b life.Review) int { return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.N, b.N)) })
	slices.SortFunc(w.Links, func(a, b life.Link) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Other, b.Other)) })
}

// staying are the things of a kind that did not go along when their ticket was merged.
func staying[T any](m *life.Matter, kind string, all []T, n func(T) int) (these []T) {
	for _, one := range all {
		if m.Join == nil || m.Join.Details[kind+"."+strconv.Itoa(n(one))] == "" {
			these = append(these, one)
		}
	}
	return these
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
