package telephony

import (
	"context"
	"strings"
	"time"
)

// askAgain is the pause before a leg hears again what it was asked.
const askAgain = 2 * time.Second

// AskLeg plays to a leg beside the caller's, again and again, until one of those keys is pressed on it, and returns the key. Other keys are nothing, and the
// caller hears none of it. The error is a DialError of CauseNoAnswer where the leg ends before, and else ctx's cause. It is for a leg in no conversation, or for the
// call's goroutine once the caller has left.
func (c *Call) AskLeg(ctx context.Context, leg *Leg, a Announcement, keys string) (byte, error) {
	playing, stop := context.WithCancel(ctx)
	var heard chan struct{}
	say := func() {
		heard = make(chan struct{})
		go func(heard chan struct{}) {
			defer close(heard)
			_ = c.LetHear(playing, leg, a) // who does not hear what is asked may know it
		}(heard)
	}
	say()
	defer func() {
		stop()
		if heard != nil {
			<-heard // its end is on its way before anything else plays
		}
	}()
	var again <-chan time.Time
	for {
		for _, d := range c.typedOn(leg) {
			if strings.IndexByte(keys, d.Digit) >= 0 {
				return d.Digit, nil
			}
		}
		select {
		case <-leg.keyed:
		case <-heard:
			heard, again = nil, time.After(askAgain)
		case <-again:
			say()
		case <-leg.ended:
			return 0, &DialError{To: leg.to, Cause: CauseNoAnswer}
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}
