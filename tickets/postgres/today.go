package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
)

const (
	sqlArrived = `
		SELECT floor(extract(epoch FROM arrived_at - $1) / $4)::int, count(*)::int
		FROM contacts
		WHERE arrived_at >= $2 AND arrived_at < $3
		GROUP BY 1`
	sqlCallbacksDue = `SELECT count(*)::int FROM (SELECT FROM tickets WHERE state = 'open' AND next_step = 'call_back' LIMIT $1) AS due`
)

// Today counts what came in some spans, by the number of the piece since a midnight, and the open tickets whose caller waits for a call back, tickets.MostDue at
// most. It costs what came in the spans, whatever else is kept, and is asked each second: in one round trip, and by plans that are made once.
func (s *Store) Today(ctx context.Context, midnight time.Time, spans []tickets.Span) (arrived map[int]int, due int, err error) {
	arrived = map[int]int{}
	var b pgx.Batch
	var piece, n int
	for _, span := range spans {
		b.Queue(sqlArrived, midnight, span.From, span.To, tickets.Piece.Seconds()).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&piece, &n}, func() error { arrived[piece] = n; return nil })
			return err
		})
	}
	b.Queue(sqlCallbacksDue, tickets.MostDue).QueryRow(func(row pgx.Row) error { return row.Scan(&due) })
	if err := s.read(ctx, &b); err != nil {
		return nil, 0, fmt.Errorf("count today: %w", err)
	}
	return arrived, due, nil
}
