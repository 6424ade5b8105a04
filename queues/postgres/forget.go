package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	forgetEvery = 24 * time.Hour
	forgetAgain = 10 * time.Minute // after a failure
	forgetPiece = 10_000           // rows deleted by one statement: that ends well before a pool's statement_timeout of seconds
)

// dated is a table whose rows become old, by this column.
type dated struct{ table, column string }

// forgetDaily deletes rows that are older than keep, at once and then every day, until ctx ends.
func (s *Store) forgetDaily(ctx context.Context, log *slog.Logger, keep time.Duration, tables ...dated) {
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-next.C:
		case <-ctx.Done():
			return
		}
		pause := forgetEvery
		for _, d := range tables {
			n, err := s.forget(ctx, d, time.Now().Add(-keep))
			if err != nil && ctx.Err() == nil {
				log.Warn("old rows are not all deleted; trying again later", "table", d.table, "deleted", n, "err", err)
				pause = forgetAgain
			} else if n > 0 {
				log.Info("old rows are deleted", "table", d.table, "deleted", n)
			}
		}
		next.Reset(pause)
	}
}

// forget deletes the rows from before a time, piece by piece, and says how many it has deleted, even where it fails.
func (s *Store) forget(ctx context.Context, d dated, before time.Time) (deleted int64, err error) {
	table, column := pgx.Identifier{d.table}.Sanitize(), pgx.Identifier{d.column}.Sanitize()
	sql := fmt.Sprintf(`DELETE FROM %[1]s WHERE ctid = ANY (ARRAY (SELECT ctid FROM %[1]s WHERE %[2]s < $1 LIMIT %[3]d)) AND %[2]s < $1`, table, column, forgetPiece)
	for {
		n, err := s.forgetSome(ctx, sql, before)
		deleted += n
		if err != nil {
			return deleted, fmt.Errorf("delete from %s what is from before %s: %w", d.table, before.UTC().Format(time.RFC3339), err)
		}
		if n < forgetPiece {
			return deleted, nil
		}
	}
}

func (s *Store) forgetSome(ctx context.Context, sql string, before time.Time) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	done, err := s.pool.Exec(ctx, sql, before)
	return done.RowsAffected(), err
}
