package tickets

import (
	"errors"
	"time"
)

// Claimed says that the caller typed a ticket's number. A number is no secret: it can be guessed, overheard, or read from a letter. So it links the
// call only where the ticket is the caller's own, which the book knows by their number; otherwise the contact says to be about the ticket, and
// neither the ticket's state nor its owner nor anything else of it changes until its owner has decided (see ClaimDecided).
type Claimed struct {
	Ticket     Number    `json:"ticket"`
	From       string    `json:"from"` // the caller's number's key, "" when withheld
	Department string    `json:"department"`
	Next       time.Time `json:"next"` // for a closed ticket of the caller's own, which is open again
}

func init() { define[Claimed](often) }

func (Claimed) Kind() Kind { return "call.claimed" }

func (e Claimed) wants(w *wanted) {
	w.number(e.Ticket)
	w.caller(e.From)
}

func (e Claimed) apply(p *page) error {
	target := p.book.Tickets[p.book.now(e.Ticket)]
	switch {
	case target == nil: // typed while nobody could tell
		return nil
	case target.Number == p.ticket.Number, p.contact.Linked == LinkedByAgent: // whoever talked with them knows better
		return nil
	case !p.owns(e.From, target):
		p.contact.About = target.Number
		return nil
	}
	p.contact.Linked = LinkedTyped
	p.move(*target)
	return p.reopen(e.Department, e.Next)
}

// owns says whether a ticket is of a customer who has the caller's number.
func (p *page) owns(from string, t *Ticket) bool {
	if t.Customer == "" || from == "" {
		return false
	}
	if t.Customer == p.contact.Customer {
		return true
	}
	for _, id := range p.book.Holders[from] {
		if id == t.Customer {
			return true
		}
	}
	return false
}

// reopen makes a closed ticket an open one: a matter that the caller comes back to.
func (p *page) reopen(department string, next time.Time) error {
	if _, closed := p.ticket.State.(Closed); !closed {
		return nil
	}
	return p.ticket.Turn(Reopen, Department(orElse(department, DefaultDepartment)), orAt(next, p.At.Add(time.Hour)), Serve, "")
}

// claim is the fact that the caller typed a number that is not known to be one of their own tickets, with mu held.
func (c *Case) claim(n Number) Claimed {
	return Claimed{Ticket: n, From: Clean(c.from.Key(), LongestName), Department: c.terms.owner(c.kept.Topic), Next: time.Now().Add(c.terms.CallBackWithin)}
}

// ErrNoClaim says that a contact does not say to be about a ticket, or does not any more.
var ErrNoClaim = errors.New("the contact does not say to be about this ticket")

// ClaimDecided is the word of a ticket's owner about a contact that says to be about it. Who may give it is for whoever writes it to see to.
type ClaimDecided struct {
	Ticket   Number `json:"ticket"`
	By       string `json:"by"` // the account's login, or an agent's id
	Accepted bool   `json:"accepted"`
}

func init() { define[ClaimDecided](often) }

func (ClaimDecided) Kind() Kind { return "claim.decided" }

func (e ClaimDecided) by() By { return By{Kind: ByPerson, ID: e.By, From: "page"} }

func (e ClaimDecided) wants(w *wanted) { w.number(e.Ticket) }

// apply links the contact, or lets the claim go. What was promised in the contact's own ticket, which vanishes in the other, is kept there.
func (e ClaimDecided) apply(p *page) error {
	if p.contact.About == "" || p.book.now(p.contact.About) != p.book.now(e.Ticket) {
		return nil // decided before: two people at once
	}
	target := p.book.Tickets[p.book.now(e.Ticket)]
	p.contact.About = ""
	if !e.Accepted || target == nil || target.Number == p.ticket.Number {
		return nil
	}
	before, alone := p.ticket.State, p.ticket.OpenedBy == p.Fact.Contact && p.book.Contacted[p.ticket.Number] <= 1
	p.contact.Linked = LinkedTyped
	p.move(*target)
	promised, open := before.(Open)
	if !open || !alone {
		return nil
	}
	switch s := p.ticket.State.(type) {
	case Open:
		if promised.next.Before(s.next) {
			return p.ticket.keepOpen(s.owner, promised.next, s.step)
		}
	case Closed:
		return p.ticket.Turn(Reopen, promised.owner, promised.next, promised.step, "")
	}
	return nil
}
