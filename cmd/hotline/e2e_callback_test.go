package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"hotline/cmd/hotline/config"
	"hotline/telephony"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// TestCallerIsCalledBackWhenAnAgentSignsIn: nobody is there, the caller asks to be called back and hangs up, Hotline is started
// anew, and when an agent comes their phone rings, then the customer's, and the two talk.
func TestCallerIsCalledBackWhenAnAgentSignsIn(t *testing.T) {
	t.Parallel()
	const number = "+79160009001"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Callback: true}}}
		}
	}})
	call := s.calls(number)
	s.chooses(call, "3")
	s.eventually("the caller has pressed one, and is to be called back", func() error {
		if err := s.callbacks(1); err == nil {
			return nil
		}
		return errors.Join(call.Digits(t.Context(), "1"), s.callbacks(1))
	})
	s.gone(call) // after the promise and the good-bye
	promised := s.contact(number)
	if promised.Outcome != "callback" {
		t.Errorf("the contact is %+v", promised)
	}
	s.stop()
	s.serve(stageOptions{})
	s.must(s.callbacks(1))

	home, err := s.exchange.Phone(softphone.Options{User: number})
	s.must(err)
	anna := s.agent("anna").ready()
	ringing := anna.rings()
	pop := anna.until("offered", offered).Offer.Pop
	if string(pop.Ticket.Number) != promised.Ticket || pop.Caller.Number != number {
		t.Errorf("the desk shows %+v of %+v", pop.Ticket, pop.Caller)
	}
	agent, err := ringing.Answer(t.Context())
	s.must(err)
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	atHome, err := home.Incoming(soon)
	if err != nil {
		t.Fatalf("the customer's phone does not ring: %v", err)
	}
	if atHome.From != s.house.asterisk.Number {
		t.Errorf("the customer's phone shows %q", atHome.From)
	}
	customer, err := atHome.Answer(t.Context())
	s.must(err)
	s.hearEachOther(customer, agent)
	anna.talking()
	s.tellsAnnaWhy(pop.Call)
	s.hangsUp(customer)
	anna.finish("resolved")
	s.must(s.callbacks(0))
	s.eventually("the callback is a contact of the same ticket", func() error {
		if c := s.contact(number); c.Outcome != "served" || c.Agent != "anna" || c.Ticket != promised.Ticket || c.Disposition != "resolved" {
			return fmt.Errorf("the contact is %+v, of ticket %s", c, promised.Ticket)
		}
		return nil
	})
	s.emptyAsterisk()
}

// TestAPromiseIsKeptThoughOthersCallFromTheNumber: A and B share a company's number. A is promised a callback; B calls, waits, and hangs up. A is called.
// Then a person of their own number is promised one, calls again, and hangs up: they are called, too.
func TestAPromiseIsKeptThoughOthersCallFromTheNumber(t *testing.T) {
	t.Parallel()
	const company, own = "+74952009001", "+79160009002"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Callback: true}}}
		}
	}, seeds: []tickets.Seed{
		{Customer: tickets.Customer{Name: "А", Contract: "A-1", Numbers: []string{company}}}, {Customer: tickets.Customer{Name: "Б", Contract: "B-1", Numbers: []string{company}}},
	}})
	for i, number := range []string{company, own} {
		call := s.calls(number)
		s.chooses(call, "3")
		s.eventually("the caller is promised a callback", func() error {
			if err := s.callbacks(i + 1); err == nil {
				return nil
			}
			return errors.Join(call.Digits(t.Context(), "1"), s.callbacks(i+1))
		})
		s.gone(call)
		other := s.calls(number)
		s.chooses(other, "3")
		s.eventually("the other waits", func() error { return s.waitingPerNotes(1) })
		s.hangsUp(other)
		s.eventually("the other is gone, and the promise stands", func() error { return errors.Join(s.waitingPerNotes(0), s.callbacks(i+1)) })
	}
	anna := s.agent("anna").ready()
	for _, number := range []string{company, own} {
		home, err := s.exchange.Phone(softphone.Options{User: number})
		s.must(err)
		agent := anna.answers()
		soon, cancel := context.WithTimeout(t.Context(), atOnce)
		atHome, err := home.Incoming(soon)
		cancel()
		if err != nil {
			t.Fatalf("%s is not called: %v", number, err)
		}
		customer, err := atHome.Answer(t.Context())
		s.must(err)
		s.hearEachOther(customer, agent)
		s.hangsUp(customer)
		anna.finish("resolved")
	}
	s.must(s.callbacks(0))
	s.emptyAsterisk()
}

// tellsAnnaWhy checks the story of a call that was made, which is that of the call that asked for it; with nobody else's in it.
func (s *stage) tellsAnnaWhy(made telephony.CallID) {
	s.t.Helper()
	story, err := s.signedIn("anna").Decisions(s.t.Context(), made)
	want := []string{
		"callback_offered A callback was offered", "callback_waits The caller waits for a callback", "callback_waits The caller waits",
		"offered Agent anna: nobody else could take it", "taken Agent anna: is there", "called_back Agent anna: called back",
	}
	if err != nil || !tells(story, want) || story.Call != made {
		s.t.Errorf("of the call that was made is told %+v, %v", story, err)
	}
}

// callbacks says whether so many wait to be called back.
func (s *stage) callbacks(n int) error {
	snapshot, err := s.service.acd.Snapshot(s.t.Context())
	for _, q := range snapshot.Queues {
		n -= q.Callbacks
	}
	if err == nil && n != 0 {
		err = fmt.Errorf("%d callbacks are missing", n)
	}
	return err
}
