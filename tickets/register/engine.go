package register

import (
	"context"
	"errors"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

// engine is the register as its cases see it.
type engine struct{ r *Register }

var _ tickets.Engine = engine{}

// Write hands a fact to the spool.
func (e engine) Write(f tickets.Fact) { e.r.write(f) }

// write remembers of a fact what the next call from the same number must know, and hands it to the spool. There is nobody to tell when it is
// lost but the operator: the call goes on.
func (r *Register) write(f tickets.Fact) {
	switch event := f.Event.(type) {
	case tickets.Routed:
		r.recent.moved(f.Contact, event.Ticket)
	case tickets.Ended:
		r.recent.end(f.Contact, f.At, event.Outcome)
		r.ended(f.Contact, f.At)
	}
	b, err := f.Encode()
	if err == nil {
		var position uint64
		if position, err = r.o.Spool.Append(b); err == nil {
			r.progress.appended(position)
			return
		}
	}
	r.lost.Add(1)
	r.o.Log.Error("a fact is lost: the spool did not take it", "contact", f.Contact, "ticket", f.Own, "kind", f.Event.Kind(), "err", err)
}

// Enter makes a draft one of the register's cases, and gives it a ticket number.
func (e engine) Enter(c *tickets.Case) tickets.Number {
	e.r.mu.Lock()
	defer e.r.mu.Unlock()
	e.r.enter(c)
	return e.r.numbers.take()
}

var errNotYetStored = errors.New("the ticket of a recent call, which the store has not got yet")

// Ticket finds a ticket by its number.
func (e engine) Ticket(ctx context.Context, n tickets.Number) (tickets.Ticket, error) {
	ask, cancel := context.WithTimeout(ctx, ticketWithin)
	defer cancel()
	t, err := e.r.o.Store.Ticket(ask, n)
	if errors.Is(err, tickets.ErrNoTicket) && e.r.recent.has(n) {
		return t, errNotYetStored
	}
	return t, err
}

// ticketWithin is how long a caller who has typed a number waits for the store.
const ticketWithin = 500 * time.Millisecond

// Recent lists the latest calls from a number, latest first.
func (e engine) Recent(from telephony.Number) []tickets.Past {
	return e.r.recent.of(from.Key())
}
