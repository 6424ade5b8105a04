package ivr_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// help calls for a supervisor.
func (h *house) help(c *memory.Customer, said string) {
	h.Helper()
	if err := h.line.Help(h.Context(), c.ID(), "anna", said); err != nil {
		h.Errorf("help: %v", err)
	}
	synctest.Wait()
}

// showsHelp checks what the agent's page shows of it: "-" is nothing, "said by" otherwise.
func (h *house) showsHelp(want string) {
	h.Helper()
	h.desk.mu.Lock()
	defer h.desk.mu.Unlock()
	got := "-"
	if n := len(h.desk.asides); n > 0 && h.desk.asides[n-1].Help != nil {
		shown := h.desk.asides[n-1].Help
		got = strings.TrimSpace(shown.Said + " " + string(shown.By))
	}
	if got != want {
		h.Errorf("the page shows of the call for help %q, not %q", got, want)
	}
}

// helped is how calls for a supervisor ended, as the ticket tells it.
func (h *house) helped() (all []string) {
	h.Helper()
	if err := h.register.Flush(h.Context()); err != nil {
		h.Fatal(err)
	}
	h.store.mu.Lock()
	defer h.store.mu.Unlock()
	for _, f := range h.store.facts {
		if e, is := f.Event.(tickets.Helped); is {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", e.Agent.ID, e.How, e.Said, e.By.ID)))
		}
	}
	return all
}

func (h *house) tellsHelp(want ...string) {
	h.Helper()
	if got := h.helped(); !slices.Equal(got, want) {
		h.Errorf("the ticket tells of calls for help %q, not %q", got, want)
	}
}

// TestAgentCallsForASupervisor: it is shown until a supervisor has been there, or it is taken back, and none who listens unseen is told of.
func TestAgentCallsForASupervisor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		alla := h.oversees(c, "alla", telephony.Listens)
		later(time.Second)
		h.help(c, " кричит\n")
		h.showsHelp("кричит")
		h.help(c, "грозит судом")
		h.showsHelp("грозит судом")
		if n := h.line.HelpCalls(); n != 1 {
			t.Errorf("counted are %d calls for help", n)
		}
		later(time.Second)
		olga := h.oversees(c, "olga", telephony.Listens)
		h.showsHelp("грозит судом olga")
		alla.Hangup() // who listened before has not come for it
		later(time.Second)
		h.showsHelp("грозит судом olga")
		olga.Hangup()
		later(time.Second)
		h.showsHelp("-")

		h.help(c, "")
		if err := h.line.EndHelp(t.Context(), c.ID(), "anna"); err != nil {
			t.Error(err)
		}
		h.showsHelp("-")
		if err := h.line.EndHelp(t.Context(), c.ID(), "anna"); err != nil {
			t.Errorf("taken back twice: %v", err)
		}

		olga = h.oversees(c, "olga", telephony.Listens) // and who is there comes by saying so again
		later(time.Second)
		h.help(c, "")
		h.showsHelp("")
		later(time.Second)
		h.oversees(c, "olga", telephony.Whispers)
		h.showsHelp("olga")
		if !anna.HearsPhone(olga) {
			t.Error("anna does not hear who has come")
		}
		anna.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
		h.tellsHelp("anna given: грозит судом olga", "anna withdrawn:", "anna talk_over:  olga")
		if err := h.line.Help(t.Context(), c.ID(), "anna", ""); !errors.Is(err, ivr.ErrTalkOver) {
			t.Errorf("after the talk: %v", err)
		}
	})
}

// TestSupervisorWhosePhoneRingsWhenHelpIsCalledForHasComeForIt: they learn of it, and the wall asks nobody else.
func TestSupervisorWhosePhoneRingsWhenHelpIsCalledForHasComeForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, _ := h.talks()
		olga := h.sw.Phone("olga")
		olga.Answers(3 * time.Second)
		go func() { _ = h.line.Oversee(t.Context(), c.ID(), "olga", telephony.Listens) }()
		later(time.Second)
		h.help(c, "x")
		h.showsHelp("x")
		later(5 * time.Second)
		h.showsHelp("x olga")
		olga.Hangup()
		later(time.Second)
		h.showsHelp("-")
		c.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
		h.tellsHelp("anna given: x olga")
	})
}

// TestSupervisorHasComeThoughTheRequestIsOver: a page's request ends as soon as it is answered, perhaps before the talk has learnt of it.
func TestSupervisorHasComeThoughTheRequestIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, _ := h.talks()
		h.oversees(c, "olga", telephony.Listens)
		for range 20 { // as it depends on who is first
			later(time.Second)
			h.help(c, "x")
			later(time.Second)
			ctx, answered := context.WithCancel(t.Context())
			if err := h.line.Oversee(ctx, c.ID(), "olga", telephony.Listens); err != nil {
				t.Error(err)
			}
			answered()
			synctest.Wait()
			h.showsHelp("x olga")
			if err := h.line.EndHelp(t.Context(), c.ID(), "anna"); err != nil {
				t.Error(err)
			}
		}
		c.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
	})
}

// TestCallForASupervisorEndsWithTheTalk, however that ends for the agent.
func TestCallForASupervisorEndsWithTheTalk(t *testing.T) {
	for name, end := range map[string]func(w *consultation){
		"the caller hangs up": func(w *consultation) { w.c.Hangup() },
		"passed on":           func(w *consultation) { w.do(w.line.Complete) },
		"sent on": func(w *consultation) {
			w.do(w.line.TakeBack)
			if err := w.line.Transfer(w.Context(), w.c.ID(), "anna", ivr.Transfer{Queue: "support"}); err != nil {
				w.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				w := h.answered(true)
				h.help(w.c, "x")
				end(w)
				later(time.Second)
				h.tellsHelp("anna talk_over: x")
				w.c.Hangup()
				later(time.Minute)
				h.tellsHelp("anna talk_over: x")
			})
		})
	}
}

// TestCallForASupervisorIsNotForgottenByAKill: whatever moment Hotline dies in, the page shows it again, and it ends once.
func TestCallForASupervisorIsNotForgottenByAKill(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		c, anna := h.talks()
		h.sw.Phone("olga").Answers(time.Second)
		kill()
		_ = h.line.Help(t.Context(), c.ID(), "anna", "x")
		later(time.Second)
		_ = h.line.Oversee(t.Context(), c.ID(), "olga", telephony.Listens)
		later(3 * time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if killed {
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.resumed(1)
		}
		there := h.there(c)
		switch {
		case len(there) > 0 && !killed:
			h.showsHelp("x olga")
		case len(there) == 0:
			h.showsHelp("x")
			h.oversees(c, "olga", telephony.Listens)
			h.showsHelp("x olga")
		default: // where they had come and Hotline did not note it, they say so once more
			h.oversees(c, "olga", telephony.Listens)
			later(time.Second)
			h.showsHelp("x olga")
		}
		h.sw.Phone("olga").Hangup()
		later(time.Second)
		h.showsHelp("-")
		h.is("anna", queues.Ready, queues.Talking)
		if !c.HearsPhone(anna) {
			t.Error("the talk is cut")
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
		h.tellsHelp("anna given: x olga")
		return killed
	})
}
