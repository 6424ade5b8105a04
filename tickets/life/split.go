package life

import (
	"slices"
	"time"

	"hotline/tickets"
)

// Split opens another ticket with some of the contacts: they are about another matter. The two are linked. It is undone by merging the new one
// into the one from which it was split.
//
// The customer has waited since the first of these contacts, and so the clocks run from then. Until the split nobody had seen that it was another matter, and
// it was the first line's; that the first matter waited for somebody paused nothing of this one.
type Split struct {
	Contacts   []tickets.ContactID `json:"contacts" minItems:"1" maxItems:"100" doc:"by id"`
	Subject    string              `json:"subject" maxLength:"200"`
	Topic      string              `json:"topic,omitempty" maxLength:"256" doc:"by id; that of the ticket if left out"`
	Class      tickets.Class       `json:"class,omitempty" enum:"information,personal,claim,complaint,outage"`
	Department string              `json:"department,omitempty" maxLength:"256" doc:"who gets it; the topic's if left out"`
	Owner      string              `json:"owner,omitempty" maxLength:"256" doc:"a person, by id; the department as a whole if left out"`
	Next       time.Time           `json:"next,omitzero" doc:"by when they look at it; a day ahead if left out"`
}

func (Split) Name() string { return "split" }

func (Split) opens() int { return 1 }

func (c Split) do(w *work) error {
	contacts := slices.Compact(slices.Sorted(slices.Values(c.Contacts)))
	if len(contacts) == 0 || contacts[0] == "" {
		return missing("contacts", "are missing")
	}
	if len(contacts) > 100 {
		return wrong("contacts", "are more than 100")
	}
	fresh := Start{Subject: c.Subject, Topic: orElse(c.Topic, w.Topic), Class: c.Class, Department: c.Department, Owner: c.Owner, Next: c.Next}
	came, err := w.file.came(contacts)
	if err != nil {
		return err
	}
	t, err := fresh.ticket(w)
	if err != nil {
		return err
	}
	t.Customer, t.Language, t.District, t.Reply = w.Customer, w.Language, w.District, w.Reply
	t.OpenedBy = contacts[0]
	m := &Matter{Ticket: t}
	w.file.Matters[t.Number] = m
	w.tie(Link{t.Number, SplitOff, w.at})
	m.tie(Link{w.Number, SplitFrom, w.at})
	w.say(m, "from", string(w.Number))
	if !came.IsZero() && came.Before(w.at) {
		m.OpenedAt = came
		tickets.CameAt(w.beside[m.Number], came)
	}
	w.details["to"] = string(t.Number)
	w.moved = append(w.moved, Moved{From: w.Number, To: t.Number, Contacts: contacts})
	return nil
}
