package days

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/queues/proof"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
)

// What is to be otherwise on a day that is replayed: rules, who works, what they can do.

func (c Replay) changes() bool {
	return c.Config != "" || c.Agents != "" || len(c.Without)+len(c.Add)+len(c.Skill) > 0
}

// said are the changes as they were asked for.
func (c Replay) said() (all []string) {
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
func (c Replay) change(was simulation.Plan) (simulation.Plan, error) {
	p := was
	p.Staff = slices.Clone(was.Staff)
	var people config.Config
	if c.Config != "" {
		var err error
		if people, err = config.Read(c.Config); err != nil { // its secrets need not be there
			return p, err
		}
		p.Config = people.Router()
		if err := c.comesNowhere(p); err != nil {
			return p, err
		}
		known := people.Agents()
		for i, s := range p.Staff {
			if a, is := known[s.Agent.ID]; is {
				p.Staff[i].Agent = a
			}
		}
	}
	if err := c.staff(&p, people); err != nil {
		return p, err
	}
	if err := c.skills(&p, people); err != nil {
		return p, err
	}
	before := p // --add may name somebody whom --without has just taken away
	before.Staff = slices.Clone(p.Staff)
	if err := c.without(&p); err != nil {
		return p, err
	}
	if err := c.add(&p, before); err != nil {
		return p, err
	}
	// Who talked at midnight with somebody who does not work now is left out.
	p.Given = slices.DeleteFunc(slices.Clone(p.Given), func(g simulation.Given) bool { return g.With != "" && find(p, g.With) < 0 })
	return p, nil
}

// comesNowhere says which queue is missing that somebody called.
func (c Replay) comesNowhere(p simulation.Plan) error {
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
func (c Replay) staff(p *simulation.Plan, people config.Config) error {
	if c.Agents == "" {
		return nil
	}
	if people.People == nil {
		for _, s := range p.Staff {
			people.People = append(people.People, config.Person{ID: s.Agent.ID, Name: s.Agent.Name, Role: "agent", Skills: s.Agent.Skills})
		}
	}
	plan, _, err := people.Plan(c.Agents, "", p.Days)
	p.Staff = plan.Staff
	return err
}

// skills gives agents another skill or level, or takes one away. A skill that nobody knows would change nothing, without a word.
func (c Replay) skills(p *simulation.Plan, people config.Config) error {
	known := c.known(*p, people)
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
		skill := queues.Skill(what[:colon])
		a := &p.Staff[i].Agent
		switch has := a.Skills[skill] > 0; {
		case level == 0 && !has:
			return fmt.Errorf("--skill: %q: %s has no skill %q that could be taken away", text, who, skill)
		case known[skill] == 0:
			return fmt.Errorf("--skill: %q: no queue asks for %q, no caller needs it and nobody has it; there are %s", text, skill, named(known))
		}
		a.Skills = maps.Clone(a.Skills)
		if a.Skills == nil {
			a.Skills = make(map[queues.Skill]queues.Level)
		}
		if a.Skills[skill] = queues.Level(level); level == 0 {
			delete(a.Skills, skill)
		}
	}
	return nil
}

// known are the skills that queues, callers, agents or the other configuration know.
func (c Replay) known(p simulation.Plan, people config.Config) map[queues.Skill]queues.Level {
	all := people.Skills()
	maps.Copy(all, proof.SkillsOf(p.Config.Queues))
	for _, s := range p.Staff {
		maps.Copy(all, s.Agent.Skills)
	}
	for _, g := range p.Given {
		for _, n := range g.Request.Extra {
			all[n.Skill] = 1
		}
	}
	return all
}

func named(skills map[queues.Skill]queues.Level) string {
	var all []string
	for _, s := range slices.Sorted(maps.Keys(skills)) {
		all = append(all, string(s))
	}
	return strings.Join(all, ", ")
}

func (c Replay) without(p *simulation.Plan) error {
	for _, who := range c.Without {
		i := find(*p, queues.AgentID(who))
		if i < 0 {
			return fmt.Errorf("--without: %s", c.nobody(*p, who))
		}
		p.Staff = slices.Delete(p.Staff, i, i+1)
	}
	return nil
}

// add lets more work like those who were there before anybody was left out.
func (c Replay) add(p *simulation.Plan, before simulation.Plan) error {
	const most = 1000
	for _, text := range c.Add {
		who, when, _ := strings.Cut(text, "@")
		who, times, several := strings.Cut(who, "*")
		n := uint64(1)
		var err error
		if several {
			n, err = strconv.ParseUint(times, 10, 16)
		}
		from, to, ok := hours.TimesOfDay(when)
		if !ok || err != nil || n < 1 || n > most {
			return fmt.Errorf("--add: %q is not AGENT*N@HOURS with N from 1 to %d, such as anna*2@09:00-18:00", text, most)
		}
		i := find(before, queues.AgentID(who))
		if i < 0 {
			return fmt.Errorf("--add: %s", c.nobody(before, who))
		}
		for number := 1; n > 0; number++ {
			s := before.Staff[i]
			s.Agent.ID = queues.AgentID(fmt.Sprintf("%s+%d", who, number))
			if find(*p, s.Agent.ID) >= 0 {
				continue // another --add has made one of this name
			}
			s.Acts, s.Shifts = nil, []simulation.Shift{{From: from, To: to}}
			p.Staff = append(p.Staff, s)
			n--
		}
	}
	return nil
}

// nobody says who is not among the staff, and who is.
func (c Replay) nobody(p simulation.Plan, who string) string {
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
