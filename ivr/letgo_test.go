package ivr_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hotline/queues"
	"hotline/tickets"
)

func TestCallerGoesBackToTheHeadOfTheQueueWhenThePhoneLetsGoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.waits()
		since := h.contact(c).QueuedAt
		behind := h.waits()
		anna := h.comes("anna")
		for range 3 {
			anna.Answer()
			later(50 * time.Millisecond)
			anna.Hangup()
			later(500 * time.Millisecond)
		}
		if a := h.agent("anna"); a.Availability != queues.NotReady || a.Reason != queues.PhoneWasFailing || a.Activity != queues.Idle {
			t.Errorf("anna is %+v", a)
		}
		if q := h.waiting(); q.Waiting != 2 || !q.LongestSince.Equal(since) || q.Answered != 0 {
			t.Errorf("the queue is %+v", q)
		}
		if c.HearsMusic() != "default" {
			t.Error("the caller who waits on hears no music")
		}
		boris := h.comes("boris")
		boris.Answer()
		later(time.Second)
		if !c.HearsPhone(boris) {
			t.Error("the first caller does not talk with boris")
		}
		behind.Hangup()
		later(2 * time.Second)
		boris.Hangup()
		later(10 * time.Second)
		contact := h.endedAs(c, tickets.Served)
		if contact.Agent.ID != "boris" || contact.AnsweredAt.Sub(since) < 300*time.Millisecond {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

func TestCallerWhoLeavesAfterAPhoneLetGoHasAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		c := h.waits()
		anna.Answer()
		anna.Hangup()
		later(100 * time.Millisecond)
		h.tell(queues.AgentNotReady{Agent: "anna", Reason: queues.Break})
		later(10 * time.Second)
		c.Hangup()
		if contact := h.endedAs(c, tickets.AbandonedInQueue); contact.Agent.ID != "" || !contact.AnsweredAt.IsZero() {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

func TestAgentWhoHangsUpFromThePageAtOnceHasServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		c := h.waits()
		anna.Answer()
		later(100 * time.Millisecond)
		if there, err := h.line.HangUpAgent(t.Context(), c.ID(), "anna"); !there || err != nil {
			t.Fatalf("%t, %v", there, err)
		}
		later(10 * time.Second)
		if contact := h.endedAs(c, tickets.Served); contact.Agent.ID != "anna" {
			t.Errorf("the contact says %+v", contact)
		}
		if a := h.agent("anna"); a.Failures != 0 {
			t.Errorf("anna is %+v", a)
		}
	})
}

func TestCallerWhosePhoneLetGoWhileHotlineWasAwayWaitsOn(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		for name, talked := range map[string]time.Duration{"let go at once": 50 * time.Millisecond, "talked": 20 * time.Second} {
			h := open(t)
			c := h.waits()
			since := h.contact(c).QueuedAt
			anna := h.comes("anna")
			anna.Answer()
			later(talked)
			h.stop(cause)
			anna.Hangup()
			later(2 * time.Second)
			h.start()
			later(5 * time.Second)
			if talked > time.Second {
				h.endedAs(c, tickets.Served)
				continue
			}
			if q := h.waiting(); q.Waiting != 1 || !q.LongestSince.Equal(since) || c.HearsMusic() != "default" {
				t.Fatalf("%s: the queue is %+v, the caller heard\n%s", name, q, heard(c))
			}
			boris := h.comes("boris")
			boris.Answer()
			later(2 * time.Second)
			boris.Hangup()
			later(10 * time.Second)
			if contact := h.endedAs(c, tickets.Served); contact.Agent.ID != "boris" {
				t.Errorf("%s: the contact says %+v", name, contact)
			}
		}
	})
}
