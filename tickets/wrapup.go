package tickets

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hotline/telephony"
)

// WrappedUp is what the agent left behind.
type WrappedUp struct {
	Agent       Agent       `json:"agent"`
	Disposition Disposition `json:"disposition"`
	Closes      bool        `json:"closes"`
	Note        string      `json:"note"`
	Subject     string      `json:"subject"`
	SubjectSeen *string     `json:"subject_seen,omitempty"` // in whose place the agent wrote it; nil is any
	Department  string      `json:"department"`
	Next        time.Time   `json:"next,omitzero"`
	Stays       bool        `json:"stays,omitempty"`   // the ticket has the owner, the phase and the date that it was given while they talked
	SentOn      bool        `json:"sent_on,omitempty"` // the caller, to somebody else, who says what came of the call
}

func init() { define[WrappedUp](often) }

func (WrappedUp) Kind() Kind { return "wrap_up.finished" }

func (e WrappedUp) by() By {
	return By{Kind: ByPerson, ID: e.Agent.ID, Name: e.Agent.Name, From: "desk"}
}

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
	if e.SentOn || c.passedOn(e.Agent) {
		if len(c.Talks) > 0 || c.WrappedUpAt.IsZero() {
			c.wrote(e.Agent, e.Note)
		}
		e.describe(c, t)
		return nil
	}
	if e.Disposition == Undisposed && !c.WrappedUpAt.IsZero() { // the clock knows less than the agent, whose note was kept just before a restart
		if c.Disposition == Undisposed { // or the clock was faster than the note of an agent who had chosen nothing
			c.wrote(e.Agent, e.Note)
			e.describe(c, t)
		}
		return nil
	}
	c.WrappedUpAt, c.Disposition = p.At, e.Disposition
	c.wrote(e.Agent, e.Note)
	if c.Agent.ID == "" {
		c.Agent = e.Agent
	}
	e.describe(c, t)
	next := orAt(e.Next, p.At.Add(24*time.Hour))
	switch {
	case e.Disposition == Undisposed && t.Phase() == Solved: // nobody says that it helped
		return t.calledAgain(t.State.(Open), next)
	case e.Disposition == Undisposed:
		return nil
	case e.Closes && e.Disposition != Resolved && t.OpenedBy != p.Fact.Contact:
		return nil // a wrong number or an insult is no reason to close what somebody else's call opened
	case e.Closes && p.book.Awaited[t.Number]:
		return e.leave(t, next)
	case e.Closes:
		return e.close(t, p.At)
	case e.Stays && beingWorkedOn(*t):
		return e.stay(t)
	case e.Disposition == HandedOver:
		return e.keep(t, Assign, Department(orElse(e.Department, orElse(t.Topic, DefaultDepartment))), next)
	default:
		return e.keep(t, Take, Person(e.Agent.ID), next)
	}
}

// describe gives the ticket the agent's subject. Where a colleague has written another one meanwhile, that one stays, and the agent's is kept with their note.
func (e WrappedUp) describe(c *Contact, t *Ticket) {
	switch is := Display(t.Subject); {
	case isBlank(e.Subject) || e.Subject == is:
	case e.SubjectSeen == nil || is == "" || *e.SubjectSeen == is:
		t.Subject = e.Subject
	case !strings.Contains(c.Note, e.Subject):
		c.wrote(e.Agent, strings.TrimSpace(e.Subject+"\n"+c.noteOf(e.Agent)))
	}
}

// close ends the ticket: confirmed by who was on the phone, or filed. One that is closed gets the agent's word.
func (e WrappedUp) close(t *Ticket, at time.Time) error {
	if e.Disposition == Resolved {
		t.EndsAnsweredBy(e.Agent.ID, at)
	}
	if _, closed := t.State.(Closed); closed {
		t.State = Closed{At: at, Disposition: e.Disposition}
		return nil
	}
	if e.Disposition == Resolved {
		return t.Close(Confirm, at, e.Disposition)
	}
	return t.Close(File, at, e.Disposition)
}

// leave keeps a ticket open that awaits others (see Move.AwaitsOthers): with who follows it up, and where nobody does yet with the agent.
func (e WrappedUp) leave(t *Ticket, next time.Time) error {
	s, open := t.State.(Open)
	switch {
	case !open || s.step == FollowUp:
		return nil
	case isBlank(e.Agent.ID):
		return t.keepOpen(s.owner, s.next, FollowUp)
	}
	return e.keep(t, Take, Person(e.Agent.ID), next)
}

