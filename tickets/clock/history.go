package clock

import (
	"slices"
	"time"

	"hotline/tickets"
)

// Noted is what was reckoned of a ticket's spells before, when its history was Version lines long. Who was of the first line then stays so for
// these lines, whatever became of them since.
type Noted struct {
	Version int64
	Spells  []Spell
}

// Read are the fields of a history's patches that Moments goes by; a store needs to load no others.
var Read = []string{"phase", "awaits", "owner", "owner_kind", "department", "step", "closed", "solved_at", "into"}

// Moments reads a ticket's history as its clocks see it. The moments are in the order of versions.
//
// Whose time it is the phase says first: a waiting ticket's is whom it waits for, a solved one's the customer's. Otherwise it is the owner's: the
// first line's while a call lasts that nobody has answered, and while the first line or a person of it owns the ticket; a department's
// otherwise. A person who belongs to several works for the department that is responsible for the ticket, where that is one of theirs.
//
// A ticket is reacted to when a person first talks with its customer (a call is answered, or wrapped up; who registers a visit, or a call that they
// took elsewhere, has talked with them) or first writes to them (tell, solve, decide_review). To take it over is no reaction: the customer has heard
// nothing yet; and neither is what a rule or a program says by itself.
//
// What was registered by hand begins when it came. Until it was registered it was the first line's: nobody else had got it.
//
// A first line of the kind "was_there" is a ticket from before there were histories: what it was then counts from its opening on, since
// nobody knows better.
func Moments(history []tickets.Change, t tickets.Terms, noted Noted) (moments []Moment) {
	r := reader{terms: t, noted: noted, fields: map[string]string{}}
	for i, c := range history {
		moments = append(moments, r.read(c, i == 0)...)
	}
	return moments
}

// reader folds a history.
type reader struct {
	terms  tickets.Terms
	noted  Noted
	fields map[string]string
	base   Spell // whose time it is while nobody else is awaited
	said   Spell // whose it was at the last moment
}

func (r *reader) read(c tickets.Change, first bool) (all []Moment) {
	before, away := tickets.Phase(r.fields["phase"]), r.fields["into"] != ""
	owned := first
	for _, name := range Read {
		if change, is := c.Patch[name]; is {
			r.fields[name] = change[1]
			owned = owned || name == "owner" || name == "owner_kind" || name == "department" || name == "step"
		}
	}
	now := tickets.Phase(r.fields["phase"])
	if owned && r.fields["owner"] != "" {
		r.base = r.owner(c)
	}
	m := Moment{At: c.At}
	whose := r.whose(now)
	m.Party, m.Department, m.Person = whose.Party, whose.Department, whose.Person
	came, late := tickets.Came(c)
	switch over := before == tickets.Solved || before == tickets.Done; {
	case first && late:
		all = append(all, Moment{At: came, What: Opened, Party: FirstLine, Department: r.terms.Department}, m.as(Moved))
	case first:
		all = append(all, m.as(Opened))
	case away && r.fields["into"] == "":
		all = append(all, m.as(Parted))
	case over && now != tickets.Solved && now != tickets.Done:
		all = append(all, m.as(Reopened))
	case now != tickets.Solved && now != tickets.Done && whose != r.said:
		all = append(all, m.as(Moved))
	}
	if now == tickets.Solved && (before != tickets.Solved || whose != r.said) {
		all = append(all, r.since(m, "solved_at", first).as(Solved))
	}
	if now == tickets.Done && before != tickets.Done {
		what := Closed
		if r.fields["into"] != "" {
			what = Joined
		}
		all = append(all, Moment{At: r.since(m, "closed", first).At, What: what})
	}
	switch {
	case now == tickets.Done || !reacts(c):
	case late: // they talked when it came, and not while it was typed
		all = slices.Insert(all, 1, Moment{At: came, What: Reacted})
	default:
		all = append(all, Moment{At: c.At, What: Reacted})
	}
	r.said = whose
	return all
}

// as is the moment with what it means.
func (m Moment) as(what What) Moment {
	m.What = what
	return m
}

// since is a moment of a ticket that was there before its history, at the time that a field of it names.
func (r *reader) since(m Moment, field string, first bool) Moment {
	if at, err := time.Parse(time.RFC3339Nano, r.fields[field]); err == nil && first {
		m.At = at
	}
	return m
}

// whose is whose time it is in a phase.
func (r *reader) whose(p tickets.Phase) Spell {
	s := r.base
	switch {
	case p == tickets.Solved:
		s.Party = Customer
	case p != tickets.Waiting:
	case r.fields["awaits"] == string(tickets.ForCustomer):
		s.Party = Customer
	case r.fields["awaits"] == string(tickets.ForVendor):
		s.Party = Vendor
	case r.fields["awaits"] == string(tickets.ForDate):
		s.Party = Scheduled
	}
	return s
}

// owner is whose time it is by the owner alone, from a line of the history on.
func (r *reader) owner(c tickets.Change) Spell {
	first := Spell{Party: FirstLine, Department: r.terms.Department}
	name, department := r.fields["owner"], r.fields["department"]
	if r.fields["owner_kind"] != "person" {
		if name == first.Department || r.fields["step"] == string(tickets.Serve) {
			return first
		}
		return Spell{Party: Department, Department: name}
	}
	first.Person = name
	if s, was := r.noted.at(c, name); was {
		if s.Department == first.Department {
			return first
		}
		return Spell{Party: Department, Department: s.Department, Person: name}
	}
	person, known := r.terms.People[name]
	theirs := person.Departments
	elsewhere := department != "" && department != first.Department
	switch {
	case elsewhere && slices.Contains(theirs, department), elsewhere && !known && r.terms.People != nil:
		return Spell{Party: Department, Department: department, Person: name}
	case r.terms.InFirstLine(tickets.Person(name)):
		return first
	case elsewhere:
		return Spell{Party: Department, Department: department, Person: name}
	default:
		return Spell{Party: Department, Department: theirs[0], Person: name}
	}
}

// at is the spell of a person that was noted for a line of the history.
func (n Noted) at(c tickets.Change, person string) (s Spell, was bool) {
	if c.Version > n.Version {
		return s, false
	}
	for _, s := range n.Spells {
		covers := (alike(s.From, c.At) || s.From.Before(c.At)) && (s.To.IsZero() || c.At.Before(s.To))
		if covers && s.Person == person {
			return s, true
		}
	}
	return s, false
}

// reacts says whether by a line of the history a person has talked with the customer, or written to them.
func reacts(c tickets.Change) bool {
	switch c.Kind {
	case "call.answered", "wrap_up.finished":
		return true
	case "opened":
		talked := []string{tickets.Visit{}.Code(), tickets.Elsewhere{}.Code()}
		return byPerson(c) && slices.Contains(talked, c.Details["channel"])
	case "tell", "solve", "decide_review":
		return byPerson(c)
	default:
		return false
	}
}

// byPerson says whether a person did it, or a program in their name.
func byPerson(c tickets.Change) bool {
	return c.By.Kind == tickets.ByPerson || c.By.Kind == tickets.ByProgram && c.By.For != ""
}
