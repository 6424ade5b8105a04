package proof

import (
	"slices"

	"hotline/queues"
	"hotline/queues/simulation"
)

// NobodyAccepts tells whether a queue offers to call its callers back and the arrivals say of none who come there that they would
// accept: then the rule does nothing, as long as it is simulated.
func NobodyAccepts(all []queues.Queue, q queues.Queue, demands []simulation.Demand) bool {
	if callbackRule(q) < 0 {
		return false
	}
	comes := false
	for _, d := range demands {
		if slices.Max(d.Calls[:]) > 0 && leads(all, d.Queue, q.ID) {
			if comes = true; d.Callback > 0 {
				return false
			}
		}
	}
	return comes
}

// callbackRule is the first rule of a queue that offers a callback; below zero where none does.
func callbackRule(q queues.Queue) int {
	return slices.IndexFunc(q.Overflow, func(o queues.Overflow) bool { return o.To.Kind == queues.ToCallback })
}

// leads says whether callers of a queue may come to another, by overflow, or are there. The rules make no circle.
func leads(all []queues.Queue, from, to queues.QueueID) bool {
	return from == to || slices.ContainsFunc(all, func(q queues.Queue) bool {
		return q.ID == from && slices.ContainsFunc(q.Overflow, func(o queues.Overflow) bool {
			return o.To.Kind == queues.ToQueue && leads(all, o.To.Queue, to)
		})
	})
}
