package personal

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets/postgres"
	"hotline/tickets/spool"
)

// Disks are the spools of all servers that have the database: each hears of the erasures that were ordered at another.
type Disks struct {
	Pool   *pgxpool.Pool
	Holder string // this server's spool, as the lease names it
	Host   string // where it is, for people to see
	Folder string // where erasures wait here
}

// Tell leaves an erasure for the spools beside the one where it was ordered, where there are any, in the transaction that erases.
func Tell(ctx context.Context, tx pgx.Tx, holder string, e Erasure) error {
	person, err := json.Marshal(e)
	if err != nil {
		return err
	}
	// By their numbers they are told of, so that one must not be committed after another with a later number.
	if _, err = tx.Exec(ctx, `LOCK TABLE erasures IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO erasures (holder, person) SELECT $1, $2 WHERE EXISTS (SELECT FROM spools WHERE holder <> $1)`, holder, string(person))
	return err
}

// TellLate leaves for all spools that facts of calls have come whose person was erased before: they are on the disk of whoever has brought them. It is for postgres.Store.OnLate.
func TellLate(ctx context.Context, tx pgx.Tx, p postgres.Person, calls []string) error {
	return Tell(ctx, tx, "", Erasure{Person: p, Calls: calls})
}

// goneAfter is how long an erasure waits for a spool that does not ask, as one of a server that is gone for ever: it names a person. A journal of then is not kept for so long, unless the
// configuration says so.
const goneAfter = 90 * 24 * time.Hour

// Hear leaves in this server's folder what was ordered elsewhere since it asked last, and says how much that was. What all have heard of is gone from the database; nobody
// waits for a spool that has not asked for goneAfter.
func (d Disks) Hear(ctx context.Context) (n int, err error) {
	err = pgx.BeginFunc(ctx, d.Pool, func(tx pgx.Tx) error {
		n = 0
		var heard int64
		err := tx.QueryRow(ctx, `
			INSERT INTO spools (holder, host, heard, seen) VALUES ($1, $2, 0, now())
			ON CONFLICT (holder) DO UPDATE SET host = excluded.host, seen = excluded.seen
			RETURNING heard`, d.Holder, d.Host).Scan(&heard)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT n, holder, person FROM erasures WHERE n > $1 ORDER BY n`, heard)
		if err != nil {
			return err
		}
		var holder string
		var e Erasure
		_, err = pgx.ForEachRow(rows, []any{&heard, &holder, &e}, func() error {
			if holder != d.Holder {
				if _, err := Ask(d.Folder, e); err != nil {
					return err
				}
				n++
			}
			e = Erasure{}
			return nil
		})
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `UPDATE spools SET heard = $2 WHERE holder = $1 AND heard < $2`, d.Holder, heard); err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `DELETE FROM spools WHERE seen < now() - $1::interval`, goneAfter); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM erasures WHERE n <= (SELECT min(heard) FROM spools)`)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("hear of erasures: %w", err)
	}
	return n, nil
}

// hearEvery is how often a server asks whom others have erased.
const hearEvery = 5 * time.Second

// Listen hears of erasures until ctx ends. A database that is away is asked again.
func (d Disks) Listen(ctx context.Context, log *slog.Logger) {
	for {
		n, err := d.Hear(ctx)
		switch {
		case n > 0:
			log.Info("persons were erased at another server, and are to be erased from this disk", "persons", n)
		case err != nil && ctx.Err() == nil:
			log.Debug("whom other servers have erased is not known", "err", err)
		}
		select {
		case <-time.After(hearEvery):
		case <-ctx.Done():
			return
		}
	}
}

// RunWaiting carries out what is left in the folder of a server that only waits, until ctx ends, as far as erase can. The rest is for Run, which goes by the calls: who they were
// nothing there says any more.
func RunWaiting(ctx context.Context, folder string, erase func(context.Context, Erasure) error, log *slog.Logger) {
	for {
		files, _ := filepath.Glob(filepath.Join(folder, "*"+ending))
		for _, file := range files {
			did, err := carryOutWaiting(ctx, file, erase)
			switch {
			case err != nil && ctx.Err() == nil:
				log.Error("a person is not erased from the disk yet; this is tried again", "request", filepath.Base(file), "err", err)
			case did:
				log.Info("a person is erased from the disk of this standby")
			}
		}
		select {
		case <-time.After(hearEvery):
		case <-ctx.Done():
			return
		}
	}
}

func carryOutWaiting(ctx context.Context, file string, erase func(context.Context, Erasure) error) (did bool, err error) {
	e, err := read(file)
	if err != nil || e.Begun {
		return false, err
	}
	if err := erase(ctx, e); err != nil {
		return false, err
	}
	text, err := json.Marshal(Erasure{Calls: e.Calls, Begun: true})
	if err == nil {
		err = spool.Replace(file, text, 0o640)
	}
	return err == nil, err
}

func read(file string) (e Erasure, err error) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, err
}
