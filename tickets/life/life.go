// Package life is what people, programs and rules do to a ticket: the commands of its life, each with its own effect, in plain Go. What a call
// does to its ticket is in the package tickets; both make the same moves (tickets.Move), and each leaves a line in the same history.
//
//	Command ──► Do ──► File: the Matters that the command is about ──► store (tickets/postgres), in one transaction
//	 who, when            │                                             tickets, parts, promises …; history; entries
//	                      └ checks first, changes then: what is refused has changed nothing
//
// A Matter is a ticket with all that belongs to it: parts given to departments, promises, requests to vendors, reviews of complaints, links
// to other tickets. Texts that people write (notes, answers, questions) are Entries: they are added and never changed.
//
// Invariants:
//
//   - a command that the ticket's phase does not allow is an error that names both phases (tickets.ErrTransition);
//   - an open ticket has an owner and a next date after every command;
//   - each command that changes something leaves exactly one line in the history of each ticket that it changes;
//   - whoever answered does not review a complaint about the answer.
package life

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"hotline/tickets"
)

// Matter is a ticket with all that belongs to it.
type Matter struct {
	tickets.Ticket
	Parts    []Part    // by N: 1, 2, 3 …
	Promises []Promise // by N
	Vendors  []Vendor  // by N
	Reviews  []Review  // by N
	Links    []Link
	Written  int             // entries so far
	Join     *tickets.Change // the line of its history with which it was merged; nil where it is not
}

// Part is a piece of the request that a department answers.
type Part struct {
	N          int                `json:"n"`
	Department tickets.Department `json:"department"`
	Owner      string             `json:"owner,omitempty"` // a person's id; "" is the department as a whole
	What       string             `json:"what"`
	Due        time.Time          `json:"due"`
	State      PartState          `json:"state"`
	Answer     string             `json:"answer,omitempty"`
	By         string             `json:"by,omitempty"` // who answered
	GivenAt    time.Time          `json:"given_at"`
	DoneAt     time.Time          `json:"done_at,omitzero"`
}

// PartState is how far a part has come.
type PartState string

const (
	PartOpen      PartState = "open"
	PartAnswered  PartState = "answered"
	PartReturned  PartState = "returned"  // not theirs; its owner gives it on
	PartWithdrawn PartState = "withdrawn" // not needed any more
)

// Promise is what somebody has told a customer to expect.
type Promise struct {
	N          int                `json:"n"`
	What       string             `json:"what"`
	To         string             `json:"to"`      // to whom, as the customer is called
	Channel    string             `json:"channel"` // by which they will be told
	Due        time.Time          `json:"due"`
	State      PromiseState       `json:"state"`
	Person     string             `json:"person"` // who promised, by id
	Department tickets.Department `json:"department"`
	MadeAt     time.Time          `json:"made_at"`
	First      time.Time          `json:"first"`             // the date that was promised at first
	Moved      int                `json:"moved"`             // how often
	Told       bool               `json:"told"`              // whether the customer was told of each new date before the old one had passed; once false it stays so
	EndedAt    time.Time          `json:"ended_at,omitzero"` // when it was kept, broken or withdrawn
	WentOn     bool               `json:"went_on,omitempty" doc:"it goes on in another ticket, by a merge or because one was undone: here it is withdrawn, and counts there"`
}

// PromiseState is what became of a promise.
type PromiseState string

const (
	PromiseOpen      PromiseState = "open"
	PromiseKept      PromiseState = "kept"
	PromiseBroken    PromiseState = "broken"
	PromiseWithdrawn PromiseState = "withdrawn" // the customer does not want it any more
)

// Vendor is a request to somebody outside: what they promised, and what they answered.
type Vendor struct {
	N        int         `json:"n"`
	Vendor   string      `json:"vendor"` // a name, or the id of one in the configuration
	Number   string      `json:"number"` // of the request, as they count
	What     string      `json:"what"`
	AskedAt  time.Time   `json:"asked_at"`
	Promised time.Time   `json:"promised,omitzero"` // by when, as they say
	RemindAt time.Time   `json:"remind_at,omitzero"`
	Reminded int         `json:"reminded"`
	State    VendorState `json:"state"`
	Answer   string      `json:"answer,omitempty"`
	DoneAt   time.Time   `json:"done_at,omitzero"`
}

// VendorState is how far a request to a vendor has come.
type VendorState string

const (
	VendorAsked     VendorState = "asked"
	VendorAnswered  VendorState = "answered"
	VendorWithdrawn VendorState = "withdrawn"
)

// Review is a complaint about an answer, seen by somebody who did not give it.
type Review struct {
	N          int                `json:"n"`
	Level      int                `json:"level"`                            // 1 is inside the department, and so on up to the regulator
	About      string             `json:"about"`                            // who gave the answer that it is about, by id
	Wrote      []string           `json:"wrote,omitempty" nullable:"false"` // who had written parts of that answer, by id
	Department tickets.Department `json:"department"`
	Reviewer   string             `json:"reviewer,omitempty"` // a person's id; "" is the department as a whole
	Complaint  string             `json:"complaint"`
	OpenedAt   time.Time          `json:"opened_at"`
	Due        time.Time          `json:"due"`
	State      ReviewState        `json:"state"`
	Answer     string             `json:"answer,omitempty"`
	DoneAt     time.Time          `json:"done_at,omitzero"`
}

// AnsweredBy says whether somebody gave the answer that the complaint is about, or wrote a part of it.
func (r Review) AnsweredBy(id string) bool {
	return id != "" && (id == r.About || slices.Contains(r.Wrote, id))
}

