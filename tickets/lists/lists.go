// Package lists is what people ask of the register: which lists of tickets there are, what may be asked of one, in which order it comes, and
// where a page of it ends. It is plain Go; tickets/postgres turns a Question into SQL.
//
//	Question ──► rows (a page, with the cursor of the next)
//	    │  └───► count, up to Enough
//	    └──────► the same conditions for all: a count and a page never differ in what belongs to the list
//
// A cursor names the last row of a page, and carries a hash of the question: one of another question is refused (ErrCursor), for its
// place means nothing there. What comes and goes between two pages moves no other row from one to the next.
//
// Whose tickets somebody sees is part of the question (tickets.Sight), so that no count tells of what a list does not show.
package lists

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hotline/tickets"
)

// List is the name of a list.
type List string

const (
	Mine       List = "mine"       // open, and owned by them; or with a part or a complaint that is theirs
	Department List = "department" // open, and of their departments; or with a part or a complaint of these
	Free       List = "free"       // open, of their departments, and nobody of these has taken it
	Soon       List = "soon"       // open, and due within Near
	Confirm    List = "confirm"    // solved: they await the customer's word
	Overdue    List = "overdue"    // open, and past the next date
	Promised   List = "promised"   // with a promise that is due today, or was before: in their tickets, or their own promise
	CallBack   List = "callback"   // the caller left before anyone spoke to them
	Complaints List = "complaints" // with a complaint that nobody has decided, or of that class: their tickets, or theirs to decide
	Waiting    List = "waiting"    // for the customer, a vendor or a date
	Vendor     List = "vendor"     // waiting for a vendor
	Returned   List = "returned"   // with a part that a department has given back
	All        List = "all"        // whatever somebody may see
)

// Counted are the lists that have a count, in the order in which pages show them.
var Counted = []List{Mine, Department, Free, Soon, Overdue, Promised, Confirm, CallBack, Complaints, Waiting, Vendor, Returned}

// Near is how far ahead the list Soon looks.
const Near = 2 * time.Hour

// Enough is how far is counted: whoever has a thousand tickets before them does not need to know how many more.
const Enough = 1000

// Sort is an order.
type Sort string

const (
	ByDue      Sort = "due"      // whose next date comes first; of open tickets
	ByOpening  Sort = "opened"   // the latest first
	ByActivity Sort = "activity" // what moved last first
)

// Question is what somebody asks.
type Question struct {
	List  List
	Sight tickets.Sight
	Filter
	Sort   Sort   // "" is the list's own
	Cursor string // of the page before; "" begins
	Limit  int    // rows of a page
	Whole  bool   // as a file holds it: not cut at somebody's latest calls or parts, nor at the latest that a number or a customer finds

	Now   time.Time // what is past is past then
	Today time.Time // when today ends
}

// Filter are further conditions, all of which a ticket fulfils. "" and nil are none.
type Filter struct {
	Open       *bool
	Phase      tickets.Phase
	Department string
	Topics     []string // one of them
	Class      tickets.Class
	Owner      string // a person's id, or a department's: nobody of it has taken the ticket then
	Customer   tickets.CustomerID
	Parent     tickets.Number   // the incident of which they are part
	Text       string           // a number, a name, a contract, or words; hostile
	Numbers    []tickets.Number // one of these
}

// Row is a line of a list.
type Row struct {
	tickets.Ticket
	CustomerName string
	Caller       string // the number from which it came; "" where it was withheld, or no call
	CallerName   string // as the network sent it
	PromiseDue   time.Time
	PartsOpen    int
	Clock        *Clock // of those that run or stand, the one that is nearest to breaking; nil is none
}

// Clock is a clock of a ticket as it was reckoned last.
type Clock struct {
	N          int        `json:"n"` // in its ticket
	Kind       string     `json:"kind"`
	Department string     `json:"department"`
	Agreement  string     `json:"agreement"`
	Started    time.Time  `json:"started"`
	Ended      *time.Time `json:"ended"`
	Due        *time.Time `json:"due"` // nil where it stands
	WarnAt     *time.Time `json:"warn_at"`
	Broken     bool       `json:"broken"`
	PausedBy   string     `json:"paused_by"` // "" where it runs
	Allowed    float64    `json:"allowed"`   // working time, in seconds
	Used       float64    `json:"used"`      // of it, when it was reckoned last
}

// View is a list that somebody has saved, with the question that it asks as their page sends it.
type View struct {
	ID       string
	Of       ViewOf
	Name     string
	Query    map[string]string
	Position int
}

// ViewOf is what a saved list is of.
type ViewOf string

const (
	OfTickets ViewOf = "tickets"
	OfCalls   ViewOf = "calls"
)

// MostViews is how many somebody may save.
const MostViews = 50

// ErrViews refuses one more.
var ErrViews = fmt.Errorf("no more than %d lists are saved", MostViews)

// Page is a piece of a list. Next is the cursor of the next one; "" where this is the last.
type Page struct {
	Rows []Row
	Next string
}

// Errors about questions.
var (
	ErrCursor = errors.New("the cursor is of another question, or none")
	ErrSort   = errors.New("only open tickets have a next date: sort by opened or activity")
)

// OnlyOpen says whether all tickets of a question are open.
func (q Question) OnlyOpen() bool { return q.List != All || q.Open != nil && *q.Open }

// Order is the order that counts: the question's, else the list's own. A search comes with the latest first.
func (q Question) Order() (Sort, error) {
	switch {
	case q.Sort == "" && q.OnlyOpen() && q.Text == "":
		return ByDue, nil
	case q.Sort == "":
		return ByOpening, nil
	case q.Sort == ByDue && !q.OnlyOpen():
		return "", ErrSort
	}
	return q.Sort, nil
}

// Place is where a page ends: the last row's value of the order, and its number.
type Place struct {
	At     time.Time
	Number tickets.Number
}

// hash is of what a question asks, whoever else's right it is to see less of it by now.
func (q Question) hash() uint64 {
	order, _ := q.Order()
	topics := slices.Sorted(slices.Values(q.Topics))
	f := q.Filter
	f.Topics = topics
	return hashOf(struct {
		List  List
		Who   string
		All   bool
		Sort  Sort
		Query Filter
	}{q.List, q.Sight.Agent, q.Sight.All, order, f})
}

// Begin is the place after which the page begins; nil is the beginning of the list.
func (q Question) Begin() (*Place, error) {
	if q.Cursor == "" {
		return nil, nil
	}
	at, number, err := readPlace(q.hash(), q.Cursor)
	if err != nil || strings.Trim(number, "0123456789") != "" {
		return nil, ErrCursor
	}
	return &Place{at, tickets.Number(number)}, nil
}

// After is the cursor for the page that follows a row.
func (q Question) After(r Row) string {
	order, _ := q.Order()
	at := r.OpenedAt
	switch order {
	case ByActivity:
		at = r.ActivityAt
	case ByDue:
		if o, open := r.State.(tickets.Open); open {
			at = o.Next()
		}
	}
	return writePlace(q.hash(), at, string(r.Number))
}
