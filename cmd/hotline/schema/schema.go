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

	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks to PostgreSQL through database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"hotline/deploy"
)

// Migrate brings the schema up to date, and says how many steps that took and which migration is the last now. Two Hotlines that
// start at once wait for each other: goose holds an advisory lock of PostgreSQL's.
func Migrate(ctx context.Context, url string) (applied int, version int64, err error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return 0, 0, fmt.Errorf("database: %w", err)
	}
	defer db.Close()
	provider, err := newMigrations(db)
	if err != nil {
		return 0, 0, fmt.Errorf("schema: %w", err)
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("schema: %w", OneLine(err))
	}
	if version, err = provider.GetDBVersion(ctx); err != nil {
		return len(done), 0, fmt.Errorf("schema: %w", OneLine(err))
	}
	return len(done), version, nil
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
	return goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(oneAtATime))
}

// Version is the number of the latest migration.
func Version() (latest int64, err error) {
	files, err := fs.Glob(deploy.Schema, "schema/*.sql")
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		version, err := goose.NumericComponent(f)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", f, err)
		}
		latest = max(latest, version)
	}
	return latest, nil
}

// OneLine is an error without line breaks. PostgreSQL's client puts each try on a line of its own, some twice.
func OneLine(err error) error {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return errors.New(strings.Join(slices.Compact(lines), " "))
}
