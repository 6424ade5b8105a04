package queues

import (
	"cmp"
	"slices"
)

// Waiter is a request that waits, or rings at an agent's.
type Waiter struct {
	Request
	Agent AgentID // at whose phone it rings; "" while it waits
}

// Waiting are those who wait, n at most: who is on the line before who is to be called back, and who came first before the others.
// It looks at every request, and is meant to be asked for now and then.
func (r *Router) Waiting(n int) []Waiter {
	var first []*request
	for q := range r.waiting.byID.all() {
		if q.talking || len(first) == n && q.cameBefore(first[n-1]) >= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(first, q, (*request).cameBefore)
		first = slices.Insert(first, at, q)
		first = first[:min(len(first), n)]
	}
	all := make([]Waiter, len(first))
	for i, q := range first {
		if all[i].Request = q.Request; q.agent != nil {
			all[i].Agent = q.agent.ID
		}
	}
	return all
}

// cameBefore orders requests as people look at them.
func (q *request) cameBefore(p *request) int {
	calledBack := func(q *request) int {
		if q.Callback && !q.reached {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(calledBack(q), calledBack(p)), q.Came().Compare(p.Came()), cmp.Compare(q.seq, p.seq))
}
