package config

import (
	"errors"
	"maps"
	"slices"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/queues/proof"
	"hotline/queues/simulation"
)

// CheckToServe is Check for a configuration with which a Hotline serves already: what versions before have taken is in doubts, as
// LoadToServe takes it.
func CheckToServe(file string) (c Config, doubts []error, err error) {
	return check(file, "", "", 0, func(_ *Config, doc *document) { doc.DoubtOverdue() })
}

// Check proves a configuration further than starting needs it: all its queues together, with who works and who calls, where files say
// so ("" where none does). In the error is what is certain; in doubts, which may stand beside an error, is what may be meant so, or
// what only chance could disprove. With arrivals it simulates so many days, which takes seconds.
func Check(file, agents, arrivals string, days int) (c Config, doubts []error, err error) {
	return check(file, agents, arrivals, days)
}

func check(file, agents, arrivals string, days int, last ...func(*Config, *document)) (c Config, doubts []error, err error) {
	var main *document
	var others error      // in the other files
	var elsewhere []error // what may be meant so there
	first := func(c *Config, doc *document) {
		main = doc
		if !doc.Sound() {
			return // the set of queues is proved when each of them is sound
		}
		c.doubtPeople(doc)
		c.doubtProxy(doc)
		c.doubtPlain(doc)
		var set proof.Set
		if set, elsewhere, others = c.set(agents, arrivals, days); others != nil {
			return
		}
		c.proveKept(doc, set.Staff, set.Shifts, time.Now())
		for _, problem := range set.Problems() {
			if problem.Doubt {
				doc.doubt(problem.Path, "%s", problem.Text)
			} else {
				doc.wrong(problem.Path, "%s", problem.Text)
			}
		}
	}
	c, err = read(file, slices.Concat([]func(*Config, *document){first}, around, []func(*Config, *document){(*Config).doubtSecrets}, last)...)
	if main != nil {
		doubts = append(main.Doubts(), elsewhere...)
	}
	return c, doubts, errors.Join(err, others)
}

// set is all queues together, with who works and who calls as far as files are given. Without one everybody works all the time.
func (c *Config) set(agents, arrivals string, days int) (set proof.Set, doubts []error, err error) {
	set = proof.Set{Config: c.Router(), Languages: c.Line.Languages, Entries: c.entries(), Days: days}
	if agents == "" {
		const day = 24 * time.Hour
		all := c.Agents()
		for _, id := range slices.Sorted(maps.Keys(all)) {
			set.Staff = append(set.Staff, simulation.Staff{Agent: all[id].At(time.Now()), Shifts: []simulation.Shift{{To: day}}})
		}
		return set, nil, nil
	}
	plan, doubts, err := c.Plan(agents, arrivals, days)
	set.Shifts, set.Staff, set.Demands = true, plan.Staff, plan.Demands
	return set, doubts, err
}

// entries are the queues to which the flow leads callers.
func (c *Config) entries() (all []queues.QueueID) {
	for _, n := range c.Flow.Nodes {
		if q, waits := n.Kind.(flow.Queue); waits {
			all = append(all, q.Queue)
		}
	}
	return all
}
