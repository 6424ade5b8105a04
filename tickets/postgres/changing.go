package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
)

// changing is where tickets are changed: a pool, whose transactions run again where they met another, and those who are told what has changed. Store and
// Customers share one.
type changing struct {
	pool  *pgxpool.Pool
	in    []func(ctx context.Context, tx pgx.Tx, facts []tickets.Fact, history []tickets.Change) error // see OnChange
	after []func(history []tickets.Change)
}

// inTx runs one use case.
func (c *changing) inTx(ctx context.Context, do func(pgx.Tx) error) error {
	return inTransaction(ctx, c.pool, do)
}

// read carries out statements that only read, and find rows by their keys (see transaction): in one round trip, however few rows there were when their plans were made. What
// is sent in one is a transaction of itself, which is not begun or committed by statements of its own.
func (c *changing) read(ctx context.Context, b *pgx.Batch) error {
	var all pgx.Batch
	all.Queue(sqlByKeys)
	all.QueuedQueries = append(all.QueuedQueries, b.QueuedQueries...)
	return c.pool.SendBatch(ctx, &all).Close()
}

// OnChange makes a store tell what has changed: in, within each transaction, which its error undoes; and after, when it is committed. Either may
// be nil. It is for the one who makes the store, before it is used; whoever is added later is told later. Facts are those that the transaction
// applies; none where a command does it.
func (c *changing) OnChange(in func(ctx context.Context, tx pgx.Tx, facts []tickets.Fact, history []tickets.Change) error, after func(history []tickets.Change)) {
	if in != nil {
		c.in = append(c.in, in)
	}
	if after != nil {
		c.after = append(c.after, after)
	}
}

func (c *changing) changed(ctx context.Context, tx pgx.Tx, facts []tickets.Fact, history []tickets.Change) error {
	if collected, is := ctx.Value(historyKey{}).(*[]tickets.Change); is {
		*collected = append(*collected, history...)
	}
	if len(facts)+len(history) == 0 {
		return nil
	}
	for _, in := range c.in {
		if err := in(ctx, tx, facts, history); err != nil {
			return err
		}
	}
	return nil
}

type historyKey struct{}

// told runs a use case in a transaction, and tells afterwards what changed in it.
func (c *changing) told(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	var history []tickets.Change
	ctx = context.WithValue(ctx, historyKey{}, &history)
	done := false
	err := c.inTx(ctx, func(tx pgx.Tx) (err error) {
		history = history[:0]
		err = do(ctx, tx)
		done = err == nil
		return err
	})
	if len(history) > 0 && (err == nil || done && !undone(err) && c.kept(ctx, history)) {
		for _, after := range c.after {
			after(history)
		}
	}
	return err
}

// undone says that PostgreSQL itself has answered with an error, and not that it went away: then the transaction has no effect.
func undone(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR"
}

const sqlKeptLine = `SELECT EXISTS (SELECT FROM ticket_changes WHERE ticket = $1 AND version = $2 AND at = $3 AND kind = $4)`

// kept says whether a transaction took effect whose commit nobody has confirmed: the connection broke, and whoever asks again will be told that it was
// done before. So what it has changed is told now.
func (c *changing) kept(ctx context.Context, history []tickets.Change) (kept bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	last := history[len(history)-1]
	return c.pool.QueryRow(ctx, sqlKeptLine, last.Ticket, last.Version, last.At, last.Kind).Scan(&kept) == nil && kept
}

// errMoved says that a contact was given to another ticket while its own was being locked.
var errMoved = errors.New("a contact goes to another ticket in this very moment")

// again runs a use case in a transaction, and once more where it met another: they had locked each other out, wrote the same contact at once, or the
// other gave a contact to another ticket.
func (c *changing) again(ctx context.Context, do func(context.Context, pgx.Tx) error) (err error) {
	for range 4 {
		if err = c.told(ctx, do); !met(err) {
			return err
		}
	}
	return err
}

func met(err error) bool {
	var pg *pgconn.PgError
	return errors.Is(err, errMoved) || errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001" || pg.ConstraintName == "contacts_pkey")
}
