package tickets

import (
	"slices"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
)

// Pop is what the desk shows about a caller. Its texts are safe to show (see Display), and its lists are there though they be empty. What
// stands below Answered is nil before the answer.
type Pop struct {
	Call             telephony.CallID
	Ticket           PopTicket
	Caller           PopCaller
	Queue            Queue
	Skill            string
	Language         string
	Path             []words.Text
	WaitingSince     time.Time
	About            *PopTicket // the ticket of somebody else, as far as is known, that the caller says the call is about
	Now              time.Time  // where the line is, by which contracts have ended or not
	Repeat           int        // calls from this number in the last 24 hours before this one
	OpenTicketsCount int
	Asks             *Sender // who has the caller and asks the agent; nil where nobody does
	Sender           *Sender // who had the caller before and sent them on; nil where they come from nobody

	// Answered.
	OpenTickets []Summary
	Contacts    []PopContact
	Greeting    words.Text
}

// PopTicket is the ticket of this call.
type PopTicket struct {
	Number   Number
	Subject  string
	Topic    string
	State    string
	Linked   Linked
	OpenedAt time.Time
}

// PopCaller is who calls, and how sure that is.
type PopCaller struct {
	From       telephony.Number // without its raw text, which is hostile
	RawName    string           // as the network sent it, where it says anything
	Match      Match
	Customer   *Customer
	Candidates []Customer
}

// PopContact is an earlier contact in short.
type PopContact struct {
	At      time.Time
	Outcome Outcome
	Agent   string
	Ticket  Number
}

// Queue is where a call waits, in the words of the desk. The note on the caller's channel keeps it (see Kept).
type Queue struct {
	ID         string     `json:"id"`
	Name       words.Text `json:"name"`
	Skill      string     `json:"-"` // shown beside the queue
	Department string     `json:"-"` // owns the tickets of callers who leave it; "" is the topic's
}

// Pop is what the desk shows about this call now. From the answer on it holds the second half too.
func (c *Case) Pop() Pop {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept
	p := Pop{
		Call: c.call, Ticket: c.popTicket(), Caller: c.popCaller(),
		Language: k.Language, Path: append([]words.Text{}, k.Path...), WaitingSince: k.QueuedAt,
		OpenTicketsCount: len(c.caller.OpenTickets), About: c.popAbout(), Now: c.terms.Here(time.Now()),
	}
	if k.Queue != nil {
		p.Queue, p.Skill = *k.Queue, k.Queue.Skill
	}
	if p.WaitingSince.IsZero() {
		p.WaitingSince = c.at
	}
	if k.Sender != nil {
		shown := *k.Sender
		shown.Agent.Name, shown.Note = Display(shown.Agent.Shown()), DisplayLines(shown.Note)
		p.Sender = &shown
	}
	for _, past := range c.told().Calls {
		if past.At.After(c.at.Add(-24*time.Hour)) && past.At.Before(c.at) {
			p.Repeat++
		}
	}
	if k.Agent != nil {
		c.answeredHalf(&p)
	}
	return p
}

// PopOf is what the desk shows about a call that is over, as the history of its ticket knows it: for an agent who has a note
// to write after a restart. found is false where the history knows no such call.
func PopOf(h History, call telephony.CallID) (p Pop, found bool) {
	i := slices.IndexFunc(h.Contacts, func(c Contact) bool { return c.ID == OfCall(call) })
	if i < 0 {
		return p, false
	}
	h = h.Shown()
	c, t := h.Contacts[i], h.Ticket
	p = Pop{
		Call: call, Ticket: PopTicket{t.Number, t.Subject, orElse(t.Topic, c.Topic), t.State, c.Linked, t.OpenedAt},
		Caller: PopCaller{From: telephony.NumberOf(c.From.Key(), ""), RawName: OwnName(c.RawName), Match: Unknown, Customer: h.Customer, Candidates: []Customer{}},
		Queue:  Queue{ID: c.Queue}, Language: c.Language, Path: append([]words.Text{}, c.Path...), WaitingSince: orAt(c.QueuedAt, c.ArrivedAt),
		OpenTickets: []Summary{}, Contacts: []PopContact{},
	}
	if c.About != "" {
		p.About = &PopTicket{Number: c.About}
	}
	switch {
	case c.From.Key() == "":
		p.Caller.Match = Anonymous
	case h.Customer != nil && !h.Customer.Provisional:
		p.Caller.Match = Exact
	}
	if t.State == "open" {
		p.OpenTickets, p.OpenTicketsCount = append(p.OpenTickets, t), 1
	}
	for _, past := range h.Contacts {
		if past.ID != OfCall(call) {
			p.Contacts = append(p.Contacts, PopContact{past.ArrivedAt, past.Outcome, past.Agent.Shown(), past.Ticket})
		}
	}
	return p, true
}

