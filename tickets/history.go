package tickets

import (
	"time"

	"hotline/telephony"
)

// History is a ticket with everything that happened to it.
type History struct {
	Ticket   Summary
	Customer *Customer
	Contacts []Contact // latest first
	Claims   []Contact // those that say to be about this ticket and stand in their own; latest first
}

// Shown is the history with texts that are safe to show.
func (h History) Shown() History {
	if h.Customer != nil {
		c := h.Customer.Shown()
		h.Customer = &c
	}
	h.Contacts, h.Claims = shownAll(h.Contacts), shownAll(h.Claims)
	return h
}

func shownAll(contacts []Contact) []Contact {
	shown := make([]Contact, 0, len(contacts))
	for _, c := range contacts {
		c.RawName, c.Note, c.Agent.Name = Display(c.RawName), DisplayLines(c.Note), Display(c.Agent.Name)
		shown = append(shown, c)
	}
	return shown
}

// AgentCall is a line in an agent's list of recent calls.
type AgentCall struct {
	Call    telephony.CallID
	Ticket  Number
	Name    string
	From    telephony.Number
	At      time.Time
	Outcome Outcome
}

// Counts are what the store holds of calls and tickets.
type Counts struct {
	Calls        int // contacts
	Tickets      int // contacts that have a ticket: as many as Calls, by the schema
	Distinct     int // tickets that these contacts belong to
	Unended      int // contacts that have no end yet
	Answered     int // contacts that an agent answered
	Abandoned    int // contacts whose caller hung up before
	OpenTickets  int // of all, the seeded ones too
	CallbacksDue int // open tickets whose caller waits for a call back
	Customers    int
	Provisional  int // customers made from unknown callers' numbers
}

// Seed is a customer to begin with, for demonstrations, tests and imports.
type Seed struct {
	Customer Customer // ID may be empty
	Open     []SeedTicket
}

// SeedTicket is an open ticket of a seeded customer.
type SeedTicket struct {
	Subject, Topic string
	Owner          Owner
	Next           time.Time
	OpenedAt       time.Time // zero is ActivityAt
	ActivityAt     time.Time // zero is now; the linking rule looks back 72 h from it
}

// Unended is a call whose end nobody has written yet.
type Unended struct {
	Call      telephony.CallID
	ArrivedAt time.Time
	Answered  bool
	Contact   Contact // as the store has it
	Known     bool    // its customer is more than a number

	Broke    time.Time // the switch had died by then, and taken the call along: nobody has hung up; zero is that nobody knows
	Callable bool      // of one that broke off so: its caller is called back where they waited or talked
}

// Ends are the facts that the call has ended. They are for a call that was not found any more, and of whose end nothing else is known. The end that somebody has
// seen is a fact besides, and overrules it.
func (u Unended) Ends(at time.Time, terms Terms) (facts []Fact) {
	if !u.Broke.IsZero() {
		facts = append(facts, Fact{Contact: OfCall(u.Call), Channel: Call{}, At: at, Event: BrokenOff{}})
		if !u.Callable {
			facts = append(facts, Fact{Contact: OfCall(u.Call), Channel: Call{}, At: at, Event: NoCallback{}})
		}
	}
	outcome := Lost
	if u.Answered && u.Broke.IsZero() {
		outcome = Served
	}
	f := thoughtAt(OfCall(u.Call), at)
	f.Channel, f.Event = Call{}, Ended{Outcome: outcome, Next: at.Add(terms.CallBackWithin)}
	return append(facts, f)
}
