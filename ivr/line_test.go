package ivr_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

func TestCallerWalksTheWholeFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		c := h.calls()
		<-c.Answered()
		later(3 * time.Second) // the welcome, and some of the languages
		c.Type("1")
		later(time.Second)
		c.Type("3")
		later(inNumber + 10*time.Second)
		anna.Answer()
		later(time.Minute)
		if !c.HearsPhone(anna) || !anna.HearsCustomer(c) || c.HearsMusic() != "" {
			t.Error("customer and agent do not hear each other")
		}
		h.is("anna", queues.Ready, queues.Talking)
		anna.Hangup()
		later(time.Second)
		h.is("anna", queues.Ready, queues.WrapUp)
		<-c.Ended()

		contact := h.endedAs(c, tickets.Served)
		number := string(contact.Ticket)
		h.hears(c,
			"ru hotline/welcome",
			"ru hotline/choose_language …",
			"ru hotline/main_menu …",
			"ru hotline/your_ticket "+number,
			"music:default",
			"ru hotline/goodbye",
		)
		if contact.Language != "ru" || contact.Topic != "fault" || contact.Queue != "support" || contact.Agent != (tickets.Agent{ID: "anna", Name: "Anna"}) {
			t.Errorf("the contact says %+v", contact)
		}
		if contact.QueuedAt.IsZero() || contact.AnsweredAt.IsZero() || contact.Offers != 1 {
			t.Errorf("the contact's times are %+v", contact)
		}
		if got := h.desk.story(); got != "pop anna, talking anna, ended anna" {
			t.Errorf("the desk was shown: %s", got)
		}
		if h.log.text() != "" {
			t.Errorf("logged: %s", h.log.text())
		}
	})
}

func TestPopTellsWhoCallsAboutWhatAndByWhichWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) {
			err := h.store.SeedCustomers(t.Context(), []tickets.Seed{{
				Customer: tickets.Customer{Name: "Иван Смирнов", Contract: "СС-20100", Numbers: []string{ivan}},
				Open: []tickets.SeedTicket{{
					Subject: "Нет связи", Topic: "fault", Owner: tickets.Department("support"), Next: time.Now().Add(time.Hour), ActivityAt: time.Now().Add(-time.Hour),
				}},
			}})
			if err != nil {
				t.Fatal(err)
			}
		})
		anna := h.comes("anna")
		h.waits()
		p := h.desk.last("pop anna").pop
		if p.Caller.Match != tickets.Exact || p.Caller.Customer == nil || p.Caller.Customer.Name != "Иван Смирнов" || p.OpenTicketsCount != 1 {
			t.Errorf("the caller is %+v", p.Caller)
		}
		if p.Ticket.Linked != tickets.LinkedCustomer || p.Ticket.Subject != "Нет связи" {
			t.Errorf("the ticket is %+v", p.Ticket)
		}
		if len(p.Path) != 1 || p.Path[0]["ru"] != "Неисправность" || p.Queue.ID != "support" || p.Skill != "support" || p.Language != "ru" {
			t.Errorf("the way was %v to %v", p.Path, p.Queue)
		}
		if p.OpenTickets != nil {
			t.Error("the second half of the pop is there before the answer")
		}
		if rings := anna.Rings(); len(rings) != 1 || rings[0].Name != "Иван Смирнов" || rings[0].From.Key() != ivan {
			t.Errorf("the phone showed %+v", rings)
		}
		anna.Answer()
		later(time.Second)
		if p := h.desk.last("talking anna").pop; len(p.OpenTickets) != 1 || p.Greeting["ru"] != "Здравствуйте, Иван Смирнов!" {
			t.Errorf("after the answer the pop holds %+v", p)
		}
	})
}

func TestPopLeavesBeforeThePhoneRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rang := 0
		h := open(t, func(h *house) {
			h.desk.takes = 120 * time.Millisecond
			h.desk.onPop = func() { rang = len(h.sw.Phone("anna").Rings()) }
		})
		anna := h.comes("anna")
		h.waits()
		later(time.Second)
		if h.desk.story() != "pop anna" || rang != 0 || len(anna.Rings()) != 1 {
			t.Errorf("the desk was shown %q when the phone had rung %d times, now %d", h.desk.story(), rang, len(anna.Rings()))
		}
	})
}

func TestPhoneIsSilentWhenTheOfferEndsWhileThePopIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.desk.onPop = func() {
			go func() { _ = h.acd.Report(t.Context(), queues.OfferDeclined{Offer: h.desk.last("pop anna").offer.ID}) }()
		}
		h.desk.takes = 150 * time.Millisecond
		anna := h.comes("anna")
		h.comes("boris")
		h.waits()
		if len(anna.Rings()) != 0 {
			t.Errorf("anna's phone rang: %+v", anna.Rings())
		}
	})
}

