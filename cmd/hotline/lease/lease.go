// Package lease says which of several Hotlines is in charge of a node. They have one Asterisk and one database; one serves the calls, and the others wait as
// standbys until it is gone.
//
//	  the row in PostgreSQL: holder, epoch, beats
//	       ▲ Beat, each second       ▲ Read, five times a second
//	       │                         │
//	who is in charge              standby ── the same beat for 2 s, or let go ──► Take: the next epoch
//
// What holds:
//
//   - Who is in charge stays so while the database is away: nobody can take a row that cannot be read.
//   - A standby goes by its own clock, and by answers that come in time. A database that was frozen, or away, tells nothing of the holder: the standby begins to
//     look anew, and the holder has its time to beat again.
//   - Take succeeds only on the very row that was looked at. Each holder has an epoch of its own, and Beat fails for all but the latest.
//   - An epoch cannot keep a process from Asterisk that does not see the database. There the newcomer's connection takes the place of the one before
//     (asterisk.ErrReplaced). So a holder that has lost Asterisk asks for the lease before it connects again, and listens there where it gets no answer.
package lease

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Times of a lease.
const (
	BeatEvery = time.Second
	LookEvery = 200 * time.Millisecond
	GoneAfter = 2 * time.Second         // a holder that does not beat for so long is gone
	answers   = 1500 * time.Millisecond // the database has it to answer; after more it tells nothing
	beatTry   = 500 * time.Millisecond  // it has it for a beat; two tries and BeatEvery are no more than GoneAfter
)

var (
	// ErrTaken says that another is in charge.
	ErrTaken = errors.New("another Hotline is in charge")
	// ErrNone says that there is no lease in the database: nobody has taken the node yet, or the schema is of before there were any.
	ErrNone = errors.New("nobody has the lease")
)

// Row is a lease as it stands.
type Row struct {
	Holder   string
	Epoch    int64
	Beats    int64
	Beaten   time.Time
	Free     bool // the holder has let go
	Wanted   bool // it is asked to
	Host     string
	Asterisk string
}

// Table is where the leases are.
type Table struct{ pool *pgxpool.Pool }

// Open is the table in a database. It connects when it is needed.
func Open(url string) (*Table, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	c.ConnConfig.RuntimeParams["application_name"] = "hotline lease"
	c.ConnConfig.RuntimeParams["statement_timeout"] = "5s" // what a frozen database has not begun is not done much later
	c.ConnConfig.ConnectTimeout = answers
	c.MaxConns = 8 // one is used; those which did not answer in time count until they are closed, and others beat meanwhile
	pool, err := pgxpool.NewWithConfig(context.Background(), c)
	if err != nil {
		return nil, err
	}
	return &Table{pool}, nil
}

// Close closes the connections.
func (t *Table) Close() { t.pool.Close() }

// Read reads a node's lease; ErrNone.
func (t *Table) Read(ctx context.Context, node string) (r Row, err error) {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	err = t.pool.QueryRow(ctx, `SELECT holder, epoch, beats, beaten, free, wanted, host, asterisk FROM leases WHERE node = $1`, node).
		Scan(&r.Holder, &r.Epoch, &r.Beats, &r.Beaten, &r.Free, &r.Wanted, &r.Host, &r.Asterisk)
	return r, none(err)
}

// Take takes a node's lease over from the row that was looked at; a zero Row is none. The epoch is beyond that of the row, and beyond one that is known. ErrTaken
// says that the row is another by now.
func (t *Table) Take(ctx context.Context, node string, from Row, known int64, holder, host, asterisk string) (epoch int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	err = t.pool.QueryRow(ctx, `
		INSERT INTO leases AS l (node, holder, epoch, beats, beaten, free, wanted, host, asterisk)
		VALUES ($1, $2, $3 + 1, 0, now(), FALSE, FALSE, $4, $5)
		ON CONFLICT (node) DO UPDATE
		   SET holder = excluded.holder, epoch = greatest(l.epoch, $3) + 1, beats = 0, beaten = now(), free = FALSE, wanted = FALSE,
		       host = excluded.host, asterisk = excluded.asterisk
		 WHERE l.holder = $6 AND l.epoch = $7 AND l.beats = $8
		RETURNING epoch`, node, holder, known, host, asterisk, from.Holder, from.Epoch, from.Beats).Scan(&epoch)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrTaken
	}
	return epoch, none(err)
}

