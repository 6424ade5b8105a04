package tickets_test

import (
	"testing"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

// A desk that is opened after a restart shows whose note is to be written, out of what the store knows.
func TestPopOfACallThatIsOverComesFromTheHistoryOfItsTicket(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	h := tickets.History{
		Ticket:   tickets.Summary{Number: "100001", Subject: "bill", State: "open", OpenedAt: at},
		Customer: &tickets.Customer{ID: "1", Name: "Anna\u202e"},
		Contacts: []tickets.Contact{
			{ID: "c2", From: telephony.NumberOf("+79160000001", ""), RawName: "Anna", Topic: "billing", Queue: "billing", Language: "ru", ArrivedAt: at.Add(time.Hour), QueuedAt: at.Add(61 * time.Minute)},
			{ID: "c1", ArrivedAt: at, Agent: tickets.Agent{ID: "olga"}, Outcome: tickets.Served, Ticket: "100001"},
		},
	}
	p, found := tickets.PopOf(h, "c2")
	if !found || p.Call != "c2" || p.Ticket.Number != "100001" || p.Ticket.Topic != "billing" || p.Caller.From.Key() != "+79160000001" || p.Caller.Match != tickets.Exact ||
		p.Queue.ID != "billing" || p.Language != "ru" || !p.WaitingSince.Equal(at.Add(61*time.Minute)) || p.OpenTicketsCount != 1 {
		t.Errorf("found %v: %+v", found, p)
	}
	if len(p.Contacts) != 1 || p.Contacts[0].Agent != "olga" || p.Caller.Customer.Name == h.Customer.Name {
		t.Errorf("of the calls before it shows %+v, and of the customer %q", p.Contacts, p.Caller.Customer.Name)
	}
	if p, _ := tickets.PopOf(h, "c1"); p.Caller.Match != tickets.Anonymous || !p.WaitingSince.Equal(at) {
		t.Errorf("of a withheld number: %+v", p)
	}
	if _, found := tickets.PopOf(h, "c3"); found {
		t.Error("a call of another ticket is found")
	}
}
