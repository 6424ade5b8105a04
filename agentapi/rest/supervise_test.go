package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/telephony"
)

// floor is a Floor that keeps what it was told.
type floor struct {
	mu     sync.Mutex
	done   []string // guarded by mu
	refuse error    // guarded by mu
}

func (f *floor) did(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return f.refuse
	}
	f.done = append(f.done, fmt.Sprintf(format, args...))
	return nil
}

func (f *floor) Lead(_ context.Context, call telephony.CallID, to agentapi.Lead, by string) error {
	return f.did("%s leads %s to %s%s%s, seen %d", by, call, to.To, to.Queue, to.Agent, to.Seen)
}

func (f *floor) Say(_ context.Context, text string, to agentapi.Team, by string) (agentapi.BulletinState, error) {
	return agentapi.BulletinState{Team: to.String()}, f.did("%s says %q to %s", by, text, to)
}

func (f *floor) BeReady(_ context.Context, agent queues.AgentID, to agentapi.BeReady, by string) error {
	return f.did("%s makes %s %s %s", by, agent, to.State, to.Reason)
}

func (f *floor) Skills(agent queues.AgentID) (agentapi.AgentSkills, error) {
	return agentapi.AgentSkills{NamedAgent: agentapi.NamedAgent{ID: agent}}, nil
}

func (f *floor) GiveSkills(_ context.Context, agent queues.AgentID, o agentapi.SkillOrder, by string) error {
	return f.did("%s gives %s %v %s", by, agent, o.Skills, o.Lasts)
}

func (f *floor) TakeBackSkills(_ context.Context, agent queues.AgentID, by string) error {
	return f.did("%s takes back from %s", by, agent)
}

func (f *floor) CloseQueue(_ context.Context, queue queues.QueueID, by string) error {
	return f.did("%s closes %s", by, queue)
}

func (f *floor) OpenQueue(_ context.Context, queue queues.QueueID) error {
	return f.did("opens %s", queue)
}

func (f *floor) Oversee(_ context.Context, o agentapi.Oversight, by queues.AgentID) (agentapi.OversightAnswer, error) {
	return agentapi.OversightAnswer{Call: "c1", Manner: o.Manner}, f.did("%s is to %s in %s%s", by, o.Manner, o.Call, o.Agent)
}

func (f *floor) StopOverseeing(_ context.Context, by queues.AgentID) (telephony.CallID, error) {
	return "c1", f.did("%s leaves", by)
}

func (f *floor) Record(_ context.Context, call telephony.CallID, wish agentapi.RecordingWish, by string, program bool) error {
	return f.did("%s wishes %s to %s, program %t", by, call, wish, program)
}

func (f *floor) Bulletins() []agentapi.BulletinState { return []agentapi.BulletinState{} }

