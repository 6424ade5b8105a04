package ivr_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// agentLost checks that a caller has lost anna and waits for another agent with the time of their arrival.
func (h *house) agentLost(c *memory.Customer) {
	h.Helper()
	if all := heard(c); !strings.HasSuffix(all, "ru hotline/agent_lost\nmusic:default") {
		h.Errorf("who has lost the agent heard\n%s", all)
	}
	if a := h.agent("anna"); a.Activity != queues.WrapUp || a.Next != queues.NotReady || a.NextReason != queues.PhoneLost {
		h.Errorf("whose phone has died is %+v", a)
	}
}

func TestCallerWhoLosesTheAgentWaitsAtTheirPlace(t *testing.T) {
	for name, held := range map[string]bool{"in the talk": false, "on hold": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				c, anna := h.talks()
				later(time.Minute)
				if held {
					h.holds(c)
				}
				anna.Vanish()
				later(5 * time.Second)
				h.agentLost(c)
				c.Hangup()
				if contact := h.endedAs(c, tickets.AbandonedInQueue); contact.LostBy != tickets.AgentsSide {
					t.Errorf("the contact is %+v", contact)
				}
			})
		})
	}
}

func TestCallerWhoLosesTheAgentWaitsThroughARestart(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		for name, lost := range map[string]func(*house, *memory.Phone){
			"the phone dies after it": func(h *house, anna *memory.Phone) { h.restarts(cause, time.Second); anna.Vanish() },
			"in the sentence":         func(h *house, anna *memory.Phone) { anna.Vanish(); later(time.Second); h.restarts(cause, time.Second) },
		} {
			h := open(t)
			c, anna := h.talks()
			lost(h, anna)
			later(5 * time.Second)
			if all := heard(c); c.HearsMusic() != "default" || !strings.Contains(all, "ru hotline/agent_lost") {
				t.Errorf("%s: who has lost the agent heard\n%s", name, all)
			}
			c.Hangup()
			h.endedAs(c, tickets.AbandonedInQueue)
			h.stop(nil)
		}
	})
}

func TestCallerWhoVanishesIsLostInTheirTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, _ := h.talks()
		c.Vanish()
		later(time.Second)
		if contact := h.endedAs(c, tickets.Served); contact.LostBy != tickets.CallersSide {
			t.Errorf("the contact of who vanished is %+v", contact)
		}
		if h.line.LostCallers() != 1 || h.line.LostAgents() != 0 {
			t.Errorf("%d callers and %d agents are lost", h.line.LostCallers(), h.line.LostAgents())
		}
	})
}

// TestDeskAndPhoneHoldInAnyOrder: the caller hears music while one of them holds.
func TestDeskAndPhoneHoldInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		phone := func(on bool) { anna.Hold(on); synctest.Wait() }
		for range 2 {
			phone(true)
			h.isHeld(c, anna, true)
			h.holds(c)
			phone(false)
			h.isHeld(c, anna, true)
			h.resumes(c)
			h.isHeld(c, anna, false)

			h.holds(c)
			phone(true)
			h.isHeld(c, anna, true)
			if err := h.line.Resume(t.Context(), c.ID(), "anna"); !errors.Is(err, ivr.ErrPhoneHolds) {
				t.Errorf("the desk resumes while the phone holds: %v", err)
			}
			h.isHeld(c, anna, true)
			phone(false)
			h.isHeld(c, anna, false)
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

func TestLongHoldEndsAndSoDoesALongCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.holds(c)
		later(2*time.Minute + time.Second)
		if !strings.Contains(heard(c), "ru hotline/still_on_hold") {
			t.Errorf("who is on hold for two minutes heard\n%s", heard(c))
		}
		later(5 * time.Second)
		h.isHeld(c, anna, true)
		later(30 * time.Minute)
		h.isHeld(c, anna, false)
		later(3*time.Hour + 25*time.Minute)
		if asides := h.desk.asides; asides[len(asides)-1].Ends.IsZero() {
			t.Errorf("before a long call ends the desk is shown %+v", asides[len(asides)-1])
		}
		later(10 * time.Minute)
		if anna.State() != memory.Idle {
			t.Error("a call goes on after four hours")
		}
		h.endedAs(c, tickets.Served)
	})
}
