package life

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"hotline/tickets"
)

// Start is what a new ticket begins with.
type Start struct {
	Subject    string
	Topic      string
	Class      tickets.Class
	Department string
	Owner      string
	Next       time.Time
}

// ErrNoNumber says that nobody has given a number for a ticket that is to be opened.
var ErrNoNumber = errors.New("there is no number for a new ticket")

// ticket is the new one, with the next fresh number. Its department is the topic's, and its class and priority, too, where nobody says otherwise.
func (c Start) ticket(w *work) (t tickets.Ticket, err error) {
	if len(w.file.Fresh) == 0 {
		return t, ErrNoNumber
	}
	subject, err := line("subject", c.Subject, tickets.LongestSubject, true)
	if err != nil {
		return t, err
	}
	topic, err := line("topic", c.Topic, tickets.LongestName, false)
	if err != nil {
		return t, err
	}
	if c.Class != "" && !known(c.Class) {
		return t, wrong("class", "is none of information, personal, claim, complaint, outage")
	}
	department, err := w.department("department", c.Department, false)
	if err != nil {
		return t, err
	}
	person, err := w.person("owner", c.Owner)
	if err == nil && department != "" { // whoever registers it may keep it, though it is a matter of others
		person, err = w.member("owner", c.Owner, department)
	}
	if err != nil {
		return t, err
	}
	next, err := date("next", c.Next, w.at, false)
	if err != nil {
		return t, err
	}
	means := w.file.Terms.Topic(topic)
	department = orElse(department, tickets.Department(means.Department))
	var owner tickets.Owner = department
	if person != "" {
		owner = tickets.Person(person)
	}
	state, err := tickets.KeepOpen(owner, orElse(next, w.at.Add(w.file.Terms.FollowUpWithin)), tickets.FollowUp)
	if err != nil {
		return t, err
	}
	number := w.file.Fresh[0]
	w.file.Fresh = w.file.Fresh[1:]
	return tickets.Ticket{
		Number: number, Subject: subject, Topic: topic, Class: orElse(c.Class, means.Class), Priority: means.Priority, State: state, Department: department,
		OpenedAt: w.at, ActivityAt: w.at,
	}, nil
}

// OpenByHand registers what came by no call of this line: a letter, a visit, a fax, a call that somebody took elsewhere. It opens a ticket with
// that as its first contact.
type OpenByHand struct {
	Channel    string             `json:"channel" enum:"letter,fax,mail,messenger,form,visit,call" doc:"call is one that somebody took elsewhere"`
	Subject    string             `json:"subject" maxLength:"200"`
	Text       string             `json:"text" maxLength:"20000" doc:"what the customer wants, as they say it"`
	Topic      string             `json:"topic,omitempty" maxLength:"256" doc:"by id"`
	Class      tickets.Class      `json:"class,omitempty" enum:"information,personal,claim,complaint,outage" doc:"the topic's if left out"`
	Customer   tickets.CustomerID `json:"customer,omitempty" format:"uuid"`
	Department string             `json:"department,omitempty" maxLength:"256" doc:"who gets it; the topic's if left out"`
	Owner      string             `json:"owner,omitempty" maxLength:"256" doc:"a person, by id; the department as a whole if left out"`
	Next       time.Time          `json:"next,omitzero" doc:"by when they look at it; a day ahead if left out"`
	Reply      *tickets.Reply     `json:"reply,omitempty" doc:"how the customer wants to be answered"`
	Language   string             `json:"language,omitempty" maxLength:"256"`
	District   string             `json:"district,omitempty" maxLength:"256"`
	At         time.Time          `json:"at,omitzero" doc:"when it really came, at most a year ago: its clocks run from then; now if left out"`
}

// Name is what the history calls it.
func (OpenByHand) Name() string { return "opened" }

func (OpenByHand) opens() int { return 1 }

// byHand are the channels of contacts that are registered by hand. What the interface calls a call has no call of this line.
var byHand = map[string]tickets.Channel{
	"letter": tickets.Letter{}, "fax": tickets.Fax{}, "mail": tickets.Mail{}, "messenger": tickets.Messenger{}, "form": tickets.Form{}, "visit": tickets.Visit{}, "call": tickets.Elsewhere{},
}

// Open opens a ticket by hand. The contact has the id that is given; sent again, it is the same contact.
func Open(f *File, c OpenByHand, contact tickets.ContactID, by tickets.By, at time.Time) (Outcome, error) {
	t := begin(f, by, at)
	t.Matter = &Matter{}
	t.contact = &tickets.Contact{ID: contact}
	return t.do(f, c)
}

func (c OpenByHand) do(w *work) (err error) {
	channel, is := byHand[c.Channel]
	if !is {
		return wrong("channel", "is none of letter, fax, mail, messenger, form, visit, call")
	}
	wants, err := text("text", c.Text, LongestText, true)
	if err != nil {
		return err
	}
	if c.Customer != "" && uuid.Validate(string(c.Customer)) != nil {
		return wrong("customer", "is no id of a customer")
	}
	came := orElse(c.At.UTC().Truncate(time.Microsecond), w.at)
	switch {
	case came.After(w.at):
		return wrong("at", RuleToCome)
	case w.at.Sub(came) > LongestAgo:
		return wrong("at", RuleLongAgo)
	}
	t, err := Start{Subject: c.Subject, Topic: c.Topic, Class: c.Class, Department: c.Department, Owner: c.Owner, Next: c.Next}.ticket(w)
	if err != nil {
		return err
	}
	t.Customer, t.OpenedBy, t.OpenedAt = c.Customer, w.contact.ID, came
	w.Ticket = t
	w.file.Matters[t.Number] = w.Matter
	if err := (Describe{Language: &c.Language, District: &c.District, Reply: c.Reply}).do(w); err != nil {
		return err
	}
	*w.contact = tickets.Contact{
		ID: w.contact.ID, Channel: channel, Ticket: t.Number, Linked: tickets.LinkedNew, Customer: c.Customer, Topic: t.Topic, Language: w.Language,
		ArrivedAt: came, AnsweredAt: came, EndedAt: came, Outcome: tickets.Served,
	}
	if w.by.Kind == tickets.ByPerson { // a program serves nobody, and its id may be a person's
		w.contact.Agent = tickets.Agent{ID: w.by.ID, Name: w.by.Name}
	}
	w.details["contact"], w.details["channel"] = string(w.contact.ID), channel.Code()
	if came.Before(w.at) {
		tickets.CameAt(w.details, came)
	}
	w.write(Request, wants, false)
	return nil
}

// RuleToCome and RuleLongAgo are what is wrong with a time at which something came.
const (
	RuleToCome  = "is still to come"
	RuleLongAgo = "is more than a year ago"
)

// LongestAgo is how long ago something may have come that is registered now. Whose year was mistyped would find all its clocks run out.
const LongestAgo = 366 * 24 * time.Hour
