package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/due"
	"hotline/tickets/life"
)

// A ticket that a call opens is reckoned as it is written: all that there is of it is in the book, while Reckon would read it anew a second later, and write its row again, with an entry in
// each index of tickets. What changes it afterwards Reckon finds, as it finds all others.

// sqlContractsOf comes before the tickets are written whose customers' they are.
const sqlContractsOf = `
		SELECT customer_id::text, number, agreement, coalesce(ends_on::text, '') FROM customer_contracts
		WHERE customer_id = ANY ($1::uuid[]) ORDER BY customer_id, position, number`

// ReckonNew has do reckon the tickets that facts open, see due.File.Reckon. It is for the time before the store is used.
func (s *Store) ReckonNew(do func(*due.File)) { s.reckonNew = do }

// opened are the files of the tickets that facts have opened, and of which the database has nothing yet.
func opened(ctx context.Context, tx pgx.Tx, l *loaded, changes tickets.Changes) ([]*due.File, error) {
	var files []*due.File
	of := map[tickets.Number]*due.File{}
	for _, n := range slices.Sorted(maps.Keys(changes.Tickets)) {
		if l.there[n] {
			continue
		}
		t := *l.book.Tickets[n]
		t.OpenedAt, t.ActivityAt = stored(t.OpenedAt), stored(t.ActivityAt)
		of[n] = &due.File{Matter: life.Matter{Ticket: t}}
		files = append(files, of[n])
	}
	if len(files) == 0 {
		return nil, nil
	}
	for _, c := range changes.History {
		if f := of[c.Ticket]; f != nil {
			c.At, c.Patch = stored(c.At), patchRead(c.Patch)
			f.History = append(f.History, c)
		}
	}
	for _, c := range l.book.Contacts {
		f := of[c.Ticket]
		if f == nil {
			continue
		}
		if c.ID == f.OpenedBy {
			f.Channel = c.Channel
		}
		if c.Channel.Code() == (tickets.Call{}).Code() && !c.AnsweredAt.IsZero() && c.Agent.ID != "" {
			f.Talks = append(f.Talks, stored(c.AnsweredAt))
		}
	}
	for _, f := range files {
		slices.SortFunc(f.Talks, time.Time.Compare)
	}
	return files, addContracts(ctx, tx, files, changes.Customers)
}

// addContracts gives files the contracts of their customers. Those who are new have none.
func addContracts(ctx context.Context, tx pgx.Tx, files []*due.File, newcomers []tickets.Customer) error {
	known := map[string]bool{}
	for _, f := range files {
		known[string(f.Customer)] = true
	}
	delete(known, "")
	for _, c := range newcomers {
		delete(known, string(c.ID))
	}
	if len(known) == 0 {
		return nil
	}
	of := map[tickets.CustomerID][]tickets.Contract{}
	rows, err := tx.Query(ctx, sqlContractsOf, slices.Collect(maps.Keys(known)))
	if err == nil {
		var customer tickets.CustomerID
		var c customers.Contract
		_, err = pgx.ForEachRow(rows, []any{&customer, &c.Number, &c.Agreement, &c.EndsOn}, func() error {
			of[customer] = append(of[customer], c.Kept())
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("load contracts: %w", err)
	}
	for _, f := range files {
		f.Contracts = of[f.Customer]
	}
	return nil
}

// patchRead are those fields of a patch that due reads.
func patchRead(patch tickets.Patch) tickets.Patch {
	read := tickets.Patch{}
	for _, field := range due.Read {
		if change, is := patch[field]; is {
			read[field] = change
		}
	}
	return read
}

// stored is an instant as exactly as the database has it.
func stored(at time.Time) time.Time { return at.UTC().Truncate(time.Microsecond) }
