package tickets

import (
	"time"

	"hotline/telephony/words"
)

// Routed is a decision about topic and ticket.
type Routed struct {
	Topic      string       `json:"topic"`
	Department string       `json:"department"`
	Ticket     Number       `json:"ticket"`
	Linked     Linked       `json:"linked"`
	Language   string       `json:"language"`
	Path       []words.Text `json:"path"`
	Next       time.Time    `json:"next"`
}

func init() { define[Routed](often) }

func (Routed) Kind() Kind { return "call.routed" }

func (e Routed) wants(w *wanted) { w.number(e.Ticket) }

// apply moves the contact to the ticket that was decided. Where that one does not exist (typed while the
// database was away, say), the call stays with its own.
func (e Routed) apply(p *page) error {
	c := &p.contact
	c.Topic, c.Linked, c.Language = e.Topic, e.Linked, orElse(e.Language, c.Language)
	if len(e.Path) > 0 {
		c.Path = e.Path
	}
	number := p.book.now(e.Ticket)
	if number != p.ticket.Number {
		if target := p.book.Tickets[number]; target != nil {
			p.move(*target)
		} else {
			c.Linked = LinkedNew
		}
	}
	t := &p.ticket
	t.Topic = orElse(t.Topic, e.Topic)
	if t.Customer == "" {
		t.Customer = c.Customer
	}
	if _, closed := t.State.(Closed); closed { // a matter that the caller comes back to is open again
		return t.keepOpen(Department(orElse(e.Department, DefaultDepartment)), orAt(e.Next, p.At.Add(time.Hour)), Serve)
	}
	return p.belongs(e.Department)
}

// routed is the fact of what was decided, with mu held.
func (c *Case) routed() Routed {
	return Routed{
		Topic: c.kept.Topic, Department: c.terms.owner(c.kept.Topic), Ticket: c.kept.Ticket, Linked: c.kept.Linked,
		Language: c.kept.Language, Path: append([]words.Text{}, c.kept.Path...), Next: time.Now().Add(c.terms.CallBackWithin),
	}
}