// Beat says that a holder is there. Where the database has lost the lease, or has an earlier one again because it was restored from a dump, it is written anew. wanted
// says that somebody asks the holder to let go. A try that is not answered soon is made again at once, on another connection: one slow answer costs nobody the lease.
// ErrTaken.
func (t *Table) Beat(ctx context.Context, node, holder string, epoch int64, host, asterisk string) (wanted bool, err error) {
	for range 2 {
		wanted, err = t.beat(ctx, node, holder, epoch, host, asterisk)
		if err == nil || errors.Is(err, ErrTaken) || errors.Is(err, ErrNone) || ctx.Err() != nil {
			break
		}
	}
	return wanted, err
}

func (t *Table) beat(ctx context.Context, node, holder string, epoch int64, host, asterisk string) (wanted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, beatTry)
	defer cancel()
	err = t.pool.QueryRow(ctx, `
		INSERT INTO leases AS l (node, holder, epoch, beats, beaten, free, wanted, host, asterisk)
		VALUES ($1, $2, $3, 0, now(), FALSE, FALSE, $4, $5)
		ON CONFLICT (node) DO UPDATE
		   SET holder = excluded.holder, epoch = excluded.epoch, beats = l.beats + 1, beaten = now(), free = FALSE,
		       wanted = l.wanted AND l.epoch = excluded.epoch, host = excluded.host, asterisk = excluded.asterisk
		 WHERE l.epoch < excluded.epoch OR l.epoch = excluded.epoch AND l.holder = excluded.holder
		RETURNING wanted`, node, holder, epoch, host, asterisk).Scan(&wanted)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, ErrTaken
	}
	return wanted, none(err)
}

// LetGo says that a holder is gone, and everything of it is written. A lease that is another's stays as it is.
func (t *Table) LetGo(ctx context.Context, node, holder string, epoch int64) error {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	_, err := t.pool.Exec(ctx, `UPDATE leases SET free = TRUE, wanted = FALSE WHERE node = $1 AND holder = $2 AND epoch = $3`, node, holder, epoch)
	return err
}

// Want asks who has a node's lease to let go. The error is ErrNone where nobody is in charge.
func (t *Table) Want(ctx context.Context, node string) error {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	done, err := t.pool.Exec(ctx, `UPDATE leases SET wanted = TRUE WHERE node = $1 AND NOT free`, node)
	if err == nil && done.RowsAffected() == 0 {
		err = ErrNone
	}
	return none(err)
}

// none is ErrNone for a lease that is not there.
func none(err error) error {
	var pg *pgconn.PgError
	if errors.Is(err, pgx.ErrNoRows) || errors.As(err, &pg) && pg.Code == "42P01" { // no such table
		return ErrNone
	}
	return err
}

// Watch looks at a holder's beats. Time is an argument.
type Watch struct {
	row   Row
	since time.Time // since when the row is the same; zero where nothing is known
	last  time.Time // when it was seen last
}

// Seen takes what was read, and says whether the holder is gone. A look that comes long after the one before, because this process was held up, tells nothing.
func (w *Watch) Seen(r Row, at time.Time) (gone bool) {
	if w.since.IsZero() || at.Sub(w.last) > GoneAfter || r.Holder != w.row.Holder || r.Epoch != w.row.Epoch || r.Beats != w.row.Beats {
		w.since = at
	}
	w.row, w.last = r, at
	return r.Free || at.Sub(w.since) >= GoneAfter
}

// Blind takes that nothing could be read: what was seen before says nothing any more.
func (w *Watch) Blind() { *w = Watch{} }
