package desk

import (
	"cmp"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/tickets"
)

// Skills that expire: the router takes them from agents by itself, at the midnight after their last day. Here is what people are told of it, some
// days before and after: on the agent's own desk, on the wall, and where skills are changed.

// ends says how near the end of a skill is, and when that will be said otherwise; zero is never.
func (l *Lineup) ends(end, now time.Time) (is agentapi.SkillEnds, next time.Time) {
	soon := end.AddDate(0, 0, -l.WarnDays)
	switch {
	case end.IsZero():
		return "", time.Time{}
	case !end.After(now):
		return agentapi.SkillOver, time.Time{}
	case !soon.After(now):
		return agentapi.SkillEndsSoon, end
	default:
		return "", soon
	}
}

// listed are an agent's skills by name, with those that have expired.
func (l *Lineup) listed(a queues.Agent, now time.Time) []agentapi.Skill {
	all := []agentapi.Skill{}
	for skill, level := range a.Skills {
		one := agentapi.Skill{Skill: skill, Level: level}
		if end, ends := a.Expires[skill]; ends {
			one.Until = l.lastDay(end)
			one.Ends, _ = l.ends(end, now)
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b agentapi.Skill) int { return cmp.Compare(a.Skill, b.Skill) })
	return all
}

// place is where the clock hangs by which days begin.
func (l *Lineup) place() *time.Location {
	if l.Location == nil {
		return time.Local
	}
	return l.Location
}

// lastDay is the last one before an expiry.
func (l *Lineup) lastDay(end time.Time) string {
	return end.In(l.place()).Add(-time.Nanosecond).Format(time.DateOnly)
}

// endOf is when a last day ends; not ok where it is no date.
func (l *Lineup) endOf(day string) (end time.Time, ok bool) {
	at, err := time.ParseInLocation(time.DateOnly, day, l.place())
	return at.AddDate(0, 0, 1), err == nil
}

// expiring are the skills of agents that have expired or will soon, the earliest first, and when that will be otherwise.
func (l *Lineup) expiring(agents map[queues.AgentID]queues.Agent, now time.Time) (all []agentapi.WallSkill, turns time.Time) {
	for id, a := range agents {
		for skill, end := range a.Expires {
			if _, has := a.Skills[skill]; !has {
				continue
			}
			is, next := l.ends(end, now)
			if is != "" {
				all = append(all, agentapi.WallSkill{ID: id, Name: cmp.Or(tickets.Display(a.Name), string(id)), Skill: skill, Until: l.lastDay(end), Ends: is})
			}
			if !next.IsZero() && (turns.IsZero() || next.Before(turns)) {
				turns = next
			}
		}
	}
	slices.SortFunc(all, func(a, b agentapi.WallSkill) int {
		return cmp.Or(cmp.Compare(a.Until, b.Until), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Skill, b.Skill))
	})
	return all, turns
}

// Listed are an agent's skills by name, with those that have expired.
func (p *Present) Listed(id queues.AgentID) []agentapi.Skill {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.configured.listed(p.given[id], time.Now())
}

// Expiring are the skills of agents that have expired or will soon, the earliest first. Nobody changes them.
func (p *Present) Expiring() []agentapi.WallSkill {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.expiring
}

// turn takes out of the lineup what has expired by now, and says whose skills are to be shown again.
func (p *Present) turn(now time.Time) (changed []queues.AgentID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.turns.IsZero() || p.turns.After(now) {
		return nil
	}
	p.compose()
	for id, a := range p.given {
		if len(a.Expires) > 0 {
			changed = append(changed, id)
		}
	}
	return changed
}

// turnSkills shows on desks which skills have expired, and which will soon, when a day begins.
func (d *Desks) turnSkills(now time.Time) {
	changed := d.present.turn(now)
	for _, id := range changed {
		if d.skilled != nil {
			d.skilled(id, d.present.Lineup().Agents[id])
		}
	}
	if changed == nil {
		return
	}
	for _, s := range d.present.Expiring() {
		if s.Ends == agentapi.SkillOver {
			d.log.Warn("a skill of an agent has expired: they are offered nothing that needs it", "agent", s.ID, "skill", s.Skill, "last_day", s.Until)
		}
	}
}
