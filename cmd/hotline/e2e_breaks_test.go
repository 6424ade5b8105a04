package main

import (
	"errors"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/queues"
)

func TestOnlySoManyAgentsAreOnBreakAtOnceAndTheDeskSaysHowLongItMayLast(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{
		people: []config.Person{person("anna", "101"), person("boris", "102")},
		configure: func(c *config.Config) {
			c.Reasons = map[queues.Reason]config.Reason{queues.Break: {AtMost: 1, Longest: 10 * time.Minute}}
		},
	})
	anna, boris := s.agent("anna").ready(), s.agent("boris").ready()
	away := func(w *worker, reason queues.Reason) error {
		return w.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": reason})
	}
	s.must(away(anna, queues.Break))
	me := anna.until("on break", func(me agentapi.Me) bool { return me.Availability.Reason == "break" })
	if longest := me.Availability.Until.Sub(me.Availability.Since); longest != 10*time.Minute {
		t.Errorf("the break may last %s", longest)
	}
	var refused *agentapi.Problem
	if err := away(boris, queues.Break); !errors.As(err, &refused) || refused.Code != agentapi.CodeTooManyAway {
		t.Errorf("the second break is answered by %v", err)
	}
	s.must(away(boris, queues.Lunch)) // nothing but its length is bounded
	anna.ready()
	s.must(away(boris, queues.Break))
}
