package simulation

import (
	"errors"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/erlang"
)

// One queue whose agents are all alike is what Erlang A is about: the simulated answer is the formula's, give or take one.
func TestMoreAgentsAreAsManyAsErlangSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		perHour  float64
		patience time.Duration
	}{{60, 0}, {200, 0}, {60, handling}, {400, handling}} {
		w := erlang.Workload{PerHour: c.perHour, Handling: handling, Patience: c.patience}
		theory, err := w.For(queues.Target{Share: 0.8, Within: 20 * time.Second}, 0)
		if err != nil {
			t.Fatal(err)
		}
		p := crew(1, c.perHour, c.patience, 40_000, 1)
		with, report, more, err := More(p, "a000", Shift{0, aDay}, 100)
		if err != nil {
			t.Fatal(err)
		}
		if off := 1 + more - theory.Agents; off < -1 || off > 1 {
			t.Errorf("%g calls an hour, patience %s: %d agents, by theory %d", c.perHour, c.patience, 1+more, theory.Agents)
		}
		if level, _ := report.Queues[0].Total().ServiceLevel(); level < 0.8 || len(with.Staff) != 1+more || len(p.Staff) != 1 {
			t.Errorf("%d agents of %d give %g", len(with.Staff), 1+more, level)
		}
		if more == 0 {
			t.Fatal("one agent is enough: nothing is tried")
		}
		with.Staff = with.Staff[:len(with.Staff)-1]
		if level, _ := run(t, with).Queues[0].Total().ServiceLevel(); level >= 0.8 {
			t.Errorf("one less than %d gives %g too", 1+more, level)
		}
	}
}

func TestMoreAgentsAreLookedForOnlyWhereTheyCanHelp(t *testing.T) {
	p := crew(5, 60, 0, 3000, 1)
	if _, _, more, err := More(p, "a000", Shift{9 * time.Hour, 12 * time.Hour}, 10); more != 0 || err != nil {
		t.Errorf("five are enough, and yet %d more, %v", more, err)
	}
	if _, _, _, err := More(p, "x", Shift{0, time.Hour}, 10); !errors.Is(err, ErrPlan) {
		t.Errorf("like nobody: %v", err)
	}
	// Calls that need a skill which the agent has not, beside those that they can take.
	p.Config.Queues[0].Skills = []queues.Need{{Skill: "a", Level: 1}}
	if _, _, more, err := More(p, "a000", Shift{0, time.Hour}, 10); more != 0 || err != nil {
		t.Errorf("a queue they cannot serve: %d more, %v", more, err)
	}
	p.Staff[0].Agent.Skills = map[queues.Skill]queues.Level{"a": 1}
	p.Demands[0].Extra = []queues.Need{{Skill: "b", Level: 1}}
	p.Demands[0].Patience = Always(time.Minute)
	if _, report, more, err := More(p, "a000", Shift{0, time.Hour}, 10); !errors.Is(err, ErrNotEnough) || more != 10 || len(report.Agents) != 15 {
		t.Errorf("calls they cannot take: %d more, %v", more, err)
	}
}
