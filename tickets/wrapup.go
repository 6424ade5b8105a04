package tickets

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"hotline/telephony"
)

// WrapUp is what an agent leaves behind a call.
type WrapUp struct {
	Call        telephony.CallID
	Agent       Agent
	Disposition Disposition // Undisposed when the clock ended it
	Note        string
	Subject     string    // "" keeps the ticket's
	Next        time.Time // zero is the default, where the ticket stays open
	Department  string    // where HandedOver goes; "" is the topic's
	At          time.Time
}

// WrapUp keeps what an agent leaves behind a call. An error names what is wrong with it, and nothing is kept then.
func (r *Register) WrapUp(w WrapUp) error {
	e := WrappedUp{
		Agent: w.Agent, Disposition: w.Disposition, Note: Clean(w.Note, longestText), Subject: Clean(w.Subject, longestName),
		Department: w.Department, Next: w.Next,
	}
	if w.Call == "" {
		return errors.New("wrap-up: call is missing")
	}
	if w.Disposition != Undisposed {
		i := slices.IndexFunc(Dispositions, func(d DispositionChoice) bool { return d.Code == w.Disposition })
		if i < 0 {
			return fmt.Errorf("wrap-up of call %s: disposition %q is unknown", w.Call, Display(Clean(string(w.Disposition), 40)))
		}
		e.Closes = Dispositions[i].Closes
	}
	if err := e.check(); err != nil {
		return fmt.Errorf("wrap-up of call %s: %w", w.Call, err)
	}
	if w.At.IsZero() {
		w.At = time.Now()
	}
	if e.Next.IsZero() {
		e.Next = w.At.Add(r.o.FollowUpWithin)
	}
	if c, ok := r.Case(w.Call); ok {
		c.wrapUp(w.At, e)
		return nil
	}
	r.write(Fact{Call: w.Call, N: w.At.UnixMicro(), At: w.At, Event: e})
	return nil
}

// Unended is a contact whose end nobody has written yet.
type Unended struct {
	Call      telephony.CallID
	ArrivedAt time.Time
	Answered  bool
}

// EndGone ends contacts whose calls ended while Hotline was away. To be called once after a
// start and a Flush, with what the store lists as unended from before the start, less the calls that live.
func (r *Register) EndGone(gone []Unended, at time.Time) {
	for _, u := range gone {
		outcome := Lost
		if u.Answered {
			outcome = Served
		}
		r.write(Fact{Call: u.Call, At: at, Event: Ended{Outcome: outcome, Next: at.Add(r.o.CallBackWithin)}})
	}
}
