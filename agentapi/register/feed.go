package register

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/stream"
	"hotline/tickets"
	"hotline/tickets/life"
)

// Hub carries news to pages. The Hub of agentapi/stream implements it.
type Hub interface {
	Tickets(events ...stream.TicketEvent)
	TicketsWatched() bool
}

// Matters is where the feed reads what has become of tickets. The Store of tickets/postgres implements it.
type Matters interface {
	// MattersOf are some tickets with all that belongs to them; one that is not there is left out.
	MattersOf(ctx context.Context, numbers []tickets.Number) (map[tickets.Number]*life.Matter, error)
	// AgentsOf are those who took calls of some tickets, by id.
	AgentsOf(ctx context.Context, numbers []tickets.Number) (map[tickets.Number][]string, error)
}

// Feed tells pages of changes of tickets that their people may see, and people of what concerns them. What happens within a quarter of a second
// comes as one event for each ticket, read from the store at once, so that the cost does not grow with the calls.
//
//	Store.OnChange ──► Changed: noted, never waits ──► Run, four times a second ──► Hub
type Feed struct {
	Hub   Hub
	Store Matters
	Terms func() tickets.Terms
	Log   *slog.Logger

	once sync.Once
	wake chan struct{} // has room for one

	mu    sync.Mutex
	noted map[tickets.Number]*noted // guarded by mu
}

// noted is what has happened to a ticket since pages were told last.
type noted struct {
	last        tickets.Change
	people      []string // who owned it before, and whoever took a call of it
	departments []string // whose it was before
	notices     []notice
}

// notice is something that concerns somebody.
type notice struct {
	why        string
	person     string // by id; "" is
	department string // all of a department
	by         string // who did it, and need not be told
}

const (
	feedEvery = 250 * time.Millisecond
	feedTime  = 2 * time.Second
	mostNoted = 2000 // tickets; of more, the first are told
)

func (f *Feed) waker() chan struct{} {
	f.once.Do(func() { f.wake = make(chan struct{}, 1) })
	return f.wake
}

// Changed notes what has changed. It is for Store.OnChange, after the transaction.
func (f *Feed) Changed(history []tickets.Change) {
	if !f.Hub.TicketsWatched() {
		return
	}
	f.mu.Lock()
	if f.noted == nil {
		f.noted = map[tickets.Number]*noted{}
	}
	for _, c := range history {
		n := f.noted[c.Ticket]
		if n == nil && len(f.noted) >= mostNoted {
			continue
		}
		if n == nil {
			n = &noted{}
			f.noted[c.Ticket] = n
		}
		n.note(c)
	}
	f.mu.Unlock()
	select {
	case f.waker() <- struct{}{}:
	default: // it is awake already
	}
}

func (n *noted) note(c tickets.Change) {
	n.last = c
	if was := c.Patch["owner"][0]; was != "" {
		n.people, n.departments = append(n.people, was), append(n.departments, was)
	}
	if was := c.Patch["department"][0]; was != "" {
		n.departments = append(n.departments, was)
	}
	n.notices = append(n.notices, noticesOf(c)...)
}

// The reasons of notices.
const (
	Given         = "given"          // the ticket, or a part of it, is theirs now
	GivenBack     = "returned"       // a department has given a part back
	PromiseBroken = "promise_broken" // a promise to the customer was not kept
	Late          = "overdue"        // it has not moved past its date, and was raised
	ToReview      = "review"         // a complaint is theirs to decide
)

// noticesOf are those that a change gives cause for; "" stands for the owner.
func noticesOf(c tickets.Change) (all []notice) {
	add := func(why, person, department string) { all = append(all, notice{why, person, department, c.By.ID}) }
	if owner, changed := c.Patch["owner"]; changed && owner[1] != "" && c.Kind != "opened" && c.By.Kind != tickets.ByCall {
		add(Given, owner[1], "")
	}
	if c.Kind == (life.ReturnPart{}).Name() {
		add(GivenBack, "", "")
	}
	if raised, changed := c.Patch["escalated"]; changed && raised[1] > raised[0] && raised[1] != "" {
		add(Late, "", "")
	}
	for field, value := range c.Patch {
		kind, _, _ := cutField(field)
		switch kind {
		case "promise":
			was, is := read[life.Promise](value)
			if is.State == life.PromiseBroken && was.State == life.PromiseOpen {
				add(PromiseBroken, is.Person, "")
				add(PromiseBroken, "", "")
			}
		case "review":
			was, is := read[life.Review](value)
			if is.State == life.ReviewOpen && (was.Reviewer != is.Reviewer || was.Department != is.Department) {
				if is.Reviewer != "" {
					add(ToReview, is.Reviewer, "")
				} else {
					add(ToReview, "", string(is.Department))
				}
			}
		case "part":
			was, is := read[life.Part](value)
			if is.State == life.PartOpen && is.Owner != "" && was.Owner != is.Owner {
				add(Given, is.Owner, "")
			}
		}
	}
	return all
}

