package config

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"hotline/queues"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
)

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

// staff are the agents of a rota. Of a group, which the rota says by its count, each is one of them.
func (c Config) staff(r rota, doc *document) (all []simulation.Staff) {
	const most = 20_000
	if len(r.Agents) == 0 {
		doc.wrong("agents", "is missing: who works?")
	}
	people, seen := c.Agents(), make(map[string]bool)
	for i, a := range r.Agents {
		at := "agents." + strconv.Itoa(i)
		doc.once(at+".id", string(a.ID), seen)
		doc.levels(at+".skills", a.Skills)
		doc.notNegative(at+".ring", a.Ring)
		if !(a.Misses >= 0 && a.Misses <= 1) {
			doc.wrong(at+".misses", "is %v; it must be from 0 to 1", a.Misses)
		}
		if a.Count < 0 || a.Count > most-len(all) {
			doc.wrong(at+".count", "is %d; all together there may be %d", a.Count, most)
			continue
		}
		person, known := people[a.ID]
		skills := a.Skills
		if skills == nil {
			skills = person.Skills
			if !known {
				doc.wrong(at+".skills", "is missing, and %q is no agent of the configuration", a.ID)
			}
		}
		shifts := doc.shifts(at+".shifts", a.Shifts)
		for n := range max(1, a.Count) {
			one := queues.Agent{ID: a.ID, Name: cmp.Or(person.Name, string(a.ID)), Skills: skills}
			if a.Count > 0 {
				one.ID = queues.AgentID(fmt.Sprintf("%s-%d", a.ID, n+1))
			}
			all = append(all, simulation.Staff{Agent: one, Shifts: shifts, Ring: aroundMean(a.Ring), Misses: a.Misses})
			if n > 0 || a.Count > 0 {
				doc.once(at+".id", string(one.ID), seen)
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

func (doc *document) shifts(path string, texts []string) (all []simulation.Shift) {
	if len(texts) == 0 {
		doc.wrong(path, `is missing: when do they work? Such as ["09:00-18:00"]`)
	}
	for i, text := range texts {
		from, to, ok := hours.TimesOfDay(text)
		if !ok {
			doc.wrong(path+"."+strconv.Itoa(i), `%q is no time of the day; write it as "09:00-18:00"`, text)
			continue
		}
		all = append(all, simulation.Shift{From: from, To: to})
	}
	return all
}
