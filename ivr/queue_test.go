package ivr_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/telephony/memory"
	"hotline/tickets"
)

func TestCallerKeepsPlaceWhenAgentMissesOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		c := h.waits()
		since := h.contact(c).QueuedAt
		later(time.Until(h.desk.last("pop anna").offer.Deadline))
		if a := h.agent("anna"); a.Availability != queues.NotReady || a.Reason != queues.MissedCall || a.Activity != queues.Idle {
			t.Errorf("anna is %+v", a)
		}
		if anna.State() != "idle" || len(anna.Rings()) != 1 {
			t.Errorf("anna's phone is %s after %d calls", anna.State(), len(anna.Rings()))
		}
		if c.HearsMusic() != "default" {
			t.Error("the music has ended")
		}
		if got := h.offers(); got != "missed by anna" {
			t.Errorf("the history says %q", got)
		}
		behind := h.waits()
		if q := h.waiting(); !q.LongestSince.Equal(since) {
			t.Errorf("the longest waits since %s, not %s", q.LongestSince, since)
		}
		boris := h.comes("boris")
		if o := h.desk.last("pop boris").offer; o.Request != queues.RequestID(c.ID()) {
			t.Errorf("boris was offered %s, not %s, who came first", o.Request, c.ID())
		}
		boris.Answer()
		behind.Hangup()
		later(time.Second)
		c.Hangup()
		if contact := h.endedAs(c, tickets.Served); contact.Offers != 2 || !contact.QueuedAt.Equal(since) || contact.Agent.ID != "boris" {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

// TestAgentWhosePhoneWasDialledLateHasMissedNothing: the switch was behind, and what an agent has of the offer's time is less than is theirs.
func TestAgentWhosePhoneWasDialledLateHasMissedNothing(t *testing.T) {
	for behind, want := range map[time.Duration]string{time.Second: "missed by anna", 4 * time.Second: "failed by anna", offerTime: "failed by anna"} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, func(h *house) { h.sw = memory.New(memory.Options{Dialling: behind}) })
			h.comes("anna")
			c := h.waits()
			later(time.Until(h.desk.last("pop anna").offer.Deadline))
			if got := h.offers(); got != want {
				t.Errorf("dialled after %s: the history says %q, not %q", behind, got, want)
			}
			blamed := want == "missed by anna"
			if a := h.agent("anna"); (a.Availability == queues.NotReady) != blamed {
				t.Errorf("dialled after %s: anna is %+v", behind, a)
			}
			c.Hangup()
			later(behind)
		})
	}
}

func TestDeclinedOfferGoesToTheNextAgentAtOnce(t *testing.T) {
	for _, how := range []string{"at the phone", "on the desk"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				anna := h.comes("anna")
				c := h.waits()
				boris := h.comes("boris")
				if how == "at the phone" {
					anna.Decline()
				} else {
					h.tell(queues.OfferDeclined{Offer: h.desk.last("pop anna").offer.ID})
				}
				later(time.Millisecond)
				if anna.State() != "idle" || boris.State() != "ringing" {
					t.Errorf("anna's phone is %s, and boris's %s", anna.State(), boris.State())
				}
				h.is("anna", queues.Ready, queues.Idle)
				if got := h.offers(); got != "declined by anna" {
					t.Errorf("the history says %q", got)
				}
				boris.Answer()
				later(time.Second)
				c.Hangup()
				h.endedAs(c, tickets.Served)
			})
		})
	}
}

func TestOfferAcceptedOnTheDeskAndDeclinedAtThePhoneIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		h.waits()
		boris := h.comes("boris")
		h.tell(queues.OfferAccepted{Offer: h.desk.last("pop anna").offer.ID})
		anna.Decline()
		later(time.Millisecond)
		if boris.State() != "ringing" {
			t.Error("the caller waits for an agent who will not come")
		}
		if a := h.agent("anna"); a.Reason != queues.MissedCall {
			t.Errorf("anna is %+v", a)
		}
		if got := h.offers(); got != "missed by anna" {
			t.Errorf("the history says %q", got)
		}
	})
}

func TestUnreachablePhoneCostsTheCallerNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.comes("anna").Reachable(false) // the router has not heard of it yet
		h.comes("boris")
		c := h.waits()
		if boris := h.sw.Phone("boris"); boris.State() != "ringing" {
			t.Errorf("boris's phone is %s:\n%s", boris.State(), h.desk.story())
		}
		if a := h.agent("anna"); a.Availability != queues.NotReady || a.Reason != queues.PhoneWasNotReachable {
			t.Errorf("anna is %+v", a)
		}
		if got := h.offers(); got != "failed by anna" {
			t.Errorf("the history says %q", got)
		}
		c.Hangup()
		h.endedAs(c, tickets.AbandonedRinging)
	})
}

func TestAgentWhosePageIsGoneIsNotRungAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		h.waits()
		h.tell(queues.DeskLost{Agent: "anna"})
		if anna.State() != "idle" {
			t.Error("anna's phone rings on")
		}
		if got := h.offers(); got != "revoked by anna" {
			t.Errorf("the history says %q", got)
		}
		if q := h.waiting(); q.Waiting != 1 {
			t.Error("the caller does not wait on")
		}
	})
}

// The agent picks up in the very instant in which the offer ends: either they talk, or the phone is silent and the
// caller waits on.
func TestAnswerThatCrossesTheDeadlineIsOneOfTheTwo(t *testing.T) {
	for _, sooner := range []time.Duration{time.Nanosecond, 0, -time.Nanosecond} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			anna := h.comes("anna")
			c := h.waits()
			time.Sleep(time.Until(h.desk.last("pop anna").offer.Deadline) - sooner)
			anna.Answer()
			later(time.Second)
			talking := c.HearsPhone(anna)
			if talking != (anna.State() == "talking") || talking != (h.agent("anna").Activity == queues.Talking) || talking == (h.waiting().Waiting == 1) {
				t.Errorf("%s before the deadline: talking %v, phone %s, agent %+v", sooner, talking, anna.State(), h.agent("anna"))
			}
			c.Hangup()
			later(time.Second)
			if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 {
				t.Errorf("%d channels and %d bridges are left", channels, bridges)
			}
		})
	}
}

// late is a router whose offers end in the instant before it learns of the answer.
type late struct{ *acd.ACD }

func (l late) Report(ctx context.Context, e queues.Event) error {
	if answered, ok := e.(queues.OfferAnswered); ok {
		_ = l.ACD.Report(ctx, queues.DeskLost{Agent: "anna"})
		return l.ACD.Report(context.WithoutCancel(ctx), answered)
	}
	return l.ACD.Report(ctx, e)
}

func TestAnswerToAnOfferThatIsOverIsHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) { h.router = func(a *acd.ACD) ivr.ACD { return late{a} } })
		anna := h.comes("anna")
		c := h.waits()
		anna.Answer()
		later(time.Second)
		if anna.State() != "idle" || h.waiting().Waiting != 1 || c.HearsMusic() != "default" {
			t.Errorf("anna's phone is %s, %d wait", anna.State(), h.waiting().Waiting)
		}
		if got := h.offers(); got != "revoked by anna" {
			t.Errorf("the history says %q", got)
		}
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInQueue)
	})
}

func TestAnnouncementIsSaidNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.calls()
		c.Type("13")
		later(inNumber + 65*time.Second)
		h.hears(c,
			"ru hotline/welcome …",
			"ru hotline/your_ticket "+string(number(c)),
			"music:default",
			"ru hotline/still_waiting",
			"music:default",
			"ru hotline/still_waiting",
			"music:default",
		)
	})
}

func TestAnnouncementIsCutShortByAnOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.calls()
		c.Type("13")
		later(inNumber + 31*time.Second) // in the middle of it
		if all := c.Hears(); all[len(all)-1].String() != "ru hotline/still_waiting" || !c.HearsMedia() {
			t.Fatalf("the customer heard:\n%s", heard(c))
		}
		anna := h.comes("anna")
		if anna.State() != "ringing" || c.HearsMusic() != "default" {
			t.Errorf("anna's phone is %s, and the customer heard:\n%s", anna.State(), heard(c))
		}
	})
}

func TestCallersAreServedInTheOrderOfTheirArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		first, second, third := h.waits(), h.waits(), h.waits()
		second.Hangup()
		anna := h.comes("anna")
		for _, c := range []interface{ Hangup() }{first, third} {
			anna.Answer()
			later(time.Second)
			c.Hangup()
			later(time.Second)
			h.tell(queues.WrapUpFinished{Agent: "anna"})
		}
		if got := h.desk.story(); got != "pop anna, talking anna, ended anna, pop anna, talking anna, ended anna" {
			t.Errorf("the desk was shown: %s", got)
		}
		h.endedAs(second, tickets.AbandonedInQueue)
		h.endedAs(first, tickets.Served)
		h.endedAs(third, tickets.Served)
	})
}

func TestAgentHangsUpOnTheDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		if there, err := h.line.HangUpAgent(t.Context(), c.ID(), "anna"); !there || err != nil {
			t.Errorf("hang up: %v, %v", there, err)
		}
		later(100 * time.Millisecond)
		if anna.State() != "idle" {
			t.Errorf("anna's phone is %s", anna.State())
		}
		h.is("anna", queues.Ready, queues.WrapUp)
		if there, _ := h.line.HangUpAgent(t.Context(), c.ID(), "anna"); there {
			t.Error("the talk can be ended a second time")
		}
		later(3 * time.Second)
		h.endedAs(c, tickets.Served)
	})
}

func TestCallerHangsUpInGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.calls()
		later(time.Second)
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInGreeting)
	})
}

func TestCallerHangsUpInMenu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.calls()
		c.Type("2")
		later(3 * time.Second)
		c.Hangup()
		if contact := h.endedAs(c, tickets.AbandonedInMenu); contact.Language != "en" {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

func TestCallerHangsUpInQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.waits()
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInQueue)
		anna := h.comes("anna")
		later(time.Minute)
		if len(anna.Rings()) != 0 {
			t.Error("anna's phone rang for nobody")
		}
		if q := h.waiting(); q.Abandoned != 1 || q.ShortAbandoned != 0 {
			t.Errorf("the queue counts %+v", q.Figures)
		}
	})
}

func TestCallerHangsUpInAnAnnouncement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.calls()
		c.Type("13")
		later(inNumber + 31*time.Second)
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInQueue)
	})
}

func TestCallerHangsUpWhileRinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		c := h.waits()
		c.Hangup()
		synctest.Wait()
		if anna.State() != "idle" {
			t.Error("anna's phone rings on")
		}
		h.endedAs(c, tickets.AbandonedRinging)
		h.is("anna", queues.Ready, queues.Idle)
		if got := h.offers(); got != "revoked by anna" {
			t.Errorf("the history says %q", got)
		}
	})
}

func TestCallerHangsUpWhileThePopIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.desk.takes = 150 * time.Millisecond
		c := h.waits()
		anna := h.sw.Phone("anna")
		h.desk.onPop = func() { c.Hangup() }
		h.comes("anna")
		later(time.Second)
		if len(anna.Rings()) != 0 {
			t.Error("anna's phone rang for nobody")
		}
		h.endedAs(c, tickets.AbandonedRinging)
		h.is("anna", queues.Ready, queues.Idle)
	})
}

