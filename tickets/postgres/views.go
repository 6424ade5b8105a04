package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline/tickets/lists"
)

const (
	sqlViews = `
		SELECT id, of, name, query, position FROM ticket_views WHERE account = $1 ORDER BY position, name, id`
	sqlSaveView = `
		INSERT INTO ticket_views (account, id, of, name, query, position)
		SELECT $1, $2, $7, $3, $4, $5
		WHERE (SELECT count(*) FROM ticket_views WHERE account = $1 AND id <> $2) < $6
		ON CONFLICT (account, id) DO UPDATE SET of = excluded.of, name = excluded.name, query = excluded.query, position = excluded.position, saved_at = now()`
	sqlDropView = `
		DELETE FROM ticket_views WHERE account = $1 AND id = $2`
)

// Views are the lists that an account has saved, in their order.
func (s *Store) Views(ctx context.Context, account string) ([]lists.View, error) {
	rows, err := s.pool.Query(ctx, sqlViews, account)
	if err == nil {
		var all []lists.View
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (v lists.View, err error) {
			return v, row.Scan(&v.ID, &v.Of, &v.Name, &v.Query, &v.Position)
		})
		if err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("saved lists of account %s: %w", account, err)
}

// SaveView saves a list, in the place of the one of its id. The error may be lists.ErrViews.
func (s *Store) SaveView(ctx context.Context, account string, v lists.View) error {
	done, err := s.pool.Exec(ctx, sqlSaveView, account, v.ID, v.Name, v.Query, v.Position, lists.MostViews, v.Of)
	switch {
	case err != nil:
		return fmt.Errorf("save a list of account %s: %w", account, err)
	case done.RowsAffected() == 0:
		return lists.ErrViews
	}
	return nil
}

// DropView deletes a saved list; it is no error where there is none.
func (s *Store) DropView(ctx context.Context, account, id string) error {
	if _, err := s.pool.Exec(ctx, sqlDropView, account, id); err != nil {
		return fmt.Errorf("delete a saved list of account %s: %w", account, err)
	}
	return nil
}
