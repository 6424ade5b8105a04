package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Withheld is what the network said of a caller who withholds who they are.
type Withheld struct {
	Call string
	At   time.Time
	Said string // hostile text, such as "Ivan <+79161234567>"
}

const sqlWithheld = `
	SELECT c.id, c.arrived_at, f.event->>'withheld' FROM facts f JOIN contacts c ON c.id = f.contact_id
	WHERE (c.id = $1 OR c.ticket = $1) AND f.event->>'withheld' <> '' ORDER BY c.arrived_at, c.id`

// Withheld reads what callers withheld in one call, or in all calls of a ticket, by id or number. It is for those alone who may see it:
// they leave lines in the audit before they are shown it.
func (s *Store) Withheld(ctx context.Context, about string) ([]Withheld, error) {
	rows, err := s.pool.Query(ctx, sqlWithheld, about)
	if err != nil {
		return nil, fmt.Errorf("read what is withheld: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Withheld])
	if err != nil {
		return nil, fmt.Errorf("read what is withheld: %w", err)
	}
	return all, nil
}
