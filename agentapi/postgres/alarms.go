package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/agentapi/alarms"
)

// Alarms is an alarms.Store and an alarms.OrderStore.
type Alarms struct {
	pool *pgxpool.Pool
	told AlarmTold
}

// AlarmTold is called in the transaction in which an alarm is written, with how it was written before; was is nil where it was not.
type AlarmTold func(ctx context.Context, tx pgx.Tx, was *alarms.Raised, is alarms.Raised) error

// NewAlarms uses a pool that belongs to the caller. A nil told tells nobody.
func NewAlarms(pool *pgxpool.Pool, told AlarmTold) *Alarms { return &Alarms{pool, told} }

const alarmColumns = `id, rule, kind, queue, department, urgent, raised_at, bound, value, worst, seen_by, seen_at, cleared_at, gone`

// KeepAlarm writes an alarm as it is now, tells whoever is to be told of what is new about it, and lets go of what is 400 days old.
func (s *Alarms) KeepAlarm(ctx context.Context, a alarms.Raised) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+alarmColumns+` FROM alarms WHERE id = $1 FOR UPDATE`, a.ID)
		if err != nil {
			return err
		}
		var was *alarms.Raised
		switch before, err := pgx.CollectExactlyOneRow(rows, alarmOf); {
		case err == nil:
			was = &before
		case !errors.Is(err, pgx.ErrNoRows):
			return err
		default:
			if _, err := tx.Exec(ctx, `DELETE FROM alarms WHERE raised_at < now() - interval '400 days'`); err != nil {
				return err
			}
			if a.Cleared.IsZero() { // one of the same that nobody has cleared would keep this one out for ever
				_, err := tx.Exec(ctx, `UPDATE alarms SET cleared_at = $4 WHERE rule = $1 AND queue = $2 AND department = $3 AND cleared_at IS NULL`, a.Rule, string(a.Of.Queue), a.Of.Department, a.At)
				if err != nil {
					return err
				}
			}
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO alarms (`+alarmColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
			ON CONFLICT (id) DO UPDATE SET value = excluded.value, worst = excluded.worst, seen_by = excluded.seen_by, seen_at = excluded.seen_at,
				cleared_at = excluded.cleared_at, gone = excluded.gone`,
			a.ID, a.Rule, string(a.Kind), string(a.Of.Queue), a.Of.Department, a.Urgent, a.At, a.Bound, a.Value, a.Worst, a.By, orNull(a.SeenAt), orNull(a.Cleared), a.Gone)
		if err != nil || s.told == nil {
			return err
		}
		return s.told(ctx, tx, was, a)
	})
	if err != nil {
		return fmt.Errorf("keep alarm %s: %w", a.ID, err)
	}
	return nil
}

// OpenAlarms are those that are not cleared.
func (s *Alarms) OpenAlarms(ctx context.Context) ([]alarms.Raised, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+alarmColumns+` FROM alarms WHERE cleared_at IS NULL`)
	return collected(rows, err)
}

// PastAlarms are those raised before one of them, the latest first; the zero one is from the latest on.
func (s *Alarms) PastAlarms(ctx context.Context, before alarms.Raised, limit int) ([]alarms.Raised, error) {
	if before.At.IsZero() {
		rows, err := s.pool.Query(ctx, `SELECT `+alarmColumns+` FROM alarms ORDER BY raised_at DESC, id DESC LIMIT $1`, limit)
		return collected(rows, err)
	}
	rows, err := s.pool.Query(ctx, `SELECT `+alarmColumns+` FROM alarms WHERE (raised_at, id) < ($1, $2::uuid) ORDER BY raised_at DESC, id DESC LIMIT $3`, before.At, before.ID, limit)
	return collected(rows, err)
}

func collected(rows pgx.Rows, err error) ([]alarms.Raised, error) {
	if err == nil {
		var all []alarms.Raised
		if all, err = pgx.CollectRows(rows, alarmOf); err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("read alarms: %w", err)
}

func alarmOf(row pgx.CollectableRow) (a alarms.Raised, err error) {
	var seen, cleared *time.Time
	err = row.Scan(&a.ID, &a.Rule, &a.Kind, &a.Of.Queue, &a.Of.Department, &a.Urgent, &a.At, &a.Bound, &a.Value, &a.Worst, &a.By, &seen, &cleared, &a.Gone)
	a.At, a.SeenAt, a.Cleared = a.At.UTC(), orZero(seen), orZero(cleared)
	return a, err
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// OrderBounds keeps the bounds that somebody has given a rule.
func (s *Alarms) OrderBounds(ctx context.Context, o alarms.Order) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO alarm_orders (rule, raise, clear, hold, clear_for, off, given_by, given_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (rule) DO UPDATE SET raise = excluded.raise, clear = excluded.clear, hold = excluded.hold, clear_for = excluded.clear_for, off = excluded.off,
			given_by = excluded.given_by, given_at = excluded.given_at`,
		o.Rule, o.Raise, o.Clear, o.For, o.ClearFor, o.Off, o.By, o.At)
	if err != nil {
		return fmt.Errorf("order bounds of rule %s: %w", o.Rule, err)
	}
	return nil
}

// TakeBackBounds forgets them.
func (s *Alarms) TakeBackBounds(ctx context.Context, rule string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM alarm_orders WHERE rule = $1`, rule); err != nil {
		return fmt.Errorf("take back bounds of rule %s: %w", rule, err)
	}
	return nil
}

// BoundsOrders are all that somebody has given, of rules that are no more, too.
func (s *Alarms) BoundsOrders(ctx context.Context) ([]alarms.Order, error) {
	rows, err := s.pool.Query(ctx, `SELECT rule, raise, clear, hold, clear_for, off, given_by, given_at FROM alarm_orders`)
	if err == nil {
		var all []alarms.Order
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o alarms.Order, err error) {
			err = row.Scan(&o.Rule, &o.Raise, &o.Clear, &o.For, &o.ClearFor, &o.Off, &o.By, &o.At)
			o.At = o.At.UTC()
			return o, err
		})
		if err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("read orders of alarms' rules: %w", err)
}
