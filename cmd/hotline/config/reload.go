package config

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"hotline/agentapi/desk"
	"hotline/cmd/hotline/config/written"
	"hotline/ivr/flow"
	"hotline/queues"
)

// Lineup is who works, for which queues, and why they may be away.
func (c Config) Lineup() *desk.Lineup {
	l := &desk.Lineup{
		Queues: c.Router().Queues, Agents: c.Agents(), Reasons: c.reasons(), Calling: c.calling(), ShowReasons: c.ShowReasons, ShowOverseers: c.ShowOverseers,
		People: map[string]string{}, Seats: map[queues.AgentID]bool{}, Extensions: c.extensions(), Departments: c.departmentsOfQueues(), Location: c.Location(), WarnDays: cmp.Or(c.SkillWarning, 30),
	}
	for _, p := range c.People {
		l.People[string(p.ID)] = p.Name
		if p.Seat {
			l.Seats[p.ID] = true
		}
	}
	return l
}

// departmentsOfQueues are whose calls come to each queue, by the topics under which the flow leads to it: the first where there are several.
func (c Config) departmentsOfQueues() map[queues.QueueID]string {
	all := map[queues.QueueID]string{}
	for _, id := range slices.Sorted(maps.Keys(c.Flow.Nodes)) {
		q, is := c.Flow.Nodes[id].Kind.(flow.Queue)
		if !is || all[q.Queue] != "" {
			continue
		}
		for _, t := range c.Topics {
			if t.ID == string(q.Topic) {
				all[q.Queue] = t.Department
			}
		}
	}
	return all
}

// LineupAfter is the lineup after a reload: an agent who is new waits for a restart, and one who is gone stays till then.
func (c Config) LineupAfter(last *desk.Lineup) *desk.Lineup {
	next := c.Lineup()
	maps.DeleteFunc(next.Agents, func(id queues.AgentID, _ queues.Agent) bool { _, known := last.Agents[id]; return !known })
	for id, a := range last.Agents {
		if _, stays := next.Agents[id]; !stays {
			next.Agents[id] = a
		}
	}
	return next
}

// MayBecome says whether a reload may bring a fresh configuration: the flow stays as it is, and needs its queues and topics.
func (c Config) MayBecome(fresh Config) error {
	prompts, err := flow.Prompts()
	if err != nil {
		return err
	}
	if problems := c.Flow.Prove(fresh.catalogue(prompts)); len(problems) > 0 {
		return fmt.Errorf("the flow that is on needs it: flow.%s: %s", problems[0].Path, problems[0].Text)
	}
	for _, at := range c.Flow.Topics() {
		if !slices.ContainsFunc(fresh.Topics, func(t Topic) bool { return t.ID == string(at.Topic) }) {
			return fmt.Errorf("the flow that is on needs it: flow.%s: topic %q is not among topics", at.Path, at.Topic)
		}
	}
	return nil
}

// Beyond names the sections that differ in a fresh configuration and that a reload leaves as they are.
func (c Config) Beyond(fresh Config) (names []string) {
	c.Queues, c.Reasons, c.Return, c.Extension, c.Callers, c.ShowReasons, c.ShowOverseers = fresh.Queues, fresh.Reasons, fresh.Return, fresh.Extension, fresh.Callers, fresh.ShowReasons, fresh.ShowOverseers
	c.Log.Level = fresh.Log.Level
	c.Shifts, c.Scorecards, c.SkillWarning = fresh.Shifts, fresh.Scorecards, fresh.SkillWarning
	c.Topics, c.Departments, c.Agreements, c.Agreement, c.Vendors, c.Answers = fresh.Topics, fresh.Departments, fresh.Agreements, fresh.Agreement, fresh.Vendors, fresh.Answers
	c.Alarms, c.CallReasons, c.CallReasonRequired = fresh.Alarms, fresh.CallReasons, fresh.CallReasonRequired
	c.Tickets = c.Tickets.after(fresh.Tickets)
	c.People = slices.Clone(c.People)
	for i, p := range c.People {
		if j := slices.IndexFunc(fresh.People, func(q Person) bool { return q.ID == p.ID }); j >= 0 {
			c.People[i] = fresh.People[j]
			c.People[i].Role, c.People[i].Phone, c.People[i].Seat = p.Role, p.Phone, p.Seat
		}
	}
	was, is := reflect.ValueOf(c), reflect.ValueOf(fresh)
	for i, name := range written.Names[Config]() {
		if !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			names = append(names, name)
		}
	}
	return names
}
