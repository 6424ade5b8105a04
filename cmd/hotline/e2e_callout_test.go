package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/past"
	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// TestAgentCallsACustomerAboutATicket: somebody called, and an agent calls them from the desk about the ticket of that call. Their own
// phone rings first, the customer sees the line's number, Hotline is killed with -9 in the talk, and the call is a contact of the ticket, with the reason
// that they had said.
func TestAgentCallsACustomerAboutATicket(t *testing.T) {
	t.Parallel()
	const number = "+79160009301"
	s, p, _ := countingStage(t)
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	first := s.calls(number)
	s.chooses(first, "3")
	own := anna.answers()
	about := string(anna.talking().Call.Pop.Ticket.Number)
	s.hangsUp(own)
	s.gone(first)
	anna.finish("follow_up")

	home, err := s.exchange.Phone(softphone.Options{User: number})
	s.must(err)
	s.must(anna.desk.Command(t.Context(), "call.dial", map[string]any{"number": number, "ticket": about, "reason": "visit"}))
	own, err = anna.rings().Answer(t.Context())
	s.must(err)
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	atHome, err := home.Incoming(soon)
	if err != nil {
		t.Fatalf("the customer's phone does not ring: %v", err)
	}
	if atHome.From != s.house.asterisk.Number {
		t.Errorf("the customer's phone shows %q", atHome.From)
	}
	customer, err := atHome.Answer(t.Context())
	s.must(err)
	s.hearEachOther(customer, own)
	if me := anna.talking(); string(me.Call.Pop.Ticket.Number) != about {
		t.Errorf("the desk shows ticket %s, not %s", me.Call.Pop.Ticket.Number, about)
	}
	p.kill()
	s.hearEachOther(customer, own)
	p = s.respawn(p)
	anna.talking()
	s.hearEachOther(customer, own)
	s.hangsUp(customer)
	anna.finish("resolved")
	p.complete(2)
	s.eventually("both calls are of the one ticket", func() error {
		var tickets, resolved int
		err := errors.Join(s.query(`select count(distinct ticket) from contacts`, &tickets), s.query(`select count(*) from contacts where disposition = 'resolved'`, &resolved))
		if err == nil && (tickets != 1 || resolved != 1) {
			err = fmt.Errorf("%d tickets, %d resolved calls", tickets, resolved)
		}
		return err
	})
	s.eventually("the one that anna made counts in her figures, whole, and in those of no queue", func() error {
		var got string
		err := s.query(`select concat_ws(' ', sum(calls_made) filter (where kind = 'agent'), sum(calls_answered) filter (where kind = 'agent'), sum(calls_talk_ms) filter (where kind = 'agent') > 0,
			sum(calls_made + calls_answered + calls_talk_ms) filter (where kind <> 'agent')) from figures`, &got)
		if err == nil && got != "1 1 t 0" {
			err = fmt.Errorf("made, answered, talked, of queues: %s", got)
		}
		return err
	})
	s.away = p
	boss := s.signsIn("olga")
	var calls past.PastCalls
	boss.reads("/api/v1/calls/past?reason=visit", &calls)
	if len(calls.Items) != 1 || calls.Items[0].CalledBy == nil || calls.Items[0].CalledBy.ID != "anna" || calls.Items[0].ReasonName["en"] != "Arranging a visit" {
		t.Errorf("the calls for the reason are %+v", calls.Items)
	}
	for group, row := range map[string]string{"reason": "Arranging a visit", "person": "Agent anna", "person_reason": "Agent anna, Arranging a visit"} {
		var report register.ReportAnswer
		boss.reads("/api/v1/reports/calls_made?period=today&language=en&group="+group, &report)
		if len(report.Rows) != 1 || report.Rows[0].Name != row || *report.Rows[0].Figures[0] != 1 || *report.Rows[0].Figures[1] != 1 {
			t.Errorf("by %s the calls made are %+v", group, report.Rows)
		}
	}
	var file register.TicketFile
	boss.reads("/api/v1/tickets/"+about+"/file", &file)
	var said []string
	for _, item := range file.Timeline.Items {
		if c := item.Contact; c != nil && c.CalledBy != "" {
			said = append(said, c.CalledBy+": "+c.Reason["en"])
		}
	}
	if want := []string{"Agent anna: Arranging a visit"}; !slices.Equal(said, want) {
		t.Errorf("the ticket tells of the calls made %q", said)
	}
	p.end()
}

// TestWhoMayNotBeCalledIsNot: a number that the installation does not call, or not at this hour, is refused with its own code, also where a caller
// is to be sent there; and an agent in a call calls nobody else.
func TestWhoMayNotBeCalledIsNot(t *testing.T) {
	t.Parallel()
	today := time.Now().UTC()
	tomorrow := today.AddDate(0, 0, 1).Format(time.DateOnly)
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		c.Line.Timezone, c.Line.CallHours, c.Line.CallAnyTime = "UTC", config.Hours{tomorrow: {"09:00-10:00"}}, []string{"+7916", "+882"}
	}})
	anna := s.agent("anna").ready()
	dial := func(number, ticket string) agentapi.Code {
		var refused *agentapi.Problem
		errors.As(anna.desk.Command(t.Context(), "call.dial", map[string]any{"number": number, "ticket": ticket}), &refused)
		if refused == nil {
			return ""
		}
		if refused.Code == agentapi.CodeCallHours && refused.Opens.Format("2006-01-02 15:04") != tomorrow+" 09:00" {
			t.Errorf("the number may be called from %s on", refused.Opens)
		}
		return refused.Code
	}
	for _, c := range []struct {
		number, ticket string
		want           agentapi.Code
	}{
		{"+88213000001", "", agentapi.CodeMayNotCall}, // a satellite
		{"112", "", agentapi.CodeMayNotCall},
		{"+79160009302\r\nX-Evil: 1", "", agentapi.CodeMayNotCall},
		{"+74951112233", "", agentapi.CodeCallHours},
		{"", "", agentapi.CodeInvalid},
		{"+79160009302", "12", agentapi.CodeInvalid},
		{"+79160009302", "10000017", agentapi.CodeInvalid},
	} {
		if got := dial(c.number, c.ticket); got != c.want {
			t.Errorf("%q about %q is answered by %q, not %q", c.number, c.ticket, got, c.want)
		}
	}
	call := s.calls("+79160009303")
	s.chooses(call, "3")
	talk := anna.answers()
	if got := dial("+79160009302", ""); got != agentapi.CodeConflict {
		t.Errorf("who talks and calls somebody is answered by %q", got)
	}
	for _, command := range []string{"call.transfer", "call.consult"} {
		if err := anna.command(command, map[string]any{"number": "+74951112233"}); !client.IsProblem(err, agentapi.CodeCallHours) {
			t.Errorf("%s at an hour at which nobody is called: %v", command, err)
		}
	}
	s.hangsUp(talk)
	s.gone(call)
	anna.finish("resolved")
	s.emptyAsterisk()
}
