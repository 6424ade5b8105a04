package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// transaction is one that costs no round trip of its own: it begins together with its first statements, and what is written last (see write) is committed together
// with them.
//
//	begin + first batch ─► … ─► written + commit, or what is read last + commit
//
// Its statements find rows by their keys, so that one plan of each serves all keys. PostgreSQL by itself would make most of them anew each time, for arrays of one
// length or another, which takes as long as all that they do. And of a table that was small when a plan was made it would read all rows, for as long as nobody has
// counted them again. It is of one goroutine.
type transaction struct {
	conn    *pgxpool.Conn
	begun   pgx.Tx    // nil before the first statement
	written pgx.Batch // goes along with the next statements, or with the commit
	failed  error     // of what was written; nobody after it undoes that, and it is the transaction's
	ended   bool      // see readLast
}

var _ pgx.Tx = (*transaction)(nil)

const (
	sqlBegin  = `BEGIN`
	sqlByKeys = `SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`
	sqlCommit = `COMMIT`
)

// inTransaction runs do in a transaction, and commits it unless do gives an error or panics. An error may come from what do has written, also where do takes it
// for another's, and gives none.
func inTransaction(ctx context.Context, pool *pgxpool.Pool, do func(pgx.Tx) error) (err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // the pool closes a connection that is still in a transaction
	tx := &transaction{conn: conn}
	defer func() { _ = tx.Rollback(ctx) }()
	err = do(tx)
	switch {
	case tx.failed != nil && !errors.Is(err, tx.failed):
		return tx.failed
	case err != nil:
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	end, cancel := unhurried(ctx)
	defer cancel()
	return tx.Commit(end)
}

// toEnd is how much longer than those who asked for it the end of a transaction may take.
const toEnd = 3 * time.Second

// unhurried is a context for the end of a transaction, which outlasts ctx by toEnd: who has asked may go, and what is kept by then is told to all others.
func unhurried(ctx context.Context) (context.Context, context.CancelFunc) {
	end, cancel := context.WithCancel(context.WithoutCancel(ctx))
	gone := context.AfterFunc(ctx, func() { time.AfterFunc(toEnd, cancel) })
	return end, func() { gone(); cancel() }
}

// write has statements carried out whose results nobody waits for before the transaction ends: they go along with the next ones, or with the commit, which gives
// their error. tx may be any.
func write(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	if t, is := tx.(*transaction); is {
		t.written.QueuedQueries = append(t.written.QueuedQueries, b.QueuedQueries...)
		return nil
	}
	return tx.SendBatch(ctx, b).Close()
}

// readLast carries out the last statements of a transaction, which write nothing, and ends it with them. tx may be any.
func readLast(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	t, is := tx.(*transaction)
	if is {
		b.Queue(sqlCommit)
	}
	err := tx.SendBatch(ctx, b).Close()
	if is && err == nil {
		t.ended = true
	}
	return err
}

// SendBatch begins the transaction where that is still to be done, and carries out what was written.
func (t *transaction) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if t.begun != nil && t.written.Len() == 0 {
		return t.begun.SendBatch(ctx, b)
	}
	var all pgx.Batch
	if t.begun == nil {
		all.BeginTx(pgx.TxOptions{BeginQuery: sqlBegin})
		all.Queue(sqlByKeys)
	}
	all.QueuedQueries = append(all.QueuedQueries, t.written.QueuedQueries...)
	before := all.Len()
	all.QueuedQueries = append(all.QueuedQueries, b.QueuedQueries...)
	t.written = pgx.Batch{}
	results := t.conn.SendBatch(ctx, &all)
	if t.begun == nil {
		t.begun = results.Tx()
	}
	for _, q := range all.QueuedQueries[:before] {
		if err := resultOf(q, results); err != nil {
			t.failed = errors.Join(err, results.Close())
			return pgx.FailedBatchResults(b, t.failed)
		}
	}
	return results
}

// resultOf reads the next result of a batch as Close does.
func resultOf(q *pgx.QueuedQuery, results pgx.BatchResults) (err error) {
	if q.Fn != nil {
		return q.Fn(results)
	}
	_, err = results.Exec()
	return err
}

// Commit carries out what was written, and commits with it. Where something has to be seen of a result first, it commits afterwards.
func (t *transaction) Commit(ctx context.Context) error {
	if t.ended || t.begun == nil && t.written.Len() == 0 {
		return nil
	}
	if t.written.Len() == 0 || slices.ContainsFunc(t.written.QueuedQueries, func(q *pgx.QueuedQuery) bool { return q.Fn != nil }) {
		tx, err := t.ready(ctx)
		if err != nil {
			return err
		}
		return tx.Commit(ctx)
	}
	var done pgconn.CommandTag
	var last pgx.Batch
	last.Queue(sqlCommit).Exec(func(tag pgconn.CommandTag) error { done = tag; return nil })
	if err := t.SendBatch(ctx, &last).Close(); err != nil {
		return err
	}
	if done.String() != sqlCommit {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// Rollback undoes what there is of the transaction; after a commit there is nothing.
func (t *transaction) Rollback(ctx context.Context) error {
	t.written = pgx.Batch{}
	if t.begun == nil || t.conn.Conn().PgConn().TxStatus() == 'I' {
		return nil
	}
	return t.begun.Rollback(ctx)
}

// ready is the transaction for statements that do not go in a batch: begun, with what was written carried out.
func (t *transaction) ready(ctx context.Context) (pgx.Tx, error) {
	if t.begun == nil || t.written.Len() > 0 {
		if err := t.SendBatch(ctx, &pgx.Batch{}).Close(); err != nil {
			return nil, err
		}
	}
	return t.begun, nil
}

// Begin begins a part that can be undone by itself.
func (t *transaction) Begin(ctx context.Context) (pgx.Tx, error) {
	tx, err := t.ready(ctx)
	if err != nil {
		return nil, err
	}
	return tx.Begin(ctx)
}

// Exec is pgx.Tx's.
func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tx, err := t.ready(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	return tx.Exec(ctx, sql, args...)
}

// Query is pgx.Tx's.
func (t *transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	tx, err := t.ready(ctx)
	if err != nil {
		return nil, err
	}
	return tx.Query(ctx, sql, args...)
}

// QueryRow is pgx.Tx's.
func (t *transaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	tx, err := t.ready(ctx)
	if err != nil {
		return noRow{err}
	}
	return tx.QueryRow(ctx, sql, args...)
}

// noRow is one that an error stands for.
type noRow struct{ err error }

func (r noRow) Scan(...any) error { return r.err }

// CopyFrom is pgx.Tx's.
func (t *transaction) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	tx, err := t.ready(ctx)
	if err != nil {
		return 0, err
	}
	return tx.CopyFrom(ctx, table, columns, rows)
}

// Prepare is pgx.Tx's.
func (t *transaction) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Conn().Prepare(ctx, name, sql)
}

// LargeObjects is pgx.Tx's. Nothing that is kept here is one.
func (t *transaction) LargeObjects() pgx.LargeObjects { panic("postgres: no large objects are kept") }

// Conn is the connection that carries the transaction.
func (t *transaction) Conn() *pgx.Conn { return t.conn.Conn() }
