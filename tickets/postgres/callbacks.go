package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
)

// Of two that are about one call the later counts, whichever comes first: a server that was away brings what it has when it is back.
const sqlSaveCallback = `
		INSERT INTO callbacks AS c (call, node, epoch, n, entry) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (call) DO UPDATE SET node = excluded.node, epoch = excluded.epoch, n = excluded.n, entry = excluded.entry
		WHERE (c.epoch, c.n) < (excluded.epoch, excluded.n)`

func saveCallback(b *pgx.Batch, c tickets.Callback) {
	var entry *string
	if c.Entry != nil {
		text := string(c.Entry)
		entry = &text
	}
	b.Queue(sqlSaveCallback, c.Call, c.Node, c.Epoch, c.N, entry)
}

const sqlCallbacks = `
		SELECT call, node, epoch, n, entry FROM callbacks WHERE node = $1 AND entry IS NOT NULL AND epoch < $2
		UNION SELECT call, node, epoch, n, entry FROM callbacks WHERE call = ANY ($3)
		ORDER BY call`

// Callbacks are those of a node that somebody waits for since an epoch before one, and, of some calls, whatever is known of their callback.
func (s *Store) Callbacks(ctx context.Context, node string, before int64, calls []string) ([]tickets.Callback, error) {
	all, err := ask(ctx, s.pool, scanCallback, sqlCallbacks, node, before, calls)
	if err != nil {
		return nil, fmt.Errorf("read who is to be called back: %w", err)
	}
	return all, nil
}

func scanCallback(row pgx.CollectableRow) (c tickets.Callback, err error) {
	return c, row.Scan(&c.Call, &c.Node, &c.Epoch, &c.N, &c.Entry)
}
