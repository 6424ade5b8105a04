package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/telephony/hours"
)

// What supervisors order stands over the configuration:
//
//	configuration ──► Present.configured ──┬──► Present.Lineup: what counts
//	supervisors ──► orders (skills) ───────┘          │
//	                    └──► OrderStore                ▼
//	                                        router: AgentReskilled, QueueClosed
//
// A reload brings another configuration below it, and changes no order. One order is carried out after the other (Desks.ordering), in the router, on the
// desks and in the store alike. What the store does not take of closings is given to it again every second; an order about skills that it does not
// take is refused. A database that hangs keeps nobody waiting for long: an order that does not get its turn in time is refused as well.

// storeTime is how long an order waits for the database, while the others wait for their turn.
const storeTime = 2 * time.Second

// turn waits for the turn of an order, until over is called. Its context is that of the order.
func (d *Desks) turn(ctx context.Context) (_ context.Context, over func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	select {
	case d.ordering <- struct{}{}:
		return ctx, func() { <-d.ordering; cancel() }, nil
	case <-ctx.Done():
		cancel()
		return nil, nil, errStoreHangs
	}
}

var errStoreHangs = agentapi.Refuse(agentapi.CodeUnavailable, "the database does not answer: try again in a moment")

// keep does something with the store, of which the error is fit for who has given the order.
func (d *Desks) keep(ctx context.Context, do func(ctx context.Context) error) error {
	if d.orders == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	err := do(ctx)
	if err != nil && ctx.Err() != nil {
		return errStoreHangs
	}
	return err
}

// GivenSkills is an order about an agent's skills.
type GivenSkills struct {
	Agent  queues.AgentID
	Skills map[queues.Skill]queues.Level

	Expires map[queues.Skill]time.Time // as of queues.Agent

	Lasts agentapi.Lasts
	Until time.Time // of LastsTime
	By    string    // a person's id
	At    time.Time
}

// Over says whether an order has ended by its time.
func (g GivenSkills) Over(now time.Time) bool {
	return g.Lasts == agentapi.LastsTime && !g.Until.After(now)
}

// Said tells an order in a line of a log.
func (g GivenSkills) Said() string {
	text := ""
	for _, skill := range slices.Sorted(maps.Keys(g.Skills)) {
		text += fmt.Sprintf("%s %d, ", skill, g.Skills[skill])
		if end, ends := g.Expires[skill]; ends {
			text += "which expires at " + end.Format(time.RFC3339) + ", "
		}
	}
	switch g.Lasts {
	case agentapi.LastsTime:
		text += "until " + g.Until.Format(time.RFC3339)
	case agentapi.LastsSignOut:
		text += "until the next sign-out"
	default:
		text += "for good"
	}
	return text + ", by " + g.By + " at " + g.At.Format(time.RFC3339)
}

// OrderStore keeps orders beyond a restart. The Store of queues/postgres implements it.
type OrderStore interface {
	GiveSkills(ctx context.Context, g GivenSkills) error
	// TakeBackSkills forgets an agent's order of that time; another one stays.
	TakeBackSkills(ctx context.Context, agent queues.AgentID, at time.Time) error
	GivenSkills(ctx context.Context) ([]GivenSkills, error)
	CloseQueue(ctx context.Context, queue queues.QueueID, by string, at time.Time) error
	OpenQueue(ctx context.Context, queue queues.QueueID) error
	// ClosedQueues are those that were closed by hand, with who did it.
	ClosedQueues(ctx context.Context) (map[queues.QueueID]string, error)
}

