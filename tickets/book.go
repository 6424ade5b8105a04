package tickets

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"hotline/telephony"
	"hotline/telephony/words"
)

// DefaultDepartment owns what no topic and no queue has an owner for.
const DefaultDepartment = "first_line"

// Book is the fold of facts into contacts, tickets and provisional customers. A store fills it with the rows
// that some facts touch (see Wants), applies the facts in order, and saves Changes. A fact that was
// applied before changes nothing.
type Book struct {
	Seen      map[Key]bool
	Contacts  map[telephony.CallID]*Contact
	Tickets   map[Number]*Ticket
	Merged    map[Number]Number       // second names of tickets
	Contacted map[Number]int          // contacts per ticket
	Holders   map[string][]CustomerID // customers by number key

	changes Changes
}

// Changes are what applied facts made of the book.
type Changes struct {
	Facts     []Fact
	Customers []Customer // new, provisional
	Contacts  map[telephony.CallID]bool
	Tickets   map[Number]bool
	Merged    map[Number]Number // new second names; the tickets that had these numbers are gone
}

// NewBook is an empty book.
func NewBook() *Book {
	return &Book{
		Seen:      map[Key]bool{},
		Contacts:  map[telephony.CallID]*Contact{},
		Tickets:   map[Number]*Ticket{},
		Merged:    map[Number]Number{},
		Contacted: map[Number]int{},
		Holders:   map[string][]CustomerID{},
		changes:   newChanges(),
	}
}

func newChanges() Changes {
	return Changes{Contacts: map[telephony.CallID]bool{}, Tickets: map[Number]bool{}, Merged: map[Number]Number{}}
}

// Changes gives what has changed, and forgets it.
func (b *Book) Changes() Changes {
	c := b.changes
	b.changes = newChanges()
	return c
}

