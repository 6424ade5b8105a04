// Package memory keeps tickets in memory, for tests and rehearsals: a store that can be told to be
// away or slow, and a spool that forgets everything with the process. Both fold facts by the same
// tickets.Book as PostgreSQL's store, whose tests compare its rows with this one's.
package memory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"hotline/tickets"
)

// ErrAway is the error of a store that was told to be away.
var ErrAway = errors.New("the store in memory is away")

// Store is a tickets.Store.
type Store struct {
	mu        sync.Mutex // guards what is below
	book      *tickets.Book
	desk      desk
	customers map[tickets.CustomerID]tickets.Customer
	next      uint64
	away      bool
	delay     time.Duration
	refuse    func(tickets.Fact) error
}

// NewStore is an empty store.
func NewStore() *Store {
	return &Store{book: tickets.NewBook(), desk: newDesk(), customers: map[tickets.CustomerID]tickets.Customer{}, next: 10_000}
}

// SetAway makes every method fail, or work again.
func (s *Store) SetAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// SetDelay makes every method take its time.
func (s *Store) SetDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = d
}

// Refuse makes the store refuse the facts for which the function gives an error.
func (s *Store) Refuse(why func(tickets.Fact) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = why
}

// SeedCustomers adds customers with their numbers and open tickets. A customer whose contract is there already is left as it is.
func (s *Store) SeedCustomers(_ context.Context, seeds []tickets.Seed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seed := range seeds {
		if err := s.plant(seed); err != nil {
			return err
		}
	}
	return nil
}

// plant is called with mu held.
func (s *Store) plant(seed tickets.Seed) error {
	c := seed.Customer.Complete()
	if c.ID == "" {
		c.ID = tickets.CustomerID(uuid.Must(uuid.NewV7()).String())
	}
	for id, known := range s.customers {
		if id == c.ID || c.Contract != "" && known.Contract == c.Contract {
			return nil
		}
	}
	s.customers[c.ID] = c
	for _, key := range c.Numbers {
		s.book.Holders[key] = append(s.confirmed(key), c.ID)
	}
	for _, open := range seed.Open {
		state, err := tickets.KeepOpen(open.Owner, open.Next, tickets.FollowUp)
		if err != nil {
			return fmt.Errorf("seed customer %q: ticket %q: %w", c.Name, open.Subject, err)
		}
		n := tickets.MakeNumber(s.next)
		s.next++
		if open.ActivityAt.IsZero() {
			open.ActivityAt = time.Now()
		}
		if open.OpenedAt.IsZero() {
			open.OpenedAt = open.ActivityAt
		}
		s.book.Tickets[n] = &tickets.Ticket{
			Number: n, Customer: c.ID, Subject: open.Subject, Topic: open.Topic, State: state, OpenedAt: open.OpenedAt, ActivityAt: open.ActivityAt,
		}
	}
	return nil
}

// AddNumber gives a seeded customer another number.
func (s *Store) AddNumber(id tickets.CustomerID, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.Holders[key] = append(s.confirmed(key), id)
}

// confirmed are the holders of a number who are not provisional. Called with mu held.
func (s *Store) confirmed(key string) []tickets.CustomerID {
	return slices.DeleteFunc(slices.Clone(s.book.Holders[key]), func(id tickets.CustomerID) bool { return s.customers[id].Provisional })
}

// Contacts copies all contacts.
func (s *Store) Contacts() map[tickets.ContactID]tickets.Contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[tickets.ContactID]tickets.Contact{}
	for id, c := range s.book.Contacts {
		all[id] = *c
	}
	return all
}

// Tickets copies all tickets.
func (s *Store) Tickets() map[tickets.Number]tickets.Ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[tickets.Number]tickets.Ticket{}
	for n, t := range s.book.Tickets {
		all[n] = *t
	}
	return all
}

// Merged copies the second names.
func (s *Store) Merged() map[tickets.Number]tickets.Number {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.book.Merged)
}

// Callbacks are those of a node that somebody waits for since an epoch before one, and, of some calls, whatever is known of their callback.
func (s *Store) Callbacks(ctx context.Context, node string, before int64, calls []string) (all []tickets.Callback, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.book.Callbacks)) {
		c := s.book.Callbacks[id]
		if c.Node == node && c.Entry != nil && c.Epoch < before || slices.Contains(calls, string(id)) {
			all = append(all, c)
		}
	}
	return all, nil
}

