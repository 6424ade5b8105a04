package desk

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/tickets"
)

func TestADeskShowsTheQueuesThatItsAgentServesAtOnceOrLater(t *testing.T) {
	needs := []queues.Need{{Skill: "support", Level: 2}}
	l := &Lineup{Queues: []queues.Queue{
		{ID: "fiber", Skills: needs, AnyOf: [][]queues.Need{{{Skill: "fiber"}, {Skill: "radio"}}}},
		{ID: "relaxed", Skills: needs, Relax: []queues.Relaxation{{After: time.Minute, Lower: []queues.Need{{Skill: "support", Level: 1}}}}},
		{ID: "strict", Skills: needs},
	}}
	s := queues.Snapshot{Queues: []queues.QueueState{{ID: "fiber"}, {ID: "relaxed", Waiting: 2}, {ID: "strict"}}, Agents: []queues.AgentState{{ID: "7"}}}
	for want, skills := range map[string]map[queues.Skill]queues.Level{
		"relaxed 2 ":                  {"support": 1, "fiber": 5},
		"relaxed 2 strict 0 ":         {"support": 2},
		"fiber 0 relaxed 2 strict 0 ": {"support": 2, "radio": 1},
		"":                            {"lang:ru": 5},
	} {
		got := ""
		l.Agents = map[queues.AgentID]queues.Agent{"7": {Skills: skills}}
		var all teams
		all.arrange(l, s)
		for _, q := range all.all[0].figures(l, s) {
			got += string(q.ID) + " " + string(rune('0'+q.Waiting)) + " "
		}
		if got != want {
			t.Errorf("with %v the desk shows %q, not %q", skills, got, want)
		}
	}
}

func TestTheWallRemembersAnHourOfAQueueThatAReloadBringsInTheMidstOfAMinute(t *testing.T) {
	p := &Painter{}
	now := time.Date(2026, 11, 22, 9, 0, 10, 0, time.UTC)
	see := func(after time.Duration, waiting int, all ...queues.QueueID) {
		now = now.Add(after)
		s := queues.Snapshot{At: now}
		for _, id := range all {
			s.Queues = append(s.Queues, queues.QueueState{ID: id, Waiting: waiting})
		}
		p.remember(s)
	}
	see(0, 2, "old", "line")
	see(time.Second, 5, "new", "line")
	see(time.Second, 1, "new", "line")
	see(time.Minute, 3, "new", "line")
	if got := p.history["new"]; len(got) != 2 || got[0].Waiting != 5 || got[1].Waiting != 3 || got[1].At != now.Truncate(time.Minute) {
		t.Errorf("of the new one it remembers %+v", got)
	}
	if p.history["old"] != nil || len(p.history["line"]) != 2 {
		t.Errorf("it remembers %+v", p.history)
	}
	for range 90 {
		see(time.Minute, 0, "line")
	}
	if got := p.history["line"]; len(got) != 60 || got[0].At != now.Truncate(time.Minute).Add(-59*time.Minute) {
		t.Errorf("it remembers %d points since %s", len(got), got[0].At)
	}
}

// nothingYet is a day on which nobody has called.
type nothingYet struct{}

func (nothingYet) Today() tickets.Today { return tickets.Today{} }

func TestTheWholeLineIsHeldAgainstTheStrictestTargetOfItsQueues(t *testing.T) {
	p := &Painter{Tally: nothingYet{}, Outlook: &Outlook{}, Present: NewPresent(&Lineup{}), Terms: func() tickets.Terms { return tickets.Terms{} }}
	line := func(all ...queues.Target) agentapi.Target {
		var s queues.Snapshot
		for _, target := range all {
			s.Queues = append(s.Queues, queues.QueueState{Target: target})
		}
		return p.paint(s, nil, false).Line.Target
	}
	soft, hard, harder := queues.Target{Share: 0.9, Within: time.Minute}, queues.Target{Share: 0.7, Within: 20 * time.Second}, queues.Target{Share: 0.8, Within: 20 * time.Second}
	for _, all := range [][]queues.Target{{harder}, {soft, harder, hard}, {hard, harder, soft}, {harder, soft, hard}} {
		if got := line(all...); got != (agentapi.Target{Share: 0.8, WithinS: 20}) {
			t.Errorf("of %v it is %v", all, got)
		}
	}
	if got := line(soft); got.WithinS != 60 {
		t.Errorf("of one it is %v", got)
	}
}

