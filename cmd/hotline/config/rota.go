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
		Days   []string                      `yaml:"days,omitempty"`   // on which the shifts begin: "mon-fri"; every day where left out
		Dates  map[string][]string           `yaml:"dates,omitempty"`  // "2026-12-31" has these shifts instead; none is a day off
		Breaks []string                      `yaml:"breaks,omitempty"` // each day that they work
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
			skills = person.At(time.Now()).Skills
			if !known {
				doc.wrong(at+".skills", "is missing, and %q is no agent of the configuration", a.ID)
			}
		}
		shifts := apart(doc.shifts(at+".shifts", a.Shifts), doc.spans(at+".breaks", a.Breaks))
		if len(a.Days)+len(a.Dates) > 0 {
			doc.doubt(at+cmp.Or(map[bool]string{true: ".days"}[len(a.Days) > 0], ".dates"), "days like one another are simulated: they work on each of them")
		}
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

// apart are shifts without the breaks in them: somebody on a break is as good as signed out to those who call.
func apart(shifts, breaks []simulation.Shift) []simulation.Shift {
	const day = 24 * time.Hour
	for _, b := range breaks {
		var rest []simulation.Shift
		for _, s := range shifts {
			if b.To <= s.From && b.To+day <= s.To { // of a shift past midnight
				b = simulation.Shift{From: b.From + day, To: b.To + day}
			}
			if b.To <= s.From || s.To <= b.From {
				rest = append(rest, s)
				continue
			}
			for _, part := range []simulation.Shift{{From: s.From, To: b.From}, {From: b.To, To: s.To}} {
				if part.From < part.To {
					if part.From >= day {
						part = simulation.Shift{From: part.From - day, To: part.To - day}
					}
					rest = append(rest, part)
				}
			}
		}
		shifts = rest
	}
	return shifts
}

func (doc *document) shifts(path string, texts []string) (all []simulation.Shift) {
	if len(texts) == 0 {
		doc.wrong(path, `is missing: when do they work? Such as ["09:00-18:00"]`)
	}
	return doc.spans(path, texts)
}

// spans are times of the day.
func (doc *document) spans(path string, texts []string) (all []simulation.Shift) {
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
