package tickets

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"hotline/telephony"
)

// WrappedUp is what the agent left behind.
type WrappedUp struct {
	Agent       Agent       `json:"agent"`
	Disposition Disposition `json:"disposition"`
	Closes      bool        `json:"closes"`
	Note        string      `json:"note"`
	Subject     string      `json:"subject"`
	Department  string      `json:"department"`
	Next        time.Time   `json:"next"`
}

func init() { define[WrappedUp](often) }

func (WrappedUp) Kind() Kind { return "wrap_up.finished" }

// check refuses a wrap-up that would leave an open ticket without an owner.
func (e WrappedUp) check() error {
	if e.Disposition == Undisposed || e.Closes || e.Disposition == HandedOver || !isBlank(e.Agent.ID) {
		return nil
	}
	return ErrNoOwner
}

func (e WrappedUp) apply(p *page) error {
	if err := e.check(); err != nil {
		return err
	}
	c, t := &p.contact, &p.ticket
	if e.Disposition == Undisposed && !c.WrappedUpAt.IsZero() {
		return nil // the clock knows less than the agent, whose note was kept just before a restart
	}
	c.WrappedUpAt, c.Disposition, c.Note = p.At, e.Disposition, e.Note
	if c.Agent.ID == "" {
		c.Agent = e.Agent
	}
	t.Subject = orElse(e.Subject, t.Subject)
	next := orAt(e.Next, p.At.Add(24*time.Hour))
	switch {
	case e.Disposition == Undisposed:
		return nil
	case e.Closes && e.Disposition != Resolved && t.OpenedBy != p.Fact.Contact:
		return nil // a wrong number or an insult is no reason to close what somebody else's call opened
	case e.Closes:
		t.State = Closed{At: p.At, Disposition: e.Disposition}
		return nil
	case e.Disposition == HandedOver:
		return t.keepOpen(Department(orElse(e.Department, orElse(t.Topic, DefaultDepartment))), next, FollowUp)
	default:
		return t.keepOpen(Person(e.Agent.ID), next, FollowUp)
	}
}

// WrapUp is what an agent leaves behind a call.
type WrapUp struct {
	Call        telephony.CallID
	Agent       Agent
	Disposition Disposition // Undisposed when the clock ended it
	Note        string
	Subject     string    // "" keeps the ticket's
	Next        time.Time // zero is the default, where the ticket stays open
	Department  string    // where HandedOver goes; "" is the topic's
	At          time.Time
}

// Event is what is kept of the wrap-up. An error names what is wrong with it.
func (w WrapUp) Event(terms Terms) (WrappedUp, error) {
	e := WrappedUp{
		Agent: w.Agent, Disposition: w.Disposition, Note: Clean(w.Note, longestText), Subject: Clean(w.Subject, longestName),
		Department: w.Department, Next: orAt(w.Next, w.At.Add(terms.FollowUpWithin)),
	}
	if w.Call == "" {
		return e, errors.New("wrap-up: call is missing")
	}
	if w.Disposition != Undisposed {
		i := slices.IndexFunc(Dispositions, func(d DispositionChoice) bool { return d.Code == w.Disposition })
		if i < 0 {
			return e, fmt.Errorf("wrap-up of call %s: disposition %q is unknown", w.Call, Display(Clean(string(w.Disposition), 40)))
		}
		e.Closes = Dispositions[i].Closes
	}
	if err := e.check(); err != nil {
		return e, fmt.Errorf("wrap-up of call %s: %w", w.Call, err)
	}
	return e, nil
}

// WrapUp writes down what an agent left behind this call.
func (c *Case) WrapUp(at time.Time, e WrappedUp) {
	c.mu.Lock()
	if e.Disposition == HandedOver {
		e.Department = orElse(e.Department, c.terms.owner(c.kept.Topic))
	}
	c.mu.Unlock()
	c.write(at, e)
	c.forgetCaller()
}
