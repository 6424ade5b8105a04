package tickets

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"hotline/telephony/words"
)

// page is where an event does its work: its fact, with copies of the contact and of the ticket that the fact is about. The book takes them
// over when the event is done, and forgets them when it refuses.
type page struct {
	Fact
	contact Contact
	ticket  Ticket

	book     *Book     // to be read only
	from     Number    // the ticket that the contact had before
	isNew    bool      // the contact was in no book before this fact
	opened   *Ticket   // the ticket as the fact opened it; nil where it was there
	newcomer *Customer // who is in no book yet
	callback *Callback // who is to be called back, or not any more
}

// open finds the contact of a fact and its ticket, or makes them: should its first fact have been refused, the contact
// has a ticket all the same.
func (b *Book) open(f Fact) (*page, error) {
	if c := b.Contacts[f.Contact]; c != nil {
		t := b.Tickets[c.Ticket]
		if t == nil {
			return nil, fmt.Errorf("%w: contact %s without its ticket %s", ErrRefused, f.Contact, c.Ticket)
		}
		return &page{Fact: f, contact: *c, ticket: *t, book: b, from: t.Number}, nil
	}
	if f.Channel == nil {
		return nil, fmt.Errorf("%w: %s of contact %s, which is unknown and came by no channel", ErrRefused, f.Event.Kind(), f.Contact)
	}
	if f.Own == "" {
		return nil, fmt.Errorf("%w: %s of contact %s, which is unknown and has no ticket number", ErrRefused, f.Event.Kind(), f.Contact)
	}
	number := b.now(f.Own)
	p := &page{
		Fact: f, book: b, isNew: true, from: number,
		contact: Contact{ID: f.Contact, Channel: f.Channel, Ticket: number, Linked: LinkedNew, ArrivedAt: f.At, Path: []words.Text{}},
	}
	t := b.Tickets[number]
	if t == nil {
		return p, p.openTicket(number)
	}
	if number == f.Own && t.OpenedBy != f.Contact {
		return nil, fmt.Errorf("%w: number %s of contact %s belongs to a ticket of contact %s", ErrNumberTaken, f.Own, f.Contact, t.OpenedBy)
	}
	p.ticket = *t
	return p, nil
}

func (p *page) openTicket(number Number) error {
	var department string
	var next time.Time
	if e, ok := p.Event.(opener); ok {
		department, next = e.opens()
	}
	p.ticket = Ticket{Number: number, OpenedAt: p.At, ActivityAt: p.At, OpenedBy: p.Fact.Contact}
	if err := p.ticket.keepOpen(Department(orElse(department, DefaultDepartment)), orAt(next, p.At.Add(time.Hour)), Serve); err != nil {
		return fmt.Errorf("%w: ticket %s of contact %s: %w", ErrRefused, number, p.Fact.Contact, err)
	}
	opened := p.ticket
	p.opened = &opened
	return nil
}

// takeBack makes the contact one that lasts, and its ticket what it was before the contact was thought lost. A ticket with which something else has happened
// since is left to who did it.
func (p *page) takeBack() {
	p.contact.EndedAt, p.contact.Outcome = time.Time{}, ""
	if line := p.book.LostEnds[p.contact.ID]; line.Ticket == p.ticket.Number {
		p.ticket.undo(line.Patch)
	}
}

// move gives the contact to another ticket.
func (p *page) move(to Ticket) { p.contact.Ticket, p.ticket = to.Number, to }

// belongs gives the ticket to a department as long as the contact that opened it is being served: what is learned of that decides whose it is.
func (p *page) belongs(department string) error {
	if s, ok := p.ticket.State.(Open); ok && p.ticket.OpenedBy == p.Fact.Contact && s.step == Serve && department != "" {
		return p.ticket.keepOpen(Department(department), s.next, s.step)
	}
	return nil
}

// meet makes a provisional customer of a number that nobody has.
func (p *page) meet(key string) CustomerID {
	id := CustomerID(uuid.Must(uuid.NewV7()).String())
	p.newcomer = &Customer{ID: id, Provisional: true, Numbers: []string{key}}
	return id
}
