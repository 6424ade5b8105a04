package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/queues"
	"hotline/queues/journal"
	"hotline/queues/simulation"
)

type replayCommand struct {
	Day     string   `required:"" placeholder:"DATE" help:"The day: 2026-11-22."`
	Journal string   `required:"" placeholder:"DIR" help:"The folder of the journal: \"journal\" in the spool."`
	Config  string   `placeholder:"FILE" help:"Another configuration: other queues, and other skills of its people."`
	Agents  string   `placeholder:"FILE" help:"Other staff, such as deploy/agents.yaml, in place of those who worked."`
	Without []string `placeholder:"AGENT" help:"Somebody who worked, and now does not. Again for another."`
	Add     []string `placeholder:"AGENT*N@HOURS" help:"So many more like an agent of that day, at this time: anna*2@09:00-18:00."`
	Skill   []string `placeholder:"AGENT=SKILL:LEVEL" help:"An agent who has another skill or level; with 0 they have it not: anna=billing:3."`
	Seed    uint64   `default:"1" help:"Another seed is another chance in what the day did not show."`
	Format  string   `enum:"text,json,svg" default:"text" help:"text, json, or svg: a picture."`
}

func (c replayCommand) Run(ctx context.Context) error {
	report, err := unlessInterrupted(ctx, c.replay)
	if err != nil {
		return err
	}
	if err := write(os.Stdout, c.Format, report); err != nil {
		return err
	}
	return report.verdict()
}

// replay plays the day as it was, and once more with what is to be otherwise, where anything is.
func (c replayCommand) replay() (replayReport, error) {
	was, err := watch(c.Journal, c.Day)
	if err != nil {
		return replayReport{}, err
	}
	r := replayReport{Day: c.Day, Journal: was.replayed, Rules: was.rules}
	really, err := was.observer.Figures(was.config)
	if err != nil {
		return r, err
	}
	if !c.changes() {
		return r.with(really, nil, nil), nil
	}
	if err := r.nonsense(); err != nil {
		return r, err
	}
	plan := was.observer.Trace(was.config, c.Seed)
	changed, err := c.change(plan)
	if err != nil {
		return r, err
	}
	again, err := simulation.Run(plan)
	if err != nil {
		return r, err
	}
	other, err := simulation.Run(changed)
	if err != nil {
		return r, fmt.Errorf("with the changes: %w", err)
	}
	r.Changes, r.Seed, r.LeftOut = c.said(), c.Seed, again.LeftOut
	return r.with(really, again.Queues, other.Queues), nil
}

// watched is a day of a journal.
type watched struct {
	observer *simulation.Observer
	config   queues.Config // that the day ended with
	rules    int           // how many configurations it had
	replayed journal.Replayed
}

// watch plays a day through the router, and looks on.
func watch(dir, day string) (w watched, err error) {
	var begin time.Time
	on := false
	w.replayed, err = journal.Replay(os.DirFS(dir), day, func(s journal.Step) {
		if w.observer == nil {
			noon, _ := time.ParseInLocation("2006-01-02 15", day+" 12", s.Where) // Replay has read the day
			begin = queues.DayBegins(noon, 0)
			w.observer = simulation.Observe(begin)
		}
		if s.OnDay && !on {
			on, w.rules = true, 1
		}
		switch {
		case s.Begins():
			w.observer.Restarted(s.At)
			w.ruled(s.Run.Config)
		case s.Event != nil:
			w.observer.Step(s.At, s.Event, s.Decisions)
			if e, is := s.Event.(queues.Reconfigured); is && s.Rejected == "" {
				w.ruled(e.Config)
			}
		}
	})
	switch {
	case errors.Is(err, journal.ErrNoDay):
		return w, fmt.Errorf("--journal %s: %w; there are %s", dir, err, keptDays(dir))
	case err != nil:
		return w, fmt.Errorf("--journal %s: %w", dir, err)
	case w.observer == nil || w.replayed.Events == 0:
		return w, fmt.Errorf("--journal %s: nothing happened on %s", dir, day)
	}
	if end := begin.AddDate(0, 0, 1); !time.Now().Before(end) {
		w.observer.Until(end)
	}
	return w, nil
}

// ruled notes another configuration; a restart with the same is none.
func (w *watched) ruled(c queues.Config) {
	if w.rules > 0 && w.config.Queues != nil && asWritten(w.config) != asWritten(c) {
		w.rules++
	}
	w.config = c
}

// asWritten is a configuration as it can be compared by what is printed of it.
func asWritten(c queues.Config) string {
	text, _ := journal.Append(nil, journal.Line{Run: &journal.Run{Config: c}})
	return string(text)
}

// keptDays says which days a folder has.
func keptDays(dir string) string {
	days, err := journal.Days(os.DirFS(dir))
	switch {
	case err != nil || len(days) == 0:
		return "none"
	case len(days) == 1:
		return days[0]
	default:
		return days[0] + " to " + days[len(days)-1]
	}
}

func (c replayCommand) changes() bool {
	return c.Config != "" || c.Agents != "" || len(c.Without)+len(c.Add)+len(c.Skill) > 0
}

// said are the changes as they were asked for.
func (c replayCommand) said() (all []string) {
	if c.Config != "" {
		all = append(all, "rules and skills of "+c.Config)
	}
	if c.Agents != "" {
		all = append(all, "staff of "+c.Agents)
	}
	all = append(all, c.Skill...)
	for _, s := range c.Without {
		all = append(all, "without "+s)
	}
	for _, s := range c.Add {
		all = append(all, "more: "+s)
	}
	return all
}

