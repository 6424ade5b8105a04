package ivr_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// seated makes an agent's page their phone. there says whether the page answers when it is asked; away is what the router is told by
// the stream, once, when the page's connection has ended.
func seated(h *house, who queues.AgentID, there *bool) (away func()) {
	told := false
	away = func() {
		if !told {
			told = true
			_ = h.acd.Report(h.Context(), queues.DeskAway{Agent: who, Phone: true, Seen: h.desk.last("pop " + string(who)).offer.ID})
		}
	}
	h.desk.seats = func(agent queues.AgentID, sure bool) bool {
		if agent != who || !sure && *there {
			return false
		}
		away()
		return true
	}
	return away
}

// TestNobodyMissesTheCallThatRangOnAPageThatWent: in every order of what is heard of it. The caller goes to the next at once, with their place, and
// who is back finds themselves ready.
func TestNobodyMissesTheCallThatRangOnAPageThatWent(t *testing.T) {
	for name, goes := range map[string]func(h *house, anna *memory.Phone, away func()){
		"the page's connection ends first": func(_ *house, anna *memory.Phone, away func()) {
			away()
			anna.Refuse(telephony.CauseUnreachable, 410)
		},
		"the phone takes its leave first": func(_ *house, anna *memory.Phone, away func()) {
			anna.Refuse(telephony.CauseUnreachable, 410)
			later(10 * time.Millisecond)
			away()
		},
		"the phone's connection breaks off, and the page says nothing": func(_ *house, anna *memory.Phone, _ func()) {
			anna.Refuse(telephony.CauseFailing, 503)
		},
		"the phone of a page of before says 480": func(_ *house, anna *memory.Phone, _ func()) { anna.Refuse(telephony.CauseNoAnswer, 480) },
		"it rings on, and the page says nothing": func(h *house, _ *memory.Phone, _ func()) {
			later(time.Until(h.desk.last("pop anna").offer.Deadline) - 2*time.Second)
		},
	} {
		for _, accepted := range []bool{false, true} {
			if accepted {
				name += ", though she has accepted it"
			}
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h, there := open(t), false
					away := seated(h, "anna", &there)
					anna := h.comes("anna")
					first := h.waits()
					if anna.State() != memory.Ringing {
						t.Fatalf("anna's phone is %s", anna.State())
					}
					if accepted {
						h.tell(queues.OfferAccepted{Offer: h.desk.last("pop anna").offer.ID})
					}
					boris := h.comes("boris")
					h.sw.Phone("boris").Answers(time.Second)
					goes(h, anna, away)
					synctest.Wait()
					h.is("anna", queues.Ready, queues.Idle)
					if got := boris.State(); got != memory.Ringing || anna.State() != memory.Idle {
						t.Errorf("the next phone is %s, and that of the page %s", got, anna.State())
					}
					later(2 * time.Second)
					if !first.HearsPhone(boris) {
						t.Errorf("the caller does not talk with the next:\n%s", heard(first))
					}
					second := h.waits()
					if anna.State() != memory.Idle {
						t.Error("it rings where nobody is")
					}
					h.tell(queues.DeskBack{Agent: "anna"})
					if anna.State() != memory.Ringing {
						t.Error("who is back is offered nothing")
					}
					if got := h.offers(); got != "revoked by anna, answered by boris" && got != "revoked by anna" {
						t.Errorf("the history says %q", got)
					}
					second.Hangup()
					first.Hangup()
					later(time.Second)
					h.endedAs(first, tickets.Served)
				})
			})
		}
	}
}

// TestPageThatIsGoneForGoodLeavesItsAgentNotReady: they have missed nothing all the same.
func TestPageThatIsGoneForGoodLeavesItsAgentNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, there := open(t), false
		seated(h, "anna", &there)
		anna := h.comes("anna")
		c := h.waits()
		anna.Refuse(telephony.CauseUnreachable, 410)
		later(10 * time.Second)
		h.tell(queues.DeskLost{Agent: "anna"})
		if a := h.agent("anna"); a.Availability != queues.NotReady || a.Reason != queues.ConnectionLost {
			t.Errorf("anna is %+v", a)
		}
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInQueue)
	})
}

// TestPhoneOfAPageThatIsThereFailsAsAnyOther: who does not answer has missed the call, and a phone that fails is one that fails.
func TestPhoneOfAPageThatIsThereFailsAsAnyOther(t *testing.T) {
	for name, what := range map[string]struct {
		becomes func(anna *memory.Phone)
		reason  queues.Reason
	}{
		"nobody answers":                    {func(*memory.Phone) { later(offerTime) }, queues.MissedCall},
		"the microphone is refused":         {func(anna *memory.Phone) { anna.Refuse(telephony.CauseNoAnswer, 480) }, queues.MissedCall},
		"the phone's connection is no more": {func(anna *memory.Phone) { anna.Refuse(telephony.CauseUnreachable, 0) }, queues.PhoneWasNotReachable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, there := open(t), true
				seated(h, "anna", &there)
				anna := h.comes("anna")
				c := h.waits()
				what.becomes(anna)
				later(time.Millisecond)
				if a := h.agent("anna"); a.Availability != queues.NotReady || a.Reason != what.reason {
					t.Errorf("anna is %+v", a)
				}
				c.Hangup()
				h.endedAs(c, tickets.AbandonedInQueue)
			})
		})
	}
}

// TestPageThatPassesItsSeatOnHasNotFailed: the call that rang on it comes to the other page, however often that happens, and the agent is asked before
// others as ever.
func TestPageThatPassesItsSeatOnHasNotFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, there := open(t), true
		seated(h, "anna", &there)
		anna := h.comes("anna")
		c := h.waits()
		for range 4 {
			if anna.State() != memory.Ringing {
				t.Fatalf("anna's phone is %s", anna.State())
			}
			anna.Refuse(telephony.CauseFailing, 430)
			later(time.Millisecond)
			h.is("anna", queues.Ready, queues.Idle)
			later(6 * time.Second)
		}
		h.comes("boris")
		anna.Answer()
		later(time.Second)
		if !c.HearsPhone(anna) {
			t.Errorf("the caller does not talk with anna:\n%s", heard(c))
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

// TestWhoHangsUpWhileThePageIsAskedLeavesNoFaultWithThePhone: nobody knows whether it was one.
func TestWhoHangsUpWhileThePageIsAskedLeavesNoFaultWithThePhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		c := h.waits()
		h.desk.seats = func(queues.AgentID, bool) bool {
			c.Hangup()
			later(time.Second)
			return false
		}
		anna.Refuse(telephony.CauseUnreachable, 0)
		later(2 * time.Second)
		h.is("anna", queues.Ready, queues.Idle)
		h.endedAs(c, tickets.AbandonedInQueue)
	})
}
