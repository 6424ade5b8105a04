package tickets

import (
	"errors"
	"strings"
	"time"
)

// State is Open or Closed.
type State interface{ state() }

// Open is an open ticket's state. It cannot be had without an owner and a next date: KeepOpen alone makes it, and a test sees to that. The
// database refuses any other as well.
type Open struct {
	owner Owner
	next  time.Time
	step  Step
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
	return Open{owner: owner, next: Legible(next), step: step}, nil
}

// isBlank says that a name is nobody's.
func isBlank(name string) bool { return strings.Trim(name, " ") == "" }

// keepOpen makes the ticket's state an Open one, or leaves it as it is.
func (t *Ticket) keepOpen(owner Owner, next time.Time, step Step) error {
	o, err := KeepOpen(owner, next, step)
	if err == nil {
		t.State = o
	}
	return err
}

func (o Open) Owner() Owner    { return o.owner }
func (o Open) Next() time.Time { return o.next }
func (o Open) Step() Step      { return o.step }

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