func TestTypedTicketNumberLinksAndMistypedOneIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) {
			err := h.store.SeedCustomers(t.Context(), []tickets.Seed{{
				Customer: tickets.Customer{Name: "Мария", Numbers: []string{ivan}},
				Open:     []tickets.SeedTicket{{Subject: "Перерасчёт", Topic: "contract", Owner: tickets.Department("subscribers"), Next: time.Now().Add(time.Hour)}},
			}})
			if err != nil {
				t.Fatal(err)
			}
		})
		var known tickets.Number
		for n := range h.store.Tickets() {
			known = n
		}
		mistyped := []byte(known)
		mistyped[1], mistyped[2] = mistyped[2], mistyped[1]
		if mistyped[1] == mistyped[2] {
			mistyped[2] ^= 1
		}

		c := h.calls()
		c.Type("19")
		later(time.Millisecond) // the welcome is cut short, both choices are unheard
		h.store.SetDelay(time.Hour)
		c.Type(string(mistyped) + "#")
		later(time.Millisecond)
		if got := c.Hears(); got[len(got)-1].String() != "ru hotline/wrong_ticket" {
			t.Errorf("the customer heard:\n%s", heard(c))
		}
		h.store.SetDelay(0)
		later(3 * time.Second)
		c.Type(string(known) + "#")
		later(inNumber)
		contact := h.contact(c)
		if contact.Ticket != known || contact.Linked != tickets.LinkedTyped {
			t.Errorf("the call stands in ticket %s, %s, not in %s", contact.Ticket, contact.Linked, known)
		}
		h.hears(c,
			"ru hotline/welcome …",
			"ru hotline/type_ticket …",
			"ru hotline/wrong_ticket",
			"ru hotline/type_ticket …",
			"ru hotline/your_ticket "+string(known),
			"music:default",
		)
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInQueue)
	})
}

func TestTicketNumberMadeFromTheClockCanBeTyped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) { h.store.SetAway(true) }) // since the start: no number is in reserve
		first := h.waits()
		number := number(first)
		if len(number) < 13 {
			t.Fatalf("%s is no number made from the clock", number)
		}
		first.Hangup()
		later(time.Second)
		second := h.calls()
		second.Type("19" + string(number) + "#")
		later(tillQueue)
		h.store.SetAway(false)
		later(time.Minute)
		if contact := h.contact(second); contact.Ticket != number || contact.Linked != tickets.LinkedTyped {
			t.Errorf("the call stands in ticket %s, %s, not in %s", contact.Ticket, contact.Linked, number)
		}
	})
}

func TestCallerWhoTypesNoTicketNumberIsServedAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.calls()
		c.Type("19")
		later(2*time.Second + 3*(2+6)*time.Second + inNumber)
		if h.waiting().Waiting != 1 {
			t.Errorf("the customer does not wait:\n%s", heard(c))
		}
	})
}

func TestCallerWithoutKeypadIsServedAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna := h.comes("anna")
		anna.Answers(time.Second)
		c := h.calls()
		later(2*time.Second + (2+4)*time.Second + 2*(2+5)*time.Second + inNumber + 2*time.Second)
		if !c.HearsPhone(anna) {
			t.Fatalf("the customer heard:\n%s", heard(c))
		}
		h.hears(c,
			"ru hotline/welcome",
			"ru hotline/choose_language",
			"ru hotline/main_menu",
			"ru hotline/main_menu",
			"ru hotline/your_ticket "+string(h.contact(c).Ticket),
			"music:default",
		)
		if contact := h.contact(c); contact.Topic != "other" || contact.Language != "ru" {
			t.Errorf("topic %q and language %q were taken", contact.Topic, contact.Language)
		}
		c.Hangup()
		h.endedAs(c, tickets.Served)
	})
}

func TestWrongDigitIsToldAndTheMenuSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.calls()
		c.Type("2")
		later(time.Second)
		c.Type("7")
		later(5 * time.Second)
		c.Type("3")
		later(time.Second)
		h.hears(c,
			"ru hotline/welcome …",
			"en hotline/main_menu …",
			"en hotline/invalid hotline/main_menu",
			"en hotline/your_ticket "+string(h.contact(c).Ticket)+" …",
		)
	})
}

func TestAnonymousCallerHasATicketAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.comes("anna")
		c := h.sw.CallNamed(`"><b>Robert'); DROP TABLE`, telephony.Number{Raw: "anonymous"}, full(dialled))
		c.Type("13")
		later(tillQueue)
		if p := h.desk.last("pop anna").pop; p.Caller.Match != tickets.Anonymous || p.Caller.From.Key() != "" || p.Caller.Customer != nil {
			t.Errorf("the pop says %+v", p.Caller)
		}
		c.Hangup()
		h.endedAs(c, tickets.AbandonedRinging)
	})
}

func TestSlowDatabaseDelaysNoCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.store.SetDelay(time.Hour)
		c := h.calls()
		select {
		case <-c.Answered():
		default:
			t.Error("the call was not answered at once")
		}
		c.Type("13")
		later(inNumber + 150*time.Millisecond)
		if h.waiting().Waiting != 1 {
			t.Errorf("the customer does not wait:\n%s", heard(c))
		}
		h.store.SetDelay(0)
	})
}

func TestMissingSoundsCostSentencesAndNotTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, missing("welcome", "choose_language", "main_menu", "your_ticket", "still_waiting", "goodbye"))
		c := h.calls()
		later(5 * time.Minute)
		if h.waiting().Waiting != 1 || c.HearsMusic() != "default" {
			t.Fatalf("the customer does not wait with music:\n%s", heard(c))
		}
		anna := h.comes("anna")
		anna.Answer()
		later(3 * time.Second)
		if !c.HearsPhone(anna) {
			t.Error("customer and agent do not talk")
		}
		anna.Hangup()
		later(5 * time.Second)
		h.endedAs(c, tickets.Served)
		if h.log.text() == "" {
			t.Error("nobody is told that sounds are missing")
		}
	})
}
