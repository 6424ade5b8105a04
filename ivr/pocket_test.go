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
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// pocket has anna work by phone alone, and writes down what it is told.
type pocket struct{ told []string }

func (p *pocket) Calls(a telephony.Arrival) bool { return a.To.Raw == "600" }

func (p *pocket) SignIn(_ context.Context, _ telephony.Arrival, number, pin string) (bool, error) {
	p.told = append(p.told, number+" "+pin)
	if len(p.told) == 1 {
		return false, errors.New("wrong")
	}
	return true, nil
}

func (p *pocket) Works(id queues.AgentID) bool { return id == "anna" }

func (p *pocket) WrapUp(_ context.Context, id queues.AgentID, _ telephony.CallID, d tickets.Disposition) error {
	p.told = append(p.told, string(id)+" "+string(d))
	return nil
}

// told is what an agent's phone has heard.
func told(p *memory.Phone) string {
	var all []string
	for _, h := range p.Hears() {
		all = append(all, h.String())
	}
	return strings.Join(all, "\n")
}

// byPocket is a house in which anna works by phone alone, her phone answers, and a customer waits for her.
func byPocket(t *testing.T, wrapUp time.Duration) (*house, *pocket, *memory.Phone, *memory.Customer) {
	p := &pocket{}
	h := open(t, func(h *house) {
		h.options.Pocket = p
		q := support
		q.WrapUp = wrapUp
		h.queues = []queues.Queue{q}
	})
	h.sw.Phone("anna").Answers(time.Second)
	anna := h.comes("anna")
	c := h.calls()
	c.Type("13")
	later(tillQueue)
	return h, p, anna, c
}

// TestLongestNumberAndPINEndWithAHash, which is not left for the next question.
func TestLongestNumberAndPINEndWithAHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pocket{}
		h := open(t, func(h *house) { h.options.Pocket = p })
		c := h.sw.Call(full(ivan), telephony.Number{Raw: "600"})
		c.Type("1234567890#1234567891#")
		later(2 * time.Second)
		c.Type("1234567890#1234567892#")
		later(20 * time.Second)
		if got := strings.Join(p.told, ", "); got != "1234567890 1234567891, 1234567890 1234567892" {
			t.Errorf("typed was %s", got)
		}
	})
}

// TestMailboxHearsNoNumber: who calls an agent is told once she has pressed 1, and by then she has the caller, however long it takes to say.
func TestMailboxHearsNoNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, anna, c := byPocket(t, 30*time.Second)
		if got := told(anna); !strings.Contains(got, "pocket_accept") || strings.Contains(got, ivan[1:]) {
			t.Errorf("before she has pressed 1 she has heard\n%s", got)
		}
		later(time.Until(h.desk.last("pop anna").offer.Deadline) - time.Second)
		anna.Type("1")
		later(2 * time.Second)
		if got := told(anna); !strings.Contains(got, ivan[1:]) || c.HearsPhone(anna) {
			t.Errorf("after it, before they are joined, she has heard\n%s", got)
		}
		later(5 * time.Second)
		if !c.HearsPhone(anna) {
			t.Error("they are not joined")
		}
		c.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
		asked := strings.Count(told(anna), "pocket_disposition")

		c = h.calls()
		c.Type("13")
		later(tillQueue)
		anna.Type("1")
		later(time.Second)
		c.Hangup()
		later(time.Second)
		if anna.State() == memory.Talking && strings.Count(told(anna), "pocket_disposition") == asked {
			t.Error("she goes on hearing who has called, though they have hung up")
		}
		later(time.Minute)
		h.is("anna", queues.Ready, queues.Idle)
		if contact := h.endedAs(c, tickets.AbandonedRinging); contact.Agent.ID != "" || !contact.AnsweredAt.IsZero() {
			t.Errorf("who has spoken with nobody is in the contact as %+v", contact)
		}
		if got := strings.Count(h.desk.story(), "ended anna"); got != 2 {
			t.Errorf("the desk has shown the end of %d calls:\n%s", got, h.desk.story())
		}
	})
}

