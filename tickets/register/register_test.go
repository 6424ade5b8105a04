package register_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/memory"
	"hotline/tickets/register"
)

// office is a register with everything around it in memory.
type office struct {
	*register.Register
	t     *testing.T
	store *memory.Store
	spool *memory.Spool
	stop  context.CancelFunc
	ended chan struct{}

	outside register.Outside
}

var annas = telephony.Number{E164: "+78005550101", Raw: "88005550101", Kind: telephony.Full}

// open runs a test in a bubble of its own time, with Anna as the one known customer.
func open(t *testing.T, test func(t *testing.T, o *office)) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{t: t, store: memory.NewStore(), spool: memory.NewSpool()}
		err := o.store.SeedCustomers(t.Context(), []tickets.Seed{{
			Customer: tickets.Customer{ID: "anna", Name: "Анна", Contract: "D-100", Numbers: []string{annas.E164}},
			Open:     []tickets.SeedTicket{{Subject: "no link", Topic: "technical", Owner: tickets.Department("technical"), Next: time.Now().Add(48 * time.Hour)}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		o.start()
		test(t, o)
		o.kill()
	})
}

// start runs a register over what the store and the spool have: the first time, or after a kill.
func (o *office) start() {
	r, err := register.New(register.Options{
		Store: o.store, Spool: o.spool, Shelf: o.spool, Log: slog.New(slog.DiscardHandler), Reserve: 1000, Outside: o.outside, Node: "north",
	})
	if err != nil {
		o.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	o.Register, o.stop, o.ended = r, stop, make(chan struct{})
	go func() {
		defer close(o.ended)
		_ = r.Run(ctx)
	}()
	synctest.Wait()
}

func (o *office) kill() {
	o.stop()
	<-o.ended
}

func (o *office) call(id string, from telephony.Number) *tickets.Case {
	return o.Arrive(telephony.Arrival{ID: telephony.CallID(id), From: from, Name: "ANNA", To: telephony.Number{E164: "+78005550199", Kind: telephony.Full}, At: time.Now()})
}

func (o *office) flush() {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if err := o.Flush(ctx); err != nil {
		o.t.Fatal("facts are stuck: ", err)
	}
}

func (o *office) contact(id string) (tickets.Contact, tickets.Ticket) {
	o.t.Helper()
	o.flush()
	c, ok := o.store.Contacts()[tickets.ContactID(id)]
	if !ok {
		o.t.Fatalf("call %s has no contact", id)
	}
	ticket, ok := o.store.Tickets()[c.Ticket]
	if !ok {
		o.t.Fatalf("call %s has no ticket", id)
	}
	return c, ticket
}

func unknown(i int) telephony.Number {
	return telephony.Number{E164: fmt.Sprintf("+7900000%04d", i), Kind: telephony.Full}
}

func TestCallerIsKnownOnceTheStoreAnswers(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.store.SetDelay(100 * time.Millisecond)
		began := time.Now()
		c := o.call("c1", annas)
		if took := time.Since(began); took != 0 {
			t.Errorf("Arrive took %s", took)
		}
		known := c.Caller(t.Context())
		if took := time.Since(began); known.Match != tickets.Exact || known.Customer.Name != "Анна" || took != 100*time.Millisecond {
			t.Errorf("after %s: %+v", took, known)
		}
	})
}

func TestLateAnswerMeansUnknownAndCompletesThePopLater(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.store.SetDelay(400 * time.Millisecond)
		began := time.Now()
		c := o.call("c1", annas)
		if known := c.Caller(t.Context()); known.Match != tickets.Unknown || time.Since(began) != 150*time.Millisecond {
			t.Errorf("after %s: %+v", time.Since(began), known)
		}
		if n, how := c.SetTopic("technical"); how != tickets.LinkedNew || n != c.Number() || time.Since(began) != 150*time.Millisecond {
			t.Errorf("SetTopic waited until %s and linked %s", time.Since(began), how)
		}
		if p := c.Pop(); p.Caller.Match != tickets.Unknown {
			t.Errorf("pop before: %+v", p.Caller)
		}
		<-c.Settled()
		if p := c.Pop(); p.Caller.Match != tickets.Exact || p.Caller.Customer.Name != "Анна" || p.OpenTicketsCount != 1 {
			t.Errorf("pop after: %+v", p)
		}
		if s := o.Stats(); s.Late != 1 {
			t.Errorf("late = %d, want 1", s.Late)
		}
	})
}

