package tickets

import (
	"time"

	"hotline/telephony"
)

// A call of ours to somebody who is to be called back goes on with the ticket of their own call. It is a draft until the customer
// is dialled: an agent may look at it, and miss the offer, and nothing has happened then.

// CallBack drafts an outgoing call that goes on with a ticket. k is what was kept of the customer's own call.
func (r *Register) CallBack(a telephony.Arrival, k Kept) *Case {
	k.Own, k.Agent, k.AnsweredAt, k.Linked = "", nil, time.Time{}, LinkedBrokenOff
	c := newCase(r, a, k)
	c.draft = true
	r.mu.Lock()
	r.cases[a.ID] = c
	r.mu.Unlock()
	c.identify()
	return c
}

// Dialled makes the draft a contact: the customer's phone rings.
func (c *Case) Dialled(at time.Time) {
	c.mu.Lock()
	if !c.draft {
		c.mu.Unlock()
		return
	}
	c.draft, c.at = false, at
	c.kept.Own = c.r.numbers.take()
	drafted, routed, ticket, queue := c.drafted, c.routed(), c.kept.Ticket, c.kept.Queue
	c.drafted = nil
	c.mu.Unlock()
	c.r.arrived.Add(1)
	c.r.recent.begin(c.from.Key(), Past{Contact: c.contact(), Ticket: ticket, At: at})
	c.write(at, c.arrival())
	c.write(at, routed)
	if queue != nil {
		c.write(at, Queued{Queue: queue.ID, Department: orElse(queue.Department, routed.Department)})
	}
	for _, f := range drafted {
		c.write(f.At, f.Event)
	}
}

// Dropped forgets a draft of which nothing came, and says whether it was one.
func (c *Case) Dropped() bool {
	c.mu.Lock()
	draft := c.draft
	c.mu.Unlock()
	if draft {
		c.r.mu.Lock()
		delete(c.r.cases, c.call)
		c.r.mu.Unlock()
	}
	return draft
}
