package tickets

import (
	"context"
	"slices"
	"time"
)

// Caller is what is known of who calls. It waits for the store's first answer, at most until the budget since the
// arrival is over: who is late is unknown, and so is everybody while the store is away.
func (c *Case) Caller(ctx context.Context) Caller {
	c.await(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told()
}

// told is what the store has said of the caller, with what happened a moment ago; called with mu held.
func (c *Case) told() Caller {
	known := c.caller
	known.Calls = merge(c.id, c.engine.Recent(c.from), known.Calls)
	return known
}

// Settled is closed when the store has answered, however late, or will not any more. Who shows a pop
// meanwhile can show a fuller one then.
func (c *Case) Settled() <-chan struct{} { return c.settled }

func (c *Case) await(ctx context.Context) {
	left := time.Until(c.identifyBy)
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

// AskedOnce says that the store was asked for the first time, in vain or not: waiting longer is no use. The engine calls it once.
func (c *Case) AskedOnce() { close(c.tried) }

// AskedEnough says that the store will not be asked any more. The engine calls it once; before AskedOnce, where the first answer was all.
func (c *Case) AskedEnough() { close(c.settled) }

// Identified takes the store's answer.
func (c *Case) Identified(known Caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The call's own fresh ticket may be in the store already.
	known.OpenTickets = slices.DeleteFunc(known.OpenTickets, func(t Ticket) bool { return t.OpenedBy == c.id })
	known.Answered = true
	c.caller = known
	if i := slices.IndexFunc(known.OpenTickets, func(t Ticket) bool { return t.Number == c.kept.Ticket }); i >= 0 {
		c.target = &known.OpenTickets[i]
	}
}

// merge joins what memory and store know of the calls from a number, without the call itself. Memory
// knows more of those that it has.
func merge(self ContactID, memory, stored []Past) []Past {
	var all []Past
	seen := map[ContactID]bool{self: true}
	for _, p := range append(slices.Clone(memory), stored...) {
		if !seen[p.Contact] {
			seen[p.Contact] = true
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Past) int { return b.At.Compare(a.At) })
	return all
}