// BeReady makes an agent ready, not ready or signed out, and tells them so.
func (d *Desks) BeReady(ctx context.Context, id queues.AgentID, to agentapi.BeReady, by string) error {
	if _, known := d.present.Lineup().Agents[id]; !known {
		return agentapi.Refuse(agentapi.CodeNotFound, "there is no agent %s", agentapi.Printable(string(id)))
	}
	var command agentapi.Command
	var kind agentapi.BulletinKind
	switch to.State {
	case queues.Ready:
		if !d.hub.Connected(id) {
			return agentapi.Refuse(agentapi.CodeAgentNotReady, "agent %s has no page open: nobody would see a call", id)
		}
		command, kind = agentapi.Ready{}, agentapi.BulletinReady
	case queues.NotReady:
		command, kind = agentapi.NotReady{Reason: to.Reason}, agentapi.BulletinNotReady
	case queues.SignedOut:
		command, kind = agentapi.SignOut{}, agentapi.BulletinSignedOut
	default:
		return agentapi.RefuseField("body.state", "is none of ready, not_ready, signed_out").Coded(agentapi.FieldUnknown, 0)
	}
	d.mu.Lock()
	out := d.page(id).state.Availability == queues.SignedOut
	d.mu.Unlock()
	if out && to.State != queues.Ready {
		return agentapi.Refuse(agentapi.CodeAgentNotReady, "agent %s is signed out", id)
	}
	soon, cancel := context.WithTimeout(ctx, startTime) // who orders it waits for the answer
	defer cancel()
	if err := d.Do(soon, id, command); err != nil {
		return err
	}
	d.say(ctx, kind, to.Reason, agentapi.Team{Agent: id}, []queues.AgentID{id}, by)
	return nil
}

// Skills are what an agent can do, and why.
func (d *Desks) Skills(id queues.AgentID) (agentapi.AgentSkills, error) {
	lineup, configured, orders := d.present.all()
	if _, known := lineup.Agents[id]; !known {
		return agentapi.AgentSkills{}, agentapi.Refuse(agentapi.CodeNotFound, "there is no agent %s", agentapi.Printable(string(id)))
	}
	s := agentapi.AgentSkills{
		NamedAgent: *lineup.named(id), Skills: d.present.Listed(id), Configured: lineup.listed(configured.Agents[id], time.Now()), Known: configured.skills(),
	}
	if g, ordered := orders[id]; ordered {
		s.Order = &agentapi.SkillOrder{Skills: s.Skills, Lasts: g.Lasts, Until: g.Until}
		s.By, s.At = lineup.Names().Person(g.By), &g.At
	}
	return s, nil
}

// GiveSkills gives an agent other skills at once.
func (d *Desks) GiveSkills(ctx context.Context, id queues.AgentID, o agentapi.SkillOrder, by string) error {
	now, err := d.Skills(id)
	if err != nil {
		return err
	}
	g := GivenSkills{Agent: id, Skills: map[queues.Skill]queues.Level{}, Expires: map[queues.Skill]time.Time{}, Lasts: o.Lasts, By: by}
	lineup := d.present.Lineup()
	for i, s := range o.Skills {
		at := fmt.Sprintf("body.skills[%d]", i)
		switch {
		case !slices.Contains(now.Known, s.Skill):
			return agentapi.RefuseField(at+".skill", "is none that a queue asks for or an agent has").Coded(agentapi.FieldUnknown, 0)
		case s.Level < 1 || s.Level > 5:
			return agentapi.RefuseField(at+".level", "is not from 1 to 5")
		}
		g.Skills[s.Skill] = s.Level
		if s.Until == "" {
			continue
		}
		end, isDay := lineup.endOf(s.Until)
		switch was := slices.IndexFunc(now.Skills, func(k agentapi.Skill) bool { return k.Skill == s.Skill && k.Until == s.Until }); {
		case !isDay:
			return agentapi.RefuseField(at+".until", "is no day such as 2027-03-31")
		case end.AddDate(0, 0, -1).Year() > hours.LastYear:
			return agentapi.RefuseField(at+".until", fmt.Sprintf("is after the year %d", hours.LastYear))
		case !end.After(time.Now()) && was < 0: // one that they had stays as it was
			return agentapi.RefuseField(at+".until", "lies in the past").Coded(agentapi.FieldPast, 0)
		}
		g.Expires[s.Skill] = end
	}
	ctx, over, err := d.turn(ctx)
	if err != nil {
		return err
	}
	defer over()
	g.At = time.Now().UTC().Truncate(time.Microsecond)
	d.mu.Lock()
	out := d.page(id).state.Availability == queues.SignedOut
	d.mu.Unlock()
	switch {
	case o.Lasts == agentapi.LastsTime && !o.Until.After(g.At):
		return agentapi.RefuseField("body.until", "lies in the past").Coded(agentapi.FieldPast, 0)
	case o.Lasts == agentapi.LastsTime && o.Until.Year() > hours.LastYear:
		return agentapi.RefuseField("body.until", fmt.Sprintf("is after the year %d", hours.LastYear))
	case o.Lasts == agentapi.LastsTime:
		g.Until = o.Until.UTC().Truncate(time.Microsecond)
	case o.Lasts == agentapi.LastsSignOut && out:
		return agentapi.Refuse(agentapi.CodeAgentNotReady, "agent %s is signed out", id)
	}
	if err := d.keep(ctx, func(ctx context.Context) error { return d.orders.GiveSkills(ctx, g) }); err != nil {
		return err
	}
	d.present.give(g)
	return d.reskill(ctx, id, by)
}

