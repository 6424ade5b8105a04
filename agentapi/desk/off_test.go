package desk

import (
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/adherence"
	"hotline/tickets"
)

// planned is a plan, and what agents are.
type planned struct {
	plan adherence.Plan
	is   map[queues.AgentID]adherence.Spell
}

func (p *planned) Planned() adherence.Plan { return p.plan }

func (p *planned) Now(id queues.AgentID) adherence.Spell {
	if s, known := p.is[id]; known {
		return s
	}
	return adherence.Spell{Is: adherence.Out}
}

func TestTheWallShowsWhoIsNotAsPlannedAndFollowsPlanAndClock(t *testing.T) {
	day := adherence.Rota{Week: [7][]adherence.Span{1: {{From: 9 * time.Hour, To: 18 * time.Hour}}}}
	at := func(hour, minute int) time.Time { return time.Date(2026, 3, 2, hour, minute, 0, 0, time.UTC) } // a Monday
	k := &planned{plan: adherence.Plan{"anna": day, "boris": day}, is: map[queues.AgentID]adherence.Spell{
		"boris": {From: at(8, 55), Is: adherence.Ready}, "vera": {From: at(8, 0), Is: adherence.Ready},
	}}
	p := &Painter{
		Tally: nothingYet{}, Outlook: &Outlook{}, Present: NewPresent(&Lineup{Agents: map[queues.AgentID]queues.Agent{"anna": {ID: "anna", Name: "Анна"}}}),
		Terms: func() tickets.Terms {
			return tickets.Terms{People: map[string]tickets.PersonTerms{"anna": {Departments: []string{"support"}}}}
		},
		Planned: k, Location: time.UTC,
	}
	told := func(now time.Time) (all string) {
		for _, o := range p.paint(queues.Snapshot{At: now}, nil, false).Off {
			all += o.Name + " " + o.Kind + " " + o.Since.Format("15:04") + "; "
		}
		return all
	}
	expect := func(now time.Time, want string) {
		t.Helper()
		if got := told(now); got != want {
			t.Errorf("at %s the wall shows %q, not %q", now.Format("15:04:05"), got, want)
		}
	}
	expect(at(8, 0), "")
	expect(at(9, 1), "")
	expect(at(9, 10), "Анна late 09:00; ")
	k.is["anna"] = adherence.Spell{From: at(9, 11), Is: adherence.Ready}
	expect(at(9, 11).Add(2*time.Second), "")
	k.is["boris"] = adherence.Spell{From: at(11, 0), Is: adherence.Away, Reason: queues.MissedCall}
	expect(at(11, 5), "boris sent_away 11:00; ")
	expect(at(11, 5).Add(time.Second), "boris sent_away 11:00; ") // and not reckoned anew
	k.is["boris"] = adherence.Spell{From: at(11, 6), Is: adherence.Ready}
	k.plan = adherence.Plan{"vera": {}} // a reload
	expect(at(11, 6), "vera unplanned 08:00; ")
	p.Planned = nil
	expect(at(11, 6), "")
}
