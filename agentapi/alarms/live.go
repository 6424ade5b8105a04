package alarms

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/queues"
	"hotline/tickets"
)

// Store keeps alarms beyond a restart. The Accounts of agentapi/postgres implement it.
type Store interface {
	// KeepAlarm keeps an alarm as it is now.
	KeepAlarm(ctx context.Context, a Raised) error
	// OpenAlarms are those that are not cleared.
	OpenAlarms(ctx context.Context) ([]Raised, error)
	// PastAlarms are those raised before one of them, the latest first; the zero Raised is from the latest on.
	PastAlarms(ctx context.Context, before Raised, limit int) ([]Raised, error)
}

// OrderStore keeps what supervisors have ordered over the rules of the configuration.
type OrderStore interface {
	OrderBounds(ctx context.Context, o Order) error
	TakeBackBounds(ctx context.Context, rule string) error
	BoundsOrders(ctx context.Context) ([]Order, error)
}

// Order are bounds that somebody has given a rule over the configuration's.
type Order struct {
	Rule string
	Bounds
	By string // a person's id
	At time.Time
}

// Options are what Alarms are made of. Present and Terms are needed.
type Options struct {
	Rules      []Rule
	Present    *desk.Present
	Terms      func() tickets.Terms
	Location   *time.Location                                         // the line's
	Settled    func() bool                                            // the calls and agents of before the start are back; nil: they are
	Store      Store                                                  // nil: nothing outlives a restart
	Orders     OrderStore                                             // nil: likewise
	Late       func(ctx context.Context, now time.Time) (Late, error) // nil: nothing is known
	Recordings func() (failing, known bool)                           // nil: nothing is known
	Log        *slog.Logger
}

// Alarms judges what it is shown twice a second, and keeps what is raised. It is safe for concurrent use.
type Alarms struct {
	o     Options
	began time.Time
	wake  chan struct{} // has room for one: there is something to write

	ordering sync.Mutex // is held while an order goes to the database and then here, so that both have the same; before mu

	mu         sync.Mutex // guards what is below
	watch      *Watch
	configured []Rule
	orders     map[string]Order
	restored   bool
	judged     time.Time // since when readings are judged although it is not restored; zero: they are not
	window     windows
	late       Late
	unwritten  []Raised       // in the order in which they changed, each once
	raised     map[string]int // so many since the start, by rule
}

// New makes alarms that have begun to look.
func New(o Options) *Alarms {
	o.Location = cmp.Or(o.Location, time.Local)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Settled == nil {
		o.Settled = func() bool { return true }
	}
	if o.Recordings == nil {
		o.Recordings = func() (bool, bool) { return false, false }
	}
	a := &Alarms{
		o: o, began: time.Now(), wake: make(chan struct{}, 1), orders: map[string]Order{}, raised: map[string]int{}, restored: o.Store == nil,
		watch: NewWatch(func() string { return uuid.Must(uuid.NewV7()).String() }),
	}
	a.Change(o.Rules)
	return a
}

// Change puts the rules of another configuration in place of those before. What was ordered over them counts on.
func (a *Alarms) Change(rules []Rule) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.configured = rules
	a.watch.Change(a.effectiveLocked())
}

// effectiveLocked are the rules, with what was ordered over them. An order that does not fit its rule any more, which looks at something else
// now, does not count: it would be raised always, or never.
func (a *Alarms) effectiveLocked() []Rule {
	all := slices.Clone(a.configured)
	for i, r := range all {
		o, ordered := a.orders[r.ID]
		if !ordered {
			continue
		}
		if setting, text := o.over(r); setting != "" {
			a.o.Log.Warn("bounds that were ordered do not fit the rule of the configuration, which counts", "rule", r.ID, "setting", setting, "why", text)
			continue
		}
		all[i].Bounds = o.Bounds
	}
	return all
}

// restoreWithin is how long alarms wait for what was raised before a restart: a database that is away must not silence them.
const restoreWithin = 30 * time.Second