// TestCallerWhosePocketLetGoWhileItHeardTheNumberWaitsOn at their place: they have spoken with nobody.
func TestCallerWhosePocketLetGoWhileItHeardTheNumberWaitsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, anna, c := byPocket(t, 30*time.Second)
		since := h.contact(c).QueuedAt
		anna.Type("1")
		later(3 * time.Second)
		h.tell(queues.AgentNotReady{Agent: "anna", Reason: queues.Break})
		anna.Hangup()
		later(10 * time.Second)
		if q := h.waiting(); q.Waiting != 1 || !q.LongestSince.Equal(since) || q.Answered != 0 || c.HearsMusic() != "default" {
			t.Fatalf("the queue is %+v, the caller heard\n%s", q, heard(c))
		}
		h.is("anna", queues.NotReady, queues.Idle)
		boris := h.comes("boris")
		boris.Answer()
		later(10 * time.Second)
		boris.Hangup()
		later(10 * time.Second)
		if contact := h.endedAs(c, tickets.Served); contact.Agent.ID != "boris" {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

// TestCustomerIsNotBlamedForAPocketThatLetGoWhileItHeardTheirNumber: they were not called, so that their only try is still to come.
func TestCustomerIsNotBlamedForAPocketThatLetGoWhileItHeardTheirNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{Attempts: 1, Every: 15 * time.Minute}), func(h *house) { h.options.Pocket = &pocket{} })
		_, home := h.asks()
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		later(5 * time.Second)
		anna.Type("1")
		later(2 * time.Second)
		if got := told(anna); !strings.Contains(got, ivan[1:]) {
			t.Fatalf("anna has heard\n%s", got)
		}
		anna.Hangup()
		later(10 * time.Second)
		h.is("anna", queues.Ready, queues.Idle)
		if q := h.waiting(); q.Callbacks != 1 || h.book.size() != 1 || len(home.Rings()) > 0 {
			t.Fatalf("the queue is %+v, %d are in the book, and the customer's phone rang %d times", q, h.book.size(), len(home.Rings()))
		}
		home.Answers(time.Second)
		later(15 * time.Minute)
		anna.Type("1")
		later(15 * time.Second)
		if !home.HearsPhone(anna) {
			t.Errorf("the customer's phone is %s", home.State())
		}
		home.Hangup()
		later(time.Minute)
	})
}

// TestWhatCameOfACallIsAskedInTheTimeForIt: the talk is over when the caller has left, and the phone is free when the next call may come, pressed or not. Where there is
// no time for work after calls, the talk lasts until it is pressed.
func TestWhatCameOfACallIsAskedInTheTimeForIt(t *testing.T) {
	for _, test := range []struct {
		wrapUp time.Duration
		during queues.Activity
		asked  time.Duration
	}{
		{30 * time.Second, queues.WrapUp, 20 * time.Second},
		{10 * time.Second, queues.WrapUp, 6 * time.Second},
		{0, queues.Talking, 20 * time.Second},
	} {
		for _, presses := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h, p, anna, c := byPocket(t, test.wrapUp)
				anna.Type("1")
				later(10 * time.Second)
				c.Hangup()
				later(time.Second)
				h.is("anna", queues.Ready, test.during)
				if presses {
					anna.Type("1")
				} else {
					later(test.asked - 2*time.Second)
					h.is("anna", queues.Ready, test.during)
				}
				later(3500 * time.Millisecond)
				if anna.State() != memory.Idle {
					t.Errorf("with %s for it the phone is %s", test.wrapUp, anna.State())
				}
				if got := strings.Join(p.told, ""); presses && got != "anna "+string(tickets.Resolved) || !presses && got != "" {
					t.Errorf("filed is %q", got)
				}
				later(time.Minute)
				h.is("anna", queues.Ready, queues.Idle)
				h.endedAs(c, tickets.Served)
				if got := strings.Count(h.desk.story(), "ended anna"); got != 1 {
					t.Errorf("the desk has shown the end %d times:\n%s", got, h.desk.story())
				}
			})
		}
	}
}

var _ ivr.Pocket = (*pocket)(nil)
