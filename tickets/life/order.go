package life

import (
	"fmt"

	"hotline/tickets"
)

// Order is a command to a ticket, with who gives it. The engine in tickets/register carries it out.
type Order struct {
	Ticket  tickets.Number
	Command Command
	By      tickets.By
	Version int64  // that they have seen; 0 is any
	Key     string // of the request: sent again, it is done once; "" is none
	// Check is asked about the ticket as it is, in the transaction: whether they may. nil allows it.
	Check func(Matter) error
	// CheckOther is asked the same about each other ticket that the command names. nil allows it.
	CheckOther func(Matter) error
	// Hidden are those of the tickets that the command names (see Needs) which they may not see: for them these are not there.
	Hidden []tickets.Number
}

// Opening is a ticket that is opened by hand, with who opens it.
type Opening struct {
	OpenByHand
	By  tickets.By
	Key string // of the request: sent again by the same person, it is done once; "" is none
}

// StaleError says that a ticket has changed since somebody saw it: what they wrote was not done, and they may look at it and send it again.
type StaleError struct {
	Ticket  tickets.Number
	Version int64            // of the ticket now
	Since   []tickets.Change // what has happened meanwhile
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("ticket %s is at version %d", e.Ticket, e.Version)
}
