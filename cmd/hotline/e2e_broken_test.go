package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// TestWhomAsteriskTakesWithItIsCalledBack: a customer talks, another rings at an agent's, two wait, and one of these withholds their number. Asterisk is killed,
// and comes back. None of them has hung up, and no agent has missed anything: who talked is called first and told why; who calls again keeps their place
// and is not called; and of the number that is withheld the ticket says that it cannot be called.
func TestWhomAsteriskTakesWithItIsCalledBack(t *testing.T) {
	t.Parallel()
	const talks, rings, again = "+79160009101", "+79160009102", "+79160009103"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp, c.Queues[i].Callback.Attempts = 10*time.Minute, 3
		}
	}})
	anna := s.agentWith("anna", softphone.Options{Refresh: time.Second}).ready()
	s.chooses(s.calls(talks), "3")
	anna.answers()
	boris := s.agentWith("boris", softphone.Options{Refresh: time.Second}).ready()
	s.chooses(s.calls(rings), "3")
	boris.rings()
	for i, number := range []string{again, ""} {
		s.chooses(s.calls(number), "3")
		s.eventually("they wait", func() error { return s.waitingPerNotes(2 + i) })
	}
	s.house.asterisk.Kill()
	s.eventually("the loss is noticed", func() error {
		if s.service.sw.Connected() {
			return errors.New("still connected")
		}
		return nil
	})
	s.must(s.house.asterisk.Start(t.Context()))
	s.counts("four are lost by us", map[string]int{
		`contacts where outcome = 'lost'`: 4, `facts where kind = 'call.broken_off'`: 4, `facts where kind = 'call.no_callback'`: 1,
	})
	s.eventually("three are to be called back", func() error { return s.callbacks(3) })
	if me := anna.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil }); me.Availability.State != "ready" {
		t.Errorf("anna is %+v", me.Availability)
	}

	me := boris.until("offered who talked", func(me agentapi.Me) bool { return offered(me) && me.Offer.Pop.Caller.Number == talks })
	if me.Availability.State != "ready" {
		t.Errorf("boris is %+v", me.Availability)
	}
	s.calledBack(boris, talks)

	caller := s.calls(again)
	s.chooses(caller, "3")
	s.eventually("who calls again has their place", func() error { return s.waitingPerNotes(1) })
	anna.finish("resolved") // takes who rang at boris's: they came before
	s.calledBack(anna, rings)
	boris.finish("resolved")
	s.hearEachOther(caller, boris.answers())
	s.hangsUp(caller)
	s.must(s.callbacks(0))
	var abandoned, missed int
	s.must(s.query(`select count(*) from decisions where kind = 'abandoned'`, &abandoned))
	s.must(s.query(`select count(*) from decisions where kind = 'missed'`, &missed))
	if abandoned+missed > 0 {
		t.Errorf("%d have abandoned, and %d calls were missed", abandoned, missed)
	}
	if c := s.contact(talks); c.Outcome != string(tickets.Served) {
		t.Errorf("the contact of who talked is %+v", c)
	}
	s.emptyAsterisk()
}

// calledBack lets an agent answer a callback, the customer pick up, and the two talk.
func (s *stage) calledBack(by *worker, number string) {
	s.t.Helper()
	home, err := s.exchange.Phone(softphone.Options{User: number})
	s.must(err)
	agent := by.answers()
	soon, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	atHome, err := home.Incoming(soon)
	if err != nil {
		s.t.Fatalf("%s is not called: %v", number, err)
	}
	customer, err := atHome.Answer(s.t.Context())
	s.must(err)
	s.hearEachOther(customer, agent)
	s.hangsUp(customer)
}