// TakeBackSkills lets the configuration's skills count again.
func (d *Desks) TakeBackSkills(ctx context.Context, id queues.AgentID, by string) error {
	ctx, over, err := d.turn(ctx)
	if err != nil {
		return err
	}
	defer over()
	now, err := d.Skills(id)
	switch {
	case err != nil:
		return err
	case now.Order == nil:
		return agentapi.Refuse(agentapi.CodeNothing, "agent %s has the skills of the configuration", id)
	}
	if err := d.keep(ctx, func(ctx context.Context) error { return d.orders.TakeBackSkills(ctx, id, *now.At) }); err != nil {
		return err
	}
	d.present.takeBack(id)
	return d.reskill(ctx, id, by)
}

// reskill tells router and desk which skills count now. Who is signed out has them when they come.
func (d *Desks) reskill(ctx context.Context, id queues.AgentID, by string) error {
	agent := d.present.Lineup().Agents[id]
	if err := d.router.Report(ctx, queues.AgentReskilled{Agent: agent}); err != nil && !errors.Is(err, queues.ErrUnknownAgent) {
		return refusal(err)
	}
	text := ""
	for _, s := range d.present.Lineup().listed(agent, time.Now()) {
		text += fmt.Sprintf("%s %d, ", s.Skill, s.Level)
	}
	if by != "" {
		d.say(ctx, agentapi.BulletinSkills, text[:max(0, len(text)-2)], agentapi.Team{Agent: id}, []queues.AgentID{id}, by)
	}
	if d.skilled != nil {
		d.skilled(id, agent)
	}
	return nil
}

// CloseQueue closes a queue by hand, and OpenQueue opens it again.
func (d *Desks) CloseQueue(ctx context.Context, queue queues.QueueID, by string) error {
	return d.setClosed(ctx, queue, by, queues.QueueClosed{Queue: queue, By: by})
}

// OpenQueue lets a queue be open again, in its hours.
func (d *Desks) OpenQueue(ctx context.Context, queue queues.QueueID) error {
	return d.setClosed(ctx, queue, "", queues.QueueOpened{Queue: queue})
}

func (d *Desks) setClosed(ctx context.Context, queue queues.QueueID, by string, e queues.Event) error {
	ctx, over, err := d.turn(ctx)
	if err != nil {
		return err
	}
	defer over()
	err = d.router.Report(ctx, e)
	switch {
	case errors.Is(err, queues.ErrUnknownQueue):
		return agentapi.Refuse(agentapi.CodeNotFound, "there is no queue %s", agentapi.Printable(string(queue)))
	case errors.Is(err, queues.ErrAlready):
		return agentapi.Refuse(agentapi.CodeNothing, "%v", err)
	case err != nil:
		return refusal(err)
	case d.orders == nil:
		return nil
	}
	d.unkept[queue] = closing{by, time.Now()}
	if err := d.keep(ctx, d.keepClosings); err != nil {
		d.log.Warn("a queue is closed or opened by hand, and the database does not know yet: it is told again", "queue", queue, "err", err)
	}
	return nil
}

// closing is who closed a queue by hand, and when; "" is that it was opened.
type closing struct {
	by string
	at time.Time
}

// keepClosings gives the store what it does not know yet, in the turn of an order.
func (d *Desks) keepClosings(ctx context.Context) error {
	for queue, c := range d.unkept {
		err := error(nil)
		if c.by != "" {
			err = d.orders.CloseQueue(ctx, queue, c.by, c.at)
		} else {
			err = d.orders.OpenQueue(ctx, queue)
		}
		if err != nil {
			return err
		}
		delete(d.unkept, queue)
	}
	return nil
}

