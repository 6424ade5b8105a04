package life

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hotline/tickets"
)

// Two tickets of one matter are merged: one goes on, and the other is closed with its number leading there. It can be undone.
//
//	merge    its contacts go to the one that goes on, and so does what comes from calls later; its number becomes a second name
//	         of that one; what is open of it (parts, promises, requests to vendors, a complaint) goes on there as well;
//	         where that one was solved and this one is not, it is opened again
//	unmerge  it is again what it was before, by its own history; the contacts that came from it go back, and of what went along with it what is
//	         still open; what has ended there meanwhile stays there, and so does everything else that was done
//
// A ticket that has taken over others may be merged in turn. Then these are taken apart from the outside in: first the last merge.

var (
	// ErrOtherCustomer refuses to merge the tickets of two customers, unless whoever asks says that they mean it.
	ErrOtherCustomer = errors.New("the two tickets are of different customers")
	// ErrClosed refuses to let a ticket go on in one that is closed.
	ErrClosed = errors.New("the ticket in which it would go on is closed: reopen that first")
	// ErrNotMerged refuses to take apart what was not merged.
	ErrNotMerged = errors.New("it was not merged with any ticket")
)

// Merge lets the ticket go on in another.
type Merge struct {
	Into  tickets.Number `json:"into" maxLength:"32" doc:"the number of the ticket that goes on"`
	Force bool           `json:"force,omitempty" doc:"though they are of different customers"`
	Note  string         `json:"note,omitempty" maxLength:"20000" doc:"why, for colleagues"`
	Talk  bool           `json:"-"` // its customer is on the phone: what becomes of a solved ticket the end of the call says
}

func (Merge) Name() string { return "merge" }

func (c Merge) needs() []tickets.Number { return named(c.Into) }

func (c Merge) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	into, err := w.other("into", c.Into)
	if err != nil {
		return err
	}
	if err := c.check(w, into); err != nil {
		return err
	}
	before, open := w.State.(tickets.Open)
	if err := w.Close(tickets.Join, w.at, tickets.ByMerge); err != nil {
		return err
	}
	w.Into = into.Number
	w.details["into"] = string(into.Number)
	w.say(into, "merged", string(w.Number))
	w.goAlong(into)
	if into.Customer == "" && w.Customer != "" {
		into.Customer = w.Customer
		w.details["customer"] = "given"
	}
	w.write(Note, note, true)
	w.moved = append(w.moved, Moved{From: w.Number, To: into.Number})
	w.second[w.Number] = into.Number
	if !open || before.Phase() == tickets.Solved {
		return nil
	}
	if into.Phase() == tickets.Solved && c.Talk && !into.AwaitsOthers() {
		return nil
	}
	return w.goOnIn(into, before)
}

// goOnIn has the ticket in which an open one goes on be looked at as early as that one was to be: nobody waits longer because of a merge. One that was solved
// is so no more: it would end by silence, and the other one with it.
func (w *work) goOnIn(into *Matter, before tickets.Open) error {
	o, _ := into.State.(tickets.Open)
	switch {
	case o.Phase() == tickets.Solved:
		w.details[solvedUntil], w.details[solvedReminded] = o.Next().Format(time.RFC3339Nano), strconv.Itoa(into.Reminded)
		return into.Turn(tickets.Reopen, o.Owner(), before.Next(), tickets.FollowUp, "")
	case before.Next().Before(o.Next()):
		return into.KeepOpen(o.Owner(), before.Next(), o.Step())
	}
	return nil
}

// What the line of a merge says of the ticket in which it goes on, where that was solved.
const (
	solvedUntil    = "solved_until"
	solvedReminded = "solved_reminded"
)

// awaitAgain undoes that a merge has opened a solved ticket, where nothing has happened to that since: it awaits its customer's word as before.
func (m *Matter) awaitAgain(join tickets.Change) error {
	until, err := time.Parse(time.RFC3339Nano, join.Details[solvedUntil])
	o, open := m.State.(tickets.Open)
	if err != nil || !open || o.Phase() != tickets.Opened || !m.ActivityAt.Equal(join.At) {
		return nil
	}
	if err := m.Turn(tickets.Solve, o.Owner(), until, o.Step(), ""); err != nil {
		return err
	}
	m.Reopened--
	m.Reminded, err = strconv.Atoi(join.Details[solvedReminded])
	return err
}

// check says what stands against a merge.
func (c Merge) check(w *work, into *Matter) error {
	if _, open := into.State.(tickets.Open); !open {
		return ErrClosed
	}
	if w.Customer != "" && into.Customer != "" && w.Customer != into.Customer && !c.Force {
		return ErrOtherCustomer
	}
	within, err := w.within(into, w.Number)
	if err == nil && within {
		err = wrong("into", "is part of this incident: it would go on in a part of itself")
	}
	return err
}

