package desk

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi"
	"hotline/queues"
)

// TestSkillIsToldBeforeItExpiresAndIsOutOfTheLineupAtMidnight: on the desk, on the wall, and in the lineup; and an order makes it last again.
func TestSkillIsToldBeforeItExpiresAndIsOutOfTheLineupAtMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _, l := ordered()
		var shown []queues.AgentID
		d.skilled = func(id queues.AgentID, _ queues.Agent) { shown = append(shown, id) }
		moscow := time.FixedZone("MSK", 3*3600)
		today := time.Now().In(moscow)
		lasts := time.Date(today.Year(), today.Month(), today.Day()+3, 0, 0, 0, 0, moscow) // the last day is the one after tomorrow
		agents := map[queues.AgentID]queues.Agent{
			"anna":  {ID: "anna", Name: "Anna", Skills: map[queues.Skill]queues.Level{"support": 3, "sales": 1}, Expires: map[queues.Skill]time.Time{"support": lasts}},
			"boris": {ID: "boris", Name: "Boris", Skills: can(1)},
		}
		d.present.Change(&Lineup{Agents: agents, Location: moscow, WarnDays: 2, Queues: d.present.Lineup().Queues})
		is := func(wantDesk, wantWall string, wantLevel queues.Level) {
			t.Helper()
			if got := fmt.Sprint(d.present.Listed("anna")); got != wantDesk {
				t.Errorf("the desk shows %s, not %s", got, wantDesk)
			}
			wall := ""
			for _, s := range d.present.Expiring() {
				wall += fmt.Sprintf("%s %s %s %s;", s.ID, s.Skill, s.Until, s.Ends)
			}
			if wall != wantWall {
				t.Errorf("the wall shows %q, not %q", wall, wantWall)
			}
			if got := d.present.Lineup().Agents["anna"].Skills["support"]; got != wantLevel {
				t.Errorf("she can %d, not %d", got, wantLevel)
			}
		}
		last := lasts.Add(-time.Hour).Format(time.DateOnly)
		is("[{sales 1  } {support 3 "+last+" }]", "", 3)
		time.Sleep(time.Until(lasts.AddDate(0, 0, -2)))
		d.endOrders(t.Context(), time.Now())
		is("[{sales 1  } {support 3 "+last+" soon}]", "anna support "+last+" soon;", 3)
		time.Sleep(time.Until(lasts) - time.Second)
		d.endOrders(t.Context(), time.Now())
		is("[{sales 1  } {support 3 "+last+" soon}]", "anna support "+last+" soon;", 3)
		time.Sleep(time.Second)
		d.endOrders(t.Context(), time.Now())
		is("[{sales 1  } {support 3 "+last+" over}]", "anna support "+last+" over;", 0)
		if fmt.Sprint(shown) != "[anna anna]" {
			t.Errorf("shown again are %v", shown)
		}
		order := agentapi.SkillOrder{Skills: []agentapi.Skill{{Skill: "support", Level: 2, Until: last}}, Lasts: agentapi.LastsGood}
		if err := d.GiveSkills(t.Context(), "anna", order, "olga"); err != nil {
			t.Errorf("a skill that is over does not stay so: %v", err)
		}
		is("[{support 2 "+last+" over}]", "anna support "+last+" over;", 0)
		for until, code := range map[string]agentapi.FieldCode{"1999-12-31": agentapi.FieldPast, "2201-01-01": "", "9999-12-31": "", "2000-13-01": "", "soon": ""} {
			order.Skills[0].Until = until
			var refused *agentapi.Problem
			if err := d.GiveSkills(t.Context(), "anna", order, "olga"); !errors.As(err, &refused) || refused.Errors[0].Field != "body.skills[0].until" || refused.Errors[0].Code != code {
				t.Errorf("until %s: %+v", until, err)
			}
		}
		far := agentapi.SkillOrder{Skills: []agentapi.Skill{{Skill: "support", Level: 2}}, Lasts: agentapi.LastsTime, Until: time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC)}
		var refused *agentapi.Problem
		if err := d.GiveSkills(t.Context(), "anna", far, "olga"); !errors.As(err, &refused) || refused.Errors[0].Field != "body.until" {
			t.Errorf("an order until %s: %v", far.Until, err)
		}
		order.Skills[0].Until = lasts.AddDate(0, 0, 5).Format(time.DateOnly)
		if err := d.GiveSkills(t.Context(), "anna", order, "olga"); err != nil {
			t.Fatal(err)
		}
		is("[{support 2 "+order.Skills[0].Until+" }]", "", 2)
		if end := l.given["anna"].Expires["support"]; !end.Equal(lasts.AddDate(0, 0, 6)) {
			t.Errorf("kept is until %s", end)
		}
	})
}
