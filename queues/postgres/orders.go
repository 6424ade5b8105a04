package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/queues"
)

// SkillOrder is what skills somebody has given an agent over the configuration, as it is kept; Lasts is "sign_out", "time" or "good".
type SkillOrder struct {
	Agent  queues.AgentID
	Skills map[queues.Skill]queues.Level

	Expires map[queues.Skill]time.Time // as of queues.Agent

	Lasts string
	Until time.Time // of "time"
	By    string
	At    time.Time
}

// GiveSkills keeps an order, in place of the one that the agent has.
func (s *Store) GiveSkills(ctx context.Context, o SkillOrder) error {
	skills, err := json.Marshal(o.Skills)
	if err != nil {
		return err
	}
	expires, err := json.Marshal(o.Expires)
	if err != nil {
		return err
	}
	var until *time.Time
	if !o.Until.IsZero() {
		until = &o.Until
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO skill_orders (agent, skills, lasts, until, given_by, at, expires, expires_of) VALUES ($1, $2, $3, $4, $5, $6, $7, $6)
		ON CONFLICT (agent) DO UPDATE
		   SET skills = excluded.skills, lasts = excluded.lasts, until = excluded.until, given_by = excluded.given_by, at = excluded.at,
		       expires = excluded.expires, expires_of = excluded.expires_of`,
		o.Agent, string(skills), o.Lasts, until, o.By, o.At, string(expires))
	if err != nil {
		return fmt.Errorf("give agent %s other skills: %w", o.Agent, err)
	}
	return nil
}

// TakeBackSkills forgets an agent's order that was given at a time. A later one stays, and none is no error.
func (s *Store) TakeBackSkills(ctx context.Context, agent queues.AgentID, at time.Time) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM skill_orders WHERE agent = $1 AND at = $2`, agent, at); err != nil {
		return fmt.Errorf("take back the skills of agent %s: %w", agent, err)
	}
	return nil
}

// SkillOrders are all, by agent.
func (s *Store) SkillOrders(ctx context.Context) ([]SkillOrder, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT agent, skills, lasts, until, given_by, at, CASE WHEN expires_of = at THEN expires ELSE '{}' END FROM skill_orders ORDER BY agent`)
	if err != nil {
		return nil, fmt.Errorf("read orders about skills: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (o SkillOrder, err error) {
		var skills, expires []byte
		var until *time.Time
		if err := row.Scan(&o.Agent, &skills, &o.Lasts, &until, &o.By, &o.At, &expires); err != nil {
			return o, err
		}
		o.At = o.At.UTC()
		if until != nil {
			o.Until = until.UTC()
		}
		return o, errors.Join(json.Unmarshal(skills, &o.Skills), json.Unmarshal(expires, &o.Expires))
	})
	if err != nil {
		return nil, fmt.Errorf("read orders about skills: %w", err)
	}
	return all, nil
}

// CloseQueue keeps that a queue is closed by hand.
func (s *Store) CloseQueue(ctx context.Context, queue queues.QueueID, by string, at time.Time) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO closed_queues (queue, closed_by, at) VALUES ($1, $2, $3)
		ON CONFLICT (queue) DO UPDATE SET closed_by = excluded.closed_by, at = excluded.at`, queue, by, at)
	if err != nil {
		return fmt.Errorf("close queue %s: %w", queue, err)
	}
	return nil
}

// OpenQueue keeps that it is so no longer.
func (s *Store) OpenQueue(ctx context.Context, queue queues.QueueID) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM closed_queues WHERE queue = $1`, queue); err != nil {
		return fmt.Errorf("open queue %s: %w", queue, err)
	}
	return nil
}

// ClosedQueues are those that are closed by hand, with who closed each.
func (s *Store) ClosedQueues(ctx context.Context) (map[queues.QueueID]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT queue, closed_by FROM closed_queues`)
	if err != nil {
		return nil, fmt.Errorf("read closed queues: %w", err)
	}
	all := map[queues.QueueID]string{}
	var queue queues.QueueID
	var by string
	_, err = pgx.ForEachRow(rows, []any{&queue, &by}, func() error { all[queue] = by; return nil })
	if err != nil {
		return nil, fmt.Errorf("read closed queues: %w", err)
	}
	return all, nil
}
