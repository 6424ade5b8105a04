// Package postgres keeps what is known of recordings in PostgreSQL: the table of deploy/schema/050_recordings.sql, which is this package's alone. What is
// known stands there twice: in columns, to be found by, and as a whole in JSON, as the vault has it.
package postgres

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/recordings"
	"hotline/telephony"
)

// Rows is a recordings.Rows. It is safe for concurrent use.
type Rows struct{ pool *pgxpool.Pool }

var _ recordings.Rows = (*Rows)(nil)

// New uses a pool that belongs to the caller.
func New(pool *pgxpool.Pool) *Rows { return &Rows{pool} }

// Add implements recordings.Rows.
func (r *Rows) Add(ctx context.Context, m recordings.Meta) error {
	meta, err := json.Marshal(m)
	if err != nil {
		return err
	}
	agents := make([]string, 0, len(m.Agents))
	for _, t := range m.Agents {
		agents = append(agents, t.Agent)
	}
	var deleted bool
	err = r.pool.QueryRow(ctx, `
		WITH added AS (
			INSERT INTO recordings (id, kind, call, queue, agents, started_at, ended_at, meta) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO NOTHING
		)
		SELECT EXISTS (SELECT FROM recordings WHERE id = $1 AND deleted_at IS NOT NULL)`,
		m.ID, m.Kind, m.Call, m.Queue, agents, m.Started, m.Started.Add(m.Length), meta).Scan(&deleted)
	if err != nil {
		return fmt.Errorf("add a recording: %w", err)
	}
	if deleted {
		return recordings.ErrDeleted
	}
	return nil
}

// Delete implements recordings.Rows.
func (r *Rows) Delete(ctx context.Context, id recordings.ID, d recordings.Deletion) error {
	done, err := r.pool.Exec(ctx, `
		UPDATE recordings SET deleted_at = $2, deleted_by = $3, deleted_why = $4, meta = '{}', agents = '{}'
		 WHERE id = $1 AND held_at IS NULL AND deleted_at IS NULL`, id, d.At, d.By, d.Why)
	if err != nil {
		return fmt.Errorf("delete a recording: %w", err)
	}
	if done.RowsAffected() == 1 {
		return nil
	}
	var deleted bool
	err = r.pool.QueryRow(ctx, `SELECT deleted_at IS NOT NULL FROM recordings WHERE id = $1`, id).Scan(&deleted)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return recordings.ErrNone
	case err != nil:
		return fmt.Errorf("delete a recording: %w", err)
	case deleted:
		return nil
	default:
		return recordings.ErrHeld
	}
}

// Due implements recordings.Rows. It lets go, too, of what stayed of those that were deleted 400 days ago.
func (r *Rows) Due(ctx context.Context, rule recordings.Rule, now time.Time) (due []recordings.ID, err error) {
	queues, keeps := make([]string, 0, len(rule.Queues)), make([]time.Duration, 0, len(rule.Queues))
	for q, keep := range rule.Queues {
		queues, keeps = append(queues, q), append(keeps, keep)
	}
	if _, err := r.pool.Exec(ctx, `DELETE FROM recordings WHERE deleted_at < $1::timestamptz - interval '400 days'`, now); err != nil {
		return nil, fmt.Errorf("forget deleted recordings: %w", err)
	}
	rows, err := r.pool.Query(ctx, `
		SELECT r.id
		  FROM recordings r LEFT JOIN unnest($2::text[], $3::interval[]) AS of_queue (queue, keep) ON of_queue.queue = r.queue AND r.kind = 'talk',
		       LATERAL (SELECT CASE WHEN r.kind = 'message' THEN $4::interval ELSE coalesce(of_queue.keep, $5::interval) END AS time) AS keep
		 WHERE r.deleted_at IS NULL AND r.held_at IS NULL AND keep.time > interval '0' AND r.ended_at < $1::timestamptz - keep.time
		 ORDER BY r.ended_at LIMIT 100`, now, queues, keeps, rule.Messages, rule.Talks)
	if err == nil {
		due, err = pgx.CollectRows(rows, pgx.RowTo[recordings.ID])
	}
	if err != nil {
		return nil, fmt.Errorf("recordings that are due: %w", err)
	}
	return due, nil
}

// OfCalls implements recordings.Rows.
func (r *Rows) OfCalls(ctx context.Context, calls ...telephony.CallID) ([]recordings.Entry, error) {
	return r.read(ctx, `call = ANY($1) ORDER BY started_at, id`, ids(calls))
}

// One is a recording; ErrNone where it is not there, or was deleted.
func (r *Rows) One(ctx context.Context, id recordings.ID) (recordings.Entry, error) {
	all, err := r.read(ctx, `id = $1`, id)
	if err != nil {
		return recordings.Entry{}, err
	}
	if len(all) == 0 {
		return recordings.Entry{}, recordings.ErrNone
	}
	return all[0], nil
}

