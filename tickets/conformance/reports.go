package conformance

import (
	"slices"
	"time"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/life"
	"hotline/tickets/reports"
)

// Lived is all that there is of some tickets.
type Lived struct {
	Rows
	Clocks map[tickets.Number][]clock.Clock
	Spells map[tickets.Number][]clock.Spell
}

// Reckon is a report, reckoned from each ticket's life, one after the other: what any store must say.
func Reckon(q reports.Question, l Lived) reports.Answer {
	r := &reckoner{q, l, map[string][]float64{}}
	switch q.Report.Name {
	case "tickets":
		r.tickets()
	case "clocks":
		r.clocks()
	case "whose":
		r.whose()
	case "promises":
		r.promises()
	case "repeats", "gaps":
		r.repeats()
	case "people", "departments":
		r.people()
	case "calls_made":
		r.calls()
	}
	return q.Finish(r.counted)
}

type reckoner struct {
	q       reports.Question
	l       Lived
	counted map[string][]float64
}

// add counts something for a figure of a group.
func (r *reckoner) add(key, figure string, n float64) {
	all := r.q.Report.Counted()
	if r.counted[key] == nil {
		r.counted[key] = make([]float64, len(all))
	}
	r.counted[key][slices.Index(all, figure)] += n
}

func (r *reckoner) within(at time.Time) bool {
	return !at.IsZero() && !at.Before(r.q.Period.From) && at.Before(r.q.Period.To)
}

// bucket is the time of a row in which a moment lies.
func (r *reckoner) bucket(at time.Time) (key string) {
	for _, start := range r.q.Period.Starts(r.q.Group) {
		if !start.After(at) {
			key = start.Format(time.DateOnly)
		}
	}
	return key
}

// key is the group of something of a ticket at a moment.
func (r *reckoner) key(t tickets.Ticket, at time.Time) string {
	switch r.q.Group {
	case reports.ByTopic:
		return t.Topic
	case reports.ByClass:
		return string(t.Class)
	case reports.ByDepartment:
		return string(t.Department)
	case reports.ByChannel:
		if c, there := r.l.Contacts[t.OpenedBy]; there {
			return c.Channel.Code()
		}
		return ""
	default:
		return r.bucket(at)
	}
}

func (r *reckoner) theirs(t tickets.Ticket) bool {
	return r.q.Department == "" || string(t.Department) == r.q.Department
}

// turns are when a ticket was closed, and opened again, by its history; by what it is where that says nothing.
func (r *reckoner) turns(m life.Matter) (closed, reopened []time.Time) {
	for _, c := range r.l.History[m.Number] {
		change, is := c.Patch["closed"]
		if !is {
			continue
		}
		to, _ := time.Parse(time.RFC3339Nano, change[1])
		switch {
		case change[0] == "":
			closed = append(closed, to)
		case change[1] == "":
			reopened = append(reopened, c.At)
		default: // filed anew
			closed[len(closed)-1] = to
		}
	}
	if c, is := m.State.(tickets.Closed); is && len(closed) == len(reopened) {
		closed = append(closed, c.At)
	}
	return closed, reopened
}

func (r *reckoner) tickets() {
	for _, m := range r.l.Matters {
		if !r.theirs(m.Ticket) {
			continue
		}
		closed, reopened := r.turns(m)
		for figure, moments := range map[string][]time.Time{"opened": {m.OpenedAt}, "closed": closed, "reopened": reopened} {
			for _, at := range moments {
				if r.within(at) {
					r.add(r.key(m.Ticket, at), figure, 1)
				}
			}
		}
		ends := map[string]time.Time{}
		if r.q.Group.Timed() {
			starts := r.q.Period.Starts(r.q.Group)
			for i, start := range starts {
				ends[start.Format(time.DateOnly)] = append(starts, r.q.Period.To)[i+1]
			}
		} else {
			ends[r.key(m.Ticket, time.Time{})] = r.q.Period.To
		}
		for key, end := range ends {
			open := 0
			if m.OpenedAt.Before(end) {
				open++
			}
			for _, at := range closed {
				if at.Before(end) {
					open--
				}
			}
			for _, at := range reopened {
				if at.Before(end) {
					open++
				}
			}
			r.add(key, "open", float64(open))
		}
	}
}

func (r *reckoner) clocks() {
	for n, clocks := range r.l.Clocks {
		for _, c := range clocks {
			t := r.l.Matters[n].Ticket
			at, became := c.Ended, "_kept"
			if c.Broken {
				at, became = c.Due, "_broken"
			}
			closed, _ := t.State.(tickets.Closed)
			nothing := slices.Contains(reports.NoMatter, string(closed.Disposition))
			switch {
			case t.Into == "":
			case c.Broken:
				nothing = nothing || slices.ContainsFunc(r.l.Clocks[t.Into], func(o clock.Clock) bool {
					return o.Kind == c.Kind && o.Department == c.Department && o.Broken && o.Due.Equal(c.Due)
				})
			default:
				nothing = nothing || c.Kind != clock.DepartmentTime || !c.Ended.Before(closed.At)
			}
			if c.Kind == clock.DepartmentTime { // they answer for it, whoever has the ticket now
				t.Department = tickets.Department(c.Department)
			}
			if !r.within(at) || !r.theirs(t) || nothing {
				continue
			}
			key := c.Agreement
			if r.q.Group != reports.ByAgreement {
				key = r.key(t, at)
			}
			r.add(key, string(c.Kind)+became, 1)
		}
	}
}

