package main

import (
	"fmt"
	"testing"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

func TestWhoOwnsATicketIsShownByNameOnTheDeskAndInTheAPI(t *testing.T) {
	t.Parallel()
	const number = "+79160004101"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna := s.agent("anna").ready()
	take := func(w *worker) (*softphone.Call, *softphone.Call) {
		call := s.calls(number)
		s.chooses(call, "3")
		return call, w.answers()
	}
	call, talk := take(anna)
	s.hangsUp(talk)
	s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	anna.finish("follow_up")
	s.gone(call)
	ticket := tickets.Number(s.contact(number).Ticket)
	s.eventually("the ticket is Anna's", func() error {
		shown, err := s.signedIn("anna").Ticket(t.Context(), ticket)
		if err == nil && (shown.Owner != "anna" || shown.OwnerName != "Agent anna") {
			err = fmt.Errorf("it is %+v", shown)
		}
		return err
	})

	boris := s.agent("boris").ready()
	call, talk = take(boris)
	open := boris.desk.Me().Call.Pop.OpenTickets
	if len(open) != 1 || open[0].Number != ticket || open[0].Owner != "anna" || open[0].OwnerName != "Agent anna" {
		t.Errorf("the desk shows the open tickets %+v", open)
	}
	s.hangsUp(talk)
	boris.finish("resolved")
	s.gone(call)
	s.nothingLeft()
}
