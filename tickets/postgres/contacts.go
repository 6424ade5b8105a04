package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// Contact is one, by its id. An error may be customers.ErrNoContact.
func (s *Store) Contact(ctx context.Context, id tickets.ContactID) (tickets.Contact, error) {
	all, err := ask(ctx, s.pool, scanContact, sqlContactsOf, []tickets.ContactID{id})
	if err == nil && len(all) == 0 {
		err = customers.ErrNoContact
	}
	if err != nil {
		return tickets.Contact{}, fmt.Errorf("contact %s: %w", id, err)
	}
	return all[0], nil
}

// ContactsIn reads contacts as a transaction has them; one that is not there is left out.
func ContactsIn(ctx context.Context, tx pgx.Tx, ids []tickets.ContactID) (map[tickets.ContactID]tickets.Contact, error) {
	rows, err := tx.Query(ctx, sqlContactsOf, ids)
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanContact)
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	found := make(map[tickets.ContactID]tickets.Contact, len(all))
	for _, c := range all {
		found[c.ID] = c
	}
	return found, nil
}
