package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"hotline/queues/simulation"
)

// checkCommand proves a configuration further than starting needs it. An error is what is certain: a mistake, a rule that can
// never take effect, a queue that nobody could serve, a target that cannot be kept. A warning is what may be meant so, or
// what only chance could disprove: it is printed, and the exit status stays 0.
type checkCommand struct {
	File     string `arg:"" help:"The configuration, such as hotline.yaml."`
	Agents   string `placeholder:"FILE" help:"Who works, and when, such as deploy/agents.yaml: at each opening hour somebody must be able to serve each queue in each language. Without it, at any time at all."`
	Arrivals string `placeholder:"FILE" help:"Who calls, and when, such as deploy/arrivals.yaml: with --agents, can the targets be kept?"`
	Days     int    `default:"20" help:"How many days are simulated with these."`
}

func (c checkCommand) Run(ctx context.Context) error {
	const year = 366
	switch {
	case c.Days < 2 || c.Days > year:
		return fmt.Errorf("--days: %d is not from 2 to %d", c.Days, year)
	case c.Arrivals != "" && c.Agents == "":
		return errors.New("--arrivals: needs --agents: who is to serve them?")
	}
	checked, err := unlessInterrupted(ctx, c.check)
	for _, doubt := range checked.doubts {
		report(doubt)
	}
	if err != nil {
		return err
	}
	config := checked.config
	fmt.Fprintf(os.Stdout, "%s is sound: %s, %d queues, %d people, %d nodes\n", c.File, config.Line.Number, len(config.Queues), len(config.People), len(config.Flow.Nodes))
	return nil
}

// checked is a configuration and what may be meant so in it.
type checked struct {
	config Config
	doubts []error
}

func (c checkCommand) check() (checked, error) {
	var p *proof
	var others error      // in the other files
	var elsewhere []error // what may be meant so there
	config, err := readConfig(c.File, func(config *Config, found *proof) {
		p = found
		if len(p.found) > 0 {
			return // the set of queues is proved when each of them is sound
		}
		s := set{proof: p, config: *config, router: config.router(), days: c.Days}
		if others = s.load(c.Agents, c.Arrivals); others == nil {
			s.prove()
		}
		elsewhere = s.elsewhere
	}, (*Config).secrets)
	result := checked{config: config}
	if p != nil {
		result.doubts = append(p.doubts, elsewhere...)
	}
	return result, errors.Join(err, others)
}

// load reads who works and who calls, as far as files are given. Without one everybody works all the time.
func (s *set) load(agents, arrivals string) error {
	if agents == "" {
		for _, id := range slices.Sorted(maps.Keys(s.config.agents())) {
			s.staff = append(s.staff, simulation.Staff{Agent: s.config.agents()[id], Shifts: []simulation.Shift{{To: day}}})
		}
		return nil
	}
	planned, err := s.config.planned(agents, arrivals, s.days)
	s.planned, s.staff, s.demands, s.elsewhere = true, planned.staff, planned.demands, planned.doubts
	return err
}
