// Package schema is the database's, as the migrations of deploy/schema make it.
package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"hotline/deploy"
)

// Who waits for a table, to change it, has everybody wait behind them: a running Hotline, and its callers. So a migration waits lockWait at most for each,
// lets the others go on for breath, and is tried again: so often that a backup, which holds all tables, may end meanwhile.
const (
	lockWait = 2 * time.Second
	breath   = 2 * time.Second
	tries    = 15
)

// Migrate brings the schema up to date, and says how many steps that took and which migration is the last now. Two Hotlines that
// start at once wait for each other: goose holds an advisory lock of PostgreSQL's.
func Migrate(ctx context.Context, url string) (applied int, version int64, err error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return 0, 0, fmt.Errorf("database: %w", err)
	}
	if _, set := c.RuntimeParams["lock_timeout"]; !set {
		c.RuntimeParams["lock_timeout"] = fmt.Sprint(lockWait.Milliseconds())
	}
	db := stdlib.OpenDB(*c) // goose speaks to PostgreSQL through database/sql
	defer db.Close()
	provider, err := newMigrations(db)
	if err != nil {
		return 0, 0, fmt.Errorf("schema: %w", err)
	}
	if applied, err = up(ctx, provider); err != nil {
		return applied, 0, fmt.Errorf("schema: %w", OneLine(err))
	}
	if version, err = provider.GetDBVersion(ctx); err != nil {
		return applied, 0, fmt.Errorf("schema: %w", OneLine(err))
	}
	return applied, version, nil
}

// up applies what is not applied yet, and tries again what could not have its table.
func up(ctx context.Context, provider *goose.Provider) (applied int, err error) {
	for range tries {
		done, failed := provider.Up(ctx)
		applied += len(done)
		var part *goose.PartialError
		if errors.As(failed, &part) {
			applied += len(part.Applied)
		}
		if err = failed; !busy(err) {
			return applied, err
		}
		select {
		case <-time.After(breath):
		case <-ctx.Done():
			return applied, err
		}
	}
	return applied, fmt.Errorf("others hold a table for long, such as a backup: %w", err)
}

// busy says that somebody else held what a migration wanted to change, or wanted what it held.
func busy(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "55P03" || pg.Code == "40P01") // lock_not_available, deadlock_detected
}

func newMigrations(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(deploy.Schema, "schema")
	if err != nil {
		return nil, err
	}
	oneAtATime, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60)) // asks each second, for a minute
	if err != nil {
		return nil, err
	}
	// Work that takes long may bring a migration of a lower number than one that a database has by then: it is applied all the same.
	return goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(oneAtATime), goose.WithAllowOutofOrder(true))
}

// Versions are the numbers of all migrations, in their order.
func Versions() (all []int64, err error) {
	files, err := fs.Glob(deploy.Schema, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		version, err := goose.NumericComponent(f)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", f, err)
		}
		all = append(all, version)
	}
	slices.Sort(all)
	return all, nil
}

// Version is the number of the latest migration.
func Version() (latest int64, err error) {
	all, err := Versions()
	if err != nil {
		return 0, err
	}
	return all[len(all)-1], nil
}

// OneLine is an error without line breaks. PostgreSQL's client puts each try on a line of its own, some twice.
func OneLine(err error) error {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return errors.New(strings.Join(slices.Compact(lines), " "))
}