// RestoreOrders brings back what was ordered before a restart: before agents sign in and callers are sent on, or later where the database was
// away. An order until the next sign-out is over for who is not signed in: Hotline may have died in that moment. What was ordered in this run
// goes before what the store knows.
func (d *Desks) RestoreOrders(ctx context.Context, signedIn func(queues.AgentID) bool) error {
	if d.orders == nil {
		return nil
	}
	ctx, over, err := d.turn(ctx)
	if err != nil {
		return err
	}
	defer over()
	given, err := d.orders.GivenSkills(ctx)
	if err != nil {
		return err
	}
	_, _, orders := d.present.all()
	for _, g := range given {
		switch newer, ordered := orders[g.Agent]; {
		case ordered && !newer.At.Before(g.At):
		case g.Over(time.Now()), g.Lasts == agentapi.LastsSignOut && !signedIn(g.Agent):
			if err := d.orders.TakeBackSkills(ctx, g.Agent, g.At); err != nil {
				return err
			}
		default:
			d.present.give(g)
			if _, known := d.present.Lineup().Agents[g.Agent]; !known {
				continue
			}
			if err := d.reskill(ctx, g.Agent, ""); err != nil { // who has signed in before is told to the router anew
				return err
			}
		}
	}
	d.TellOrders()
	closed, err := d.orders.ClosedQueues(ctx)
	for queue, by := range closed {
		if _, newer := d.unkept[queue]; !newer {
			d.Tell(queues.QueueClosed{Queue: queue, By: by})
		}
	}
	return err
}

// TellOrders says in the log whose skills are not the configuration's: after a start and a reload.
func (d *Desks) TellOrders() {
	_, configured, orders := d.present.all()
	for _, id := range slices.Sorted(maps.Keys(orders)) {
		if _, known := configured.Agents[id]; known {
			d.log.Info("an agent's skills are those that were ordered, not the configuration's", "agent", id, "skills", orders[id].Said())
		}
	}
}

// TendOrders ends orders about skills in time, until ctx ends. It is for after agents are back.
func (d *Desks) TendOrders(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			d.endOrders(ctx, now)
		}
	}
}

// endOrders also shows which skills have expired: a day begins at the same second for all.
func (d *Desks) endOrders(ctx context.Context, now time.Time) {
	ctx, over, err := d.turn(ctx)
	if err != nil {
		return
	}
	defer over()
	d.turnSkills(now)
	if len(d.unkept) > 0 && d.keep(ctx, d.keepClosings) == nil {
		d.log.Info("the database knows again which queues are closed by hand")
	}
	_, _, orders := d.present.all()
	for id, g := range orders {
		d.mu.Lock()
		left := d.page(id).left.After(g.At)
		d.mu.Unlock()
		if !g.Over(now) && (g.Lasts != agentapi.LastsSignOut || !left) {
			continue
		}
		if err := d.keep(ctx, func(ctx context.Context) error { return d.orders.TakeBackSkills(ctx, id, g.At) }); err != nil {
			if errors.Is(err, errStoreHangs) {
				return // others wait for their turn
			}
			continue // it is tried again in a second
		}
		d.present.takeBack(id)
		if err := d.reskill(ctx, id, ""); err != nil {
			d.log.Warn("an agent keeps the skills of an order that is over", "agent", id, "err", err)
		}
		d.log.Info("an agent has the configuration's skills again", "agent", id)
	}
}

// skills are all that some queue asks for, or some agent has.
func (l *Lineup) skills() []queues.Skill {
	known := map[queues.Skill]bool{}
	for _, q := range l.Queues {
		for _, n := range slices.Concat(append([][]queues.Need{q.Skills}, q.AnyOf...)...) {
			known[n.Skill] = true
		}
		for _, step := range q.Relax {
			for _, n := range step.Add {
				known[n.Skill] = true
			}
		}
	}
	for _, a := range l.Agents {
		for skill := range a.Skills {
			known[skill] = true
		}
	}
	return slices.Sorted(maps.Keys(known))
}
