package agentapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// ringing is a pop of a caller about whom everything is known.
func ringing() tickets.Pop {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	anna := tickets.Customer{
		ID: "0198c0de-0000-7000-8000-000000000001", Name: "Анна", Contract: "D-100", Address: "Lenina 1", Equipment: []string{"router"},
		Notes: []string{}, Warnings: []string{"pays late"}, Numbers: []string{"+78005550101"},
	}
	return tickets.Pop{
		Call:   "c1",
		Ticket: tickets.PopTicket{Number: "100014", Subject: "bill", Topic: "billing", State: "open", Linked: tickets.LinkedCustomer, OpenedAt: at},
		Caller: tickets.PopCaller{
			From: telephony.NumberOf("+78005550101", "88005550101"), RawName: "ANNA", Match: tickets.Exact, Customer: &anna, Candidates: []tickets.Customer{{ID: "2", Equipment: []string{}, Notes: []string{}, Warnings: []string{}, Provisional: true}},
		},
		Queue: tickets.Queue{ID: "billing", Name: words.Text{"ru": "Оплата", "en": "Billing"}, Skill: "money", Department: "finance"},
		Skill: "money", Language: "ru", Path: []words.Text{{"ru": "Счёт", "en": "Bill"}}, WaitingSince: at, Repeat: 2, OpenTicketsCount: 1,
	}
}

func talking() tickets.Pop {
	p, next := ringing(), time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	p.OpenTickets = []tickets.Summary{{Number: "100014", Subject: "bill", Topic: "billing", State: "open", Owner: "olga", OwnerKind: "person", NextAt: &next, OpenedAt: p.WaitingSince}}
	p.Contacts = []tickets.PopContact{{At: p.WaitingSince, Outcome: tickets.Served, Agent: "Olga", Ticket: "100014"}}
	p.Greeting = words.Text{"en": "Hello, Анна!"}
	return p
}

const (
	ringingJSON = `{"call":"c1",` +
		`"ticket":{"number":"100014","subject":"bill","topic":"billing","state":"open","linked":"customer","opened_at":"2026-03-02T12:00:00Z"},` +
		`"caller":{"number":"+78005550101","raw_name":"ANNA","match":"exact",` +
		`"customer":{"id":"0198c0de-0000-7000-8000-000000000001","name":"Анна","contract":"D-100","address":"Lenina 1","equipment":["router"],"notes":[],"warnings":["pays late"],"numbers":["+78005550101"]},` +
		`"candidates":[{"id":"2","name":"","contract":"","address":"","equipment":[],"notes":[],"warnings":[],"provisional":true}]},` +
		`"queue":{"id":"billing","name":{"en":"Billing","ru":"Оплата"}},"skill":"money","language":"ru","path":[{"en":"Bill","ru":"Счёт"}],` +
		`"waiting_since":"2026-03-02T12:00:00Z","repeat":2,"open_tickets_count":1`
	talkingJSON = ringingJSON + `,` +
		`"open_tickets":[{"number":"100014","subject":"bill","topic":"billing","state":"open","owner":"olga","owner_kind":"person","next_at":"2026-03-03T12:00:00Z","opened_at":"2026-03-02T12:00:00Z","closed_at":null}],` +
		`"contacts":[{"at":"2026-03-02T12:00:00Z","outcome":"served","agent":"Olga","ticket":"100014"}],"greeting":{"en":"Hello, Анна!"}`
	blankJSON = `{"call":"","ticket":{"number":"","subject":"","topic":"","state":"","linked":"","opened_at":"0001-01-01T00:00:00Z"},` +
		`"caller":{"number":"","raw_name":"","match":"","customer":null,"candidates":[]},"queue":{"id":"","name":null},"skill":"","language":"","path":[],` +
		`"waiting_since":"0001-01-01T00:00:00Z","repeat":0,"open_tickets_count":0`
)

func TestPopHasTheShapeThatPagesRead(t *testing.T) {
	for name, c := range map[string]struct {
		pop  tickets.Pop
		want string
	}{
		"while it rings":                 {ringing(), ringingJSON + `}`},
		"once it is answered":            {talking(), talkingJSON + `}`},
		"of nobody, and no list is null": {tickets.Pop{OpenTickets: []tickets.Summary{}, Contacts: []tickets.PopContact{}}, blankJSON + `}`},
	} {
		if b, err := json.Marshal(agentapi.ShowPop(c.pop)); err != nil || string(b) != c.want {
			t.Errorf("%s, %v:\n%s\nwant\n%s", name, err, b, c.want)
		}
	}
}