func TestDatabaseAwayDelaysNoCallerAndLosesNoTicket(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.store.SetAway(true)
		given := map[tickets.Number]bool{}
		began := time.Now()
		for i := range 600 {
			c := o.call(fmt.Sprint("c", i), unknown(i))
			c.Caller(t.Context())
			c.Queued(time.Now(), tickets.Queue{ID: "technical"})
			c.Ended(time.Now(), tickets.AbandonedInQueue)
			given[c.Number()] = true
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("600 calls took %s", took)
		}
		time.Sleep(time.Hour)
		if n := len(o.store.Contacts()); n != 0 {
			t.Fatalf("%d contacts in a store that is away", n)
		}
		o.store.SetAway(false)
		o.flush()
		contacts := o.store.Contacts()
		if len(contacts) != 600 || len(given) != 600 {
			t.Fatalf("%d contacts and %d numbers of 600 calls", len(contacts), len(given))
		}
		for _, c := range contacts {
			if !given[c.Ticket] || c.Outcome != tickets.AbandonedInQueue {
				t.Fatalf("call %s: %+v", c.ID, c)
			}
		}
	})
}

func TestSecondCallOfACustomerLinksTheirOneOpenTicket(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c := o.call("c1", annas)
		first := c.Number()
		n, how := c.SetTopic("technical")
		if how != tickets.LinkedCustomer || n == first {
			t.Fatalf("linked %s to %s, the call's own is %s", how, n, first)
		}
		contact, ticket := o.contact("c1")
		if contact.Ticket != n || contact.Linked != tickets.LinkedCustomer || ticket.Subject != "no link" {
			t.Fatalf("contact %+v, ticket %+v", contact, ticket)
		}
		if o.store.Merged()[first] != n {
			t.Errorf("the number that the caller may have heard, %s, leads nowhere", first)
		}
		if p := c.Pop(); p.Ticket.Number != n || p.Ticket.Subject != "no link" || p.Ticket.Linked != tickets.LinkedCustomer {
			t.Errorf("pop %+v", p.Ticket)
		}
	})
}

func TestCallerWhoBrokeOffGoesOnWithTheSameTicketThoughTheStoreIsAway(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.store.SetAway(true)
		c1 := o.call("c1", unknown(1))
		c1.Ended(time.Now(), tickets.AbandonedInGreeting)
		time.Sleep(9 * time.Minute)
		c2 := o.call("c2", unknown(1))
		n, how := c2.SetTopic("billing")
		if how != tickets.LinkedBrokenOff || n != c1.Number() {
			t.Fatalf("linked %s to %s, want the ticket %s that broke off", how, n, c1.Number())
		}
		if p := c2.Pop(); p.Repeat != 1 {
			t.Errorf("repeat = %d, want 1", p.Repeat)
		}
		c2.Ended(time.Now(), tickets.AbandonedInQueue)
		time.Sleep(11 * time.Minute)
		c3 := o.call("c3", unknown(1))
		if _, how := c3.SetTopic("billing"); how != tickets.LinkedNew {
			t.Errorf("eleven minutes later it is still linked: %s", how)
		}
		o.store.SetAway(false)
		a, _ := o.contact("c1")
		b, ticket := o.contact("c2")
		if a.Ticket != b.Ticket || ticket.Topic != "billing" {
			t.Errorf("c1 %s, c2 %s, topic %q", a.Ticket, b.Ticket, ticket.Topic)
		}
	})
}

func TestAnonymousCallersAreNeverLinkedToEachOther(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c1 := o.call("c1", telephony.Number{Raw: "anonymous"})
		c1.Ended(time.Now(), tickets.AbandonedInMenu)
		c2 := o.call("c2", telephony.Number{})
		if known := c2.Caller(t.Context()); known.Match != tickets.Anonymous {
			t.Errorf("match %s", known.Match)
		}
		if n, how := c2.SetTopic("billing"); how != tickets.LinkedNew || n == c1.Number() {
			t.Errorf("linked %s to %s", how, n)
		}
		if contact, _ := o.contact("c2"); contact.Customer != "" {
			t.Errorf("an anonymous caller became customer %s", contact.Customer)
		}
	})
}

func TestTypedNumberLinksItsTicket(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c1 := o.call("c1", annas)
		c1.SetTopic("billing")
		c1.Ended(time.Now(), tickets.Served)
		o.flush()
		c2 := o.call("c2", annas)
		if err := c2.LinkTyped(t.Context(), c1.Number()); err != nil {
			t.Fatal(err)
		}
		if n, how := c2.SetTopic("technical"); n != c1.Number() || how != tickets.LinkedTyped {
			t.Errorf("linked %s to %s", how, n)
		}
		if contact, ticket := o.contact("c2"); contact.Ticket != c1.Number() || contact.Topic != "technical" || ticket.Topic != "billing" {
			t.Errorf("contact %+v, ticket %+v", contact, ticket)
		}
	})
}

