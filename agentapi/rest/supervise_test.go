package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/rest"
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

// TestWhatASupervisorDoesIsInTheAuditAndWhatIsRefusedIsNot looks at each operation of supervisors.
func TestWhatASupervisorDoesIsInTheAuditAndWhatIsRefusedIsNot(t *testing.T) {
	audit := &diary{}
	h := open(t, settings{options: func(o *rest.Options) { o.Audit = audit }})
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	for _, c := range []struct{ path, body, done, deed string }{
		{"/calls/c1/lead", `{"to":"front"}`, "vera leads c1 to front, seen 0", "led a caller to the front of c1"},
		{"/calls/c1/lead", `{"to":"queue","queue":"sales","seen":1}`, "vera leads c1 to queuesales, seen 1", "led a caller to the queue sales of c1"},
		{"/calls/c1/lead", `{"to":"agent","agent":"7","seen":2}`, "vera leads c1 to agent7, seen 2", "led a caller to the agent 7 of c1"},
	} {
		before := len(audit.since(0))
		if answer := h.post("/api/v1"+c.path, c.body, vera); answer.StatusCode != http.StatusNoContent {
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
	for body, field := range map[string]string{`{"to":"queue"}`: "body.queue", `{"to":"agent"}`: "body.agent", `{"to":"voicemail"}`: "body.to"} {
		if p := problemOf(t, h.post("/api/v1/calls/c1/lead", body, vera)); p.Code != agentapi.CodeInvalid || p.Errors[0].Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	if len(audit.since(0)) != before {
		t.Errorf("what was refused left %+v in the audit", audit.since(before))
	}
}
