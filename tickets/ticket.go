package tickets

import (
	"errors"
	"time"
)

// Ticket is a customer's matter. It owns its contacts.
type Ticket struct {
	Number     Number
	Customer   CustomerID // "" where nobody is known
	Subject    string
	Topic      string // the topic's code; "" until the caller has chosen one
	State      State
	OpenedAt   time.Time
	ActivityAt time.Time // the last fact that concerned it
	OpenedBy   ContactID // the contact that it was made for
}

// State is Open or Closed.
type State interface{ state() }

// Open is an open ticket's state. It cannot be had without an owner and a next date: see
// KeepOpen. The database refuses any other as well.
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

// ErrNoOwner and ErrNoNextDate refuse an open ticket that would hang.
var (
	ErrNoOwner    = errors.New("an open ticket needs an owner: a person or a department")
	ErrNoNextDate = errors.New("an open ticket needs a next date")
)

// KeepOpen is the only way to an Open state.
func KeepOpen(owner Owner, next time.Time, step Step) (Open, error) {
	if owner == nil || owner.Name() == "" {
		return Open{}, ErrNoOwner
	}
	if next.IsZero() {
		return Open{}, ErrNoNextDate
	}
	return Open{owner: owner, next: next, step: step}, nil
}

func (o Open) Owner() Owner    { return o.owner }
func (o Open) Next() time.Time { return o.next }
func (o Open) Step() Step      { return o.step }

// Summary is a ticket on a desk or in an answer of the API: flat.
type Summary struct {
	Number    Number     `json:"number"`
	Subject   string     `json:"subject"`
	Topic     string     `json:"topic"`
	State     string     `json:"state"`                // "open", "closed"
	Owner     string     `json:"owner"`                // the id of a person, the code of a department
	OwnerName string     `json:"owner_name,omitempty"` // of a person; the tickets themselves know ids only
	OwnerKind string     `json:"owner_kind"`           // "person", "department", "" when closed
	NextAt    *time.Time `json:"next_at"`
	OpenedAt  time.Time  `json:"opened_at"`
	ClosedAt  *time.Time `json:"closed_at"`
}

// Summary flattens t; its texts are safe to show.
func (t Ticket) Summary() Summary {
	s := Summary{Number: t.Number, Subject: Display(t.Subject), Topic: t.Topic, OpenedAt: t.OpenedAt}
	switch st := t.State.(type) {
	case Open:
		next := st.next
		s.State, s.Owner, s.NextAt, s.OwnerKind = "open", st.owner.Name(), &next, ownerKind(st.owner)
	case Closed:
		at := st.At
		s.State, s.ClosedAt = "closed", &at
	default:
		panic("tickets: ticket " + string(t.Number) + " has no state")
	}
	return s
}

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
