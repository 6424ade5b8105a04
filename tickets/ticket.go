package tickets

import "time"

// Ticket is a customer's matter. It owns its contacts.
type Ticket struct {
	Number     Number
	Customer   CustomerID // "" where nobody is known
	Subject    string
	Topic      string // the topic's code; "" until the caller has chosen one
	State      State
	OpenedAt   time.Time
	ActivityAt time.Time // the last fact that concerned it
	OpenedBy   ContactID // the contact that it was made for
}

// Summary is a ticket for people to look at: flat.
type Summary struct {
	Number    Number
	Subject   string
	Topic     string
	State     string // "open", "closed"
	Owner     string // the id of a person, the code of a department
	OwnerKind string // "person", "department", "" when closed
	NextAt    *time.Time
	OpenedAt  time.Time
	ClosedAt  *time.Time
}

// Summary flattens t; its texts are safe to show.
func (t Ticket) Summary() Summary {
	s := Summary{Number: t.Number, Subject: Display(t.Subject), Topic: t.Topic, OpenedAt: t.OpenedAt}
	switch st := t.State.(type) {
	case Open:
		next := st.next
		s.State, s.Owner, s.NextAt, s.OwnerKind = "open", st.owner.Name(), &next, ownerKind(st.owner)
	case Closed:
		at := st.At
		s.State, s.ClosedAt = "closed", &at
	default:
		panic("tickets: ticket " + string(t.Number) + " has no state")
	}
	return s
}
