package life

import (
	"errors"

	"hotline/tickets"
)

var (
	// ErrOnlyRule refuses what Hotline does by itself, when it is time.
	ErrOnlyRule = errors.New("this happens by itself when it is time, and nobody else does it")
	// ErrEnded refuses to change a part, a promise, a request to a vendor or a review that has ended.
	ErrEnded = errors.New("it has ended")
)

// department is one that somebody names. Where departments are listed it is one of them.
func (w *work) department(field, typed string, needed bool) (tickets.Department, error) {
	d, err := line(field, typed, tickets.LongestName, needed)
	if err != nil || d == "" {
		return "", err
	}
	if listed := w.file.Terms.Departments; listed != nil {
		if _, there := listed[d]; !there {
			return "", wrong(field, "is no department that is listed")
		}
	}
	return tickets.Department(d), nil
}

// person is somebody who may own tickets, by id; "" where nobody is named. Where people are listed it is one of them.
func (w *work) person(field, typed string) (string, error) {
	p, err := line(field, typed, tickets.LongestName, false)
	if err != nil || p == "" {
		return "", err
	}
	if listed := w.file.Terms.People; listed != nil {
		if _, there := listed[p]; !there {
			return "", wrong(field, "is nobody who may own tickets")
		}
	}
	return p, nil
}

// member is somebody of a department, by id; "" where nobody is named. What a department has is in the hands of its own people.
func (w *work) member(field, typed string, of tickets.Department) (string, error) {
	p, err := w.person(field, typed)
	if err == nil && p != "" && !w.file.Terms.Belongs(p, string(of)) {
		return "", wrong(field, "does not belong to the department")
	}
	return p, err
}

// underWay is the state of a ticket on which somebody may work: one that is neither solved nor closed.
func (w *work) underWay() (tickets.Open, error) {
	o, is := w.State.(tickets.Open)
	if !is || !tickets.Take.From(o.Phase()) {
		return o, &tickets.TransitionError{Move: tickets.Take, From: w.Phase(), To: tickets.InWork}
	}
	return o, nil
}

// call brings the ticket before its owner now: something has happened that they wait for, or must know. A solved ticket keeps its date, by
// which the customer is to confirm; and a closed one has nobody whom it could be brought before.
func (w *work) call() error {
	o, is := w.State.(tickets.Open)
	if !is || o.Phase() == tickets.Solved || !o.Next().After(w.at) {
		return nil
	}
	return w.KeepOpen(o.Owner(), w.at, o.Step())
}

// find is where something of a kind stands that is counted from 1.
func find[T any](kind string, all []T, n int) (*T, error) {
	if n < 1 || n > len(all) {
		return nil, wrong("n", "the ticket has no %s %d", kind, n)
	}
	return &all[n-1], nil
}
