package proof

import (
	"fmt"
	"slices"
	"strings"

	"hotline/queues"
)

// Circles names each circle of queues in which overflow would send callers on and on. The router takes no queues that have one.
func Circles(all []queues.Queue) (found []Problem) {
	index := make(map[queues.QueueID]int)
	for i, q := range all {
		index[q.ID] = i
	}
	done := make([]bool, len(all))
	var way []int
	var walk func(i int)
	walk = func(i int) {
		way = append(way, i)
		for j, o := range all[i].Overflow {
			to, known := index[o.To.Queue]
			if !known || done[to] {
				continue
			}
			if back := slices.Index(way, to); back >= 0 {
				var names []string
				for _, k := range append(slices.Clone(way[back:]), to) {
					names = append(names, string(all[k].ID))
				}
				found = append(found, Problem{Path: fmt.Sprintf("queues.%d.overflow.%d.to.queue", i, j), Text: "leads in a circle: " + strings.Join(names, " → ")})
				continue
			}
			walk(to)
		}
		way = way[:len(way)-1]
		done[i] = true
	}
	for i := range all {
		if !done[i] {
			walk(i)
		}
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