// enter waits as told, and fails while the store is away. It leaves mu held when it succeeds.
func (s *Store) enter(ctx context.Context) error {
	s.mu.Lock()
	delay := s.delay
	s.mu.Unlock()
	if delay > 0 {
		t := time.NewTimer(delay)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.C:
		}
	}
	s.mu.Lock()
	if s.away {
		s.mu.Unlock()
		return ErrAway
	}
	return nil
}

// Identify finds who has a number.
func (s *Store) Identify(ctx context.Context, key string) (tickets.Caller, error) {
	if err := s.enter(ctx); err != nil {
		return tickets.Caller{}, err
	}
	defer s.mu.Unlock()
	known := tickets.Caller{Match: tickets.Unknown}
	holders := s.book.Holders[key]
	switch len(holders) {
	case 0:
	case 1:
		customer := s.customers[holders[0]]
		known.Customer = &customer
		if !customer.Provisional {
			known.Match = tickets.Exact
		}
		s.fill(&known)
	default:
		known.Match = tickets.Several
		for _, id := range holders {
			known.Candidates = append(known.Candidates, s.customers[id])
		}
	}
	for _, c := range s.book.Contacts {
		if c.From.Key() == key {
			known.Calls = append(known.Calls, tickets.Past{
				Contact: c.ID, Ticket: c.Ticket, At: c.ArrivedAt, EndedAt: c.EndedAt, BrokeOff: c.Outcome.BrokeOff(),
			})
		}
	}
	slices.SortFunc(known.Calls, func(a, b tickets.Past) int { return b.At.Compare(a.At) })
	return known, nil
}

// fill adds the customer's tickets and contacts. Called with mu held.
func (s *Store) fill(known *tickets.Caller) {
	for _, t := range s.book.Tickets {
		if _, open := t.State.(tickets.Open); open && t.Customer == known.Customer.ID {
			known.OpenTickets = append(known.OpenTickets, *t)
		}
	}
	slices.SortFunc(known.OpenTickets, func(a, b tickets.Ticket) int { return b.ActivityAt.Compare(a.ActivityAt) })
	for _, c := range s.book.Contacts {
		if c.Customer == known.Customer.ID {
			known.Contacts = append(known.Contacts, *c)
		}
	}
	slices.SortFunc(known.Contacts, func(a, b tickets.Contact) int { return b.ArrivedAt.Compare(a.ArrivedAt) })
	known.Contacts = known.Contacts[:min(10, len(known.Contacts))]
}

// Ticket finds a ticket by its number or a second name.
func (s *Store) Ticket(ctx context.Context, n tickets.Number) (tickets.Ticket, error) {
	if err := s.enter(ctx); err != nil {
		return tickets.Ticket{}, err
	}
	defer s.mu.Unlock()
	if first, ok := s.book.Merged[n]; ok {
		n = first
	}
	t := s.book.Tickets[n]
	if t == nil {
		return tickets.Ticket{}, tickets.ErrNoTicket
	}
	return *t, nil
}

// ReserveNumbers counts up, from a number on or later.
func (s *Store) ReserveNumbers(ctx context.Context, count int, from uint64) (tickets.Block, error) {
	if err := s.enter(ctx); err != nil {
		return tickets.Block{}, err
	}
	defer s.mu.Unlock()
	s.next = max(s.next, from)
	b := tickets.Block{First: s.next, Count: count}
	s.next += uint64(count)
	return b, nil
}

// Apply applies facts in order. Those before a refused one stay applied, which is the same in the end: each counts once.
func (s *Store) Apply(ctx context.Context, facts []tickets.Fact) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	defer func() {
		changes := s.book.Changes()
		s.endRest(changes.History)
		s.applied(changes)
		for _, c := range changes.Customers {
			s.customers[c.ID] = c
		}
	}()
	for n, m := range s.desk.matters {
		s.book.Awaited[n] = m.AwaitsOthers()
	}
	for _, f := range facts {
		if s.refuse != nil {
			if err := s.refuse(f); err != nil {
				return err
			}
		}
		before := s.ticketOf(f.Contact)
		if err := s.book.Apply(f); err != nil {
			return err
		}
		if s.ticketOf(f.Contact) != before {
			delete(s.desk.from, f.Contact) // it did not come there by a merge
		}
	}
	return nil
}

// Has says whether a fact was applied.
func (s *Store) Has(ctx context.Context, k tickets.Key) (bool, error) {
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	return s.book.Seen[k], nil
}

// ticketOf is the ticket of a contact; "" where it has none. Called with mu held.
func (s *Store) ticketOf(id tickets.ContactID) tickets.Number {
	if c := s.book.Contacts[id]; c != nil {
		return c.Ticket
	}
	return ""
}
