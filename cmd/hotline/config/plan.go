package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"hotline/cmd/hotline/config/written"
	"hotline/queues"
	"hotline/queues/proof"
	"hotline/queues/simulation"
)

// mostSimulated bounds the calls of all days together: so many who wait for ever take two gigabytes, and so many who are served half
// a minute.
const mostSimulated = 2_000_000

// Plan is days to come: these queues, the agents of a rota's file, and who calls where another file says so ("" where none does). All
// that is wrong in the two files is in the error; what may be meant so is in the doubts.
func (c Config) Plan(agents, arrivals string, days int) (plan simulation.Plan, doubts []error, err error) {
	plan = simulation.Plan{Config: c.Router(), Days: days}
	works, rotaRead, err := written.Read[rota](agents, "deploy/agents.yaml")
	var calls callers
	var callersRead *written.Document
	if arrivals != "" {
		var wrong error
		calls, callersRead, wrong = written.Read[callers](arrivals, "deploy/arrivals.yaml")
		err = errors.Join(err, wrong)
	}
	rotaDoc, callersDoc := &document{rotaRead}, &document{callersRead}
	if rotaDoc.Readable() {
		plan.Staff = c.staff(works, rotaDoc)
		works.plan(rotaDoc) // for what is wrong in days and dates
	}
	if callersDoc.Readable() {
		plan.Demands = c.demands(calls, callersDoc)
		callersDoc.notTooMany(plan.Demands, days)
	}
	if err == nil && rotaDoc.Readable() {
		c.doubtSkills(works, calls, rotaDoc, callersDoc)
	}
	for _, doc := range []*written.Document{rotaRead, callersRead} {
		if doc != nil {
			err = errors.Join(err, doc.Err())
			doubts = append(doubts, doc.Doubts()...)
		}
	}
	return plan, doubts, err
}

// notTooMany looks that the days can be simulated, in memory and in time.
func (doc *document) notTooMany(demands []simulation.Demand, days int) {
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
		doc.wrong("arrivals."+strconv.Itoa(where)+".calls", "are %.0f in %d days, and with all others %.0f; at most %d are simulated: take fewer calls, or fewer --days", most, days, all, mostSimulated)
	}
}

// doubtSkills looks for skills that are most likely written wrong: callers who need what is known nowhere, whom nobody could ever
// serve, and agents whose skill is of no use to anybody.
func (c Config) doubtSkills(works rota, calls callers, rotaDoc, callersDoc *document) {
	known := c.Skills()
	useful, held := maps.Clone(known), maps.Clone(known)
	for _, a := range works.Agents {
		maps.Copy(held, a.Skills)
	}
	for i, a := range calls.Arrivals {
		maps.Copy(useful, a.Needs)
		for _, skill := range slices.Sorted(maps.Keys(a.Needs)) {
			if held[skill] == 0 {
				callersDoc.wrong(fmt.Sprintf("arrivals.%d.needs.%s", i, skill), "nobody holds it, and no queue knows it: these callers would wait for ever")
			}
		}
	}
	for i, a := range works.Agents {
		for _, skill := range slices.Sorted(maps.Keys(a.Skills)) {
			if useful[skill] == 0 {
				rotaDoc.doubt(fmt.Sprintf("agents.%d.skills.%s", i, skill), "no queue and no caller needs it")
			}
		}
	}
}

// Skills are all that the configuration knows: of its queues, its people and its languages, each with some level above 0.
func (c Config) Skills() map[queues.Skill]queues.Level {
	all := proof.SkillsOf(c.Router().Queues)
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
