package tickets

import "time"

// Queued says where the call waits.
type Queued struct {
	Queue      string `json:"queue"`
	Department string `json:"department"`
}

func init() { define[Queued](often) }

func (Queued) Kind() Kind { return "call.queued" }

func (Queued) signOfLife() {}

func (e Queued) apply(p *page) error {
	p.contact.Queue = e.Queue
	if p.contact.QueuedAt.IsZero() {
		p.contact.QueuedAt = p.At
	}
	return p.belongs(e.Department)
}

// Queued notes that the call waits.
func (c *Case) Queued(at time.Time, q Queue) { c.queued(at, q, c.write) }

// QueuedToOffer is Queued of a call for which an agent is there already: Offered follows.
func (c *Case) QueuedToOffer(at time.Time, q Queue) { c.queued(at, q, c.linger) }

func (c *Case) queued(at time.Time, q Queue, write func(time.Time, Event)) {
	c.mu.Lock()
	c.kept.Queue = &q
	if c.kept.QueuedAt.IsZero() {
		c.kept.QueuedAt = at
	}
	department := orElse(q.Department, c.terms.owner(c.kept.Topic))
	c.mu.Unlock()
	write(at, Queued{Queue: q.ID, Department: department})
}
