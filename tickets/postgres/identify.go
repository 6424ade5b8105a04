package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
)

// sqlHolders finds the customers who have a number, those whom nobody has confirmed last: they count only where nobody is confirmed.
const sqlHolders = `
	SELECT ` + customerColumns + `
	FROM customers
	WHERE id IN (SELECT h.customer_id FROM customer_numbers h WHERE h.number = $1)
	ORDER BY provisional, name, id
	LIMIT 20`

const sqlCallsFrom = `
	SELECT id, ticket, arrived_at, ended_at, outcome
	FROM contacts
	WHERE caller = $1 AND caller <> '' AND arrived_at > now() - INTERVAL '24 hours'
	ORDER BY arrived_at DESC
	LIMIT 50`

// theSole is the one customer who has a number: whom somebody has confirmed, or else whom nobody has.
const theSole = `(
		SELECT (array_agg(c.id ORDER BY c.provisional))[1]
		FROM customer_numbers h JOIN customers c ON c.id = h.customer_id
		WHERE h.number = $1
		HAVING count(*) = 1 OR count(*) FILTER (WHERE NOT c.provisional) = 1)`

const sqlOpenTickets = `
	SELECT ` + ticketColumns + `
	FROM tickets
	WHERE customer_id = ` + theSole + ` AND state = 'open'
	ORDER BY activity_at DESC
	LIMIT 50`

const sqlLastContacts = `
	SELECT ` + contactColumns + `
	FROM contacts
	WHERE customer_id = ` + theSole + `
	ORDER BY arrived_at DESC
	LIMIT 10`

const sqlTicket = `
	SELECT ` + ticketColumns + `
	FROM tickets
	WHERE ` + byAnyName

// Identify finds who has a number, in one round trip.
func (s *Store) Identify(ctx context.Context, key string) (tickets.Caller, error) {
	known := tickets.Caller{Match: tickets.Unknown}
	var (
		holders  []tickets.Customer
		open     []tickets.Ticket
		contacts []tickets.Contact
		b        pgx.Batch
	)
	collect(&b, sqlHolders, scanCustomer, &holders, key)
	collect(&b, sqlCallsFrom, scanPast, &known.Calls, key)
	collect(&b, sqlOpenTickets, scanTicket, &open, key)
	collect(&b, sqlLastContacts, scanContact, &contacts, key)
	if err := s.read(ctx, &b); err != nil {
		return tickets.Caller{}, fmt.Errorf("identify a caller: %w", err)
	}
	if len(holders) > 1 && !holders[0].Provisional {
		confirmed := holders[:0:0]
		for _, h := range holders {
			if !h.Provisional {
				confirmed = append(confirmed, h)
			}
		}
		holders = confirmed
	}
	switch {
	case len(holders) == 0:
		return known, nil
	case len(holders) > 1:
		known.Match, known.Candidates = tickets.Several, holders
		return known, nil
	}
	known.Customer = &holders[0]
	if !known.Customer.Provisional {
		known.Match = tickets.Exact
	}
	// Each statement sees what there is by then: of whoever has got the number in between nothing is told.
	known.OpenTickets = slices.DeleteFunc(open, func(t tickets.Ticket) bool { return t.Customer != known.Customer.ID })
	known.Contacts = slices.DeleteFunc(contacts, func(c tickets.Contact) bool { return c.Customer != known.Customer.ID })
	return known, nil
}

// Ticket finds a ticket by its number or a second name.
func (s *Store) Ticket(ctx context.Context, n tickets.Number) (tickets.Ticket, error) {
	rows, err := s.pool.Query(ctx, sqlTicket, n)
	if err != nil {
		return tickets.Ticket{}, fmt.Errorf("ticket %s: %w", n, err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanTicket)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, fmt.Errorf("ticket %s: %w", n, tickets.ErrNoTicket)
	}
	if err != nil {
		return t, fmt.Errorf("ticket %s: %w", n, err)
	}
	return t, nil
}

const sqlTicketOf = `
	SELECT ` + ticketColumns + `, (SELECT c.linked FROM contacts c WHERE c.id = $1)
	FROM tickets
	WHERE number = (SELECT c.ticket FROM contacts c WHERE c.id = $1)`

// TicketOf is the ticket that a contact has, and how it came to it; tickets.ErrNoTicket where there is no such contact.
func (s *Store) TicketOf(ctx context.Context, contact tickets.ContactID) (t tickets.Ticket, how tickets.Linked, err error) {
	rows, err := s.pool.Query(ctx, sqlTicketOf, contact)
	if err == nil {
		t, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (tickets.Ticket, error) { return scanTicketAnd(row, &how) })
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return t, "", fmt.Errorf("ticket of contact %s: %w", contact, tickets.ErrNoTicket)
	case err != nil:
		return t, "", fmt.Errorf("ticket of contact %s: %w", contact, err)
	}
	return t, how, nil
}

// collect queues a query whose rows go to dst.
func collect[T any](b *pgx.Batch, sql string, scan pgx.RowToFunc[T], dst *[]T, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, scan)
		*dst = found
		return err
	})
}
