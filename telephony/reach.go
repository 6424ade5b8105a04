package telephony

import (
	"context"
	"fmt"
	"time"
)

// Reach calls the customer of an outgoing call, and blocks until they answer: from then on the call is as one that they made.
// An agent may have been dialled before. When they are not reached the error is a *DialError (ErrNoAnswer after the timeout);
// when ctx ends, its cause. In both the ringing ends, and so does the call. from and name are what their phone shows. note marks the
// call with their leg, so that who picks up while there is no Hotline is found by it; "" is none.
func (c *Call) Reach(ctx context.Context, to Address, from Number, name string, timeout time.Duration, note string) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if c.customer == nil {
		return fmt.Errorf("reach the customer of call %s, who called", c.ID())
	}
	if MayNote(note) != nil {
		note = ""
	}
	if note != "" {
		c.note, c.keeps, c.owes = note, false, false
		note = c.wholeNote()
	}
	leg := c.customer
	leg.to = to
	err := c.dial(ctx, leg, Dial{Leg: leg.id, Call: c.ID(), To: to, From: from, Name: name, Timeout: timeout, Note: note})
	if err == nil {
		err = leg.reached(ctx, to) // an answer goes before what happened in the same moment
	}
	if err != nil {
		ctx, cancel := release(ctx)
		defer cancel()
		_ = c.driver.Hangup(ctx, leg.id, CauseNormal) // what remains is the end of the call's
		return err
	}
	c.answered = true
	return nil
}
