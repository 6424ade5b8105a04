package tickets

import (
	"time"

	"hotline/telephony/words"
)

// Routed is a decision about topic and ticket.
type Routed struct {
	Topic      string       `json:"topic"`
	Class      Class        `json:"class,omitempty"`    // what the topic means for its tickets; "" is nothing
	Priority   Priority     `json:"priority,omitempty"` // and 0
	Department string       `json:"department"`
	Ticket     Number       `json:"ticket"`
	Linked     Linked       `json:"linked"`
	Language   string       `json:"language"`
	Path       []words.Text `json:"path"`
	Next       time.Time    `json:"next"`
}

func init() { define[Routed](often) }

func (Routed) Kind() Kind { return "call.routed" }

func (e Routed) wants(w *wanted) {
	w.number(e.Ticket)
	if e.Linked == LinkedNew && e.Topic != "" {
		w.topics[e.Topic], w.links = true, true
	}
}

// apply moves the contact to the ticket that was decided. Where that one does not exist (typed while the
// database was away, say), the call stays with its own.
func (e Routed) apply(p *page) error {
	c := &p.contact
	stays := c.Linked == LinkedByAgent || // what was decided before, or by what a note knew, does not undo it
		c.Linked == LinkedTyped && e.Linked != LinkedTyped || // the book knew the caller's own ticket, which the call did not
		e.Linked == LinkedNew && c.Ticket == p.book.now(e.Ticket) && c.Linked != ""
	c.Topic, c.Language = e.Topic, orElse(e.Language, c.Language)
	if !stays {
		c.Linked = e.Linked
	}
	if len(e.Path) > 0 {
		c.Path = e.Path
	}
	number := p.book.now(e.Ticket)
	if number != p.ticket.Number && !stays {
		if target := p.book.Tickets[number]; target != nil {
			p.move(*target)
		} else {
			c.Linked = LinkedNew
		}
	}
	if c.Linked == LinkedNew && e.Linked == LinkedNew { // of these alone a store loads what is open
		if open := p.book.oneOpen(p); open != nil {
			c.Linked = LinkedCustomer
			p.move(*open)
		}
	}
	t := &p.ticket
	if t.Topic = orElse(t.Topic, e.Topic); t.Topic == e.Topic { // what somebody has set by hand stays
		t.Class = Class(orElse(string(t.Class), string(e.Class)))
		if t.Priority == 0 {
			t.Priority = e.Priority
		}
	}
	if t.Customer == "" {
		t.Customer = c.Customer
	}
	if _, closed := t.State.(Closed); closed {
		return p.reopen(e.Department, e.Next)
	}
	return p.belongs(e.Department)
}

// oneOpen is the one other open ticket of the contact's customer on its topic, by the linking rule (see Link); nil where there is none, or more than
// one. The call decided by what the store had when it asked. Another first call of the same customer at the same moment was not there yet,
// nor was anything while the store was away; what the call could not know the book knows, whenever it gets to it.
func (b *Book) oneOpen(p *page) *Ticket {
	if p.contact.Customer == "" || p.contact.Topic == "" || p.ticket.OpenedBy != p.Fact.Contact {
		return nil
	}
	var known Caller
	known.Customer = &Customer{ID: p.contact.Customer}
	for _, t := range b.Tickets {
		if t.Customer == p.contact.Customer && t.Number != p.ticket.Number {
			known.OpenTickets = append(known.OpenTickets, *t)
		}
	}
	n, _ := oneOpen(p.At, p.contact.Topic, known)
	return b.Tickets[n]
}

// routed is the fact of what was decided, with mu held.
func (c *Case) routed() Routed {
	var means TopicTerms
	if c.kept.Topic != "" {
		means = c.terms.Topic(c.kept.Topic)
	}
	return Routed{
		Topic: c.kept.Topic, Class: means.Class, Priority: means.Priority, Department: c.terms.owner(c.kept.Topic), Ticket: c.kept.Ticket, Linked: c.kept.Linked,
		Language: c.kept.Language, Path: append([]words.Text{}, c.kept.Path...), Next: time.Now().Add(c.terms.CallBackWithin),
	}
}
