package days

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
)

// Simulation is which days are simulated, of three files.
type Simulation struct {
	Config   string `required:"" placeholder:"FILE" help:"The configuration, such as hotline.yaml. Its secrets are not looked at."`
	Agents   string `required:"" placeholder:"FILE" help:"Who works, and when, such as deploy/agents.yaml."`
	Arrivals string `required:"" placeholder:"FILE" help:"Who calls, and when, such as deploy/arrivals.yaml."`
	Days     int    `default:"20" help:"How many days like this; more make the figures surer."`
	Seed     uint64 `default:"1" help:"Another seed is another chance."`
	More     string `placeholder:"AGENT@HOURS" help:"Find how many more agents like this one, at this time of each day, let the queues that they can serve keep their targets: support-1@21:00-23:00."`
}

// Simulate lets the days pass; with more agents, where these are asked for.
func (c Simulation) Simulate(plan simulation.Plan) (Simulated, error) {
	if c.More == "" {
		report, err := simulation.Run(plan)
		return simulated(plan, report), err
	}
	const most = 500
	like, when, _ := strings.Cut(c.More, "@")
	from, to, ok := hours.TimesOfDay(when)
	if !ok {
		return Simulated{}, fmt.Errorf("--more: %q is not AGENT@HOURS, such as support-1@09:00-18:00", c.More)
	}
	if !slices.ContainsFunc(plan.Staff, func(s simulation.Staff) bool { return s.Agent.ID == queues.AgentID(like) }) {
		return Simulated{}, fmt.Errorf("--more: %q is no agent of %s; one of a group has a number, as day-1", like, c.Agents)
	}
	with, report, n, err := simulation.More(plan, queues.AgentID(like), simulation.Shift{From: from, To: to}, most)
	if errors.Is(err, simulation.ErrNotEnough) {
		return Simulated{}, fmt.Errorf("--more: even %d more agents like %s are not enough: some callers need what they cannot do, or arrive when a queue is long already", n, like)
	}
	s := simulated(with, report)
	s.More = &More{Like: like, Hours: when, Agents: n}
	return s, err
}

// Plan reads the three files. All that is wrong in them is in the error; what may be meant so is in the doubts.
func (c Simulation) Plan() (plan simulation.Plan, doubts []error, err error) {
	const decade = 3660
	if c.Days < 1 || c.Days > decade {
		return plan, nil, fmt.Errorf("--days: %d is not from 1 to %d", c.Days, decade)
	}
	read, wrong := config.Read(c.Config) // its secrets need not be there
	if wrong != nil {
		return plan, nil, wrong
	}
	plan, doubts, err = read.Plan(c.Agents, c.Arrivals, c.Days)
	plan.Config.Epoch, plan.Seed = "simulated", c.Seed
	return plan, doubts, err
}
