package alarms

import (
	"testing"
	"time"

	"hotline/agentapi/desk"
	"hotline/queues"
	"hotline/telephony/hours"
	"hotline/tickets"
)

// halfHour is a rule about the last half hour.
var halfHour = Rule{ID: "level", Kind: ServiceLevel, Of: Of{Queue: "q"}, Window: 30 * time.Minute, Least: 10, Bounds: Bounds{Raise: 0.6, Clear: 0.7, ClearFor: time.Minute}}

// clockwork shows windows a queue's figures since midnight, and reads the rule about them.
type clockwork struct {
	window windows
	now    time.Time
}

func (c *clockwork) reads(after time.Duration, answered, inTarget int) (r Reading, known bool) {
	c.now = c.now.Add(after)
	s := scene{Snapshot: queues.Snapshot{At: c.now, Queues: []queues.QueueState{{ID: "q", Figures: queues.Figures{Answered: answered, InTarget: inTarget}}}}, window: &c.window}
	c.window.remember(s.Snapshot, false)
	r, known = s.read([]Rule{halfHour})[Key{"level", halfHour.Of}]
	return r, known
}

func TestSoSoonAfterAStartTooFewCallsSayNothing(t *testing.T) {
	c := clockwork{now: time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC)}
	w := NewWatch(ids())
	w.Change([]Rule{halfHour})
	w.Restore([]Raised{{ID: "before", Rule: "level", Kind: ServiceLevel, Of: halfHour.Of}}, time.Time{})
	for range 29 { // minutes with nobody
		if r, known := c.reads(time.Minute, 200, 20); known {
			t.Fatalf("at %s it reads %+v", c.now, r)
		}
		if over := w.Step(c.now, nil, nothingGone); len(over) != 0 {
			t.Fatalf("at %s it is over: %+v", c.now, over)
		}
	}
	if r, known := c.reads(time.Second, 210, 21); !known || r.None || r.Value != 0.1 {
		t.Errorf("with enough calls it reads %+v, %v", r, known)
	}
	for range 31 { // the window is known, and the calls are behind it
		c.reads(time.Minute, 210, 21)
	}
	if r, known := c.reads(time.Second, 211, 21); !known || !r.None {
		t.Errorf("with too few in a window that is known it reads %+v, %v", r, known)
	}
}

func TestAWindowGoesOnOverMidnight(t *testing.T) {
	c := clockwork{now: time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)}
	for range 40 {
		c.reads(time.Minute, 300, 100)
	}
	for i := range 19 { // from 23:41 on, one in target a minute, and one not
		c.reads(time.Minute, 302+2*i, 101+i)
	}
	if r, _ := c.reads(59*time.Second, 338, 119); r.Value != 0.5 {
		t.Errorf("before midnight it reads %+v", r)
	}
	for i := range 15 { // up to 00:14:59
		if r, known := c.reads(time.Minute, 0, 0); !known || r.None || r.Value != 0.5 {
			t.Errorf("%d min after midnight it reads %+v, %v", i, r, known)
		}
	}
	if r, known := c.reads(time.Minute, 12, 12); !known || r.None || r.Value != 0.65 {
		t.Errorf("with calls of both days it reads %+v, %v", r, known)
	}
	for range 30 {
		c.reads(time.Minute, 12, 12)
	}
	if r, known := c.reads(time.Second, 24, 18); !known || r.Value != 0.5 {
		t.Errorf("with those of the new day alone it reads %+v, %v", r, known)
	}
}

