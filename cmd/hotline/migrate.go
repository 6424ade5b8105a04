package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/schema"
	ticketstore "hotline/tickets/postgres"
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

// withDatabase gives a command the configuration that Hotline serves with, and its database.
func withDatabase(file string, do func(config.Config, *pgxpool.Pool) error) error {
	conf, _, err := config.LoadToServe(file)
	if err != nil {
		return err
	}
	pool, err := ticketstore.Connect(conf.Database.URL.Text())
	if err != nil {
		return err
	}
	defer pool.Close()
	return do(conf, pool)
}
