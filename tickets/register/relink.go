package register

import (
	"context"
	"time"

	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/life"
)

// Relink gives a call to another ticket: whoever talks in it has found out what it is about. A ticket that was opened for the call goes on in the
// other one, with what was promised in it; any other stays, and only the call goes. What comes of the call later belongs to the other ticket. It
// waits for the database, as Do does, and its errors are those of Do.
func (r *Register) Relink(ctx context.Context, call telephony.CallID, from, to tickets.Number, by tickets.By) error {
	store, is := r.o.Store.(Matters)
	if !is {
		return ErrNoCommands
	}
	contact := tickets.OfCall(call)
	_, err := store.Change(ctx, from, []tickets.Number{to}, "", func(f *life.File) (life.Outcome, error) {
		m := f.Matters[f.Own]
		if m == nil {
			return life.Outcome{}, tickets.ErrNoTicket
		}
		f.Terms = *r.terms.Load()
		var c life.Command = life.Relink{Contact: contact, To: to}
		if m.OpenedBy == contact {
			c = life.Merge{Into: to, Force: true, Talk: true} // who calls may call for somebody else
		}
		return life.Do(f, m.Number, c, by, time.Now())
	})
	if err != nil {
		return err
	}
	if c, live := r.Case(call); live {
		c.Relinked(to)
	}
	return nil
}