// beingWorkedOn says whether somebody owns the ticket, and it is neither answered nor still to be served.
func beingWorkedOn(t Ticket) bool {
	o, open := t.State.(Open)
	return open && o.step == FollowUp && o.phase != Solved
}

// stay lets a ticket stay with whom it was given during the call: they may have begun to work on it. A date that the agent names is the next one.
func (e WrappedUp) stay(t *Ticket) error {
	if o := t.State.(Open); !e.Next.IsZero() {
		return t.keepOpen(o.owner, e.Next, o.step)
	}
	return nil
}

// keep leaves the ticket open with an owner. One that was solved or closed is open again by the agent's word.
func (e WrappedUp) keep(t *Ticket, m Move, owner Owner, next time.Time) error {
	if Reopen.From(t.Phase()) {
		if err := t.Turn(Reopen, owner, next, FollowUp, ""); err != nil {
			return err
		}
	}
	return t.Turn(m, owner, next, FollowUp, "")
}

// WrapUp is what an agent leaves behind a call.
type WrapUp struct {
	Call        telephony.CallID
	Agent       Agent
	Disposition Disposition // Undisposed when the clock ended it
	Note        string
	Subject     string    // "" keeps the ticket's
	SubjectSeen *string   // the ticket's as the agent saw it; nil is any
	Next        time.Time // zero is the default, where the ticket stays open
	Department  string    // where HandedOver goes; "" is the topic's
	Stays       bool      // with its owner and its next date, which were set during the call, where it stays open
	At          time.Time
}

// TooLongError says that a text has more characters than are kept of it.
type TooLongError struct {
	Field   string // "note", "subject", "department"
	Longest int
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("the %s is longer than %d characters", e.Field, e.Longest)
}

// cleaned is the wrap-up with its texts as they are kept. Nothing is cut off: a text that is too long is refused, and so is a date out of bounds.
func (w WrapUp) cleaned() (WrapUp, error) {
	var wrong error
	for _, text := range []struct {
		field   string
		typed   *string
		longest int
	}{{"note", &w.Note, LongestNote}, {"subject", &w.Subject, LongestSubject}, {"department", &w.Department, LongestName}} {
		*text.typed = Typed(*text.typed)
		if utf8.RuneCountInString(*text.typed) > text.longest {
			wrong = errors.Join(wrong, &TooLongError{text.field, text.longest})
		}
	}
	w.Subject, w.Department = Display(w.Subject), Display(w.Department)
	if w.SubjectSeen != nil {
		seen := Display(Clean(*w.SubjectSeen, LongestSubject))
		w.SubjectSeen = &seen
	}
	return w, errors.Join(wrong, CheckNext(w.Next, w.At))
}

// Event is what is kept of the wrap-up. An error names what is wrong with it.
func (w WrapUp) Event(terms Terms) (WrappedUp, error) {
	w, err := w.cleaned()
	e := WrappedUp{
		Agent: w.Agent, Disposition: w.Disposition, Note: w.Note, Subject: w.Subject, SubjectSeen: w.SubjectSeen, Department: w.Department, Next: w.Next,
		Stays: w.Stays,
	}
	if !w.Stays {
		e.Next = orAt(w.Next, w.At.Add(terms.FollowUpWithin))
	}
	switch {
	case w.Call == "":
		return e, errors.New("wrap-up: call is missing")
	case err != nil:
		return e, fmt.Errorf("wrap-up of call %s: %w", w.Call, err)
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

// WrapUp writes down what an agent left behind this call. An error says that it is not certain to be kept (see ErrNotKept).
func (c *Case) WrapUp(at time.Time, e WrappedUp) error {
	c.mu.Lock()
	e.SentOn = c.sentOn(e.Agent.ID)
	if e.Disposition == HandedOver {
		e.Department = orElse(e.Department, c.terms.owner(c.kept.Topic))
	}
	c.mu.Unlock()
	f, ready := c.fact(at, e)
	if ready {
		if err := c.engine.Write(f, true); err != nil {
			return err
		}
	}
	if !e.SentOn {
		c.forgetCaller()
	}
	return nil
}
