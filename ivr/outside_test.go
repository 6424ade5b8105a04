package ivr_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

const third = "+74950000300"

// sendsOn is a house whose callers are sent to a number outside, and who have chosen the contract to another one.
func sendsOn(atMost int) func(*house) {
	return func(h *house) {
		leadsTo(queues.Destination{Kind: queues.ToNumber, Number: elsewhere})(h)
		h.queues[1].Overflow = []queues.Overflow{{NobodyThere: true, To: queues.Destination{Kind: queues.ToNumber, Number: third}}}
		h.options.OutsideAtMost = atMost
		menu := h.options.Flow.Nodes["main"].Kind.(flow.Menu)
		contract := menu.Choices["1"]
		contract.Next = "contract"
		menu.Choices["1"] = contract
		h.options.Flow.Nodes["contract"] = flow.Node{Kind: flow.Queue{Queue: "second", Music: "default"}, Next: "bye"}
		for _, number := range []string{elsewhere, third} {
			h.sw.Outside(full(number)).Answers(time.Second)
		}
	}
}

// from is a customer at some number, who has chosen Russian and something else.
func (h *house) from(n telephony.Number, choice string) *memory.Customer {
	c := h.sw.Call(n, full(dialled))
	c.Type("1" + choice)
	later(tillQueue)
	return c
}

// notSentOn checks that a caller was told that nobody can answer, without a try to send them on.
func (h *house) notSentOn(c *memory.Customer) {
	h.Helper()
	later(5 * time.Second)
	select {
	case <-c.Ended():
	default:
		h.Fatalf("the call goes on:\n%s", heard(c))
	}
	if all := heard(c); strings.Contains(all, "overflow_forwarded") || !strings.HasSuffix(all, "ru hotline/overflow_message\nru hotline/goodbye") {
		h.Errorf("the customer heard\n%s", all)
	}
	if got := h.contact(c).Outcome; got != tickets.Refused { // and is to be called back
		h.Errorf("the call ended as %q", got)
	}
}

// talksAt checks that a caller talks with somebody at a number outside.
func (h *house) talksAt(c *memory.Customer, number string) {
	h.Helper()
	later(5 * time.Second)
	if !c.HearsPhone(h.sw.Outside(full(number))) {
		h.Fatalf("the customer heard\n%s", heard(c))
	}
}

func TestNobodyIsSentToTheNumberThatTheyCallFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, sendsOn(0))
		h.notSentOn(h.from(full(elsewhere), "3"))
		if len(h.sw.Outside(full(elsewhere)).Rings()) > 0 {
			t.Error("their own phone rang")
		}
	})
}

func TestCallFromANumberThatCallsAreSentToIsNotSentOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, sendsOn(0))
		h.talksAt(h.from(full(ivan), "3"), elsewhere)
		h.notSentOn(h.from(full(elsewhere), "1"))
	})
}

func TestNoMoreCallsAreSentToANumberThanItMayGetAfterARestartToo(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, sendsOn(1))
		first := h.from(telephony.Number{}, "3")
		h.talksAt(first, elsewhere)
		h.notSentOn(h.from(telephony.Number{}, "3"))
		h.restarts(cause, time.Second)
		h.talksAt(first, elsewhere)
		h.notSentOn(h.from(telephony.Number{}, "3"))
		first.Hangup()
		h.talksAt(h.from(telephony.Number{}, "3"), elsewhere)
	})
}

// Who is asked at a number outside counts there, from before a restart to the end, also where the caller is passed on to them meanwhile.
func TestWhoIsAskedOutsideCountsThereAfterARestartToo(t *testing.T) {
	for name, passed := range map[string]bool{"passed on": true, "taken back": false} {
		restart(t, func(t *testing.T, cause error) {
			h := open(t, func(h *house) { h.options.OutsideAtMost = 1 })
			w := h.answered(false)
			h.sw.Phone("boris").Answers(time.Second)
			h.comes("boris")
			other := h.from(full("+79990000001"), "3")
			h.stop(cause)
			if passed {
				w.anna.Hangup()
			}
			h.restarts(nil, time.Second, "anna", "boris")
			later(time.Second)
			ask := func() error {
				return h.line.Consult(t.Context(), other.ID(), "boris", ivr.Consult{Number: full(elsewhere)})
			}
			if err := ask(); !errors.Is(err, ivr.ErrMayNotCall) {
				t.Errorf("%s: one more is asked there: %v", name, err)
			}
			if passed {
				w.asked.Hangup()
			} else {
				w.do(h.line.TakeBack)
			}
			later(10 * time.Second)
			if err := ask(); err != nil {
				t.Errorf("%s: nobody is there any more: %v", name, err)
			}
			w.c.Hangup()
			other.Hangup()
			later(time.Minute)
			h.endedAs(w.c, tickets.Served)
		})
	}
}

func TestCallThatShowsTheLinesOwnNumberIsNotSentOnWhileAnotherIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, sendsOn(0))
		house := h.from(full(dialled), "3")
		h.talksAt(house, elsewhere) // a phone of the house itself shows it
		h.notSentOn(h.from(full(dialled), "1"))
		h.notSentOn(h.from(full(dialled), "3"))
		house.Hangup()
		later(time.Second)
		h.talksAt(h.from(full(dialled), "3"), elsewhere)
	})
}

func TestCallByAnExtensionOfTheDialplanShowsTheLinesNumberOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) { sendsOn(0)(h); h.options.Number = full(dialled) })
		c := h.sw.Call(full(ivan), telephony.Number{Raw: "s"})
		c.Type("13")
		later(tillQueue)
		h.talksAt(c, elsewhere)
		if shown := h.sw.Outside(full(elsewhere)).Rings()[0].From; shown != full(dialled) {
			t.Errorf("%+v is shown outside", shown)
		}
	})
}
