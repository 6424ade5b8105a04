package ivr_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr/door"
	"hotline/queues"
	"hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// offersCallbacks is a house in which nobody has signed in, so that callers are offered a callback.
func offersCallbacks(plan queues.CallbackPlan) func(*house) {
	return func(h *house) {
		leadsTo(queues.Destination{Kind: queues.ToCallback})(h)
		h.queues[0].Callback = plan
	}
}

// asks is a customer who has asked to be called back, and hung up. Their phone at home rings when they are.
func (h *house) asks() (*memory.Customer, *memory.Phone) {
	h.Helper()
	return h.asksFrom(ivan)
}

// isAsked waits until a caller is asked whether they want to be called back.
func (h *house) isAsked(c *memory.Customer) {
	h.Helper()
	for !strings.Contains(heard(c), "hotline/callback_offer") {
		select {
		case <-c.Ended():
			h.Fatalf("the call has ended:\n%s", heard(c))
		default:
			later(100 * time.Millisecond)
		}
	}
}

func (h *house) asksFrom(number string) (*memory.Customer, *memory.Phone) {
	h.Helper()
	before := h.waiting().Callbacks
	c := h.sw.Call(full(number), full(dialled))
	c.Type("13")
	h.isAsked(c)
	c.Type("1")
	later(20 * time.Second)
	h.endedAs(c, tickets.CallbackPromised)
	if q := h.waiting(); q.Callbacks != before+1 || h.book.size() != before+1 {
		h.Fatalf("the queue is %+v, and %d are in the book:\n%s", q, h.book.size(), heard(c))
	}
	return c, h.sw.Outside(full(number))
}

// over checks that nothing is left of a callback, and returns its contact.
func (h *house) over(c *memory.Customer, want tickets.Outcome) tickets.Contact {
	h.Helper()
	if q := h.waiting(); q.Callbacks != 0 || h.book.size() != 0 {
		h.Errorf("the queue is %+v, and %d are in the book", q, h.book.size())
	}
	if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 || h.line.Live() != 0 {
		h.Errorf("%d channels and %d bridges are left, %d calls live on", channels, bridges, h.line.Live())
	}
	return h.calledBack(c, want, 1)
}

// calledBack is the latest contact of so many that we have made, and checks that all are of the one ticket.
func (h *house) calledBack(c *memory.Customer, want tickets.Outcome, number int) (last tickets.Contact) {
	h.Helper()
	own := h.contact(c)
	n := 0
	for id, contact := range h.store.Contacts() {
		if id == tickets.OfCall(c.ID()) {
			continue
		}
		n++
		if contact.Ticket != own.Ticket {
			h.Errorf("the callback has the ticket %s, the call %s", contact.Ticket, own.Ticket)
		}
		if contact.ArrivedAt.After(last.ArrivedAt) {
			last = contact
		}
	}
	if n != number || last.Outcome != want {
		h.Errorf("%d contacts are ours, and the last ended as %q, not %d and %q", n, last.Outcome, number, want)
	}
	return last
}

