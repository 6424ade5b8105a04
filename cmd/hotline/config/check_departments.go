package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hotline/queues/proof"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
	"hotline/tickets"
)

// What departments and agreements promise, against who works and when: serving needs none of it, and `hotline check` tells. Where no
// departments are listed they promise nothing.

// proveKept looks for departments in which nobody works, and for clocks that cannot be kept. The staff are those of a rota, where there is one.
func (c *Config) proveKept(doc *document, staff []simulation.Staff, rota bool, now time.Time) {
	for i, d := range c.Departments {
		c.proveWorked(doc, fmt.Sprintf("departments.%d", i), d, staff, rota)
	}
	if len(c.Departments) > 0 {
		c.doubtUnlisted(doc)
	}
	c.proveReviewed(doc)
	c.doubtAgreements(doc, now)
	for i, d := range c.Departments {
		c.proveOpen(doc, fmt.Sprintf("departments.%d.hours", i), d)
	}
}

// members are the people of a department.
func (c *Config) members(d Department) (all []Person) {
	for _, p := range c.People {
		if slices.Contains(c.departmentsOf(p), d.ID) {
			all = append(all, p)
		}
	}
	return all
}

// proveWorked looks that somebody belongs to a department, and by a rota that somebody of it is there at its hours. Who is no agent has no
// shifts, and is taken to be there then.
func (c *Config) proveWorked(doc *document, at string, d Department, staff []simulation.Staff, rota bool) {
	members := c.members(d)
	switch {
	case len(members) > 0:
	case d.Heir == "":
		doc.wrong(at+".id", "nobody belongs to department %s, and it has no heir: who works on its tickets?", d.ID)
		return
	default:
		return // it is being dissolved
	}
	if !rota || slices.ContainsFunc(members, func(p Person) bool { return p.Role != "agent" }) {
		return
	}
	var there [24 * 60]bool
	for _, s := range staff {
		if !slices.ContainsFunc(members, func(p Person) bool { return p.ID == s.Agent.ID }) {
			continue
		}
		for _, shift := range s.Shifts {
			for t := shift.From; t < shift.To; t += time.Minute {
				there[int(t/time.Minute)%len(there)] = true
			}
		}
	}
	if when := proof.WhenOpen(opening(d.Hours, d.Holidays, c.Location()), func(minute int) bool { return !there[minute] }); when != "" {
		doc.wrong(at+".hours", "department %s, %s: nobody of it is on shift", d.ID, when)
	}
}

// proveReviewed looks that at each level of complaints somebody decides who has not decided below it.
func (c *Config) proveReviewed(doc *document) {
	terms := c.Terms()
	var decided []string
	for i, r := range c.Tickets.Reviews {
		at := fmt.Sprintf("tickets.reviews.%d", i)
		department := terms.Heir(tickets.Department(cmp.Or(r.Department, terms.Department)), "").Name()
		person := cmp.Or(r.Person, terms.Departments[department].Head)
		switch {
		case r.Outside != "":
		case person == "" && len(terms.Members(department)) == 0:
			doc.wrong(at, "nobody belongs to department %s: who decides?", department)
		case person != "" && slices.Contains(decided, person):
			doc.doubt(at, "%s decides below already, and nobody decides about their own answer: this level would be passed over", person)
		default:
			decided = append(decided, person)
		}
	}
}

// doubtUnlisted warns of departments that only topics name, and of a first line that nothing names.
func (c *Config) doubtUnlisted(doc *document) {
	listed := func(id string) bool {
		return slices.ContainsFunc(c.Departments, func(d Department) bool { return d.ID == id })
	}
	if !listed(c.first()) {
		doc.doubt("departments", "none of them is the first line: %s owns what has no topic, and nobody is looked for there; say line: first of one", c.first())
	}
	told := make(map[string]bool)
	for i, t := range c.Topics {
		if t.Department != "" && !listed(t.Department) && !told[t.Department] {
			told[t.Department] = true
			doc.doubt(fmt.Sprintf("topics.%d.department", i), "%q is not among departments: nobody is looked for there", t.Department)
		}
	}
}

