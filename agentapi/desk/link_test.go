package desk

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/tickets"
	"hotline/tickets/life"
)

func TestAnAgentGivesTheirCallToATicketThatTheySee(t *testing.T) {
	d, house := desks()
	house.ticket = &tickets.Ticket{Number: "100014", Subject: "no link", State: tickets.Closed{At: time.Now()}}
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "talk", Agent: "anna"}}, time.Now(), tickets.Pop{Call: "c1", Ticket: tickets.PopTicket{Number: "100025"}})
	link := agentapi.LinkCall{Call: "c1", Ticket: "100014"}
	refused := func(id queues.AgentID, command agentapi.LinkCall, code agentapi.Code) {
		t.Helper()
		var p *agentapi.Problem
		if err := d.Do(t.Context(), id, command); !errors.As(err, &p) || p.Code != code {
			t.Errorf("%s, %+v: answered by %v", id, command, err)
		}
	}
	refused("boris", link, agentapi.CodeConflict)
	refused("anna", agentapi.LinkCall{Call: "c1", Ticket: "what?"}, agentapi.CodeInvalid)
	refused("anna", link, agentapi.CodeInvalid) // which she may not see
	if len(house.asked) > 0 {
		t.Errorf("it came to %q", house.asked)
	}
	house.sees, house.relink = "anna", &life.Refused{Why: life.ErrClosed}
	refused("anna", link, agentapi.CodeConflict)
	house.relink = errors.New("no database")
	refused("anna", link, agentapi.CodeUnavailable)

	house.relink, house.asked = nil, nil
	page := d.open(t)
	if err := d.Do(t.Context(), "anna", link); err != nil {
		t.Fatal(err)
	}
	if want := "[c1 to 100014, says anna]"; fmt.Sprint(house.asked) != want {
		t.Errorf("it came to %q, not %s", house.asked, want)
	}
	_, err := page.WaitMe(t.Context(), func(me agentapi.Me) bool {
		return me.Call != nil && me.Call.Pop.Ticket.Number == "100014" && me.Call.Pop.Ticket.Subject == "no link" && me.Call.Pop.Ticket.Linked == tickets.LinkedByAgent
	})
	if err != nil {
		t.Error("the page does not show the ticket: ", err)
	}
}

// What is not there and what somebody may not see is answered alike, whatever they wanted to do with it; and a second name is of the ticket that it leads to.
func TestATicketThatAnAgentMayNotSeeIsAnsweredAsNone(t *testing.T) {
	d, house := desks()
	d.present = NewPresent(&Lineup{Agents: d.present.Lineup().Agents, Queues: []queues.Queue{{ID: "support"}}})
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "talk", Agent: "anna"}}, time.Now(), tickets.Pop{Call: "c1", Ticket: tickets.PopTicket{Number: "100025"}})
	answers := map[string]bool{}
	for _, there := range []*tickets.Ticket{nil, {Number: "100014", State: tickets.Closed{At: time.Now()}}} {
		house.ticket = there
		for _, c := range []agentapi.Command{agentapi.LinkCall{Call: "c1", Ticket: "100014"}, agentapi.DialCall{Number: "+79160000001", Ticket: "100014"}} {
			answers[fmt.Sprintf("%+v", d.Do(t.Context(), "anna", c))] = true
		}
	}
	if len(answers) != 1 || len(house.asked) > 0 {
		t.Errorf("answered by %v, and it came to %q", answers, house.asked)
	}
	house.sees = "anna"
	if err := d.Do(t.Context(), "anna", agentapi.LinkCall{Call: "c1", Ticket: string(tickets.MakeNumber(10002))}); err != nil || fmt.Sprint(house.asked) != "[c1 to 100014, says anna]" {
		t.Errorf("linked by a second name: %v, %q", err, house.asked)
	}
}
