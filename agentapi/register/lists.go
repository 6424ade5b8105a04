package register

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/lists"
)

// TicketRow is a line of a list.
type TicketRow struct {
	Number         tickets.Number   `json:"number"`
	Subject        string           `json:"subject"`
	Customer       *RowCustomer     `json:"customer" doc:"null: nobody is known"`
	Caller         string           `json:"caller,omitempty" doc:"the number of the call that opened it; absent: withheld, or no call"`
	CallerName     string           `json:"caller_name,omitempty" doc:"as the network sent it"`
	Phase          tickets.Phase    `json:"phase" enum:"new,open,in_work,waiting,solved,closed"`
	Awaits         tickets.Awaited  `json:"awaits" enum:"customer,vendor,date," doc:"for whom or what it waits, where it does"`
	State          string           `json:"state" enum:"open,closed"`
	Owner          string           `json:"owner" doc:"the id of a person or a department; empty when closed"`
	OwnerKind      string           `json:"owner_kind" enum:"person,department,"`
	OwnerName      string           `json:"owner_name" doc:"of a person; their id where nobody is known by it"`
	Department     string           `json:"department" doc:"that is responsible, also while a person of it owns the ticket"`
	DepartmentName words.Text       `json:"department_name,omitempty"`
	Topic          string           `json:"topic"`
	TopicName      words.Text       `json:"topic_name,omitempty"`
	Class          tickets.Class    `json:"class" enum:"information,personal,claim,complaint,outage,"`
	Priority       tickets.Priority `json:"priority" doc:"1 is the most urgent, 4 the least; 0 is not set"`
	NextAt         *time.Time       `json:"next_at" doc:"when its owner looks at it; null when closed"`
	Step           tickets.Step     `json:"step" enum:"serve,call_back,follow_up," doc:"what is to be done by then"`
	OpenedAt       time.Time        `json:"opened_at"`
	ActivityAt     time.Time        `json:"activity_at"`
	ClosedAt       *time.Time       `json:"closed_at"`
	Clock          *RowClock        `json:"clock" doc:"the one that is nearest to breaking; null: none runs"`
	PromiseDue     *time.Time       `json:"promise_due" doc:"of the promise to the customer that is due first"`
	PartsOpen      int              `json:"parts_open"`
	Reopened       int              `json:"reopened"`
	Escalated      int              `json:"escalated"`
	Version        int64            `json:"version"`
}

// RowCustomer is whose a ticket is.
type RowCustomer struct {
	ID   tickets.CustomerID `json:"id"`
	Name string             `json:"name" doc:"empty: nobody has said so yet"`
}

// RowClock is a clock of a ticket.
type RowClock struct {
	N      int        `json:"n" doc:"in its ticket"`
	Kind   string     `json:"kind" enum:"reaction,resolution,department"`
	Due    *time.Time `json:"due" doc:"null: it stands"`
	WarnAt *time.Time `json:"warn_at"`
	Broken bool       `json:"broken"`
	Paused bool       `json:"paused"`
}

func showClock(c *lists.Clock) *RowClock {
	if c == nil {
		return nil
	}
	return &RowClock{c.N, c.Kind, c.Due, c.WarnAt, c.Broken, c.PausedBy != ""}
}

// TicketsAnswer is a page of a list.
type TicketsAnswer struct {
	Items []TicketRow `json:"items" nullable:"false"`
	Next  string      `json:"next_cursor" doc:"for the next page; empty: this is the last"`
	AsOf  time.Time   `json:"as_of"`
}

// CountsAnswer is how many tickets there are in each list; 1000 means: or more.
type CountsAnswer struct {
	Mine       int `json:"mine"`
	Department int `json:"department"`
	Free       int `json:"free"`
	Soon       int `json:"soon"`
	Overdue    int `json:"overdue"`
	Promised   int `json:"promised"`
	Confirm    int `json:"confirm"`
	CallBack   int `json:"callback"`
	Complaints int `json:"complaints"`
	Waiting    int `json:"waiting"`
	Vendor     int `json:"vendor"`
	Returned   int `json:"returned"`
}

