package register

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"hotline/tickets"
	"hotline/tickets/life"
)

// Matters is where tickets stand with all that belongs to them. The Store of tickets/postgres implements it.
type Matters interface {
	// Change loads tickets, lets do decide, and saves what that gives, in one transaction; where do needs more of them (life.NeedsError)
	// it is asked again. Where the request of a key was done before, do is not asked, and the ticket comes as it is.
	Change(ctx context.Context, n tickets.Number, others []tickets.Number, key string, do func(*life.File) (life.Outcome, error)) (life.Matter, error)
	// Open opens a ticket with a contact of an id, as do says; where the contact is there, its ticket comes as it is.
	Open(ctx context.Context, contact tickets.ContactID, do func(*life.File) (life.Outcome, error)) (life.Matter, error)
	// TicketOf is the ticket that a contact has, and how it came to it; tickets.ErrNoTicket where there is no such contact.
	TicketOf(ctx context.Context, contact tickets.ContactID) (tickets.Ticket, tickets.Linked, error)
	// Changes is the history of a ticket after a version, so many lines at most.
	Changes(ctx context.Context, n tickets.Number, after int64, limit int) ([]tickets.Change, error)
}

// Order, Opening and StaleError are life's: what is ordered, and why it may not be done.
type (
	Order      = life.Order
	Opening    = life.Opening
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
	var seen life.Matter // where they have seen another version of it
	m, err := store.Change(ctx, o.Ticket, life.Needs(o.Command), o.Key, func(f *life.File) (life.Outcome, error) {
		m := f.Matters[f.Own]
		if m == nil {
			return life.Outcome{}, tickets.ErrNoTicket
		}
		if o.Check != nil {
			if err := o.Check(*m); err != nil {
				return life.Outcome{}, err
			}
		}
		if o.Version != 0 && o.Version != m.Version {
			seen = *m
			return life.Outcome{}, errStale
		}
		if err := checkOthers(o, f); err != nil {
			return life.Outcome{}, err
		}
		f.Fresh, f.Terms = fresh, *r.terms.Load()
		return life.Do(f, m.Number, o.Command, o.By, time.Now())
	})
	if errors.Is(err, errStale) {
		since, err := store.Changes(ctx, seen.Number, o.Version, 50)
		if err != nil {
			return life.Matter{}, err
		}
		if asSeen(since, seen.Version) {
			o.Version = seen.Version
			return r.Do(ctx, o)
		}
		return life.Matter{}, &StaleError{Ticket: seen.Number, Version: seen.Version, Since: since}
	}
	return m, err
}

// checkOthers takes out of a file what is hidden from who gives an order, and asks about the other tickets that it names.
func checkOthers(o Order, f *life.File) error {
	for _, n := range o.Hidden {
		for _, name := range []tickets.Number{n, f.Names[n]} {
			if name != f.Own {
				delete(f.Matters, name)
			}
		}
	}
	if o.CheckOther == nil {
		return nil
	}
	for _, n := range life.Needs(o.Command) {
		m := f.Matters[n]
		if m == nil {
			m = f.Matters[f.Names[n]]
		}
		if m == nil || m.Number == f.Own {
			continue
		}
		if err := o.CheckOther(*m); err != nil {
			return err
		}
	}
	return nil
}

// asSeen says that who writes an answer meanwhile has seen the ticket as it is: up to a version files came or went, perhaps with these very files, or a rule
// noted that it is late, which is just when the answer is written, and changed nothing.
func asSeen(since []tickets.Change, version int64) bool {
	return len(since) > 0 && since[len(since)-1].Version == version && !slices.ContainsFunc(since, func(c tickets.Change) bool {
		return !c.OfFile() && (c.By.Kind != tickets.ByRule || len(c.Patch) > 0)
	})
}

var errStale = errors.New("it has changed meanwhile")

// Open opens a ticket by hand, with its first contact. It waits for the database, as Do does.
func (r *Register) Open(ctx context.Context, o Opening) (life.Matter, error) {
	store, is := r.o.Store.(Matters)
	if !is {
		return life.Matter{}, ErrNoCommands
	}
	id := uuid.New()
	if o.Key != "" {
		id = uuid.NewSHA1(byHand, fmt.Appendf(nil, "%s %s %s", o.By.Kind, o.By.ID, o.Key))
	}
	fresh := []tickets.Number{r.numbers.take()}
	contact := tickets.ContactID(id.String())
	return store.Open(ctx, contact, func(f *life.File) (life.Outcome, error) {
		f.Fresh, f.Terms = fresh, *r.terms.Load()
		return life.Open(f, o.OpenByHand, contact, o.By, time.Now())
	})
}

// byHand is where the ids of contacts by hand come from that must be the same when a request is sent again.
var byHand = uuid.MustParse("5b1b7f0e-4b0e-4f6f-9a3d-6b1f4c1d2e70")
