package clock

import (
	"slices"
	"time"

	"hotline/telephony/hours"
)

// counted is a clock as counting its minutes finds it.
type counted struct {
	Kind       Kind
	Cycle      int
	Department string
	Started    time.Time
	ended, due time.Time
	used       time.Duration // until now
	total      time.Duration // until the counting ends
}

// counting is a second reckoner, as simple as can be: it goes through a life minute by minute.
type counting struct {
	ticket       Ticket
	now          time.Time
	all, running []*counted
	sums         Sums

	cycle          int
	party          Party
	department     string
	solved, closed bool
}

// byMinutes counts a ticket's clocks, some weeks beyond now.
func byMinutes(ticket Ticket, now time.Time) (all []*counted, sums Sums, until time.Time) {
	until = now.AddDate(0, 0, 25)
	c := &counting{ticket: ticket, now: now, sums: Sums{}}
	for at, next := ticket.Moments[0].At, 0; at.Before(until); at = at.Add(time.Minute) {
		if next < len(ticket.Moments) && ticket.Moments[next].At.Equal(at) {
			c.happens(ticket.Moments[next])
			next++
		}
		c.minute(at)
	}
	return c.all, c.sums, until
}

func (c *counting) happens(m Moment) {
	if m.What == Opened || m.What == Reopened {
		c.cycle++
		c.solved, c.closed, c.department = false, false, ""
		c.start(Reaction, "", m.At)
		c.start(Resolution, "", m.At)
	}
	if m.Party != "" {
		c.party = m.Party
	}
	if m.Party != "" && m.Department != c.department {
		c.end(m.At, DepartmentTime)
		c.department = m.Department
		if _, some := c.ticket.Departments[c.department]; some && !c.solved {
			c.start(DepartmentTime, c.department, m.At)
		}
	}
	switch m.What {
	case Reacted:
		c.end(m.At, Reaction)
	case Solved, Closed:
		c.end(m.At, Reaction, Resolution, DepartmentTime)
		c.solved, c.closed = true, m.What == Closed
	}
}

func (c *counting) start(k Kind, department string, at time.Time) {
	n := &counted{Kind: k, Cycle: c.cycle, Department: department, Started: at}
	c.all, c.running = append(c.all, n), append(c.running, n)
}

func (c *counting) end(at time.Time, kinds ...Kind) {
	c.running = slices.DeleteFunc(c.running, func(r *counted) bool {
		ends := slices.Contains(kinds, r.Kind)
		if ends {
			r.ended = at
		}
		return ends
	})
}

// minute counts the minute that begins at a time.
func (c *counting) minute(at time.Time) {
	if !c.closed && at.Before(c.now) {
		c.sums[c.party] += time.Minute
	}
	for _, r := range c.running {
		calendar, allowed, paused := c.by(r)
		if slices.Contains(paused, c.party) || !calendar.Open(at) {
			continue
		}
		if r.total += time.Minute; r.total == allowed {
			r.due = at.Add(time.Minute)
		}
		if at.Before(c.now) {
			r.used = r.total
		}
	}
}

func (c *counting) by(r *counted) (calendar *hours.Calendar, allowed time.Duration, paused []Party) {
	a := c.ticket.Agreement
	calendar, allowed, paused = a.Calendar, a.Resolution, a.PausedFor
	if paused == nil {
		paused = []Party{Customer, Scheduled}
	}
	switch r.Kind {
	case Reaction:
		allowed = a.Reaction
	case DepartmentTime:
		d := c.ticket.Departments[r.Department]
		if calendar, allowed, paused = d.Calendar, d.Within, d.PausedFor; paused == nil {
			paused = []Party{Customer, Scheduled, Vendor}
		}
	}
	return calendar, allowed, paused
}

func withoutZero(sums Sums) Sums {
	for p, d := range sums {
		if d == 0 {
			delete(sums, p)
		}
	}
	return sums
}
