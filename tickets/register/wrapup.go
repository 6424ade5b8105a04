package register

import (
	"time"

	"hotline/tickets"
)

// WrapUp keeps what an agent leaves behind a call. An error names what is wrong with it, and nothing is kept then; or it is tickets.ErrNotKept:
// then the disk takes nothing now, and the agent is to try again.
func (r *Register) WrapUp(w tickets.WrapUp) error {
	if w.At.IsZero() {
		w.At = time.Now()
	}
	e, err := w.Event(*r.terms.Load())
	if err != nil {
		return err
	}
	if c, ok := r.Case(w.Call); ok {
		return c.WrapUp(w.At, e)
	}
	return r.keep(tickets.Fact{Contact: tickets.OfCall(w.Call), Channel: tickets.Call{}, N: w.At.UnixMicro(), At: w.At, Event: e})
}

// DecideClaim keeps the word of a ticket's owner about a contact that says to be about the ticket. An error is tickets.ErrNotKept.
func (r *Register) DecideClaim(id tickets.ContactID, about tickets.Number, by string, accepted bool) error {
	at := time.Now()
	return r.keep(tickets.Fact{
		Contact: id, Channel: tickets.Call{}, N: at.UnixMicro(), At: at,
		Event: tickets.ClaimDecided{Ticket: about, By: tickets.Clean(by, tickets.LongestName), Accepted: accepted},
	})
}