// TestWhomAsteriskAndHotlineTakeWithThemIsCalledBack: a customer talks, two wait, of whom one withholds their number, and one is in the menu. Hotline is killed, and
// Asterisk too, as where the machine loses its power. Nobody has hung up: who talked is called first and told why, then who waited, and nobody has abandoned anything.
func TestWhomAsteriskAndHotlineTakeWithThemIsCalledBack(t *testing.T) {
	t.Parallel()
	const talks, waits, menu = "+79160009111", "+79160009112", "+79160009113"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp, c.Queues[i].Callback.Attempts = 10*time.Minute, 3
		}
	}})
	p := s.spawn()
	anna := s.agentOf(p.pages, s.person("anna"), softphone.Options{Refresh: time.Second}).ready()
	s.chooses(s.calls(talks), "3")
	anna.answers()
	for i, number := range []string{waits, ""} {
		s.chooses(s.calls(number), "3")
		s.eventually("they wait", func() error { return s.waitingPerNotes(1 + i) })
	}
	s.calls(menu)
	s.counts("it is known who waits", map[string]int{`contacts where queued_at is not null`: 3, `contacts`: 4, `contacts where answered_at is not null`: 1, `figures_waiting`: 2})
	p.kill()
	s.house.asterisk.Kill()
	s.must(s.house.asterisk.Start(t.Context()))
	p = s.respawn(p)
	s.counts("four are lost by us, and two are to be called back", map[string]int{
		`contacts where outcome = 'lost'`: 4, `facts where kind = 'call.broken_off'`: 4, `facts where kind = 'call.no_callback'`: 1,
		`figures_waiting where callback`: 2, `figures_waiting`: 2,
	})
	me := anna.until("back", func(me agentapi.Me) bool { return me.WrapUp != nil || me.Availability.State == "ready" })
	if me.WrapUp != nil {
		anna.finish("resolved")
	}
	anna.until("offered who talked", func(me agentapi.Me) bool { return offered(me) && me.Offer.Pop.Caller.Number == talks })
	s.calledBack(anna, talks)
	anna.finish("resolved")
	anna.until("offered who waited", func(me agentapi.Me) bool { return offered(me) && me.Offer.Pop.Caller.Number == waits })
	s.calledBack(anna, waits)
	anna.finish("resolved")
	s.counts("both were served in the end, and nobody has abandoned anything", map[string]int{
		`contacts where outcome = 'served'`: 2, `figures_waiting`: 0, `decisions where kind in ('abandoned', 'missed')`: 0, `decisions where kind = 'lost'`: 1,
	})
	var abandoned int
	s.must(s.query(`select coalesce(sum(abandoned), 0) from figures`, &abandoned))
	if abandoned > 0 {
		t.Errorf("%d have abandoned in the figures", abandoned)
	}
	p.end()
}

// TestWhoseCallAsteriskOutlivedIsNotCalledBack: Hotline dies while one talks and one waits, and Asterisk is started anew six hours later. Both have hung up by then.
func TestWhoseCallAsteriskOutlivedIsNotCalledBack(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	p := s.spawn()
	anna := s.agentOf(p.pages, s.person("anna"), softphone.Options{Refresh: time.Second}).ready()
	s.chooses(s.calls("+79160009121"), "3")
	anna.answers()
	s.chooses(s.calls("+79160009122"), "3")
	s.eventually("they wait", func() error { return s.waitingPerNotes(1) })
	s.counts("it is known who talks and who waits", map[string]int{
		`contacts where queued_at is not null`: 2, `contacts where answered_at is not null`: 1, `figures_waiting`: 1, `figures_handling`: 1,
	})
	p.kill()
	s.house.asterisk.Kill()
	var aged int
	s.must(s.query(`with runs as (update figures_runs set seen = seen - interval '6 hours' returning 1),
		calls as (update contacts set arrived_at = arrived_at - interval '6 hours', queued_at = queued_at - interval '6 hours' returning 1)
		select (select count(*) from runs) + (select count(*) from calls)`, &aged))
	if aged != 3 {
		t.Fatalf("%d rows are of six hours ago", aged)
	}
	s.must(s.house.asterisk.Start(t.Context()))
	p = s.respawn(p)
	s.counts("one was served, one has left, and nobody is called back", map[string]int{
		`contacts where outcome = 'served'`: 1, `contacts where outcome = 'lost'`: 1, `facts where kind = 'call.broken_off'`: 0, `figures_waiting`: 0,
		`decisions where kind = 'abandoned'`: 1,
	})
	p.end()
}

// counts waits until there are so many in the database, by what they are selected from.
func (s *stage) counts(what string, want map[string]int) {
	s.t.Helper()
	s.eventually(what, func() error {
		for from, n := range want {
			var is int
			if err := s.query(`select count(*) from `+from, &is); err != nil || is != n {
				return fmt.Errorf("%s: %d, %v", from, is, err)
			}
		}
		return nil
	})
}