// change makes the day another: first the rules, then who works, then what they can do.
func (c replayCommand) change(was simulation.Plan) (simulation.Plan, error) {
	p := was
	p.Staff = slices.Clone(was.Staff)
	people := Config{}
	if c.Config != "" {
		var err error
		if people, err = readConfig(c.Config); err != nil { // its secrets are not asked for
			return p, err
		}
		p.Config = people.router()
		if err := c.comesNowhere(p); err != nil {
			return p, err
		}
		known := people.agents()
		for i, s := range p.Staff {
			if a, is := known[s.Agent.ID]; is {
				p.Staff[i].Agent = a
			}
		}
	}
	steps := []func(*simulation.Plan) error{
		func(p *simulation.Plan) error { return c.staff(p, people) }, c.skills, c.without, c.add,
	}
	for _, step := range steps {
		if err := step(&p); err != nil {
			return p, err
		}
	}
	// Who talked at midnight with somebody who does not work now is left out.
	p.Given = slices.DeleteFunc(slices.Clone(p.Given), func(g simulation.Given) bool { return g.With != "" && find(p, g.With) < 0 })
	return p, nil
}

// comesNowhere says which queue is missing that somebody called.
func (c replayCommand) comesNowhere(p simulation.Plan) error {
	for _, g := range p.Given {
		id := g.Request.Queue
		if g.With == "" && !slices.ContainsFunc(p.Config.Queues, func(q queues.Queue) bool { return q.ID == id }) {
			return fmt.Errorf("--config: %s has no queue %q, to which somebody came on %s", c.Config, id, c.Day)
		}
	}
	return nil
}

func find(p simulation.Plan, id queues.AgentID) int {
	return slices.IndexFunc(p.Staff, func(s simulation.Staff) bool { return s.Agent.ID == id })
}

// staff puts a rota in the place of those who worked. Who worked that day, and is in it without skills, has those of that day.
func (c replayCommand) staff(p *simulation.Plan, people Config) (err error) {
	if c.Agents == "" {
		return nil
	}
	if people.People == nil {
		for _, s := range p.Staff {
			people.People = append(people.People, Person{ID: s.Agent.ID, Name: s.Agent.Name, Role: "agent", Skills: s.Agent.Skills})
		}
	}
	p.Staff, err = loadProved(c.Agents, "deploy/agents.yaml", people.staff)
	return err
}

func (c replayCommand) skills(p *simulation.Plan) error {
	for _, text := range c.Skill {
		who, what, ok := strings.Cut(text, "=")
		colon := strings.LastIndexByte(what, ':')
		level, err := strconv.ParseUint(what[colon+1:], 10, 8)
		if !ok || colon <= 0 || err != nil || level > 5 {
			return fmt.Errorf("--skill: %q is not AGENT=SKILL:LEVEL with a level from 0 to 5, such as anna=billing:3", text)
		}
		i := find(*p, queues.AgentID(who))
		if i < 0 {
			return fmt.Errorf("--skill: %s", c.nobody(*p, who))
		}
		a := &p.Staff[i].Agent
		skills := map[queues.Skill]queues.Level{}
		for s, l := range a.Skills {
			skills[s] = l
		}
		if skills[queues.Skill(what[:colon])] = queues.Level(level); level == 0 {
			delete(skills, queues.Skill(what[:colon]))
		}
		a.Skills = skills
	}
	return nil
}

func (c replayCommand) without(p *simulation.Plan) error {
	for _, who := range c.Without {
		i := find(*p, queues.AgentID(who))
		if i < 0 {
			return fmt.Errorf("--without: %s", c.nobody(*p, who))
		}
		p.Staff = slices.Delete(p.Staff, i, i+1)
	}
	return nil
}

func (c replayCommand) add(p *simulation.Plan) error {
	const most = 1000
	for _, text := range c.Add {
		who, when, _ := strings.Cut(text, "@")
		who, times, several := strings.Cut(who, "*")
		n := uint64(1)
		var err error
		if several {
			n, err = strconv.ParseUint(times, 10, 16)
		}
		from, to, ok := hours(when)
		if !ok || err != nil || n < 1 || n > most {
			return fmt.Errorf("--add: %q is not AGENT*N@HOURS with N from 1 to %d, such as anna*2@09:00-18:00", text, most)
		}
		i := find(*p, queues.AgentID(who))
		if i < 0 {
			return fmt.Errorf("--add: %s", c.nobody(*p, who))
		}
		for range n {
			s := p.Staff[i]
			s.Agent.ID = queues.AgentID(fmt.Sprintf("%s+%d", who, len(p.Staff)))
			s.Acts, s.Shifts = nil, []simulation.Shift{{From: from, To: to}}
			p.Staff = append(p.Staff, s)
		}
	}
	return nil
}

// nobody says who is not among the staff, and who is.
func (c replayCommand) nobody(p simulation.Plan, who string) string {
	const most = 20
	var ids []string
	for _, s := range p.Staff[:min(most, len(p.Staff))] {
		ids = append(ids, string(s.Agent.ID))
	}
	there := strings.Join(ids, ", ")
	if len(p.Staff) > most {
		there += ", …"
	}
	return fmt.Sprintf("%q did not work on %s; there were %s", who, c.Day, there)
}
