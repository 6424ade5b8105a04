package proof

import (
	"fmt"
	"slices"
	"strconv"

	"hotline/queues"
	"hotline/telephony/hours"
)

// What a queue asks for in vain: groups that everybody meets, relaxation that changes nothing, overflow rules that never act.

// implies says whether everybody who meets one need of a group, at least, also meets one of the other group.
func implies(group, other []queues.Need) bool {
	for _, n := range group {
		if !slices.ContainsFunc(other, func(m queues.Need) bool { return m.Skill == n.Skill && m.Level <= n.Level }) {
			return false
		}
	}
	return true
}

// vainGroups finds groups that everybody meets who meets the rest, relaxed or not.
func (p *prover) vainGroups(at string, q queues.Queue) {
	for j, group := range q.AnyOf {
		path := at + ".any_of." + strconv.Itoa(j)
		for _, n := range q.Skills {
			if left := queues.Relaxed(q.Relax, []queues.Need{n}); len(left) > 0 && implies(left, group) {
				p.wrong(path, "asks for nothing: who has %s, as skills says, meets it", needWords(n))
			}
		}
		for k, other := range q.AnyOf {
			if k != j && implies(other, group) && !(k > j && implies(group, other)) {
				p.wrong(path, "asks for nothing: who meets group %d meets it", k+1)
			}
		}
	}
}

// vainSteps finds what relaxation would lower, drop or add in vain. A step applies to what callers need besides, and
// to what steps add, earlier or later; it does not reach the groups.
func (p *prover) vainSteps(at string, q queues.Queue) {
	needed := p.everNeeded(q)
	dropped := make(map[queues.Skill]int) // the step that drops a skill, counted from 1
	for i, step := range q.Relax {
		path := at + ".relax." + strconv.Itoa(i)
		idle := func(path string, skill queues.Skill) bool {
			_, is := needed[skill]
			if !is {
				p.wrong(path, "changes nothing: %s is never needed here", skill)
			} else if dropped[skill] > 0 {
				p.wrong(path, "changes nothing: %s is dropped by step %d", skill, dropped[skill])
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
				p.wrong(path, "changes nothing: %s is needed at level %d by then, which is not above %d", low.Skill, needed[low.Skill], low.Level)
			default:
				needed[low.Skill] = low.Level
			}
		}
		if len(step.Add) > 0 && addsNobody(q, i) {
			p.wrong(path+".add", "adds nobody: who has all of it could serve the queue before")
		}
		for j, o := range q.Overflow {
			only := queues.Overflow{After: o.After, To: o.To}
			if o == only && o.To.Kind != queues.ToCallback && o.After <= step.After {
				p.doubt(path+".after", "is %s, and overflow rule %d lets callers leave after %s: the step is taken only early, when nobody could serve them", step.After, j+1, o.After)
				break
			}
		}
	}
}

// everNeeded is what requests of a queue may need at any time, each skill at its highest level.
func (p *prover) everNeeded(q queues.Queue) map[queues.Skill]queues.Level {
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
	for _, extra := range p.extras(q.ID) {
		note(extra)
	}
	return all
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

// addedInVain says of the time when these steps are taken what addsNobody says of all times.
func addedInVain(q queues.Queue, step int, taken []queues.Relaxation) bool {
	has := queues.Relaxed(taken, q.Relax[step].Add)
	meets := func(n queues.Need) bool {
		return slices.ContainsFunc(has, func(h queues.Need) bool { return h.Skill == n.Skill && h.Level >= n.Level })
	}
	all := func(needs []queues.Need) bool {
		return !slices.ContainsFunc(queues.Relaxed(taken, needs), func(n queues.Need) bool { return !meets(n) })
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

// vainOverflow finds rules that never lead anybody away, and hours that change nothing.
func (p *prover) vainOverflow(at string, q queues.Queue) {
	closed, callback := false, false
	for j, o := range q.Overflow {
		path := at + ".overflow." + strconv.Itoa(j)
		closed, callback = closed || o.Closed, callback || o.To.Kind == queues.ToCallback
		if o.Closed && alwaysOpen(q.Hours) {
			p.wrong(path+".closed", "never holds: the queue has no hours in which it is not open")
		}
		for k, before := range q.Overflow[:j] {
			// Who does not want the callback that a rule offers waits on, and comes to the next.
			passes := before.To.Kind == queues.ToCallback && o.To.Kind != queues.ToCallback
			if !passes && holdsWith(before, o) {
				p.wrong(path, "never takes effect: whenever it holds, so does rule %d, which comes first", k+1)
				break
			}
		}
	}
	if q.Hours != nil && !closed && (!callback || q.Callback.Hours != nil) {
		p.doubt(at+".hours", "change nothing for callers: no overflow rule says closed: true, so they wait at any hour")
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

func needWords(n queues.Need) string { return fmt.Sprintf("%s ≥ %d", n.Skill, max(n.Level, 1)) }