// Whether the store knows the ticket's owner at the moment or not, a stranger's word changes nothing of it.
func TestATicketNumberThatAStrangerTypesChangesNothingOfTheTicket(t *testing.T) {
	for _, from := range []telephony.Number{unknown(2), {}} {
		for _, away := range []bool{false, true} {
			for _, closed := range []bool{false, true} {
				t.Run(fmt.Sprintf("from %s, away %t, closed %t", from, away, closed), func(t *testing.T) {
					open(t, func(t *testing.T, o *office) {
						stranger(t, o, from, away, closed)
					})
				})
			}
		}
	}
}

func stranger(t *testing.T, o *office, from telephony.Number, away, closed bool) {
	c1 := o.call("c1", annas)
	c1.SetTopic("billing")
	c1.Answered(time.Now(), tickets.Agent{ID: "olga"})
	c1.Ended(time.Now(), tickets.Served)
	d := tickets.FollowUpNeeded
	if closed {
		d = tickets.Resolved
	}
	if err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: tickets.Agent{ID: "olga"}, Disposition: d}); err != nil {
		t.Fatal(err)
	}
	_, before := o.contact("c1")
	o.store.SetAway(away)
	c2 := o.call("c2", from)
	if err := c2.LinkTyped(t.Context(), before.Number); err != nil {
		t.Fatal(err)
	}
	n, how := c2.SetTopic("fault")
	if p := c2.Pop(); n == before.Number || how == tickets.LinkedTyped || p.About == nil || p.About.Number != before.Number || p.Ticket.Number != n {
		t.Errorf("linked %s to %s, the pop is %+v", how, n, p)
	}
	c2.Answered(time.Now(), tickets.Agent{ID: "boris"})
	c2.Ended(time.Now(), tickets.Served)
	if err := o.WrapUp(tickets.WrapUp{Call: "c2", Agent: tickets.Agent{ID: "boris"}, Disposition: tickets.FollowUpNeeded, Subject: "taken over"}); err != nil {
		t.Fatal(err)
	}
	o.store.SetAway(false)
	contact, own := o.contact("c2")
	if contact.About != before.Number || contact.Ticket == before.Number || own.State.(tickets.Open).Owner() != tickets.Person("boris") {
		t.Errorf("contact %+v, its ticket %+v", contact, own)
	}
	if _, after := o.contact("c1"); after != before {
		t.Errorf("the ticket was %+v, and is %+v", before, after)
	}
	if err := o.DecideClaim("c2", before.Number, "olga", true); err != nil {
		t.Fatal(err)
	}
	contact, after := o.contact("c2")
	if contact.Ticket != before.Number || contact.About != "" || after.Customer != before.Customer || after.State.(tickets.Open).Owner() == nil {
		t.Errorf("once its owner has accepted: contact %+v, ticket %+v", contact, after)
	}
}

