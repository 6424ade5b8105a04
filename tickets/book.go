package tickets

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Book is the fold of facts into contacts, tickets and provisional customers. A store fills it with the rows
// that some facts touch (see Wants), applies the facts in order, and saves Changes. A fact that was
// applied before changes nothing.
type Book struct {
	Seen      map[Key]bool
	Contacts  map[ContactID]*Contact
	Tickets   map[Number]*Ticket
	Merged    map[Number]Number       // second names of tickets
	Contacted map[Number]int          // contacts per ticket
	Awaited   map[Number]bool         // tickets of which parts are to be answered, or complaints to be decided
	Holders   map[string][]CustomerID // customers by number key
	LostEnds  map[ContactID]Change    // of contacts that are lost, what their end made of their tickets: the line of the history, where there is one
	Callbacks map[ContactID]Callback  // the latest of each call; a store need not load them, and keeps the later itself

	changes Changes
}

// Changes are what applied facts made of the book.
type Changes struct {
	Facts     []Fact
	Customers []Customer // new, provisional
	Contacts  map[ContactID]bool
	Callbacks map[ContactID]bool
	Tickets   map[Number]bool
	Merged    map[Number]Number // new second names; the tickets that had these numbers are gone
	History   []Change          // of the tickets, in order
}

// NewBook is an empty book.
func NewBook() *Book {
	return &Book{
		Seen:      map[Key]bool{},
		Contacts:  map[ContactID]*Contact{},
		Tickets:   map[Number]*Ticket{},
		Merged:    map[Number]Number{},
		Contacted: map[Number]int{},
		Awaited:   map[Number]bool{},
		Holders:   map[string][]CustomerID{},
		LostEnds:  map[ContactID]Change{},
		Callbacks: map[ContactID]Callback{},
		changes:   newChanges(),
	}
}

func newChanges() Changes {
	return Changes{Contacts: map[ContactID]bool{}, Callbacks: map[ContactID]bool{}, Tickets: map[Number]bool{}, Merged: map[Number]Number{}}
}

// Changes gives what has changed, and forgets it.
func (b *Book) Changes() Changes {
	c := b.changes
	b.changes = newChanges()
	return c
}

// wanted are the keys of rows.
type wanted struct {
	contacts, numbers, callers, topics map[string]bool
	links                              bool // the linking rule may give the fact's contact to another ticket
}

func (w *wanted) number(n Number) {
	if n != "" {
		w.numbers[string(n)] = true
	}
}

func (w *wanted) caller(key string) {
	if key != "" {
		w.callers[key] = true
	}
}

// Wanted is what a store must load before facts are applied.
type Wanted struct {
	Contacts []string
	Numbers  []string           // tickets' numbers, besides those of the contacts
	Callers  []string           // numbers of callers
	Topics   []string           // of these the open tickets of the callers' customers, and of those of the contacts in Links
	Links    map[ContactID]bool // contacts that the linking rule may give to another ticket
}