// ListFilter is which tickets a list holds.
type ListFilter struct {
	List       string   `query:"list" enum:"mine,department,free,soon,overdue,promised,confirm,callback,complaints,waiting,vendor,returned,all" default:"all"`
	Department string   `query:"department" maxLength:"256" doc:"by id; in the list of that name: which department's, else their own"`
	State      string   `query:"state" enum:"open,closed" doc:"of the list all; the others hold open tickets alone"`
	Phase      string   `query:"phase" enum:"new,open,in_work,waiting,solved,closed"`
	Text       string   `query:"q" maxLength:"200" doc:"a ticket's number, the end of a telephone number, a contract, or words of subject, texts and notes; \"in quotes\" one after the other, -without" example:"\"нет света\" -лифт"`
	Topic      string   `query:"topic" maxLength:"256" doc:"with all kinds of it"`
	Class      string   `query:"class" enum:"information,personal,claim,complaint,outage"`
	Owner      string   `query:"owner" maxLength:"256" doc:"a person's id, or a department's: nobody of it has taken it"`
	Customer   string   `query:"customer" format:"uuid"`
	Parent     string   `query:"parent" maxLength:"40" doc:"the number of the incident of which they are part"`
	Numbers    []string `query:"numbers" maxItems:"100" doc:"one of these tickets, which is how a page asks which of them still belong to its list" example:"100237,100245"`
	Sort       string   `query:"sort" enum:"due,opened,activity" doc:"due: the earliest next date first, of open tickets; the others: the latest first. Absent: due, and opened where there may be closed ones, or q"`
}

