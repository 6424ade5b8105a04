package due

import (
	"slices"
	"time"

	"hotline/tickets"
	"hotline/tickets/life"
)

// owner is the owner of an open ticket.
func owner(f *File) []tickets.Owner {
	if o, open := f.State.(tickets.Open); open {
		return []tickets.Owner{o.Owner()}
	}
	return nil
}

// ownerOr is a person, or the department where there is nobody.
func ownerOr(person, department string) []tickets.Owner {
	if person != "" {
		return []tickets.Owner{tickets.Person(person)}
	}
	return []tickets.Owner{tickets.Department(department)}
}

// head is who answers for a department; the department itself where nobody does.
func (f *File) head(t Terms, department string) []tickets.Owner {
	person, _ := life.Head(t.Terms, department)
	return ownerOr(person, department)
}

// notify tells somebody. Who is gone is told nothing: their heir is. Nobody is told the same twice at once.
func (f *File) notify(t Terms, kind tickets.NoticeKind, about string, due, now time.Time, to tickets.Owner) {
	n := tickets.Notice{Ticket: f.Number, Kind: kind, About: about, Due: due, At: now}
	if p, is := to.(tickets.Person); is && t.People != nil {
		if _, there := t.People[string(p)]; !there {
			to = tickets.Department(f.responsible(t))
		}
	}
	if d, is := to.(tickets.Department); is {
		to = t.Heir(d, f.Topic)
	}
	switch to := to.(type) {
	case tickets.Person:
		n.Person = string(to)
	case tickets.Department:
		n.Department = string(to)
	}
	if !slices.Contains(f.Notices, n) {
		f.Notices = append(f.Notices, n)
	}
}

// tellOfNewOwner tells who has got the ticket since it was reckoned last, by another's doing: each in between, too, who may have begun.
func (f *File) tellOfNewOwner(t Terms, now time.Time) {
	for _, c := range f.History {
		is := c.Patch["owner"][1]
		if c.Version <= f.Reckoned || is == "" || c.By.Kind != tickets.ByPerson && c.By.Kind != tickets.ByProgram || c.By.ID == is {
			continue
		}
		to := ownerOr("", is)
		if f.kindAt(c.Version) == "person" {
			to = ownerOr(is, "")
		}
		f.notify(t, tickets.NoticeAssigned, "", time.Time{}, now, to[0])
	}
}

// tellOfAnswers tells the ticket's owner which parts others have answered since it was reckoned last.
func (f *File) tellOfAnswers(t Terms, now time.Time) {
	for _, c := range f.History {
		if c.Version <= f.Reckoned || c.Kind != (life.AnswerPart{}).Name() {
			continue
		}
		for _, to := range owner(f) {
			if to != tickets.Owner(tickets.Person(c.By.ID)) {
				f.notify(t, tickets.NoticeAnswered, "part."+c.Details["part"], time.Time{}, now, to)
			}
		}
	}
}

// kindAt is the kind of the owner after a line of the history.
func (f *File) kindAt(version int64) (kind string) {
	for _, c := range f.History {
		if change, is := c.Patch["owner_kind"]; is && c.Version <= version {
			kind = change[1]
		}
	}
	return kind
}