func (r *reckoner) whose() {
	starts := r.q.Period.Starts(r.q.Group) // where the rows are no times: days, which do no harm
	for n, spells := range r.l.Spells {
		t := r.l.Matters[n].Ticket
		if !r.theirs(t) {
			continue
		}
		for _, s := range spells {
			if s.To.IsZero() || s.To.After(r.q.Now) {
				s.To = r.q.Now
			}
			for i, start := range starts {
				from, to := start, append(starts, r.q.Period.To)[i+1]
				if s.From.After(from) {
					from = s.From
				}
				if s.To.Before(to) {
					to = s.To
				}
				if to.After(from) {
					r.add(r.key(t, start), string(s.Party), to.Sub(from).Seconds())
				}
			}
		}
	}
}

func (r *reckoner) promises() {
	for _, m := range r.l.Matters {
		for _, p := range m.Promises {
			if p.State == life.PromiseOpen || !r.within(p.EndedAt) || p.WentOn || r.q.Department != "" && string(p.Department) != r.q.Department {
				continue
			}
			key := map[reports.Group]string{reports.ByPerson: p.Person, reports.ByDepartment: string(p.Department)}[r.q.Group]
			if r.q.Group.Timed() {
				key = r.bucket(p.EndedAt)
			}
			r.add(key, string(p.State), 1)
			r.add(key, "moved", float64(p.Moved))
		}
	}
}

// matter says whether somebody was served in a contact, about something.
func matter(c tickets.Contact) bool {
	return c.Outcome != "" && !c.Outcome.BrokeOff() && !slices.Contains(reports.NoMatter, string(c.Disposition))
}

func (r *reckoner) repeats() {
	for _, c := range r.l.Contacts {
		t := r.l.Matters[c.Ticket].Ticket
		if !matter(c) || !r.within(c.ArrivedAt) || !r.theirs(t) {
			continue
		}
		key := r.key(t, c.ArrivedAt)
		if r.q.Group == reports.ByChannel {
			key = c.Channel.Code()
		}
		r.add(key, "contacts", 1)
		if t.Customer == "" || t.Topic == "" {
			r.add(key, "unknown", 1)
			continue
		}
		repeated, followed := false, false
		for _, o := range r.l.Contacts {
			other := r.l.Matters[o.Ticket].Ticket
			if o.ID == c.ID || !matter(o) || other.Customer != t.Customer || other.Topic != t.Topic {
				continue
			}
			apart := o.ArrivedAt.Sub(c.ArrivedAt)
			after := apart > 0 || apart == 0 && o.ID > c.ID
			repeated = repeated || !after && -apart <= r.q.Repeat
			followed = followed || after && apart <= r.q.Repeat
		}
		settled := t.Reopened == 0 && (t.Phase() == tickets.Solved || t.Phase() == tickets.Done)
		switch {
		case repeated:
			r.add(key, "repeated", 1)
		case settled && !followed:
			r.add(key, "resolved", 1)
		}
	}
}

func (r *reckoner) calls() {
	for _, c := range r.l.Contacts {
		t := r.l.Matters[c.Ticket].Ticket
		if c.CalledBy == "" || !r.within(c.ArrivedAt) || !r.theirs(t) {
			continue
		}
		var key string
		switch r.q.Group {
		case reports.ByReason:
			key = c.Reason
		case reports.ByPerson:
			key = c.CalledBy
		case reports.ByCalls:
			key = reports.CallsKey(c.CalledBy, c.Reason)
		default:
			key = r.key(t, c.ArrivedAt)
		}
		r.add(key, "made", 1)
		if c.AnsweredAt.IsZero() {
			continue
		}
		r.add(key, "answered", 1)
		if !c.EndedAt.IsZero() {
			r.add(key, "talk", max(0, c.EndedAt.Sub(c.AnsweredAt)).Seconds())
		}
	}
}

func (r *reckoner) people() {
	departments := r.q.Report.Name == "departments"
	who := func(t tickets.Ticket, person string) string {
		if departments {
			return string(t.Department)
		}
		return person
	}
	add := func(key, figure string, n float64) {
		if key != "" {
			r.add(key, figure, n)
		}
	}
	for _, c := range r.l.Contacts {
		t := r.l.Matters[c.Ticket].Ticket
		if c.Outcome == "" || c.Outcome.BrokeOff() || !r.within(c.ArrivedAt) || !r.theirs(t) {
			continue
		}
		add(who(t, c.Agent.ID), "calls", 1)
		if c.Disposition == tickets.Resolved {
			add(who(t, c.Agent.ID), "solved_in_call", 1)
		}
	}
	for n, m := range r.l.Matters {
		if !r.theirs(m.Ticket) {
			continue
		}
		before := ""
		for _, s := range r.l.Spells[n] {
			has := s.Person
			if departments {
				has = s.Department
			}
			if r.within(s.From) && has != before {
				add(has, "taken", 1)
			}
			before = has
		}
		if r.within(m.SolvedAt) {
			add(who(m.Ticket, m.SolvedBy), "solved", 1)
		}
		o, open := m.State.(tickets.Open)
		if !open {
			continue
		}
		owner := ""
		if p, is := o.Owner().(tickets.Person); is {
			owner = string(p)
		}
		key := who(m.Ticket, owner)
		age := max(r.q.Now.Sub(m.OpenedAt), 0).Seconds()
		add(key, "load", 1)
		add(key, "ages", age)
		if o.Next().Before(r.q.Now) {
			add(key, "overdue", 1)
		}
		if key != "" {
			i := slices.Index(r.q.Report.Counted(), "oldest")
			r.counted[key][i] = max(r.counted[key][i], age)
		}
	}
}
