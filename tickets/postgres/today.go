package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
)

// Arrived counts what came in some spans, by the number of the piece since a midnight. It costs what came in the spans, whatever else is kept.
func (s *Store) Arrived(ctx context.Context, midnight time.Time, spans []tickets.Span) (counts map[int]int, err error) {
	counts = map[int]int{}
	for _, span := range spans {
		rows, err := s.pool.Query(ctx, `
			SELECT floor(extract(epoch FROM arrived_at - $1) / $4)::int, count(*)::int
			FROM contacts
			WHERE arrived_at >= $2 AND arrived_at < $3
			GROUP BY 1`, midnight, span.From, span.To, tickets.Piece.Seconds())
		if err != nil {
			return nil, fmt.Errorf("count what arrived: %w", err)
		}
		var piece, n int
		if _, err = pgx.ForEachRow(rows, []any{&piece, &n}, func() error { counts[piece] = n; return nil }); err != nil {
			return nil, fmt.Errorf("count what arrived: %w", err)
		}
	}
	return counts, nil
}

// CallbacksDue counts the open tickets whose caller waits for a call back, tickets.MostDue at most.
func (s *Store) CallbacksDue(ctx context.Context) (n int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM tickets WHERE state = 'open' AND next_step = 'call_back' LIMIT $1) AS due`, tickets.MostDue).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count callbacks: %w", err)
	}
	return n, nil
}
