package ivr_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// lingers is a customer who was promised a callback, and hears a very long good-bye.
func lingers(t *testing.T, plan queues.CallbackPlan, change ...func(*house)) (*house, *memory.Customer, *memory.Phone) {
	h := open(t, append(change, func(h *house) {
		h.sw = memory.New(memory.Options{Lengths: map[telephony.Sound]time.Duration{"hotline/goodbye": time.Hour}})
		offersCallbacks(plan)(h)
	})...)
	c := h.calls()
	c.Type("13")
	h.isAsked(c)
	c.Type("1")
	for !strings.Contains(heard(c), "hotline/goodbye") {
		later(100 * time.Millisecond)
	}
	return h, c, h.sw.Outside(full(ivan))
}

func TestNobodyIsCalledBackBeforeTheyHaveHungUp(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h, c, home := lingers(t, queues.CallbackPlan{})
		h.restarts(cause, time.Second)
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		later(30 * time.Second) // from when on the router may offer them
		if anna.State() != memory.Talking || len(home.Rings()) > 0 {
			t.Fatalf("anna's phone is %s, and the customer's rang %d times while they were on the line", anna.State(), len(home.Rings()))
		}
		c.Hangup()
		later(time.Second)
		if home.State() != memory.Ringing {
			t.Errorf("the customer's phone is %s", home.State())
		}
	})
}

func TestWhoDoesNotHangUpAfterThePromiseIsBusyAndTheAgentFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c, home := lingers(t, queues.CallbackPlan{Every: 10 * time.Minute})
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		later(time.Minute)
		if anna.State() != memory.Idle || len(home.Rings()) > 0 || h.waiting().Callbacks != 1 {
			t.Errorf("anna's phone is %s, the customer's rang %d times, the queue is %+v", anna.State(), len(home.Rings()), h.waiting())
		}
		h.is("anna", queues.Ready, queues.Idle)
		c.Hangup()
		later(10 * time.Minute)
		home.Answer()
		later(time.Second)
		if !home.HearsPhone(anna) {
			t.Errorf("the desk was shown: %s", h.desk.story())
		}
		home.Hangup()
		later(time.Second)
		h.calledBack(c, tickets.Served, 2)
	})
}

// failures has why the router is told that a callback failed.
type failures struct {
	ivr.ACD
	why chan queues.Failure
}

func (f failures) Report(ctx context.Context, e queues.Event) error {
	if failed, is := e.(queues.CallbackFailed); is {
		f.why <- failed.Reason
	}
	return f.ACD.Report(ctx, e)
}

// TestAgentWhoHangsUpBeforeTheCustomerHasCostsThemNoTry: nobody could call them yet, and that was not the switch's fault.
func TestAgentWhoHangsUpBeforeTheCustomerHasCostsThemNoTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := make(chan queues.Failure, 10)
		h, c, home := lingers(t, queues.CallbackPlan{Attempts: 1, Every: 10 * time.Minute}, func(h *house) {
			h.router = func(a *acd.ACD) ivr.ACD { return failures{a, why} }
		})
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		for anna.State() != memory.Talking {
			later(time.Second)
		}
		later(5 * time.Second)
		anna.Hangup()
		later(5 * time.Second)
		h.is("anna", queues.Ready, queues.Idle)
		if got := <-why; got != queues.AgentLeft || len(why) > 0 {
			t.Errorf("the try failed as %s", got)
		}
		if n := h.waiting().Callbacks; n != 1 || len(home.Rings()) > 0 {
			t.Fatalf("%d are to be called back, and the customer's phone rang %d times", n, len(home.Rings()))
		}
		c.Hangup()
		home.Answers(time.Second)
		later(10 * time.Minute)
		if !home.HearsPhone(anna) {
			t.Errorf("the customer's phone is %s", home.State())
		}
		home.Hangup()
		later(time.Second)
	})
}

func TestNobodyIsDialledWhileTheyHearThePromiseThatARestartHasTakenUp(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		c := h.calls()
		c.Type("13")
		h.isAsked(c)
		kill()
		c.Type("1")
		later(15 * time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if !killed {
			return false
		}
		h.restarts(memory.ErrCrashed, 6*time.Second)
		h.sw.Phone("anna").Answers(time.Second)
		h.comes("anna")
		for range 30 {
			later(100 * time.Millisecond)
			select {
			case <-c.Ended():
				return true
			default:
			}
			if len(h.sw.Outside(full(ivan)).Rings()) > 0 {
				t.Errorf("dialled while they heard\n%s", heard(c))
				return true
			}
		}
		return true
	}, offersCallbacks(queues.CallbackPlan{}))
}

// With 20 s in which they may hang up and 40 s in which their phone rings, the agent's phone rings as long as ever.
func TestAgentIsNotMissedForACustomerWhoHangsUpAndAnswersLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c, home := lingers(t, queues.CallbackPlan{DialFirst: true})
		anna := h.comes("anna")
		for h.agent("anna").Activity != queues.Ringing {
			later(100 * time.Millisecond)
		}
		later(18 * time.Second)
		c.Hangup()
		later(39 * time.Second)
		home.Answer()
		later(10 * time.Second)
		if a := h.agent("anna"); a.Activity != queues.Ringing {
			t.Fatalf("after 10 s of ringing anna is %s %s %s", a.Availability, a.Reason, a.Activity)
		}
		anna.Answer()
		later(time.Second)
		if !home.HearsPhone(anna) {
			t.Errorf("the customer's phone is %s", home.State())
		}
	})
}

// TestWhoseAgentIsLostWithTheSwitchIsCalledBackAtOnce: they had not hung up yet, and the link is back when it is told.
func TestWhoseAgentIsLostWithTheSwitchIsCalledBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, home := lingers(t, queues.CallbackPlan{Every: 15 * time.Minute})
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		later(30 * time.Second)
		if anna.State() != memory.Talking || len(home.Rings()) > 0 {
			t.Fatalf("anna's phone is %s, and the customer's rang %d times", anna.State(), len(home.Rings()))
		}
		h.link.breaks()
		h.link.comesBack()
		h.sw.Dies()
		later(20 * time.Second)
		if anna.State() != memory.Talking || home.State() != memory.Ringing {
			t.Errorf("anna's phone is %s, the customer's %s; %s", anna.State(), home.State(), h.desk.story())
		}
	})
}