// popTicket is called with mu held.
func (c *Case) popTicket() PopTicket {
	t := PopTicket{Number: c.kept.Ticket, Topic: c.kept.Topic, State: "open", Linked: c.kept.Linked, OpenedAt: c.at}
	if c.target != nil && c.target.Number == c.kept.Ticket {
		s := c.target.Summary()
		t.Subject, t.Topic, t.OpenedAt = s.Subject, orElse(s.Topic, t.Topic), s.OpenedAt
	}
	return t
}

// popAbout is called with mu held.
func (c *Case) popAbout() *PopTicket {
	switch {
	case c.kept.About == "":
		return nil
	case c.about == nil:
		return &PopTicket{Number: c.kept.About}
	}
	s := c.about.Summary()
	return &PopTicket{Number: s.Number, Subject: s.Subject, Topic: s.Topic, State: s.State, OpenedAt: s.OpenedAt}
}

// popCaller is called with mu held.
func (c *Case) popCaller() PopCaller {
	who := PopCaller{From: telephony.NumberOf(c.from.Key(), ""), RawName: OwnName(c.name), Match: c.caller.Match, Candidates: []Customer{}}
	if c.caller.Customer != nil {
		shown := c.caller.Customer.Shown()
		who.Customer = &shown
	}
	for _, candidate := range c.caller.Candidates {
		who.Candidates = append(who.Candidates, candidate.Shown())
	}
	return who
}

// answeredHalf is called with mu held.
func (c *Case) answeredHalf(p *Pop) {
	p.OpenTickets, p.Contacts = []Summary{}, []PopContact{}
	for _, t := range c.caller.OpenTickets {
		p.OpenTickets = append(p.OpenTickets, t.Summary())
	}
	for _, past := range c.caller.Contacts {
		if past.ID != c.id {
			p.Contacts = append(p.Contacts, PopContact{past.ArrivedAt, past.Outcome, Display(past.Agent.Shown()), past.Ticket})
		}
	}
	p.Greeting = words.Text{"ru": "Здравствуйте!", "en": "Hello!"}
	if c.caller.Customer != nil && c.caller.Customer.Name != "" {
		name := Display(c.caller.Customer.Name)
		p.Greeting = words.Text{"ru": "Здравствуйте, " + name + "!", "en": "Hello, " + name + "!"}
	}
}

// Shown is the customer with texts that are safe to show, and lists that are never null.
func (c Customer) Shown() Customer {
	c.Name, c.Contract, c.Address = Display(c.Name), Display(c.Contract), Display(c.Address)
	for _, list := range []*[]string{&c.Equipment, &c.Warnings, &c.Mails, &c.Addresses} {
		shown := make([]string, 0, len(*list))
		for _, s := range *list {
			shown = append(shown, Display(s))
		}
		*list = shown
	}
	notes := make([]string, 0, len(c.Notes))
	for _, s := range c.Notes {
		notes = append(notes, DisplayLines(s))
	}
	c.Notes = notes
	c.Contracts, c.ExternalID = append([]Contract{}, c.Contracts...), Display(c.ExternalID)
	for i, k := range c.Contracts {
		c.Contracts[i].Number, c.Contracts[i].Agreement = Display(k.Number), Display(k.Agreement)
	}
	return c
}
