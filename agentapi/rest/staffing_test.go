package rest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/telephony/words"
)

// oracle is an Advisor that knows this, or fails.
type oracle struct {
	says agentapi.Staffing
	err  error
}

func (o oracle) Staffing(context.Context) (agentapi.Staffing, error) { return o.says, o.err }

func TestSupervisorsAreToldWhoIsMissingAndAgentsAreNot(t *testing.T) {
	level := 0.61
	says := agentapi.Staffing{
		Now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Minutes: 30, WatchedS: 3600, Enough: true,
		Queues: []agentapi.StaffingQueue{{Queue: "support", Target: agentapi.Target{Share: 0.8, WithinS: 20}, ExpectedCalls: 41.5, ExpectedLevel: &level}},
		Advice: []agentapi.StaffingAdvice{{
			Queue: "support", Skills: []agentapi.StaffingSkill{{Skill: queues.Language("ru"), Level: 1}}, Agents: 2, Minutes: 30, Holds: true,
		}},
		Words: words.Text{"ru": "Нужны ещё двое", "en": "Two more are needed"},
	}
	h := open(t, settings{options: func(o *rest.Options) { o.Advisor = oracle{says: says} }})
	got, err := h.signIn("vera").Staffing(soon(t))
	if err != nil || !got.Now.Equal(says.Now) || len(got.Queues) != 1 || *got.Queues[0].ExpectedLevel != level ||
		len(got.Advice) != 1 || got.Advice[0].Agents != 2 || got.Advice[0].Skills[0].Skill != "lang:ru" || got.Words["ru"] != "Нужны ещё двое" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := h.signIn("anna").Staffing(soon(t)); !client.IsProblem(err, agentapi.CodeForbidden) {
		t.Errorf("an agent: %v", err)
	}
}

func TestWhereNobodyLooksAheadThatIsSaid(t *testing.T) {
	if _, err := open(t, settings{}).signIn("vera").Staffing(soon(t)); !client.IsProblem(err, agentapi.CodeNotFound) {
		t.Errorf("nobody: %v", err)
	}
	h := open(t, settings{options: func(o *rest.Options) { o.Advisor = oracle{err: errors.New("10.0.0.7 is gone")} }})
	if _, err := h.signIn("vera").Staffing(soon(t)); !client.IsProblem(err, agentapi.CodeUnavailable) {
		t.Errorf("broken: %v", err)
	}
}

func TestTheWallKnowsWhetherAnybodyWatches(t *testing.T) {
	h := open(t, settings{})
	if h.hub.WallWatched() {
		t.Error("nobody is there")
	}
	page := h.socket("vera", nil)
	page.expect("hello")
	if h.hub.WallWatched() {
		t.Error("somebody is there, and does not watch")
	}
	page.send(`{"t":"subscribe","id":"1","topics":["wall"]}`)
	page.expect("snapshot")
	if !h.hub.WallWatched() {
		t.Error("somebody watches")
	}
}
