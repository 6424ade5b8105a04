package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/lease"
)

// handoverCommand has the Hotline that serves let go, and its standby serve.
type handoverCommand struct {
	File     string `arg:"" help:"The configuration, such as hotline.yaml."`
	Promised bool   `hidden:"" help:"Of versions that left promised callbacks behind."`
}

// handoverWithin is how long the command waits for another to be in charge.
const handoverWithin = 30 * time.Second

func (c handoverCommand) Run(ctx context.Context) error {
	conf, err := config.Load(c.File)
	if err != nil {
		return err
	}
	return c.ask(ctx, conf)
}

func (c handoverCommand) ask(ctx context.Context, conf config.Config) error {
	table, err := lease.Open(conf.Database.URL.Text())
	if err != nil {
		return err
	}
	defer table.Close()
	node := conf.Asterisk.Node
	before, err := table.Read(ctx, node)
	if err == nil {
		err = table.Want(ctx, node)
	}
	if err != nil {
		return fmt.Errorf("hand over node %s: %w", node, err)
	}
	began := time.Now()
	for ; time.Since(began) < handoverWithin; time.Sleep(lease.LookEvery) {
		now, err := table.Read(ctx, node)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && now.Epoch != before.Epoch && now.Holder == before.Holder:
			return fmt.Errorf("node %s: no standby took over, and %s serves again", node, now.Host)
		case err == nil && now.Epoch != before.Epoch:
			fmt.Printf("%s is served from %s, after %s\n", node, now.Host, time.Since(began).Round(100*time.Millisecond))
			return nil
		}
	}
	return errors.New("nobody has taken over: is there a standby, and does the database answer?")
}