// Step judges the router's state, whose figures are since midnight, and gives what is raised, as the wall shows it.
func (a *Alarms) Step(s queues.Snapshot, partial bool) []agentapi.Alarm {
	lineup := a.o.Present.Lineup()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.window.remember(s, partial)
	if a.o.Settled() && (a.restored || time.Since(a.began) > restoreWithin) {
		if !a.restored && a.judged.IsZero() {
			a.judged = s.At
		}
		now := scene{
			Snapshot: s, lineup: lineup, terms: a.o.Terms(), location: a.o.Location, late: a.late, recordings: a.o.Recordings, window: &a.window, deserted: map[queues.QueueID]bool{},
		}
		gone := func(o Of) bool { return o.Queue != "" && lineup.Queue(o.Queue).ID == "" }
		for _, changed := range a.watch.Step(s.At.UTC().Truncate(time.Microsecond), now.read(a.watch.rules), gone) {
			a.changedLocked(changed)
		}
	}
	return a.shownLocked(lineup)
}

// changedLocked tells of an alarm that was raised or cleared, and has it written.
func (a *Alarms) changedLocked(r Raised) {
	of := []any{"alarm", r.ID, "rule", r.Rule, "queue", r.Of.Queue, "department", r.Of.Department, "value", r.Value, "bound", r.Bound}
	if r.Cleared.IsZero() {
		a.raised[r.Rule]++
		a.o.Log.Warn("an alarm is raised", of...)
	} else {
		a.o.Log.Info("an alarm is over", append(of, "worst", r.Worst, "after", r.Cleared.Sub(r.At).Round(time.Second))...)
	}
	a.writeLocked(r)
}

// mostUnwritten bounds what waits for a database that is away for long.
const mostUnwritten = 10_000

func (a *Alarms) writeLocked(r Raised) {
	if a.o.Store == nil {
		return
	}
	if i := slices.IndexFunc(a.unwritten, func(u Raised) bool { return u.ID == r.ID }); i >= 0 {
		a.unwritten[i] = r
	} else if a.unwritten = append(a.unwritten, r); len(a.unwritten) > mostUnwritten {
		a.o.Log.Error("an alarm is in no history, for the database is away too long", "alarm", a.unwritten[0].ID)
		a.unwritten = a.unwritten[1:]
	}
	select {
	case a.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (a *Alarms) shownLocked(lineup *desk.Lineup) []agentapi.Alarm {
	all := []agentapi.Alarm{}
	for _, r := range a.watch.Now() {
		all = append(all, a.showLocked(r, lineup))
	}
	return all
}

func (a *Alarms) showLocked(r Raised, lineup *desk.Lineup) agentapi.Alarm {
	shown := agentapi.Alarm{
		ID: r.ID, Rule: r.Rule, Kind: string(r.Kind), Queue: r.Of.Queue, Department: r.Of.Department, Urgent: r.Urgent, Sound: "none",
		Since: r.At, Bound: r.Bound, Value: r.Value, Worst: r.Worst, Gone: r.Gone,
	}
	if i := slices.IndexFunc(a.configured, func(c Rule) bool { return c.ID == r.Rule }); i >= 0 {
		shown.Name, shown.Sound = a.configured[i].Name, a.configured[i].Sound
	}
	if r.By != "" {
		shown.AcknowledgedBy, shown.AcknowledgedAt = lineup.Names().Person(r.By), &r.SeenAt
	}
	if !r.Cleared.IsZero() {
		shown.ClearedAt = &r.Cleared
	}
	return shown
}

// Acknowledge notes that somebody sees to an alarm. Where another does, they are told who.
func (a *Alarms) Acknowledge(id, by string) (agentapi.Alarm, error) {
	lineup := a.o.Present.Lineup()
	a.mu.Lock()
	defer a.mu.Unlock()
	r, first, ok := a.watch.Acknowledge(id, by, time.Now().UTC().Truncate(time.Microsecond))
	switch {
	case !ok:
		return agentapi.Alarm{}, agentapi.Refuse(agentapi.CodeAlarmOver, "this alarm is over")
	case first:
		a.writeLocked(r)
	case r.By != by:
		p := agentapi.Refuse(agentapi.CodeAlarmTaken, "somebody else sees to it")
		p.By = lineup.Names().Person(r.By)
		return agentapi.Alarm{}, p
	}
	return a.showLocked(r, lineup), nil
}

// Run brings back what was raised before the start, and then writes what changes, until ctx ends; what is not written then is tried once more.
func (a *Alarms) Run(ctx context.Context) error {
	count, again := time.NewTicker(15*time.Second), time.NewTimer(0)
	defer count.Stop()
	defer again.Stop()
	a.countLate(ctx)
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			_ = a.tend(last) // the next one finds what the database has, and judges the rest anew
			return nil
		case <-count.C:
			a.countLate(ctx)
		case <-a.wake:
			again.Reset(0)
		case <-again.C:
			if err := a.tend(ctx); err != nil && ctx.Err() == nil {
				a.o.Log.Debug("alarms are not written yet", "err", err)
				again.Reset(2 * time.Second)
			}
		}
	}
}

