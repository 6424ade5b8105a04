package life

import (
	"time"

	"hotline/tickets"
)

// The commands of this file are those of rules: what Hotline does to a ticket by itself when a date has passed, or (heirs.go) when somebody is gone.
// No page and no program gives them. When they are due the package due says.

// rule says that it is a rule who does it.
func (w *work) rule() error {
	if w.by.Kind != tickets.ByRule {
		return ErrOnlyRule
	}
	return nil
}

// Head is who answers for a department: its head, or the head of its heir, and so on; "" where there is nobody. Of is the department whose head
// it is, the department itself where there is nobody.
func Head(t tickets.Terms, department string) (person, of string) {
	of = department
	for range len(t.Departments) + 1 { // heirs that go in a circle end here
		d := t.Departments[of]
		if _, works := t.People[d.Head]; works && d.Head != "" {
			return d.Head, of
		}
		if d.Heir == "" {
			break
		}
		of = d.Heir
	}
	return "", department
}

// Why is what a ticket is raised for.
type Why string

// WhyDate is that nobody has moved the ticket though its next date has passed. The others are the kinds of clocks that have run out.
const WhyDate Why = "date"

// Escalate raises a ticket. One that nobody has moved goes to the head of its department, and keeps its date, which has passed: it stands
// among those that are late, the oldest first. While a complaint is to be decided the ticket stays with who decides it. One whose clock has run out stays with who works on it, and its history says that it was raised.
type Escalate struct {
	Why Why       `json:"why"`
	Due time.Time `json:"due"` // what has passed
}

func (Escalate) Name() string { return "escalate" }

func (c Escalate) do(w *work) error {
	if err := w.rule(); err != nil {
		return err
	}
	o, err := w.open(tickets.Assign)
	if err != nil {
		return err
	}
	w.details["why"], w.details["due"] = string(c.Why), c.Due.UTC().Format(time.RFC3339)
	if c.Why != WhyDate {
		return nil
	}
	if !tickets.Assign.From(o.Phase()) {
		return &tickets.TransitionError{Move: tickets.Assign, From: o.Phase(), To: tickets.Opened}
	}
	owner := o.Owner()
	if _, under := w.UnderReview(); under { // its head may be who answered
		owner = o.Owner()
	} else if head, of := Head(w.file.Terms, w.responsible(o)); head != "" {
		owner, w.Department = tickets.Person(head), tickets.Department(of)
	}
	w.Escalated++
	return w.KeepOpen(owner, o.Next(), o.Step())
}

// UnderReview is the complaint about the ticket that is to be decided.
func (m Matter) UnderReview() (Review, bool) {
	for _, r := range m.Reviews {
		if r.State == ReviewOpen {
			return r, true
		}
	}
	return Review{}, false
}

// responsible is the department that answers for an open ticket.
func (w *work) responsible(o tickets.Open) string {
	if d, is := o.Owner().(tickets.Department); is {
		return string(d)
	}
	return string(orElse(w.Department, tickets.Department(w.file.Terms.Department)))
}

// RemindCustomer says that the customer is to be asked whether the answer helped. The ticket then waits for as long as is usual after a
// reminder, also where this one came late: nobody finds it closed a moment after they were asked.
type RemindCustomer struct{}

func (RemindCustomer) Name() string { return "remind" }

func (RemindCustomer) do(w *work) error {
	if err := w.rule(); err != nil {
		return err
	}
	o, err := w.open(tickets.Expire)
	if err != nil {
		return err
	}
	if o.Phase() != tickets.Solved {
		return &tickets.TransitionError{Move: tickets.Expire, From: o.Phase(), To: tickets.Done}
	}
	left := w.file.Terms.ConfirmReminders - w.Reminded
	next := w.at.Add(time.Duration(left) * ReminderPause(w.file.Terms))
	if next.Before(o.Next()) {
		next = o.Next()
	}
	w.Reminded++
	return w.KeepOpen(o.Owner(), next, o.Step())
}

// AskToTell says that the customer has heard nothing for long, and that who owns the ticket is to tell them how it goes.
type AskToTell struct {
	Since time.Time `json:"since"` // when they last heard something
}

func (AskToTell) Name() string { return "ask_to_tell" }

func (c AskToTell) do(w *work) error {
	if err := w.rule(); err != nil {
		return err
	}
	if _, err := w.open(tickets.Take); err != nil {
		return err
	}
	w.details["since"] = c.Since.UTC().Format(time.RFC3339)
	return nil
}

// ReminderPause is how long after the answer, and after each reminder, the next reminder comes, and at last the end.
func ReminderPause(t tickets.Terms) time.Duration {
	return t.ConfirmWithin / time.Duration(max(t.ConfirmReminders, 0)+1)
}

// LetExpire closes a ticket to whose answer the customer has said nothing.
type LetExpire struct{}

func (LetExpire) Name() string { return "expire" }

func (LetExpire) do(w *work) error {
	if err := w.rule(); err != nil {
		return err
	}
	return w.end(tickets.Expire, tickets.ByExpiry)
}
