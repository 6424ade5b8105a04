package queues

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// class is a demand class: the requests that need exactly the same, whose agents are chosen by the same rule and whose points grow
// alike, together with the agents who are free and can serve them.
type class struct {
	marked   bool  // stands in demand.marked
	lastLeft bool  // the last of the able has, and that is not looked at yet
	news     bool  // nobody is able, but somebody may be at an early step, and that is not looked at yet
	able     int   // agents who can serve it and are signed in, not about to sign out
	willing  int   // agents who can serve it and are ready, busy or free
	reserve  int   // so many stay free
	aging    int64 // of each who waits, as in queue
	free     heap[seat]
	failing  int            // of the free: those whose phone failed lately
	waiting  heap[*request] // nobody declined these
	declined []*request     // somebody did; few, in order

	index   int // dense, from 0: its index in demand.classes
	needs   []Need
	anyOf   [][]Need
	instead [][]Need // who meets one of these need not meet needs and anyOf
	rule    Rule

	asked, decided reach // for who asks, and for what is decided
}

// demand is the classes: what is asked for, and which agents are free for it.
type demand struct {
	staff *staff

	byKey   map[string]*class
	classes []*class // in the order in which they were opened
	marked  []*class // somebody may have become able to meet in them

	key   []byte // for writing a key
	needs []Need // for looking a class up
}

func newDemand(s *staff) demand { return demand{staff: s, byKey: map[string]*class{}} }

// mark notes a class in which somebody may have become able to meet.
func (m *demand) mark(c *class) {
	if !c.marked {
		c.marked = true
		m.marked = append(m.marked, c)
	}
}

// mergeNeeds adds what is asked for to all that is: each skill once, by name.
func mergeNeeds(all, more []Need) []Need {
	for _, n := range more {
		n.Level = max(n.Level, 1)
		if at := slices.IndexFunc(all, func(m Need) bool { return m.Skill == n.Skill }); at >= 0 {
			all[at].Level = max(all[at].Level, n.Level)
		} else {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b Need) int { return cmp.Compare(a.Skill, b.Skill) })
	return all
}

// classKey writes needs so that equal ones, and only these, are written the same.
func classKey(to []byte, needs []Need) []byte {
	for _, n := range needs {
		to = binary.AppendUvarint(to, uint64(len(n.Skill)))
		to = append(to, n.Skill...)
		to = append(to, byte(n.Level))
	}
	return to
}

// classOf finds the class of a request of a queue that needs something extra and has taken some relaxation steps. The queue
// remembers the classes of requests that need nothing extra, which are most.
func (m *demand) classOf(qu *queue, extra []Need, steps int) *class {
	if len(extra) > 0 {
		return m.findClass(qu, extra, steps)
	}
	if qu.classes[steps] == nil {
		qu.classes[steps] = m.findClass(qu, nil, steps)
	}
	return qu.classes[steps]
}

// findClass finds a class by what it needs, or opens it: then every agent who can serve it is entered.
func (m *demand) findClass(qu *queue, extra []Need, steps int) *class {
	m.needs = mergeNeeds(mergeNeeds(m.needs[:0], qu.Skills), extra)
	var instead [][]Need
	m.needs = relaxInPlace(qu.Relax[:steps], m.needs)
	for _, s := range qu.Relax[:steps] {
		if len(s.Add) > 0 {
			instead = append(instead, relaxInPlace(qu.Relax[:steps], mergeNeeds(mergeNeeds(nil, s.Add), extra)))
		}
	}
	m.key = append(append(m.key[:0], qu.Choice...), 0)
	m.key = binary.AppendVarint(m.key, qu.aging)
	m.key = binary.AppendUvarint(m.key, uint64(qu.Reserve))
	m.key = classKey(m.key, m.needs)
	for _, group := range qu.AnyOf {
		m.key = classKey(append(m.key, 0), group) // no skill has an empty name
	}
	for _, group := range instead {
		m.key = classKey(append(m.key, 0, 0), group)
	}
	if c := m.byKey[string(m.key)]; c != nil {
		return c
	}
	c := &class{index: len(m.byKey), needs: slices.Clone(m.needs), anyOf: qu.AnyOf, instead: instead, rule: qu.Choice, reserve: qu.Reserve, aging: qu.aging}
	c.waiting = heap[*request]{
		key:  func(q *request) key { return key{-q.base, q.due} },
		tie:  (*request).before,
		lies: func(q *request, at int) { q.inClass = at },
	}
	c.free = heap[seat]{ // by the class's rule, then idle for longest
		key:  func(s seat) key { return key{c.order(s), s.idleSince.UnixNano()} },
		tie:  func(a, b seat) bool { return a.ID < b.ID },
		lies: func(s seat, at int) { s.standing().lies = int32(at) },
	}
	m.byKey[string(m.key)] = c
	m.classes = append(m.classes, c)
	for _, a := range m.staff.roster {
		a.enter(c)
	}
	return c
}

