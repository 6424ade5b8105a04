package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// A contact's ticket is locked before the contact is read: facts about the contact are applied under the same lock (see load), and neither writes over
// what the other has written.
const (
	sqlTicketOfContact = `SELECT number FROM tickets WHERE number = (SELECT ticket FROM contacts WHERE id = $1) FOR UPDATE`
	sqlToldContact     = `SELECT ticket, coalesce(customer_id::text, ''), caller FROM contacts WHERE id = $1 FOR NO KEY UPDATE`
	sqlTellContact     = `UPDATE contacts SET customer_id = $2 WHERE id = $1`
)

// TellContact says whose a contact is. The ticket that was opened for the contact is theirs, too, unless it is somebody else's. With keeps, the contact's number is
// theirs from now on, and whom Hotline had made of an unknown number is merged into them. It is customers.ErrNoContact or ErrNoCustomer
// where there is none.
func (s *Customers) TellContact(ctx context.Context, contact tickets.ContactID, customer tickets.CustomerID, keeps bool, by tickets.By) (c tickets.Customer, err error) {
	id, err := customerNow(ctx, s.pool, customer)
	if err != nil {
		return c, err
	}
	err = s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err = s.tell(ctx, tx, contact, id, keeps, by)
		return err
	})
	if err != nil {
		return tickets.Customer{}, fmt.Errorf("say that contact %s is customer %s's: %w", contact, customer, err)
	}
	return c, nil
}

func (s *Customers) tell(ctx context.Context, tx pgx.Tx, contact tickets.ContactID, id tickets.CustomerID, keeps bool, by tickets.By) (c tickets.Customer, err error) {
	var (
		number tickets.Number
		before tickets.CustomerID
		caller string
	)
	ticket, err := ask(ctx, tx, pgx.RowTo[tickets.Number], sqlTicketOfContact, contact)
	if err != nil {
		return c, err
	}
	err = tx.QueryRow(ctx, sqlToldContact, contact).Scan(&number, &before, &caller)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return c, customers.ErrNoContact
	case err != nil:
		return c, err
	case !slices.Contains(ticket, number):
		return c, errMoved
	}
	if before != "" && before != id && keeps {
		was, is, err := lockedPair(ctx, tx, before, id)
		if err == nil && was.Provisional {
			_, err = s.merge(ctx, tx, was, is, by)
		}
		if err != nil && !errors.Is(err, customers.ErrNoCustomer) {
			return c, err
		}
	}
	if c, err = locked(ctx, tx, id); err != nil {
		return c, err
	}
	if keeps && caller != "" && !slices.Contains(c.Numbers, caller) {
		if c, err = giveNumber(ctx, tx, c, caller, by); err != nil {
			return c, err
		}
	}
	if before == id {
		return c, nil
	}
	if _, err := tx.Exec(ctx, sqlTellContact, contact, id); err != nil {
		return c, err
	}
	return c, s.tellTicket(ctx, tx, number, contact, before, id, by)
}

func giveNumber(ctx context.Context, tx pgx.Tx, was tickets.Customer, number string, by tickets.By) (tickets.Customer, error) {
	r := customers.Of(was)
	if len(r.Numbers) >= customers.MostNumbers {
		return was, customers.Wrong{Field: "keeps_number", Rule: "they have too many numbers", Most: customers.MostNumbers}
	}
	before := r
	r.Numbers = append(slices.Clone(r.Numbers), number)
	c := r.Onto(was)
	c.Version++
	return c, saveCustomer(ctx, tx, was, c, customers.Change{Kind: customers.Changed, Patch: customers.Diff(before, r)}, by)
}

// tellTicket gives the ticket of a contact to the contact's customer, where the contact has opened it and it is nobody else's.
func (s *Customers) tellTicket(ctx context.Context, tx pgx.Tx, n tickets.Number, contact tickets.ContactID, before, id tickets.CustomerID, by tickets.By) error {
	rows, err := tx.Query(ctx, `SELECT `+ticketColumns+` FROM tickets WHERE number = $1`, n)
	if err != nil {
		return err
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanTicket)
	if err != nil || t.OpenedBy != contact || t.Customer == id || t.Customer != "" && t.Customer != before {
		return err
	}
	fields := t.Fields()
	t.Customer = id
	lines := tickets.Record(fields, &t, tickets.Change{At: time.Now().UTC().Truncate(time.Microsecond), By: by, Kind: "set_customer"}, t.Fields())
	var b pgx.Batch
	saveTicket(&b, &t)
	for _, line := range lines {
		saveChange(&b, line, "")
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return err
	}
	return s.changed(ctx, tx, nil, lines)
}
