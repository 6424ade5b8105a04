package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// ivanov is a customer with a contract and one open ticket about a fault.
func ivanov(number string) tickets.Seed {
	return tickets.Seed{
		Customer: tickets.Customer{Name: "Иван Иванов", Contract: "СС-00001", Numbers: []string{number}, Equipment: []string{"ONT HG8245"}},
		Open: []tickets.SeedTicket{{
			Subject: "Нет связи", Topic: "fault", Owner: tickets.Department("support"),
			Next: time.Now().Add(24 * time.Hour), ActivityAt: time.Now().Add(-time.Hour),
		}},
	}
}

func offered(me agentapi.Me) bool { return me.Offer != nil }

func TestKnownCustomerIsOnTheDeskBeforeThePhoneRings(t *testing.T) {
	const number = "+74952001001"
	s := raise(t, stageOptions{
		people: []Person{person("anna", "101")}, seeds: []tickets.Seed{ivanov(number)},
		configure: func(c *Config) { // the whole way, the number of the ticket said too
			c.Flow.Nodes["to_subscribers"] = ivr.Node{SayTicket: "your_ticket", Next: "subscribers"}
		},
	})
	anna := s.agent("anna").ready()
	call := s.calls(number)
	s.chooses(call, "2")
	ringing := anna.rings()
	created, left := anna.seen("offer.created", 0)
	if left.IsZero() || !left.Before(ringing.At) {
		t.Errorf("the pop came at %v, the INVITE at %v: the pop must be first", left, ringing.At)
	}
	pop := anna.until("offered", offered).Offer.Pop
	if pop.Caller.Customer == nil || pop.Caller.Customer.Name != "Иван Иванов" || pop.Caller.Match != tickets.Exact || pop.Caller.Number != number {
		t.Errorf("the pop's caller is %+v", pop.Caller)
	}
	if pop.OpenTicketsCount != 1 || pop.Queue.ID != "subscribers" || pop.Language != "ru" || pop.WaitingSince.IsZero() {
		t.Errorf("the pop is %+v", pop)
	}
	if len(pop.Path) != 1 || pop.Path[0]["ru"] != "Договор и оплата" || pop.Path[0]["en"] != "Contract and payments" {
		t.Errorf("the path is %v", pop.Path)
	}
	if pop.Ticket.Number == "" || created.Ticket != pop.Ticket.Number || pop.Ticket.Linked != tickets.LinkedNew {
		t.Errorf("the pop's ticket is %+v, the frame's %s", pop.Ticket, created.Ticket)
	}
	talk, err := ringing.Answer(t.Context())
	s.must(err)
	after := anna.talking()
	if after.Call == nil || len(after.Call.Pop.OpenTickets) == 0 || !strings.Contains(after.Call.Pop.Greeting["ru"], "Иван") {
		t.Errorf("after the answer the desk shows %+v", after.Call)
	}
	s.hearEachOther(call, talk)
	s.hangsUp(talk)
	anna.finish("resolved")
	s.gone(call) // after "good-bye"
	s.nothingLeft()
	if c := s.contact(number); c.Outcome != "served" || c.Disposition != "resolved" || c.Agent != "anna" || c.Ticket != string(pop.Ticket.Number) {
		t.Errorf("the contact is %+v", c)
	}
	var state string
	s.must(s.service.db.QueryRow(t.Context(), `select state from tickets where number = $1`, pop.Ticket.Number).Scan(&state))
	if state != "closed" {
		t.Errorf("the ticket is %s after the disposition resolved", state)
	}
}

// hearEachOther checks the sound in both directions by tones.
func (s *stage) hearEachOther(a, b *softphone.Call) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
	defer cancel()
	s.must(a.PlayTone(620))
	s.must(b.PlayTone(440))
	var wait sync.WaitGroup
	var heardA, heardB error
	wait.Go(func() { heardA = a.Hears(ctx, 440, 300*time.Millisecond) })
	wait.Go(func() { heardB = b.Hears(ctx, 620, 300*time.Millisecond) })
	wait.Wait()
	s.must(errors.Join(heardA, heardB))
}

