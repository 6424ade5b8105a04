package main

import (
	"context"
	"testing"

	"github.com/alecthomas/kong"

	"hotline/cmd/hotline/days"
)

// example are the files that `hotline simulate` is shown with in the README.
var example = days.Simulation{Config: root + "/deploy/hotline.yaml", Agents: root + "/deploy/agents.yaml", Arrivals: root + "/deploy/arrivals.yaml", Days: 20, Seed: 1}

func TestDaysThatCannotBeAreRefused(t *testing.T) {
	c := simulateCommand{Simulation: example}
	c.Days = 0
	if err := c.Run(t.Context()); err == nil || err.Error() != "--days: 0 is not from 1 to 3660" {
		t.Errorf("no day: %v", err)
	}
	for want, c := range map[string]checkCommand{
		"--days: 1 is not from 2 to 366":                    {File: example.Config, Days: 1},
		"--arrivals: needs --agents: who is to serve them?": {File: example.Config, Arrivals: example.Arrivals, Days: 20},
	} {
		if err := c.Run(t.Context()); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

func TestALongSimulationCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := simulateCommand{Simulation: example}
	c.Days = 300
	if err := c.Run(ctx); err == nil || err.Error() != "interrupted" {
		t.Errorf("it ends with %v", err)
	}
}

// What is typed with nothing behind it reaches the command, and is refused there.
func TestAnEmptyChangeIsNotDropped(t *testing.T) {
	var c replayCommand
	p, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Parse([]string{"--day=d", "--journal=j", "--without=", "--add=", "--skill="}); err != nil {
		t.Fatal(err)
	}
	if len(c.Without) != 1 || len(c.Add) != 1 || len(c.Skill) != 1 {
		t.Errorf("%+v", c)
	}
}
