package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/agentapi/desk"
	"hotline/queues"
)

// KeepBulletin keeps what was said with those for whom it is, and lets go of what is 30 days old. It implements desk.BulletinStore.
func (s *Accounts) KeepBulletin(ctx context.Context, b desk.KeptBulletin) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM bulletins WHERE at < now() - interval '30 days'`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO bulletins (id, at, said_by, kind, text, team) VALUES ($1, $2, $3, $4, $5, $6)`, b.ID, b.At, b.By, b.Kind, b.Text, b.Team)
		if err != nil {
			return err
		}
		for agent, seen := range b.Readers {
			var at *time.Time
			if !seen.IsZero() {
				at = &seen
			}
			if _, err := tx.Exec(ctx, `INSERT INTO bulletin_readers (bulletin, agent, seen_at) VALUES ($1, $2, $3)`, b.ID, agent, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep bulletin %s: %w", b.ID, err)
	}
	return nil
}

// SeeBulletin keeps that somebody has acknowledged one; the first time counts.
func (s *Accounts) SeeBulletin(ctx context.Context, id string, agent queues.AgentID, at time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE bulletin_readers SET seen_at = $3 WHERE bulletin = $1 AND agent = $2 AND seen_at IS NULL`, id, agent, at)
	if err != nil {
		return fmt.Errorf("see bulletin %s: %w", id, err)
	}
	return nil
}

// Bulletins are those said since, the earliest first.
func (s *Accounts) Bulletins(ctx context.Context, since time.Time) (all []desk.KeptBulletin, err error) {
	rows, err := s.pool.Query(ctx, `
		SELECT b.id, b.at, b.said_by, b.kind, b.text, b.team, r.agent, r.seen_at
		  FROM bulletins b JOIN bulletin_readers r ON r.bulletin = b.id
		 WHERE b.at >= $1
		 ORDER BY b.at, b.id, r.agent`, since)
	if err != nil {
		return nil, fmt.Errorf("read bulletins: %w", err)
	}
	var b desk.KeptBulletin
	var agent queues.AgentID
	var seen *time.Time
	_, err = pgx.ForEachRow(rows, []any{&b.ID, &b.At, &b.By, &b.Kind, &b.Text, &b.Team, &agent, &seen}, func() error {
		if len(all) == 0 || all[len(all)-1].ID != b.ID {
			b.At, b.Readers = b.At.UTC(), map[queues.AgentID]time.Time{}
			all = append(all, b)
		}
		var at time.Time
		if seen != nil {
			at = seen.UTC()
		}
		all[len(all)-1].Readers[agent] = at
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read bulletins: %w", err)
	}
	return all, nil
}
