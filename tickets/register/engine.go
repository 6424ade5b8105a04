package register

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

// engine is the register as its cases see it.
type engine struct{ r *Register }

var _ tickets.Engine = engine{}

// Write hands a fact to the spool.
func (e engine) Write(f tickets.Fact, sure bool) error {
	if sure {
		return e.r.keep(f)
	}
	e.r.write(f)
	return nil
}

// Linger hands the spool a fact that the next of its call follows soon.
func (e engine) Linger(f tickets.Fact) { e.r.writeWithin(f, -1) }

// write remembers of a fact what the next call from the same number must know, and hands it to the spool. There is nobody to tell when it is
// lost but the operator: the call goes on.
func (r *Register) write(f tickets.Fact) { r.writeWithin(f, 0) }

func (r *Register) writeWithin(f tickets.Fact, patience time.Duration) {
	switch event := f.Event.(type) {
	case tickets.Routed:
		r.recent.routed(f.Contact, event)
	case tickets.Claimed:
		r.guesses.guessed(event.From, time.Now())
	case tickets.Ended:
		r.recent.end(f.Contact, f.At, event.Outcome)
		r.ended(f.Contact, f.At)
	}
	if _, err := r.append(f, patience); err != nil {
		r.lost.Add(1)
		r.o.Log.Error("a fact is lost: the spool did not take it", "call", f.Contact, "ticket", f.Own, "kind", f.Event.Kind(), "err", err)
	}
}

// keepWithin is how long somebody who has typed something waits for the disk to take it.
const keepWithin = 3 * time.Second

// keep is write for a fact that somebody waits to be sure of. Where it is refused it may still get to the store later; sent again, it
// means the same.
func (r *Register) keep(f tickets.Fact) error {
	kept, err := r.append(f, keepWithin)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", tickets.ErrNotKept, err)
	case !kept:
		return tickets.ErrNotKept
	}
	return nil
}

func (r *Register) append(f tickets.Fact, patience time.Duration) (kept bool, err error) {
	b, err := f.Encode()
	if err != nil {
		return false, err
	}
	position, kept, err := r.o.Spool.Append(b, patience)
	if err == nil {
		r.progress.appended(position)
	}
	return kept, err
}

// Enter makes a draft one of the register's cases, and gives it a ticket number.
func (e engine) Enter(c *tickets.Case) tickets.Number {
	e.r.mu.Lock()
	defer e.r.mu.Unlock()
	e.r.enter(c)
	return e.r.numbers.take()
}

var errNotYetStored = errors.New("the ticket of a recent call, which the store has not got yet")

// Ticket finds a ticket by its number, for a caller who has typed it.
func (e engine) Ticket(ctx context.Context, from telephony.Number, n tickets.Number) (tickets.Ticket, error) {
	if !e.r.guesses.mayGuess(from.Key(), time.Now()) {
		return tickets.Ticket{}, tickets.ErrNoTicket
	}
	ask, cancel := context.WithTimeout(ctx, ticketWithin)
	defer cancel()
	t, err := e.r.o.Store.Ticket(ask, n)
	if errors.Is(err, tickets.ErrNoTicket) && e.r.recent.has(n) {
		return t, errNotYetStored
	}
	if errors.Is(err, tickets.ErrNoTicket) {
		e.r.guesses.guessed(from.Key(), time.Now())
	}
	return t, err
}

// ticketWithin is how long a caller who has typed a number waits for the store.
const ticketWithin = 500 * time.Millisecond

// Recent lists the latest calls from a number, latest first.
func (e engine) Recent(from telephony.Number) []tickets.Past {
	return e.r.recent.of(from.Key())
}