func read[T any](value [2]string) (was, is T) {
	_ = json.Unmarshal([]byte(value[0]), &was) // "" is none
	_ = json.Unmarshal([]byte(value[1]), &is)
	return was, is
}

// cutField takes apart the name of a field such as part.1.
func cutField(field string) (kind, n string, is bool) {
	for i := range field {
		if field[i] == '.' {
			return field[:i], field[i+1:], true
		}
	}
	return field, "", false
}

// Run tells pages until ctx ends, and returns nil then.
func (f *Feed) Run(ctx context.Context) error {
	for {
		select {
		case <-f.waker():
		case <-ctx.Done():
			return nil
		}
		pause := time.NewTimer(feedEvery)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil
		}
		f.tell(ctx)
	}
}

// tell publishes what was noted. While the database is away nothing of it is told: pages that see nothing else either read again.
func (f *Feed) tell(ctx context.Context) {
	f.mu.Lock()
	all := f.noted
	f.noted = nil
	f.mu.Unlock()
	var numbers []tickets.Number
	for n := range all {
		numbers = append(numbers, n)
	}
	if len(numbers) == 0 {
		return
	}
	slices.Sort(numbers)
	ctx, cancel := context.WithTimeout(ctx, feedTime)
	defer cancel()
	matters, err := f.Store.MattersOf(ctx, numbers)
	var agents map[tickets.Number][]string
	if err == nil {
		agents, err = f.Store.AgentsOf(ctx, numbers)
	}
	if err != nil {
		f.Log.Warn("pages are not told of changes of tickets", "tickets", len(numbers), "err", err)
		return
	}
	terms := f.Terms()
	var events []stream.TicketEvent
	for _, n := range numbers {
		if m := matters[n]; m != nil {
			all[n].people = append(all[n].people, agents[n]...)
			events = append(events, eventsOf(terms, *m, all[n])...)
		}
	}
	f.Hub.Tickets(events...)
}

// eventsOf are what pages are told of one ticket.
func eventsOf(terms tickets.Terms, m life.Matter, n *noted) []stream.TicketEvent {
	s := m.Summary()
	people, departments := n.people, append(n.departments, string(m.Department))
	if s.OwnerKind == "person" {
		people = append(people, s.Owner)
	} else {
		departments = append(departments, s.Owner)
	}
	for _, p := range m.Parts {
		people, departments = append(people, p.Owner), append(departments, string(p.Department))
	}
	for _, r := range m.Reviews {
		people, departments = append(people, r.Reviewer), append(departments, string(r.Department))
	}
	events := []stream.TicketEvent{{
		Type: "ticket.changed", Ticket: m.Number, For: isFor(terms, people, departments),
		Data: agentapi.TicketNews{
			Number: m.Number, Version: m.Version, Kind: n.last.Kind, By: agentapi.TicketBy{Kind: n.last.By.Kind, ID: n.last.By.ID, Name: tickets.Display(n.last.By.Name)},
			Department: string(m.Department), Owner: s.Owner, OwnerKind: s.OwnerKind, Phase: s.Phase, NextAt: s.NextAt,
		},
	}}
	for _, told := range n.notices {
		person, department := told.person, told.department
		if person == "" && department == "" { // the owner
			if s.OwnerKind == "person" {
				person = s.Owner
			} else {
				department = s.Owner
			}
		}
		if _, known := terms.People[person]; person != "" && !known || person != "" && person == told.by {
			continue // a department by its name, or who did it
		}
		whom, by := personOrMembers(person, department), told.by
		events = append(events, stream.TicketEvent{
			Type: "ticket.notice", Ticket: m.Number, Data: agentapi.TicketNotice{Number: m.Number, Why: told.why, Subject: s.Subject},
			For: func(a gate.Account) bool { return a.Person != "" && a.Person != by && whom(terms, a) },
		})
	}
	return events
}

func personOrMembers(person, department string) func(tickets.Terms, gate.Account) bool {
	return func(terms tickets.Terms, a gate.Account) bool {
		if person != "" {
			return a.Person == person
		}
		return slices.Contains(terms.People[a.Person].Departments, department)
	}
}

// isFor says who may know of a change: people, those of departments, and who oversees all.
func isFor(terms tickets.Terms, people, departments []string) func(gate.Account) bool {
	return func(a gate.Account) bool {
		if a.Role.Oversees() {
			return true
		}
		if a.Person == "" {
			return false
		}
		return slices.Contains(people, a.Person) || slices.ContainsFunc(terms.People[a.Person].Departments, func(d string) bool { return d != "" && slices.Contains(departments, d) })
	}
}
