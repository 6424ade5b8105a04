package desk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/telephony/words"
)

// TestFiguresGoToWhomTheyConcernWhenTheyChange: each desk is told of its own queues, of a change once, and of nothing where nothing has changed, whoever comes, goes, or is given other work.
func TestFiguresGoToWhomTheyConcernWhenTheyChange(t *testing.T) {
	skills := func(all ...queues.Skill) queues.Agent {
		a := queues.Agent{Skills: map[queues.Skill]queues.Level{}}
		for _, skill := range all {
			a.Skills[skill] = 1
		}
		return a
	}
	lineup := func(agents map[queues.AgentID]queues.Agent) *Lineup {
		return &Lineup{Agents: agents, Queues: []queues.Queue{
			{ID: "phone", Skills: []queues.Need{{Skill: "phone", Level: 1}}}, {ID: "fiber", Skills: []queues.Need{{Skill: "fiber", Level: 1}}},
		}}
	}
	first := map[queues.AgentID]queues.Agent{"a": skills("phone"), "b": skills("phone"), "c": skills("phone", "fiber")}
	l, renamed := lineup(first), lineup(first)
	renamed.Queues[1].Name = words.Text{"en": "Fiber"}
	var all teams
	now := time.Now()
	for _, step := range []struct {
		what         string
		lineup       *Lineup
		phone, fiber int
		agents       string
		told         string
		soon         bool // after the step before
	}{
		{"all of them at first", l, 0, 0, "abc", "a b c", false},
		{"nobody of nothing", l, 0, 0, "abc", "", false},
		{"who serves it", l, 0, 1, "abc", "c", false},
		{"all who serve it", l, 1, 1, "abc", "a b c", false},
		{"nobody so soon", l, 2, 1, "abc", "", true},
		{"nobody as it is what it was", l, 1, 1, "abc", "", false},
		{"all who serve it, later", l, 3, 1, "abc", "a b c", false},
		{"nobody of the next one so soon", l, 1, 1, "abc", "", true},
		{"all of that later", l, 1, 1, "abc", "a b c", false},
		{"who has come", l, 1, 1, "abcd", "d", false},
		{"whose work is another", lineup(map[queues.AgentID]queues.Agent{"a": skills("fiber"), "b": skills("phone"), "c": skills("phone", "fiber"), "d": skills("phone")}), 1, 1, "abcd", "a d", false},
		{"those who stay", l, 2, 1, "bc", "b c", false},
		{"nobody of a lineup that says the same", lineup(first), 2, 1, "bc", "", false},
		{"who serves one that is called otherwise", renamed, 2, 1, "bc", "c", false},
	} {
		if now = now.Add(500 * time.Millisecond); !step.soon {
			now = now.Add(500 * time.Millisecond)
		}
		s := queues.Snapshot{At: now, Queues: []queues.QueueState{{ID: "phone", Waiting: step.phone}, {ID: "fiber", Waiting: step.fiber}}}
		for _, id := range step.agents {
			s.Agents = append(s.Agents, queues.AgentState{ID: queues.AgentID(id)})
		}
		var told []string
		all.paint(func(some []queues.AgentID, mine []agentapi.MyQueue) {
			for _, id := range some {
				told = append(told, string(id))
			}
		}, step.lineup, s)
		slices.Sort(told)
		if got := strings.Join(told, " "); got != step.told {
			t.Errorf("%s: told are %q, not %q", step.what, got, step.told)
		}
	}
}
