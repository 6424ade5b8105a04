package ivr_test

import (
	"context"
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

// holds puts the caller of anna's talk on hold.
func (h *house) holds(c *memory.Customer) {
	h.Helper()
	if err := h.line.Hold(h.Context(), c.ID(), "anna"); err != nil {
		h.Errorf("hold: %v", err)
	}
	synctest.Wait()
}

func (h *house) resumes(c *memory.Customer) {
	h.Helper()
	if err := h.line.Resume(h.Context(), c.ID(), "anna"); err != nil {
		h.Errorf("resume: %v", err)
	}
	synctest.Wait()
}

// isHeld checks whether a caller hears music alone, or the agent alone, and that the router knows it.
func (h *house) isHeld(c *memory.Customer, anna *memory.Phone, held bool) {
	h.Helper()
	if music := c.HearsMusic() == "default"; music != held || c.HearsPhone(anna) == held || anna.HearsCustomer(c) == held {
		h.Errorf("on hold %v: the customer hears music %q and anna %v, anna the customer %v",
			held, c.HearsMusic(), c.HearsPhone(anna), anna.HearsCustomer(c))
	}
	activity := queues.Talking
	if held {
		activity = queues.OnHold
	}
	h.is("anna", queues.Ready, activity)
}

func TestCallerOnHoldHearsMusicUntilTheAgentTakesThemBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.isHeld(c, anna, false)
		if err := h.line.Resume(t.Context(), c.ID(), "anna"); !errors.Is(err, ivr.ErrNotHeld) {
			t.Errorf("resumed without a hold: %v", err)
		}
		for range 2 {
			h.holds(c)
			if err := h.line.Hold(t.Context(), c.ID(), "anna"); !errors.Is(err, ivr.ErrHeld) {
				t.Errorf("held twice: %v", err)
			}
			later(time.Minute)
			h.isHeld(c, anna, true)
			h.resumes(c)
			later(time.Minute)
			h.isHeld(c, anna, false)
		}
		anna.Hangup()
		later(3 * time.Second)
		if err := h.line.Hold(t.Context(), c.ID(), "anna"); !errors.Is(err, ivr.ErrTalkOver) {
			t.Errorf("held after the talk: %v", err)
		}
		h.endedAs(c, tickets.Served)
	})
}

func TestCallerWhoHangsUpOnHoldWasServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.holds(c)
		c.Hangup()
		later(time.Second)
		if anna.State() != memory.Idle {
			t.Errorf("anna's phone is %s", anna.State())
		}
		h.is("anna", queues.Ready, queues.WrapUp)
		h.endedAs(c, tickets.Served)
	})
}

// The caller is not left with the music of an agent who is not there any more.
func TestCallerOnHoldWhoseAgentLeavesGoesOnInTheFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.holds(c)
		anna.Hangup()
		later(time.Second)
		if c.HearsMusic() != "" || !strings.Contains(heard(c), "ru hotline/goodbye") {
			t.Errorf("after the talk the customer hears %q:\n%s", c.HearsMusic(), heard(c))
		}
		h.is("anna", queues.Ready, queues.WrapUp)
		later(3 * time.Second)
		if all := heard(c); !strings.HasSuffix(all, "ru hotline/goodbye") {
			t.Errorf("the customer heard:\n%s", all)
		}
		h.endedAs(c, tickets.Served)
	})
}

func TestRestartOnHold(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c, anna := h.talks()
		later(time.Minute)
		h.holds(c)
		since := h.agent("anna").ActivitySince
		h.stop(cause)
		later(10 * time.Second)
		if c.HearsMusic() != "default" || c.HearsPhone(anna) {
			t.Error("the caller on hold lost their music with Hotline")
		}
		h.restarts(nil, time.Second, "anna")
		h.resumed(1)
		h.isHeld(c, anna, true)
		if now := h.agent("anna").ActivitySince; !now.Equal(since) {
			t.Errorf("on hold since %s, not %s", now, since)
		}
		h.resumes(c)
		h.isHeld(c, anna, false)
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

func TestAgentWhoLeavesACallerOnHoldInTheGapLeavesThemToTheFlow(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c, anna := h.talks()
		h.holds(c)
		h.stop(cause)
		anna.Hangup()
		h.restarts(nil, time.Second)
		later(3 * time.Second)
		if all := heard(c); !strings.HasSuffix(all, "ru hotline/goodbye") {
			t.Errorf("the customer heard:\n%s", all)
		}
		h.endedAs(c, tickets.Served)
	})
}

