package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/queues"
	"hotline/queues/simulation"
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
	plan, err := c.plan()
	if err != nil {
		return err
	}
	report, err := unlessInterrupted(ctx, func() (simulatedReport, error) { return c.simulate(plan) })
	if err != nil {
		return err
	}
	return write(os.Stdout, c.Format, report)
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
	from, to, ok := hours(when)
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

// plan reads the three files. All that is wrong in them is in the error.
func (c simulateCommand) plan() (simulation.Plan, error) {
	config, wrong := readConfig(c.Config) // its secrets are not asked for
	if wrong != nil {
		return simulation.Plan{}, wrong
	}
	staff, wrongAgents := loadProved(c.Agents, "deploy/agents.yaml", config.staff)
	demands, wrongArrivals := loadProved(c.Arrivals, "deploy/arrivals.yaml", config.demands)
	if err := errors.Join(wrongAgents, wrongArrivals); err != nil {
		return simulation.Plan{}, err
	}
	router := config.router()
	router.Epoch = "simulated"
	return simulation.Plan{
		Config: router, Staff: staff, Demands: demands, Days: c.Days, Seed: c.Seed,
	}, nil
}

// loadProved reads a file, and makes of it what it stands for while noting all that is wrong.
func loadProved[T, Made any](file, example string, build func(T, *proof) Made) (made Made, err error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return made, ConfigError{File: file, Text: "cannot be read: " + cause(err)}
	}
	read, p, err := parseYAML[T](file, source, example)
	if err != nil {
		return made, err
	}
	if !slices.Contains(p.leftOut, "") {
		made = build(read, p)
	}
	p.sort()
	return made, errors.Join(p.found...)
}

// rota is who works, as people write it.
type rota struct {
	Agents []struct {
		ID     queues.AgentID                `yaml:"id"`
		Count  int                           `yaml:"count,omitempty"`
		Skills map[queues.Skill]queues.Level `yaml:"skills,omitempty"`
		Shifts []string                      `yaml:"shifts"`
		Ring   time.Duration                 `yaml:"ring,omitempty"`
		Misses float64                       `yaml:"misses,omitempty"`
	} `yaml:"agents"`
}

// staff are the agents of a rota, each of a group for themselves.
func (c Config) staff(r rota, p *proof) (all []simulation.Staff) {
	const most = 20_000
	if len(r.Agents) == 0 {
		p.wrong("agents", "is missing: who works?")
	}
	people, seen := c.agents(), make(map[string]bool)
	for i, a := range r.Agents {
		at := "agents." + strconv.Itoa(i)
		p.once(at+".id", string(a.ID), seen)
		p.levels(at+".skills", a.Skills)
		p.notNegative(at+".ring", a.Ring)
		if !(a.Misses >= 0 && a.Misses <= 1) {
			p.wrong(at+".misses", "is %v; it must be from 0 to 1", a.Misses)
		}
		if a.Count < 0 || a.Count > most-len(all) {
			p.wrong(at+".count", "is %d; all together there may be %d", a.Count, most)
			continue
		}
		person, known := people[a.ID]
		skills := a.Skills
		if skills == nil {
			skills = person.Skills
			if !known {
				p.wrong(at+".skills", "is missing, and %q is no agent of the configuration", a.ID)
			}
		}
		shifts := p.shifts(at+".shifts", a.Shifts)
		for n := range max(1, a.Count) {
			one := queues.Agent{ID: a.ID, Name: cmp.Or(person.Name, string(a.ID)), Skills: skills}
			if a.Count > 0 {
				one.ID = queues.AgentID(fmt.Sprintf("%s-%d", a.ID, n+1))
			}
			all = append(all, simulation.Staff{Agent: one, Shifts: shifts, Ring: aroundMean(a.Ring), Misses: a.Misses})
			if n > 0 || a.Count > 0 {
				p.once(at+".id", string(one.ID), seen)
			}
		}
	}
	return all
}

// aroundMean is how long people take to answer a phone: never at once, rarely much longer.
func aroundMean(mean time.Duration) simulation.Law {
	if mean <= 0 {
		return simulation.Law{}
	}
	return simulation.Lognormal(mean, mean/2)
}

func (p *proof) shifts(path string, texts []string) (all []simulation.Shift) {
	if len(texts) == 0 {
		p.wrong(path, `is missing: when do they work? Such as ["09:00-18:00"]`)
	}
	for i, text := range texts {
		from, to, ok := hours(text)
		if !ok {
			p.wrong(path+"."+strconv.Itoa(i), `%q is no time of the day; write it as "09:00-18:00"`, text)
			continue
		}
		all = append(all, simulation.Shift{From: from, To: to})
	}
	return all
}