func TestUnknownAndAnonymousCallersGetATicketAllTheSame(t *testing.T) {
	s := raise(t, stageOptions{people: []Person{person("anna", "101")}})
	anna := s.agent("anna").ready()
	for _, c := range []struct {
		from  string
		match tickets.Match
	}{{"+79161234567", tickets.Unknown}, {"", tickets.Anonymous}} {
		call := s.calls(c.from)
		s.chooses(call, "3")
		pop := anna.until("offered", offered).Offer.Pop
		if pop.Caller.Match != c.match || pop.Ticket.Number == "" || pop.Caller.Number != c.from {
			t.Errorf("from %q the pop's caller is %+v, ticket %q", c.from, pop.Caller, pop.Ticket.Number)
		}
		s.hangsUp(anna.answers())
		anna.finish("resolved")
		s.gone(call)
	}
	s.nothingLeft()
	var provisional int
	s.must(s.service.db.QueryRow(t.Context(), `select count(*) from customers where provisional`).Scan(&provisional))
	if provisional != 1 {
		t.Errorf("%d provisional customers; the unknown caller is one, the anonymous is none", provisional)
	}
}

func TestCallerKeepsPlaceWhenAgentMissesOffer(t *testing.T) {
	s := raise(t, stageOptions{
		people:    []Person{person("anna", "101"), person("boris", "102")},
		configure: func(c *Config) { c.Queues[2].OfferTimeout = 2 * time.Second },
	})
	anna := s.agent("anna").ready()
	first := s.calls("+79160000001")
	s.chooses(first, "3")
	ringing := anna.rings()
	since := anna.until("offered", offered).Offer.Pop.WaitingSince
	second := s.calls("+79160000002")
	s.chooses(second, "3")
	s.waiting(2)
	<-ringing.Cancelled()
	me := anna.until("not ready", func(me agentapi.Me) bool { return me.Availability.State == "not_ready" })
	if me.Availability.Reason != "missed_call" || me.Offer != nil || me.Activity.State != "idle" {
		t.Errorf("who missed the call is %+v, %+v, offer %v", me.Availability, me.Activity, me.Offer)
	}
	boris := s.agent("boris").ready()
	pop := boris.until("offered", offered).Offer.Pop
	if pop.Caller.Number != "+79160000001" || !pop.WaitingSince.Equal(since) {
		t.Errorf("the next agent got %s waiting since %v; the first caller waits since %v", pop.Caller.Number, pop.WaitingSince, since)
	}
	s.hangsUp(boris.answers())
	s.gone(first)
	s.hangsUp(second)
	boris.finish("resolved")
	s.nothingLeft()
}

func TestCallerHangsUpAnywhere(t *testing.T) {
	s := raise(t, stageOptions{people: []Person{person("anna", "101")}})
	anna := s.agent("anna")
	from := 0
	number := func() string { from++; return fmt.Sprintf("+791600010%02d", from) }
	outcome := func(want tickets.Outcome) {
		t.Helper()
		if c := s.contact(fmt.Sprintf("+791600010%02d", from)); c.Outcome != string(want) {
			t.Errorf("the outcome is %s, want %s", c.Outcome, want)
		}
		s.nothingLeft()
	}
	t.Run("in the greeting", func(t *testing.T) {
		s.hangsUp(s.calls(number()))
		outcome(tickets.AbandonedInGreeting)
	})
	t.Run("in the menu", func(t *testing.T) {
		call := s.calls(number())
		s.must(call.Digits(t.Context(), "1"))
		s.at("main")
		s.hangsUp(call)
		outcome(tickets.AbandonedInMenu)
	})
	t.Run("in the queue", func(t *testing.T) {
		call := s.calls(number())
		s.chooses(call, "3")
		s.waiting(1)
		s.hangsUp(call)
		outcome(tickets.AbandonedInQueue)
		s.waiting(0)
	})
	t.Run("while the phone rings", func(t *testing.T) {
		anna.ready()
		call := s.calls(number())
		s.chooses(call, "3")
		ringing := anna.rings()
		s.hangsUp(call)
		select {
		case <-ringing.Cancelled():
		case <-time.After(5 * time.Second):
			t.Error("the phone rings on")
		}
		outcome(tickets.AbandonedRinging)
		me := anna.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" && me.Offer == nil })
		if me.Availability.State != "ready" {
			t.Errorf("the agent is %+v after the caller gave up", me.Availability)
		}
	})
	t.Run("in the talk", func(t *testing.T) {
		call := s.calls(number())
		s.chooses(call, "3")
		talk := anna.answers()
		s.hangsUp(call)
		s.gone(talk)
		anna.finish("resolved")
		outcome(tickets.Served)
	})
	t.Run("in the same instant as the answer", func(t *testing.T) {
		for range 5 {
			call := s.calls(number())
			s.chooses(call, "3")
			ringing := anna.rings()
			var both sync.WaitGroup
			both.Go(func() { s.hangsUp(call) })
			both.Go(func() {
				if talk, err := ringing.Answer(t.Context()); err == nil {
					<-talk.Done()
				}
			})
			both.Wait()
			me := anna.until("idle or in wrap-up", func(me agentapi.Me) bool {
				return me.Offer == nil && me.Call == nil && (me.Activity.State == "idle" || me.WrapUp != nil)
			})
			if me.WrapUp != nil {
				anna.finish("resolved")
			}
			s.nothingLeft()
			c := s.contact(fmt.Sprintf("+791600010%02d", from))
			if c.Outcome != string(tickets.Served) && c.Outcome != string(tickets.AbandonedRinging) || (c.Outcome == string(tickets.Served)) != (c.Agent == "anna") {
				t.Errorf("the ticket says %+v", c)
			}
		}
	})
}