// tendTime is how long one round with the database may take.
const tendTime = 5 * time.Second

// tend reads what was raised before the start, where that is not known yet, and writes what is new.
func (a *Alarms) tend(ctx context.Context) error {
	if a.o.Store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, tendTime)
	defer cancel()
	if err := a.restore(ctx); err != nil {
		return err
	}
	for {
		a.mu.Lock()
		if len(a.unwritten) == 0 {
			a.mu.Unlock()
			return nil
		}
		next := a.unwritten[0]
		a.mu.Unlock()
		if err := a.o.Store.KeepAlarm(ctx, next); err != nil {
			return err
		}
		a.mu.Lock()
		// It may have changed meanwhile, and is written again then.
		a.unwritten = slices.DeleteFunc(a.unwritten, func(u Raised) bool { return u == next })
		a.mu.Unlock()
	}
}

func (a *Alarms) restore(ctx context.Context) error {
	a.mu.Lock()
	done := a.restored
	a.mu.Unlock()
	if done {
		return nil
	}
	a.ordering.Lock()
	defer a.ordering.Unlock()
	var orders []Order
	var err error
	if a.o.Orders != nil {
		if orders, err = a.o.Orders.BoundsOrders(ctx); err != nil {
			return err
		}
	}
	open, err := a.o.Store.OpenAlarms(ctx)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range orders {
		if _, newer := a.orders[o.Rule]; !newer {
			a.orders[o.Rule] = o
		}
	}
	a.watch.Change(a.effectiveLocked())
	a.watch.Restore(open, a.judged)
	now := a.watch.Now()
	// What was raised twice, before the restart and since, is the one of before, though it be over.
	a.unwritten = slices.DeleteFunc(a.unwritten, func(u Raised) bool {
		return slices.ContainsFunc(open, func(r Raised) bool { return r.Rule == u.Rule && r.Of == u.Of && r.ID != u.ID })
	})
	for _, r := range now {
		if r.By != "" {
			a.writeLocked(r) // it may have been acknowledged meanwhile
		}
	}
	a.restored = true
	return nil
}

// countLate asks how it is with tickets.
func (a *Alarms) countLate(ctx context.Context) {
	if a.o.Late == nil || !a.looksAtTickets() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tendTime)
	defer cancel()
	now := time.Now()
	late, err := a.o.Late(ctx, now)
	if err != nil {
		a.o.Log.Debug("what is late with tickets is not known", "err", err)
		return
	}
	late.At = now
	a.mu.Lock()
	defer a.mu.Unlock()
	a.late = late
}

func (a *Alarms) looksAtTickets() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.watch.rules, func(r Rule) bool { return !r.Off && (r.Kind == Promises || r.Kind == Clocks) })
}

// Past are alarms that were raised, the latest first.
func (a *Alarms) Past(ctx context.Context, before Raised, limit int) ([]agentapi.Alarm, []Raised, error) {
	if a.o.Store == nil {
		return []agentapi.Alarm{}, nil, nil
	}
	all, err := a.o.Store.PastAlarms(ctx, before, limit)
	if err != nil {
		return nil, nil, err
	}
	lineup := a.o.Present.Lineup()
	a.mu.Lock()
	defer a.mu.Unlock()
	shown := []agentapi.Alarm{}
	for _, r := range all {
		shown = append(shown, a.showLocked(r, lineup))
	}
	return shown, all, nil
}

// Now are those that are raised.
func (a *Alarms) Now() []agentapi.Alarm {
	lineup := a.o.Present.Lineup()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shownLocked(lineup)
}
