package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/register"
	"hotline/tickets/spool"
)

// factsCommand is about the facts that the database refused. They stand in a file of the spool's folder, and a Hotline that serves may have that open.
type factsCommand struct {
	List  listFacts  `cmd:"" help:"List them: when they were set aside, what they are about, and why."`
	Retry retryFacts `cmd:"" help:"Have the database take them now."`
}

type listFacts struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c listFacts) Run() error {
	conf, err := config.Load(c.File)
	if err != nil {
		return err
	}
	all, err := spool.ReadAside(conf.Spool)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "SET ASIDE\tKIND\tCONTACT\tTICKET\tWHY")
	for _, k := range all {
		kind, contact, ticket := "?", "?", "?"
		if f, err := tickets.DecodeFact(k.Fact); err == nil {
			kind, contact, ticket = string(f.Event.Kind()), string(f.Contact), string(f.Own)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", k.At.Local().Format(time.DateTime), kind, tickets.Display(contact), tickets.Display(ticket), tickets.Display(k.Why))
	}
	return out.Flush()
}

type retryFacts struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c retryFacts) Run(ctx context.Context) error {
	conf, err := config.Load(c.File)
	if err != nil {
		return err
	}
	found, err := spool.Look(conf.Spool)
	if err != nil {
		return err
	}
	pool, err := ticketstore.Connect(conf.Database.URL.Text())
	if err != nil {
		return err
	}
	defer pool.Close()
	store := ticketstore.New(pool)
	taken, left, err := spool.RetryAside(conf.Spool, func(fact []byte) error { return register.Retry(ctx, store, fact, found.Beyond) })
	fmt.Printf("taken: %d, still set aside: %d\n", taken, left)
	return err
}
