package rest_test

import (
	"context"
	"errors"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

var theTicket = tickets.MakeNumber(10023)

// switchboard is a Calls in which one call waits, anna has one, and the one ticket has two.
type switchboard struct{ broken bool }

func (s switchboard) Waiting(context.Context) ([]agentapi.Call, error) {
	if s.broken {
		return nil, errors.New("connection refused to 10.0.0.7")
	}
	return calls("waits"), nil
}

func (switchboard) CallsWith(_ context.Context, agent queues.AgentID) ([]agentapi.Call, error) {
	if agent != "7" {
		return nil, nil
	}
	return calls("c1"), nil
}

func (switchboard) CallsOf(_ context.Context, n tickets.Number) ([]agentapi.Call, error) {
	if n != theTicket {
		return nil, tickets.ErrNoTicket
	}
	return calls("c2", "c1"), nil
}

func calls(ids ...telephony.CallID) (all []agentapi.Call) {
	for _, id := range ids {
		all = append(all, agentapi.Call{Call: id})
	}
	return all
}

func TestASupervisorFindsCallsByAgentOrTicketAndThoseThatWait(t *testing.T) {
	h := open(t, settings{options: func(o *rest.Options) { o.Calls = switchboard{} }})
	vera, anna := h.signIn("vera"), h.signIn("anna")
	for _, c := range []struct {
		about, id string
		want      int
		first     telephony.CallID
	}{{"", "", 1, "waits"}, {"agent", "7", 1, "c1"}, {"agent", "8", 0, ""}, {"ticket", string(theTicket), 2, "c2"}, {"ticket", string(theTicket[:3] + " " + theTicket[3:]), 2, "c2"}} {
		got, err := vera.Calls(soon(t), c.about, c.id)
		if err != nil || len(got.Items) != c.want || got.Items == nil || c.want > 0 && got.Items[0].Call != c.first {
			t.Errorf("%s %s: %+v, %v", c.about, c.id, got, err)
		}
		if _, err := anna.Calls(soon(t), c.about, c.id); !client.IsProblem(err, agentapi.CodeForbidden) {
			t.Errorf("an agent asks for %s %s: %v", c.about, c.id, err)
		}
	}
	for id, want := range map[string]agentapi.Code{"1": agentapi.CodeInvalid, string(tickets.MakeNumber(77777)): agentapi.CodeNotFound} {
		if _, err := vera.Calls(soon(t), "ticket", id); !client.IsProblem(err, want) {
			t.Errorf("ticket %s: %v", id, err)
		}
	}
	h = open(t, settings{options: func(o *rest.Options) { o.Calls = switchboard{broken: true} }})
	if _, err := h.signIn("vera").Calls(soon(t), "", ""); !client.IsProblem(err, agentapi.CodeUnavailable) {
		t.Errorf("broken: %v", err)
	}
	if got, err := open(t, settings{}).signIn("vera").Calls(soon(t), "", ""); err != nil || got.Items == nil {
		t.Errorf("where nobody finds calls: %+v, %v", got, err)
	}
}
