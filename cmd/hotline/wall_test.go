package main

import (
	"testing"
	"time"

	"hotline/queues"
)

func TestADeskShowsTheQueuesThatItsAgentServesAtOnceOrLater(t *testing.T) {
	needs := []queues.Need{{Skill: "support", Level: 2}}
	l := &lineup{queues: []queues.Queue{
		{ID: "fiber", Skills: needs, AnyOf: [][]queues.Need{{{Skill: "fiber"}, {Skill: "radio"}}}},
		{ID: "relaxed", Skills: needs, Relax: []queues.Relaxation{{After: time.Minute, Lower: []queues.Need{{Skill: "support", Level: 1}}}}},
		{ID: "strict", Skills: needs},
	}}
	s := queues.Snapshot{Queues: []queues.QueueState{{ID: "fiber"}, {ID: "relaxed", Waiting: 2}, {ID: "strict"}}}
	for want, skills := range map[string]map[queues.Skill]queues.Level{
		"relaxed 2 ":                  {"support": 1, "fiber": 5},
		"relaxed 2 strict 0 ":         {"support": 2},
		"fiber 0 relaxed 2 strict 0 ": {"support": 2, "radio": 1},
		"":                            {"lang:ru": 5},
	} {
		got := ""
		for _, q := range served(l, queues.Agent{Skills: skills}, s) {
			got += string(q.ID) + " " + string(rune('0'+q.Waiting)) + " "
		}
		if got != want {
			t.Errorf("with %v the desk shows %q, not %q", skills, got, want)
		}
	}
}
