package register

import (
	"context"
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
	// TicketsMissed says that nobody watches: then nothing need be told, and whoever comes reads for themselves.
	TicketsMissed() bool
	// TicketsAnew has each page read its lists again: more has changed than they are told of.
	TicketsAnew()
}

// Matters is where the feed reads what has become of tickets. The Store of tickets/postgres implements it.
type Matters interface {
	// MattersOf are some tickets with all that belongs to them; one that is not there is left out.
	MattersOf(ctx context.Context, numbers []tickets.Number) (map[tickets.Number]*life.Matter, error)
	// AgentsOf are those who took calls of some tickets or of their customers, by id.
	AgentsOf(ctx context.Context, numbers []tickets.Number) (map[tickets.Number][]string, error)
}

// Feed tells pages of changes of tickets that their people may see, and people of what concerns them. What happens within a quarter of a second
// comes as one event for each ticket, read from the store at once, so that the cost does not grow with the calls. What people are told stands in
// the database already (tickets/due writes it): the feed only carries the rows on.
//
//	Store.OnChange ──► Changed: noted, never waits ──► Run, four times a second ──► Hub: ticket.changed
//	Store.OnNotice ──► Noticed ───────────────────────────────────────────────────► Hub: ticket.notice
type Feed struct {
	Hub   Hub
	Store Matters
	Terms func() tickets.Terms
	Log   *slog.Logger

	once sync.Once
	wake chan struct{} // has room for one

	mu    sync.Mutex
	noted map[tickets.Number]*noted // guarded by mu
	more  bool                      // guarded by mu: others have changed, too, and are not noted
}

// noted is what has happened to a ticket since pages were told last.
type noted struct {
	last        tickets.Change
	people      []string // who owned it before, and whoever took a call of it or of its customer
	departments []string // whose it was before
}

const (
	feedEvery = 250 * time.Millisecond
	feedTime  = 2 * time.Second
	feedAgain = time.Second // after the database was away
	mostNoted = 2000        // tickets; where more have changed, pages read anew
)

func (f *Feed) waker() chan struct{} {
	f.once.Do(func() { f.wake = make(chan struct{}, 1) })
	return f.wake
}

// Changed notes what has changed. It is for Store.OnChange, after the transaction.
func (f *Feed) Changed(history []tickets.Change) {
	if f.Hub.TicketsMissed() {
		return
	}
	f.mu.Lock()
	if f.noted == nil {
		f.noted = map[tickets.Number]*noted{}
	}
	for _, c := range history {
		n := f.noted[c.Ticket]
		if n == nil && len(f.noted) >= mostNoted {
			f.more = true
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
}

// Noticed tells people of what was written for them. It is for Store.OnNotice, after the transaction.
func (f *Feed) Noticed(all []tickets.Notice) {
	if f.Hub.TicketsMissed() {
		return
	}
	terms := f.Terms()
	events := make([]stream.TicketEvent, 0, len(all))
	for _, n := range all {
		events = append(events, stream.TicketEvent{
			Type: "ticket.notice", Ticket: n.Ticket, Departments: []string{n.Department}, Data: agentapi.TicketNotice{ID: n.ID, Number: n.Ticket, Why: n.Kind, Department: n.Department, About: n.About, Due: orNil(n.Due), At: n.At},
			For: func(a gate.Account) bool {
				return a.Person != "" && (a.Person == n.Person || n.Department != "" && slices.Contains(terms.People[a.Person].Departments, n.Department))
			},
		})
	}
	f.Hub.Tickets(events...)
}

// Run tells pages until ctx ends, and returns nil then.
func (f *Feed) Run(ctx context.Context) error {
	for {
		select {
		case <-f.waker():
		case <-ctx.Done():
			return nil
		}
		for wait := feedEvery; wait > 0; {
			pause := time.NewTimer(wait)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return nil
			}
			wait = 0
			if err := f.tell(ctx); err != nil && ctx.Err() == nil {
				f.Log.Warn("pages are not told of changes of tickets yet; it is tried again", "err", err)
				wait = feedAgain
			}
		}
	}
}

// tell publishes what was noted, or that it was too much to be told one by one. What cannot be read while the database is away stays noted.
func (f *Feed) tell(ctx context.Context) error {
	f.mu.Lock()
	all, more := f.noted, f.more
	f.noted, f.more = nil, false
	f.mu.Unlock()
	if more {
		f.Hub.TicketsAnew()
		return nil
	}
	var numbers []tickets.Number
	for n := range all {
		numbers = append(numbers, n)
	}
	if len(numbers) == 0 {
		return nil
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
		f.again(all)
		return err
	}
	terms := f.Terms()
	var events []stream.TicketEvent
	for _, n := range numbers {
		if m := matters[n]; m != nil {
			all[n].people = append(all[n].people, agents[n]...)
			events = append(events, eventOf(terms, *m, all[n]))
		}
	}
	f.Hub.Tickets(events...)
	return nil
}

// again notes what was noted before, ahead of what has happened since.
func (f *Feed) again(before map[tickets.Number]*noted) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for number, since := range f.noted {
		was := before[number]
		if was == nil {
			before[number] = since
			continue
		}
		was.last = since.last
		was.people, was.departments = append(was.people, since.people...), append(was.departments, since.departments...)
	}
	f.noted = before
}

// eventOf is what pages are told of one ticket.
func eventOf(terms tickets.Terms, m life.Matter, n *noted) stream.TicketEvent {
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
	for _, p := range m.Promises {
		people = append(people, p.Person)
	}
	for _, r := range m.Reviews {
		people, departments = append(people, r.Reviewer), append(departments, string(r.Department))
	}
	return stream.TicketEvent{
		Type: "ticket.changed", Ticket: m.Number, For: isFor(terms, people, departments), Departments: departments,
		Data: agentapi.TicketNews{
			Number: m.Number, Version: m.Version, Kind: n.last.Kind, By: agentapi.TicketBy{Kind: n.last.By.Kind, ID: n.last.By.ID, Name: tickets.Display(n.last.By.Name)},
			Department: string(m.Department), Owner: s.Owner, OwnerKind: s.OwnerKind, Phase: s.Phase, NextAt: s.NextAt,
		},
	}
}

// MayWatch says why an account may not watch the tickets of a department on the stream; nil: it may. Whether there is one is told to those alone who
// see all.
func MayWatch(terms tickets.Terms, a gate.Account, department string) *agentapi.Problem {
	_, listed := terms.Departments[department]
	switch {
	case !a.Role.Oversees() && (a.Person == "" || !slices.Contains(terms.People[a.Person].Departments, department)):
		return agentapi.Refuse(agentapi.CodeForbidden, "the tickets of department %q are not yours to watch", agentapi.Printable(department))
	case department == "" || terms.Departments != nil && !listed:
		return agentapi.Refuse(agentapi.CodeUnknownTopic, "there is no department %q", agentapi.Printable(department))
	}
	return nil
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