// TestWhatASupervisorDoesIsInTheAuditAndWhatIsRefusedIsNot looks at each operation of supervisors.
func TestWhatASupervisorDoesIsInTheAuditAndWhatIsRefusedIsNot(t *testing.T) {
	audit := &diary{}
	h := open(t, settings{options: func(o *rest.Options) { o.Audit = audit }})
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	for _, c := range []struct{ path, body, done, deed string }{
		{"/agents/7/availability", `{"state":"not_ready","reason":"lunch"}`, "vera makes 7 not_ready lunch", "made an agent not_ready of 7"},
		{"/agents/7/availability", `{"state":"ready"}`, "vera makes 7 ready ", "made an agent ready of 7"},
		{"PUT /agents/7/skills", `{"skills":[{"skill":"sales","level":3}],"lasts":"good"}`, "vera gives 7 [{sales 3  }] good", "gave an agent other skills of 7"},
		{"DELETE /agents/7/skills", "", "vera takes back from 7", "gave an agent the skills of the configuration of 7"},
		{"/queues/sales/close", "", "vera closes sales", "closed a queue of sales"},
		{"/queues/sales/open", "", "opens sales", "opened a queue of sales"},
		{"/calls/c1/lead", `{"to":"front"}`, "vera leads c1 to front, seen 0", "led a caller to the front of c1"},
		{"/calls/c1/lead", `{"to":"queue","queue":"sales","seen":1}`, "vera leads c1 to queuesales, seen 1", "led a caller to the queue sales of c1"},
		{"/calls/c1/lead", `{"to":"agent","agent":"7","seen":2}`, "vera leads c1 to agent7, seen 2", "led a caller to the agent 7 of c1"},
		{"PUT /oversight", `{"agent":"7","manner":"listen"}`, " is to listen in 7", "listened to a call of c1"},
		{"PUT /oversight", `{"call":"c1","manner":"whisper"}`, " is to whisper in c1", "whispered to the agent of a call of c1"},
		{"PUT /oversight", `{"call":"c1","manner":"speak"}`, " is to speak in c1", "spoke in a call of c1"},
		{"DELETE /oversight", "", " leaves", "left a call that they listened to of c1"},
		{"/calls/c1/recording", `{"do":"pause"}`, "vera wishes c1 to pause, program false", "recording of a call: pause of c1"},
		{"/bulletins", `{"text":"  Go home. ","to":{"queue":"sales"}}`, `vera says "Go home." to queue:sales`, "said something to a team of queue:sales"},
		{"/bulletins", `{"text":"Go home."}`, `vera says "Go home." to all`, "said something to a team of all"},
	} {
		before := len(audit.since(0))
		method, path, is := strings.Cut(c.path, " ")
		if !is {
			method, path = http.MethodPost, c.path
		}
		if answer := h.request(method, "/api/v1"+path, c.body, vera); answer.StatusCode >= 300 {
			t.Errorf("%s %s: %d %+v", c.path, c.body, answer.StatusCode, problemOf(t, answer))
			continue
		}
		if !slices.Contains(h.floor.done, c.done) {
			t.Errorf("%s %s did %q, not %q", c.path, c.body, h.floor.done, c.done)
		}
		lines := audit.since(0)
		if len(lines) != before+1 || string(lines[before].Did)+" of "+lines[before].Subject != c.deed || lines[before].Who != "vera" {
			t.Errorf("%s %s left %+v in the audit, not %q", c.path, c.body, lines[before:], c.deed)
		}
	}
	before := len(audit.since(0))
	h.floor.refuse = agentapi.Refuse(agentapi.CodeLedMeanwhile, "led meanwhile")
	if p := problemOf(t, h.post("/api/v1/calls/c1/lead", `{"to":"front"}`, vera)); p.Code != agentapi.CodeLedMeanwhile {
		t.Errorf("the second is told %+v", p)
	}
	for body, field := range map[string]string{`{"state":"not_ready"}`: "body.reason", `{"state":"not_ready","reason":"bored"}`: "body.reason", `{"state":"asleep"}`: "body.state"} {
		if p := problemOf(t, h.post("/api/v1/agents/7/availability", body, vera)); p.Code != agentapi.CodeInvalid || p.Errors[0].Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	for body, field := range map[string]string{`{"to":"queue"}`: "body.queue", `{"to":"agent"}`: "body.agent", `{"to":"voicemail"}`: "body.to"} {
		if p := problemOf(t, h.post("/api/v1/calls/c1/lead", body, vera)); p.Code != agentapi.CodeInvalid || p.Errors[0].Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	for body, field := range map[string]string{`{"manner":"listen"}`: "body", `{"agent":"7","call":"c1","manner":"listen"}`: "body", `{"agent":"7","manner":"shout"}`: "body.manner"} {
		if p := problemOf(t, h.request(http.MethodPut, "/api/v1/oversight", body, vera)); p.Code != agentapi.CodeInvalid || p.Errors[0].Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	if len(audit.since(0)) != before {
		t.Errorf("what was refused left %+v in the audit", audit.since(before))
	}
}
