package postgres

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
)

const sqlLooked = `
	INSERT INTO audit (who, did, subject, address)
	SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])`

// Looked adds lines to the audit, all or none. The database says when it was.
func (s *Store) Looked(ctx context.Context, looks ...tickets.Look) error {
	var who, did, subject, address []string
	for _, l := range looks {
		who, did, subject, address = append(who, l.Who), append(did, string(l.Did)), append(subject, l.Subject), append(address, l.Address)
	}
	if _, err := s.pool.Exec(ctx, sqlLooked, who, did, subject, address); err != nil {
		return fmt.Errorf("write into the audit: %w", err)
	}
	return nil
}

// Looks asks for lines of the audit. What is left out does not matter.
type Looks struct {
	Since   time.Time
	Who     string // as in a line, or what stands there before a colon: "command line"
	Subject string
}

const sqlLooks = `
	SELECT at, who, did, subject, address FROM audit
	WHERE at >= $1 AND ($2 = '' OR who = $2 OR starts_with(who, $2 || ': ')) AND ($3 = '' OR subject = $3)
	ORDER BY id`

// Looks reads lines of the audit, the oldest first. An error is the last that comes.
func (s *Store) Looks(ctx context.Context, about Looks) iter.Seq2[tickets.Look, error] {
	return func(yield func(tickets.Look, error) bool) {
		rows, err := s.pool.Query(ctx, sqlLooks, about.Since, about.Who, about.Subject)
		if err == nil {
			defer rows.Close()
			var l tickets.Look
			for rows.Next() {
				if err = rows.Scan(&l.At, &l.Who, &l.Did, &l.Subject, &l.Address); err != nil || !yield(l, nil) {
					break
				}
			}
			if err == nil {
				err = rows.Err()
			}
		}
		if err != nil {
			yield(tickets.Look{}, fmt.Errorf("read the audit: %w", err))
		}
	}
}

// The database lets lines go only with their age, and only to who says that this is what it is for (deploy/schema/014_audit.sql).
const (
	sqlMayForgetLooks = `SET LOCAL hotline.retention = 'on'`
	sqlForgetLooks    = `
		DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < least($1, now() - interval '30 days') ORDER BY id LIMIT $2)`
)

func (s *Store) forgetLooks(ctx context.Context, before time.Time, f *Forgotten) (more bool, err error) {
	var gone int64
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlMayForgetLooks); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, sqlForgetLooks, before, 10*forgetPiece)
		gone = done.RowsAffected()
		return err
	})
	if err == nil {
		f.Looks += gone
	}
	return gone == 10*forgetPiece, err
}
