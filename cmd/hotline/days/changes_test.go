package days

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/simulation"
)

// threeAtWork is a plan of three who work, the first of whom talks when it begins.
func threeAtWork() simulation.Plan {
	p := simulation.Plan{Days: 1, Config: queues.Config{Queues: []queues.Queue{{ID: "line"}}}}
	for _, id := range []queues.AgentID{"anna", "boris", "vera"} {
		p.Staff = append(p.Staff, simulation.Staff{Agent: queues.Agent{ID: id}, Shifts: []simulation.Shift{{To: 24 * time.Hour}}})
	}
	for i, with := range []queues.AgentID{"anna", "", "boris", "anna"} {
		p.Given = append(p.Given, simulation.Given{Request: queues.Request{ID: queues.RequestID(fmt.Sprint(i)), Queue: "line"}, With: with, Talk: time.Minute})
	}
	return p
}

func TestWhoTalkedWithSomebodyWhoDoesNotWorkNowIsLeftOut(t *testing.T) {
	was := threeAtWork()
	p, err := Replay{Without: []string{"anna"}}.change(was)
	if err != nil || len(p.Given) != 2 || p.Given[0].Request.ID != "1" || p.Given[1].Request.ID != "2" || len(was.Given) != 4 {
		t.Fatalf("%+v, %v", p.Given, err)
	}
	if _, err := simulation.Run(p); err != nil {
		t.Error(err)
	}
}

func TestMoreMayWorkLikeSomebodyWhoDoesNotAnyMore(t *testing.T) {
	c := Replay{Without: []string{"anna"}, Add: []string{"anna*2@09:00-18:00", "boris@10:00-11:00", "anna@18:00-20:00"}}
	p, err := c.change(threeAtWork())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range p.Staff {
		ids = append(ids, string(s.Agent.ID))
	}
	if want := []string{"boris", "vera", "anna+1", "anna+2", "boris+1", "anna+3"}; !slices.Equal(ids, want) || p.Staff[5].Shifts[0].From != 18*time.Hour {
		t.Errorf("there work %q, not %q", ids, want)
	}
}
