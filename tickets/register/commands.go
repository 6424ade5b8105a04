package register

import (
	"context"
	"errors"
	"time"

	"hotline/tickets"
	"hotline/tickets/life"
)

// Matters is where tickets stand with all that belongs to them. The Store of tickets/postgres implements it.
type Matters interface {
	// Change loads tickets, lets do decide, and saves what that gives, in one transaction. Where the request of a key was done
	// before, do is not asked, and the ticket comes as it is.
	Change(ctx context.Context, n tickets.Number, others []tickets.Number, key string, do func(*life.File) (life.Outcome, error)) (life.Matter, error)
	// Changes is the history of a ticket after a version, so many lines at most.
	Changes(ctx context.Context, n tickets.Number, after int64, limit int) ([]tickets.Change, error)
}

// Order and StaleError are life's: what is ordered, and why it may not be done.
type (
	Order      = life.Order
	StaleError = life.StaleError
)

// Terms are those that count now.
func (r *Register) Terms() tickets.Terms { return *r.terms.Load() }

// ErrNoCommands says that this register has no place where commands could be done.
var ErrNoCommands = errors.New("tickets cannot be changed here")

// Do gives an order. It waits for the database: an error that is none of StaleError, life.FieldError, tickets.ErrTransition, tickets.ErrNoTicket and the
// like says that it is away, and that nothing has changed.
func (r *Register) Do(ctx context.Context, o Order) (life.Matter, error) {
	store, is := r.o.Store.(Matters)
	if !is {
		return life.Matter{}, ErrNoCommands
	}
	var fresh []tickets.Number
	for range life.Opens(o.Command) {
		fresh = append(fresh, r.numbers.take())
	}
	stale := int64(0)
	m, err := store.Change(ctx, o.Ticket, life.Needs(o.Command), o.Key, func(f *life.File) (life.Outcome, error) {
		m := f.Matters[o.Ticket]
		for _, other := range f.Matters { // by a second name
			if m == nil && len(f.Matters) == 1 {
				m = other
			}
		}
		if m == nil {
			return life.Outcome{}, tickets.ErrNoTicket
		}
		if o.Check != nil {
			if err := o.Check(*m); err != nil {
				return life.Outcome{}, err
			}
		}
		if o.Version != 0 && o.Version != m.Version {
			stale = m.Version
			return life.Outcome{}, errStale
		}
		f.Fresh, f.Terms = fresh, *r.terms.Load()
		return life.Do(f, m.Number, o.Command, o.By, time.Now())
	})
	if errors.Is(err, errStale) {
		since, err := store.Changes(ctx, o.Ticket, o.Version, 50)
		if err != nil {
			return life.Matter{}, err
		}
		return life.Matter{}, &StaleError{Ticket: o.Ticket, Version: stale, Since: since}
	}
	return m, err
}

var errStale = errors.New("it has changed meanwhile")
