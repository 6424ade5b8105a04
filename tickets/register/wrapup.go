package register

import (
	"bytes"
	"context"
	"errors"
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

// WrapUpsWaiting are the wrap-ups of earlier runs that were in the spool when it was called; the store may have got some since. It waits for nothing.
func (r *Register) WrapUpsWaiting(ctx context.Context) (all []tickets.Fact, err error) {
	kind := tickets.WrappedUp{}.Kind()
	for after := uint64(0); ; {
		held, _ := r.o.Spool.Held()
		if after = max(after, held); after >= r.earlier {
			return all, nil
		}
		try, cancel := context.WithTimeout(ctx, shortestWait)
		entries, err := r.o.Spool.Read(try, after, factsAtOnce)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, context.DeadlineExceeded):
			continue // the store got all in this very moment, and the spool has forgotten them
		case err != nil:
			return nil, err
		}
		for _, e := range entries {
			if after = e.Position; !bytes.Contains(e.Fact, []byte(kind)) { // which spares most of them
				continue
			}
			if f, err := decode(e); err == nil && f.Event.Kind() == kind {
				all = append(all, f)
			}
		}
	}
}

// DecideClaim keeps the word of a ticket's owner about a contact that says to be about the ticket. An error is tickets.ErrNotKept.
func (r *Register) DecideClaim(id tickets.ContactID, about tickets.Number, by string, accepted bool) error {
	at := time.Now()
	return r.keep(tickets.Fact{
		Contact: id, Channel: tickets.Call{}, N: at.UnixMicro(), At: at,
		Event: tickets.ClaimDecided{Ticket: about, By: tickets.Clean(by, tickets.LongestName), Accepted: accepted},
	})
}