func TestWhoGuessesTicketNumbersIsSoonToldThatThereAreNone(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c1 := o.call("c1", annas)
		o.flush()
		for i := range 10 {
			c := o.call(fmt.Sprint("guess", i), unknown(7))
			if err := c.LinkTyped(t.Context(), tickets.MakeNumber(uint64(55_000+i))); !errors.Is(err, tickets.ErrNoTicket) {
				t.Fatal(err)
			}
		}
		if err := o.call("hit", unknown(7)).LinkTyped(t.Context(), c1.Number()); !errors.Is(err, tickets.ErrNoTicket) {
			t.Errorf("the eleventh guess, which is right, is answered by %v", err)
		}
		if err := o.call("other", unknown(8)).LinkTyped(t.Context(), c1.Number()); err != nil {
			t.Errorf("another caller is answered by %v", err)
		}
		time.Sleep(time.Hour)
		if err := o.call("later", unknown(7)).LinkTyped(t.Context(), c1.Number()); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

// Two first calls of one customer on one topic, at the same moment: with the store there, and with it away for both, from one number and from two.
func TestTwoFirstCallsAtOnceMakeOneTicket(t *testing.T) {
	const other = "+78005550177"
	for name, c := range map[string]struct {
		numbers [2]telephony.Number
		away    bool
		one     bool
	}{
		"one unknown number":              {numbers: [2]telephony.Number{unknown(1), unknown(1)}, one: true},
		"one unknown number, store away":  {numbers: [2]telephony.Number{unknown(1), unknown(1)}, away: true, one: true},
		"two numbers of a customer":       {numbers: [2]telephony.Number{annas, {E164: other, Kind: telephony.Full}}, one: true},
		"two numbers, store away":         {numbers: [2]telephony.Number{annas, {E164: other, Kind: telephony.Full}}, away: true, one: true},
		"two unknown numbers":             {numbers: [2]telephony.Number{unknown(1), unknown(2)}},
		"a company's number":              {numbers: [2]telephony.Number{unknown(50), unknown(50)}},
		"a company's number, store away":  {numbers: [2]telephony.Number{unknown(50), unknown(50)}, away: true},
		"two who withhold their number":   {},
		"two who withhold it, store away": {away: true},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, func(t *testing.T, o *office) {
				shared := unknown(50).Key()
				err := o.store.SeedCustomers(t.Context(), []tickets.Seed{
					{Customer: tickets.Customer{ID: "k1", Name: "K1", Numbers: []string{shared}}}, {Customer: tickets.Customer{ID: "k2", Name: "K2", Numbers: []string{shared}}},
				})
				if err != nil {
					t.Fatal(err)
				}
				o.store.AddNumber("anna", other)
				o.store.SetAway(c.away)
				c1, c2 := o.call("c1", c.numbers[0]), o.call("c2", c.numbers[1])
				c1.Caller(t.Context())
				c2.Caller(t.Context())
				n1, _ := c1.SetTopic("contract")
				n2, how := c2.SetTopic("contract")
				if !c.away && c.one && c.numbers[0] == c.numbers[1] && (n1 != n2 || how != tickets.LinkedCustomer) {
					t.Errorf("the second pop says %s, %s, the first %s", n2, how, n1)
				}
				o.kill() // and what they wrote is read again
				o.start()
				o.store.SetAway(false)
				k1, _ := o.contact("c1")
				k2, _ := o.contact("c2")
				if one := k1.Ticket == k2.Ticket; one != c.one {
					t.Errorf("the tickets are %s and %s", k1.Ticket, k2.Ticket)
				}
				for _, told := range []tickets.Number{n1, n2} {
					if _, err := o.store.Ticket(t.Context(), told); err != nil {
						t.Errorf("the number %s, which a caller was told, leads to %v", told, err)
					}
				}
			})
		})
	}
}

func TestMistypedNumberIsToldAtOnceAndChangesNothing(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c := o.call("c1", annas)
		o.store.SetAway(true)
		before := c.Number()
		wrong := []byte(before)
		wrong[1] ^= 1
		if err := c.LinkTyped(t.Context(), tickets.Number(wrong)); !errors.Is(err, tickets.ErrCheckDigit) {
			t.Errorf("%v, want ErrCheckDigit", err)
		}
		o.store.SetAway(false)
		if err := c.LinkTyped(t.Context(), tickets.MakeNumber(99_999)); !errors.Is(err, tickets.ErrNoTicket) {
			t.Errorf("%v, want ErrNoTicket", err)
		}
		if c.Number() != before {
			t.Errorf("the ticket is now %s", c.Number())
		}
	})
}

func TestNumberTypedWhileTheStoreIsAwayIsBelievedAndProvedLater(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.store.SetAway(true)
		c := o.call("c1", unknown(1))
		own := c.Number()
		if err := c.LinkTyped(t.Context(), tickets.MakeNumber(99_999)); err != nil {
			t.Fatal(err)
		}
		o.store.SetAway(false)
		if contact, _ := o.contact("c1"); contact.Ticket != own || contact.Linked != tickets.LinkedNew {
			t.Errorf("a ticket that does not exist was linked: %+v", contact)
		}
	})
}

func TestCallFoundAfterARestartKeepsItsTicket(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		at := time.Now()
		c := o.call("c1", annas)
		n, _ := c.SetTopic("technical")
		c.Queued(time.Now(), tickets.Queue{ID: "technical", Name: words.Text{"en": "Support"}})
		note, err := json.Marshal(c.Kept())
		if err != nil {
			t.Fatal(err)
		}
		o.kill()
		o.start()
		var kept tickets.Kept
		if err := json.Unmarshal(note, &kept); err != nil {
			t.Fatal(err)
		}
		arrival := telephony.Arrival{ID: "c1", From: annas, At: at, Resume: &telephony.Resume{}}
		c = o.Resume(arrival, kept)
		if c.Number() != n {
			t.Errorf("ticket %s, want %s", c.Number(), n)
		}
		if p := c.Pop(); p.Queue.ID != "technical" || p.Ticket.Linked != tickets.LinkedCustomer {
			t.Errorf("pop %+v", p)
		}
		c.Ended(time.Now(), tickets.Served)
		contact, _ := o.contact("c1")
		if len(o.store.Contacts()) != 1 || contact.Ticket != n || contact.Outcome != tickets.Served || !contact.ArrivedAt.Equal(at) {
			t.Errorf("contact %+v", contact)
		}
	})
}

