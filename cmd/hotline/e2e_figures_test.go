package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/softphone"
)

// TestFiguresOfTheDaySurviveAKill: one call is answered and one abandoned, Hotline is killed with -9, and of the day nothing is forgotten.
func TestFiguresOfTheDaySurviveAKill(t *testing.T) {
	t.Parallel()
	s, p, boss := countingStage(t)
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	s.served("+79160009001", anna)
	s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	s.abandons("+79160009002")
	s.oneAnsweredAndOneAbandoned(boss)
	if _, err := s.signedInAt(p.pages, s.person("anna")).Figures(t.Context(), "queue", nil); !client.IsProblem(err, agentapi.CodeForbidden) {
		t.Errorf("an agent asks for all: %v", err)
	}

	p.kill()
	p = s.respawn(p)
	s.oneAnsweredAndOneAbandoned(boss)
	s.wallShows(boss, 1, 1)

	anna.until("back", func(me agentapi.Me) bool {
		return me.Availability.State == "not_ready" && me.Availability.Reason == "break"
	})
	anna.ready()
	s.served("+79160009003", anna)
	s.figures(boss, "queue", "support", func(f agentapi.FiguresItem) bool {
		return f.Offered == 3 && f.Answered == 2 && f.Abandoned == 1 && f.Handled == 2
	})
	s.figures(boss, "agent", "anna", func(f agentapi.FiguresItem) bool { return f.Offered == 2 && f.Answered == 2 && f.Handled == 2 })
	s.wallShows(boss, 2, 1)
	p.end()
}

// countingStage is a Hotline in a process of its own with an agent, Anna, and a supervisor who looks at the figures. Whoever
// hangs up has abandoned, however soon.
func countingStage(t *testing.T) (*stage, *process, *client.Client) {
	t.Helper()
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "en", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), olga}, elsewhere: true, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].ShortAbandon, c.Queues[i].WrapUp = 0, c.Queues[i].WrapUp*10
		}
	}})
	p := s.spawn()
	return s, p, s.signedInAt(p.pages, olga)
}

// served is a call from its first ring to the end of its wrap-up.
func (s *stage) served(from string, by *worker) {
	s.t.Helper()
	call := s.calls(from)
	s.chooses(call, "3")
	s.hangsUp(by.answers())
	by.finish("resolved")
	s.gone(call)
}

// abandons is a caller who waits, alone, and hangs up.
func (s *stage) abandons(from string) {
	s.t.Helper()
	call := s.calls(from)
	s.chooses(call, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	s.hangsUp(call)
}

// figures waits until those of the day are as they should be.
func (s *stage) figures(boss *client.Client, by, id string, are func(agentapi.FiguresItem) bool) {
	s.t.Helper()
	s.eventually("the figures of "+id, func() error {
		f, err := boss.Figures(s.t.Context(), by, url.Values{"id": {id}, "step": {"day"}})
		if err != nil || len(f.Items) != 1 || !are(f.Items[0]) {
			return fmt.Errorf("%s %s: %+v, %v", by, id, f.Items, err)
		}
		return nil
	})
}

// oneAnsweredAndOneAbandoned is what the first two calls make of the queue, of its skills, and of Anna, who is on a break.
func (s *stage) oneAnsweredAndOneAbandoned(boss *client.Client) {
	s.t.Helper()
	all := func(f agentapi.FiguresItem) bool {
		return f.Offered == 2 && f.Answered == 1 && f.Abandoned == 1 && f.ShortAbandoned == 0 && *f.ServiceLevel == 0.5 &&
			f.Handled == 1 && *f.AHT > 0 && *f.ASA > 0 && f.Longest > 0 && *f.Occupancy > 0 && f.Ready > 0 && f.Busy > 0
	}
	hers := func(f agentapi.FiguresItem) bool {
		return f.Offered == 1 && f.Answered == 1 && f.Missed == 0 && f.Abandoned == 0 && f.Handled == 1 && f.NotReady > 0 && f.Overdue == 0 &&
			f.Reasons[len(f.Reasons)-1].Reason == "break"
	}
	s.figures(boss, "queue", "support", all)
	s.figures(boss, "skill", "support", all)
	s.figures(boss, "skill", "lang:ru", all)
	s.figures(boss, "agent", "anna", hers)
}

// wallShows waits until the wall's figures of the day are these.
func (s *stage) wallShows(boss *client.Client, answered, abandoned int) {
	s.t.Helper()
	wall, err := boss.Stream(s.t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
	s.must(err)
	defer wall.Close()
	s.eventually(fmt.Sprintf("the wall shows %d answered", answered), func() error {
		for _, q := range wall.Wall().Queues {
			if q.ID == "support" && q.Answered == answered && q.Abandoned == abandoned && q.ASA != nil && q.AHT != nil && q.LongestToday > 0 {
				return nil
			}
		}
		return fmt.Errorf("%+v", wall.Wall())
	})
}

// TestCallerWhoLeavesWhileHotlineIsAwayHasAbandoned: one waits on and one hangs up while Hotline is killed and started again, twice.
func TestCallerWhoLeavesWhileHotlineIsAwayHasAbandoned(t *testing.T) {
	t.Parallel()
	s, p, boss := countingStage(t)
	leaves, stays := s.calls("+79160009101"), s.calls("+79160009102")
	s.chooses(leaves, "3")
	s.chooses(stays, "3")
	is := func(by, id string, offered, abandoned, answered int) {
		t.Helper()
		s.figures(boss, by, id, func(f agentapi.FiguresItem) bool {
			return f.Offered == offered && f.Abandoned == abandoned && f.Answered == answered
		})
	}
	is("queue", "support", 2, 0, 0)
	s.eventually("both are kept as waiting", func() error {
		var n int
		if err := s.query(`select count(*) from figures_waiting`, &n); err != nil || n != 2 {
			return fmt.Errorf("%d are, %v", n, err)
		}
		return nil
	})
	p.kill()
	s.hangsUp(leaves)
	p = s.respawn(p)
	for range 2 {
		is("queue", "support", 2, 1, 0)
		is("skill", "lang:ru", 2, 1, 0)
		p.kill()
		p = s.respawn(p)
	}
	var call telephony.CallID
	s.must(s.query(`select id from contacts where caller = '+79160009101' and ended_at is not null`, &call))
	story, err := boss.Decisions(t.Context(), call)
	if err != nil || len(story.Items) != 1 || story.Items[0].Kind != words.WasAbandoned || !strings.HasPrefix(story.Items[0].Words["en"], "The caller hung up after ") {
		t.Errorf("the story is %+v, %v", story.Items, err)
	}
	s.stillMusic([]*softphone.Call{stays})
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	s.hangsUp(anna.answers())
	s.gone(stays)
	is("queue", "support", 2, 1, 1)
	p.end()
}
