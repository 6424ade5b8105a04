// Package postgres keeps customers, tickets and contacts in PostgreSQL. SQL stands here and nowhere
// else; each use case is one transaction, and no row type leaves the package.
//
// Facts are applied in batches by one applier: a handful of queries load the rows that a batch touches into a
// tickets.Book, the book turns them, and one pipelined round trip saves what has changed and commits (see transaction). So the cost is that of the
// commits, not of the facts.
//
//	begin ─► seen facts, contacts, tickets (for update), second names, holders ─► Book.Apply … ─► save ─► commit
//
// Store is the life of tickets. Customers is who the customers are, and shares with it how tickets are changed and who is told of that (changing). Imports,
// Reports and Contents need the pool alone, and each has what is its own.
//
// The database may be away: nothing here waits for it longer than its context or the statement
// timeout says, and the pool connects anew by itself. An error is tickets.ErrRefused only where
// the database refuses what a fact says; a missing table, a full disk, a shutdown are the database's own
// affair, and facts wait for their end.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/due"
)

// Store is a tickets.Store, with the readings of the API besides. It is safe for concurrent use.
type Store struct {
	*changing
	noticed   []func([]tickets.Notice) // see OnNotice
	reckonNew func(*due.File)          // see there; nil leaves new tickets to Reckon
	reckoning sync.RWMutex             // held for reading while new tickets are reckoned and written: who has tickets reckoned by other terms waits for them

	toldLate func(ctx context.Context, tx pgx.Tx, p Person, calls []string) error // see OnLate
}

var _ tickets.Store = (*Store)(nil)

// Connect makes a pool with the limits that Hotline works under. It does not connect yet: the database
// may be away. An error says what is wrong with the address.
func Connect(url string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	for name, value := range map[string]string{
		"application_name":                    "hotline",
		"timezone":                            "UTC",
		"statement_timeout":                   "5s",
		"lock_timeout":                        "2s",
		"idle_in_transaction_session_timeout": "10s",
		"jit":                                 "off", // a page that is read in milliseconds would wait for a compiler, or for other processes to begin
		"max_parallel_workers_per_gather":     "0",
	} {
		if _, set := c.ConnConfig.RuntimeParams[name]; !set {
			c.ConnConfig.RuntimeParams[name] = value
		}
	}
	if c.ConnConfig.ConnectTimeout == 0 || c.ConnConfig.ConnectTimeout > 5*time.Second {
		c.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	c.MaxConns = max(c.MaxConns, 12)
	c.HealthCheckPeriod = 5 * time.Second
	return pgxpool.NewWithConfig(context.Background(), c)
}

// New is a store over a pool, which stays the caller's to close.
func New(pool *pgxpool.Pool) *Store {
	return &Store{changing: &changing{pool: pool}}
}

// ReserveNumbers takes a block of serial numbers, from a number on or later.
func (s *Store) ReserveNumbers(ctx context.Context, count int, from uint64) (tickets.Block, error) {
	b := tickets.Block{Count: count}
	err := s.pool.QueryRow(ctx, `
		UPDATE ticket_serials SET next = greatest(next, $2) + $1 RETURNING next - $1`, count, from).Scan(&b.First)
	if err != nil {
		return tickets.Block{}, fmt.Errorf("reserve %d ticket numbers: %w", count, err)
	}
	return b, nil
}

// refusal marks the errors that PostgreSQL will give for the same fact for ever, by the class of SQLSTATE
// (PostgreSQL, Appendix A). All others mean that the database is away in some way.
func refusal(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || len(pg.Code) != 5 {
		return err
	}
	switch pg.Code[:2] {
	case "22", // data exception: a text that is none, a number out of range
		"23", // integrity constraint violation
		"44", // with check option violation
		"54": // program limit exceeded: an index row too large
		return fmt.Errorf("%w: %w", tickets.ErrRefused, err)
	default:
		return err
	}
}
