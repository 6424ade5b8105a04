package simulation

import (
	"slices"
	"time"

	"hotline/queues"
)

// Figures are what really came of the calls that came within a day: of each queue that they were in, by the half hour in which
// they came, as a simulation's. The targets are the router's of a configuration.
func (o *Observer) Figures(config queues.Config) ([]QueueReport, error) {
	router, err := queues.New(config)
	if err != nil {
		return nil, err
	}
	var reports []QueueReport
	for _, q := range router.Snapshot().Queues {
		reports = append(reports, QueueReport{ID: q.ID, Target: q.Target})
	}
	for _, c := range o.Calls() {
		at := clock(o.begin, c.Came)
		if at < 0 || at >= aDay || c.restored() {
			continue
		}
		for i, id := range c.Way {
			of := slices.IndexFunc(reports, func(q QueueReport) bool { return q.ID == id })
			if of < 0 {
				continue
			}
			f := &reports[of].Slots[slotOf(at)]
			f.Offered++
			switch {
			case i < len(c.Way)-1: // for the next
				f.Left++
			case c.Ended != nil:
				f.count(c.Ended, c.Ended.At.Sub(c.Ended.Request.Came()), reports[of].Target.Within, c.talk(o.last)+c.wrapUp(o.last))
			default:
				f.Left++
				f.Delayed++
				f.Longest = max(f.Longest, o.last.Sub(c.Arrived.Add(c.HeadStart)))
			}
		}
	}
	return reports, nil
}

// restored says whether a call was first seen when it was talked with.
func (c *Observed) restored() bool { return c.Ended == nil && !c.Answered.IsZero() }

// talk is how long caller and agent talked, until now at the most.
func (c *Observed) talk(now time.Time) time.Duration {
	switch {
	case c.Answered.IsZero():
		return 0
	case !c.Parted.IsZero():
		return c.Parted.Sub(c.Answered)
	case !c.Lost.IsZero():
		return c.Lost.Sub(c.Answered)
	default:
		return now.Sub(c.Answered)
	}
}

func (c *Observed) wrapUp(now time.Time) time.Duration {
	switch {
	case c.Parted.IsZero():
		return 0
	case c.Rested.IsZero():
		return now.Sub(c.Parted)
	default:
		return c.Rested.Sub(c.Parted)
	}
}

// rang is how long a phone rang for them in vain, until now at the most; a missed offer is none of these.
func (c *Observed) rang(now time.Time) time.Duration {
	if c.Offered.IsZero() {
		return c.Rang
	}
	return max(c.Rang, now.Sub(c.Offered))
}

// waited is how long they waited, until now at the most, since they came to the queue; and whether they hung up then.
func (c *Observed) waited(now time.Time) Waited {
	switch {
	case !c.Wanted.IsZero():
		return Waited{For: c.Wanted.Sub(c.Came)}
	case c.Ended != nil:
		return Waited{max(0, c.Ended.At.Sub(c.Came)), c.Ended.How == queues.RequestAbandoned}
	case !c.Lost.IsZero():
		now = c.Lost
	}
	return Waited{For: max(0, now.Sub(c.Came))}
}
