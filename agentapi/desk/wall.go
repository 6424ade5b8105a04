package desk

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/queues/figures"
	"hotline/tickets"
)

// wallEvery is how often the wall is painted; a wall that is three seconds old says so itself.
const wallEvery = 500 * time.Millisecond

// Board is what the painter asks of the router.
type Board interface {
	Snapshot(ctx context.Context) (queues.Snapshot, error)
}

// Books are the figures of the day, by queue; complete where they reach back to midnight.
type Books interface {
	Today(ids ...queues.QueueID) (sums map[queues.QueueID]figures.Sums, complete bool)
}

// Tally is what of today is counted elsewhere, and when it was.
type Tally interface {
	Today() tickets.Today
}

// Alarms judge the state of the router, with the figures since midnight, each time that the wall is painted, and give what is raised.
type Alarms interface {
	Step(s queues.Snapshot, partial bool) []agentapi.Alarm
}

// Screens show the wall where nobody is signed in. They do not change what they are given.
type Screens interface{ Show(w agentapi.Wall) }

// Painter makes the wall from the router's state and today's figures.
type Painter struct {
	Hub     *stream.Hub
	Board   Board
	Books   Books
	Tally   Tally
	Outlook *Outlook
	Present *Present
	Terms   func() tickets.Terms // who belongs to which department

	Alarms  Alarms  // nil: none are raised
	Screens Screens // nil: there are none

	Overseers func() []agentapi.Overseer // the supervisors who are at calls; nil: nobody is
	Helps     func() []agentapi.Help     // who calls for one; nil: nobody does
	Talks     func() []agentapi.WallTalk // in which somebody is asked, or guests are; nil: none

	Canary func() *agentapi.WallCanary // what the line's own test calls meet; nil: there are none

	ByPhone func(queues.AgentID) bool // who works by phone alone; nil: nobody

	HoldRemind time.Duration // a caller who is on hold for longer is marked; 0 is none

	Planned  Planned        // nil: nobody's work is
	Location *time.Location // the line's place: where the plan's clock hangs

	agents  wallAgents                               // Run's goroutine only
	offPlan offPlan                                  // Run's goroutine only
	history map[queues.QueueID][]agentapi.WallMinute // Run's goroutine only
	teams   teams                                    // likewise
}

// Run paints until ctx ends.
func (p *Painter) Run(ctx context.Context) {
	tick := time.NewTicker(wallEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if s, err := p.Board.Snapshot(ctx); err == nil {
				s.At = time.Now() // the router's clock stands still while nothing happens
				sums, partial := p.today(&s)
				p.remember(s)
				w := p.paint(s, sums, partial)
				if p.Alarms != nil {
					w.Alarms = p.Alarms.Step(s, partial)
				}
				if p.Screens != nil {
					p.Screens.Show(w)
				}
				p.Hub.Wall(w, p.Present.Lineup().ShowReasons)
				p.teams.paint(p.Hub.Queues, p.Present.Lineup(), s)
			}
		}
	}
}

// remember keeps a point a minute for an hour: the most who waited at once in that minute, and the level at its end. A reload may
// bring a queue in the midst of a minute, or take one away.
func (p *Painter) remember(s queues.Snapshot) {
	minute := s.At.Truncate(time.Minute)
	before := p.history
	p.history = make(map[queues.QueueID][]agentapi.WallMinute, len(s.Queues))
	for _, q := range s.Queues {
		points := before[q.ID]
		if n := len(points); n == 0 || minute.After(points[n-1].At) {
			points = append(slices.Clone(points[max(0, n-59):]), agentapi.WallMinute{At: minute})
		}
		newest := &points[len(points)-1]
		newest.Waiting, newest.ServiceLevel = max(newest.Waiting, q.Waiting), level(q.Figures)
		p.history[q.ID] = points
	}
}

func (p *Painter) paint(s queues.Snapshot, sums map[queues.QueueID]figures.Sums, partial bool) agentapi.Wall {
	lineup, terms := p.Present.Lineup(), p.Terms()
	w := agentapi.Wall{Now: s.At, Queues: make([]agentapi.WallQueue, 0, len(s.Queues)), Staffing: p.Outlook.wall(s.At)}
	w.Line.Partial = partial
	today := p.Tally.Today()
	w.Line.Calls, w.Line.Tickets, w.Line.CallbacksDue, w.Line.CountedAt = today.Calls, today.Calls, today.CallbacksDue, since(today.At)
	var all queues.Figures
	for i, q := range s.Queues {
		w.Queues = append(w.Queues, agentapi.WallQueue{
			ID: q.ID, Name: lineup.Queue(q.ID).Name, Department: lineup.Departments[q.ID], Waiting: q.Waiting, LongestSince: since(q.LongestSince), ServiceLevel: level(q.Figures),
			Target: target(q.Target), Answered: q.Answered, Abandoned: q.Abandoned, ShortAbandons: q.ShortAbandoned,
			Callbacks: q.Callbacks, Foretold: q.Announced, Held: q.InRange,
			History: append([]agentapi.WallMinute{}, p.history[q.ID]...),
		})
		if q.ClosedBy != "" {
			w.Queues[len(w.Queues)-1].ClosedBy = lineup.Names().Person(q.ClosedBy)
		}
		showTimes(&w.Queues[len(w.Queues)-1], sums[q.ID])
		all = all.Plus(q.Figures)
		w.Line.Waiting += q.Waiting
		if i == 0 || stricter(q.Target, w.Line.Target) {
			w.Line.Target = target(q.Target)
		}
		if first := since(q.LongestSince); first != nil && (w.Line.LongestSince == nil || first.Before(*w.Line.LongestSince)) {
			w.Line.LongestSince = first
		}
	}
	w.Line.ServiceLevel = level(all)
	w.Line.Answered, w.Line.Abandoned, w.Line.ShortAbandons = all.Answered, all.Abandoned, all.ShortAbandoned
	w.Agents = p.showAgents(s.Agents, terms)
	for i := range s.Agents {
		countAgent(&w.Line, &s.Agents[i])
	}
	w.Off = p.off(s.At)
	for _, skill := range p.Present.Expiring() {
		skill.Departments = departmentsOf(terms, skill.ID)
		w.Expiring = append(w.Expiring, skill)
	}
	w.Departments = departmentsOn(&w, terms)
	if p.Canary != nil {
		w.Canary = p.Canary()
	}
	if p.Overseers != nil {
		w.Overseers = p.Overseers()
	}
	if p.Helps != nil {
		w.Helps = p.Helps()
	}
	if p.Talks != nil {
		w.Talks = p.Talks()
	}
	return w
}