// Hold holds a recording, or lets it go (nil). Who holds it first stays so. The error is ErrNone.
func (r *Rows) Hold(ctx context.Context, id recordings.ID, h *recordings.Hold) error {
	var at *time.Time
	var by, why *string
	if h != nil {
		at, by, why = &h.At, &h.By, &h.Why
	}
	done, err := r.pool.Exec(ctx, `
		UPDATE recordings
		   SET held_at = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE coalesce(held_at, $2) END,
		       held_by = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE coalesce(held_by, $3) END,
		       held_why = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE coalesce(held_why, $4) END
		 WHERE id = $1 AND deleted_at IS NULL`, id, at, by, why)
	if err != nil {
		return fmt.Errorf("hold a recording: %w", err)
	}
	if done.RowsAffected() == 0 {
		return recordings.ErrNone
	}
	return nil
}

// Find looks for recordings. The error is ErrCursor.
func (r *Rows) Find(ctx context.Context, q recordings.Question) (page recordings.Page, err error) {
	var conditions []string
	var values []any
	also := func(condition string, value any) {
		values = append(values, value)
		conditions = append(conditions, strings.ReplaceAll(condition, "$", "$"+strconv.Itoa(len(values))))
	}
	if q.Of != "" {
		also(`agents @> ARRAY[$::text]`, q.Of)
	}
	if q.Agent != "" {
		also(`agents @> ARRAY[$::text]`, q.Agent)
	}
	if q.Calls != nil {
		also(`call = ANY($)`, ids(q.Calls))
	}
	if q.Queue != "" {
		also(`queue = $`, q.Queue)
	}
	if q.Kind != "" {
		also(`kind = $`, q.Kind)
	}
	if !q.From.IsZero() {
		also(`started_at >= $`, q.From)
	}
	if !q.To.IsZero() {
		also(`started_at < $`, q.To)
	}
	if q.Held {
		conditions = append(conditions, `held_at IS NOT NULL`)
	}
	if q.Cursor != "" {
		at, id, err := readCursor(q.Cursor)
		if err != nil {
			return page, err
		}
		values = append(values, at, id)
		conditions = append(conditions, fmt.Sprintf(`(started_at, id) < ($%d, $%d)`, len(values)-1, len(values)))
	}
	conditions, values = append(conditions, "true"), append(values, q.Limit+1)
	page.Entries, err = r.read(ctx, strings.Join(conditions, " AND ")+` ORDER BY started_at DESC, id DESC LIMIT $`+strconv.Itoa(len(values)), values...)
	if len(page.Entries) > q.Limit {
		page.Entries = page.Entries[:q.Limit]
		page.Next = cursor(page.Entries[q.Limit-1])
	}
	return page, err
}

// read reads recordings that are not deleted.
func (r *Rows) read(ctx context.Context, where string, values ...any) (all []recordings.Entry, err error) {
	rows, err := r.pool.Query(ctx, `SELECT meta, held_at, held_by, held_why FROM recordings WHERE deleted_at IS NULL AND `+where, values...)
	if err != nil {
		return nil, fmt.Errorf("read recordings: %w", err)
	}
	var meta []byte
	var at *time.Time
	var by, why *string
	_, err = pgx.ForEachRow(rows, []any{&meta, &at, &by, &why}, func() error {
		var e recordings.Entry
		if at != nil {
			e.Held = &recordings.Hold{At: at.UTC(), By: *by, Why: *why}
		}
		all = append(all, e)
		return json.Unmarshal(meta, &all[len(all)-1].Meta)
	})
	if err != nil {
		return nil, fmt.Errorf("read recordings: %w", err)
	}
	return all, nil
}

// ids are calls' ids as PostgreSQL takes them; what is no UUID is no call's here.
func ids(calls []telephony.CallID) []uuid.UUID {
	all := make([]uuid.UUID, 0, len(calls))
	for _, c := range calls {
		if id, err := uuid.Parse(string(c)); err == nil {
			all = append(all, id)
		}
	}
	return all
}

func cursor(e recordings.Entry) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", e.Started.UnixMicro(), e.ID))
}

func readCursor(s string) (at time.Time, id recordings.ID, err error) {
	text, notBase64 := base64.RawURLEncoding.DecodeString(s)
	micros, name, found := strings.Cut(string(text), " ")
	n, notNumber := strconv.ParseInt(micros, 10, 64)
	if id, err = recordings.ParseID(name); err != nil || notBase64 != nil || !found || notNumber != nil {
		return at, "", recordings.ErrCursor
	}
	return time.UnixMicro(n), id, nil
}
