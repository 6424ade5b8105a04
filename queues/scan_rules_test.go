package queues

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// willing says whether an agent wants calls, busy or not.
func (a *scanAgent) willing() bool {
	return a.Availability == Ready && a.Next == "" && a.Reachable && !a.DeskAway
}

// meet makes the first offer that can be made, and says whether there was one.
func (s *scan) meet(at time.Time) bool {
	var free, willing []*scanAgent
	for _, a := range s.agents {
		if a.willing() {
			willing = append(willing, a)
			if a.Activity == Idle {
				free = append(free, a)
			}
		}
	}
	if len(free) == 0 {
		return false
	}
	var first *scanRequest
	var to *scanAgent
	var why Explanation
	for _, q := range s.requests {
		if q.agent != nil || q.asleep || first != nil && !s.meetsBefore(q, first) {
			continue
		}
		if a, x := s.choice(q, free, willing); a != nil {
			first, to, why = q, a, x
		}
	}
	if first == nil {
		return false
	}
	q := first
	if q.Callback && !q.reached && !s.queues[q.Queue].Callback.Hours.Open(at.In(s.config.Location)) {
		s.sleep(q, at)
		return true
	}
	s.forNobody(q)
	if why.Relaxed = q.step; why.Rule == Led {
		why.Relaxed = 0
	} else if q.step > 0 {
		step := s.queues[q.Queue].Relax[q.step-1]
		why.RelaxedAfter, why.Early = step.After, q.Arrived.Add(step.After).After(at)
	}
	why.IdleSince, why.Waited, why.Tries = to.idle, at.Sub(q.Arrived.Add(q.HeadStart)), q.tries
	if why.Rule == AllDeclined {
		clear(q.declined)
	}
	s.offers++
	q.tries++
	q.agent, q.accepted = to, false
	q.offer = Offer{
		ID:      OfferID(s.config.Epoch + "-" + strconv.FormatUint(s.offers, 36)),
		Request: q.ID, Agent: to.ID, Queue: q.Queue, At: at, Deadline: at.Add(s.queues[q.Queue].OfferTimeout), Callback: q.Callback,
	}
	if q.Callback && s.queues[q.Queue].Callback.DialFirst && !q.reached {
		q.offer.Deadline = q.offer.Deadline.Add(65 * time.Second)
	}
	s.begin(to, Ringing, q, at, q.offer.Deadline)
	s.decided = append(s.decided, &Offered{Offer: q.offer, Why: why})
	return true
}

func (s *scan) goesBefore(q, p *scanRequest) bool {
	return cmp.Or(
		-cmp.Compare(s.points(q), s.points(p)),
		q.Arrived.Add(s.queues[q.Queue].Target.Within).Compare(p.Arrived.Add(s.queues[p.Queue].Target.Within)),
		q.Arrived.Compare(p.Arrived),
		cmp.Compare(q.order, p.order)) < 0
}

// points is in millionths, of times in milliseconds.
func (s *scan) points(q *scanRequest) int64 {
	l := s.queues[q.Queue]
	waited := s.last.UnixMilli() - q.Arrived.UnixMilli()
	return int64(l.Priority+q.Priority+q.Lead.Points)*1_000_000 + int64(math.Round(l.Aging*1000))*waited
}

// relax takes the steps of a request that are due.
func (s *scan) relax(q *scanRequest, at time.Time) {
	steps := s.queues[q.Queue].Relax
	for q.step < len(steps) && steps[q.step].After <= at.Sub(q.Arrived) {
		q.step++
	}
}

// relaxAll takes the steps that are due, and where nobody could serve a request, the one that helps.
func (s *scan) relaxAll(at time.Time) {
	if !s.relaxes {
		return
	}
	for _, q := range s.requests {
		if q.isConsult() || q.talking && !q.unreached() {
			continue
		}
		s.relax(q, at)
		if q.agent == nil && !q.asleep && !q.forOne && s.held.IsZero() && q.step < len(s.queues[q.Queue].Relax) {
			s.helped(q)
		}
	}
}

// helped says whether somebody could serve a request, now or after the step that it takes then.
func (s *scan) helped(q *scanRequest) bool {
	for was := q.step; !s.anyCan(q); q.step++ {
		if q.step == len(s.queues[q.Queue].Relax) {
			q.step = was
			return false
		}
	}
	return true
}

