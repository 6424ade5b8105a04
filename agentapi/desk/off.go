package desk

import (
	"reflect"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/queues/adherence"
)

// Planned knows what is planned now, and what agents are. The Attendance of queues/postgres implements it.
type Planned interface {
	Planned() adherence.Plan
	Now(id queues.AgentID) adherence.Spell
}

// offEvery is how often the wall looks who is not as planned: exceptions begin with minutes.
const offEvery = 5 * time.Second

// offPlan looks who is not as planned. It is the painter's goroutine's.
type offPlan struct {
	watch  *adherence.Watch
	plan   adherence.Plan
	looked time.Time
	last   []adherence.Off
}

// off is who is not as planned just now, for the wall.
func (p *Painter) off(now time.Time) (all []agentapi.WallOff) {
	if p.Planned == nil {
		return nil
	}
	o := &p.offPlan
	if plan := p.Planned.Planned(); o.watch == nil || reflect.ValueOf(plan).Pointer() != reflect.ValueOf(o.plan).Pointer() {
		o.watch, o.plan, o.looked = adherence.NewWatch(plan, p.place()), plan, time.Time{}
	}
	if now.Sub(o.looked) >= offEvery || now.Before(o.looked) {
		o.looked, o.last = now, o.watch.Look(now, p.Planned.Now)
	}
	lineup, terms := p.Present.Lineup(), p.Terms()
	for _, x := range o.last {
		all = append(all, agentapi.WallOff{
			ID: x.Agent, Name: lineup.Names().Agent(x.Agent), Kind: string(x.Kind), Since: x.From, Reason: string(x.Reason), Departments: departmentsOf(terms, x.Agent),
		})
	}
	return all
}

func (p *Painter) place() *time.Location {
	if p.Location == nil {
		return time.Local
	}
	return p.Location
}