func TestTheWallCountsEachWhoIsSignedInOnceByWhatTheyDoNow(t *testing.T) {
	var l agentapi.WallLine
	for _, a := range []queues.AgentState{
		{Availability: queues.Ready, Activity: queues.Idle, Reachable: true},
		{Availability: queues.Ready, Activity: queues.Idle},
		{Availability: queues.Ready, Activity: queues.Idle, Reachable: true, DeskAway: true},
		{Availability: queues.NotReady, Activity: queues.Idle, Reachable: true},
		{Availability: queues.Ready, Activity: queues.Ringing, Reachable: true},
		{Availability: queues.Ready, Activity: queues.Talking, Reachable: true},
		{Availability: queues.NotReady, Activity: queues.OnHold, Reachable: true},
		{Availability: queues.Ready, Activity: queues.WrapUp, Reachable: true},
		{Availability: queues.SignedOut, Activity: queues.Talking, Reachable: true},
	} {
		countAgent(&l, &a)
	}
	want := agentapi.WallLine{Ready: 6, Free: 1, Talking: 3, WrapUp: 1, Away: 3, SignedIn: 8}
	if l != want {
		t.Errorf("counted are %+v, not %+v", l, want)
	}
}

func TestTheWallSaysWhoWorksByPhoneAlone(t *testing.T) {
	p := &Painter{ByPhone: func(id queues.AgentID) bool { return id == "anna" }}
	for id, want := range map[queues.AgentID]bool{"anna": true, "boris": false} {
		if got := p.wallAgent(&queues.AgentState{ID: id}); got.ByPhone != want {
			t.Errorf("%s is shown as %+v", id, got)
		}
	}
}

// TestAgentsAreNotPaintedAnewWhileNothingChanges, be it the router's word, whom they belong to, or by what they work.
func TestAgentsAreNotPaintedAnewWhileNothingChanges(t *testing.T) {
	works := false
	p := &Painter{ByPhone: func(queues.AgentID) bool { return works }}
	agents := []queues.AgentState{{ID: "anna", Availability: queues.Ready}, {ID: "boris"}}
	terms := tickets.Terms{People: map[string]tickets.PersonTerms{"anna": {Departments: []string{"first"}}}}
	var last []agentapi.WallAgent
	for _, step := range []struct {
		what   string
		change func()
		anew   bool
		shows  string
	}{
		{"at first", func() {}, true, "ready [first] false"},
		{"nothing", func() {}, false, "ready [first] false"},
		{"the router took a step", func() {
			agents = slices.Clone(agents)
			agents[0].Availability = queues.NotReady
		}, true, "not_ready [first] false"},
		{"nothing since", func() {}, false, "not_ready [first] false"},
		{"a reload", func() {
			terms.People = map[string]tickets.PersonTerms{"anna": {Departments: []string{"second"}}}
		}, true, "not_ready [second] false"},
		{"she works by phone", func() { works = true }, true, "not_ready [second] true"},
		{"nothing at the end", func() {}, false, "not_ready [second] true"},
	} {
		step.change()
		now := p.showAgents(agents, terms)
		if got := fmt.Sprint(now[0].Availability, " ", now[0].Departments, " ", now[0].ByPhone); got != step.shows {
			t.Errorf("%s: anna is %s, not %s", step.what, got, step.shows)
		}
		if anew := last == nil || &now[0] != &last[0]; anew != step.anew {
			t.Errorf("%s: they are painted anew: %v", step.what, anew)
		}
		last = now
	}
}
