package life

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"hotline/tickets"
)

// ErrMerged refuses what is to be done to a ticket that goes on in another. MergedError says in which.
var ErrMerged = errors.New("it goes on in the ticket with which it was merged")

// MergedError is ErrMerged with the ticket in which another goes on.
type MergedError struct{ Ticket, Into tickets.Number }

func (e *MergedError) Error() string {
	return fmt.Sprintf("ticket %s goes on in ticket %s, with which it was merged", e.Ticket, e.Into)
}

func (e *MergedError) Is(target error) bool { return target == ErrMerged }

// How two tickets belong together. Both have the link.
const (
	Related   = "related"
	Duplicate = "duplicate"
	SplitOff  = "split_off"  // the other was split off this one
	SplitFrom = "split_from" // this one was split off the other
)

// named is the number of another ticket that somebody names; "" where it is none.
func named(n tickets.Number) []tickets.Number {
	if n, err := tickets.ParseNumber(string(n)); err == nil {
		return []tickets.Number{n}
	}
	return nil
}

// other is another ticket, which somebody names in a field.
func (w *work) other(field string, n tickets.Number) (*Matter, error) {
	if n == "" {
		return nil, missing(field, "is missing")
	}
	parsed, err := tickets.ParseNumber(string(n))
	if err != nil {
		return nil, wrong(field, "%v", err)
	}
	m, err := w.file.matter(parsed)
	switch {
	case errors.Is(err, tickets.ErrNoTicket):
		return nil, wrong(field, "there is no ticket of this number")
	case err != nil:
		return nil, err
	case m.Number == w.Number:
		return nil, wrong(field, "is the ticket itself")
	case m.Into != "":
		return nil, &MergedError{m.Number, m.Into}
	}
	return m, nil
}

// say puts a word into the line that this leaves in the history of another ticket.
func (w *work) say(m *Matter, key, value string) {
	if w.beside[m.Number] == nil {
		w.beside[m.Number] = map[string]string{}
	}
	w.beside[m.Number][key] = value
}

// tie links a ticket to another, among its links by their numbers; it says whether something is different then.
func (m *Matter) tie(l Link) bool {
	i, there := slices.BinarySearchFunc(m.Links, l.Other, func(old Link, other tickets.Number) int { return cmp.Compare(old.Other, other) })
	switch {
	case !there:
		m.Links = slices.Insert(m.Links, i, l)
		return true
	case m.Links[i].Kind == l.Kind:
		return false
	}
	m.Links[i].Kind = l.Kind
	return true
}

// untie takes a link away.
func (m *Matter) untie(other tickets.Number) bool {
	for i, l := range m.Links {
		if l.Other == other {
			m.Links = append(m.Links[:i:i], m.Links[i+1:]...)
			return true
		}
	}
	return false
}

// Tie links two tickets that belong together.
type Tie struct {
	Other tickets.Number `json:"other" maxLength:"32" doc:"the number of the other ticket"`
	Kind  string         `json:"kind,omitempty" enum:"related,duplicate" doc:"related if left out"`
}

func (Tie) Name() string { return "link" }

func (c Tie) needs() []tickets.Number { return named(c.Other) }

func (c Tie) do(w *work) error {
	kind := orElse(c.Kind, Related)
	if kind != Related && kind != Duplicate {
		return wrong("kind", "is neither related nor duplicate")
	}
	other, err := w.other("other", c.Other)
	if err != nil {
		return err
	}
	mine, theirs := w.tie(Link{other.Number, kind, w.at}), other.tie(Link{w.Number, kind, w.at})
	if !mine && !theirs {
		return ErrNothing
	}
	return nil
}

// Untie takes the link between two tickets away.
type Untie struct {
	Other tickets.Number `json:"other" maxLength:"32" doc:"the number of the other ticket"`
}

func (Untie) Name() string { return "unlink" }

func (c Untie) needs() []tickets.Number { return named(c.Other) }

func (c Untie) do(w *work) error {
	other, err := w.other("other", c.Other)
	var merged *MergedError
	if errors.As(err, &merged) { // which is no reason to keep a link to it
		other, err = w.file.matter(merged.Ticket)
	}
	if err != nil {
		return err
	}
	mine, theirs := w.untie(other.Number), other.untie(w.Number)
	if !mine && !theirs {
		return ErrNothing
	}
	return nil
}

// ErrCircle refuses an incident that would be part of itself.
var ErrCircle = errors.New("an incident would be part of itself")

// SetParent makes the ticket part of an incident: one outage that many report. The tickets of an incident are answered one by one, each with its
// own answer in its own history; whoever answers the incident asks for that (the same command for many tickets).
type SetParent struct {
	Parent tickets.Number `json:"parent" maxLength:"32" doc:"the number of the incident's ticket"`
}

func (SetParent) Name() string { return "set_parent" }

func (c SetParent) needs() []tickets.Number { return named(c.Parent) }

func (c SetParent) do(w *work) error {
	parent, err := w.other("parent", c.Parent)
	if err != nil {
		return err
	}
	if parent.Number == w.Parent {
		return ErrNothing
	}
	within, err := w.within(parent, w.Number)
	if err != nil {
		return err
	}
	if within {
		return ErrCircle
	}
	w.Parent = parent.Number
	w.say(parent, "child", string(w.Number))
	return nil
}

// within says whether a ticket is part of an incident, or of one that is part of it.
func (w *work) within(m *Matter, incident tickets.Number) (bool, error) {
	seen := map[tickets.Number]bool{}
	for m.Parent != "" && !seen[m.Number] {
		seen[m.Number] = true
		if m.Parent == incident {
			return true, nil
		}
		above, err := w.file.matter(m.Parent)
		if errors.Is(err, tickets.ErrNoTicket) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		m = above
	}
	return false, nil
}

// ClearParent takes the ticket out of its incident.
type ClearParent struct{}

func (ClearParent) Name() string { return "clear_parent" }

func (c ClearParent) do(w *work) error {
	if w.Parent == "" {
		return ErrNothing
	}
	parent, err := w.file.matter(w.Parent)
	switch {
	case err == nil:
		w.say(parent, "child_gone", string(w.Number))
	case !errors.Is(err, tickets.ErrNoTicket):
		return err
	}
	w.Parent = ""
	return nil
}
