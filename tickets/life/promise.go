package life

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"hotline/tickets"
)

// A promise is a dated commitment to the customer, of a person and a department. In the end it was kept or broken, by these rules:
//
//   - it is kept where somebody says so by its date;
//   - its date may be moved, as often as need be, if the customer is told before the date that they were promised: then it is kept or broken by
//     the new one;
//   - where the customer was not told in time it is broken, whatever is done later: Told is false then, for ever;
//   - a promise whose date passes is broken by itself (break_promise), and the ticket comes before its owner; to withdraw it then changes nothing of that;
//   - what was promised in a ticket that is refused is broken: who has done it says so first;
//   - one of a ticket that is merged goes on in the other one, and comes back with an unmerge. It is the same promise: what it leaves behind is withdrawn with
//     WentOn, and counts nowhere.
//
// So the share of the kept ones is, of the rows of a person or a department, those in the state "kept" out of those that are "kept", "broken" or
// not told.

// ErrNotDue refuses to break a promise that can be kept yet.
var ErrNotDue = errors.New("its date has not passed")

// Promised notes what the customer was promised.
type Promised struct {
	What    string    `json:"what" maxLength:"2000" doc:"what will happen"`
	To      string    `json:"to,omitempty" maxLength:"256" doc:"to whom it was promised, as they are called"`
	Due     time.Time `json:"due" doc:"by when"`
	Channel string    `json:"channel,omitempty" maxLength:"256" doc:"by which they will be told; the customer's choice if left out"`
}

func (Promised) Name() string { return "promise" }

// LongestPromise is how long a promise may be, in characters: a customer must be able to remember it.
const LongestPromise = 2000

func (c Promised) do(w *work) error {
	what, err := text("what", c.What, LongestPromise, true)
	if err != nil {
		return err
	}
	to, err := line("to", c.To, tickets.LongestName, false)
	if err != nil {
		return err
	}
	channel, err := line("channel", c.Channel, tickets.LongestName, false)
	if err != nil {
		return err
	}
	due, err := date("due", c.Due, w.at, true)
	if err != nil {
		return err
	}
	if _, err := w.open(tickets.Take); err != nil {
		return err
	}
	p := Promise{
		N: len(w.Promises) + 1, What: what, To: to, Channel: orElse(channel, w.Reply.Channel), Due: due, First: due, State: PromiseOpen,
		Department: w.Department, MadeAt: w.at, Told: true,
	}
	if w.by.Kind == tickets.ByPerson {
		p.Person = w.by.ID
	}
	w.Promises = append(w.Promises, p)
	return w.lookBy(due)
}

// lookBy makes the ticket's owner look at it by a date at the latest. A solved ticket keeps its date.
func (w *work) lookBy(due time.Time) error {
	o, is := w.State.(tickets.Open)
	if !is || o.Phase() == tickets.Solved || !o.Next().After(due) {
		return nil
	}
	return w.KeepOpen(o.Owner(), due, o.Step())
}

// promise is one that is neither kept nor broken yet.
func (w *work) promise(n int) (*Promise, error) {
	p, err := find("promise", w.Promises, n)
	if err != nil {
		return nil, err
	}
	if p.State != PromiseOpen {
		return nil, fmt.Errorf("promise %d is %s: %w", n, p.State, ErrEnded)
	}
	w.details["promise"] = strconv.Itoa(n)
	return p, nil
}

// end ends a promise as somebody says: it was fulfilled, or is not wanted any more. It is broken all the same where its date has passed, whether the rule has
// seen that yet or not, or where the customer did not know of each date.
func (p *Promise) end(as PromiseState, at time.Time) {
	p.State, p.EndedAt = as, at
	if at.After(p.Due) || !p.Told {
		p.State = PromiseBroken
	}
}

// KeepPromise says that a promise was fulfilled. One that is late, or was moved without telling the customer, is broken all the same.
type KeepPromise struct {
	N    int    `json:"n" minimum:"1" doc:"which promise"`
	Note string `json:"note,omitempty" maxLength:"20000"`
}

func (KeepPromise) Name() string { return "keep_promise" }

func (c KeepPromise) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	p, err := w.promise(c.N)
	if err != nil {
		return err
	}
	p.end(PromiseKept, w.at)
	w.details["became"] = string(p.State)
	w.write(Note, note, true)
	return nil
}

// MovePromise gives a promise another date. Where the customer was not told before the old one has passed it counts as broken.
type MovePromise struct {
	N    int       `json:"n" minimum:"1" doc:"which promise"`
	Due  time.Time `json:"due" doc:"the new date"`
	Told bool      `json:"told" doc:"whether the customer knows of it"`
	Note string    `json:"note,omitempty" maxLength:"20000" doc:"why, or what they were told"`
}

func (MovePromise) Name() string { return "move_promise" }

func (c MovePromise) do(w *work) error {
	due, err := date("due", c.Due, w.at, true)
	if err != nil {
		return err
	}
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	p, err := w.promise(c.N)
	if err != nil {
		return err
	}
	if due.Equal(p.Due) {
		return ErrNothing
	}
	if !c.Told || w.at.After(p.Due) {
		p.Told = false
		w.details["told"] = "false"
	}
	p.Due = due
	p.Moved++
	w.write(Note, note, true)
	return w.lookBy(due)
}

// WithdrawPromise ends a promise that the customer does not want fulfilled any more.
type WithdrawPromise struct {
	N    int    `json:"n" minimum:"1" doc:"which promise"`
	Note string `json:"note,omitempty" maxLength:"20000"`
}

func (WithdrawPromise) Name() string { return "withdraw_promise" }

func (c WithdrawPromise) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	p, err := w.promise(c.N)
	if err != nil {
		return err
	}
	p.end(PromiseWithdrawn, w.at)
	w.details["became"] = string(p.State)
	w.write(Note, note, true)
	return nil
}

// BreakPromise ends a promise whose date has passed. The ticket is raised, and comes before its owner; the details of the line in the history say
// whose promise it was, for those who are to be told.
type BreakPromise struct {
	N int `json:"n" minimum:"1" doc:"which promise"`
}

func (BreakPromise) Name() string { return "break_promise" }

func (c BreakPromise) do(w *work) error {
	if w.by.Kind != tickets.ByRule {
		return ErrOnlyRule
	}
	p, err := w.promise(c.N)
	if err != nil {
		return err
	}
	if !w.at.After(p.Due) {
		return fmt.Errorf("promise %d: %w", c.N, ErrNotDue)
	}
	p.State, p.EndedAt = PromiseBroken, w.at
	w.details["person"], w.details["department"] = p.Person, string(p.Department)
	if _, is := w.State.(tickets.Open); is {
		w.Escalated++
	}
	return w.call()
}
