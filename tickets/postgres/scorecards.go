package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets/scorecard"
)

// Scorecards keep what reviewers said of calls. It implements scorecard.Store.
type Scorecards struct{ pool *pgxpool.Pool }

// NewScorecards makes them on a database whose migrations have run.
func NewScorecards(pool *pgxpool.Pool) *Scorecards { return &Scorecards{pool} }

// Begin implements scorecard.Store.
func (s *Scorecards) Begin(ctx context.Context, c scorecard.Card) (kept scorecard.Card, err error) {
	text, err := json.Marshal(c)
	if err != nil {
		return c, err
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			INSERT INTO scorecards (id, call, agent, queue, form, begun_at, submitted, card) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (call, agent, form) DO NOTHING`, c.ID, c.Call, c.Agent, c.Queue, c.Form.ID, c.Begun, c.First() != nil, string(text)); err != nil {
			return err
		}
		kept, err = readCard(tx.QueryRow(ctx, `SELECT card FROM scorecards WHERE call = $1 AND agent = $2 AND form = $3`, c.Call, c.Agent, c.Form.ID))
		return err
	})
	if err != nil {
		return c, fmt.Errorf("begin a scorecard of call %s: %w", c.Call, err)
	}
	return kept, nil
}

func readCard(row pgx.Row) (c scorecard.Card, err error) {
	var text []byte
	switch err := row.Scan(&text); {
	case errors.Is(err, pgx.ErrNoRows):
		return c, scorecard.ErrNoCard
	case err != nil:
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

// Card implements scorecard.Store.
func (s *Scorecards) Card(ctx context.Context, id string) (scorecard.Card, error) {
	c, err := readCard(s.pool.QueryRow(ctx, `SELECT card FROM scorecards WHERE id = $1`, id))
	if err != nil {
		return c, fmt.Errorf("scorecard %s: %w", id, err)
	}
	return c, nil
}

// Cards implements scorecard.Store.
func (s *Scorecards) Cards(ctx context.Context, q scorecard.Question) (all []scorecard.Card, err error) {
	var begun, id any
	if q.Before.ID != "" {
		begun, id = q.Before.Begun, q.Before.ID
	}
	bound := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t
	}
	calls := append([]string{}, q.Calls...) // not null
	rows, err := s.pool.Query(ctx, `
		SELECT card FROM scorecards
		 WHERE ($1 = '' OR agent = $1) AND (cardinality($2::text[]) = 0 OR call = ANY($2)) AND (NOT $3 OR submitted)
		   AND ($4::timestamptz IS NULL OR (begun_at, id) < ($4, $5::uuid))
		   AND ($7 = '' OR form = $7) AND ($8 = '' OR queue = $8)
		   AND ($9::timestamptz IS NULL OR begun_at >= $9) AND ($10::timestamptz IS NULL OR begun_at < $10)
		 ORDER BY begun_at DESC, id DESC LIMIT $6`, q.Agent, calls, q.In, begun, id, q.Limit, q.Form, q.Queue, bound(q.From), bound(q.To))
	if err == nil {
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (scorecard.Card, error) { return readCard(row) })
	}
	if err != nil {
		return nil, fmt.Errorf("read scorecards: %w", err)
	}
	return all, nil
}

// Forget deletes cards that were begun before a time, in small pieces.
func (s *Scorecards) Forget(ctx context.Context, before time.Time) (n int64, err error) {
	err = inPieces(ctx, func() (bool, error) {
		gone, err := s.pool.Exec(ctx, `DELETE FROM scorecards WHERE id IN (SELECT id FROM scorecards WHERE begun_at < $1 ORDER BY begun_at, id LIMIT $2)`, before, forgetPiece)
		n += gone.RowsAffected()
		return err == nil && gone.RowsAffected() == forgetPiece, err
	})
	if err != nil {
		return n, fmt.Errorf("delete old scorecards: %w", err)
	}
	return n, nil
}

// Change implements scorecard.Store.
func (s *Scorecards) Change(ctx context.Context, id string, change func(*scorecard.Card) error) (c scorecard.Card, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if c, err = readCard(tx.QueryRow(ctx, `SELECT card FROM scorecards WHERE id = $1 FOR UPDATE`, id)); err != nil {
			return err
		}
		if err := change(&c); err != nil {
			return err
		}
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE scorecards SET card = $2, submitted = $3 WHERE id = $1`, id, string(text), c.First() != nil)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("change scorecard %s: %w", id, err)
	}
	return c, nil
}