// TestEachKindIsReadAsItIs: for each kind a scene in which it is well, and one in which it is not, and all that is like it and must not count.
func TestEachKindIsReadAsItIs(t *testing.T) {
	now := time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC)
	closed := &hours.Calendar{Zone: time.UTC, Dates: map[string][]hours.Span{"2026-11-29": {{From: 0, To: 24 * time.Hour}}}}
	of := func(skill queues.Skill) map[queues.Skill]queues.Level { return map[queues.Skill]queues.Level{skill: 1} }
	needs := func(skill queues.Skill) []queues.Need { return []queues.Need{{Skill: skill, Level: 1}} }
	lineup := &desk.Lineup{
		Queues: []queues.Queue{
			{ID: "q", Skills: needs("a")}, {ID: "r", Skills: needs("b")}, {ID: "night", Skills: needs("c"), Hours: closed},
		},
		Agents: map[queues.AgentID]queues.Agent{
			"anna": {ID: "anna", Skills: of("a")}, "boris": {ID: "boris", Skills: of("b")}, "clara": {ID: "clara", Skills: of("a")}, "dora": {ID: "dora", Skills: of("c")},
		},
		Departments: map[queues.QueueID]string{"q": "support", "r": "billing", "night": "support"},
	}
	terms := tickets.Terms{People: map[string]tickets.PersonTerms{"anna": {Departments: []string{"support"}}, "boris": {Departments: []string{"billing"}}}}
	ready := func(id queues.AgentID) queues.AgentState {
		return queues.AgentState{ID: id, Availability: queues.Ready, Reachable: true}
	}
	one := func(change func(a *queues.AgentState), id queues.AgentID) queues.AgentState {
		a := ready(id)
		change(&a)
		return a
	}
	type house struct {
		queues     []queues.QueueState
		agents     []queues.AgentState
		late       Late
		recordings func() (failing, known bool)
	}
	says := func(failing, known bool) func() (bool, bool) {
		return func() (bool, bool) { return failing, known }
	}
	waits := []queues.QueueState{{ID: "q", Waiting: 2, LongestSince: now.Add(-time.Minute)}, {ID: "r", Waiting: 3, LongestSince: now.Add(-3 * time.Minute), Callbacks: 9}, {ID: "night"}}
	counted := []queues.QueueState{{ID: "q", Figures: queues.Figures{Answered: 6, InTarget: 3, Abandoned: 6, ShortAbandoned: 2}}}
	out := one(func(a *queues.AgentState) { a.Availability, a.Reachable = queues.SignedOut, false }, "clara")
	late := Late{At: now.Add(-time.Minute), Promises: map[string]int{"support": 2, "billing": 3}, Clocks: map[string]int{"support": 1}}
	const unknown, none = -1, -2
	read := map[Kind]bool{}
	for _, c := range []struct {
		rule Rule
		in   house
		want float64
	}{
		{Rule{Kind: Waiting}, house{queues: waits}, 5},
		{Rule{Kind: Waiting, Of: Of{Queue: "q"}}, house{queues: waits}, 2},
		{Rule{Kind: Waiting, Of: Of{Department: "billing"}}, house{queues: waits}, 3},
		{Rule{Kind: LongestWait}, house{queues: waits}, 180},
		{Rule{Kind: LongestWait, Of: Of{Queue: "night"}}, house{queues: waits}, 0},
		{Rule{Kind: ServiceLevel, Window: time.Hour, Least: 10}, house{queues: counted}, 0.3},
		{Rule{Kind: ServiceLevel, Window: time.Hour, Least: 11}, house{queues: counted}, none},
		{Rule{Kind: Abandoned, Window: time.Hour, Least: 10}, house{queues: counted}, 0.4},
		{Rule{Kind: NobodyThere}, house{queues: waits}, 2}, // and night is outside its hours
		{Rule{Kind: NobodyThere}, house{queues: waits, agents: []queues.AgentState{out, ready("boris")}}, 1},
		{Rule{Kind: NobodyThere}, house{queues: waits, agents: []queues.AgentState{ready("anna"), ready("boris")}}, 0},
		{Rule{Kind: NobodyThere, Of: Of{Queue: "q"}}, house{queues: []queues.QueueState{{ID: "q", ClosedBy: "olga"}}}, 0},
		{Rule{Kind: Phones}, house{agents: []queues.AgentState{
			ready("anna"), out, one(func(a *queues.AgentState) { a.Reachable = false }, "boris"),
			one(func(a *queues.AgentState) { a.Availability, a.Reason = queues.NotReady, queues.PhoneWasFailing }, "dora"),
			one(func(a *queues.AgentState) { a.Availability, a.Reason = queues.NotReady, "lunch" }, "clara"),
		}}, 2},
		{Rule{Kind: Phones, Of: Of{Department: "support"}}, house{agents: []queues.AgentState{one(func(a *queues.AgentState) { a.Reachable = false }, "boris")}}, 0},
		{Rule{Kind: Phones, Of: Of{Department: "billing"}}, house{agents: []queues.AgentState{one(func(a *queues.AgentState) { a.Reachable = false }, "boris")}}, 1},
		{Rule{Kind: Promises}, house{late: late}, 5},
		{Rule{Kind: Promises, Of: Of{Department: "support"}}, house{late: late}, 2},
		{Rule{Kind: Promises}, house{late: Late{At: now.Add(-time.Hour), Promises: late.Promises}}, unknown}, // the database is away
		{Rule{Kind: Clocks}, house{late: late}, 1},
		{Rule{Kind: Clocks, Of: Of{Department: "billing"}}, house{late: late}, 0},
		{Rule{Kind: Recordings}, house{recordings: says(true, true)}, 1},
		{Rule{Kind: Recordings}, house{recordings: says(false, true)}, 0},
		{Rule{Kind: Recordings}, house{recordings: says(false, false)}, unknown},
		{Rule{Kind: Waiting, Bounds: Bounds{Off: true}}, house{queues: waits}, unknown},
	} {
		var w windows
		w.remember(queues.Snapshot{At: now.Add(-time.Hour), Queues: []queues.QueueState{{ID: "q"}, {ID: "r"}, {ID: "night"}}}, false)
		s := scene{
			Snapshot: queues.Snapshot{At: now, Queues: c.in.queues, Agents: c.in.agents}, lineup: lineup, terms: terms, location: time.UTC,
			late: c.in.late, recordings: c.in.recordings, window: &w, deserted: map[queues.QueueID]bool{},
		}
		w.remember(s.Snapshot, false)
		c.rule.ID, read[c.rule.Kind] = "it", true
		got := float64(unknown)
		if r, known := s.read([]Rule{c.rule})[Key{"it", c.rule.Of}]; r.None {
			got = none
		} else if known {
			got = r.Value
		}
		if got != c.want {
			t.Errorf("%s of %+v: %v, not %v", c.rule.Kind, c.rule.Of, got, c.want)
		}
	}
	for _, kind := range Kinds {
		if !read[kind] {
			t.Errorf("nothing here reads %s", kind)
		}
	}
}
