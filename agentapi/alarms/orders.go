package alarms

import (
	"context"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/queues/words"
)

// LeastClearFor is how short a rule's time before it clears may be: people must be able to read an alarm.
const LeastClearFor = 5 * time.Second

// Wrong says what is wrong with a rule's bounds, and with which of them; "" is nothing.
func (r Rule) Wrong() (setting, text string) {
	share := r.Kind == ServiceLevel || r.Kind == Abandoned
	switch {
	case r.Raise < 0 || share && r.Raise > 1:
		return "raise", "is out of range"
	case r.Clear < 0 || share && r.Clear > 1:
		return "clear", "is out of range"
	case !r.Kind.LessIsWorse() && r.Raise == 0:
		return "raise", "must be above zero: it would always be raised"
	case r.Kind.LessIsWorse() && r.Clear < r.Raise:
		return "clear", "is below raise: it would be cleared before it is raised"
	case !r.Kind.LessIsWorse() && r.Clear > r.Raise:
		return "clear", "is above raise: it would be cleared before it is raised"
	case r.For < 0 || r.For > 24*time.Hour:
		return "for", "must be from 0 to 24h"
	case r.ClearFor < LeastClearFor || r.ClearFor > 24*time.Hour:
		return "clear_for", "must be from 5s to 24h"
	}
	return "", ""
}

// over says what is wrong with an order over a rule, as Rule.Wrong; one that turns it off is always right.
func (o Order) over(r Rule) (setting, text string) {
	if o.Off {
		return "", ""
	}
	r.Bounds = o.Bounds
	return r.Wrong()
}

func (o Order) fits(r Rule) bool {
	setting, _ := o.over(r)
	return setting == ""
}

func boundsOf(b agentapi.AlarmBounds) Bounds {
	return Bounds{Raise: b.Raise, Clear: b.Clear, For: time.Duration(b.ForS) * time.Second, ClearFor: time.Duration(b.ClearForS) * time.Second, Off: b.Off}
}

func (b Bounds) shown() agentapi.AlarmBounds {
	return agentapi.AlarmBounds{Raise: b.Raise, Clear: b.Clear, ForS: int(b.For.Seconds()), ClearForS: int(b.ClearFor.Seconds()), Off: b.Off}
}

// Rules are the rules, with the bounds that count now.
func (a *Alarms) Rules() []agentapi.AlarmRule {
	names := a.o.Present.Lineup().Names()
	a.mu.Lock()
	defer a.mu.Unlock()
	all := []agentapi.AlarmRule{}
	for _, r := range a.configured {
		all = append(all, a.showRuleLocked(r, names))
	}
	return all
}

func (a *Alarms) showRuleLocked(r Rule, names words.Names) agentapi.AlarmRule {
	shown := agentapi.AlarmRule{
		ID: r.ID, Kind: string(r.Kind), Name: r.Name, Queue: r.Queue, Department: r.Department, Each: r.Each, Urgent: r.Urgent, Sound: r.Sound, Configured: r.Bounds.shown(),
	}
	if r.Kind == ServiceLevel || r.Kind == Abandoned {
		shown.WindowS, shown.Least = int(r.Window.Seconds()), r.Least
	}
	shown.AlarmBounds = shown.Configured
	if o, ordered := a.orders[r.ID]; ordered && o.fits(r) {
		shown.AlarmBounds, shown.By, shown.At = o.Bounds.shown(), names.Person(o.By), &o.At
	}
	return shown
}

// Order gives a rule other bounds than the configuration's, until somebody takes them back. They count once the database has them: a restart
// must not bring the old ones back in silence.
func (a *Alarms) Order(ctx context.Context, rule string, to agentapi.AlarmBounds, by string) (agentapi.AlarmRule, error) {
	r, err := a.rule(rule)
	if err != nil {
		return agentapi.AlarmRule{}, err
	}
	o := Order{Rule: rule, Bounds: boundsOf(to), By: by, At: time.Now().UTC().Truncate(time.Microsecond)}
	if setting, text := o.over(r); setting != "" {
		return agentapi.AlarmRule{}, agentapi.RefuseField("body."+map[string]string{"raise": "raise", "clear": "clear", "for": "for_s", "clear_for": "clear_for_s"}[setting], text)
	}
	ctx, cancel := context.WithTimeout(ctx, tendTime)
	defer cancel()
	a.ordering.Lock()
	defer a.ordering.Unlock()
	if a.o.Orders != nil {
		if err := a.o.Orders.OrderBounds(ctx, o); err != nil {
			return agentapi.AlarmRule{}, err
		}
	}
	return a.ordered(rule, func() { a.orders[rule] = o })
}

// TakeBack lets the bounds of the configuration count again.
func (a *Alarms) TakeBack(ctx context.Context, rule string) (agentapi.AlarmRule, error) {
	if _, err := a.rule(rule); err != nil {
		return agentapi.AlarmRule{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, tendTime)
	defer cancel()
	a.ordering.Lock()
	defer a.ordering.Unlock()
	if a.o.Orders != nil {
		if err := a.o.Orders.TakeBackBounds(ctx, rule); err != nil {
			return agentapi.AlarmRule{}, err
		}
	}
	return a.ordered(rule, func() { delete(a.orders, rule) })
}

// ordered changes what is ordered, and gives the rule as it is then.
func (a *Alarms) ordered(rule string, change func()) (agentapi.AlarmRule, error) {
	names := a.o.Present.Lineup().Names()
	a.mu.Lock()
	change()
	a.watch.Change(a.effectiveLocked())
	a.mu.Unlock()
	r, err := a.rule(rule)
	if err != nil {
		return agentapi.AlarmRule{}, err // a reload has just taken it away
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.showRuleLocked(r, names), nil
}

func (a *Alarms) rule(id string) (Rule, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.IndexFunc(a.configured, func(r Rule) bool { return r.ID == id }); i >= 0 {
		return a.configured[i], nil
	}
	return Rule{}, agentapi.Refuse(agentapi.CodeNotFound, "there is no rule %q", agentapi.Printable(id))
}
