package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// SeedCustomers adds customers with their numbers and open tickets, all or none. A customer whose contract is there
// already is left as it is, so that seeding twice is seeding once.
func (s *Store) SeedCustomers(ctx context.Context, seeds []tickets.Seed) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		for _, seed := range seeds {
			if err := plant(ctx, tx, seed); err != nil {
				return fmt.Errorf("seed customer %q: %w", seed.Customer.Name, err)
			}
		}
		return nil
	})
}

func plant(ctx context.Context, tx pgx.Tx, seed tickets.Seed) error {
	c := seed.Customer.Complete()
	if c.ID == "" {
		c.ID = tickets.CustomerID(uuid.Must(uuid.NewV7()).String())
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO customers (id, name, contract, address, equipment, notes, warnings, provisional, mails, addresses, external_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT DO NOTHING`,
		c.ID, c.Name, c.Contract, c.Address, c.Equipment, c.Notes, c.Warnings, c.Provisional, c.Mails, c.Addresses, c.ExternalID)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	for i, k := range customers.Of(c).Contracts {
		if _, err := tx.Exec(ctx, sqlAddContract, c.ID, k.Number, k.Agreement, k.EndsOn, i); err != nil {
			return err
		}
	}
	for _, n := range c.Numbers {
		if _, err := tx.Exec(ctx, sqlSaveNumbers, []string{n}, []string{string(c.ID)}); err != nil {
			return err
		}
	}
	for _, t := range seed.Open {
		if err := plantTicket(ctx, tx, c.ID, t); err != nil {
			return fmt.Errorf("ticket %q: %w", t.Subject, err)
		}
	}
	return nil
}

func plantTicket(ctx context.Context, tx pgx.Tx, id tickets.CustomerID, seed tickets.SeedTicket) error {
	state, err := tickets.KeepOpen(seed.Owner, seed.Next, tickets.FollowUp)
	if err != nil {
		return err
	}
	var serial uint64
	err = tx.QueryRow(ctx, `UPDATE ticket_serials SET next = next + 1 RETURNING next - 1`).Scan(&serial)
	if err != nil {
		return err
	}
	opened, activity := seed.OpenedAt, seed.ActivityAt
	if activity.IsZero() {
		activity = time.Now()
	}
	if opened.IsZero() {
		opened = activity
	}
	t := tickets.Ticket{
		Number: tickets.MakeNumber(serial), Customer: id, Subject: seed.Subject, Topic: seed.Topic,
		State: state, OpenedAt: opened, ActivityAt: activity,
	}
	if d, is := seed.Owner.(tickets.Department); is {
		t.Department = d
	}
	history := tickets.Record(nil, &t, tickets.Change{At: opened, By: tickets.By{Kind: tickets.ByRule, ID: "seed"}, Kind: "opened"}, t.Fields())
	var b pgx.Batch
	saveTicket(&b, &t)
	for _, c := range history {
		saveChange(&b, c, "")
	}
	return tx.SendBatch(ctx, &b).Close()
}