func TestCallFoundWithoutANoteFindsItsTicketByItsID(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		at := time.Now()
		n := o.call("c1", annas).Number()
		o.flush()
		o.kill()
		o.start()
		c := o.Resume(telephony.Arrival{ID: "c1", From: annas, At: at, Resume: &telephony.Resume{}}, tickets.Kept{})
		said := c.Kept().Own
		c.Caller(t.Context())
		if c.Number() != n {
			t.Errorf("ticket %s, want %s", c.Number(), n)
		}
		if contact, _ := o.contact("c1"); contact.Ticket != n || len(o.store.Contacts()) != 1 {
			t.Errorf("contact %+v", contact)
		}
		if o.store.Merged()[said] != n {
			t.Errorf("number %s leads nowhere", said)
		}
	})
}

func TestTailOfTheSpoolIsAppliedAfterAKill(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.store.SetAway(true)
		n := o.call("c1", annas).Number()
		o.kill()
		o.store.SetAway(false)
		o.start()
		time.Sleep(time.Second)
		if c := o.store.Contacts()["c1"]; c.Ticket != n {
			t.Errorf("contact %+v, want ticket %s", c, n)
		}
	})
}

func TestSpoolOfTheVersionBeforeIsAppliedAfterTheStart(t *testing.T) {
	written, err := os.ReadFile("../testdata/facts-v1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	open(t, func(t *testing.T, o *office) {
		o.kill()
		for _, line := range strings.Split(strings.TrimSpace(string(written)), "\n") {
			if _, _, err := o.spool.Append([]byte(line), 0); err != nil {
				t.Fatal(err)
			}
		}
		o.start()
		time.Sleep(time.Second)
		contact, ticket := o.contact("01956fd5-9180-7a3b-8c1d-000000000001")
		if call, isCall := contact.Call(); !isCall || call != "01956fd5-9180-7a3b-8c1d-000000000001" {
			t.Errorf("the contact is of call %q, %v", call, isCall)
		}
		s, isOpen := ticket.State.(tickets.Open)
		if !isOpen || s.Owner() != tickets.Person("anna") || contact.Outcome != tickets.Served || contact.Offers != 1 || ticket.Subject != "bill" {
			t.Errorf("contact %+v, ticket %+v", contact, ticket)
		}
		if aside := o.spool.Aside(); len(aside) != 0 {
			t.Errorf("%d facts were set aside, the first is %s", len(aside), aside[0].Fact)
		}
	})
}

func TestSameCallArrivingTwiceIsOneCase(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		if a, b := o.call("c1", annas), o.call("c1", annas); a != b || o.Stats().Arrived != 1 {
			t.Error("two cases of one call")
		}
	})
}

func TestPoisonedFactIsSetAsideAndBlocksNobody(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.store.Refuse(func(f tickets.Fact) error {
			if f.Contact == "poison" && f.Event.Kind() == "call.arrived" {
				return fmt.Errorf("%w: by the test", tickets.ErrRefused)
			}
			return nil
		})
		o.call("c1", annas)
		o.call("poison", annas).Ended(time.Now(), tickets.AbandonedInGreeting)
		o.call("c2", annas)
		for _, raw := range []string{"no JSON", `{"v":99,"call":"c3","kind":"call.arrived","at":"2026-03-02T12:00:00Z"}`, `{"v":1,"call":"c3","kind":"moon.risen","at":"2026-03-02T12:00:00Z"}`} {
			if _, _, err := o.spool.Append([]byte(raw), 0); err != nil {
				t.Fatal(err)
			}
		}
		o.call("c4", annas)
		for _, id := range []string{"c1", "c2", "c4", "poison"} { // its other facts give it a ticket all the same
			o.contact(id)
		}
		if s := o.Stats(); s.SetAside != 4 || len(o.spool.Aside()) != 4 || s.Pending != 0 {
			t.Errorf("%+v, aside %+v", s, o.spool.Aside())
		}
	})
}