func TestCallerIsCalledBackWhenAnAgentHasTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := map[telephony.CallID]queues.Offer{}
		h := open(t, offersCallbacks(queues.CallbackPlan{}), func(h *house) {
			h.onCall = func(call telephony.CallID, o queues.Offer) { made[call] = o }
		})
		c, home := h.asks()
		if all := heard(c); !strings.HasSuffix(all, "ru hotline/callback_promised "+ivan[1:]+"\nru hotline/goodbye") {
			t.Errorf("the customer heard\n%s", all)
		}
		h.stands(h.contact(c), tickets.Department("fault"), tickets.CallBack)
		since := h.contact(c).QueuedAt
		later(time.Hour)
		anna := h.comes("anna")
		if anna.State() != memory.Ringing || home.State() != memory.Idle {
			t.Fatalf("anna's phone is %s, and the customer's %s", anna.State(), home.State())
		}
		p := h.desk.last("pop anna")
		if made[p.pop.Call] != p.offer || p.offer.Request != queues.RequestID(c.ID()) {
			t.Errorf("of the call %s is told that it is for %+v", p.pop.Call, made[p.pop.Call])
		}
		if p.pop.Ticket.Number != h.contact(c).Ticket || p.pop.Caller.From.Key() != ivan || !p.pop.WaitingSince.Equal(since) || !p.offer.Callback {
			t.Errorf("the desk shows %+v of %+v", p.pop, p.offer)
		}
		anna.Answer()
		later(2 * time.Second)
		if home.State() != memory.Ringing || home.Rings()[0].From.E164 != dialled {
			t.Fatalf("the customer's phone is %s: %+v", home.State(), home.Rings())
		}
		home.Answer()
		later(time.Second)
		if !home.HearsPhone(anna) || !anna.HearsPhone(home) {
			t.Error("they do not hear each other")
		}
		h.is("anna", queues.Ready, queues.Talking)
		anna.Hangup()
		later(5 * time.Second)
		h.is("anna", queues.Ready, queues.WrapUp)
		contact := h.over(c, tickets.Served)
		if contact.From.Key() != ivan || contact.Agent.ID != "anna" || contact.Queue != "support" || contact.Offers != 1 {
			t.Errorf("the contact says %+v", contact)
		}
		if got := h.desk.story(); got != "pop anna, talking anna, talking anna, ended anna" {
			t.Errorf("the desk was shown: %s", got)
		}
	})
}

func TestCallerWhoDoesNotWantACallbackWaitsOn(t *testing.T) {
	for name, does := range map[string]func(*memory.Customer){
		"types nothing": func(*memory.Customer) {}, "types something else": func(c *memory.Customer) { c.Type("5") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, offersCallbacks(queues.CallbackPlan{}))
				c := h.arrives()
				does(c)
				later(10 * time.Second)
				h.sw.Phone("anna").Answers(time.Second)
				anna := h.comes("anna")
				later(2 * time.Second)
				if !c.HearsPhone(anna) || strings.Count(heard(c), "callback_offer") != 1 {
					t.Errorf("the customer heard\n%s", heard(c))
				}
				c.Hangup()
				h.endedAs(c, tickets.Served)
			})
		})
	}
}

func TestNobodyIsAskedWhoCannotBeCalledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c := h.sw.Call(telephony.Number{}, full(dialled))
		c.Type("13")
		later(tillQueue)
		if all := heard(c); strings.Contains(all, "callback_offer") || c.HearsMusic() == "" {
			t.Errorf("the customer heard\n%s", all)
		}
		if n := h.decisions.count(words.CallbackWasOffered); n != 0 {
			t.Errorf("%d offers are recorded that were not made", n)
		}
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInQueue)
	})
}

func TestAgentWhoIsFreeInThatMomentGoesBeforeTheCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		h.sw.Phone("anna").Answers(time.Second)
		c := h.arrives() // hears the offer now
		anna := h.comes("anna")
		c.Type("1")
		later(3 * time.Second)
		if !c.HearsPhone(anna) || h.book.size() != 0 {
			t.Errorf("the customer heard\n%s", heard(c))
		}
		c.Hangup()
		h.endedAs(c, tickets.Served)
	})
}

func TestCustomerWhoIsNotReachedIsCalledAgainLater(t *testing.T) {
	for name, does := range map[string]func(*memory.Phone){
		"declines": func(p *memory.Phone) { p.Declines(time.Second) }, "does not answer": func(*memory.Phone) {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, offersCallbacks(queues.CallbackPlan{Attempts: 2, Every: 10 * time.Minute}))
				c, home := h.asks()
				does(home)
				h.sw.Phone("anna").Answers(time.Second)
				anna := h.comes("anna")
				later(time.Minute)
				var told []string
				for _, heard := range anna.Hears() {
					told = append(told, heard.String())
				}
				if got := strings.Join(told, ", "); got != "music:default, ru hotline/customer_not_reached" {
					t.Errorf("anna heard %q", got)
				}
				h.is("anna", queues.Ready, queues.Idle)
				if anna.State() != memory.Idle || h.waiting().Callbacks != 1 {
					t.Errorf("anna's phone is %s, the queue %+v", anna.State(), h.waiting())
				}
				h.stands(h.calledBack(c, tickets.NotReached, 1), tickets.Department("fault"), tickets.CallBack)
				h.restarts(memory.ErrCrashed, time.Second, "anna")
				if h.waiting().Callbacks != 1 || anna.State() != memory.Idle {
					t.Errorf("anna's phone is %s, the queue %+v", anna.State(), h.waiting())
				}
				later(11 * time.Minute)
				if len(home.Rings()) != 2 {
					t.Errorf("the customer was called %d times", len(home.Rings()))
				}
				if q := h.waiting(); q.Callbacks != 0 || h.book.size() != 0 {
					t.Errorf("the queue is %+v, and %d are in the book", q, h.book.size())
				}
				h.stands(h.calledBack(c, tickets.NotReached, 2), tickets.Department("fault"), tickets.CallBack)
			})
		})
	}
}

