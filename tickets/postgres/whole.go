package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/lists"
)

const (
	// The ticket in which a ticket goes on at last: itself, where it was merged with none.
	sqlSurvivor = `
		WITH RECURSIVE way (number, next) AS (
			SELECT t.number, t.merged_into FROM tickets t
				WHERE t.number = $1 OR t.number = (SELECT m.ticket FROM merged_numbers m WHERE m.number = $1 AND NOT EXISTS (SELECT FROM tickets o WHERE o.number = $1))
			UNION SELECT t.number, t.merged_into FROM way w JOIN tickets t ON t.number = w.next)
		SELECT number FROM way WHERE next IS NULL LIMIT 1`
	// A ticket with those that go on in it, and with those that go on in these.
	sqlMergedWith = `
		WITH RECURSIVE all_of_them (number) AS (SELECT $1::text UNION SELECT t.number FROM tickets t JOIN all_of_them a ON t.merged_into = a.number)
		SELECT number FROM all_of_them ORDER BY number`
	sqlNamesOfAll = `
		SELECT number FROM merged_numbers WHERE ticket = ANY ($1) ORDER BY number`
)

// Whole is a ticket, by its number, a second name, or the number of one that goes on in it, with all that was ever told of it, as it was at one
// moment. An error may be tickets.ErrNoTicket.
func (s *Store) Whole(ctx context.Context, n tickets.Number) (w lists.Whole, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		w, err = whole(ctx, tx, n)
		return err
	})
	if err != nil {
		return lists.Whole{}, fmt.Errorf("whole file of ticket %s: %w", n, err)
	}
	return w, nil
}

func whole(ctx context.Context, tx pgx.Tx, n tickets.Number) (w lists.Whole, err error) {
	survivor, err := ask(ctx, tx, pgx.RowTo[tickets.Number], sqlSurvivor, n)
	if err != nil {
		return w, err
	}
	if len(survivor) == 0 {
		return w, tickets.ErrNoTicket
	}
	all, err := ask(ctx, tx, pgx.RowTo[tickets.Number], sqlMergedWith, survivor[0])
	if err != nil {
		return w, err
	}
	told, err := matters(ctx, tx, all, false)
	if err != nil {
		return w, err
	}
	w.Matter = *told[survivor[0]]
	w.Gather(told)
	return w, tellAll(ctx, tx, &w, all)
}

// tellAll reads what stands beside the tickets of a whole file, in one round trip.
func tellAll(ctx context.Context, q queryer, w *lists.Whole, all []tickets.Number) error {
	var (
		b         pgx.Batch
		p         pieces
		customers []tickets.Customer
		clocks    []owned[clock.Clock]
		spells    []owned[clock.Spell]
		ours      = []tickets.Number{w.Matter.Number}
	)
	collect(&b, sqlNamesOfAll, pgx.RowTo[tickets.Number], &w.Names, all)
	collect(&b, `SELECT `+customerColumns+` FROM customers WHERE id = $1`, scanCustomer, &customers, idOrNull(w.Matter.Customer))
	collect(&b, sqlClocksOf, scanClock, &clocks, all)
	collect(&b, sqlSpellsOf, scanSpell, &spells, ours)
	collect(&b, `SELECT `+contactColumns+` FROM contacts WHERE ticket = ANY ($1)`, scanContact, &p.contacts, all)
	collect(&b, `SELECT `+changeColumns+` FROM ticket_changes WHERE ticket = ANY ($1)`, scanChange, &p.changes, all)
	collect(&b, `SELECT `+entryColumns+` FROM ticket_entries WHERE ticket = ANY ($1)`, scanEntry, &p.entries, all)
	collect(&b, `SELECT `+fileColumns+` FROM ticket_files WHERE ticket = ANY ($1)`, scanFile, &p.files, all)
	if err := q.SendBatch(ctx, &b).Close(); err != nil {
		return err
	}
	for _, other := range all {
		if other != w.Matter.Number && !slices.Contains(w.Names, other) {
			w.Names = append(w.Names, other)
		}
	}
	slices.Sort(w.Names)
	if len(customers) == 1 {
		w.Customer = &customers[0]
	}
	w.Spells = values(spells)
	for _, own := range []bool{true, false} {
		for _, c := range clocks {
			if own == (c.ticket == w.Matter.Number) {
				w.Clocks = append(w.Clocks, lists.ClockOf{Ticket: c.ticket, Clock: c.value})
			}
		}
	}
	w.Items = lists.Story(p.items())
	return nil
}

func values[T any](all []owned[T]) (these []T) {
	for _, o := range all {
		these = append(these, o.value)
	}
	return these
}
