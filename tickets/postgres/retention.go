package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/life"
)

// Retention says how long what is over is kept. 0 is for ever.
type Retention struct {
	Contacts  time.Duration // closed tickets since they last moved, with their contacts and facts
	Facts     time.Duration // how each contact went, step by step
	Customers time.Duration // customers since their last contact, unless a ticket of theirs is open
	Audit     time.Duration // lines of the audit; the database keeps them for 30 days in any case
}

// Forgotten is how many rows of each kind were deleted.
type Forgotten struct{ Tickets, Contacts, Facts, Customers, Looks, Files int64 }

// forgetPiece is how many tickets, customers or facts one transaction deletes: it is over long before a call that ends would wait for it.
const forgetPiece = 500

// Forget deletes what has been kept for long enough, in small pieces, with a pause as long as each took. It says what it has deleted
// even where it fails; then the rest is deleted the next time. A ticket goes with all of its contacts and files or stays with
// all of them; what the files held goes with the next sweep (attachment.Keeper). Numbers are not given again.
func (s *Store) Forget(ctx context.Context, r Retention, now time.Time) (f Forgotten, err error) {
	if r.Contacts > 0 {
		err = errors.Join(err, inPieces(ctx, func() (bool, error) { return s.forgetTickets(ctx, now.Add(-r.Contacts), &f) }))
	}
	if r.Facts > 0 {
		err = errors.Join(err, inPieces(ctx, func() (bool, error) { return s.forgetFacts(ctx, now.Add(-r.Facts), &f) }))
	}
	if r.Customers > 0 {
		after := "00000000-0000-0000-0000-000000000000"
		err = errors.Join(err, inPieces(ctx, func() (more bool, err error) {
			after, err = s.forgetCustomers(ctx, after, now.Add(-r.Customers), &f)
			return after != "", err
		}))
	}
	if r.Audit > 0 {
		err = errors.Join(err, inPieces(ctx, func() (bool, error) { return s.forgetLooks(ctx, now.Add(-r.Audit), &f) }))
	}
	_, failed := s.pool.Exec(ctx, sqlForgetErased, now.Add(-keepErased))
	err = errors.Join(err, failed)
	if err != nil {
		err = fmt.Errorf("delete what has been kept for long enough: %w", err)
	}
	return f, err
}

