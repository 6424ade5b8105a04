package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
)

// set is all queues together, with who works and who calls: what check proves. Each queue by itself is sound.
type set struct {
	*proof
	config  Config
	router  queues.Config
	staff   []simulation.Staff
	planned bool                // the staff is as planned, with shifts
	demands []simulation.Demand // none where nobody said who calls
	days    int

	elsewhere []error // what may be meant so in the files of who works and who calls
}

func (s *set) prove() {
	for i, q := range s.router.Queues {
		at := "queues." + strconv.Itoa(i)
		s.deadGroups(at, q)
		s.deadSteps(at, q)
		s.deadOverflow(at, q)
		s.covered(at, q)
	}
	s.unreached()
	if len(s.demands) > 0 {
		s.targets()
	}
}

// implies says whether whoever meets one need at least of a group meets one of another.
func implies(group, other []queues.Need) bool {
	for _, n := range group {
		if !slices.ContainsFunc(other, func(m queues.Need) bool { return m.Skill == n.Skill && m.Level <= n.Level }) {
			return false
		}
	}
	return true
}

// deadGroups finds groups that everybody meets who meets the rest, relaxed or not.
func (s *set) deadGroups(at string, q queues.Queue) {
	for j, group := range q.AnyOf {
		path := at + ".any_of." + strconv.Itoa(j)
		for _, n := range q.Skills {
			if left := stillNeeded(q.Relax, []queues.Need{n}); len(left) > 0 && implies(left, group) {
				s.wrong(path, "asks for nothing: who has %s, as skills says, meets it", needWords(n))
			}
		}
		for k, other := range q.AnyOf {
			if k != j && implies(other, group) && !(k > j && implies(group, other)) {
				s.wrong(path, "asks for nothing: who meets group %d meets it", k+1)
			}
		}
	}
}

// deadSteps finds what relaxation would lower, drop or add in vain. A step applies to what callers need besides, and
// to what steps add, earlier or later; it does not reach the groups.
func (s *set) deadSteps(at string, q queues.Queue) {
	needed := s.everNeeded(q)
	dropped := make(map[queues.Skill]int) // by which step, from 1
	for i, step := range q.Relax {
		path := at + ".relax." + strconv.Itoa(i)
		idle := func(path string, skill queues.Skill) bool {
			_, is := needed[skill]
			if !is {
				s.wrong(path, "changes nothing: %s is never needed here", skill)
			} else if dropped[skill] > 0 {
				s.wrong(path, "changes nothing: %s is dropped by step %d", skill, dropped[skill])
			}
			return !is || dropped[skill] > 0
		}
		for j, skill := range step.Drop {
			if !idle(path+".drop."+strconv.Itoa(j), skill) {
				dropped[skill] = i + 1
			}
		}
		for _, low := range step.Lower {
			path := path + ".lower." + string(low.Skill)
			switch {
			case idle(path, low.Skill):
			case low.Level >= needed[low.Skill]:
				s.wrong(path, "changes nothing: %s is needed at level %d by then, which is not above %d", low.Skill, needed[low.Skill], low.Level)
			default:
				needed[low.Skill] = low.Level
			}
		}
		if len(step.Add) > 0 && addsNobody(q, i) {
			s.wrong(path+".add", "adds nobody: who has all of it could serve the queue before")
		}
		for j, o := range q.Overflow {
			only := queues.Overflow{After: o.After, To: o.To}
			if o == only && o.To.Kind != queues.ToCallback && o.After <= step.After {
				s.doubt(path+".after", "is %s, and overflow rule %d lets callers leave after %s: the step is taken only early, when nobody could serve them", step.After, j+1, o.After)
				break
			}
		}
	}
}

// everNeeded is what requests of a queue may need at any time, each skill at its highest level.
func (s *set) everNeeded(q queues.Queue) map[queues.Skill]queues.Level {
	all := make(map[queues.Skill]queues.Level)
	note := func(needs []queues.Need) {
		for _, n := range needs {
			all[n.Skill] = max(all[n.Skill], n.Level, 1)
		}
	}
	note(q.Skills)
	for _, step := range q.Relax {
		note(step.Add)
	}
	for _, extra := range s.extras(q.ID) {
		note(extra)
	}
	return all
}

