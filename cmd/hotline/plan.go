package main

import (
	"cmp"
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

// planned is who works and who calls, of two files.
type planned struct {
	staff   []simulation.Staff
	demands []simulation.Demand // none where no file says who calls
	doubts  []error             // what may be meant so in the files
}

// mostSimulated bounds the calls of all days together: so many who wait for ever take two gigabytes, and so many who are served half
// a minute.
const mostSimulated = 2_000_000

// planned reads who works, and who calls where a file says so. All that is wrong in them is in the error.
func (c Config) planned(agents, arrivals string, days int) (made planned, err error) {
	works, rotaProof, err := readYAML[rota](agents, "deploy/agents.yaml")
	var calls callers
	var callersProof *proof
	if arrivals != "" {
		var wrong error
		calls, callersProof, wrong = readYAML[callers](arrivals, "deploy/arrivals.yaml")
		err = errors.Join(err, wrong)
	}
	if rotaProof.readable() {
		made.staff = c.staff(works, rotaProof)
	}
	if callersProof.readable() {
		made.demands = c.demands(calls, callersProof)
		callersProof.notTooMany(made.demands, days)
	}
	if err == nil && rotaProof.readable() {
		c.doubtSkills(works, calls, rotaProof, callersProof)
	}
	for _, p := range []*proof{rotaProof, callersProof} {
		if p != nil {
			p.sort()
			err = errors.Join(err, errors.Join(p.found...))
			made.doubts = append(made.doubts, p.doubts...)
		}
	}
	return made, err
}

// readYAML reads a file; what cannot be read of it is in the proof, or it is the error.
func readYAML[T any](file, example string) (read T, p *proof, err error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return read, nil, ConfigError{File: file, Text: "cannot be read: " + cause(err)}
	}
	return parseYAML[T](file, source, example)
}

// readable says whether there is a file, and anything of it can be read.
func (p *proof) readable() bool { return p != nil && !slices.Contains(p.leftOut, "") }

// notTooMany looks that the days can be simulated, in memory and in time.
func (p *proof) notTooMany(demands []simulation.Demand, days int) {
	all, most, where := 0.0, 0.0, 0
	for i, d := range demands {
		sum := 0.0
		for _, calls := range d.Calls {
			sum += calls * float64(days)
		}
		if all += sum; sum > most {
			most, where = sum, i
		}
	}
	if all > mostSimulated {
		p.wrong("arrivals."+strconv.Itoa(where)+".calls", "are %.0f in %d days, and with all others %.0f; at most %d are simulated: take fewer calls, or fewer --days", most, days, all, mostSimulated)
	}
}

// doubtSkills looks for skills that are most likely written wrong: callers who need what is known nowhere, whom nobody could ever
// serve, and agents whose skill is of no use to anybody.
func (c Config) doubtSkills(works rota, calls callers, rotaProof, callersProof *proof) {
	known := c.skills()
	useful, held := maps.Clone(known), maps.Clone(known)
	for _, a := range works.Agents {
		maps.Copy(held, a.Skills)
	}
	for i, a := range calls.Arrivals {
		maps.Copy(useful, a.Needs)
		for _, skill := range slices.Sorted(maps.Keys(a.Needs)) {
			if held[skill] == 0 {
				callersProof.wrong(fmt.Sprintf("arrivals.%d.needs.%s", i, skill), "nobody holds it, and no queue knows it: these callers would wait for ever")
			}
		}
	}
	for i, a := range works.Agents {
		for _, skill := range slices.Sorted(maps.Keys(a.Skills)) {
			if useful[skill] == 0 {
				rotaProof.doubt(fmt.Sprintf("agents.%d.skills.%s", i, skill), "no queue and no caller needs it")
			}
		}
	}
}

// skills are all that the configuration knows: of its queues, its people and its languages, each with some level above 0.
func (c Config) skills() map[queues.Skill]queues.Level {
	all := skillsOf(c.router().Queues)
	for _, l := range c.Line.Languages {
		all[queues.Language(l)] = 1
	}
	for _, p := range c.People {
		for skill := range p.Skills {
			all[skill] = 1
		}
	}
	return all
}

// skillsOf are all that queues ask for, at first or after a time.
func skillsOf(line []queues.Queue) map[queues.Skill]queues.Level {
	all := make(map[queues.Skill]queues.Level)
	note := func(needs []queues.Need) {
		for _, n := range needs {
			all[n.Skill] = 1
		}
	}
	for _, q := range line {
		note(q.Skills)
		for _, group := range q.AnyOf {
			note(group)
		}
		for _, step := range q.Relax {
			note(step.Add)
			note(step.Lower)
			for _, skill := range step.Drop {
				all[skill] = 1
			}
		}
	}
	return all
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
		from, to, ok := timesOfDay(text)
		if !ok {
			p.wrong(path+"."+strconv.Itoa(i), `%q is no time of the day; write it as "09:00-18:00"`, text)
			continue
		}
		all = append(all, simulation.Shift{From: from, To: to})
	}
	return all
}

// timesOfDay reads "09:00-18:00". What ends before it begins ends the next day.
func timesOfDay(text string) (from, to time.Duration, ok bool) {
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
		p.from(at+".priority", a.Priority, -mostPriority, mostPriority)
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
		from, to, ok := timesOfDay(text)
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
