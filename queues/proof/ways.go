package proof

import (
	"fmt"
	"slices"
	"strings"

	"hotline/queues"
)

// Circles names each circle of queues in which overflow would send callers on and on. The router takes no queues that have one.
func Circles(all []queues.Queue) (found []Problem) {
	for _, c := range queues.OverflowCircles(all) {
		names := make([]string, len(c.Way))
		for i, id := range c.Way {
			names[i] = string(id)
		}
		found = append(found, Problem{
			Path: fmt.Sprintf("queues.%d.overflow.%d.to.queue", c.From, c.Rule), Text: "leads in a circle: " + strings.Join(names, " → "),
		})
	}
	return found
}

// unreached finds queues to which no caller comes.
func (p *prover) unreached() {
	reached := make(map[queues.QueueID]bool)
	var reach func(queues.QueueID)
	reach = func(id queues.QueueID) {
		at := slices.IndexFunc(p.Config.Queues, func(q queues.Queue) bool { return q.ID == id })
		if at < 0 || reached[id] {
			return
		}
		reached[id] = true
		for _, o := range p.Config.Queues[at].Overflow {
			reach(o.To.Queue)
		}
	}
	for _, id := range p.Entries {
		reach(id)
	}
	for i, q := range p.Config.Queues {
		if !reached[q.ID] {
			p.doubt(fmt.Sprintf("queues.%d.id", i), "no node of the flow leads to %q, and no overflow of a queue that callers come to", q.ID)
		}
	}
}
