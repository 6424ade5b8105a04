package queues

import "slices"

// ServedBy says whether an agent could serve a request of the queue that needs something extra (nothing is a plain one): as it
// comes, or after all of the queue's relaxation steps. It looks at skills alone.
func (q Queue) ServedBy(a Agent, extra ...Need) bool {
	for _, s := range q.Relax {
		if len(s.Add) > 0 && q.relaxedFor(a, s.Add) && q.relaxedFor(a, extra) {
			return true
		}
	}
	for _, group := range q.AnyOf {
		if !slices.ContainsFunc(group, func(n Need) bool { return a.Can(n) }) {
			return false
		}
	}
	return q.relaxedFor(a, q.Skills) && q.relaxedFor(a, extra)
}

// relaxedFor says whether an agent has what all relaxation steps leave of some needs.
func (q Queue) relaxedFor(a Agent, needs []Need) bool {
	for _, n := range needs {
		dropped := false
		for _, s := range q.Relax {
			for _, low := range s.Lower {
				if low.Skill == n.Skill {
					n.Level = min(n.Level, low.Level)
				}
			}
			dropped = dropped || slices.Contains(s.Drop, n.Skill)
		}
		if !dropped && !a.Can(n) {
			return false
		}
	}
	return true
}