// at waits until the newest call's note says that it is at a node.
func (s *stage) at(node ivr.NodeID) {
	s.t.Helper()
	s.eventually("a call is at "+string(node), func() error {
		for _, channel := range s.list("/channels") {
			if strings.Contains(s.note(channel), `"node":"`+string(node)+`"`) {
				return nil
			}
		}
		return errors.New("none is")
	})
}

func TestNeverTwoOffersToOneAgentNorTwoAgentsOnOneCaller(t *testing.T) {
	s := raise(t, stageOptions{people: []Person{person("anna", "101"), person("boris", "102")}})
	anna, boris := s.agent("anna"), s.agent("boris")
	t.Run("two callers and one agent", func(t *testing.T) {
		first, second := s.calls("+79160002001"), s.calls("+79160002002")
		s.chooses(first, "3")
		s.waiting(1)
		s.chooses(second, "3")
		s.waiting(2)
		anna.ready()
		talk := anna.answers()
		if _, at := anna.seen("offer.created", 1); !at.IsZero() {
			t.Error("the agent got a second offer while talking")
		}
		s.hangsUp(talk)
		anna.finish("resolved")
		s.hangsUp(anna.answers())
		anna.finish("resolved")
		s.gone(first)
		s.gone(second)
		s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	})
	t.Run("one caller and two agents who press ready in the same instant", func(t *testing.T) {
		call := s.calls("+79160002003")
		s.chooses(call, "3")
		s.waiting(1)
		var both sync.WaitGroup
		for _, w := range []*worker{anna, boris} {
			both.Go(func() { _ = w.desk.Command(t.Context(), "agent.ready", nil) })
		}
		both.Wait()
		var rings []*worker
		s.eventually("a phone rings", func() error {
			rings = nil
			for _, w := range []*worker{anna, boris} {
				if w.desk.Me().Offer != nil {
					rings = append(rings, w)
				}
			}
			if len(rings) == 0 {
				return errors.New("none does")
			}
			return nil
		})
		if len(rings) != 1 {
			t.Fatalf("%d agents are offered one caller", len(rings))
		}
		s.hangsUp(rings[0].answers())
		rings[0].finish("resolved")
		s.gone(call)
		offers := 0
		for _, w := range []*worker{anna, boris} {
			for n := 0; ; n++ {
				f, at := w.seen("offer.created", n)
				if at.IsZero() {
					break
				}
				if f.Ticket == "" {
					t.Error("an offer without a ticket")
				}
				offers++
			}
		}
		if offers != 3 {
			t.Errorf("%d offers for three callers", offers)
		}
	})
	s.nothingLeft()
}

