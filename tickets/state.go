package tickets

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// State is Open or Closed.
type State interface{ state() }

// Open is an open ticket's state. It cannot be had without an owner and a next date: KeepOpen alone makes it, and a test sees to that. The
// database refuses any other as well.
type Open struct {
	owner  Owner
	next   time.Time
	step   Step
	phase  Phase
	awaits Awaited
}

// Closed is a closed ticket's state.
type Closed struct {
	At          time.Time
	Disposition Disposition
}

func (Open) state()   {}
func (Closed) state() {}

// Owner of an open ticket: a Person or a Department.
type Owner interface {
	owner()
	Name() string
}

// Person is an agent by id.
type Person string

// Department is a second-line unit by code.
type Department string

func (Person) owner()     {}
func (Department) owner() {}

func (p Person) Name() string     { return string(p) }
func (d Department) Name() string { return string(d) }

// Step is what the owner of an open ticket is to do by the next date.
type Step string

const (
	Serve    Step = "serve"     // the call that opened it still lasts
	CallBack Step = "call_back" // the caller left before anyone spoke to them
	FollowUp Step = "follow_up" // promised, or left open at wrap-up
)

// ErrNoOwner and ErrNoNextDate refuse an open ticket that nobody would look at again.
var (
	ErrNoOwner    = errors.New("an open ticket needs an owner: a person or a department")
	ErrNoNextDate = errors.New("an open ticket needs a next date")
)

// KeepOpen is the only way to an Open state. What is an owner is for the database just the same (btrim in 001_tickets.sql): what one
// of the two took the other must not refuse.
func KeepOpen(owner Owner, next time.Time, step Step) (Open, error) {
	if owner == nil || isBlank(owner.Name()) {
		return Open{}, ErrNoOwner
	}
	if next.IsZero() {
		return Open{}, ErrNoNextDate
	}
	o := Open{owner: owner, next: Legible(next), step: step, phase: Opened}
	if step == Serve {
		o.phase = New
	}
	return o, nil
}

// In is the state in another phase, one of an open ticket, as a store has read it. Only a waiting one awaits anybody.
func (o Open) In(p Phase, a Awaited) Open {
	if p == "" || p == Done {
		return o
	}
	o.phase, o.awaits = p, ""
	if p == Waiting {
		o.awaits = a
	}
	return o
}

// isBlank says that a name is nobody's.
func isBlank(name string) bool { return strings.Trim(name, " ") == "" }

// keepOpen changes owner, next date and step of an open ticket, whose phase stays; or leaves it as it is.
func (t *Ticket) keepOpen(owner Owner, next time.Time, step Step) error {
	o, err := KeepOpen(owner, next, step)
	if err != nil {
		return err
	}
	if before, open := t.State.(Open); open {
		o = o.In(before.phase, before.awaits)
	}
	t.own(o)
	return nil
}

// own gives the ticket an open state, and its department to whom it is given.
func (t *Ticket) own(o Open) {
	t.State = o
	if d, is := o.owner.(Department); is {
		t.Department = d
	}
}

// KeepOpen changes owner, next date and step of an open ticket, whose phase stays.
func (t *Ticket) KeepOpen(owner Owner, next time.Time, step Step) error {
	if _, open := t.State.(Open); !open {
		return &TransitionError{Assign, t.Phase(), Opened}
	}
	return t.keepOpen(owner, next, step)
}

// Turn makes a move that leaves the ticket open, with an owner and a next date; awaits is for a move to Waiting. An error wraps ErrTransition,
// ErrNoOwner or ErrNoNextDate, and the ticket is then as it was.
func (t *Ticket) Turn(m Move, owner Owner, next time.Time, step Step, awaits Awaited) error {
	if err := m.check(t.Phase()); err != nil {
		return err
	}
	o, err := KeepOpen(owner, next, step)
	if err != nil {
		return err
	}
	if m == Reopen {
		t.Reopened++
		t.Reminded = 0
	}
	t.Escalated = 0
	t.own(o.In(m.To(), awaits))
	return nil
}

// Close makes a move that ends the ticket, for a reason.
func (t *Ticket) Close(m Move, at time.Time, why Disposition) error {
	if err := m.check(t.Phase()); err != nil {
		return err
	}
	t.State = Closed{At: at, Disposition: why}
	return nil
}

// EndsAnsweredBy notes whose word it is with which a ticket is about to end, for complaints about it. Where an answer stands that word is not another one: a
// solved ticket was answered before, and one that is closed may have been.
func (t *Ticket) EndsAnsweredBy(who string, at time.Time) {
	if p := t.Phase(); who == "" || p == Solved || p == Done && t.SolvedBy != "" {
		return
	}
	t.SolvedBy, t.SolvedAt = who, at
}

// Restore makes a ticket that was merged with another what it was before, by what the line of its history says that did so. Where that line
// says nothing any more, because somebody was erased, it is a department's, from now on.
func (t *Ticket) Restore(merge Patch, otherwise Department, now time.Time) error {
	if err := Separate.check(t.Phase()); err != nil {
		return err
	}
	o, err := openAgain(func(field string) string { return merge[field][0] }, otherwise, now)
	if err != nil {
		return err
	}
	t.State, t.Into = o, ""
	return nil
}

// openAgain is the open state that a ticket had, by the fields of its history.
func openAgain(was func(field string) string, otherwise Department, now time.Time) (Open, error) {
	var owner Owner = orOwner(Department(was("owner")), otherwise)
	if was("owner_kind") == "person" {
		owner = Person(was("owner"))
	}
	next, err := time.Parse(time.RFC3339Nano, was("next"))
	if err != nil {
		next = now
	}
	o, err := KeepOpen(owner, next, Step(orElse(was("step"), string(FollowUp))))
	return o.In(Phase(was("phase")), Awaited(was("awaits"))), err
}

// undo makes an open ticket what it was before a call's end changed it, by the line of its history, where it is still what that has made of it.
func (t *Ticket) undo(end Patch) {
	is := t.Fields()
	if _, open := t.State.(Open); !open || len(end) == 0 {
		return
	}
	for field, values := range end {
		if is[field] != values[1] {
			return
		}
	}
	was := func(field string) string {
		if values, changed := end[field]; changed {
			return values[0]
		}
		return is[field]
	}
	o, err := openAgain(was, t.Department, time.Time{})
	if err != nil { // somebody was erased, and the line says nothing any more
		return
	}
	t.State, t.Department = o, Department(was("department"))
	t.Escalated, _ = strconv.Atoi(was("escalated"))
}

func orOwner(d, otherwise Department) Department {
	if isBlank(string(d)) {
		return otherwise
	}
	return d
}

// Phase is how far the work has come.
func (t Ticket) Phase() Phase {
	if o, open := t.State.(Open); open {
		return o.phase
	}
	return Done
}

func (o Open) Owner() Owner    { return o.owner }
func (o Open) Next() time.Time { return o.next }
func (o Open) Step() Step      { return o.step }
func (o Open) Phase() Phase    { return o.phase }
func (o Open) Awaits() Awaited { return o.awaits }

func ownerKind(o Owner) string {
	switch o.(type) {
	case Person:
		return "person"
	case Department:
		return "department"
	default:
		panic("tickets: unknown kind of owner")
	}
}
