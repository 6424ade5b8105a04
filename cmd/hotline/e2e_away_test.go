package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/queues"
)

// An agent's page is closed, and may be back within its grace.

// isAway waits until the router knows that an agent's page is away, or is there again.
func (s *stage) isAway(id queues.AgentID, away bool) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("the page of %s is away: %t", id, away), func() error {
		snapshot, err := s.service.acd.Snapshot(s.t.Context())
		if err != nil {
			return err
		}
		for _, a := range snapshot.Agents {
			if a.ID == id && a.DeskAway == away {
				return nil
			}
		}
		return fmt.Errorf("%+v", snapshot.Agents)
	})
}

// doesNotRing checks that a phone is not called: a second is as long as an offer ever took to reach it.
func (w *worker) doesNotRing(within time.Duration) {
	w.s.t.Helper()
	ctx, cancel := context.WithTimeout(w.s.t.Context(), within)
	defer cancel()
	if _, err := w.phone.Incoming(ctx); err == nil {
		w.s.t.Fatalf("%s: the phone rings, and nobody sees why", w.id)
	}
}

func TestNoCallRingsWhilePagesGraceRunsAndAReloadMissesNone(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp = 0
		}
	}})
	anna := s.agent("anna").ready()
	first := s.calls("+79160006401")
	s.chooses(first, "3")
	talk := anna.answers()
	second := s.calls("+79160006402")
	s.chooses(second, "3")
	s.waiting(1)
	anna.desk.Close()
	s.isAway("anna", true)
	s.hangsUp(talk) // she would be offered the second now
	s.gone(first)
	anna.doesNotRing(time.Second)
	s.waiting(1)
	s.hearsMusic(second)
	anna.openDesk(s.pages(), s.person("anna"))
	s.isAway("anna", false)
	if me := anna.until("offered", offered); me.Availability.State != "ready" {
		t.Errorf("who is back is %+v", me.Availability)
	}
	ringing := anna.rings()
	// Loaded again while it rings: the page had shown it, and the phone rings on.
	anna.desk.Close()
	s.isAway("anna", true)
	anna.openDesk(s.pages(), s.person("anna"))
	anna.until("offered still", offered)
	select {
	case <-ringing.Cancelled():
		t.Fatal("the phone stopped ringing when the page was loaded again")
	default:
	}
	call, err := ringing.Answer(t.Context())
	s.must(err)
	anna.talking()
	s.hangsUp(call)
	s.gone(second)
	if c := s.contact("+79160006402"); c.Outcome != "served" || c.Agent != "anna" {
		t.Errorf("the contact is %+v", c)
	}
	s.nothingLeft()
}

func TestOfferThatThePageHadNotShownGoesToAnotherAtOnceWhenThePageGoes(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna := s.agent("anna")
	anna.desk.Close()
	signedIn, err := client.SignIn(t.Context(), s.pages(), "anna", s.person("anna").Password.Text())
	s.must(err)
	anna.desk, err = signedIn.Stream(context.Background(), client.StreamOptions{Frames: anna.note}) // it acknowledges nothing
	s.must(err)
	anna.ready()
	call := s.calls("+79160006411")
	s.chooses(call, "3")
	ringing := anna.rings()
	boris := s.agent("boris").ready()
	anna.desk.Close()
	select {
	case <-ringing.Cancelled():
	case <-time.After(atOnce):
		t.Fatal("it rings on where nobody has seen why")
	}
	s.hangsUp(boris.answers())
	s.gone(call)
	anna.openDesk(s.pages(), s.person("anna"))
	anna.until("ready, or no longer so after the grace", func(me agentapi.Me) bool {
		return me.Availability.State == "ready" || me.Availability.Reason == string(queues.ConnectionLost)
	})
	s.nothingLeft()
}
