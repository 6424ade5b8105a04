package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/conformance"
)

// Rows reads everything.
func (s *Store) Rows(ctx context.Context) (conformance.Rows, error) {
	var (
		contacts []tickets.Contact
		all      []tickets.Ticket
		merged   []pair
		b        pgx.Batch
	)
	collect(&b, `SELECT `+contactColumns+` FROM contacts`, scanContact, &contacts)
	collect(&b, `SELECT `+ticketColumns+` FROM tickets`, scanTicket, &all)
	collect(&b, `SELECT number, ticket FROM merged_numbers`, scanPair, &merged)
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return conformance.Rows{}, err
	}
	r := conformance.Rows{
		Contacts: map[tickets.ContactID]tickets.Contact{}, Tickets: map[tickets.Number]tickets.Ticket{}, Merged: map[tickets.Number]tickets.Number{},
	}
	for _, c := range contacts {
		r.Contacts[c.ID] = c
	}
	for _, t := range all {
		r.Tickets[t.Number] = t
	}
	for _, m := range merged {
		r.Merged[tickets.Number(m.a)] = tickets.Number(m.b)
	}
	return r, nil
}