// goAlong gives what is open of the ticket to the one in which it goes on. The details of the line in its history say what it is there.
func (w *work) goAlong(into *Matter) {
	along(w.details, "part", w.Parts, &into.Parts, Part.open, func(p *Part, n int) { p.N = n })
	along(w.details, "promise", w.Promises, &into.Promises, Promise.open, func(p *Promise, n int) { p.N = n })
	along(w.details, "vendor", w.Vendors, &into.Vendors, Vendor.open, func(v *Vendor, n int) { v.N = n })
	along(w.details, "review", w.Reviews, &into.Reviews, Review.open, func(r *Review, n int) { r.N = n })
	w.endRest(tickets.ByMerge, w.at)
}

func (p Promise) open() bool { return p.State == PromiseOpen }
func (v Vendor) open() bool  { return v.State == VendorAsked }
func (r Review) open() bool  { return r.State == ReviewOpen }

func along[T any](details map[string]string, kind string, from []T, to *[]T, open func(T) bool, count func(*T, int)) {
	for i, one := range from {
		if open(one) {
			n := len(*to) + 1
			count(&one, n)
			*to = append(*to, one)
			details[kind+"."+strconv.Itoa(i+1)] = strconv.Itoa(n)
		}
	}
}

// Unmerge takes the ticket out of the one with which it was merged.
type Unmerge struct {
	Note string `json:"note,omitempty" maxLength:"20000" doc:"why, for colleagues"`
}

func (Unmerge) Name() string { return "unmerge" }

func (c Unmerge) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	if w.Into == "" {
		return ErrNotMerged
	}
	first, err := w.file.matter(w.Into)
	if err != nil {
		return err
	}
	if first.Into != "" {
		return fmt.Errorf("take that apart first: %w", &MergedError{first.Number, first.Into})
	}
	join := tickets.Change{}
	if w.Join != nil {
		join = *w.Join
	}
	if err := w.Restore(join.Patch, orElse(w.Department, tickets.Department(w.file.Terms.Department)), w.at); err != nil {
		return err
	}
	w.comeBack(first, join.Details)
	if err := first.awaitAgain(join); err != nil {
		return err
	}
	if join.Details["customer"] == "given" && first.Customer == w.Customer {
		first.Customer = ""
	}
	w.details["from"] = string(first.Number)
	w.say(first, "unmerged", string(w.Number))
	w.write(Note, note, true)
	w.moved = append(w.moved, Moved{From: first.Number, To: w.Number, Back: true})
	w.second[w.Number] = ""
	return nil
}

// comeBack takes back what went along and is still open, as it is now.
func (w *work) comeBack(from *Matter, details map[string]string) {
	for key, is := range details {
		kind, was, _ := strings.Cut(key, ".")
		to, err := strconv.Atoi(was)
		n, wrong := strconv.Atoi(is)
		if err != nil || wrong != nil {
			continue
		}
		switch kind {
		case "part":
			back(from.Parts, n, w.Parts, to, Part.open, func(p *Part) { p.N = to }, func(p *Part) { p.State, p.DoneAt = PartWithdrawn, w.at })
		case "promise":
			back(from.Promises, n, w.Promises, to, Promise.open, func(p *Promise) { p.N = to }, func(p *Promise) { p.State, p.EndedAt, p.WentOn = PromiseWithdrawn, w.at, true })
		case "vendor":
			back(from.Vendors, n, w.Vendors, to, Vendor.open, func(v *Vendor) { v.N = to }, func(v *Vendor) { v.State, v.DoneAt = VendorWithdrawn, w.at })
		case "review":
			back(from.Reviews, n, w.Reviews, to, Review.open, func(r *Review) { r.N = to }, func(r *Review) { r.State, r.DoneAt = ReviewWithdrawn, w.at })
		}
	}
}

func back[T any](from []T, n int, to []T, was int, open func(T) bool, count, end func(*T)) {
	if n < 1 || n > len(from) || was < 1 || was > len(to) || !open(from[n-1]) {
		return
	}
	to[was-1] = from[n-1]
	count(&to[was-1])
	end(&from[n-1])
}

// joined remembers the line of the history with which a ticket was merged, for as long as it is.
func (m *Matter) joined(line tickets.Change) {
	switch {
	case m.Into == "":
		m.Join = nil
	case line.Kind == Merge{}.Name() && line.Patch["into"][1] != "":
		m.Join = &line
	}
}
