package demo

import (
	"context"
	"fmt"
	"time"

	"hotline/queues"
	"hotline/tickets"
)

// Count is what is true at one moment.
type Count struct {
	Came    int             // calls that came to Hotline since it serves, those that are up too
	Tickets tickets.Counts  // what the database holds
	Router  queues.Snapshot // who waits, and the figures of each queue
}

// countTime limits what a line of figures may wait for.
const countTime = 5 * time.Second

// figures is a line of what is true now.
type figures struct {
	calls, tickets, orphans      int
	answered, abandoned, waiting int
	unended                      int // calls without an end
	level                        string
}

func (f figures) String() string {
	return fmt.Sprintf("calls=%d tickets=%d orphans=%d answered=%d abandoned=%d waiting=%d sl=%s",
		f.calls, f.tickets, f.orphans, f.answered, f.abandoned, f.waiting, f.level)
}

// figures counts calls where they arrive, and tickets where they stand in the end: in the database. A call
// whose ticket is neither there nor on its way there is an orphan.
func (d *demo) figures() (figures, error) {
	ctx, cancel := context.WithTimeout(context.Background(), countTime)
	defer cancel()
	c, err := d.hotline.Count(ctx, d.began)
	if err != nil {
		return figures{}, err
	}
	f := figures{
		calls:   max(c.Came, c.Tickets.Tickets), // some came while we looked
		tickets: c.Tickets.Tickets, orphans: max(0, c.Came-c.Tickets.Tickets),
		answered: c.Tickets.Answered, abandoned: c.Tickets.Abandoned, unended: c.Tickets.Unended, level: "-",
	}
	var all queues.Figures
	for _, q := range c.Router.Queues {
		all = all.Plus(q.Figures)
		f.waiting += q.Waiting
	}
	if level, ok := all.ServiceLevel(); ok {
		f.level = fmt.Sprintf("%.2f", level)
	}
	return f, nil
}
