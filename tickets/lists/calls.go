package lists

import (
	"time"

	"hotline/tickets"
)

// CallQuestion is what somebody asks of the calls that were and are, the latest first. Who does not oversee is told of those that they took.
type CallQuestion struct {
	Sight tickets.Sight
	CallFilter
	Cursor string // of the page before; "" begins
	Limit  int    // rows of a page
}

// CallFilter are conditions, all of which a call fulfils. "", nil and zero are none.
type CallFilter struct {
	From, To    time.Time // it came at From or later, and before To
	Caller      string    // a telephone number or its end; hostile
	Customer    tickets.CustomerID
	Agent       string // who talked
	Queue       string
	Outcomes    []tickets.Outcome // one of these
	Disposition tickets.Disposition
	Reason      string // for which an agent made it
	Ticket      tickets.Number
	Longer      time.Duration // the talk lasted at least so long
	Shorter     time.Duration // there was a talk, and from the answer to the end of the call it took less
}

// Call is a line of a list of calls.
type Call struct {
	tickets.Contact
	CustomerName string
}

// CallPage is a piece of a list of calls. Next is the cursor of the next one; "" where this is the last.
type CallPage struct {
	Calls []Call
	Next  string
}

func (q CallQuestion) hash() uint64 {
	return hashOf(struct {
		Of    string
		Who   string
		All   bool
		Query CallFilter
	}{"calls", q.Sight.Agent, q.Sight.All, q.CallFilter})
}

// Begin is the call after which the page begins, by when it came and its id; not any where it is the first page. An error is ErrCursor.
func (q CallQuestion) Begin() (came time.Time, id tickets.ContactID, any bool, err error) {
	if q.Cursor == "" {
		return time.Time{}, "", false, nil
	}
	at, name, err := readPlace(q.hash(), q.Cursor)
	if err == nil && tickets.Clean(name, tickets.LongestName) != name {
		err = ErrCursor
	}
	return at, tickets.ContactID(name), true, err
}

// After is the cursor for the page that follows a call.
func (q CallQuestion) After(c Call) string { return writePlace(q.hash(), c.ArrivedAt, string(c.ID)) }