// ReviewState is what became of a complaint.
type ReviewState string

const (
	ReviewOpen      ReviewState = "open"
	ReviewUpheld    ReviewState = "upheld"    // the customer was right
	ReviewRejected  ReviewState = "rejected"  // the answer stands
	ReviewWithdrawn ReviewState = "withdrawn" // by the customer
)

// Link is a tie to another ticket; both tickets have it.
type Link struct {
	Other tickets.Number `json:"other"`
	Kind  string         `json:"kind"` // "related", "duplicate", "split_off", "split_from"
	At    time.Time      `json:"at"`
}

// Entry is a text that somebody wrote about a ticket.
type Entry struct {
	Ticket   tickets.Number
	N        int   // 1, 2, 3 …
	Version  int64 // of the ticket, with which it came
	At       time.Time
	By       tickets.By
	Kind     EntryKind
	Internal bool // not for the customer
	Text     string
	Channel  string // of an answer: how it went out
	Address  string // and where to
}

// EntryKind is what kind of a text it is.
type EntryKind string

const (
	Note      EntryKind = "note"
	Request   EntryKind = "request"   // what the customer wants, in the words of who registers it
	Answer    EntryKind = "answer"    // to the customer
	Question  EntryKind = "question"  // to a department, with a part or a hand-over
	Reply     EntryKind = "reply"     // of a department or a vendor
	Objection EntryKind = "complaint" // of the customer
	Refusal   EntryKind = "refusal"
)

// Fields are what the history can tell of the matter: those of the ticket, and one for each thing that belongs to it.
func (m Matter) Fields() map[string]string {
	f := m.Ticket.Fields()
	each(f, "part", m.Parts, func(p Part) string { return strconv.Itoa(p.N) })
	each(f, "promise", m.Promises, func(p Promise) string { return strconv.Itoa(p.N) })
	each(f, "vendor", m.Vendors, func(v Vendor) string { return strconv.Itoa(v.N) })
	each(f, "review", m.Reviews, func(r Review) string { return strconv.Itoa(r.N) })
	each(f, "link", m.Links, func(l Link) string { return string(l.Other) })
	return f
}

func each[T any](f map[string]string, kind string, all []T, name func(T) string) {
	for _, one := range all {
		b, err := json.Marshal(one)
		if err != nil {
			panic(err) // plain values
		}
		f[kind+"."+name(one)] = string(b)
	}
}

// Clone is a copy that shares nothing that a command changes.
func (m Matter) Clone() *Matter {
	m.Parts, m.Promises, m.Vendors = slices.Clone(m.Parts), slices.Clone(m.Promises), slices.Clone(m.Vendors)
	m.Reviews, m.Links = slices.Clone(m.Reviews), slices.Clone(m.Links)
	return &m
}

// File holds the matters that a command is about, and what comes of it. A store fills it, and saves what Do gives.
type File struct {
	Own     tickets.Number // to which the command is given
	Matters map[tickets.Number]*Matter
	Names   map[tickets.Number]tickets.Number // second names of the tickets
	Asked   map[tickets.Number]bool           // for which the store has looked, whether they are there or not; nil is for all
	Came    map[tickets.ContactID]time.Time   // when contacts came that were asked for; zero is of one that is not there
	Fresh   []tickets.Number                  // numbers for new tickets, for commands that open some
	Terms   tickets.Terms
}

// NeedsError says that a command is about tickets and contacts that a store has not loaded. It is to load them, too, and to try again.
type NeedsError struct {
	Numbers  []tickets.Number
	Contacts []tickets.ContactID // of these when they came: File.Came
}

func (e *NeedsError) Error() string {
	return fmt.Sprintf("tickets %v and contacts %v are needed", e.Numbers, e.Contacts)
}

// Moved says that contacts go from one ticket to another.
type Moved struct {
	From, To tickets.Number
	Contacts []tickets.ContactID // nil is all of them, by a merge; they know where they came from
	Back     bool                // only those that came from To, or from what was merged with it, go: a merge is undone
}

// Outcome is what a store is to save.
type Outcome struct {
	Matters []*Matter
	History []tickets.Change
	Entries []Entry
	Moved   []Moved
	Second  map[tickets.Number]tickets.Number // second names that are new; "" takes one away
	Contact *tickets.Contact                  // that is new; nil is none
	Linked  tickets.ContactID                 // whose ticket whoever talked with the customer has named (tickets.LinkedByAgent); "" is nobody's
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// matter finds one that the store has loaded.
func (f *File) matter(n tickets.Number) (*Matter, error) {
	m := f.Matters[n]
	if first, is := f.Names[n]; m == nil && is {
		m = f.Matters[first]
	}
	switch {
	case m != nil:
		return m, nil
	case f.Asked != nil && !f.Asked[n]:
		return nil, &NeedsError{Numbers: []tickets.Number{n}}
	}
	return nil, fmt.Errorf("ticket %s: %w", n, tickets.ErrNoTicket)
}

// came is when the first of some contacts came; zero where none of them is there.
func (f *File) came(contacts []tickets.ContactID) (first time.Time, err error) {
	for _, id := range contacts {
		at, asked := f.Came[id]
		switch {
		case !asked && f.Asked != nil:
			return first, &NeedsError{Contacts: contacts}
		case !at.IsZero() && (first.IsZero() || at.Before(first)):
			first = at
		}
	}
	return first, nil
}

// numbers are those of the matters, in order.
func (f *File) numbers() []tickets.Number { return slices.Sorted(maps.Keys(f.Matters)) }