func TestWhatIsLeftOfACallThatBrokeOffIsACallbackOfItsDepartment(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c := o.call("c1", unknown(1))
		c.SetLanguage("ru")
		c.Path(words.Text{"ru": "Оплата", "en": "Payment"})
		c.SetTopic("billing")
		c.Queued(time.Now(), tickets.Queue{ID: "billing"})
		c.Offered(time.Now(), tickets.Agent{ID: "olga"})
		c.OfferEnded(time.Now(), tickets.Agent{ID: "olga"}, "missed")
		at := time.Now()
		c.Ended(at, tickets.AbandonedInQueue)
		c.Ended(at, tickets.Served) // the first time counts
		contact, ticket := o.contact("c1")
		state, isOpen := ticket.State.(tickets.Open)
		if !isOpen || state.Owner() != tickets.Department("billing") || !state.Next().Equal(at.Add(time.Hour)) || state.Step() != tickets.CallBack {
			t.Errorf("ticket %+v", ticket.State)
		}
		if contact.Outcome != tickets.AbandonedInQueue || contact.Offers != 1 || contact.Language != "ru" || contact.Path[0]["en"] != "Payment" || contact.Queue != "billing" {
			t.Errorf("contact %+v", contact)
		}
	})
}

func TestOtherTermsCountForTheNextCall(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		before := o.call("c1", unknown(1))
		o.Change(tickets.Terms{Topics: map[string]tickets.TopicTerms{"billing": {Department: "finance"}}})
		after := o.call("c2", unknown(2))
		for c, owner := range map[*tickets.Case]tickets.Owner{before: tickets.Department("billing"), after: tickets.Department("finance")} {
			c.SetTopic("billing")
			c.Ended(time.Now(), tickets.AbandonedInQueue)
			_, ticket := o.contact(string(c.Call()))
			if state, isOpen := ticket.State.(tickets.Open); !isOpen || state.Owner() != owner {
				t.Errorf("call %s leaves %+v", c.Call(), ticket.State)
			}
		}
	})
}

func TestTopicOfACallGivesItsTicketClassAndPriorityUnlessSomebodyHas(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.Change(tickets.Terms{Topics: map[string]tickets.TopicTerms{
			"outage": {Department: "technical", Class: tickets.Outage, Priority: 1}, "bill": {Department: "billing", Class: tickets.Personal},
		}})
		for i, test := range []struct {
			by       life.Command
			class    tickets.Class
			priority tickets.Priority
		}{
			{nil, tickets.Outage, 1},
			{life.Describe{Class: ptr(tickets.Complaint)}, tickets.Complaint, 1},
			{life.Describe{Priority: ptr(tickets.LeastUrgent)}, tickets.Outage, 4},
			{life.Describe{Topic: ptr("bill")}, tickets.Personal, 3}, // by hand, too: the call's topic is not the ticket's
		} {
			c := o.call(fmt.Sprint("c", i), unknown(i))
			o.flush()
			if test.by != nil {
				give(t, o, c.Number(), test.by)
			}
			c.SetTopic("outage")
			if _, ticket := o.contact(fmt.Sprint("c", i)); ticket.Class != test.class || ticket.Priority != test.priority {
				t.Errorf("after %+v it is %q, of priority %d", test.by, ticket.Class, ticket.Priority)
			}
		}
		// Whoever corrects the topic gets its class and priority, and keeps what they have set besides.
		give(t, o, numberOf(o, "c0"), life.Describe{Topic: ptr("bill")})
		give(t, o, numberOf(o, "c1"), life.Describe{Topic: ptr("bill")})
		if _, ticket := o.contact("c0"); ticket.Class != tickets.Personal || ticket.Priority != 3 {
			t.Errorf("corrected, it is %q, of priority %d", ticket.Class, ticket.Priority)
		}
		if _, ticket := o.contact("c1"); ticket.Class != tickets.Complaint || ticket.Priority != 3 {
			t.Errorf("corrected, the complaint is %q, of priority %d", ticket.Class, ticket.Priority)
		}
	})
}

func ptr[T any](v T) *T { return &v }

func numberOf(o *office, call string) tickets.Number {
	_, ticket := o.contact(call)
	return ticket.Number
}

