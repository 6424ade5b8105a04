package register

import (
	"context"
	"errors"
	"time"

	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/life"
)

// Relink gives a call to another ticket: whoever talks in it has found out what it is about. A ticket that was opened for the call goes on in the
// other one, with what was promised in it; any other stays, and so does one that another person has taken meanwhile: then only the call goes. What
// comes of the call later belongs to the other ticket. Said twice it is done once.
//
// Whoever has the customer on the line says so about any ticket that they may see, whoever owns it and whoever's it is: that a customer calls again about
// what a department works on is the daily case. So it asks less of them than life.Merge of the same two tickets, which gives a person's work to another.
// That they talk in the call, and may see the ticket, is for the caller to see to.
//
// It waits for the database, as Do does, and its errors are those of Do.
func (r *Register) Relink(ctx context.Context, call telephony.CallID, to tickets.Number, by tickets.By) error {
	store, is := r.o.Store.(Matters)
	if !is {
		return ErrNoCommands
	}
	contact := tickets.OfCall(call)
	now, _, err := store.TicketOf(ctx, contact) // the page, or a note, may know an older one
	if errors.Is(err, tickets.ErrNoTicket) {
		err = errNotYetStored
	}
	if err != nil {
		return err
	}
	var target tickets.Ticket
	_, err = store.Change(ctx, now.Number, []tickets.Number{to}, "", func(f *life.File) (out life.Outcome, err error) {
		m := f.Matters[f.Own]
		if m == nil {
			return out, tickets.ErrNoTicket
		}
		target = m.Ticket
		if m.Number != to {
			f.Terms = *r.terms.Load()
			out, err = life.Do(f, m.Number, relinking(*m, contact, to, by), by, time.Now())
		}
		for _, changed := range out.Matters {
			if changed.Number != m.Number {
				target = changed.Ticket
			}
		}
		out.Linked = contact // also where it goes along with its ticket, or has that one already
		return out, err
	})
	if err != nil {
		return err
	}
	if c, live := r.Case(call); live {
		c.Relinked(target)
	}
	return nil
}

// relinking is what a call's way from one ticket to another is: a merge, where the ticket that it leaves would be left empty.
func relinking(from life.Matter, contact tickets.ContactID, to tickets.Number, by tickets.By) life.Command {
	taken := false
	if o, open := from.State.(tickets.Open); open {
		person, is := o.Owner().(tickets.Person)
		taken = is && string(person) != by.ID
	}
	if from.OpenedBy != contact || taken {
		return life.Relink{Contact: contact, To: to}
	}
	return life.Merge{Into: to, Force: true, Talk: true} // who calls may call for somebody else
}