// Wants lists what facts need.
func Wants(facts []Fact) Wanted {
	w := wanted{contacts: map[string]bool{}, numbers: map[string]bool{}, callers: map[string]bool{}, topics: map[string]bool{}}
	links := map[ContactID]bool{}
	for _, f := range facts {
		w.contacts[string(f.Contact)] = true
		w.number(f.Own)
		if e, ok := f.Event.(wanter); ok {
			w.links = false
			e.wants(&w)
			links[f.Contact] = links[f.Contact] || w.links
		}
	}
	all := func(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
	return Wanted{all(w.contacts), all(w.numbers), all(w.callers), all(w.topics), links}
}

// Apply applies one fact. An error wraps ErrRefused, and the fact has then changed nothing.
func (b *Book) Apply(f Fact) error {
	if b.Seen[f.Key()] && !b.endsAfterAll(f) {
		if e, ok := f.Event.(repeater); ok {
			e.repeated(b, f)
		}
		return nil
	}
	p, err := b.open(f)
	if err != nil {
		return err
	}
	if b.lives(f) {
		p.takeBack()
	}
	if err := f.Event.apply(p); err != nil {
		return fmt.Errorf("%w: %s of contact %s: %w", ErrRefused, f.Event.Kind(), f.Contact, err)
	}
	b.keep(p)
	return nil
}

// lives says whether a fact shows that a contact lives, or ended otherwise, whose end in the book is a thought: it was looked for where it is not, such as
// by a Hotline with another Asterisk.
func (b *Book) lives(f Fact) bool {
	c := b.Contacts[f.Contact]
	if c == nil || !b.isThoughtOver(c) {
		return false
	}
	if e, is := f.Event.(Ended); is {
		return !e.isThought(f)
	}
	_, sign := f.Event.(sign)
	return sign && f.At.After(c.EndedAt)
}

// isThoughtOver says whether the end of a contact in the book is a thought. An end that was seen may be of the same instant as one, and overrules it.
func (b *Book) isThoughtOver(c *Contact) bool {
	return c.Outcome == Lost || b.Seen[thoughtAt(c.ID, c.EndedAt).Key()] && !b.Seen[seenEnd(c.ID)]
}

// endsAfterAll says whether a fact is the end that was seen of a contact whose end was kept before under the same key, by a version that kept there what it
// thought of a call that it did not find.
func (b *Book) endsAfterAll(f Fact) bool {
	e, is := f.Event.(Ended)
	c := b.Contacts[f.Contact]
	return is && !e.isThought(f) && c != nil && (c.EndedAt.IsZero() || c.Outcome == Lost)
}

// keep is the one place where a fact changes the book.
func (b *Book) keep(p *page) {
	c, t := p.contact, p.ticket
	if p.At.After(t.ActivityAt) {
		t.ActivityAt = p.At
	}
	if p.opened != nil {
		b.Tickets[p.from] = p.opened
	}
	b.record(p, &t)
	if p.isNew {
		b.Contacted[p.from]++
	}
	if p.from != t.Number {
		b.moved(&c, p.from, t.Number)
	}
	if p.newcomer != nil {
		key := p.newcomer.Numbers[0]
		b.Holders[key] = append(b.Holders[key], p.newcomer.ID)
		b.changes.Customers = append(b.changes.Customers, *p.newcomer)
	}
	if p.callback != nil && p.callback.Later(b.Callbacks[c.ID]) {
		b.Callbacks[c.ID], b.changes.Callbacks[c.ID] = *p.callback, true
	}
	b.Contacts[c.ID], b.Tickets[t.Number] = &c, &t
	if !b.Seen[p.Key()] {
		b.Seen[p.Key()] = true
		b.changes.Facts = append(b.changes.Facts, p.Fact)
	}
	b.changes.Contacts[c.ID] = true
	b.changes.Tickets[t.Number] = true
}

// record writes the history of the ticket that a fact has changed.
func (b *Book) record(p *page, t *Ticket) {
	lines := p.lines(b.Tickets[t.Number], t)
	b.changes.History = append(b.changes.History, lines...)
	was := b.Contacts[p.contact.ID]
	if is := p.contact.Outcome == Lost; is != (was != nil && was.Outcome == Lost) {
		delete(b.LostEnds, p.contact.ID)
		if is && len(lines) > 0 {
			b.LostEnds[p.contact.ID] = lines[len(lines)-1]
		}
	}
}

// lines are what the history tells of what the fact has made of a ticket. Most facts of a call change nothing of it but when it was last active.
func (p *page) lines(was, t *Ticket) []Change {
	c := Change{At: p.At, By: p.By(), Kind: string(p.Event.Kind()), Contact: p.Fact.Contact}
	if was == p.opened && p.opened != nil {
		return Record(nil, t, c, t.Fields())
	}
	if t.sameAs(*was) {
		return nil
	}
	return Record(was.Fields(), t, c, t.Fields())
}

// sameAs says that a ticket is as another, whenever they were active. Two that differ in how an instant is written only are not the same.
func (t *Ticket) sameAs(other Ticket) bool {
	other.ActivityAt = t.ActivityAt
	return *t == other
}

// moved gives a contact's place in a ticket to another. The ticket that it leaves vanishes when it was made for this contact alone;
// its number stays as a second name, for the caller may have heard it. One on which somebody has worked stays.
func (b *Book) moved(c *Contact, from, to Number) {
	b.Contacted[from]--
	b.Contacted[to]++
	if t := b.Tickets[from]; t.OpenedBy != c.ID || t.Worked || b.Contacted[from] > 0 {
		return
	}
	delete(b.Tickets, from)
	delete(b.Contacted, from)
	delete(b.changes.Tickets, from)
	b.changes.History = slices.DeleteFunc(b.changes.History, func(c Change) bool { return c.Ticket == from })
	for second, first := range b.Merged {
		if first == from {
			b.Merged[second] = to
		}
	}
	for second, first := range b.changes.Merged {
		if first == from {
			b.changes.Merged[second] = to
		}
	}
	b.Merged[from] = to
	b.changes.Merged[from] = to
	if c.About == from {
		c.About = to
	}
	for _, c := range b.Contacts {
		if c.About == from { // those that are not here the store moves by itself
			moved := *c
			moved.About = to
			b.Contacts[c.ID] = &moved
		}
	}
}

// nameTwice makes a number that a call was given in passing, by a process that did not know its ticket yet, a second
// name of that.
func (b *Book) nameTwice(second, first Number) {
	if second == "" || second == first || b.Tickets[second] != nil || b.Merged[second] != "" {
		return
	}
	b.Merged[second] = first
	b.changes.Merged[second] = first
}

// now is the number under which a ticket is kept today.
func (b *Book) now(n Number) Number {
	if m, ok := b.Merged[n]; ok {
		return m
	}
	return n
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func orAt(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}
