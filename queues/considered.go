package queues

import (
	"cmp"
	"slices"
	"time"
)

// Consideration is how one signed-in agent stands to one waiting request, as of the last step.
type Consideration struct {
	Agent    AgentID
	Name     string
	Standing Standing

	Rank     int                 // Free: 1 goes next
	Lacks    []Need              // LacksSkills: each of these
	LacksAny [][]Need            // LacksSkills: one at least of each group
	Expired  map[Skill]time.Time // LacksSkills: those of them that the agent had, and since when they have them no longer
	Activity Activity            // Occupied: with another request
	Reason   Reason              // Away, where there is one
}

// Standing says whether an agent would be taken for a request, and what is in the way if not: the first that holds.
type Standing string

const (
	HasIt        Standing = "has_it"       // it rings at theirs
	LacksSkills  Standing = "lacks_skills" // even after the relaxation steps taken
	Away         Standing = "not_ready"
	Unreachable  Standing = "phone_unreachable" // ready, but their phone is not there
	DeskGone     Standing = "desk_away"         // ready, but their page is not there, and may be back in a moment
	Occupied     Standing = "busy"
	HasDeclined  Standing = "declined"      // this request, and others could still take it
	NotPreferred Standing = "not_preferred" // it waits for somebody it prefers, for a while
	NotLedTo     Standing = "led_elsewhere" // somebody led it to another agent, for whom it waits for a while
	KeptFree     Standing = "kept_free"
	Free         Standing = "free"
)

// Considered says of each agent signed in, by id, whether they would be taken now for a waiting request, and why not: the answer
// to a supervisor who asks why nobody takes this call. It looks at every agent, so that it is for people's questions and not for each step.
func (r *Router) Considered(id RequestID) ([]Consideration, error) {
	q := r.waiting.byID.get(id)
	switch {
	case q == nil:
		return nil, wrap(ErrUnknownRequest, "request %s", id)
	case q.talking || q.isConsult():
		return nil, wrap(ErrActivity, "request %s is not waiting", id)
	}
	free := slices.Clone(q.class.free.items)
	slices.SortFunc(free, func(a, b keyed[seat]) int {
		if q.class.free.before(&a, &b) {
			return -1
		}
		return 1
	})
	anew := q.class.exhausted(q)
	inOrder := make([]*agent, 0, len(free))
	for _, s := range free {
		if anew || !q.declinedBy(s.item.agent) {
			inOrder = append(inOrder, s.item.agent)
		}
	}
	all := make([]Consideration, 0, len(r.staff.roster))
	for _, a := range r.staff.roster {
		if a.availability != SignedOut {
			all = append(all, q.consider(a, slices.Index(inOrder, a)+1))
		}
	}
	slices.SortFunc(all, func(a, b Consideration) int { return cmp.Compare(a.Agent, b.Agent) })
	return all, nil
}

// consider finds what is in the way between an agent and a waiting request. The rank is 0 for an agent who is not free for it.
func (q *request) consider(a *agent, rank int) Consideration {
	c := Consideration{Agent: a.ID, Name: a.Name}
	switch {
	case a.request == q:
		c.Standing = HasIt
	case q.forOne && !slices.Contains(q.preferred, a):
		c.Standing = NotLedTo
	case q.forOne && a.away:
		c.Standing = DeskGone
	case q.forOne: // the only one, who wants calls; skills do not matter
		c.Standing, c.Activity = Occupied, a.activity
		if a.free {
			c.Standing, c.Activity, c.Rank = Free, "", 1
		}
	case !q.class.servedBy(a):
		c.Standing = LacksSkills
		c.Lacks, c.LacksAny = q.class.lacking(a)
		c.Expired = a.expired(slices.Concat(append(c.LacksAny, c.Lacks)...))
	case a.activity != Idle:
		c.Standing, c.Activity = Occupied, a.activity
	case a.availability != Ready:
		c.Standing, c.Reason = Away, a.reason
	case !a.reachable:
		c.Standing = Unreachable
	case a.away:
		c.Standing = DeskGone
	case q.forPreferred && !slices.Contains(q.preferred, a):
		c.Standing = NotPreferred
	case rank == 0:
		c.Standing = HasDeclined
	case q.class.free.len() <= q.class.reserve:
		c.Standing = KeptFree
	default:
		c.Standing, c.Rank = Free, rank
	}
	return c
}

// lacking is what the class needs and an agent does not have: single needs, and groups of which the agent has none.
func (c *class) lacking(a *agent) (needs []Need, groups [][]Need) {
	for _, n := range c.needs {
		if !a.Can(n) {
			needs = append(needs, n)
		}
	}
	for _, group := range c.anyOf {
		if !slices.ContainsFunc(group, func(n Need) bool { return a.Can(n) }) {
			groups = append(groups, group)
		}
	}
	return needs, groups
}

// Waiter is a request that waits, or rings at an agent's.
type Waiter struct {
	Request
	Agent AgentID // at whose phone it rings; "" while it waits
}

// Waiting are the requests that wait, n at most. Callers on the line stand before callers who are to be called back, and among each
// of these the one who came first stands first. It looks at every request, so that it is for people's questions and not for each step.
func (r *Router) Waiting(n int) []Waiter {
	var first []*request
	for q := range r.waiting.byID.all() {
		if q.talking || q.isConsult() || len(first) == n && q.cameBefore(first[n-1]) >= 0 {
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
