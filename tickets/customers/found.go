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
	Merges   []MergedInto      // of those who were merged into them, and can part again
}

// MergedInto is a customer who was merged into another, with how many of the tickets and contacts that moved somebody may see.
type MergedInto struct {
	Merging
	Tickets  int `json:"tickets" doc:"that moved, and that you may see"`
	Contacts int `json:"contacts" doc:"likewise"`
}

// Merging is two customers who were merged.
type Merging struct {
	ID     string             `json:"id"`
	Merged tickets.CustomerID `json:"merged"`
	Name   string             `json:"name" doc:"of the merged one, as it was"`
	Into   tickets.CustomerID `json:"into"`
	At     time.Time          `json:"at"`
	By     string             `json:"by"`
}

// ErrCursor says that a cursor is none that this list has given.
var ErrCursor = errors.New("the cursor is not one that this list has given")
