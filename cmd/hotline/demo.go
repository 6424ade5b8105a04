package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/demo"
)

type demoCommand struct {
	Rate         float64       `default:"20" help:"Calls a minute, by a Poisson process."`
	Seed         uint64        `default:"1" help:"Of everything random about customers and agents."`
	For          time.Duration `default:"0" help:"End by itself after this time; 0 goes on until Ctrl-C."`
	Quiet        bool          `help:"Print only the figures."`
	Organisation string        `default:"internet-provider" placeholder:"NAME" help:"Who is shown at work: internet-provider, service-desk or bank."`

	Listen string `default:"127.0.0.1:8080" help:"Where the pages are; another port is taken when this one is in use."`
}

// Run shows the demo. The error is not nil when anything was lost.
func (c demoCommand) Run(ctx context.Context) error {
	if c.Rate < 0 || c.Rate > 600 {
		return fmt.Errorf("--rate %g: from 0 to 600 calls a minute", c.Rate)
	}
	organisation, err := demo.Named(c.Organisation)
	if err != nil {
		return fmt.Errorf("--organisation %w", err)
	}
	return demo.Run(ctx, demo.Options{
		Rate: c.Rate, Seed: c.Seed, For: c.For, Quiet: c.Quiet, Listen: c.Listen, Server: wiring{}, Organisation: organisation,
	})
}

// wiring serves the demo as `hotline serve` serves a line. It is demo.Server.
type wiring struct{}

func (wiring) Serve(ctx context.Context, c config.Config, log *slog.Logger, up func(demo.Hotline)) error {
	s, err := newService(c, log)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx); close(ended) }()
	if err := s.serving(ctx, ended); err != nil {
		if ctx.Err() != nil {
			return <-ended
		}
		return err
	}
	up((*shown)(s))
	return <-ended
}

// shown is the service as the demo shows it. It is demo.Hotline.
type shown service

func (s *shown) Addr() string { return s.listener.Addr().String() }

func (s *shown) Live() int { return int(s.line.Live()) }

func (s *shown) Books() demo.Books { return s.tickets }

func (s *shown) Count(ctx context.Context, since time.Time) (c demo.Count, err error) {
	c.Came = int(s.line.Live() + s.line.Served())
	if err := s.register.Flush(ctx); err != nil {
		return c, err
	}
	if c.Tickets, err = s.tickets.CountsSince(ctx, since); err != nil {
		return c, err
	}
	c.Router, err = s.acd.Snapshot(ctx)
	return c, err
}