// hours reads "09:00-18:00". What ends before it begins ends the next day.
func hours(text string) (from, to time.Duration, ok bool) {
	a, b, _ := strings.Cut(text, "-")
	from, okFrom := clock(a)
	to, okTo := clock(b)
	const day = 24 * time.Hour
	if !okFrom || !okTo || from == day || from == to {
		return 0, 0, false
	}
	if to < from {
		to += day
	}
	return from, to, true
}

// clock reads "09:00" as the time since midnight, up to "24:00".
func clock(text string) (time.Duration, bool) {
	h, m, colon := strings.Cut(text, ":")
	hour, err := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	ok := colon && len(h) == 2 && len(m) == 2 && err == nil && err2 == nil && minute < 60 && hour*60+minute <= 24*60
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute, ok
}

// callers is who calls, as people write it.
type callers struct {
	Arrivals []struct {
		Queue    queues.QueueID                `yaml:"queue"`
		Needs    map[queues.Skill]queues.Level `yaml:"needs,omitempty"`
		Priority int                           `yaml:"priority,omitempty"`
		Talk     struct {
			Mean      time.Duration `yaml:"mean"`
			Deviation time.Duration `yaml:"deviation,omitempty"`
		} `yaml:"talk"`
		WrapUp   time.Duration      `yaml:"wrap_up,omitempty"`
		Patience time.Duration      `yaml:"patience,omitempty"`
		Callback float64            `yaml:"callback,omitempty"`
		Calls    map[string]float64 `yaml:"calls"`
	} `yaml:"arrivals"`
}

// demands are the streams of callers.
func (c Config) demands(r callers, p *proof) (all []simulation.Demand) {
	if len(r.Arrivals) == 0 {
		p.wrong("arrivals", "is missing: who calls?")
	}
	for i, a := range r.Arrivals {
		at := "arrivals." + strconv.Itoa(i)
		d := simulation.Demand{Queue: a.Queue, Priority: a.Priority, Talk: simulation.Exponential(a.Talk.Mean), Callback: a.Callback}
		if p.needed(at+".queue", string(a.Queue)) && !slices.ContainsFunc(c.Queues, func(q QueueConfig) bool { return q.ID == a.Queue }) {
			p.wrong(at+".queue", "%q is no queue of the configuration", a.Queue)
		}
		p.levels(at+".needs", a.Needs)
		for _, skill := range slices.Sorted(maps.Keys(a.Needs)) {
			d.Extra = append(d.Extra, queues.Need{Skill: skill, Level: a.Needs[skill]})
		}
		switch {
		case a.Talk.Mean <= 0:
			p.wrong(at+".talk", "needs a mean above zero, such as {mean: 4m, deviation: 5m}")
		case a.Talk.Deviation > 0:
			d.Talk = simulation.Lognormal(a.Talk.Mean, a.Talk.Deviation)
		}
		p.notNegative(at+".talk.deviation", a.Talk.Deviation)
		p.notNegative(at+".wrap_up", a.WrapUp)
		p.notNegative(at+".patience", a.Patience)
		p.share(at+".callback", a.Callback)
		d.WrapUp = simulation.Exponential(a.WrapUp)
		if a.Patience > 0 {
			d.Patience = simulation.Exponential(a.Patience)
		}
		p.halfHours(at+".calls", a.Calls, &d.Calls)
		all = append(all, d)
	}
	return all
}

// halfHours spreads calls over the day. Each half hour may stand there once.
func (p *proof) halfHours(path string, calls map[string]float64, day *[simulation.Slots]float64) {
	const most = 1e6
	if len(calls) == 0 {
		p.wrong(path, `is missing: how many call in each half hour? Such as {"09:00-18:00": 12}`)
	}
	var taken [simulation.Slots]string
	for _, text := range slices.Sorted(maps.Keys(calls)) {
		from, to, ok := hours(text)
		switch at := path + "." + text; {
		case !ok || from%simulation.Slot != 0 || to%simulation.Slot != 0:
			p.wrong(at, `%q are no half hours of the day; write them as "09:00-18:30"`, text)
			continue
		case !(calls[text] >= 0 && calls[text] <= most):
			p.wrong(at, "is %v; in each half hour there may be from 0 to %.0f", calls[text], most)
			continue
		}
		for t := from; t < to; t += simulation.Slot {
			slot := int(t/simulation.Slot) % simulation.Slots
			if taken[slot] != "" {
				p.wrong(path+"."+text, "meets %q", taken[slot])
				break
			}
			taken[slot], day[slot] = text, calls[text]
		}
	}
}
