package tickets

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	if e.Disposition == Undisposed || e.Closes || e.Disposition == HandedOver || strings.TrimSpace(e.Agent.ID) != "" {
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
	next := orAt(e.Next, p.At.Add(24*time.Hour))
	switch {
	case e.Disposition == Undisposed:
	case e.Closes && e.Disposition != Resolved && t.OpenedBy != p.Fact.Contact:
		// a wrong number or an insult is no reason to close what somebody else's call opened
	case e.Closes:
		t.State = Closed{At: p.At, Disposition: e.Disposition}
	case e.Disposition == HandedOver:
		t.State = Open{Department(orElse(e.Department, orElse(t.Topic, DefaultDepartment))), next, FollowUp}
	default:
		t.State = Open{Person(e.Agent.ID), next, FollowUp}
	}
	c.WrappedUpAt, c.Disposition, c.Note = p.At, e.Disposition, e.Note
	if c.Agent.ID == "" {
		c.Agent = e.Agent
	}
	t.Subject = orElse(e.Subject, t.Subject)
	return nil
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

// WrapUp keeps what an agent leaves behind a call. An error names what is wrong with it, and nothing is kept then.
func (r *Register) WrapUp(w WrapUp) error {
	e := WrappedUp{
		Agent: w.Agent, Disposition: w.Disposition, Note: Clean(w.Note, longestText), Subject: Clean(w.Subject, longestName),
		Department: w.Department, Next: w.Next,
	}
	if w.Call == "" {
		return errors.New("wrap-up: call is missing")
	}
	if w.Disposition != Undisposed {
		i := slices.IndexFunc(Dispositions, func(d DispositionChoice) bool { return d.Code == w.Disposition })
		if i < 0 {
			return fmt.Errorf("wrap-up of call %s: disposition %q is unknown", w.Call, Display(Clean(string(w.Disposition), 40)))
		}
		e.Closes = Dispositions[i].Closes
	}
	if err := e.check(); err != nil {
		return fmt.Errorf("wrap-up of call %s: %w", w.Call, err)
	}
	if w.At.IsZero() {
		w.At = time.Now()
	}
	if e.Next.IsZero() {
		e.Next = w.At.Add(r.o.FollowUpWithin)
	}
	if c, ok := r.Case(w.Call); ok {
		c.wrapUp(w.At, e)
		return nil
	}
	r.write(Fact{Contact: OfCall(w.Call), Channel: Call{}, N: w.At.UnixMicro(), At: w.At, Event: e})
	return nil
}

// Unended is a contact whose end nobody has written yet.
type Unended struct {
	Call      telephony.CallID
	ArrivedAt time.Time
	Answered  bool
}

// EndGone ends contacts whose calls ended while Hotline was away. To be called once after a
// start and a Flush, with what the store lists as unended from before the start, less the calls that live.
func (r *Register) EndGone(gone []Unended, at time.Time) {
	for _, u := range gone {
		outcome := Lost
		if u.Answered {
			outcome = Served
		}
		r.write(Fact{Contact: OfCall(u.Call), Channel: Call{}, At: at, Event: Ended{Outcome: outcome, Next: at.Add(r.o.CallBackWithin)}})
	}
}