// give gives a person's command to a ticket.
func give(t *testing.T, o *office, n tickets.Number, c life.Command) {
	t.Helper()
	_, err := o.store.Change(t.Context(), n, nil, "", func(f *life.File) (life.Outcome, error) {
		f.Terms = o.Terms()
		return life.Do(f, n, c, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWrapUpDecidesWhatBecomesOfTheTicket(t *testing.T) {
	tomorrow := 30 * time.Hour
	for disposition, want := range map[tickets.Disposition]func(tickets.State, time.Time) bool{
		tickets.Resolved: func(s tickets.State, _ time.Time) bool { _, ok := s.(tickets.Closed); return ok },
		tickets.FollowUpNeeded: func(s tickets.State, at time.Time) bool {
			o, ok := s.(tickets.Open)
			return ok && o.Owner() == tickets.Person("olga") && o.Next().Equal(at.Add(tomorrow))
		},
		tickets.HandedOver: func(s tickets.State, _ time.Time) bool {
			o, ok := s.(tickets.Open)
			return ok && o.Owner() == tickets.Department("billing")
		},
		tickets.Undisposed: func(s tickets.State, _ time.Time) bool {
			o, ok := s.(tickets.Open)
			return ok && o.Owner() == tickets.Person("olga")
		},
		tickets.WrongNumber: func(s tickets.State, _ time.Time) bool { _, ok := s.(tickets.Closed); return ok },
	} {
		t.Run(string(disposition), func(t *testing.T) {
			open(t, func(t *testing.T, o *office) {
				c := o.call("c1", unknown(1))
				c.SetTopic("billing")
				c.Answered(time.Now(), olga)
				if _, ticket := o.contact("c1"); ticket.State.(tickets.Open).Owner() != tickets.Person("olga") {
					t.Errorf("while they talk: %+v", ticket.State)
				}
				c.Ended(time.Now(), tickets.Served)
				at := time.Now()
				w := tickets.WrapUp{Call: "c1", Agent: olga, Disposition: disposition, Note: "paid\x00 twice", Subject: "bill", At: at}
				if disposition == tickets.FollowUpNeeded {
					w.Next = at.Add(tomorrow)
				}
				if err := o.WrapUp(w); err != nil {
					t.Fatal(err)
				}
				contact, ticket := o.contact("c1")
				if !want(ticket.State, at) || ticket.Subject != "bill" || contact.Note != "paid  twice" {
					t.Errorf("ticket %+v, contact %+v", ticket, contact)
				}
			})
		})
	}
}

// After a restart the clock may end a wrap-up whose note was kept in the last moment before it.
func TestTheClockErasesNoNote(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c := o.call("c1", unknown(1))
		c.Answered(time.Now(), olga)
		c.Ended(time.Now(), tickets.Served)
		for _, w := range []tickets.WrapUp{{Disposition: tickets.Resolved, Note: "paid twice"}, {Disposition: tickets.Undisposed}} {
			w.Call, w.Agent = "c1", olga
			if err := o.WrapUp(w); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		if contact, _ := o.contact("c1"); contact.Note != "paid twice" || contact.Disposition != tickets.Resolved {
			t.Errorf("the contact is %+v", contact)
		}
	})
}

func TestWrapUpOfAnUnknownDispositionNamesIt(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.call("c1", annas)
		err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: tickets.Agent{ID: "olga"}, Disposition: "sold\x1b"})
		if err == nil || !strings.Contains(err.Error(), `disposition "sold" is unknown`) {
			t.Errorf("%v", err)
		}
		if err := o.WrapUp(tickets.WrapUp{Call: "c1", Disposition: tickets.FollowUpNeeded}); !errors.Is(err, tickets.ErrNoOwner) {
			t.Errorf("follow-up by nobody: %v", err)
		}
	})
}

func TestWrapUpAfterARestartFindsItsCallInTheStore(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.call("c1", unknown(1)).Ended(time.Now(), tickets.Served)
		o.flush()
		o.kill()
		o.start()
		if err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: tickets.Agent{ID: "olga"}, Disposition: tickets.Resolved}); err != nil {
			t.Fatal(err)
		}
		if _, ticket := o.contact("c1"); ticket.Summary().State != "closed" {
			t.Errorf("%+v", ticket)
		}
	})
}

func TestWrapUpThatTheStoreHasNotGotBeforeARestartIsKnownAfterIt(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		olga := tickets.Agent{ID: "olga"}
		c := o.call("c1", unknown(1))
		c.Answered(time.Now(), olga)
		c.Ended(time.Now(), tickets.Served)
		o.flush()
		o.store.SetAway(true)
		for i := range 600 { // a backlog that takes some reading
			o.call(fmt.Sprint("other", i), unknown(2+i))
		}
		if err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: olga, Disposition: tickets.Resolved}); err != nil {
			t.Fatal(err)
		}
		o.kill()
		o.start()
		if err := o.WrapUp(tickets.WrapUp{Call: "other1", Agent: olga, Disposition: tickets.Resolved}); err != nil { // of this run, which knows by itself
			t.Fatal(err)
		}
		began := time.Now()
		waiting, err := o.WrapUpsWaiting(t.Context())
		if err != nil || len(waiting) == 0 || waiting[0].Contact != "c1" || waiting[0].Event.(tickets.WrappedUp).Agent != olga {
			t.Errorf("there wait %+v, %v", waiting, err)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it waited for %s", took)
		}
		o.store.SetAway(false)
		o.flush()
		if waiting, err := o.WrapUpsWaiting(t.Context()); err != nil || len(waiting) > 0 {
			t.Errorf("when the store has got all, there wait %+v, %v", waiting, err)
		}
	})
}

