package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
)

// NoticesOf is whose notices are asked for, and which.
type NoticesOf = tickets.NoticesOf

const (
	noticeColumns = `id, ticket, kind, person, department, about, due, at, seen_at, seen_by`
	sqlSaveNotice = `
		INSERT INTO ticket_notices (ticket, kind, person, department, about, due, at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`
	// Each half by its own index.
	sqlNotices = `
		SELECT ` + noticeColumns + ` FROM (
			(SELECT ` + noticeColumns + ` FROM ticket_notices WHERE person = $1 AND person <> '' AND (NOT $3 OR seen_at IS NULL)
				AND id < $4 AND id > $5 ORDER BY id DESC LIMIT $6)
			UNION ALL
			(SELECT ` + noticeColumns + ` FROM ticket_notices WHERE department = ANY ($2) AND department <> '' AND (NOT $3 OR seen_at IS NULL)
				AND id < $4 AND id > $5 ORDER BY id DESC LIMIT $6)) AS theirs
		ORDER BY id DESC LIMIT $6`
	sqlSeeNotices = `
		UPDATE ticket_notices SET seen_at = now(), seen_by = $1
		WHERE id = ANY ($3) AND seen_at IS NULL AND (person = $1 AND person <> '' OR department = ANY ($2) AND department <> '')`
	sqlForgetNotices = `
		DELETE FROM ticket_notices WHERE id IN (SELECT id FROM ticket_notices WHERE at < $1 ORDER BY at LIMIT $2)`
)

// OnNotice has somebody told of notices that were written, after the transaction. It is for the time before the store is used.
func (s *Store) OnNotice(after func([]tickets.Notice)) { s.noticed = append(s.noticed, after) }

func (s *Store) tellNoticed(all []tickets.Notice) {
	if len(all) == 0 {
		return
	}
	for _, after := range s.noticed {
		after(all)
	}
}

// saveNotices writes notices, and adds them with their ids to those that are written.
func saveNotices(b *pgx.Batch, all []tickets.Notice, written *[]tickets.Notice) {
	for _, n := range all {
		b.Queue(sqlSaveNotice, n.Ticket, n.Kind, n.Person, n.Department, n.About, orNull(n.Due), n.At).QueryRow(func(row pgx.Row) error {
			err := row.Scan(&n.ID)
			*written = append(*written, n)
			return err
		})
	}
}

// Notices are what somebody is told, the latest first.
func (s *Store) Notices(ctx context.Context, of NoticesOf) ([]tickets.Notice, error) {
	before := of.Before
	if before <= 0 {
		before = 1 << 62
	}
	rows, err := s.pool.Query(ctx, sqlNotices, of.Person, append([]string{}, of.Departments...), of.Unseen, before, of.Since, of.Limit)
	if err == nil {
		var all []tickets.Notice
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (n tickets.Notice, err error) {
			return n, row.Scan(&n.ID, &n.Ticket, &n.Kind, &n.Person, &n.Department, &n.About, moment{&n.Due}, moment{&n.At}, moment{&n.SeenAt}, &n.SeenBy)
		})
		if err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("notices: %w", err)
}

// SeeNotices notes that somebody has seen notices: their own and those of their departments; others stay as they are. What one person of a
// department has seen is seen. It says how many were not seen before.
func (s *Store) SeeNotices(ctx context.Context, person string, departments []string, ids []int64) (int64, error) {
	done, err := s.pool.Exec(ctx, sqlSeeNotices, person, append([]string{}, departments...), append([]int64{}, ids...))
	if err != nil {
		return 0, fmt.Errorf("notices that were seen: %w", err)
	}
	return done.RowsAffected(), nil
}

// ForgetNotices deletes notices from before a time, and says how many.
func (s *Store) ForgetNotices(ctx context.Context, before time.Time) (n int64, err error) {
	err = inPieces(ctx, func() (bool, error) {
		done, err := s.pool.Exec(ctx, sqlForgetNotices, before, 10*forgetPiece)
		n += done.RowsAffected()
		return done.RowsAffected() == 10*forgetPiece, err
	})
	if err != nil {
		err = fmt.Errorf("delete old notices: %w", err)
	}
	return n, err
}
