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
	"hotline/cmd/hotline/config"
	"hotline/ivr/flow"
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
	t.Parallel()
	const number = "+74952001001"
	s := raise(t, stageOptions{
		people: []config.Person{person("anna", "101")}, seeds: []tickets.Seed{ivanov(number)},
		configure: func(c *config.Config) { // the whole way, the number of the ticket said too
			c.Flow.Nodes["to_subscribers"] = flow.Node{Kind: flow.SayTicket("your_ticket"), Next: "subscribers"}
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
	ctx, cancel := context.WithTimeout(s.t.Context(), atOnce)
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
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
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
	t.Parallel()
	s := raise(t, stageOptions{
		people:    []config.Person{person("anna", "101"), person("boris", "102")},
		configure: func(c *config.Config) { c.Queues[2].OfferTimeout = 5 * time.Second },
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
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	h := &hangUps{stage: s, anna: s.agent("anna")}
	t.Run("in the greeting", h.inTheGreeting)
	t.Run("in the menu", h.inTheMenu)
	t.Run("in the queue", h.inTheQueue)
	h.anna.ready()
	t.Run("while the phone rings", h.whileThePhoneRings)
	t.Run("in the talk", h.inTheTalk)
	t.Run("in the same instant as the answer", func(t *testing.T) {
		for range 5 {
			h.asItIsAnswered(t)
		}
	})
}

// hangUps are callers who give up, one after the other, each from a number of their own.
type hangUps struct {
	*stage
	anna *worker
	from string // the last one's number
	n    int
}

func (h *hangUps) call() *softphone.Call {
	h.n++
	h.from = fmt.Sprintf("+791600010%02d", h.n)
	return h.calls(h.from)
}

// outcome is what must be in the last caller's contact, and nothing may be left of the call.
func (h *hangUps) outcome(t *testing.T, want tickets.Outcome) {
	t.Helper()
	if c := h.contact(h.from); c.Outcome != string(want) {
		t.Errorf("the outcome is %s, want %s", c.Outcome, want)
	}
	h.nothingLeft()
}

func (h *hangUps) inTheGreeting(t *testing.T) {
	h.hangsUp(h.call())
	h.outcome(t, tickets.AbandonedInGreeting)
}

func (h *hangUps) inTheMenu(t *testing.T) {
	call := h.call()
	h.must(call.Digits(t.Context(), "1"))
	h.at("main")
	h.hangsUp(call)
	h.outcome(t, tickets.AbandonedInMenu)
}

func (h *hangUps) inTheQueue(t *testing.T) {
	call := h.call()
	h.chooses(call, "3")
	h.waiting(1)
	h.hangsUp(call)
	h.outcome(t, tickets.AbandonedInQueue)
	h.waiting(0)
}

func (h *hangUps) whileThePhoneRings(t *testing.T) {
	call := h.call()
	h.chooses(call, "3")
	ringing := h.anna.rings()
	h.hangsUp(call)
	select {
	case <-ringing.Cancelled():
	case <-time.After(atOnce):
		t.Error("the phone rings on")
	}
	h.outcome(t, tickets.AbandonedRinging)
	me := h.anna.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" && me.Offer == nil })
	if me.Availability.State != "ready" {
		t.Errorf("the agent is %+v after the caller gave up", me.Availability)
	}
}

func (h *hangUps) inTheTalk(t *testing.T) {
	call := h.call()
	h.chooses(call, "3")
	talk := h.anna.answers()
	h.hangsUp(call)
	h.gone(talk)
	h.anna.finish("resolved")
	h.outcome(t, tickets.Served)
}

// asItIsAnswered may end either way, and all must agree on which.
func (h *hangUps) asItIsAnswered(t *testing.T) {
	call := h.call()
	h.chooses(call, "3")
	ringing := h.anna.rings()
	var both sync.WaitGroup
	both.Go(func() { h.hangsUp(call) })
	both.Go(func() {
		if talk, err := ringing.Answer(t.Context()); err == nil {
			<-talk.Done()
		}
	})
	both.Wait()
	me := h.anna.until("idle or in wrap-up", func(me agentapi.Me) bool {
		return me.Offer == nil && me.Call == nil && (me.Activity.State == "idle" || me.WrapUp != nil)
	})
	if me.WrapUp != nil {
		h.anna.finish("resolved")
	}
	h.nothingLeft()
	c := h.contact(h.from)
	served := c.Outcome == string(tickets.Served)
	if !served && c.Outcome != string(tickets.AbandonedRinging) || served != (c.Agent == "anna") {
		t.Errorf("the ticket says %+v", c)
	}
}

// at waits until the newest call's note says that it is at a node.
func (s *stage) at(node flow.NodeID) {
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
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
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

func TestCallsOfOneMatterShareATicket(t *testing.T) {
	t.Parallel()
	const number = "+74952001001"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, seeds: []tickets.Seed{ivanov(number)}})
	anna := s.agent("anna").ready()
	talk := func(call *softphone.Call) agentapi.Pop {
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
	t.Run("a typed number of one's own ticket", func(t *testing.T) {
		call := s.calls(number)
		s.must(call.Digits(t.Context(), "19"+string(open)+"#"))
		if pop := talk(call); pop.Ticket.Number != open || pop.Ticket.Linked != tickets.LinkedTyped {
			t.Errorf("linked to %+v, typed was %s", pop.Ticket, open)
		}
	})
	t.Run("a typed number of somebody else's ticket changes nothing of it", func(t *testing.T) {
		row := func() (row string) {
			s.must(s.service.db.QueryRow(t.Context(), `select (state, owner_kind, owner, customer_id, topic, next_at, next_step)::text from tickets where number = $1`, open).Scan(&row))
			return row
		}
		before := row()
		for _, from := range []string{"+79160004001", ""} {
			call := s.calls(from)
			s.must(call.Digits(t.Context(), "19"+string(open)+"#"))
			if pop := talk(call); pop.Ticket.Number == open || pop.About == nil || pop.About.Number != open {
				t.Errorf("%s is linked to %+v, about %+v", from, pop.Ticket, pop.About)
			}
		}
		if after := row(); after != before {
			t.Errorf("the ticket was %s, and is %s", before, after)
		}
	})
	t.Run("two first calls at once", func(t *testing.T) {
		first, second := s.calls("+79160004005"), s.calls("+79160004005")
		s.chooses(first, "3")
		s.chooses(second, "3")
		one := talk2(t, anna)
		two := talk2(t, anna)
		if one.Ticket.Number != two.Ticket.Number || two.Ticket.Linked != tickets.LinkedCustomer {
			t.Errorf("their pops say %+v and %+v", one.Ticket, two.Ticket)
		}
		s.gone(first)
		s.gone(second)
	})
	t.Run("a mistyped number is told at once", func(t *testing.T) {
		wrong := []byte(open)
		wrong[0] = '1' + (wrong[0]-'0')%9
		call := s.calls("+79160004002")
		s.must(call.Digits(t.Context(), "19"+string(wrong)+"#"))
		s.must(call.Digits(t.Context(), string(open)+"#")) // and corrected
		if pop := talk(call); pop.About == nil || pop.About.Number != open {
			t.Errorf("linked to %+v, about %+v", pop.Ticket, pop.About)
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

// talk2 answers the next call, ends it, and gives its pop.
func talk2(t *testing.T, w *worker) agentapi.Pop {
	t.Helper()
	pop := w.until("offered", offered).Offer.Pop
	w.s.hangsUp(w.answers())
	w.finish("follow_up")
	return pop
}

// rings2 waits for the phone to ring and hands the caller back, to be hung up.
func (w *worker) rings2(caller *softphone.Call) *softphone.Call {
	w.s.t.Helper()
	w.rings()
	return caller
}

func TestHostileCallersAndCommandsHarmNothing(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	anna := s.agent("anna").ready()
	for i, name := range []string{
		`"; DROP TABLE tickets; --`, `<script>alert(1)</script>`, "\x00\x07\r\nX-Evil: yes", "${SHELL(id)}", "\u202egnp.exe", strings.Repeat("я", 5000),
	} {
		call := s.callsAs(softphone.CallOptions{From: fmt.Sprintf("+7916000500%d", i), FromName: name})
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
	if _, err := newService(func() config.Config { c := s.config; c.Listen = s.service.Addr(); return c }(), s.service.log); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a port in use is answered by %v", err)
	}
	if me := anna.desk.Me(); me.Availability.State != string(queues.Ready) {
		t.Errorf("the agent is %+v", me.Availability)
	}
	s.nothingLeft()
}