func TestMissedOfferOfACallbackCallsNobodyAndTheNextAgentGetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c, home := h.asks()
		anna, boris := h.comes("anna"), h.comes("boris")
		later(time.Second)
		anna.Decline()
		later(time.Second)
		boris.Answer()
		later(time.Second)
		home.Answer()
		later(time.Second)
		if !home.HearsPhone(boris) || len(home.Rings()) != 1 {
			t.Errorf("the desks were shown: %s", h.desk.story())
		}
		home.Hangup()
		later(time.Second)
		h.over(c, tickets.Served)
	})
}

func TestAgentWhoHangsUpBeforeTheCustomerIsThereIsFreeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c, home := h.asks()
		anna := h.comes("anna")
		anna.Answer()
		later(2 * time.Second)
		anna.Hangup()
		later(time.Second)
		h.is("anna", queues.Ready, queues.Idle)
		if home.State() != memory.Idle || h.waiting().Callbacks != 1 {
			t.Errorf("the customer's phone is %s, the queue %+v", home.State(), h.waiting())
		}
		h.calledBack(c, tickets.NotReached, 1)
	})
}

func TestAgentHangsUpOnTheDeskBeforeTheCustomerIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		_, home := h.asks()
		anna := h.comes("anna")
		anna.Answer()
		later(2 * time.Second)
		there, err := h.line.HangUpAgent(t.Context(), h.desk.last("talking anna").pop.Call, "anna")
		later(time.Second)
		if !there || err != nil || anna.State() != memory.Idle || home.State() != memory.Idle {
			t.Errorf("%v, %v; anna's phone is %s, and the customer's %s", there, err, anna.State(), home.State())
		}
	})
}

func TestCustomerIsCalledFirstWhereTheQueueHasItSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{DialFirst: true}))
		c, home := h.asks()
		anna, boris := h.comes("anna"), h.comes("boris")
		later(time.Second)
		if anna.State() != memory.Idle || home.State() != memory.Ringing {
			t.Fatalf("anna's phone is %s, and the customer's %s", anna.State(), home.State())
		}
		home.Answer()
		later(time.Second)
		anna.Decline()
		later(time.Second)
		if home.State() != memory.Talking || !home.HearsMedia() || boris.State() != memory.Ringing {
			t.Fatalf("the customer's phone is %s, and boris's %s", home.State(), boris.State())
		}
		boris.Answer()
		later(time.Second)
		if !home.HearsPhone(boris) {
			t.Errorf("the desks were shown: %s", h.desk.story())
		}
		home.Hangup()
		later(time.Second)
		h.over(c, tickets.Served)
	})
}

func TestCallbackWaitsOnThroughARestartAtItsPlace(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c, home := h.asks()
		behind := h.sw.Call(full("+79162223344"), full(dialled))
		behind.Type("13")
		later(tillQueue + 10*time.Second)
		h.restarts(cause, time.Minute)
		if q := h.waiting(); q.Callbacks != 1 || q.Waiting != 1 {
			t.Fatalf("the queue is %+v", q)
		}
		anna := h.comes("anna")
		anna.Answer()
		later(time.Second)
		if home.State() != memory.Ringing {
			t.Errorf("who asked first is not called first: %s", h.desk.story())
		}
		home.Answer()
		later(time.Second)
		behind.Hangup()
		home.Hangup()
		later(time.Second)
		if q := h.waiting(); q.Callbacks != 0 || h.book.size() != 0 || h.contact(c).Outcome != tickets.CallbackPromised {
			t.Errorf("the queue is %+v, and %d are in the book", q, h.book.size())
		}
	})
}