// TestNoKillLeavesACallerBetweenHoldAndTalk: at every moment of the two commands the caller hears music or the agent, then and
// after the restart, and what they hear is what the agent's desk says.
func TestNoKillLeavesACallerBetweenHoldAndTalk(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		c, anna := h.talks()
		kill()
		_ = h.line.Hold(t.Context(), c.ID(), "anna") // the kill may come first
		if h.sw.Connected() {
			_ = h.line.Resume(t.Context(), c.ID(), "anna")
		}
		later(time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if music := c.HearsMusic() != ""; music == c.HearsPhone(anna) {
			t.Errorf("the caller hears music %v, and anna as well: %v", music, c.HearsPhone(anna))
		}
		if killed {
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.resumed(1)
		}
		held := h.agent("anna").Activity == queues.OnHold
		h.isHeld(c, anna, held)
		if held {
			h.resumes(c)
			h.isHeld(c, anna, false)
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
		return killed
	})
}

// TestWhatAnAgentWasRefusedIsNotDoneLater: while the switch cannot be reached a command waits for as long as its page does, and not longer.
func TestWhatAnAgentWasRefusedIsNotDoneLater(t *testing.T) {
	for _, patience := range []time.Duration{5 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			link := make(chan struct{})
			h := open(t, func(h *house) {
				h.options.Linked = func(ctx context.Context) error {
					select {
					case <-link:
						return nil
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				}
			})
			c, anna := h.talks()
			done := make(chan error, 1)
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				done <- h.line.Hold(ctx, c.ID(), "anna")
			}()
			later(10 * time.Second)
			h.isHeld(c, anna, false)
			close(link)
			later(time.Second)
			refused := patience < 10*time.Second
			if err := <-done; errors.Is(err, context.DeadlineExceeded) != refused || err == nil == refused {
				t.Errorf("with a patience of %s it is answered %v", patience, err)
			}
			h.isHeld(c, anna, !refused)
			c.Hangup()
			later(time.Second)
			h.endedAs(c, tickets.Served)
		})
	}
}

// TestNoKillLeavesACallerBetweenTalkAndTheHoldOfAPhone: an agent holds with a key of their own phone, and takes the caller back with it, whatever moment Hotline
// dies in: while it is away, or once the next one is there. The switch ends a caller's music as they leave the bridge in which a phone holds: where Hotline dies
// before it has begun anew they hear nothing until the next one. One that finds a hold that was not noted, and whose phone holds no more, takes it for the desk's.
func TestNoKillLeavesACallerBetweenTalkAndTheHoldOfAPhone(t *testing.T) {
	for _, meanwhile := range []bool{true, false} {
		t.Run(map[bool]string{true: "released meanwhile", false: "released later"}[meanwhile], func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				c, anna := h.talks()
				either := func(when string) {
					t.Helper()
					if music, anna := c.HearsMusic() != "", c.HearsPhone(anna); music && anna || h.sw.Connected() && !music && !anna {
						t.Errorf("%s the caller hears music %v, and anna as well: %v", when, music, anna)
					}
				}
				kill()
				anna.Hold(true)
				later(time.Second)
				either("in the hold")
				if h.sw.Connected() || meanwhile {
					anna.Hold(false)
				}
				later(time.Second)
				killed := !h.sw.Connected()
				h.sw.CrashAfter(0, nil)
				either("after it")
				if killed {
					h.restarts(memory.ErrCrashed, time.Second, "anna")
					h.resumed(1)
					later(time.Second)
					h.isHeld(c, anna, h.agent("anna").Activity == queues.OnHold)
					if anna.Hold(false); meanwhile && h.agent("anna").Activity == queues.OnHold {
						h.resumes(c)
					}
					later(time.Second)
				}
				h.isHeld(c, anna, false)
				h.holds(c) // by the desk, as ever
				h.isHeld(c, anna, true)
				h.resumes(c)
				c.Hangup()
				later(time.Second)
				h.endedAs(c, tickets.Served)
				return killed
			})
		})
	}
}