func (s *scan) anyCan(q *scanRequest) bool {
	for _, a := range s.agents {
		if a.Availability != SignedOut && a.Next != SignedOut && s.can(a, q) {
			return true
		}
	}
	return false
}

// needs are those of the queue, or of what it was given instead, after the steps taken.
func (s *scan) needs(q *scanRequest, own []Need) (all []Need) {
	steps := s.queues[q.Queue].Relax[:q.step]
	for _, n := range slices.Concat(own, q.Extra) {
		for _, step := range steps {
			for _, low := range step.Lower {
				if low.Skill == n.Skill {
					n.Level = min(n.Level, low.Level)
				}
			}
			if slices.Contains(step.Drop, n.Skill) {
				n.Skill = ""
			}
		}
		if n.Skill != "" {
			all = append(all, n)
		}
	}
	return all
}

func (s *scan) can(a *scanAgent, q *scanRequest) bool {
	for _, step := range s.queues[q.Queue].Relax[:q.step] {
		if len(step.Add) > 0 && a.skills.Can(s.needs(q, step.Add)...) {
			return true
		}
	}
	for _, group := range s.queues[q.Queue].AnyOf {
		any := false
		for _, n := range group {
			any = any || a.skills.Can(n)
		}
		if !any {
			return false
		}
	}
	return a.skills.Can(s.needs(q, s.queues[q.Queue].Skills)...)
}

// rank is what the queue's rule looks at; smaller goes first.
func (s *scan) rank(a *scanAgent, q *scanRequest) (rank int) {
	l := s.queues[q.Queue]
	if l.Choice == LongestIdle || l.Choice == LeastOccupied {
		return 0
	}
	asked := map[Skill]bool{}
	for _, needs := range append([][]Need{s.needs(q, l.Skills)}, l.AnyOf...) {
		for _, n := range needs {
			asked[n.Skill] = true
		}
	}
	for skill, level := range a.skills.Skills {
		if l.Choice == MostSkilled && asked[skill] {
			rank -= int(level)
		} else if l.Choice == SpareSpecialist && !asked[skill] {
			rank++
		}
	}
	return rank
}

// behind says whether an agent goes behind others, as their phone has failed lately.
func (s *scan) behind(a *scanAgent) bool {
	return a.Failures > 0 && s.last.Sub(a.failed) < failureFades
}

// earlier says whether of two free agents the first goes before the second, who may be nil, for a request.
func (s *scan) earlier(q *scanRequest, a, b *scanAgent) bool {
	if b != nil && s.behind(a) != s.behind(b) {
		return s.behind(b)
	}
	if b != nil && s.queues[q.Queue].Choice == LeastOccupied && math.Abs(a.work-b.work) > 1e-9*a.work {
		return a.work < b.work
	}
	return b == nil || cmp.Or(cmp.Compare(s.rank(a, q), s.rank(b, q)), a.idle.Compare(b.idle), cmp.Compare(a.ID, b.ID)) < 0
}

