package hooks

import (
	"errors"
	"strings"

	"hotline/tickets"
)

// ring is what Zammad's generic CTI interface takes (docs.zammad.org, "Generic CTI"), as JSON. A callback by Hotline is a
// call of the customer's: from is always theirs.
type ring struct {
	Event     string `json:"event"` // newCall, answer, hangup
	From      string `json:"from"`  // digits alone, or "anonymous"
	To        string `json:"to"`
	Direction string `json:"direction"`
	CallID    string `json:"callId"`
	User      string `json:"user,omitempty"` // the agent's name
	Queue     string `json:"queue,omitempty"`
	Answering string `json:"answeringNumber,omitempty"` // Zammad looks for it among its users' phones, logins and ids
	Cause     string `json:"cause,omitempty"`
}

// zammad is an event about a call in Zammad's words.
func zammad(e Event) (body []byte, contentType string, err error) {
	c := e.Call
	if c == nil {
		return nil, "", errors.New("an event about no call has no form that Zammad understands")
	}
	r := ring{From: dialled(c.From), To: dialled(c.To), Direction: "in", CallID: c.Call, Queue: c.Queue}
	if a := c.Agent; a != nil {
		r.User = tickets.Agent{ID: a.ID, Name: a.Name}.Shown()
		if strings.Trim(a.ID, "0123456789") != "" { // else it could be the id of another user of Zammad's
			r.Answering = a.ID
		}
	}
	switch e.Type {
	case CallArrived:
		r.Event = "newCall"
	case CallAnswered:
		r.Event = "answer"
	case CallEnded:
		r.Event, r.Cause = "hangup", cause(tickets.Outcome(c.Outcome))
	}
	body, err = encode(r)
	return body, "application/json; charset=utf-8", err
}

// dialled is a number as Zammad has it: 493055571600 for +493055571600.
func dialled(number string) string {
	if number == "" {
		return "anonymous"
	}
	return strings.TrimPrefix(number, "+")
}

// cause is why a call ended, in Zammad's words.
func cause(o tickets.Outcome) string {
	switch o {
	case tickets.Served, tickets.SentOn, tickets.Informed, tickets.LeftMessage:
		return "normalClearing"
	case tickets.Refused:
		return "busy"
	case tickets.NotReached:
		return "noAnswer"
	case tickets.Failed, tickets.Lost:
		return "congestion"
	default: // hung up before anybody answered, or to be called back
		return "cancel"
	}
}
