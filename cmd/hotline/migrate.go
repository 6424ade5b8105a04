package main

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks to PostgreSQL through database/sql
	"github.com/pressly/goose/v3"

	"hotline/deploy"
)

type migrateCommand struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c migrateCommand) Run(ctx context.Context) error {
	config, err := loadConfig(c.File)
	if err != nil {
		return err
	}
	applied, err := migrate(ctx, config.Database.URL.Text())
	if err != nil {
		return err
	}
	fmt.Printf("the schema is up to date, %d migrations applied\n", applied)
	return nil
}

// migrate brings the schema up to date and says how many steps that took. Two Hotlines that
// start at once wait for each other: goose holds a lock.
func migrate(ctx context.Context, url string) (applied int, err error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return 0, fmt.Errorf("database: %w", err)
	}
	defer db.Close()
	files, err := fs.Sub(deploy.Schema, "schema")
	if err != nil {
		return 0, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return 0, fmt.Errorf("schema: %w", err)
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("schema: %w", err)
	}
	return len(done), nil
}
