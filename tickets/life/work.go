package life

import (
	"time"

	"hotline/tickets"
)

// TakeOver makes the person who sends it the owner, and the ticket one in work: "I do this".
type TakeOver struct {
	Next time.Time `json:"next,omitzero" doc:"when its owner looks at it again; the date that it has if left out"`
}

func (TakeOver) Name() string { return "take" }

func (c TakeOver) do(w *work) error {
	me, err := w.me()
	if err != nil {
		return err
	}
	o, err := w.open(tickets.Take)
	if err != nil {
		return err
	}
	next, err := date("next", c.Next, w.at, false)
	if err != nil {
		return err
	}
	return w.Turn(tickets.Take, me, orElse(next, later(o.Next(), w.at, w.file.Terms)), tickets.FollowUp, "")
}

// later is a date that an open ticket has, or the usual one where it has passed.
func later(next, now time.Time, t tickets.Terms) time.Time {
	if next.After(now) {
		return next
	}
	return now.Add(t.FollowUpWithin)
}

// HandOver gives the ticket to a department, or to a person of one: they own it then, and see the word that comes with it.
type HandOver struct {
	Department string    `json:"department" maxLength:"256" doc:"by id"`
	Person     string    `json:"person,omitempty" maxLength:"256" doc:"by id; the department as a whole if left out"`
	Next       time.Time `json:"next,omitzero" doc:"by when they look at it; a day ahead if left out"`
	Note       string    `json:"note,omitempty" maxLength:"20000" doc:"for them alone"`
}

func (HandOver) Name() string { return "hand_over" }

func (c HandOver) do(w *work) error {
	department, err := w.department("department", c.Department, true)
	if err != nil {
		return err
	}
	person, err := w.member("person", c.Person, department)
	if err != nil {
		return err
	}
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	next, err := date("next", c.Next, w.at, false)
	if err != nil {
		return err
	}
	if _, err := w.open(tickets.Assign); err != nil {
		return err
	}
	var owner tickets.Owner = department
	if person != "" {
		owner = tickets.Person(person)
	}
	if err := w.Turn(tickets.Assign, owner, orElse(next, w.at.Add(w.file.Terms.FollowUpWithin)), tickets.FollowUp, ""); err != nil {
		return err
	}
	w.Department = department
	w.write(Question, note, true)
	return nil
}

// Plan moves the next date: its owner looks at it then.
type Plan struct {
	Next time.Time `json:"next" doc:"a date to come"`
}

func (Plan) Name() string { return "plan" }

func (c Plan) do(w *work) error {
	next, err := date("next", c.Next, w.at, true)
	if err != nil {
		return err
	}
	o, err := w.open(tickets.Take)
	if err != nil {
		return err
	}
	return w.KeepOpen(o.Owner(), next, o.Step())
}

// Wait lets the ticket wait for the customer, a vendor or a date, until a date at the latest.
type Wait struct {
	For   tickets.Awaited `json:"for" enum:"customer,vendor,date"`
	Until time.Time       `json:"until" doc:"it is looked at again then in any case"`
	Note  string          `json:"note,omitempty" maxLength:"20000" doc:"what is awaited"`
}

func (Wait) Name() string { return "wait" }

func (c Wait) do(w *work) error {
	switch c.For {
	case tickets.ForCustomer, tickets.ForVendor, tickets.ForDate:
	default:
		return wrong("for", "is none of customer, vendor, date")
	}
	until, err := date("until", c.Until, w.at, true)
	if err != nil {
		return err
	}
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	o, err := w.open(tickets.Await)
	if err != nil {
		return err
	}
	if err := w.Turn(tickets.Await, o.Owner(), until, tickets.FollowUp, c.For); err != nil {
		return err
	}
	w.write(Note, note, true)
	return nil
}

// Resume ends the waiting: the work goes on.
type Resume struct{}

func (Resume) Name() string { return "resume" }

func (c Resume) do(w *work) error {
	o, err := w.open(tickets.Take)
	if err != nil {
		return err
	}
	if o.Phase() != tickets.Waiting {
		return &tickets.TransitionError{Move: tickets.Take, From: o.Phase(), To: tickets.InWork}
	}
	return w.Turn(tickets.Take, o.Owner(), later(o.Next(), w.at, w.file.Terms), tickets.FollowUp, "")
}

// Describe says what the ticket is about. What is left out stays.
type Describe struct {
	Subject  *string           `json:"subject,omitempty" maxLength:"200"`
	Topic    *string           `json:"topic,omitempty" maxLength:"256" doc:"by id"`
	Class    *tickets.Class    `json:"class,omitempty" enum:"information,personal,claim,complaint,outage"`
	Priority *tickets.Priority `json:"priority,omitempty" minimum:"1" maximum:"4"`
	Language *string           `json:"language,omitempty" maxLength:"256"`
	District *string           `json:"district,omitempty" maxLength:"256"`
	Reply    *tickets.Reply    `json:"reply,omitempty"`
}

func (Describe) Name() string { return "describe" }

func (c Describe) do(w *work) (err error) {
	set := func(field string, typed *string, to *string, longest int) {
		if typed == nil || err != nil {
			return
		}
		var kept string
		if kept, err = line(field, *typed, longest, false); err == nil {
			*to = kept
		}
	}
	before := w.Topic
	set("subject", c.Subject, &w.Subject, tickets.LongestSubject)
	set("topic", c.Topic, &w.Topic, tickets.LongestName)
	w.topicChanged(before)
	set("language", c.Language, &w.Language, tickets.LongestName)
	set("district", c.District, &w.District, tickets.LongestName)
	if c.Reply != nil {
		set("reply.channel", &c.Reply.Channel, &w.Reply.Channel, tickets.LongestName)
		set("reply.address", &c.Reply.Address, &w.Reply.Address, tickets.LongestName)
	}
	if c.Class != nil {
		w.Class = *c.Class
		if !known(w.Class) {
			err = orElse(err, wrong("class", "is none of information, personal, claim, complaint, outage"))
		}
	}
	if c.Priority != nil {
		w.Priority = *c.Priority
		if w.Priority < tickets.MostUrgent || w.Priority > tickets.LeastUrgent {
			err = orElse(err, wrong("priority", "is not 1, 2, 3 or 4"))
		}
	}
	return err
}

// topicChanged gives the ticket the class and the priority of its topic, unless it has others than those of the topic before: somebody has set these.
func (w *work) topicChanged(before string) {
	if w.Topic == before {
		return
	}
	was, is := w.file.Terms.Topic(before), w.file.Terms.Topic(w.Topic)
	if w.Class == "" || w.Class == was.Class {
		w.Class = is.Class
	}
	if w.Priority == 0 || w.Priority == was.Priority {
		w.Priority = is.Priority
	}
}

func known(c tickets.Class) bool {
	for _, k := range tickets.Classes {
		if k == c {
			return true
		}
	}
	return false
}

// SetCustomer says whose the ticket is. That there is such a customer the store sees to.
type SetCustomer struct {
	Customer tickets.CustomerID `json:"customer" format:"uuid"`
}

func (SetCustomer) Name() string { return "set_customer" }

func (c SetCustomer) do(w *work) error {
	if c.Customer == "" {
		return missing("customer", "is missing")
	}
	w.Customer = c.Customer
	return nil
}

// AddNote writes a note, for colleagues alone.
type AddNote struct {
	Text string `json:"text" maxLength:"20000"`
}

func (AddNote) Name() string { return "note" }

func (c AddNote) do(w *work) error {
	note, err := text("text", c.Text, LongestText, true)
	if err != nil {
		return err
	}
	w.write(Note, note, true)
	return nil
}