// servedBy says whether an agent has what the class needs.
func (c *class) servedBy(a *agent) bool {
	for _, group := range c.instead {
		if a.Can(group...) {
			return true
		}
	}
	for _, group := range c.anyOf {
		if !slices.ContainsFunc(group, func(n Need) bool { return a.Can(n) }) {
			return false
		}
	}
	return a.Can(c.needs...)
}

// sit and rise count an agent in and out of those who are free. Whether their phone has failed lately does not change meanwhile.
func (c *class) sit(a *agent, nth int) {
	c.free.push(seat{a, nth})
	if a.behind {
		c.failing++
	}
}

func (c *class) rise(a *agent, lies int) {
	c.free.remove(lies)
	if a.behind {
		c.failing--
	}
}

// order is where the class's rule puts an agent who rests; smaller is earlier. Who has a phone that failed lately goes behind all others.
func (c *class) order(s seat) int64 {
	order := int64(s.standing().rank)
	if c.rule == LeastOccupied {
		order = s.work.level
	}
	if s.behind {
		const behind = 1 << 61
		return max(order, -behind) + 2*behind
	}
	return order
}

// rank is order, where that depends on the agent's skills alone.
func (c *class) rank(a *agent) int32 {
	needed, levels := 0, 0
	for skill, level := range a.Skills {
		named := func(n Need) bool { return n.Skill == skill }
		if slices.ContainsFunc(c.needs, named) || slices.ContainsFunc(c.anyOf, func(group []Need) bool { return slices.ContainsFunc(group, named) }) {
			needed++
			levels += int(level)
		}
	}
	switch c.rule {
	case LongestIdle, LeastOccupied:
		return 0
	case MostSkilled:
		return int32(-levels)
	case SpareSpecialist:
		return int32(len(a.Skills) - needed)
	default:
		panic("queues: unknown rule " + c.rule)
	}
}

// add lets a request wait in the class.
func (c *class) add(q *request) {
	if len(q.declined) == 0 {
		c.waiting.push(q)
		return
	}
	at, _ := slices.BinarySearchFunc(c.declined, q, (*request).compare)
	c.declined = slices.Insert(c.declined, at, q)
}

// take lets a request wait in the class no longer.
func (c *class) take(q *request) {
	if q.inClass >= 0 {
		c.waiting.remove(q.inClass)
		return
	}
	if at := slices.Index(c.declined, q); at >= 0 {
		c.declined = slices.Delete(c.declined, at, at+1)
	}
}

// behind says, without a look at any request, that nobody in it goes before one of another class, at a time.
func (c *class) behind(q *request, now int64) bool {
	if len(c.declined) > 0 || c.waiting.len() == 0 {
		return false
	}
	top := &c.waiting.items[0]
	points, than := c.aging*now-top.first, q.points(now)
	return points < than || points == than && top.second > q.due
}

// best finds the first request of the class for which somebody is free, and who that is.
func (c *class) best() (*request, *agent) {
	if c.free.len() <= c.reserve {
		return nil, nil
	}
	var first *request
	if c.waiting.len() > 0 {
		first = c.waiting.top()
	}
	for _, q := range c.declined {
		if first != nil && first.before(q) {
			break
		}
		if a := c.freeFor(q); a != nil {
			return q, a
		}
	}
	if first == nil {
		return nil, nil
	}
	return first, c.free.top().agent
}

// freeFor finds the first free agent for a request that some have declined.
func (c *class) freeFor(q *request) *agent {
	if c.exhausted(q) {
		return c.free.top().agent
	}
	return c.firstFree(q, nil)
}

// firstFree finds the first free agent, but one, who has not declined a request; nil is none.
func (c *class) firstFree(q *request, but *agent) *agent {
	var first *keyed[seat]
	for i := range c.free.items {
		s := &c.free.items[i]
		if a := s.item.agent; a != but && !q.declinedBy(a) && (first == nil || c.free.before(s, first)) {
			first = s
		}
	}
	if first == nil {
		return nil
	}
	return first.item.agent
}

// secondFor finds the free agent who would come next for a request, were the first not there.
func (c *class) secondFor(q *request, first *agent) *agent {
	if len(q.declined) > 0 {
		return c.firstFree(q, first)
	}
	if top := c.free.top().agent; top != first {
		return top // the first is preferred
	}
	return c.free.second().agent
}

// exhausted says whether all who are ready and could serve a request have declined it, and not just now:
// then it begins anew.
func (c *class) exhausted(q *request) bool {
	if !q.paused.IsZero() {
		return false
	}
	declined := 0
	for _, a := range q.declined {
		if a.willing && a.stands(c) {
			declined++
		}
	}
	return declined == c.willing
}