// stillNeeded is what relaxation steps leave of some needs.
func stillNeeded(steps []queues.Relaxation, needs []queues.Need) (left []queues.Need) {
	for _, n := range needs {
		dropped := false
		for _, r := range steps {
			for _, low := range r.Lower {
				if low.Skill == n.Skill {
					n.Level = min(n.Level, low.Level)
				}
			}
			dropped = dropped || slices.Contains(r.Drop, n.Skill)
		}
		if !dropped {
			left = append(left, n)
		}
	}
	return left
}

// addsNobody says whether the skills that a step adds are no way to serve the queue that is not there besides, then and after
// each later step: these lower what is added too, and not the groups.
func addsNobody(q queues.Queue, step int) bool {
	for last := step; last < len(q.Relax); last++ {
		if !addedInVain(q, step, q.Relax[:last+1]) {
			return false
		}
	}
	return true
}

// addedInVain says it of the time when these steps are taken.
func addedInVain(q queues.Queue, step int, taken []queues.Relaxation) bool {
	has := stillNeeded(taken, q.Relax[step].Add)
	meets := func(n queues.Need) bool {
		return slices.ContainsFunc(has, func(h queues.Need) bool { return h.Skill == n.Skill && h.Level >= n.Level })
	}
	all := func(needs []queues.Need) bool {
		return !slices.ContainsFunc(stillNeeded(taken, needs), func(n queues.Need) bool { return !meets(n) })
	}
	for _, r := range q.Relax[:step] {
		if len(r.Add) > 0 && all(r.Add) {
			return true
		}
	}
	for _, group := range q.AnyOf {
		if !slices.ContainsFunc(group, meets) {
			return false
		}
	}
	return all(q.Skills)
}

// deadOverflow finds rules that never lead anybody away, and hours that change nothing.
func (s *set) deadOverflow(at string, q queues.Queue) {
	closed, callback := false, false
	for j, o := range q.Overflow {
		path := at + ".overflow." + strconv.Itoa(j)
		closed, callback = closed || o.Closed, callback || o.To.Kind == queues.ToCallback
		if o.Closed && alwaysOpen(q.Hours) {
			s.wrong(path+".closed", "never holds: the queue has no hours in which it is not open")
		}
		for k, before := range q.Overflow[:j] {
			// Who does not want the callback that a rule offers waits on, and comes to the next.
			passes := before.To.Kind == queues.ToCallback && o.To.Kind != queues.ToCallback
			if !passes && holdsWith(before, o) {
				s.wrong(path, "never takes effect: whenever it holds, so does rule %d, which comes first", k+1)
				break
			}
		}
	}
	if q.Hours != nil && !closed && (!callback || q.Callback.Hours != nil) {
		s.doubt(at+".hours", "change nothing for callers: no overflow rule says closed: true, so they wait at any hour")
	}
}

// holdsWith says whether a rule holds whenever another does.
func holdsWith(rule, other queues.Overflow) bool {
	return rule.After <= other.After && rule.Waiting <= other.Waiting && rule.ExpectedWait <= other.ExpectedWait &&
		(rule.ServiceLevel == 0 || other.ServiceLevel > 0 && rule.ServiceLevel >= other.ServiceLevel) &&
		(!rule.NobodyThere || other.NobodyThere) && (!rule.Closed || other.Closed)
}

func alwaysOpen(c *hours.Calendar) bool {
	if c == nil {
		return true
	}
	for _, d := range daysOfCalendar(c) {
		if d.open != wholeDay {
			return false
		}
	}
	return true
}

// unreached finds queues to which no caller comes.
func (s *set) unreached() {
	reached := make(map[queues.QueueID]bool)
	var reach func(queues.QueueID)
	reach = func(id queues.QueueID) {
		at := slices.IndexFunc(s.router.Queues, func(q queues.Queue) bool { return q.ID == id })
		if at < 0 || reached[id] {
			return
		}
		reached[id] = true
		for _, o := range s.router.Queues[at].Overflow {
			reach(o.To.Queue)
		}
	}
	for _, n := range s.config.Flow.Nodes {
		if q, waits := n.Kind.(flow.Queue); waits {
			reach(q.Queue)
		}
	}
	for i, q := range s.router.Queues {
		if !reached[q.ID] {
			s.doubt(fmt.Sprintf("queues.%d.id", i), "no node of the flow leads to %q, and no overflow of a queue that callers come to", q.ID)
		}
	}
}

func needWords(n queues.Need) string { return fmt.Sprintf("%s ≥ %d", n.Skill, max(n.Level, 1)) }

const day = 24 * time.Hour