// doubtAgreements looks for agreements whose clocks never run out, that are the wrong way round, or that no customer has.
func (c *Config) doubtAgreements(doc *document, now time.Time) {
	clocks, named := c.Clocks(), c.Agreement != ""
	for _, t := range c.Topics {
		named = named || t.Agreement != ""
	}
	if len(c.Agreements) > 0 && !named {
		doc.doubt("agreements", "only contracts can name one: a customer without a contract is promised nothing, for neither agreement nor a topic names any")
	}
	for i, a := range c.Agreements {
		at := fmt.Sprintf("agreements.%d", i)
		if err := clocks[a.ID].Check(now); err != nil {
			field, text, _ := strings.Cut(err.Error(), ": ")
			doc.wrong(at+"."+field, "%s", text)
		}
		for p := tickets.MostUrgent; p < tickets.LeastUrgent; p++ {
			more, less := a.For(p), a.For(p+1)
			for _, x := range []struct {
				what       string
				more, less time.Duration
			}{{"a reaction", more.Reaction, less.Reaction}, {"a resolution", more.Resolution, less.Resolution}} {
				if x.less > 0 && x.more > x.less {
					doc.doubt(at+".priorities", "promise %s within %s to priority %d, and within %s to %d, which is less urgent", x.what, x.more, p, x.less, p+1)
				}
			}
		}
	}
}

// proveOpen looks that a department is there often enough for what customers are promised: the first line to react, and who owns tickets of
// a topic to solve them. Dates that are unlike their weekday are left aside.
func (c *Config) proveOpen(doc *document, path string, d Department) {
	terms, isFirst := c.Terms(), d.ID == c.first()
	works := opening(d.Hours, d.Holidays, c.Location())
	for _, a := range c.Agreements {
		agreed := c.Clocks()[a.ID]
		closed, ever := closedWithin(agreed.Calendar, works)
		var reaction, resolution time.Duration
		for _, topic := range append(slices.Collect(maps.Keys(terms.Topics)), "") {
			means := terms.Topic(topic)
			if means.Agreement == "" || means.Agreement == a.ID {
				target := agreed.For(terms.PriorityOf(topic, a.ID))
				if isFirst {
					reaction = shorter(reaction, target.Reaction)
				}
				if means.Department == d.ID {
					resolution = shorter(resolution, target.Resolution)
				}
			}
		}
		for _, x := range []struct {
			what   string
			within time.Duration
		}{{"reaction", reaction}, {"resolution", resolution}} {
			switch {
			case x.within == 0, !ever && closed == 0: // promised nothing, or only at dates
			case !ever:
				doc.wrong(path, "agreement %s promises a %s within %s, and %s never works at the agreement's hours", a.ID, x.what, x.within, d.ID)
			case closed >= x.within:
				doc.wrong(path, "agreement %s promises a %s within %s, and %s is closed for %s of the agreement's hours on end", a.ID, x.what, x.within, d.ID, closed)
			}
		}
	}
}

// shorter is the shorter of two times, of which 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// closedWithin is how much of an agreement's hours passes at most while a department is closed all the time, in usual weeks. Not ever is
// where the department works at none of them.
func closedWithin(agreed, works *hours.Calendar) (longest time.Duration, ever bool) {
	const week = 7 * 24 * 60
	isOpen := func(c *hours.Calendar, minute int) bool {
		if c == nil {
			return true
		}
		t := time.Duration(minute%(24*60)) * time.Minute
		return slices.ContainsFunc(c.Week[minute/(24*60)%7], func(s hours.Span) bool { return s.From <= t && t < s.To })
	}
	closed := time.Duration(0)
	for minute := range 2 * week { // once around more: a night may go on past the week
		switch runs, there := isOpen(agreed, minute), isOpen(works, minute); {
		case there:
			ever = ever || runs
			closed = 0
		case runs:
			closed += time.Minute
			longest = max(longest, closed)
		}
	}
	return longest, ever
}
