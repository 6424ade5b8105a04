package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// MostLate is how many of what is late are counted, at most.
const MostLate = 1000

// BrokenPromises counts the promises whose date has passed and that are not kept, by the department that the ticket is with; MostLate at most.
func (s *Store) BrokenPromises(ctx context.Context, now time.Time) (map[string]int, error) {
	return s.late(ctx, `
		SELECT t.department, count(*)::int
		FROM (SELECT ticket FROM ticket_promises WHERE state = 'open' AND due < $1 ORDER BY due LIMIT $2) AS late
		JOIN tickets t ON t.number = late.ticket
		GROUP BY 1`, now, MostLate)
}

// ClocksEnding counts the tickets with a clock that has run out, or does before an instant, by the department that the ticket is with; of MostLate
// clocks at most.
func (s *Store) ClocksEnding(ctx context.Context, before time.Time) (map[string]int, error) {
	return s.late(ctx, `
		SELECT t.department, count(DISTINCT t.number)::int
		FROM (SELECT ticket FROM ticket_clocks WHERE ended IS NULL AND due < $1 ORDER BY due LIMIT $2) AS late
		JOIN tickets t ON t.number = late.ticket
		GROUP BY 1`, before, MostLate)
}

func (s *Store) late(ctx context.Context, statement string, args ...any) (map[string]int, error) {
	counts := map[string]int{}
	rows, err := s.pool.Query(ctx, statement, args...)
	if err == nil {
		var department string
		var n int
		_, err = pgx.ForEachRow(rows, []any{&department, &n}, func() error { counts[department] = n; return nil })
	}
	if err != nil {
		return nil, fmt.Errorf("count what is late: %w", err)
	}
	return counts, nil
}
