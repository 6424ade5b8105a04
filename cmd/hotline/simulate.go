package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
)

type simulateCommand struct {
	Config   string `required:"" placeholder:"FILE" help:"The configuration, such as hotline.yaml. Its secrets are not looked at."`
	Agents   string `required:"" placeholder:"FILE" help:"Who works, and when, such as deploy/agents.yaml."`
	Arrivals string `required:"" placeholder:"FILE" help:"Who calls, and when, such as deploy/arrivals.yaml."`
	Days     int    `default:"20" help:"How many days like this; more make the figures surer."`
	Seed     uint64 `default:"1" help:"Another seed is another chance."`
	More     string `placeholder:"AGENT@HOURS" help:"Find how many more agents like this one, at this time of each day, let the queues that they can serve keep their targets: support-1@21:00-23:00."`
	Format   string `enum:"text,json,svg" default:"text" help:"text, json, or svg: a picture."`
}

func (c simulateCommand) Run(ctx context.Context) error {
	const decade = 3660
	if c.Days < 1 || c.Days > decade {
		return fmt.Errorf("--days: %d is not from 1 to %d", c.Days, decade)
	}
	plan, doubts, err := c.plan()
	if err != nil {
		return err
	}
	for _, doubt := range doubts {
		report(doubt)
	}
	simulated, err := unlessInterrupted(ctx, func() (simulatedReport, error) { return c.simulate(plan) })
	if err != nil {
		return err
	}
	return write(os.Stdout, c.Format, simulated)
}

// unlessInterrupted waits for what takes long, and not when ctx ends first: the program ends with what still runs.
func unlessInterrupted[T any](ctx context.Context, long func() (T, error)) (T, error) {
	type outcome struct {
		made T
		err  error
	}
	done := make(chan outcome, 1) // never full: one is sent
	go func() {
		made, err := long()
		done <- outcome{made, err}
	}()
	select {
	case <-ctx.Done():
		return *new(T), errors.New("interrupted")
	case o := <-done:
		return o.made, o.err
	}
}

// simulate lets the days pass; with more agents, where these are asked for.
func (c simulateCommand) simulate(plan simulation.Plan) (simulatedReport, error) {
	if c.More == "" {
		report, err := simulation.Run(plan)
		return simulated(plan, report), err
	}
	const most = 500
	like, when, _ := strings.Cut(c.More, "@")
	from, to, ok := hours.TimesOfDay(when)
	if !ok {
		return simulatedReport{}, fmt.Errorf("--more: %q is not AGENT@HOURS, such as support-1@09:00-18:00", c.More)
	}
	if !slices.ContainsFunc(plan.Staff, func(s simulation.Staff) bool { return s.Agent.ID == queues.AgentID(like) }) {
		return simulatedReport{}, fmt.Errorf("--more: %q is no agent of %s; one of a group has a number, as day-1", like, c.Agents)
	}
	with, report, n, err := simulation.More(plan, queues.AgentID(like), simulation.Shift{From: from, To: to}, most)
	if errors.Is(err, simulation.ErrNotEnough) {
		return simulatedReport{}, fmt.Errorf("--more: even %d more agents like %s are not enough: some callers need what they cannot do, or arrive when a queue is long already", n, like)
	}
	s := simulated(with, report)
	s.More = &simulatedMore{Like: like, Hours: when, Agents: n}
	return s, err
}

// plan reads the three files. All that is wrong in them is in the error; what may be meant so is in the doubts.
func (c simulateCommand) plan() (plan simulation.Plan, doubts []error, err error) {
	read, wrong := config.Read(c.Config) // its secrets are not asked for
	if wrong != nil {
		return plan, nil, wrong
	}
	plan, doubts, err = read.Plan(c.Agents, c.Arrivals, c.Days)
	plan.Config.Epoch, plan.Seed = "simulated", c.Seed
	return plan, doubts, err
}