func TestOfferThatComesToNothing(t *testing.T) {
	s := raise(t, stageOptions{
		people: []Person{person("anna", "101"), person("boris", "102")},
		configure: func(c *Config) {
			for i := range c.Queues {
				c.Queues[i].WrapUp = time.Second
			}
		},
	})
	anna, boris := s.agent("anna"), s.agent("boris")
	t.Run("declined goes to the next", func(t *testing.T) {
		anna.ready()
		call := s.calls("+79160003001")
		s.chooses(call, "3")
		ringing := anna.rings()
		boris.ready()
		offer := anna.until("offered", offered).Offer.ID
		for _, command := range []string{"offer.accept", "offer.decline"} {
			if err := boris.desk.Command(t.Context(), command, map[string]any{"offer": offer}); !client.IsProblem(err, agentapi.CodeOfferEnded) {
				t.Errorf("%s of another agent's offer is answered by %v", command, err)
			}
		}
		s.must(anna.desk.Command(t.Context(), "offer.decline", map[string]any{"offer": offer}))
		<-ringing.Cancelled()
		talk := boris.answers()
		me := anna.until("no offer", func(me agentapi.Me) bool { return me.Offer == nil && me.Activity.State == "idle" })
		if me.Availability.State != "ready" {
			t.Errorf("who declined is %+v", me.Availability)
		}
		s.hangsUp(talk)
		s.gone(call)
	})
	t.Run("wrap-up is ended by the clock", func(t *testing.T) {
		boris.until("in wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil || me.Activity.State == "idle" })
		boris.until("idle again", func(me agentapi.Me) bool { return me.Activity.State == "idle" && me.WrapUp == nil })
		c := s.contact("+79160003001")
		s.eventually("the ticket stays open with the agent", func() error {
			var state, owner string
			var wrapped bool
			err := s.service.db.QueryRow(t.Context(), `select t.state, t.owner, c.wrapped_up_at is not null from tickets t join contacts c on c.ticket = t.number
				where t.number = $1`, c.Ticket).Scan(&state, &owner, &wrapped)
			if err == nil && (state != "open" || owner != "boris" || !wrapped) {
				err = fmt.Errorf("it is %s, owner %s, its wrap-up over: %t", state, owner, wrapped)
			}
			return err
		})
	})
	t.Run("a note that comes after the clock is kept all the same", func(t *testing.T) {
		call := boris.desk.Me().Recent[0].Call
		s.must(boris.desk.Command(t.Context(), "wrap_up.finish", map[string]any{"call": call, "disposition": "resolved", "note": "late"}))
		s.eventually("the note is in the contact", func() error {
			var note, disposition string
			err := s.service.db.QueryRow(t.Context(), `select note, disposition from contacts where call_id = $1`, call).Scan(&note, &disposition)
			if err == nil && (note != "late" || disposition != "resolved") {
				err = fmt.Errorf("it says %q, %s", note, disposition)
			}
			return err
		})
	})
	t.Run("page closed for good while ringing", func(t *testing.T) {
		s.must(boris.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
		call := s.calls("+79160003002")
		s.chooses(call, "3")
		ringing := anna.rings()
		anna.desk.Close()
		select {
		case <-ringing.Cancelled():
		case <-time.After(20 * time.Second):
			t.Fatal("the phone of a closed page rings on")
		}
		s.must(boris.desk.Command(t.Context(), "agent.ready", nil))
		s.hangsUp(boris.answers())
		s.gone(call)
		anna.openDesk(s.pages(), s.person("anna"))
		me := anna.until("known", func(me agentapi.Me) bool { return me.Availability.State == "not_ready" })
		if me.Availability.Reason != "connection_lost" && me.Availability.Reason != "missed_call" {
			t.Errorf("whose page was lost is %+v", me.Availability)
		}
	})
	t.Run("unreachable phone", func(t *testing.T) {
		boris.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" })
		boris.phone.Unplug() // without a word to the switch: it still believes in it
		call := s.calls("+79160003003")
		s.chooses(call, "3")
		anna.ready()
		s.hangsUp(anna.answers())
		s.gone(call)
	})
	s.nothingLeft()
}

func TestCallsOfOneMatterShareATicket(t *testing.T) {
	const number = "+74952001001"
	s := raise(t, stageOptions{people: []Person{person("anna", "101")}, seeds: []tickets.Seed{ivanov(number)}})
	anna := s.agent("anna").ready()
	talk := func(call *softphone.Call) tickets.Pop {
		pop := anna.until("offered", offered).Offer.Pop
		s.hangsUp(anna.answers())
		anna.finish("follow_up")
		s.gone(call)
		return pop
	}
	var open tickets.Number
	s.must(s.service.db.QueryRow(t.Context(), `select number from tickets`).Scan(&open))
	t.Run("a second call of a customer with one open ticket on the topic", func(t *testing.T) {
		call := s.calls(number)
		s.chooses(call, "3")
		if pop := talk(call); pop.Ticket.Number != open || pop.Ticket.Linked != tickets.LinkedCustomer {
			t.Errorf("linked to %+v, the open ticket is %s", pop.Ticket, open)
		}
	})
	t.Run("a typed number", func(t *testing.T) {
		call := s.calls("+79160004001")
		s.must(call.Digits(t.Context(), "19"+string(open)+"#"))
		if pop := talk(call); pop.Ticket.Number != open || pop.Ticket.Linked != tickets.LinkedTyped {
			t.Errorf("linked to %+v, typed was %s", pop.Ticket, open)
		}
	})
	t.Run("a mistyped number is told at once", func(t *testing.T) {
		wrong := []byte(open)
		wrong[0] = '1' + (wrong[0]-'0')%9
		call := s.calls("+79160004002")
		s.must(call.Digits(t.Context(), "19"+string(wrong)+"#"))
		s.must(call.Digits(t.Context(), string(open)+"#")) // and corrected
		if pop := talk(call); pop.Ticket.Number != open || pop.Ticket.Linked != tickets.LinkedTyped {
			t.Errorf("linked to %+v", pop.Ticket)
		}
	})
	t.Run("a call that broke off goes on", func(t *testing.T) {
		call := s.calls("+79160004003")
		s.chooses(call, "1")
		s.hangsUp(anna.rings2(call))
		broken := s.contact("+79160004003")
		again := s.calls("+79160004003")
		s.chooses(again, "3") // on second thoughts another topic
		if pop := talk(again); string(pop.Ticket.Number) != broken.Ticket || pop.Ticket.Linked != tickets.LinkedBrokenOff {
			t.Errorf("linked to %+v, the broken call's ticket is %s", pop.Ticket, broken.Ticket)
		}
	})
	s.nothingLeft()
}

// rings2 waits for the phone to ring and hands the caller back, to be hung up.
func (w *worker) rings2(caller *softphone.Call) *softphone.Call {
	w.s.t.Helper()
	w.rings()
	return caller
}

func TestHostileCallersAndCommandsHarmNothing(t *testing.T) {
	s := raise(t, stageOptions{people: []Person{person("anna", "101")}})
	anna := s.agent("anna").ready()
	for i, name := range []string{
		`"; DROP TABLE tickets; --`, `<script>alert(1)</script>`, "\x00\x07\r\nX-Evil: yes", "${SHELL(id)}", "\u202egnp.exe", strings.Repeat("я", 5000),
	} {
		call := s.callsAs(softphone.CallOptions{FromUser: fmt.Sprintf("+7916000500%d", i), FromName: name})
		s.chooses(call, "3")
		pop := anna.until("offered", offered).Offer.Pop
		if strings.ContainsAny(pop.Caller.RawName, "\x00\x07\r\n\u202e") || len(pop.Caller.RawName) > 400 {
			t.Errorf("the desk gets the name as %q", pop.Caller.RawName)
		}
		s.hangsUp(anna.answers())
		anna.finish("resolved")
		s.gone(call)
	}
	err := anna.desk.Command(t.Context(), "agent.fire", map[string]any{"who": "everybody"})
	if !client.IsProblem(err, agentapi.CodeUnknownCommand) {
		t.Errorf("an unknown command is answered by %v", err)
	}
	err = anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "tired of it"})
	if !client.IsProblem(err, agentapi.CodeInvalid) {
		t.Errorf("an unknown reason is answered by %v", err)
	}
	if _, err := client.SignIn(t.Context(), s.pages(), "anna", "wrong"); !client.IsProblem(err, agentapi.CodeWrongLogin) {
		t.Errorf("a wrong password is answered by %v", err)
	}
	if _, err := newService(func() Config { c := s.config; c.Listen = s.service.Addr(); return c }(), s.service.log); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a port in use is answered by %v", err)
	}
	if me := anna.desk.Me(); me.Availability.State != string(queues.Ready) {
		t.Errorf("the agent is %+v", me.Availability)
	}
	s.nothingLeft()
}
