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

const (
	// Whoever merges one of these customers waits until the tickets are written, and moves them with the others; who is merged already is not among them (see survivor_of in the schema).
	sqlStandAlone = `
		SELECT id::text FROM customers WHERE id = ANY ($1::uuid[]) AND merged_into IS NULL ORDER BY id FOR KEY SHARE`
	// It sees what was there when that lock was given.
	sqlContractsOf = `
		SELECT customer_id::text, number, agreement, coalesce(ends_on::text, '') FROM customer_contracts
		WHERE customer_id = ANY ($1::uuid[]) ORDER BY customer_id, position, number`
)

// ReckonNew has do reckon the tickets that facts open, see due.File.Reckon. It is for the time before the store is used.
func (s *Store) ReckonNew(do func(*due.File)) { s.reckonNew = do }

// opened are the files of the tickets that facts have opened, and of which the database has nothing yet. One whose customer was merged in this moment is the survivor's: it is left to Reckon.
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
	return withContracts(ctx, tx, files, changes.Customers)
}

// withContracts gives files the contracts of their customers, and leaves out those whose customers are merged into others. Customers who are new have none.
func withContracts(ctx context.Context, tx pgx.Tx, files []*due.File, newcomers []tickets.Customer) ([]*due.File, error) {
	known := map[string]bool{}
	for _, f := range files {
		known[string(f.Customer)] = true
	}
	delete(known, "")
	for _, c := range newcomers {
		delete(known, string(c.ID))
	}
	if len(known) == 0 {
		return files, nil
	}
	var (
		b     pgx.Batch
		alone []tickets.CustomerID
		rows  []contractOf
		ids   = slices.Collect(maps.Keys(known))
	)
	collect(&b, sqlStandAlone, pgx.RowTo[tickets.CustomerID], &alone, ids)
	collect(&b, sqlContractsOf, scanContractOf, &rows, ids)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("load contracts: %w", err)
	}
	for _, id := range alone {
		delete(known, string(id))
	}
	files = slices.DeleteFunc(files, func(f *due.File) bool { return known[string(f.Customer)] })
	for _, f := range files {
		for _, r := range rows {
			if r.customer == f.Customer {
				f.Contracts = append(f.Contracts, r.contract.Kept())
			}
		}
	}
	return files, nil
}

// contractOf is a contract with the customer whose it is.
type contractOf struct {
	customer tickets.CustomerID
	contract customers.Contract
}

func scanContractOf(row pgx.CollectableRow) (c contractOf, err error) {
	return c, row.Scan(&c.customer, &c.contract.Number, &c.contract.Agreement, &c.contract.EndsOn)
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
