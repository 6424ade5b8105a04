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

// View is a customer with what is open, and their last contacts: what of these somebody may see.
type View struct {
	Customer tickets.Customer
	Shared   map[string]int    // of their numbers that others have, too: how many have it
	Open     []tickets.Ticket  // latest activity first
	Promises []PromiseTo       // open ones, due first
	Contacts []tickets.Contact // latest first
	Merges   []Merging         // of those who were merged into them, and can part again
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
