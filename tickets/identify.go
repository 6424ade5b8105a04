package tickets

import (
	"context"
	"slices"
	"time"
)

// How long a late identification may still complete the pop, and how it tries.
const (
	identifyTry   = 2 * time.Second
	identifyAgain = 500 * time.Millisecond
	identifyAll   = 15 * time.Second
)

// Caller is what is known of who calls. It waits for the store's first answer, at most until the budget since the
// arrival is over: who is late is unknown, and so is everybody while the store is away.
func (c *Case) Caller(ctx context.Context) Caller {
	c.await(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.caller
	known.Calls = merge(c.contact(), c.r.recent.of(c.from.Key()), known.Calls)
	return known
}

// Identified is closed when the store has answered, however late, or will not any more. Who shows a pop
// meanwhile can show a fuller one then.
func (c *Case) Identified() <-chan struct{} { return c.known }

func (c *Case) await(ctx context.Context) {
	left := time.Until(c.began.Add(c.r.o.IdentifyWithin))
	if left <= 0 {
		return
	}
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case <-c.tried:
	case <-t.C:
	case <-ctx.Done():
	}
}

// identify asks the store in the background.
func (c *Case) identify() {
	key := c.from.Key()
	if key == "" {
		c.caller.Match = Anonymous
		close(c.tried)
		close(c.known)
		return
	}
	go func() {
		defer close(c.known)
		found := c.ask(key)
		close(c.tried)
		for !found && time.Since(c.began) < identifyAll && c.r.ctx.Err() == nil && c.endedSince().IsZero() {
			pause(c.r.ctx, identifyAgain)
			found = c.ask(key)
		}
	}()
}

// ask asks once; false means that the store did not answer.
func (c *Case) ask(key string) bool {
	select {
	case c.r.asking <- struct{}{}:
	default:
		return false // the store hangs, and enough wait for it
	}
	defer func() { <-c.r.asking }()
	ctx, cancel := context.WithTimeout(c.r.ctx, identifyTry)
	defer cancel()
	known, err := c.r.o.Store.Identify(ctx, key)
	if time.Since(c.began) > c.r.o.IdentifyWithin {
		c.mu.Lock()
		first := !c.late
		c.late = true
		c.mu.Unlock()
		if first {
			c.r.late.Add(1)
		}
	}
	if err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// The call's own fresh ticket may be in the store already.
	known.OpenTickets = slices.DeleteFunc(known.OpenTickets, func(t Ticket) bool { return t.OpenedBy == c.contact() })
	c.caller = known
	if i := slices.IndexFunc(known.OpenTickets, func(t Ticket) bool { return t.Number == c.kept.Ticket }); i >= 0 {
		c.target = &known.OpenTickets[i]
	}
	if c.empty { // resumed without a note: here is the ticket that the call has
		for _, p := range known.Calls {
			if p.Contact == c.contact() {
				c.kept.Ticket = p.Ticket
			}
		}
	}
	return true
}
