package agentapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/queues"
)

// TestAWallIsTheOneBeforeWithItsChangesOverIt: whatever has changed, come, gone, or become nothing again.
func TestAWallIsTheOneBeforeWithItsChangesOverIt(t *testing.T) {
	dice := rand.New(rand.NewPCG(14, 1))
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	maybe := func(n int) bool { return dice.IntN(n) == 0 }
	number := func() *float64 {
		if n := float64(dice.IntN(3)); n > 0 {
			return &n
		}
		return nil
	}
	next := func(w Wall, step int) Wall {
		w.Now = w.Now.Add(time.Second)
		w.Line.Waiting, w.Line.ServiceLevel, w.Line.Partial = dice.IntN(2), number(), maybe(2)
		w.Queues, w.Agents = slices.Clone(w.Queues), slices.Clone(w.Agents)
		minute := WallMinute{At: w.Now.Truncate(time.Minute), Waiting: step}
		for i := range w.Queues {
			q := &w.Queues[i]
			q.History = slices.Clone(q.History)
			if n := len(q.History); n == 0 || q.History[n-1].At.Before(minute.At) {
				q.History = append(q.History[max(0, n-59):], minute)
			} else if maybe(2) {
				q.History[n-1].Waiting++
			}
			if maybe(3) {
				q.Waiting, q.ASA, q.ClosedBy = dice.IntN(2), number(), strings.Repeat("Vera", dice.IntN(2))
			}
		}
		for i := range w.Agents {
			if maybe(4) {
				w.Agents[i].Activity, w.Agents[i].Reason = fmt.Sprint(dice.IntN(2)), strings.Repeat("lunch", dice.IntN(2))
				w.Agents[i].Until = time.Time{}
				if maybe(2) {
					w.Agents[i].Until = w.Now
				}
			}
		}
		if maybe(10) {
			w.Queues = append(w.Queues, WallQueue{ID: queues.QueueID(fmt.Sprint("q", step)), History: []WallMinute{minute}})
			w.Agents = append(w.Agents, WallAgent{ID: queues.AgentID(fmt.Sprint("a", step)), Since: w.Now})
		}
		if maybe(10) {
			w.Queues, w.Agents = slices.Delete(w.Queues, 0, min(1, len(w.Queues))), slices.Delete(w.Agents, 0, min(1, len(w.Agents)))
		}
		w.Staffing, w.Off, w.Canary = nil, nil, nil
		if maybe(2) {
			w.Staffing, w.Off, w.Canary = &WallStaffing{Holds: true}, []WallOff{{ID: "7", Kind: "late"}}, &WallCanary{State: "silent"}
		}
		return w
	}
	text := func(w Wall) string {
		b, err := json.Marshal(w.Filled())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	w := Wall{Now: start}.Filled()
	seen := w
	for step := range 500 {
		n := next(w, step)
		if maybe(3) { // one that a page skips
			n = next(n, step)
		}
		parts, news := n.Changes(w)
		b, err := json.Marshal(parts)
		if err != nil {
			t.Fatal(err)
		}
		if seen, err = seen.With(b); err != nil {
			t.Fatal(err)
		}
		if got, want := text(seen), text(n); got != want {
			t.Fatalf("after step %d, whose changes are %s, the wall is\n%s, not\n%s", step, b, got, want)
		}
		if !news && !reflect.DeepEqual(w.Queues, n.Queues) {
			t.Fatalf("step %d is no news, and queues have changed", step)
		}
		w = n
	}
}

// TestTheTimeAloneIsNoNews: nor is it when the database has counted the same again.
func TestTheTimeAloneIsNoNews(t *testing.T) {
	wall := func(at time.Time) Wall {
		share := 0.5
		return Wall{Now: at, Line: WallLine{CountedAt: &at, ServiceLevel: &share}, Queues: []WallQueue{{ID: "q", History: []WallMinute{{ServiceLevel: &share}}}}, Agents: []WallAgent{{ID: "7"}}}
	}
	before := wall(time.Now())
	now := wall(before.Now.Add(time.Second))
	parts, news := now.Changes(before)
	if names := slices.Sorted(maps.Keys(parts)); news || fmt.Sprint(names) != "[line now]" || len(parts["line"].(map[string]any)) != 1 {
		t.Errorf("changed are %v, which is news: %v", parts, news)
	}
	now.Agents[0].Activity = "talking"
	if parts, news := now.Changes(before); !news || len(parts) != 3 {
		t.Errorf("changed are %v, which is news: %v", parts, news)
	}
}

// TestAnAgentIsTheSameOnlyWhereNothingOfThemHasChanged: each field counts, also one that comes later.
func TestAnAgentIsTheSameOnlyWhereNothingOfThemHasChanged(t *testing.T) {
	if !(WallAgent{}).same(WallAgent{}) {
		t.Error("an agent is not the same as before")
	}
	for i := range reflect.TypeFor[WallAgent]().NumField() {
		var a WallAgent
		switch field := reflect.ValueOf(&a).Elem().Field(i); field.Interface().(type) {
		case time.Time:
			field.Set(reflect.ValueOf(time.Now()))
		case []string:
			field.Set(reflect.ValueOf([]string{"lines"}))
		case bool:
			field.SetBool(true)
		default:
			field.SetString("other")
		}
		if a.same(WallAgent{}) || (WallAgent{}).same(a) {
			t.Errorf("an agent is taken for the same whose %s has changed", reflect.TypeFor[WallAgent]().Field(i).Name)
		}
	}
}
