package tickets

import "time"

// CustomerID identifies a customer: a UUIDv7.
type CustomerID string

// Customer is a person or company. They may have many numbers, and a number may
// belong to many customers.
type Customer struct {
	ID        CustomerID
	Name      string
	Contract  string
	Address   string
	Equipment []string
	Notes     []string
	Warnings  []string
	// Provisional customers were made from an unknown caller's number; nobody has confirmed who it is.
	Provisional bool
	// Numbers are telephony.Number keys: E.164, or the digits of a short number.
	Numbers []string
}

// Match says how sure it is who calls.
type Match string

const (
	Exact     Match = "exact"     // the number belongs to one customer
	Several   Match = "several"   // the number belongs to several customers
	Unknown   Match = "unknown"   // nobody known has this number, or the answer came too late
	Anonymous Match = "anonymous" // the number was withheld
)

// Caller is what the store knows of a caller by their number.
type Caller struct {
	Answered    bool // the store has said so; without it nothing is known
	Match       Match
	Customer    *Customer  // set where Match is Exact; also the provisional one of an Unknown caller's earlier calls
	Candidates  []Customer // where Match is Several
	OpenTickets []Ticket   // of Customer, latest activity first
	Contacts    []Contact  // of Customer, latest first, at most ten
	Calls       []Past     // calls from this number in the last 24 hours, latest first, at most fifty
}

// Past is an earlier call from the same number.
type Past struct {
	Contact  ContactID
	Ticket   Number
	At       time.Time
	EndedAt  time.Time // zero while it lasts
	BrokeOff bool
	Topic    string // of a call that is on, where it opened a ticket of its own; "" where the store says so
}
