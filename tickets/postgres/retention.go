package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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
	sqlOldTickets = `
		SELECT number FROM tickets t WHERE state = 'closed' AND activity_at < $1
			AND NOT EXISTS (SELECT FROM contacts c WHERE c.ticket = t.number AND (c.arrived_at >= $1 OR c.ended_at IS NULL))
		ORDER BY activity_at LIMIT $2 FOR UPDATE SKIP LOCKED`
	sqlForgetFactsOf = `
		DELETE FROM facts WHERE contact_id IN (SELECT id FROM contacts WHERE ticket = ANY ($1))`
	// What could not be done about them still holds what it was about.
	sqlForgetWorkOf = `
		DELETE FROM work.river_job WHERE args @> ANY (SELECT jsonb_build_object('ticket', n) FROM unnest($1::text[]) n)`
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
	sqlForgetFacts = `
		DELETE FROM facts WHERE ctid = ANY (ARRAY (SELECT ctid FROM facts WHERE applied_at < $1 LIMIT $2)) AND applied_at < $1`

	// A piece of the customers in the order of their ids, and those of them who may go.
	sqlOldCustomers = `
		WITH piece AS (SELECT id, created_at FROM customers WHERE id > $1 ORDER BY id LIMIT $2)
		SELECT (SELECT coalesce(max(id::text), '') FROM piece), coalesce(array_agg(p.id::text), '{}')
		FROM piece p WHERE created_at < $3
			AND NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = p.id AND c.arrived_at >= $3)
			AND NOT EXISTS (SELECT FROM tickets t WHERE t.customer_id = p.id AND (t.state = 'open' OR t.activity_at >= $3))`
	sqlContactsOfNobody = `
		UPDATE contacts SET customer_id = NULL WHERE customer_id = ANY ($1)`
	sqlTicketsOfNobody = `
		UPDATE tickets SET customer_id = NULL WHERE customer_id = ANY ($1)`
	sqlForgetCustomers = `
		DELETE FROM customers WHERE id = ANY ($1)`
)

// forgetTickets deletes some tickets that were closed and have not moved since a time, with all that belongs to them.
func (s *Store) forgetTickets(ctx context.Context, before time.Time, f *Forgotten) (more bool, err error) {
	var gone Forgotten
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sqlOldTickets, before, forgetPiece)
		if err != nil {
			return err
		}
		numbers, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		more = len(numbers) == forgetPiece
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

func (s *Store) forgetFacts(ctx context.Context, before time.Time, f *Forgotten) (more bool, err error) {
	done, err := s.pool.Exec(ctx, sqlForgetFacts, before, 10*forgetPiece)
	f.Facts += done.RowsAffected()
	return done.RowsAffected() == 10*forgetPiece, err
}

// forgetCustomers deletes those of a piece of the customers who may go, and says after which id the next piece begins; "" where
// there is none.
func (s *Store) forgetCustomers(ctx context.Context, after string, before time.Time, f *Forgotten) (next string, err error) {
	var gone Forgotten
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		var old []string
		if err := tx.QueryRow(ctx, sqlOldCustomers, after, 10*forgetPiece, before).Scan(&next, &old); err != nil {
			return err
		}
		return deleteIn(ctx, tx, old, deletion{sqlContactsOfNobody, nil}, deletion{sqlTicketsOfNobody, nil}, deletion{sqlForgetCustomers, &gone.Customers})
	})
	if err == nil {
		f.add(gone)
	}
	return next, err
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