// inPieces deletes piece by piece while there is more.
func inPieces(ctx context.Context, piece func() (more bool, err error)) error {
	for {
		began := time.Now()
		more, err := piece()
		if err != nil || !more {
			return err
		}
		select {
		case <-time.After(time.Since(began)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

const (
	// A ticket that was merged with another stays as long as that one, in which it goes on: it can be taken out again, and was worked on before.
	sqlOldTickets = `
		SELECT number FROM tickets t WHERE state = 'closed' AND merged_into IS NULL AND activity_at < $1
			AND NOT EXISTS (SELECT FROM contacts c WHERE c.ticket = t.number AND (c.arrived_at >= $1 OR c.ended_at IS NULL))
		ORDER BY activity_at LIMIT $2 FOR UPDATE SKIP LOCKED`
	sqlWithMerged = `
		WITH RECURSIVE those (number) AS (SELECT unnest($1::text[]) UNION SELECT t.number FROM tickets t JOIN those o ON t.merged_into = o.number)
		SELECT number FROM those`
	sqlReferring = `
		SELECT number FROM tickets WHERE parent = ANY ($1) AND NOT number = ANY ($1)
		UNION SELECT ticket FROM ticket_links WHERE other = ANY ($1) AND NOT ticket = ANY ($1)`
	sqlForgetFactsOf = `
		DELETE FROM facts WHERE contact_id IN (SELECT id FROM contacts WHERE ticket = ANY ($1))`
	// What could not be done about them still holds what it was about.
	sqlForgetWorkOf = `
		DELETE FROM work.river_job WHERE ` + ofTickets
	sqlForgetContactsOf = `
		DELETE FROM contacts WHERE ticket = ANY ($1)`
	sqlForgetNamesOf = `
		DELETE FROM merged_numbers WHERE ticket = ANY ($1)`
	sqlForgetClaimsOf = `
		UPDATE contacts SET about = '' WHERE about = ANY ($1) AND about <> ''`
	sqlForgetFilesOf = `
		DELETE FROM ticket_files WHERE ticket = ANY ($1)`
	sqlForgetTickets = `
		DELETE FROM tickets WHERE number = ANY ($1)`
	sqlForgetErased = `DELETE FROM erased WHERE at < $1`
	sqlForgetFacts  = `
		DELETE FROM facts WHERE ctid = ANY (ARRAY (SELECT ctid FROM facts WHERE applied_at < $1 LIMIT $2)) AND applied_at < $1`

	// A piece of the customers in the order of their ids, and those of them who may go. Whoever was merged into another goes with them.
	sqlOldCustomers = `
		WITH piece AS (SELECT id, created_at FROM customers WHERE id > $1 AND merged_into IS NULL ORDER BY id LIMIT $2)
		SELECT (SELECT coalesce(max(id::text), '') FROM piece), coalesce(array_agg(p.id::text), '{}')
		FROM piece p WHERE created_at < $3
			AND NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = p.id AND c.arrived_at >= $3)
			AND NOT EXISTS (SELECT FROM tickets t WHERE t.customer_id = p.id AND (t.state = 'open' OR t.activity_at >= $3))`
	sqlWithDoubles = `
		WITH RECURSIVE those (id) AS (SELECT unnest($1::uuid[]) UNION SELECT c.id FROM customers c JOIN those o ON c.merged_into = o.id)
		SELECT id::text FROM those`
	sqlContactsOfNobody = `
		UPDATE contacts SET customer_id = NULL WHERE customer_id = ANY ($1)`
	sqlTicketsOf = `
		SELECT ` + ticketColumns + ` FROM tickets WHERE customer_id = ANY ($1) ORDER BY number FOR UPDATE`
	sqlForgetCustomers = `
		DELETE FROM customers WHERE id = ANY ($1)`
)

// ofTickets are the jobs about tickets $1, by the index of their arguments.
const ofTickets = `args @> ANY (ARRAY (SELECT jsonb_build_object('ticket', n) FROM unnest($1::text[]) n))`

// retention is who deletes, in the histories of what stays.
var retention = tickets.By{Kind: tickets.ByRule, ID: "retention"}

// forgetTickets deletes some tickets that were closed and have not moved since a time, with all that belongs to them.
func (s *Store) forgetTickets(ctx context.Context, before time.Time, f *Forgotten) (more bool, err error) {
	var gone Forgotten
	err = s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		gone = Forgotten{}
		roots, err := ask(ctx, tx, pgx.RowTo[string], sqlOldTickets, before, forgetPiece)
		if err != nil {
			return err
		}
		more = len(roots) == forgetPiece
		numbers, err := ask(ctx, tx, pgx.RowTo[string], sqlWithMerged, roots)
		if err == nil {
			err = forgetReferences(ctx, tx, numbers)
		}
		if err != nil {
			return err
		}
		return deleteIn(ctx, tx, numbers,
			deletion{sqlForgetFactsOf, &gone.Facts}, deletion{sqlForgetContactsOf, &gone.Contacts},
			deletion{sqlForgetNamesOf, nil}, deletion{sqlForgetWorkOf, nil}, deletion{sqlForgetClaimsOf, nil},
			deletion{sqlForgetFilesOf, &gone.Files}, deletion{sqlForgetTickets, &gone.Tickets})
	})
	if err == nil {
		f.add(gone)
	}
	return more, err
}

// forgetReferences takes tickets that go out of those that stay, which were linked with them or part of an incident; their histories say so.
func forgetReferences(ctx context.Context, tx pgx.Tx, gone []string) error {
	staying, err := ask(ctx, tx, pgx.RowTo[tickets.Number], sqlReferring, gone)
	if err != nil || len(staying) == 0 {
		return err
	}
	all, err := matters(ctx, tx, staying, true)
	if err != nil {
		return err
	}
	var b pgx.Batch
	is := func(n tickets.Number) bool { return slices.Contains(gone, string(n)) }
	for _, m := range all {
		before := m.Fields()
		m.Links = slices.DeleteFunc(m.Links, func(l life.Link) bool { return is(l.Other) })
		if is(m.Parent) {
			m.Parent = ""
		}
		saveForgotten(&b, &m.Ticket, before, m.Fields())
		saveBelongings(&b, m)
	}
	return tx.SendBatch(ctx, &b).Close()
}

// saveForgotten saves a ticket of which something was forgotten that it referred to. That is no activity, by which the ticket would stay longer itself.
func saveForgotten(b *pgx.Batch, t *tickets.Ticket, before, after map[string]string) {
	lines := tickets.Record(before, t, tickets.Change{At: time.Now().UTC().Truncate(time.Microsecond), By: retention, Kind: "forgotten"}, after)
	saveTicket(b, t)
	for _, line := range lines {
		saveChange(b, line, "")
	}
}

func (s *Store) forgetFacts(ctx context.Context, before time.Time, f *Forgotten) (more bool, err error) {
	done, err := s.pool.Exec(ctx, sqlForgetFacts, before, 10*forgetPiece)
	f.Facts += done.RowsAffected()
	return done.RowsAffected() == 10*forgetPiece, err
}

// forgetCustomers deletes those of a piece of the customers who may go, and says after which id the next piece begins; "" where
// there is none.
func (s *Store) forgetCustomers(ctx context.Context, after string, before time.Time, f *Forgotten) (next string, err error) {
	var gone Forgotten
	err = s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		gone = Forgotten{}
		var old []string
		if err := tx.QueryRow(ctx, sqlOldCustomers, after, forgetPiece, before).Scan(&next, &old); err != nil {
			return err
		}
		old, err := ask(ctx, tx, pgx.RowTo[string], sqlWithDoubles, old)
		if err == nil {
			err = partAllForGood(ctx, tx, old)
		}
		if err == nil {
			err = ticketsOfNobody(ctx, tx, old)
		}
		if err != nil {
			return err
		}
		return deleteIn(ctx, tx, old, deletion{sqlContactsOfNobody, nil}, deletion{sqlForgetCustomers, &gone.Customers})
	})
	if err == nil {
		f.add(gone)
	}
	return next, err
}

// ticketsOfNobody takes customers who go out of their tickets.
func ticketsOfNobody(ctx context.Context, tx pgx.Tx, customers []string) error {
	all, err := ask(ctx, tx, scanTicket, sqlTicketsOf, customers)
	if err != nil || len(all) == 0 {
		return err
	}
	var b pgx.Batch
	for _, t := range all {
		before := t.Fields()
		t.Customer = ""
		saveForgotten(&b, &t, before, t.Fields())
	}
	return tx.SendBatch(ctx, &b).Close()
}

// deletion is a statement about a list of keys, and where it counts its rows.
type deletion struct {
	sql  string
	rows *int64
}

func deleteIn(ctx context.Context, tx pgx.Tx, keys []string, all ...deletion) error {
	if len(keys) == 0 {
		return nil
	}
	for _, d := range all {
		done, err := tx.Exec(ctx, d.sql, keys)
		if err != nil {
			return err
		}
		if d.rows != nil {
			*d.rows += done.RowsAffected()
		}
	}
	return nil
}

func (f *Forgotten) add(g Forgotten) {
	f.Tickets += g.Tickets
	f.Contacts += g.Contacts
	f.Facts += g.Facts
	f.Customers += g.Customers
	f.Files += g.Files
}
