package simulation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"hotline/queues"
)

// ErrNotEnough says that no number of agents tried lets the queues keep their targets.
var ErrNotEnough = errors.New("simulation: not enough")

// More finds the fewest agents like one of the plan's who, at a time of every day and besides all others, let each queue that
// they can serve keep its target for the calls that come then. It returns the plan with them, and what comes of it: by
// simulation and not by formula, so that skills may overlap as they like. Where most are not enough it is ErrNotEnough,
// with the plan and report of that many.
func More(p Plan, like queues.AgentID, at Shift, most int) (Plan, Report, int, error) {
	of := slices.IndexFunc(p.Staff, func(s Staff) bool { return s.Agent.ID == like })
	if of < 0 {
		return Plan{}, Report{}, 0, fmt.Errorf("%w: no agent %q", ErrPlan, like)
	}
	with := func(n int) (Plan, Report, bool, error) {
		more := p
		more.Staff = slices.Clone(p.Staff)
		for i := range n {
			s := p.Staff[of]
			s.Agent.ID = queues.AgentID(fmt.Sprintf("%s+%d", like, i+1))
			s.Shifts = []Shift{at}
			more.Staff = append(more.Staff, s)
		}
		r, err := Run(more)
		return more, r, err == nil && kept(more, r, p.Staff[of].Agent, at), err
	}
	low, high := -1, 0 // low is too few
	plan, report, ok, err := with(high)
	for err == nil && !ok && high < most {
		low, high = high, min(max(1, 2*high), most)
		plan, report, ok, err = with(high)
	}
	if err != nil {
		return Plan{}, Report{}, 0, err
	}
	if !ok {
		return plan, report, high, fmt.Errorf("%w: %d more agents like %s", ErrNotEnough, high, like)
	}
	for high-low > 1 {
		mid := (low + high) / 2
		p, r, ok, err := with(mid)
		if err != nil {
			return Plan{}, Report{}, 0, err
		}
		if ok {
			plan, report, high = p, r, mid
		} else {
			low = mid
		}
	}
	return plan, report, high, nil
}

// kept says whether each queue that an agent can serve keeps its target at a time of the day.
func kept(p Plan, r Report, a queues.Agent, at Shift) bool {
	for i, q := range r.Queues {
		if level, ok := q.During(at).ServiceLevel(); ok && serves(a, p.Config.Queues[i]) && level < q.Target.Share {
			return false
		}
	}
	return true
}

// During is the half hours that lie in a shift or partly do, together.
func (q QueueReport) During(at Shift) (sum Figures) {
	var done [Slots]bool
	slots(at.From, at.To, func(slot int, _ time.Duration) {
		if !done[slot] {
			sum = sum.Plus(q.Slots[slot])
		}
		done[slot] = true
	})
	return sum
}