type listQuestion struct {
	ListFilter
	Cursor string `query:"cursor" maxLength:"400"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (t *Tickets) listOperations(to *rest.Registrar) {
	theirs := rest.Person(rest.Own, rest.All, "tickets of theirs and of their departments, with parts or complaints for these, with promises of theirs, and of their calls").WithToken(gate.ReadTickets)
	o := to.Operation("tickets", http.MethodGet, "/tickets", "A list of tickets", theirs)
	o.Description = "The list all goes back to somebody's latest 500 calls, and to the latest 500 parts of their departments; a search, or a ticket's number, finds the older ones."
	huma.Register(to.API, o, func(ctx context.Context, in *listQuestion) (*rest.Answer[TicketsAnswer], error) {
		return t.list(ctx, to, in)
	})
	huma.Register(to.API, to.Operation("ticket-counts", http.MethodGet, "/tickets/counts", "How many tickets there are in each list, up to 1000", theirs),
		func(ctx context.Context, _ *struct{}) (*rest.Answer[CountsAnswer], error) { return t.count(ctx, to) })
}

// question is what a page asks, as lists know it.
func (t *Tickets) question(v viewer, in *listQuestion) (lists.Question, error) {
	numbers, err := readNumbers("numbers", in.Numbers...)
	if err != nil {
		return lists.Question{}, err
	}
	now := time.Now()
	q := lists.Question{
		List: lists.List(in.List), Sight: v.sight, Sort: lists.Sort(in.Sort), Cursor: in.Cursor, Limit: in.Limit, Now: now, Today: t.endOfDay(now),
		Filter: lists.Filter{
			Phase: tickets.Phase(in.Phase), Class: tickets.Class(in.Class), Owner: in.Owner, Customer: tickets.CustomerID(in.Customer), Text: in.Text, Department: in.Department, Numbers: numbers,
		},
	}
	if in.Parent != "" {
		parent, err := readNumbers("parent", in.Parent)
		if err != nil {
			return lists.Question{}, err
		}
		q.Parent = parent[0]
	}
	if in.State != "" {
		open := in.State == "open"
		q.Open = &open
	}
	if in.Topic != "" {
		q.Topics = t.Register.Terms().KindsOf(in.Topic)
	}
	if q.List == lists.Department && in.Department != "" { // one of theirs; any for who oversees
		q.Filter.Department = ""
		if !v.sight.All && !slices.Contains(v.sight.Departments, in.Department) {
			q.Sight.Departments = nil
		} else {
			q.Sight.Departments = []string{in.Department}
		}
	}
	return q, nil
}

// readNumbers reads numbers of tickets in a field, as people type them.
func readNumbers(field string, typed ...string) (all []tickets.Number, err error) {
	for _, one := range typed {
		n, err := tickets.ParseNumber(one)
		if err != nil {
			return nil, agentapi.RefuseField("query."+field, err.Error())
		}
		all = append(all, n)
	}
	return all, nil
}

// endOfDay is when today ends at the line's place.
func (t *Tickets) endOfDay(now time.Time) time.Time {
	y, m, d := now.In(t.location()).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.location())
}

// searchTime is how long a list may take: who types on asks anew.
const searchTime = 2 * time.Second

func (t *Tickets) list(ctx context.Context, to *rest.Registrar, in *listQuestion) (*rest.Answer[TicketsAnswer], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	q, err := t.question(t.viewer(a), in)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	p, err := t.Store.List(ctx, q)
	if err != nil {
		return nil, refusal(to, "", err, "list tickets")
	}
	terms := t.Register.Terms()
	answer := TicketsAnswer{Items: make([]TicketRow, 0, len(p.Rows)), Next: p.Next, AsOf: q.Now}
	for _, r := range p.Rows {
		answer.Items = append(answer.Items, showRow(terms, r))
	}
	if err := t.lookedAt(ctx, to, a, q, answer); err != nil {
		return nil, err
	}
	return rest.Answered(answer), nil
}

// lookedAt leaves a line about each ticket that somebody has found by what they typed, up to a few: it shows whose it is. A longer list is one line,
// about none, and the tickets of a customer are one about them. A list that nobody searches shows its people their own work, and leaves none.
func (t *Tickets) lookedAt(ctx context.Context, to *rest.Registrar, a gate.Account, q lists.Question, found TicketsAnswer) error {
	if q.Customer != "" {
		return to.Looked(ctx, a, tickets.LookedAtCustomer, string(q.Customer))
	}
	if q.Text == "" {
		return nil
	}
	if len(found.Items) > few {
		return to.Looked(ctx, a, tickets.SearchedTickets, "")
	}
	for _, r := range found.Items {
		if err := to.Looked(ctx, a, tickets.SearchedTickets, string(r.Number)); err != nil {
			return err
		}
	}
	return nil
}

// showRow is a line of a list as JSON.
func showRow(terms tickets.Terms, r lists.Row) TicketRow {
	s := r.Summary()
	row := TicketRow{
		Number: r.Number, Subject: s.Subject, Caller: r.Caller, CallerName: tickets.Display(r.CallerName),
		Phase: s.Phase, Awaits: s.Awaits, State: s.State, Owner: s.Owner, OwnerKind: s.OwnerKind, Department: string(r.Department), Topic: r.Topic,
		DepartmentName: terms.Departments[string(r.Department)].Name, TopicName: terms.Topics[r.Topic].Name,
		Class: r.Class, Priority: r.Priority, NextAt: s.NextAt, OpenedAt: r.OpenedAt, ActivityAt: r.ActivityAt, ClosedAt: s.ClosedAt,
		Clock: showClock(r.Clock), PartsOpen: r.PartsOpen, Reopened: r.Reopened, Escalated: r.Escalated, Version: r.Version, PromiseDue: orNil(r.PromiseDue),
	}
	if o, open := r.State.(tickets.Open); open {
		row.Step = o.Step()
	}
	if r.Customer != "" {
		row.Customer = &RowCustomer{r.Customer, tickets.Display(r.CustomerName)}
	}
	if s.OwnerKind == "person" {
		row.OwnerName = nameOf(terms, s.Owner)
	}
	return row
}

// nameOf is a person's name; the id where nobody is known by it.
func nameOf(terms tickets.Terms, id string) string {
	if p, known := terms.People[id]; known && p.Name != "" {
		return p.Name
	}
	return id
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// counts are those that were counted a moment ago, by whose they are: pages ask for them whenever something changes.
type counts struct {
	mu    sync.Mutex
	known map[string]counted // guarded by mu
}

type counted struct {
	at     time.Time
	answer CountsAnswer
}

const (
	countsLast = time.Second // so old may counts be
	mostCounts = 1000        // of so many people; then all are forgotten
)

func (c *counts) find(who string, now time.Time) (CountsAnswer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, is := c.known[who]
	return k.answer, is && now.Sub(k.at) < countsLast
}

func (c *counts) keep(who string, now time.Time, a CountsAnswer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= mostCounts {
		c.known = map[string]counted{}
	}
	c.known[who] = counted{now, a}
}

func (t *Tickets) count(ctx context.Context, to *rest.Registrar) (*rest.Answer[CountsAnswer], error) {
	a, err := to.Who(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if known, is := t.counts.find(string(a.ID), now); is {
		return rest.Answered(known), nil
	}
	v := t.viewer(a)
	var all []lists.Question
	for _, l := range lists.Counted {
		q, err := t.question(v, &listQuestion{ListFilter: ListFilter{List: string(l)}})
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	n, err := t.Store.CountLists(ctx, all...)
	if err != nil {
		return nil, to.Refusal(err, "count tickets")
	}
	answer := CountsAnswer{
		Mine: n[0], Department: n[1], Free: n[2], Soon: n[3], Overdue: n[4], Promised: n[5], Confirm: n[6], CallBack: n[7], Complaints: n[8], Waiting: n[9], Vendor: n[10], Returned: n[11],
	}
	t.counts.keep(string(a.ID), now, answer)
	return rest.Answered(answer), nil
}
