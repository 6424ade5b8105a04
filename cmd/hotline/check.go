package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"hotline/cmd/hotline/config"
)

// checkCommand proves a configuration further than starting needs it. An error is what is certain: a mistake, a rule that can
// never take effect, a queue that nobody could serve, a target that cannot be kept. A warning is what may be meant so, or
// what only chance could disprove: it is printed, and the exit status stays 0.
type checkCommand struct {
	File     string `arg:"" help:"The configuration, such as hotline.yaml."`
	Agents   string `placeholder:"FILE" help:"Who works, and when, such as deploy/agents.yaml: at each opening hour somebody must be able to serve each queue in each language. Without it, at any time at all."`
	Arrivals string `placeholder:"FILE" help:"Who calls, and when, such as deploy/arrivals.yaml: with --agents, can the targets be kept?"`
	ToServe  bool   `help:"Warn only of what versions before have taken, as serve and a reload do."`
	Days     int    `default:"20" help:"How many days are simulated with these."`
}

func (c checkCommand) Run(ctx context.Context) error {
	const year = 366
	switch {
	case c.Days < 2 || c.Days > year:
		return fmt.Errorf("--days: %d is not from 2 to %d", c.Days, year)
	case c.ToServe && c.Agents != "":
		return errors.New("--to-serve: is about the configuration alone, without --agents")
	case c.Arrivals != "" && c.Agents == "":
		return errors.New("--arrivals: needs --agents: who is to serve them?")
	}
	type checked struct {
		config config.Config
		doubts []error
	}
	found, err := unlessInterrupted(ctx, func() (found checked, err error) {
		if c.ToServe {
			found.config, found.doubts, err = config.CheckToServe(c.File)
		} else {
			found.config, found.doubts, err = config.Check(c.File, c.Agents, c.Arrivals, c.Days)
		}
		return found, err
	})
	for _, doubt := range found.doubts {
		report(doubt)
	}
	if err != nil {
		return err
	}
	sound := found.config
	for _, order := range ordered(ctx, sound, time.Now()) {
		report(order)
	}
	fmt.Fprintf(os.Stdout, "%s is sound: %s, %d queues, %d people, %d nodes\n", c.File, sound.Line.Number, len(sound.Queues), len(sound.People), len(sound.Flow.Nodes))
	fmt.Fprintln(os.Stdout, sound.Clock(time.Now()))
	return nil
}
