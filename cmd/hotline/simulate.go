package main

import (
	"context"
	"errors"
	"os"

	"hotline/cmd/hotline/days"
)

type simulateCommand struct {
	days.Simulation
	Format string `enum:"text,json,svg" default:"text" help:"text, json, or svg: a picture."`
}

func (c simulateCommand) Run(ctx context.Context) error {
	plan, doubts, err := c.Plan()
	if err != nil {
		return err
	}
	for _, doubt := range doubts {
		report(doubt)
	}
	simulated, err := unlessInterrupted(ctx, func() (days.Simulated, error) { return c.Simulate(plan) })
	if err != nil {
		return err
	}
	return days.Write(os.Stdout, c.Format, simulated)
}

type replayCommand struct {
	days.Replay
	Format string `enum:"text,json,svg" default:"text" help:"text, json, or svg: a picture."`
}

func (c replayCommand) Run(ctx context.Context) error {
	replayed, err := unlessInterrupted(ctx, c.Play)
	if err != nil {
		return err
	}
	if err := days.Write(os.Stdout, c.Format, replayed); err != nil {
		return err
	}
	return replayed.Verdict()
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
