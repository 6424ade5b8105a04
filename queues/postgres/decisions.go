package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/queues"
	"hotline/queues/words"
)

// numbered is a record with its place among those of one moment.
type numbered struct {
	words.Record
	n int64
}

// before orders the records of one call.
func (a numbered) before(b numbered) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return int(min(max(a.n-b.n, -1), 1))
}

// saveDecisions writes records; those that are there already stay as they are, so that a write whose answer
// was lost may be repeated.
func saveDecisions(ctx context.Context, db execer, all []numbered) error {
	calls, at, n := make([]string, len(all)), make([]time.Time, len(all)), make([]int64, len(all))
	kinds, agents, lines, facts := make([]string, len(all)), make([]string, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, r := range all {
		data, err := json.Marshal(r.Facts)
		if err != nil {
			return fmt.Errorf("decision about %s: %w", r.Call, err)
		}
		calls[i], at[i], n[i], facts[i] = string(r.Call), r.At, r.n, string(data)
		kinds[i], agents[i], lines[i] = string(r.Kind), string(r.Agent), string(r.Queue)
	}
	_, err := db.Exec(ctx, `
		INSERT INTO decisions (call, at, n, kind, agent, queue, data)
		SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
		ON CONFLICT (call, at, n) DO NOTHING`,
		calls, at, n, kinds, agents, lines, facts)
	if err != nil {
		return fmt.Errorf("save %d decisions: %w", len(all), err)
	}
	return nil
}

// decisions reads what is written about a call, in order.
func (s *Store) decisions(ctx context.Context, call queues.RequestID) ([]numbered, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT call, at, n, kind, agent, queue, data FROM decisions WHERE call = $1 ORDER BY at, n`, string(call))
	if err != nil {
		return nil, fmt.Errorf("read the decisions about %s: %w", call, err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r numbered, err error) {
		return r, row.Scan(&r.Call, &r.At, &r.n, &r.Kind, &r.Agent, &r.Queue, &r.Facts)
	})
	if err != nil {
		return nil, fmt.Errorf("read the decisions about %s: %w", call, err)
	}
	return all, nil
}
