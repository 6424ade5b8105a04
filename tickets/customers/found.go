package customers

import (
	"errors"
	"time"

	"hotline/tickets"
)

// Found is a page of customers that a search has found.
type Found struct {
	Customers []tickets.Customer
	How       string // Exactly, ByLayout, ByLikeness
	Next      string // the cursor of those that follow; "" where none do
}

// View is a customer with their open tickets, latest activity first, and their last contacts.
type View struct {
	Customer tickets.Customer
	Open     []tickets.Ticket
	Contacts []tickets.Contact
	Merges   []Merging // of those who were merged into them, and can part again
}

// Merging is two customers who were merged.
type Merging struct {
	ID       string             `json:"id"`
	Merged   tickets.CustomerID `json:"merged"`
	Name     string             `json:"name" doc:"of the merged one, as it was"`
	Into     tickets.CustomerID `json:"into"`
	At       time.Time          `json:"at"`
	By       string             `json:"by"`
	Tickets  int                `json:"tickets" doc:"that moved"`
	Contacts int                `json:"contacts" doc:"that moved"`
}

// ErrCursor says that a cursor is none that this list has given.
var ErrCursor = errors.New("the cursor is not one that this list has given")
