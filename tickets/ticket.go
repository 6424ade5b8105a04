package tickets

import "time"

// Ticket is a customer's matter. It owns its contacts.
type Ticket struct {
	Number     Number
	Customer   CustomerID // "" where nobody is known
	Subject    string
	Topic      string // the topic's code; "" until the caller has chosen one
	State      State
	OpenedAt   time.Time // when what it was made for came; it may have been registered later
	ActivityAt time.Time // the last fact that concerned it
	OpenedBy   ContactID // the contact that it was made for

	Department Department // that is responsible, also while the owner is a person of it; "" is not known
	Class      Class
	Priority   Priority // 0 is not set
	Language   string   // in which the customer is answered
	District   string   // noted, never asked for
	Reply      Reply    // how the customer wants to be answered
	Reopened   int      // how often
	Parent     Number   // the incident that it is part of; "" is none
	Into       Number   // the ticket with which it was merged; "" is none

	SolvedBy  string    // the id of who gave the last answer; "" where there is none
	SolvedAt  time.Time // when it was given
	Reminded  int       // how often the customer was asked since then whether it helped
	Escalated int       // how often it was raised since it moved last

	Worked  bool      // somebody has worked on it, and not calls alone: it never vanishes in another one (see Book)
	Version int64     // counts its changes; 0 is from before they were counted
	WakeAt  time.Time // when something about it is due besides the next date; zero is never
}

// Reply is the channel and the address at which a customer wants to be answered, by their own word.
type Reply struct {
	Channel string `json:"channel"` // "call", "mail", "letter", "visit", "sms"; "" is not said
	Address string `json:"address"` // hostile, but storable
}

// Summary is a ticket for people to look at: flat.
type Summary struct {
	Number    Number
	Subject   string
	Topic     string
	State     string // "open", "closed"
	Phase     Phase
	Awaits    Awaited
	Owner     string // the id of a person, the code of a department
	OwnerKind string // "person", "department", "" when closed
	NextAt    *time.Time
	OpenedAt  time.Time
	ClosedAt  *time.Time
}

// Summary flattens t; its texts are safe to show.
func (t Ticket) Summary() Summary {
	s := Summary{Number: t.Number, Subject: Display(t.Subject), Topic: t.Topic, OpenedAt: t.OpenedAt, Phase: t.Phase()}
	switch st := t.State.(type) {
	case Open:
		next := st.next
		s.State, s.Owner, s.NextAt, s.OwnerKind = "open", st.owner.Name(), &next, ownerKind(st.owner)
		s.Awaits = st.awaits
	case Closed:
		at := st.At
		s.State, s.ClosedAt = "closed", &at
	default:
		panic("tickets: ticket " + string(t.Number) + " has no state")
	}
	return s
}