// One that another server has made, and says so late, is not made again, unless the customer is being called already.
func TestCallbackThatAnotherHasMadeIsNotMadeAgain(t *testing.T) {
	for _, late := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, offersCallbacks(queues.CallbackPlan{}))
			c, home := h.asks()
			if late {
				h.comes("anna").Answer()
				later(time.Second)
			}
			h.book.made <- string(c.ID())
			later(time.Second)
			if late {
				home.Answer()
				later(time.Second)
				if !home.HearsPhone(h.sw.Phone("anna")) {
					t.Errorf("the customer's phone is %s", home.State())
				}
				return
			}
			if q := h.waiting(); q.Callbacks != 0 || h.book.size() != 0 {
				t.Errorf("the queue is %+v, and %d are in the book", q, h.book.size())
			}
			anna := h.comes("anna")
			later(time.Minute)
			if anna.State() != memory.Idle || home.State() != memory.Idle {
				t.Errorf("anna's phone is %s, the customer's %s", anna.State(), home.State())
			}
		})
	}
}

func TestTalkOfACallbackGoesOnThroughARestart(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c, home := h.asks()
		anna := h.comes("anna")
		anna.Answer()
		later(time.Second)
		home.Answer()
		later(time.Second)
		h.restarts(cause, time.Second, "anna")
		h.resumed(1)
		if !home.HearsPhone(anna) {
			t.Error("the restart has cut the talk")
		}
		h.is("anna", queues.Ready, queues.Talking)
		anna.Hangup()
		later(5 * time.Second)
		if contact := h.over(c, tickets.Served); contact.From.Key() != ivan {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

func TestCrashWhileTheCustomerIsCalledIsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		_, home := h.asks()
		anna := h.comes("anna")
		anna.Answer()
		later(time.Second)
		h.restarts(memory.ErrCrashed, time.Second)
		if anna.State() != memory.Idle || home.State() != memory.Idle || h.waiting().Callbacks != 1 {
			t.Errorf("anna's phone is %s, the customer's %s, the queue %+v", anna.State(), home.State(), h.waiting())
		}
		h.comes("anna")
		anna.Answer()
		later(time.Second)
		home.Answer()
		later(time.Second)
		if !home.HearsPhone(anna) {
			t.Errorf("the desk was shown: %s", h.desk.story())
		}
	})
}

func TestAPromisedCallbackOutlivesACallThatIsHungUp(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		_, home := h.asks()
		again := h.arrives()
		h.restarts(cause, time.Second)
		again.Hangup()
		later(time.Second)
		if q := h.waiting(); q.Callbacks != 1 || q.Waiting != 0 || h.book.size() != 1 {
			t.Errorf("the queue is %+v, and %d are in the book", q, h.book.size())
		}
		anna := h.comes("anna")
		later(30 * time.Second)
		anna.Answer()
		later(time.Second)
		if home.State() != memory.Ringing {
			t.Errorf("the customer's phone is %s; the desk was shown %s", home.State(), h.desk.story())
		}
	})
}

// Two customers share a company's number. What the one was promised, a call of the other neither takes over nor ends.
func TestAPromisedCallbackOutlivesAnotherCallerOfTheSameNumber(t *testing.T) {
	for _, served := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, offersCallbacks(queues.CallbackPlan{}), func(h *house) {
				err := h.store.SeedCustomers(t.Context(), []tickets.Seed{
					{Customer: tickets.Customer{Name: "А", Numbers: []string{ivan}}}, {Customer: tickets.Customer{Name: "Б", Numbers: []string{ivan}}},
				})
				if err != nil {
					t.Fatal(err)
				}
			})
			a, home := h.asks()
			b := h.arrives()
			later(10 * time.Second)
			if q := h.waiting(); q.Callbacks != 1 || q.Waiting != 1 {
				t.Errorf("the queue is %+v", q)
			}
			if h.contact(b).Ticket == h.contact(a).Ticket {
				t.Error("B has the ticket of A")
			}
			if !served {
				b.Hangup()
			}
			anna := h.comes("anna")
			for range 40 {
				if anna.State() != memory.Ringing {
					later(time.Second)
				}
			}
			anna.Answer()
			later(time.Second)
			if home.State() != memory.Ringing { // A came first
				t.Errorf("served %t: A's phone is %s; the desk was shown %s", served, home.State(), h.desk.story())
			}
			if h.book.size() != 1 {
				t.Errorf("served %t: %d are in the book", served, h.book.size())
			}
			b.Hangup()
		})
	}
}

func TestCustomerWhoCallsInIsNotCalledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		h.asks()
		behind := h.sw.Call(full("+79162223344"), full(dialled))
		behind.Type("13")
		later(tillQueue)
		again := h.arrives()
		later(10 * time.Second)
		if q := h.waiting(); q.Callbacks != 1 || q.Waiting != 2 || h.book.size() != 1 { // the promise is not kept yet
			t.Errorf("the queue is %+v, and %d are in the book", q, h.book.size())
		}
		h.restarts(memory.ErrCrashed, time.Second)
		anna := h.comes("anna")
		if rings := anna.Rings(); len(rings) != 1 || rings[0].From.E164 != ivan {
			t.Errorf("who has the older place is not offered first: %+v", rings)
		}
		behind.Hangup()
		later(time.Second)
		if since := h.waiting().LongestSince; since.Before(h.contact(again).ArrivedAt) {
			t.Errorf("they called at %s, and wait since %s", h.contact(again).ArrivedAt, since)
		}
		anna.Answer()
		later(time.Second)
		if q := h.waiting(); q.Callbacks != 0 || h.book.size() != 0 {
			t.Errorf("once they are served the queue is %+v, and %d are in the book", q, h.book.size())
		}
		again.Hangup()
	})
}

func TestCustomerWhoIsDialledFirstHearsMusicWhileTheAgentsPhoneRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{DialFirst: true}))
		_, home := h.asks()
		h.comes("anna")
		later(25 * time.Second)
		home.Answer()
		later(5 * time.Second)
		if !home.HearsMedia() {
			t.Errorf("the customer, who is %s, hears nothing", home.State())
		}
	})
}

func TestCustomerWhoIsOnTheLineForTheirCallbackSurvivesARestart(t *testing.T) {
	for _, cause := range []error{telephony.ErrHandover, memory.ErrCrashed} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, offersCallbacks(queues.CallbackPlan{DialFirst: true}))
			_, home := h.asks()
			anna := h.comes("anna")
			later(25 * time.Second)
			home.Answer()
			later(time.Second)
			anna.Decline()
			later(time.Second)
			h.restarts(cause, time.Second)
			later(time.Second)
			if n := h.book.size(); n != 0 || h.waiting().Waiting+h.waiting().Callbacks != 1 || !home.HearsMedia() {
				t.Errorf("after %v: the customer is %s, %d in the book, %+v", cause, home.State(), n, h.waiting())
			}
		})
	}
}

func TestCallerWhoDidNotWantACallbackIsNotAskedAgainAfterARestart(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c := h.waits()
		asked := func() int { return strings.Count(heard(c), "hotline/callback_offer") }
		h.isAsked(c)
		later(10 * time.Second) // says nothing
		h.restarts(cause, time.Second)
		later(2 * time.Minute)
		if n := h.decisions.count(words.CallbackWasOffered); asked() != 1 || n != 1 || h.waiting().Waiting != 1 {
			t.Errorf("they were asked %d times, of which %d are recorded; the queue is %+v:\n%s", asked(), n, h.waiting(), heard(c))
		}
	})
}

func TestCustomerWhoCallsInWhileTheirAgentDialsThemIsServedAtOnceAndNotCalledAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		_, home := h.asks()
		behind := h.sw.Call(full("+79162223344"), full(dialled))
		behind.Type("13")
		later(tillQueue)
		anna := h.comes("anna")
		anna.Answer()
		later(time.Second)
		if home.State() != memory.Ringing {
			t.Fatalf("the customer's phone is %s", home.State())
		}
		again := h.arrives()
		home.Decline() // engaged
		later(5 * time.Second)
		anna.Answer()
		later(time.Second)
		if !again.HearsPhone(anna) || h.book.size() != 0 || h.waiting().Callbacks != 0 {
			t.Errorf("the customer hears %s, the book has %d; the desk was shown %s", heard(again), h.book.size(), h.desk.story())
		}
		again.Hangup()
		behind.Hangup()
		for range 20 {
			if later(time.Minute); home.State() != memory.Idle {
				t.Fatalf("the customer's phone is %s", home.State())
			}
		}
	})
}

