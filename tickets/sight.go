package tickets

import "slices"

// Sight is by what somebody may see tickets: those of calls that they took or were asked in, or that say to be about the ticket; those that they own, or one of their
// departments; those with a part or a complaint that is for them or their departments; those in which they have promised something; those on topics of
// their departments; and those of customers whom they have served.
type Sight struct {
	All         bool   // a supervisor, an administrator, a program
	Agent       string // a person by id, who may take no calls; "" is nobody
	Departments []string
	Topics      []string // of the departments
}

// Owns says whether a ticket is for the agent to decide about: it is theirs, or one of their departments'; closed, it is on a topic of these.
func (s Sight) Owns(t Ticket) bool {
	open, is := t.State.(Open)
	if !is {
		return slices.Contains(s.Topics, t.Topic)
	}
	switch o := open.Owner().(type) {
	case Person:
		return string(o) == s.Agent
	case Department:
		return slices.Contains(s.Departments, string(o))
	default:
		panic("tickets: unknown kind of owner")
	}
}