// choice is the agent for a request, of those who are free, and why.
func (s *scan) choice(q *scanRequest, free, willing []*scanAgent) (*scanAgent, Explanation) {
	if q.forOne {
		if slices.Contains(free, q.preferred[0]) {
			return q.preferred[0], Explanation{Rule: Led, By: q.Lead.By, Candidates: 1}
		}
		return nil, Explanation{}
	}
	var first, any *scanAgent
	var could []*scanAgent // free, and the choice is among them
	var why Explanation
	earlier := func(a, b *scanAgent) bool { return s.earlier(q, a, b) }
	for _, a := range free {
		if !s.can(a, q) {
			continue
		}
		why.Candidates++
		if s.behind(a) {
			why.Failing++
		}
		if earlier(a, any) {
			any = a
		}
		if q.declined[a] {
			why.Excluded++
			why.Declined = append(why.Declined, a.ID)
			continue
		}
		could = append(could, a)
		if earlier(a, first) {
			first = a
		}
	}
	slices.Sort(why.Declined)
	for _, a := range q.preferred {
		if slices.Contains(could, a) {
			why.Rule = Preferred
			why.RunnerUp = s.nextOf(could, a, earlier)
			why.Busy, why.NotReady = s.others(q, why.Candidates)
			return a, why
		}
	}
	if len(q.preferred) > 0 || why.Candidates <= s.queues[q.Queue].Reserve {
		return nil, why
	}
	why.Rule = s.queues[q.Queue].Choice
	if why.Candidates-why.Excluded == 1 {
		why.Rule = OnlyCandidate
	}
	if first == nil && any == nil {
		return nil, why
	}
	if first != nil {
		why.RunnerUp = s.nextOf(could, first, earlier)
		why.Busy, why.NotReady = s.others(q, why.Candidates)
		return first, why
	}
	if q.paused.After(s.last) {
		return nil, why
	}
	for _, a := range willing {
		if s.can(a, q) && !q.declined[a] {
			return nil, why // busy: to be waited for
		}
	}
	why.Rule, why.Excluded, why.Declined = AllDeclined, 0, nil
	could = slices.DeleteFunc(slices.Clone(free), func(a *scanAgent) bool { return !s.can(a, q) })
	why.RunnerUp = s.nextOf(could, any, earlier)
	why.Busy, why.NotReady = s.others(q, why.Candidates)
	return any, why
}

// nextOf is who would come next without the first.
func (s *scan) nextOf(could []*scanAgent, first *scanAgent, earlier func(a, b *scanAgent) bool) (next AgentID) {
	var second *scanAgent
	for _, a := range could {
		if a != first && earlier(a, second) {
			second = a
		}
	}
	if second == nil {
		return ""
	}
	return second.ID
}

// others counts who could serve a request, and is not free: at work, or not there for it.
func (s *scan) others(q *scanRequest, free int) (busy, notReady int) {
	for _, a := range s.agents {
		switch {
		case a.Availability == SignedOut || a.Next == SignedOut || !s.can(a, q):
		case a.willing():
			busy++
		default:
			notReady++
		}
	}
	return busy - free, notReady
}

// tell looks at each request for how many wait in a queue, and since when.
func (s *scan) tell() {
	for a := range s.agentsT {
		s.decided = append(s.decided, &AgentChanged{Agent: a.AgentState})
		if a.Availability == SignedOut && a.Activity == Idle {
			delete(s.agents, a.ID)
		}
	}
	for id := range s.queuesT {
		l := s.queues[id]
		state := QueueState{ID: id, Target: l.Target, Figures: l.figures, Announced: len(l.checked), ClosedBy: l.closedBy}
		for _, held := range l.checked {
			if held {
				state.InRange++
			}
		}
		for _, q := range s.requests {
			if q.Queue != id || q.isConsult() || q.talking && !q.unreached() {
				continue
			}
			if q.Callback {
				state.Callbacks++
				continue
			}
			state.Waiting++
			if came := q.Arrived.Add(q.HeadStart); state.LongestSince.IsZero() || came.Before(state.LongestSince) {
				state.LongestSince = came
			}
		}
		s.decided = append(s.decided, &QueueChanged{Queue: state})
	}
	clear(s.agentsT)
	clear(s.queuesT)
}

// comparableSteps puts the states at a step's end, whose order says nothing, in one order, and leaves
// out the words of a rejection, and the numbers that a scan does not give.
func comparableSteps(decided []Decision) []Decision {
	out := Keep(decided)
	name := func(d Decision) string {
		switch d := d.(type) {
		case *AgentChanged:
			return "a" + string(d.Agent.ID)
		case *QueueChanged:
			return "q" + string(d.Queue.ID)
		}
		return ""
	}
	for _, d := range out {
		switch d := d.(type) {
		case *Rejected:
			d.Err = nil
		case *AgentChanged:
			d.Agent.number = 0
		case *Offered:
			d.Offer.number = 0
		case *OfferEnded:
			d.Offer.number = 0
		case *AnswerUndone:
			d.number = 0
		case *RequestEnded:
			d.number = 0
		}
	}
	slices.SortStableFunc(out, func(a, b Decision) int { return strings.Compare(name(a), name(b)) })
	return out
}

// spelled writes decisions for people.
func spelled(all []Decision) string {
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, "\n%+v", d)
	}
	return b.String()
}
