package watch

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"hotline/agentapi/desk"
	"hotline/queues"
	"hotline/queues/figures"
)

// still is a router's state, and books without an entry.
type still queues.Snapshot

func (s still) Snapshot(context.Context) (queues.Snapshot, error) { return queues.Snapshot(s), nil }

func (still) Today(...queues.QueueID) (map[queues.QueueID]figures.Sums, bool) { return nil, true }

// hall is a hall of agents, a third of whom serve each queue.
func hall(agents, lines int) *State {
	lineup := &desk.Lineup{Agents: map[queues.AgentID]queues.Agent{}}
	now := still{At: time.Now()}
	for i := range lines {
		id := queues.QueueID(fmt.Sprintf("q%d", i))
		lineup.Queues = append(lineup.Queues, queues.Queue{ID: id, Skills: []queues.Need{{Skill: queues.Skill(fmt.Sprintf("s%d", i%3)), Level: 2}}})
		now.Queues = append(now.Queues, queues.QueueState{ID: id})
	}
	for i := range agents {
		id := queues.AgentID(fmt.Sprintf("a%d", i))
		lineup.Agents[id] = queues.Agent{ID: id, Skills: map[queues.Skill]queues.Level{queues.Skill(fmt.Sprintf("s%d", i%3)): 3}}
		a := queues.AgentState{ID: id, Availability: queues.Ready, Activity: queues.Idle, Reachable: true}
		switch i % 9 {
		case 1:
			a.Availability, a.Reason = queues.NotReady, queues.Lunch
		case 3:
			a.Activity = queues.Talking
		case 5:
			a.Reachable = false
		case 7:
			a.Availability, a.Activity = queues.SignedOut, queues.Talking // leaves after this talk
		}
		now.Agents = append(now.Agents, a)
	}
	return &State{Board: now, Books: now, Present: desk.NewPresent(lineup)}
}

func TestEachAgentIsCountedOnceAndForEachQueueTheyServe(t *testing.T) {
	r := prometheus.NewRegistry()
	r.MustRegister(hall(9, 3))
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			name := f.GetName()
			for _, l := range m.Label {
				name += " " + l.GetValue()
			}
			got[name] = m.Gauge.GetValue()
		}
	}
	for name, want := range map[string]float64{
		"hotline_agents ready": 6, "hotline_agents talking": 2, "hotline_agents not_ready": 1, "hotline_agents wrap_up": 0,
		"hotline_agents_not_ready lunch": 1, "hotline_agents_unreachable": 1, "hotline_router_up": 1,
		"hotline_queue_agents_signed_in q0": 3, "hotline_queue_agents_ready q0": 3, "hotline_queue_agents_free q0": 2,
		"hotline_queue_agents_signed_in q1": 2, "hotline_queue_agents_ready q1": 1, "hotline_queue_agents_free q1": 1,
		"hotline_queue_agents_signed_in q2": 3, "hotline_queue_agents_ready q2": 2, "hotline_queue_agents_free q2": 2,
	} {
		if is, there := got[name]; !there || is != want {
			t.Errorf("%s is %v (there: %v), not %v", name, is, there, want)
		}
	}
	if n := testutil.CollectAndCount(hall(1000, 3), "hotline_agents", "hotline_agents_not_ready"); n != 8 {
		t.Errorf("%d series for a thousand agents", n)
	}
}

// BenchmarkScrape is what a look at the metrics costs with ten thousand agents and fifty queues, without the router's part.
func BenchmarkScrape(b *testing.B) {
	s := hall(10_000, 50)
	for b.Loop() {
		testutil.CollectAndCount(s)
	}
}
