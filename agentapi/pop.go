package agentapi

import (
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Pop is what the desk shows about a caller: a tickets.Pop as JSON (see ShowPop). What stands below Answered is there from the answer on.
type Pop struct {
	Call             telephony.CallID `json:"call"`
	Ticket           PopTicket        `json:"ticket"`
	Caller           PopCaller        `json:"caller"`
	Queue            PopQueue         `json:"queue"`
	Skill            string           `json:"skill"`
	Language         string           `json:"language"`
	Path             []words.Text     `json:"path"`
	WaitingSince     time.Time        `json:"waiting_since"`
	Repeat           int              `json:"repeat"` // calls from this number in the last 24 hours before this one
	OpenTicketsCount int              `json:"open_tickets_count"`
	Asks             *PopSender       `json:"asks,omitempty"`   // who has the caller, and asks the agent; at is when
	Sender           *PopSender       `json:"sender,omitempty"` // who had the caller before, and sent them on
	About            *PopAbout        `json:"about,omitempty"`  // the ticket that the caller says the call is about, and that is not known to be theirs

	// Answered.
	OpenTickets []Summary    `json:"open_tickets,omitempty"`
	Contacts    []PopContact `json:"contacts,omitempty"`
	Greeting    words.Text   `json:"greeting,omitempty"`
}

// PopTicket is the ticket of this call.
type PopTicket struct {
	Number   tickets.Number `json:"number"`
	Subject  string         `json:"subject"`
	Topic    string         `json:"topic"`
	State    string         `json:"state"`
	Linked   tickets.Linked `json:"linked"`
	OpenedAt time.Time      `json:"opened_at"`
}

// PopSender is an agent who had the caller and sent them on.
type PopSender struct {
	Agent string    `json:"agent"` // the name
	Since time.Time `json:"since"` // they talked
	At    time.Time `json:"at"`    // they sent the caller on
	Note  string    `json:"note,omitempty"`
}

// PopAbout is a ticket of somebody else's, as far as is known. What is not known of it is "".
type PopAbout struct {
	Number  tickets.Number `json:"number"`
	Subject string         `json:"subject,omitempty"`
	Topic   string         `json:"topic,omitempty"`
	State   string         `json:"state,omitempty"`
}

// PopCaller is who calls, and how sure that is.
type PopCaller struct {
	Number     string        `json:"number"` // "" when withheld
	RawName    string        `json:"raw_name"`
	Match      tickets.Match `json:"match"`
	Customer   *Customer     `json:"customer"`
	Candidates []Customer    `json:"candidates"`
}

// PopQueue is where the call waits.
type PopQueue struct {
	ID   string     `json:"id"`
	Name words.Text `json:"name"`
}

// PopContact is an earlier contact in short.
type PopContact struct {
	At      time.Time       `json:"at"`
	Outcome tickets.Outcome `json:"outcome"`
	Agent   string          `json:"agent"`
	Ticket  tickets.Number  `json:"ticket"`
}

// Customer is a person or company.
type Customer struct {
	ID          tickets.CustomerID `json:"id"`
	Name        string             `json:"name"`
	Contract    string             `json:"contract"`
	Address     string             `json:"address"`
	Equipment   []string           `json:"equipment"`
	Notes       []string           `json:"notes"`
	Warnings    []string           `json:"warnings"`
	Provisional bool               `json:"provisional,omitempty"`
	Numbers     []string           `json:"numbers,omitempty"`
	Mails       []string           `json:"mails,omitempty"`
	Addresses   []string           `json:"addresses,omitempty"` // the first is address
	Contracts   []CustomerContract `json:"contracts,omitempty"` // the first is contract
	ExternalID  string             `json:"external_id,omitempty"`
	Version     int64              `json:"version,omitempty"`
}

// CustomerContract is one of a customer's.
type CustomerContract struct {
	Number    string `json:"number"`
	Agreement string `json:"agreement,omitempty"`
	EndsOn    string `json:"ends_on,omitempty"` // its last day
	Expired   bool   `json:"expired,omitempty"` // it is shown, and stops nothing
}

// ShowCustomer is a customer as JSON on a day, by the zone in which it is written. Their texts are safe to show already.
func ShowCustomer(c tickets.Customer, day time.Time) Customer {
	shown := Customer{
		ID: c.ID, Name: c.Name, Contract: c.Contract, Address: c.Address, Equipment: c.Equipment, Notes: c.Notes, Warnings: c.Warnings,
		Provisional: c.Provisional, Numbers: c.Numbers, Mails: c.Mails, Addresses: c.Addresses, ExternalID: c.ExternalID, Version: c.Version,
	}
	for _, k := range c.Contracts {
		contract := CustomerContract{Number: k.Number, Agreement: k.Agreement, Expired: k.Expired(day)}
		if !k.EndsOn.IsZero() {
			contract.EndsOn = k.EndsOn.Format(time.DateOnly)
		}
		shown.Contracts = append(shown.Contracts, contract)
	}
	return shown
}

// Summary is a ticket on a desk or in an answer: flat.
type Summary struct {
	Number    tickets.Number `json:"number"`
	Subject   string         `json:"subject"`
	Topic     string         `json:"topic"`
	State     string         `json:"state"`                // "open", "closed"
	Owner     string         `json:"owner"`                // the id of a person, the code of a department
	OwnerName string         `json:"owner_name,omitempty"` // of a person; the tickets themselves know ids only
	OwnerKind string         `json:"owner_kind"`           // "person", "department", "" when closed
	NextAt    *time.Time     `json:"next_at"`
	OpenedAt  time.Time      `json:"opened_at"`
	ClosedAt  *time.Time     `json:"closed_at"`
}

// ShowSummary is a ticket as JSON. The owner's name is the caller's to add.
func ShowSummary(s tickets.Summary) Summary {
	return Summary{
		Number: s.Number, Subject: s.Subject, Topic: s.Topic, State: s.State, Owner: s.Owner, OwnerKind: s.OwnerKind,
		NextAt: s.NextAt, OpenedAt: s.OpenedAt, ClosedAt: s.ClosedAt,
	}
}

// ShowPop is a pop as JSON. Its texts are safe to show already, and no list in it is null.
func ShowPop(p tickets.Pop) Pop {
	shown := Pop{
		Call: p.Call, Ticket: PopTicket(p.Ticket), Queue: PopQueue{p.Queue.ID, p.Queue.Name}, Skill: p.Skill, Language: p.Language,
		Caller: PopCaller{Number: p.Caller.From.Key(), RawName: p.Caller.RawName, Match: p.Caller.Match, Candidates: []Customer{}},
		Path:   append([]words.Text{}, p.Path...), WaitingSince: p.WaitingSince, Repeat: p.Repeat, OpenTicketsCount: p.OpenTicketsCount,
		Greeting: p.Greeting,
	}
	now := p.Now
	if now.IsZero() {
		now = time.Now()
	}
	if p.Asks != nil {
		shown.Asks = &PopSender{p.Asks.Agent.Name, p.Asks.Since, p.Asks.At, p.Asks.Note}
	}
	if p.Sender != nil {
		shown.Sender = &PopSender{p.Sender.Agent.Name, p.Sender.Since, p.Sender.At, p.Sender.Note}
	}
	if p.About != nil {
		shown.About = &PopAbout{p.About.Number, p.About.Subject, p.About.Topic, p.About.State}
	}
	if p.Caller.Customer != nil {
		customer := ShowCustomer(*p.Caller.Customer, now)
		shown.Caller.Customer = &customer
	}
	for _, c := range p.Caller.Candidates {
		shown.Caller.Candidates = append(shown.Caller.Candidates, ShowCustomer(c, now))
	}
	for _, t := range p.OpenTickets {
		shown.OpenTickets = append(shown.OpenTickets, ShowSummary(t))
	}
	for _, c := range p.Contacts {
		shown.Contacts = append(shown.Contacts, PopContact(c))
	}
	return shown
}
