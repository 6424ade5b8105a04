package simulation

import (
	"fmt"
	"math"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/erlang"
)

// The centre of R. B. Wallace and W. Whitt, A staffing algorithm for call centers with skill-based routing, M&SOM 7
// (2005): six kinds of calls, 14 erlangs each of 10 minutes, and 90 agents. They find that two skills for each agent, in
// all combinations alike, do nearly as well as all six, and one does not by far. (Theirs has 30 places to wait and turns others
// away; here all may wait, and lose patience.)
func TestTwoSkillsForEachAgentDoNearlyAsWellAsAll(t *testing.T) {
	t.Parallel()
	const kinds, agents = 6, 90
	levels, delays := map[int]float64{}, map[int]float64{}
	for _, skills := range []int{1, 2, kinds} {
		p := Plan{Days: 10, Seed: 1}
		for k := range kinds {
			skill := queues.Skill(fmt.Sprint("kind", k))
			p.Config.Queues = append(p.Config.Queues, queues.Queue{ID: queues.QueueID(skill), Skills: []queues.Need{{Skill: skill, Level: 1}}})
			d := Demand{Queue: queues.QueueID(skill), Talk: Exponential(10 * time.Minute), Patience: Exponential(10 * time.Minute)}
			for i := range d.Calls {
				d.Calls[i] = 14 * 3
			}
			p.Demands = append(p.Demands, d)
		}
		for i := range agents {
			a := queues.Agent{ID: queues.AgentID(fmt.Sprintf("a%02d", i)), Skills: map[queues.Skill]queues.Level{}}
			first, step := i%kinds, i/kinds%(kinds-1)
			a.Skills[queues.Skill(fmt.Sprint("kind", first))] = 3
			for more := range skills - 1 {
				a.Skills[queues.Skill(fmt.Sprint("kind", (first+1+(step+more)%(kinds-1))%kinds))] = 3
			}
			p.Staff = append(p.Staff, Staff{Agent: a, Shifts: []Shift{{0, aDay}}})
		}
		var all Figures
		for _, q := range run(t, p).Queues {
			all = all.Plus(q.Total())
		}
		levels[skills], _ = all.ServiceLevel()
		delays[skills] = float64(all.Delayed) / float64(all.Offered)
	}
	t.Logf("service level by skills: %.3v, delayed: %.3v", levels, delays)
	if levels[2] < levels[kinds]-0.05 || levels[1] > levels[kinds]-0.15 {
		t.Errorf("service level with one skill %.3f, two %.3f, all %.3f", levels[1], levels[2], levels[kinds])
	}
	pooled, err := erlang.Workload{PerHour: 84 * 6, Handling: 10 * time.Minute, Patience: 10 * time.Minute}.With(agents)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(levels[kinds]-pooled.Within(20*time.Second, 0)) > 0.02 {
		t.Errorf("all skills: service level %.3f, by Erlang A %.3f", levels[kinds], pooled.Within(20*time.Second, 0))
	}
}

// Square-root staffing of S. Halfin and W. Whitt (1981), and O. Garnett, A. Mandelbaum and M. Reiman (2002): with load
// plus β of its square roots the share that waits is the same at each size: 0.223 for β = 1 where callers are patient, and
// 0.159 where patience is as long as handling: 1 / (1 + h(β√μ/θ)√(θ/μ) / h(−β)). By ten seeds the share of so few days has a
// standard error of 0.01 to 0.03: calls that come together wait together.
func TestSquareRootStaffingGivesTheSameWaitAtEachSize(t *testing.T) {
	t.Parallel()
	for _, load := range []float64{25, 100, 400} {
		agents := int(load + math.Sqrt(load))
		for _, c := range []struct {
			patience time.Duration
			limit    float64
		}{{0, 0.2234}, {handling, 0.1587}} {
			total := run(t, crew(agents, load/handling.Hours(), c.patience, 60_000, 3)).Queues[0].Total()
			if waits := float64(total.Delayed) / float64(total.Offered); math.Abs(waits-c.limit) > 0.05 {
				t.Errorf("%g erlangs, %d agents, patience %s: %.3f wait, not %.3f", load, agents, c.patience, waits, c.limit)
			}
		}
	}
}

func run(t *testing.T, p Plan) Report {
	t.Helper()
	r, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
