package tickets

import "time"

// CustomerID identifies a customer: a UUIDv7.
type CustomerID string

// Customer is a person or company. They may have many numbers, and a number may
// belong to many customers. What may be said of them, and how they are found, is in tickets/customers.
type Customer struct {
	ID        CustomerID
	Name      string
	Contract  string // the number of the first of Contracts; "" where there is none
	Address   string // the first of Addresses
	Equipment []string
	Notes     []string
	Warnings  []string
	// Provisional customers were made from an unknown caller's number; nobody has confirmed who it is.
	Provisional bool
	// Numbers are telephony.Number keys: E.164, or the digits of a short number.
	Numbers   []string
	Mails     []string
	Addresses []string
	Contracts []Contract
	// ExternalID is theirs in another system.
	ExternalID string
	Version    int64 // counts their changes
}

// Complete is a customer with all lists, of whom perhaps only the first contract and the first address were said; a new one is of version 1.
func (c Customer) Complete() Customer {
	for _, list := range []*[]string{&c.Equipment, &c.Notes, &c.Warnings, &c.Numbers, &c.Mails, &c.Addresses} {
		*list = append([]string{}, *list...)
	}
	if len(c.Addresses) == 0 && c.Address != "" {
		c.Addresses = []string{c.Address}
	}
	if len(c.Contracts) == 0 && c.Contract != "" {
		c.Contracts = []Contract{{Number: c.Contract}}
	}
	if len(c.Addresses) > 0 {
		c.Address = c.Addresses[0]
	}
	if len(c.Contracts) > 0 {
		c.Contract = c.Contracts[0].Number
	}
	c.Version = max(c.Version, 1)
	return c
}

// Contract is one of a customer's. Its number is theirs alone.
type Contract struct {
	Number    string
	Agreement string    // the id of what is agreed, in the configuration; "" where none is named
	EndsOn    time.Time // its last day, at midnight UTC; zero where no end is known
}

// Expired says whether the contract has ended before the day that a moment is on, by the zone in which the moment is written (see Terms.Here): its last
// day lasts until midnight where the line is. Who has an expired contract is served all the same: it is shown, and stops nothing.
func (c Contract) Expired(at time.Time) bool {
	year, month, day := at.Date()
	return !c.EndsOn.IsZero() && time.Date(year, month, day, 0, 0, 0, 0, time.UTC).After(c.EndsOn)
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