// Wants lists what a store must load before facts are applied: calls, ticket numbers (besides those
// of the calls' contacts) and caller numbers.
func Wants(facts []Fact) (calls []string, numbers []string, keys []string) {
	c, n, k := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range facts {
		c[string(f.Call)] = true
		if f.Own != "" {
			n[string(f.Own)] = true
		}
		switch e := f.Event.(type) {
		case Routed:
			n[string(e.Ticket)] = true
		case Arrived:
			if e.From != "" {
				k[e.From] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(c)), slices.Sorted(maps.Keys(n)), slices.Sorted(maps.Keys(k))
}

// Apply applies one fact. An error wraps ErrRefused, and the fact has then changed nothing.
func (b *Book) Apply(f Fact) error {
	if b.Seen[f.Key()] {
		if c := b.Contacts[f.Call]; c != nil && f.Event.Kind() == (Arrived{}).Kind() {
			b.nameTwice(f.Own, c.Ticket) // the call has arrived at two processes, and may have heard two numbers
		}
		return nil
	}
	if e, ok := f.Event.(WrappedUp); ok {
		if err := e.check(); err != nil {
			return fmt.Errorf("%w: wrap-up of call %s: %w", ErrRefused, f.Call, err)
		}
	}
	c, err := b.contact(f)
	if err != nil {
		return err
	}
	t := b.Tickets[c.Ticket]
	switch e := f.Event.(type) {
	case Arrived:
		b.arrived(f, e, c, t)
	case Resumed: // kept in the history only
	case Routed:
		t = b.routed(f, e, c, t)
	case Queued:
		b.queued(f, e, c, t)
	case Offered:
		c.Offers++
	case OfferEnded: // kept in the history only
	case Answered:
		b.answered(f, e, c, t)
	case Recorded:
		b.recorded(e, c)
	case Ended:
		b.ended(f, e, c, t)
	case WrappedUp:
		b.wrappedUp(f, e, c, t)
	default:
		panic(fmt.Sprintf("tickets: unknown event %T", e))
	}
	if f.At.After(t.ActivityAt) {
		t.ActivityAt = f.At
	}
	b.Seen[f.Key()] = true
	b.changes.Facts = append(b.changes.Facts, f)
	b.changes.Contacts[c.Call] = true
	b.changes.Tickets[t.Number] = true
	return nil
}

// contact finds the contact of a fact's call, or makes it: should its arrival have been refused, the call
// has a ticket all the same.
func (b *Book) contact(f Fact) (*Contact, error) {
	if c := b.Contacts[f.Call]; c != nil {
		if b.Tickets[c.Ticket] == nil {
			return nil, fmt.Errorf("%w: contact of call %s without its ticket %s", ErrRefused, f.Call, c.Ticket)
		}
		return c, nil
	}
	if f.Own == "" {
		return nil, fmt.Errorf("%w: %s of call %s, which is unknown and has no ticket number", ErrRefused, f.Event.Kind(), f.Call)
	}
	number := b.now(f.Own)
	if t := b.Tickets[number]; t == nil {
		b.open(f, number)
	} else if number == f.Own && t.OpenedBy != f.Call {
		return nil, fmt.Errorf("%w: number %s of call %s belongs to a ticket of call %s", ErrRefused, f.Own, f.Call, t.OpenedBy)
	}
	c := &Contact{Call: f.Call, Ticket: number, Linked: LinkedNew, ArrivedAt: f.At, Path: []words.Text{}}
	b.Contacts[f.Call] = c
	b.Contacted[number]++
	return c, nil
}

func (b *Book) open(f Fact, number Number) {
	department, next := DefaultDepartment, f.At.Add(time.Hour)
	if e, ok := f.Event.(Arrived); ok {
		department, next = orElse(e.Department, department), orAt(e.Next, next)
	}
	b.Tickets[number] = &Ticket{
		Number: number, OpenedAt: f.At, ActivityAt: f.At, OpenedBy: f.Call,
		State: Open{Department(department), next, Serve},
	}
}

func (b *Book) arrived(f Fact, e Arrived, c *Contact, t *Ticket) {
	c.ArrivedAt, c.From, c.RawFrom, c.RawName, c.To = f.At, e.From, e.RawFrom, e.RawName, e.To
	if e.From == "" {
		return
	}
	switch holders := b.Holders[e.From]; len(holders) {
	case 0:
		c.Customer = CustomerID(uuid.Must(uuid.NewV7()).String())
		b.Holders[e.From] = []CustomerID{c.Customer}
		b.changes.Customers = append(b.changes.Customers, Customer{ID: c.Customer, Provisional: true, Numbers: []string{e.From}})
	case 1:
		c.Customer = holders[0]
	}
	if t.Customer == "" {
		t.Customer = c.Customer
	}
}

// routed moves the contact to the ticket that was decided. Where that one does not exist (typed while the
// database was away, say), the call stays with its own.
func (b *Book) routed(f Fact, e Routed, c *Contact, t *Ticket) *Ticket {
	c.Topic, c.Linked, c.Language = e.Topic, e.Linked, orElse(e.Language, c.Language)
	if len(e.Path) > 0 {
		c.Path = e.Path
	}
	target := b.Tickets[b.now(e.Ticket)]
	switch {
	case target == nil:
		c.Linked = LinkedNew
	case target != t:
		b.move(c, t, target)
		t = target
	}
	if t.Topic == "" {
		t.Topic = e.Topic
	}
	if t.Customer == "" {
		t.Customer = c.Customer
	}
	switch s := t.State.(type) {
	case Open:
		if t.OpenedBy == f.Call && s.step == Serve && e.Department != "" {
			t.State = Open{Department(e.Department), s.next, s.step}
		}
	case Closed: // a matter that the caller comes back to is open again
		t.State = Open{Department(orElse(e.Department, DefaultDepartment)), orAt(e.Next, f.At.Add(time.Hour)), Serve}
	}
	return t
}

// move gives c to another ticket. The one that it leaves vanishes when it was made for this call alone;
// its number stays as a second name, for the caller may have heard it.
func (b *Book) move(c *Contact, from, to *Ticket) {
	c.Ticket = to.Number
	b.Contacted[from.Number]--
	b.Contacted[to.Number]++
	if from.OpenedBy != c.Call || b.Contacted[from.Number] > 0 {
		return
	}
	delete(b.Tickets, from.Number)
	delete(b.Contacted, from.Number)
	delete(b.changes.Tickets, from.Number)
	for second, first := range b.Merged {
		if first == from.Number {
			b.Merged[second] = to.Number
		}
	}
	for second, first := range b.changes.Merged {
		if first == from.Number {
			b.changes.Merged[second] = to.Number
		}
	}
	b.Merged[from.Number] = to.Number
	b.changes.Merged[from.Number] = to.Number
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
