package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/agentapi/screens"
)

// Screens is a screens.Store.
type Screens struct{ pool *pgxpool.Pool }

// NewScreens uses a pool that belongs to the caller.
func NewScreens(pool *pgxpool.Pool) *Screens { return &Screens{pool} }

// Screens are all that there are.
func (s *Screens) Screens(ctx context.Context) ([]screens.Screen, error) {
	rows, err := s.pool.Query(ctx, `SELECT id, name, secret, shows, let_by, let_at, address FROM screens`)
	if err == nil {
		var all []screens.Screen
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o screens.Screen, err error) {
			var hash []byte
			err = row.Scan(&o.ID, &o.Name, &hash, &o.Shows, &o.By, &o.At, &o.Address)
			copy(o.Hash[:], hash)
			o.At = o.At.UTC()
			return o, err
		})
		if err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("read screens: %w", err)
}

// KeepScreen keeps a new one.
func (s *Screens) KeepScreen(ctx context.Context, o screens.Screen) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO screens (id, name, secret, shows, let_by, let_at, address) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		o.ID, o.Name, o.Hash[:], o.Shows, o.By, o.At, o.Address)
	if err != nil {
		return fmt.Errorf("keep screen %s: %w", o.ID, err)
	}
	return nil
}

// ChangeScreen gives one another name, and other things to show; it is not there where it was dropped.
func (s *Screens) ChangeScreen(ctx context.Context, id, name string, shows screens.Shows) (there bool, err error) {
	tag, err := s.pool.Exec(ctx, `UPDATE screens SET name = $2, shows = $3 WHERE id = $1`, id, name, shows)
	if err != nil {
		return false, fmt.Errorf("change screen %s: %w", id, err)
	}
	return tag.RowsAffected() > 0, nil
}

// DropScreen forgets one.
func (s *Screens) DropScreen(ctx context.Context, id string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM screens WHERE id = $1`, id); err != nil {
		return fmt.Errorf("drop screen %s: %w", id, err)
	}
	return nil
}