// departmentsOn are the departments of the queues and agents on a wall, by id.
func departmentsOn(w *agentapi.Wall, terms tickets.Terms) []agentapi.WallDepartment {
	known := map[string]bool{}
	for _, q := range w.Queues {
		known[q.Department] = true
	}
	for _, a := range w.Agents {
		for _, d := range a.Departments {
			known[d] = true
		}
	}
	delete(known, "")
	all := []agentapi.WallDepartment{}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		all = append(all, agentapi.WallDepartment{ID: id, Name: terms.Departments[id].Name})
	}
	return all
}

// wallAgents are the agents as last painted, with what they were painted by.
type wallAgents struct {
	of    []queues.AgentState
	terms tickets.Terms
	shown []agentapi.WallAgent
}

// showAgents shows the very ones as last painted where nothing is otherwise, for which nobody need look at ten thousand.
func (p *Painter) showAgents(all []queues.AgentState, terms tickets.Terms) []agentapi.WallAgent {
	if p.agents.still(all, terms, p.byPhone) {
		return p.agents.shown
	}
	shown := make([]agentapi.WallAgent, len(all))
	for i := range all {
		shown[i] = p.wallAgent(&all[i])
		shown[i].Departments = departmentsOf(terms, all[i].ID)
	}
	p.agents = wallAgents{of: all, terms: terms, shown: shown}
	return shown
}

// still says whether they would be painted as they were. The router's are the very same between two of its steps: see queues.Router.Snapshot.
func (w *wallAgents) still(all []queues.AgentState, terms tickets.Terms, byPhone func(queues.AgentID) bool) bool {
	if len(all) == 0 || len(all) != len(w.of) || &all[0] != &w.of[0] || reflect.ValueOf(terms.People).Pointer() != reflect.ValueOf(w.terms.People).Pointer() {
		return false
	}
	for i := range w.shown {
		if w.shown[i].ByPhone != byPhone(w.shown[i].ID) {
			return false
		}
	}
	return true
}

func (p *Painter) byPhone(id queues.AgentID) bool { return p.ByPhone != nil && p.ByPhone(id) }

// countAgent counts an agent once by what they do now, and beside it by what they chose.
func countAgent(l *agentapi.WallLine, a *queues.AgentState) {
	if a.Availability == queues.SignedOut {
		return
	}
	l.SignedIn++
	if a.Availability == queues.Ready {
		l.Ready++
	}
	switch presence(a) {
	case agentapi.PresentWrapUp:
		l.WrapUp++
	case agentapi.PresentTalking:
		l.Talking++
	case agentapi.PresentFree:
		l.Free++
	default:
		l.Away++
	}
}

// presence is what an agent who is signed in is to whoever wants to reach them.
func presence(a *queues.AgentState) agentapi.Presence {
	switch {
	case a.Activity == queues.WrapUp:
		return agentapi.PresentWrapUp
	case a.Activity != queues.Idle:
		return agentapi.PresentTalking
	case free(a):
		return agentapi.PresentFree
	default:
		return agentapi.PresentAway
	}
}

// wallAgent shows the axis that changed last: what happens to an agent who is busy, what they chose otherwise.
func (p *Painter) wallAgent(a *queues.AgentState) agentapi.WallAgent {
	w := agentapi.WallAgent{
		ID: a.ID, Name: a.Name, Availability: string(a.Availability), Reason: string(a.Reason),
		Activity: string(a.Activity), Since: a.Since, Until: a.Until, Queue: a.Queue,
	}
	if a.Activity != queues.Idle || a.ActivitySince.After(a.Since) {
		w.Since = a.ActivitySince
	}
	w.ByPhone = p.byPhone(a.ID)
	if a.Activity == queues.OnHold && p.HoldRemind > 0 {
		w.Until = a.ActivitySince.Add(p.HoldRemind)
	}
	return w
}

func level(f queues.Figures) *float64 {
	if l, ok := f.ServiceLevel(); ok {
		return &l
	}
	return nil
}

func since(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// stricter orders the queues' targets for the line as a whole, which has promised nothing itself. The shortest time goes first: whoever waits
// longer has been promised better, in one queue at least. It is a target that some queue has, and no mean of several, which none has.
func stricter(t queues.Target, than agentapi.Target) bool {
	return cmp.Or(cmp.Compare(target(t).WithinS, than.WithinS), cmp.Compare(than.Share, t.Share)) < 0
}

func target(t queues.Target) agentapi.Target {
	return agentapi.Target{Share: t.Share, WithinS: int(t.Within.Seconds())}
}
