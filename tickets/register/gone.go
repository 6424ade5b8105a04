package register

import (
	"context"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

// EndGone ends contacts whose calls ended while nobody was there to see it. It is for once after a start, when the calls that live have been
// found. The facts of earlier runs may wait in the spool for long, and a contact that the store has not got yet cannot be asked for: so EndGone
// waits until the store has them all, and then asks it for what is without an end from before an instant, at this register's node, again and again while it is away:
// the calls of another Asterisk are for who is connected to that, as long as they can last.
// It returns what ask has said, the contacts of calls that live included, or the error with which ctx ended.
func (r *Register) EndGone(ctx context.Context, before time.Time, ask func(ctx context.Context, before time.Time, node string) ([]tickets.Unended, error)) ([]tickets.Unended, error) {
	if err := r.CaughtUp(ctx); err != nil { // a store from a dump does not know how calls have ended since
		return nil, err
	}
	if err := r.Flush(ctx); err != nil {
		return nil, err
	}
	for wait := shortestWait; ; wait = min(2*wait, longestWait) {
		unended, err := ask(ctx, before, r.o.Node)
		if err == nil {
			r.endThose(unended)
			return unended, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		r.o.Log.Warn("calls that ended while Hotline was away have no end yet: the store cannot be asked; Hotline tries again", "err", err)
		pause(ctx, wait)
	}
}

// LeftMessage keeps that a caller left a message, by its name at the switch, which is found when their call is over. What is known already changes nothing. An
// error is tickets.ErrNotKept.
func (r *Register) LeftMessage(call telephony.CallID, name string, at time.Time) error {
	return r.keep(tickets.Fact{
		Contact: tickets.OfCall(call), Channel: tickets.Call{}, N: at.UnixMicro(), At: at, Event: tickets.Recorded{Recording: tickets.Clean(name, tickets.LongestName)},
	})
}

// TellCallback keeps who is to be called back, or is not any more, on its way to the store. own is the number that was reserved for their call; "" is not known. An error says that the
// spool did not take it, and that it is to be told again.
func (r *Register) TellCallback(c tickets.Callback, own tickets.Number) error {
	_, err := r.append(c.Fact(own), 0)
	return err
}

func (r *Register) endThose(unended []tickets.Unended) {
	now := time.Now()
	for _, u := range unended {
		if _, lives := r.Case(u.Call); !lives {
			for _, f := range u.Ends(now, *r.terms.Load()) {
				r.write(f)
			}
		}
	}
}
