package life

import "hotline/tickets"

// GiveToHeir gives what belongs to people or departments that are gone to those that take their place: the ticket itself, and of what is open of
// it the parts, promises and reviews. Whoever is still there keeps what they have.
type GiveToHeir struct{}

func (GiveToHeir) Name() string { return "give_to_heir" }

func (GiveToHeir) do(w *work) error {
	if err := w.rule(); err != nil {
		return err
	}
	some, err := w.inherit(w.file.Terms)
	if err == nil && !some {
		err = ErrNothing
	}
	return err
}

// Orphaned says whether something of an open ticket belongs to somebody who is gone.
func Orphaned(m Matter, t tickets.Terms) bool {
	some, err := m.Clone().inherit(t)
	return some && err == nil
}

// inherit gives what somebody had who is gone to their heir, and says whether there was anything. Where no people are listed nobody is gone.
func (m *Matter) inherit(t tickets.Terms) (some bool, err error) {
	o, open := m.State.(tickets.Open)
	if !open || t.People == nil {
		return false, nil
	}
	department := func(d *tickets.Department) {
		if *d != "" {
			if heir := departmentOf(t.Heir(*d, m.Topic)); heir != *d {
				*d, some = heir, true
			}
		}
	}
	person := func(id *string) {
		if _, there := t.People[*id]; !there && *id != "" {
			*id, some = "", true
		}
	}
	department(&m.Department)
	for i := range m.Parts {
		if p := &m.Parts[i]; p.open() {
			department(&p.Department)
			person(&p.Owner)
		}
	}
	for i := range m.Promises {
		if p := &m.Promises[i]; p.State == PromiseOpen {
			department(&p.Department)
			person(&p.Person)
		}
	}
	for i := range m.Reviews {
		if r := &m.Reviews[i]; r.State == ReviewOpen && !t.Outside(string(r.Department)) {
			department(&r.Department)
			person(&r.Reviewer)
		}
	}
	heir := heirOf(o.Owner(), m.Ticket, t)
	if heir == o.Owner() {
		return some, nil
	}
	if o.Phase() == tickets.InWork { // nobody works on it any more
		return true, m.Turn(tickets.Assign, heir, o.Next(), o.Step(), "")
	}
	return true, m.KeepOpen(heir, o.Next(), o.Step())
}

// heirOf is who owns a ticket now that was somebody's. A person's is for the department that is responsible for it.
func heirOf(o tickets.Owner, of tickets.Ticket, t tickets.Terms) tickets.Owner {
	if p, is := o.(tickets.Person); is && of.Department != "" {
		if _, there := t.People[string(p)]; !there {
			return t.Heir(of.Department, of.Topic)
		}
	}
	return t.Heir(o, of.Topic)
}

func departmentOf(o tickets.Owner) tickets.Department {
	d, _ := o.(tickets.Department)
	return d
}
