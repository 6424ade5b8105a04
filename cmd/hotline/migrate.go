package main

import (
	"context"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks to PostgreSQL through database/sql

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/schema"
)

type migrateCommand struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c migrateCommand) Run(ctx context.Context) error {
	conf, _, err := config.LoadToServe(c.File)
	if err != nil {
		return err
	}
	applied, _, err := schema.Migrate(ctx, conf.Database.URL.Text())
	if err != nil {
		return err
	}
	fmt.Printf("the schema is up to date, %d migrations applied\n", applied)
	return nil
}