func TestCallsThatEndedWhileHotlineWasAwayGetAnEnd(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.call("waited", unknown(1))
		o.call("talked", unknown(2)).Answered(time.Now(), tickets.Agent{ID: "olga"})
		o.call("broke", unknown(3)).Answered(time.Now(), tickets.Agent{ID: "olga"})
		o.flush()
		o.kill()
		o.start()
		asked := 0
		unended, err := o.EndGone(t.Context(), time.Now(), func(_ context.Context, _ time.Time, node string) ([]tickets.Unended, error) {
			if node != "north" {
				t.Errorf("it asks for calls of node %q", node)
			}
			if asked++; asked < 3 {
				return nil, memory.ErrAway
			}
			return []tickets.Unended{{Call: "waited"}, {Call: "talked", Answered: true}, {Call: "broke", Answered: true, Broke: time.Now()}}, nil
		})
		if err != nil || len(unended) != 3 || asked != 3 {
			t.Errorf("asked %d times: %+v, %v", asked, unended, err)
		}
		if c, ticket := o.contact("waited"); c.Outcome != tickets.Lost || ticket.State.(tickets.Open).Step() != tickets.CallBack {
			t.Errorf("%+v", c)
		}
		if c, _ := o.contact("talked"); c.Outcome != tickets.Served {
			t.Errorf("%+v", c)
		}
		if c, _ := o.contact("broke"); c.Outcome != tickets.Lost { // the switch had died, too: nobody has hung up
			t.Errorf("%+v", c)
		}
	})
}

// A call of the last run whose arrival waits in the spool cannot be asked for before the store has it.
func TestTheStoreIsAskedForCallsWithoutAnEndWhenItHasTheBacklog(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.store.SetAway(true)
		for i := range 2000 {
			o.call(fmt.Sprint("c", i), unknown(i))
		}
		o.kill()
		o.start()
		if pending := o.Stats().Pending; pending < 2000 {
			t.Errorf("%d facts of the last run wait", pending)
		}
		go func() {
			time.Sleep(time.Minute)
			o.store.SetAway(false)
		}()
		unended, err := o.EndGone(t.Context(), time.Now(), func(context.Context, time.Time, string) (all []tickets.Unended, _ error) {
			for id := range o.store.Contacts() {
				all = append(all, tickets.Unended{Call: telephony.CallID(id)})
			}
			return all, nil
		})
		if err != nil || len(unended) != 2000 {
			t.Errorf("%d of 2000 calls are found, %v", len(unended), err)
		}
		if c, _ := o.contact("c1999"); c.Outcome != tickets.Lost {
			t.Errorf("the last of them ended as %q", c.Outcome)
		}
	})
}

func TestAWrapUpThatTheDiskDoesNotTakeIsRefused(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.call("c1", annas)
		w := tickets.WrapUp{Call: "c1", Agent: tickets.Agent{ID: "anna"}, Disposition: tickets.Resolved, Note: "typed"}
		o.spool.SetFull(true)
		if err := o.WrapUp(w); !errors.Is(err, tickets.ErrNotKept) {
			t.Errorf("it is answered by %v", err)
		}
		w.Call = "c0" // one that the register has forgotten
		if err := o.WrapUp(w); !errors.Is(err, tickets.ErrNotKept) {
			t.Errorf("of an earlier call it is answered by %v", err)
		}
		o.spool.SetFull(false)
		w.Call = "c1"
		if err := o.WrapUp(w); err != nil {
			t.Error(err)
		}
		if c, ticket := o.contact("c1"); c.Note != "typed" || ticket.State.(tickets.Closed).Disposition != tickets.Resolved {
			t.Errorf("sent again it came to %+v, %+v", c, ticket)
		}
	})
}

func TestFactsGatherForTheStoreUnlessSomebodyWaitsForThem(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		there, applied := len(o.store.Contacts()), 0
		for i := range 200 { // within two seconds
			o.call(fmt.Sprintf("c%d", i), unknown(i))
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			if n := len(o.store.Contacts()); n > there {
				there, applied = n, applied+1
			}
		}
		if applied < 9 || applied > 11 {
			t.Errorf("in two seconds the store was given facts %d times", applied)
		}
		o.call("last", unknown(200))
		began := time.Now()
		o.flush()
		if took := time.Since(began); took != 0 || len(o.store.Contacts()) != 201 {
			t.Errorf("who waits for the facts waits for %s, and %d contacts are there", took, len(o.store.Contacts()))
		}
	})
}
