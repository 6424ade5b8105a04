package ivr

import (
	"context"
	"time"

	"hotline/ivr/door"
	"hotline/telephony"
	"hotline/tickets"
)

// looksEvery is how often a held call looks whether it may come in.
const looksEvery = 50 * time.Millisecond

// holds has a new call ring on, unanswered, while the line is behind, and reports whether it then comes in. One that does not has its ticket: it has left, or is
// turned away, and the customer is to be called back. Of a call that rings when Hotline stops nothing was noted: the next one holds it, too, at its place and for as long as is left.
func (l *Line) holds(ctx context.Context, call *telephony.Call) (comesIn bool) {
	a := call.Arrival()
	if l.Admission == nil || a.Outgoing || !fresh(a) {
		return true
	}
	now := time.Now()
	since := now
	if a.Resume != nil { // it was held when the Hotline of before stopped
		since = a.At
	}
	h := l.Admission.Arrive(now, since, l.Load())
	defer l.Admission.Leave(h)
	look := time.NewTicker(looksEvery)
	defer look.Stop()
	for {
		select {
		case <-h.Over():
			if h.Verdict() == door.Welcome {
				return true
			}
			l.endsHeld(a, tickets.Lost) // first: of who is marked or refused nobody else makes a ticket
			_ = call.Mark(ctx, turnedAway)
			_ = call.Refuse(ctx, telephony.CauseCongestion) // The driver ends it in any case.
			return false
		case <-look.C:
			l.Admission.Look(h, time.Now(), l.Load)
		case <-call.Gone():
			l.endsHeld(a, tickets.AbandonedInGreeting)
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// endsHeld gives a call that did not come in its ticket.
func (l *Line) endsHeld(a telephony.Arrival, how tickets.Outcome) {
	file := l.Register.Arrive(a)
	file.Ended(time.Now(), how)
	l.ended[how].Add(1)
	l.served.Add(1)
	l.Log.Info("a call ended that was held, for the line is behind", "call", a.ID, "ticket", file.Number(), "outcome", how)
}
