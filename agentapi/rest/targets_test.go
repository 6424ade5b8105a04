package rest_test

import (
	"context"
	"reflect"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/queues"
	"hotline/telephony/words"
	"hotline/tickets"
)

// staff is a router with two queues and three agents, of whom one is free.
type staff struct{ lineup *desk.Lineup }

func staffed() staff {
	skilled := func(id queues.AgentID, name string, skills ...queues.Skill) queues.Agent {
		a := queues.Agent{ID: id, Name: name, Skills: map[queues.Skill]queues.Level{}}
		for _, s := range skills {
			a.Skills[s] = 3
		}
		return a
	}
	needs := func(s queues.Skill) []queues.Need { return []queues.Need{{Skill: s, Level: 1}} }
	return staff{&desk.Lineup{
		Queues: []queues.Queue{
			{ID: "support", Name: words.Text{"ru": "Поддержка", "en": "Support"}, Skills: needs("support")},
			{ID: "billing", Name: words.Text{"ru": "Оплата", "en": "Billing"}, Skills: needs("billing")},
		},
		Departments: map[queues.QueueID]string{"support": "care"},
		Agents:      map[queues.AgentID]queues.Agent{"7": skilled("7", "Vera", "support"), "8": skilled("8", "Boris", "support", "billing"), "9": skilled("9", "Clara", "billing")},
		Extensions:  map[string]desk.Extension{"201": {Queue: "billing"}, "102": {Agent: "8"}, "103": {Agent: "9"}},
	}}
}

func (f staff) targets() desk.Targets {
	return desk.Targets{Board: f, Present: desk.NewPresent(f.lineup), Terms: func() tickets.Terms {
		return tickets.Terms{
			People:      map[string]tickets.PersonTerms{"8": {Name: "Boris", Departments: []string{"care"}}},
			Departments: map[string]tickets.DepartmentTerms{"care": {Name: words.Text{"en": "Customer care"}}},
		}
	}}
}

func (f staff) Snapshot(context.Context) (s queues.Snapshot, err error) {
	s.Queues = []queues.QueueState{{ID: "support"}, {ID: "billing", Waiting: 2}, {ID: "gone"}}
	s.Agents = []queues.AgentState{
		{ID: "7", Availability: queues.Ready, Activity: queues.Talking, Reachable: true},
		{ID: "8", Availability: queues.Ready, Activity: queues.Idle, Reachable: true},
		{ID: "9", Availability: queues.NotReady, Activity: queues.Idle, Reachable: true},
	}
	return s, nil
}

func TestAgentsAreToldWhereTheyMaySendACallerAndWhoIsThere(t *testing.T) {
	h := open(t, settings{})
	got, err := h.signIn("anna").Targets(soon(t))
	want := agentapi.Targets{Queues: []agentapi.TargetQueue{
		{ID: "support", Name: words.Text{"ru": "Поддержка", "en": "Support"}, Free: 1, Department: agentapi.WallDepartment{ID: "care", Name: words.Text{"en": "Customer care"}}},
		{ID: "billing", Name: words.Text{"ru": "Оплата", "en": "Billing"}, Extension: "201", Waiting: 2, Free: 1},
	}, Agents: []agentapi.TargetAgent{
		{ID: "8", Name: "Boris", Extension: "102", Free: true, Presence: "free", Departments: []agentapi.WallDepartment{{ID: "care", Name: words.Text{"en": "Customer care"}}}},
		{ID: "9", Name: "Clara", Extension: "103", Presence: "away"},
		{ID: "7", Name: "Vera", Presence: "talking"},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("they are told %+v, %v", got, err)
	}
}
