package tickets

import (
	"context"
	"time"

	"hotline/telephony"
)

// A call of ours to somebody who is to be called back goes on with the ticket of their own call. It is a draft until the customer
// is dialled: an agent may look at it, and miss the offer, and nothing has happened then.

// Draft is the case of an outgoing call that goes on with a ticket. k is what was kept of the customer's own call.
func Draft(e Engine, t Terms, a telephony.Arrival, k Kept, identifyBy time.Time) *Case {
	k.Own, k.About, k.Agent, k.AnsweredAt, k.Talked, k.Linked = "", "", nil, time.Time{}, time.Time{}, LinkedBrokenOff
	c := NewCase(e, t, a, k, identifyBy)
	c.draft = true
	return c
}

// CallOut is the draft of a call that an agent makes for a reason, "" where they say none. Where k has no ticket, it is the linking rule's, or a new one.
func CallOut(e Engine, t Terms, a telephony.Arrival, k Kept, by Agent, reason string, identifyBy time.Time) *Case {
	new := k.Ticket == ""
	c := Draft(e, t, a, k, identifyBy)
	c.calledBy, c.reason = by.ID, reason
	if new {
		c.kept.Linked = LinkedNew
	}
	return c
}

// Dialled makes the draft a contact: the customer's phone rings.
func (c *Case) Dialled(at time.Time) {
	c.mu.Lock()
	if !c.draft {
		c.mu.Unlock()
		return
	}
	c.at = at
	unlinked := c.kept.Ticket == ""
	c.mu.Unlock()
	if unlinked {
		c.await(context.Background()) // the linking rule asks who they are
	}
	own := c.engine.Enter(c)
	c.mu.Lock()
	c.draft, c.kept.Own = false, own
	if unlinked {
		c.kept.Ticket = own
		c.decide(at)
	}
	drafted, routed, queue := c.drafted, c.routed(), c.kept.Queue
	c.drafted = nil
	c.mu.Unlock()
	c.linger(at, c.arrival())
	if queue == nil {
		c.write(at, routed)
	} else {
		c.linger(at, routed)
		c.write(at, Queued{Queue: queue.ID, Department: orElse(queue.Department, routed.Department)})
	}
	for _, f := range drafted {
		c.write(f.At, f.Event)
	}
}

// Dropped says that the case is a draft of which nothing came.
func (c *Case) Dropped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draft
}
