package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
)

// withheldCommand shows the number of a caller who withholds it, to whoever runs this installation: for a complaint, or for an emergency.
// No page shows it.
type withheldCommand struct {
	File  string `arg:"" help:"The configuration, such as hotline.yaml."`
	About string `arg:"" help:"A ticket's number, or a call's id."`
}

func (c withheldCommand) Run(ctx context.Context) error {
	return withDatabase(c.File, func(conf config.Config, pool *pgxpool.Pool) error {
		return c.show(ctx, ticketstore.New(pool), os.Stdout, conf.Location())
	})
}

// show leaves a line in the audit for each call before it shows anything.
func (c withheldCommand) show(ctx context.Context, store *ticketstore.Store, out io.Writer, place *time.Location) error {
	about := c.About
	if n, err := tickets.ParseNumber(about); err == nil {
		about = string(n)
	}
	all, err := store.Withheld(ctx, about)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no caller of %q withheld a number that the network told", c.About)
	}
	var calls []string
	for _, w := range all {
		calls = append(calls, w.Call)
	}
	if err := lookedAs(ctx, store, tickets.Look{Who: commandLine()}, tickets.SawWithheld, calls...); err != nil {
		return err
	}
	for _, w := range all {
		if _, err := fmt.Fprintf(out, "%s  %s  %s\n", w.At.In(place).Format(time.DateTime), w.Call, tickets.Display(w.Said)); err != nil {
			return err
		}
	}
	return nil
}