// Both act in the same instant; who is first decides, and in either case nothing is left.
func TestCallerHangsUpInTheInstantOfTheAnswer(t *testing.T) {
	for _, first := range []string{"caller", "agent", "both"} {
		t.Run(first, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				anna := h.comes("anna")
				c := h.waits()
				switch first {
				case "caller":
					c.Hangup()
					anna.Answer()
				case "agent":
					anna.Answer()
					c.Hangup()
				case "both":
					go anna.Answer()
					go c.Hangup()
				}
				later(time.Second)
				if anna.State() != "idle" {
					t.Errorf("anna's phone is %s", anna.State())
				}
				contact := h.contact(c)
				h.endedAs(c, contact.Outcome)
				if contact.Outcome == tickets.Served {
					h.is("anna", queues.Ready, queues.WrapUp)
				} else {
					h.endedAs(c, tickets.AbandonedRinging)
					h.is("anna", queues.Ready, queues.Idle)
				}
			})
		})
	}
}

func TestCallerHangsUpInTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		c.Hangup()
		synctest.Wait()
		if anna.State() != "idle" {
			t.Errorf("anna's phone is %s", anna.State())
		}
		h.endedAs(c, tickets.Served)
		h.is("anna", queues.Ready, queues.WrapUp)
		if got := h.desk.story(); got != "pop anna, talking anna, ended anna" {
			t.Errorf("the desk was shown: %s", got)
		}
	})
}

// After the talk a flow may go on, with a survey for example. Who leaves there has been served.
func TestServedCallerStaysServedWhateverFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) {
			h.options.Flow.Nodes["support"] = after(h.options.Flow.Nodes["support"], "language")
		})
		c, anna := h.talks()
		anna.Hangup()
		later(time.Second)
		c.Type("2")
		later(time.Second)
		c.Hangup()
		h.endedAs(c, tickets.Served)
	})
}

// mine is a router that panics in the caller's own goroutine.
type mine struct{ ivr.ACD }

func (m mine) Report(ctx context.Context, e queues.Event) error {
	if _, answered := e.(queues.OfferAnswered); answered {
		panic("a mistake of ours")
	}
	return m.ACD.Report(ctx, e)
}

func TestPanicCostsOneCallAndLeavesNobodyWaitingForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) { h.router = func(a *acd.ACD) ivr.ACD { return mine{a} } })
		c := h.waits()
		anna := h.comes("anna")
		anna.Answer()
		later(time.Second)
		h.is("anna", queues.Ready, queues.Idle)
		if n := h.waiting().Waiting; n != 0 {
			t.Errorf("%d callers wait who are gone", n)
		}
		h.endedAs(c, tickets.Failed)
	})
}

// TestNoCallGoesOnWithoutTheDiskButToAnotherOfItsFacts: what a killed Hotline had told nobody is lost with it, and nothing else.
func TestNoCallGoesOnWithoutTheDiskButToAnotherOfItsFacts(t *testing.T) {
	routed, queued := tickets.Routed{}.Kind(), tickets.Queued{}.Kind()
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		waits := h.waits()
		if got := h.lingered.take(); !slices.Equal(got, []tickets.Kind{routed}) {
			t.Errorf("of a call for which nobody is there %q did not wait", got)
		}
		waits.Hangup()
		later(time.Second)
		h.endedAs(waits, tickets.AbandonedInQueue)
		own := h.contact(waits).Ticket
		h.lingered.take()
		h.comes("anna")
		h.sw.Phone("anna").Answers(time.Second)
		c := h.calls()
		c.Type("19" + string(own)) // linked by number
		later(40 * time.Second)
		if h.contact(c).AnsweredAt.IsZero() || h.contact(c).Linked != tickets.LinkedTyped {
			t.Fatalf("the contact is %+v", h.contact(c))
		}
		c.Hangup()
		later(time.Second)
		if got := h.lingered.take(); !slices.Equal(got, []tickets.Kind{routed, queued}) {
			t.Errorf("of a call that is offered at once %q did not wait", got)
		}
		h.endedAs(c, tickets.Served)
	})
}