// TestNobodyIsCalledBackWhileTheLineIsBehind, but soon after.
func TestNobodyIsCalledBackWhileTheLineIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var delay atomic.Int64
		h := open(t, offersCallbacks(queues.CallbackPlan{Every: 15 * time.Minute}), func(h *house) {
			h.options.Admission = door.NewAdmission()
			h.options.Load = func() door.Load { return door.Load{Delay: time.Duration(delay.Load())} }
		})
		_, home := h.asks()
		delay.Store(int64(3 * time.Second))
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		later(30 * time.Second)
		if len(anna.Rings())+len(home.Rings()) > 0 {
			t.Error("a phone has rung")
		}
		delay.Store(0)
		home.Answers(time.Second)
		later(10 * time.Second)
		if !home.HearsPhone(anna) {
			t.Errorf("the customer's phone is %s; %s", home.State(), h.desk.story())
		}
		home.Hangup()
		later(time.Second)
	})
}

// TestCallbackIsMadeAtOnceWhenTheLinkToTheSwitchIsBack: that it was away is not held against the customer, however long tries are apart.
func TestCallbackIsMadeAtOnceWhenTheLinkToTheSwitchIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{Every: 15 * time.Minute}))
		c, home := h.asks()
		h.link.breaks()
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		later(30 * time.Second)
		if len(anna.Rings())+len(home.Rings()) > 0 {
			t.Error("a phone has rung")
		}
		h.link.comesBack()
		home.Answers(time.Second)
		later(10 * time.Second)
		if !home.HearsPhone(anna) {
			t.Errorf("the customer's phone is %s; %s", home.State(), h.desk.story())
		}
		home.Hangup()
		later(time.Second)
		h.over(c, tickets.Served)
	})
}

// TestAgentWhoHangsUpWhenTheLinkIsBackHasTheTryCount: that it was away meanwhile has not ended the try.
func TestAgentWhoHangsUpWhenTheLinkIsBackHasTheTryCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{Every: 15 * time.Minute}))
		_, home := h.asks()
		anna := h.comes("anna")
		anna.Answer()
		later(2 * time.Second)
		h.link.breaks()
		later(time.Second)
		h.link.comesBack()
		later(5 * time.Second)
		if home.State() != memory.Ringing {
			t.Fatalf("the customer's phone is %s", home.State())
		}
		anna.Hangup()
		later(time.Minute)
		h.is("anna", queues.Ready, queues.Idle)
		if len(home.Rings()) != 1 {
			t.Errorf("the customer's phone rang %d times; %s", len(home.Rings()), h.desk.story())
		}
	})
}

// TestCallbackThatIsLostWithTheSwitchIsMadeAgainAtOnce: the agent is there, and the customer's phone rings, when the switch dies and is back.
func TestCallbackThatIsLostWithTheSwitchIsMadeAgainAtOnce(t *testing.T) {
	for name, dies := range map[string]func(*house){
		"told before the link is back": func(h *house) { h.sw.Dies(); later(time.Second); h.link.comesBack() },
		"told as the link is back":     func(h *house) { h.link.comesBack(); h.sw.Dies(); later(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, offersCallbacks(queues.CallbackPlan{Every: 15 * time.Minute}))
				c, home := h.asks()
				anna := h.comes("anna")
				anna.Answer()
				later(2 * time.Second)
				if home.State() != memory.Ringing {
					t.Fatalf("the customer's phone is %s", home.State())
				}
				h.link.breaks()
				dies(h)
				h.is("anna", queues.Ready, queues.Idle)
				anna.Answers(time.Second)
				home.Answers(time.Second)
				later(10 * time.Second)
				if !home.HearsPhone(anna) {
					t.Errorf("the customer's phone is %s; %s", home.State(), h.desk.story())
				}
				home.Hangup()
				later(time.Second)
				h.calledBack(c, tickets.Served, 2) // the first is the one that was lost
			})
		})
	}
}
