package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/past"
	"hotline/cmd/hotline/config"
)

// TestShiftsAreHeldBesideWhatAgentsWereThroughAKill: Anna works and Boris does not come; a supervisor sees both, on the wall and on the page,
// Hotline is killed, and a rest of Anna's from before it is known after it.
func TestShiftsAreHeldBesideWhatAgentsWereThroughAKill(t *testing.T) {
	t.Parallel()
	rota := filepath.Join(t.TempDir(), "agents.yaml")
	both := `agents: [{id: anna, shifts: ["00:00-24:00"]}, {id: boris, shifts: ["00:00-24:00"]}]`
	if err := os.WriteFile(rota, []byte(both), 0o600); err != nil {
		t.Fatal(err)
	}
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "en", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102"), olga}, elsewhere: true, configure: func(c *config.Config) {
		c.Shifts = config.Shifts{File: rota}
	}})
	s.isFarFromMidnight(3 * time.Minute)
	p := s.spawn()
	boss := s.signedInAt(p.pages, olga)
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "lunch"}))
	anna.until("at lunch", func(me agentapi.Me) bool { return me.Availability.Reason == "lunch" })
	anna.ready()

	told := func(boss *client.Client, of string, is func(past.AdherenceRow) error) {
		t.Helper()
		s.eventually("the shifts tell of "+of, func() error {
			var a past.AdherenceAnswer
			if err := boss.Get(t.Context(), "/adherence", &a); err != nil {
				return err
			}
			i := slices.IndexFunc(a.Agents, func(r past.AdherenceRow) bool { return r.ID == of })
			if i < 0 {
				return fmt.Errorf("%+v", a)
			}
			return is(a.Agents[i])
		})
	}
	rested := func(r past.AdherenceRow) error {
		ready, lunch := 0, 0
		for _, w := range r.Was {
			switch {
			case w.Is == "ready":
				ready++
			case w.Is == "away" && w.Reason == "lunch":
				lunch++
			}
		}
		if ready < 2 || lunch != 1 || r.Figures[0] == nil || *r.Figures[0] <= 0 {
			return fmt.Errorf("%+v, %v", r.Was, r.Figures)
		}
		return nil
	}
	absent := func(r past.AdherenceRow) error {
		if r.Figures[0] == nil || *r.Figures[0] != 0 || len(r.Was) != 0 || len(r.Planned) == 0 {
			return fmt.Errorf("%+v, %v", r.Was, r.Figures)
		}
		return nil
	}
	told(boss, "anna", rested)
	told(boss, "boris", absent)
	wall, err := boss.Stream(t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
	s.must(err)
	seen := func(w agentapi.Wall) bool {
		return slices.ContainsFunc(w.Off, func(o agentapi.WallOff) bool { return o.ID == "boris" && o.Kind == "late" })
	}
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	_, err = wall.WaitWall(soon, seen)
	s.must(err)
	wall.Close()
	if w := anna.desk.Wall(); len(w.Off) != 0 {
		t.Errorf("agents are told who is not as planned: %+v", w.Off)
	}

	s.eventually("what Anna was is written", func() error {
		var written bool
		err := s.query(`select count(*) filter (where state = 'ready') >= 2 and count(*) filter (where reason = 'lunch') = 1 from agent_spells where agent = 'anna'`, &written)
		if err == nil && !written {
			err = errors.New("it is not")
		}
		return err
	})
	p.kill()
	p = s.respawn(p)
	boss = s.signedInAt(p.pages, olga)
	told(boss, "anna", rested)
	if err := os.WriteFile(rota, []byte(`agents: [{id: anna, shifts: ["00:00-24:00"]}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	p.reload(func(*config.Config) {})
	s.eventually("Boris has no shift any more", func() error {
		var a past.AdherenceAnswer
		if err := boss.Get(t.Context(), "/adherence?agent=boris", &a); err != nil {
			return err
		}
		if len(a.Agents) != 1 || len(a.Agents[0].Planned) != 0 {
			return fmt.Errorf("%+v", a.Agents)
		}
		return nil
	})
	p.end()
}

// isFarFromMidnight waits, if it must, until it is so long before and after the line's midnight: a day begins anew there, and nobody is late
// within its first minutes.
func (s *stage) isFarFromMidnight(by time.Duration) {
	s.t.Helper()
	now := time.Now().In(s.config.Location())
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	if next := midnight.AddDate(0, 0, 1); next.Sub(now) < by {
		midnight = next
	}
	select {
	case <-time.After(midnight.Add(by).Sub(now)): // at once where that was
	case <-s.t.Context().Done():
		s.t.Fatal(s.t.Context().Err())
	}
}
