package hooks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hotline/tickets"
)

// Event is a CloudEvent, version 1.0.
type Event struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`     // the same whenever this event is sent
	Source      string    `json:"source"` // which Hotline
	Type        string    `json:"type"`   // such as hotline.call.answered
	Subject     string    `json:"subject,omitempty"`
	Time        time.Time `json:"time"` // when it happened
	ContentType string    `json:"datacontenttype"`
	Call        *CallData `json:"-"` // what data is, where it is about a call
	Data        any       `json:"data"`
}

// CallData is what is told of a call, as it was when the event was committed.
type CallData struct {
	Call     string     `json:"call"`
	Ticket   string     `json:"ticket"`
	Customer string     `json:"customer,omitempty"` // their id in Hotline
	From     string     `json:"from"`               // E.164 or a short number; "" where it was withheld
	To       string     `json:"to"`
	Topic    string     `json:"topic,omitempty"`
	Language string     `json:"language,omitempty"`
	Queue    string     `json:"queue,omitempty"`
	Agent    *AgentData `json:"agent,omitempty"`   // who answered
	Outcome  string     `json:"outcome,omitempty"` // how it ended: served, abandoned_in_queue, …
}

// AgentData is an agent.
type AgentData struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// TicketData is what is told of a change of a ticket: who did what, and the fields that became different, each as it was and as it is.
type TicketData struct {
	Ticket  string               `json:"ticket"`
	Version int64                `json:"version"` // counts the changes of the ticket
	Kind    string               `json:"kind"`    // the command, or the event of a call
	Call    string               `json:"call,omitempty"`
	By      ByData               `json:"by"`
	Details map[string]string    `json:"details,omitempty"`
	Changed map[string][2]string `json:"changed"`
}

// ByData is who changed a ticket.
type ByData struct {
	Kind string `json:"kind"` // person, call, rule, program, customer
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	For  string `json:"for,omitempty"`
}

const prefix = "hotline."

// The types of events.
const (
	CallArrived  = prefix + "call.arrived"
	CallAnswered = prefix + "call.answered" // also by a further agent, after a transfer
	CallEnded    = prefix + "call.ended"

	AlarmRaised       = prefix + "alarm.raised"
	AlarmAcknowledged = prefix + "alarm.acknowledged"
	AlarmCleared      = prefix + "alarm.cleared"

	TicketOpened   = prefix + "ticket.opened"
	TicketChanged  = prefix + "ticket.changed" // and none of the others
	TicketClosed   = prefix + "ticket.closed"
	TicketReopened = prefix + "ticket.reopened"
)

var types = []string{CallArrived, CallAnswered, CallEnded, AlarmRaised, AlarmAcknowledged, AlarmCleared, TicketOpened, TicketChanged, TicketClosed, TicketReopened}

// Types are all types of events, without the "hotline." before them.
func Types() (all []string) {
	for _, t := range types {
		all = append(all, strings.TrimPrefix(t, prefix))
	}
	return all
}

// covers says whether a name of the configuration means a type.
func covers(name, kind string) bool {
	name, kind = strings.TrimPrefix(name, prefix), strings.TrimPrefix(kind, prefix)
	return name == kind || strings.HasPrefix(kind, name+".")
}

func known(name string) bool {
	for _, t := range types {
		if covers(name, t) {
			return true
		}
	}
	return false
}

// Tells says whether a fact is told to anybody.
func Tells(f tickets.Fact) bool { return kinds[f.Event.Kind()] != "" }

// kinds are the types by the facts that they are made of.
var kinds = map[tickets.Kind]string{
	tickets.Arrived{}.Kind(): CallArrived, tickets.Answered{}.Kind(): CallAnswered, tickets.Ended{}.Kind(): CallEnded,
}

// Events are what facts that were applied, and lines of tickets' histories, mean to others. Contacts are those of the facts, as they are now; a
// fact without its contact is told to nobody.
func Events(facts []tickets.Fact, contacts map[tickets.ContactID]tickets.Contact, history []tickets.Change) []Event {
	all := calls(facts, contacts)
	for _, c := range history {
		if c.Kind == wasThere {
			continue
		}
		d := TicketData{
			Ticket: string(c.Ticket), Version: c.Version, Kind: c.Kind, Call: string(c.Contact), Details: c.Details, Changed: c.Patch,
			By: ByData{string(c.By.Kind), c.By.ID, c.By.Name, c.By.For},
		}
		all = append(all, Event{
			ID: string(c.Ticket) + "/" + strconv.FormatInt(c.Version, 10), Type: typeOf(c), Subject: string(c.Ticket), Time: c.At.UTC(), Data: d,
		})
	}
	return all
}

// wasThere is the kind of the line that only says what a ticket was before its history began.
const wasThere = "was_there"

// typeOf is what a change of a ticket is called.
func typeOf(c tickets.Change) string {
	phase, moved := c.Patch["phase"]
	switch {
	case moved && phase[0] == "":
		return TicketOpened
	case moved && phase[1] == string(tickets.Done):
		return TicketClosed
	case moved && phase[0] == string(tickets.Done):
		return TicketReopened
	default:
		return TicketChanged
	}
}

func calls(facts []tickets.Fact, contacts map[tickets.ContactID]tickets.Contact) (all []Event) {
	for _, f := range facts {
		c, there := contacts[f.Contact]
		call, isCall := c.Call()
		if !there || !isCall || !Tells(f) {
			continue
		}
		d := &CallData{
			Call: string(call), Ticket: string(c.Ticket), Customer: string(c.Customer), From: c.From.Key(), To: c.To,
			Topic: c.Topic, Language: c.Language, Queue: c.Queue,
		}
		agent := c.Agent
		switch e := f.Event.(type) {
		case tickets.Answered:
			agent = e.Agent
		case tickets.Ended:
			d.Outcome = string(e.Outcome)
		}
		if agent.ID != "" && f.Event.Kind() != (tickets.Arrived{}).Kind() {
			d.Agent = &AgentData{agent.ID, agent.Name}
		}
		all = append(all, Event{
			ID: fmt.Sprintf("%s/%s/%d", f.Contact, f.Event.Kind(), f.N), Type: kinds[f.Event.Kind()], Subject: string(c.Ticket), Time: f.At.UTC(), Data: d, Call: d,
		})
	}
	return all
}

// UnmarshalJSON reads what the job's arguments hold.
func (e *Event) UnmarshalJSON(b []byte) error {
	type plain Event
	var raw struct {
		*plain
		Data json.RawMessage `json:"data"`
	}
	raw.plain = (*plain)(e)
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	if strings.HasPrefix(e.Type, prefix+"call.") {
		e.Call = &CallData{}
		e.Data = e.Call
		return json.Unmarshal(raw.Data, e.Call)
	}
	e.Data = raw.Data
	return nil
}

// encode is an event as a receiver of a format understands it.
func (e Event) encode(f Format) (body []byte, contentType string, err error) {
	if f == Zammad {
		return zammad(e)
	}
	body, err = encode(e)
	return body, "application/cloudevents+json; charset=utf-8", err
}

// encode is JSON in which < and & stay what they are: it is put into no page.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	err := out.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
