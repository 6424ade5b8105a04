package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// TestCallerGoesBackToTheQueueWhenTheAgentsPhoneDies: no BYE, no sound. The caller is told and hears music, has the place with which they
// came, and the agent gets no calls until they say so.
func TestCallerGoesBackToTheQueueWhenTheAgentsPhoneDies(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, notices: true})
	anna, boris := s.agent("anna").ready(), s.agent("boris")
	customer := s.calls("+79160009201")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	second := s.calls("+79160009202")
	s.chooses(second, "3")
	s.waiting(1)

	anna.phone.Vanish()
	s.waiting(2)
	s.hearsMusic(customer)
	me := anna.until("not ready", func(me agentapi.Me) bool { return me.Activity.State != "talking" })
	if me.Availability.Next != "not_ready" || me.Availability.NextReason != "phone_lost" || me.Call != nil {
		t.Errorf("whose phone has died is %+v, %+v, in call %v", me.Availability, me.Activity, me.Call)
	}
	boris.ready()
	pop := boris.until("offered", offered).Offer.Pop
	if pop.Caller.Number != "+79160009201" {
		t.Errorf("the next agent got %s: who lost their agent goes first", pop.Caller.Number)
	}
	s.hearEachOther(customer, boris.answers())
	s.hangsUp(customer)
	s.hangsUp(second)
	anna.finish("resolved")
	boris.finish("resolved")
	if c := s.contact("+79160009201"); c.Outcome != "served" || c.Agent != "boris" {
		t.Errorf("the contact is %+v", c)
	}
	s.lostBy("+79160009201", "agent")
	me = anna.until("not ready", func(me agentapi.Me) bool { return me.Activity.State == "idle" })
	if me.Availability.State != "not_ready" || me.Availability.Reason != "phone_lost" {
		t.Errorf("after the work after the call the agent is %+v", me.Availability)
	}
	s.nothingLeft()
}

// TestCallerWhoVanishesIsNoticedAnywhere: in the talk, in the queue, in the menu, on hold. Their ticket says so, and nobody is offered them.
func TestCallerWhoVanishesIsNoticedAnywhere(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, notices: true})
	anna := s.agent("anna")
	inMenu, inQueue := s.calls("+79160009211"), s.calls("+79160009212")
	s.chooses(inQueue, "3")
	s.waiting(1)
	inMenu.Vanish()
	inQueue.Vanish()
	s.lostBy("+79160009211", "caller")
	s.lostBy("+79160009212", "caller")
	s.waiting(0)
	if c := s.contact("+79160009212"); c.Outcome != "abandoned_in_queue" {
		t.Errorf("who vanished in the queue is %+v", c)
	}
	anna.ready()
	for from, hold := range map[string]bool{"+79160009213": false, "+79160009214": true} {
		customer := s.calls(from)
		s.chooses(customer, "3")
		talk := anna.answers()
		s.hearEachOther(customer, talk)
		if hold {
			s.must(anna.inCall("call.hold"))
			anna.onHold()
		}
		customer.Vanish()
		s.gone(talk)
		s.lostBy(from, "caller")
		anna.finish("no_speech")
		if c := s.contact(from); c.Outcome != "served" || c.Agent != "anna" {
			t.Errorf("who vanished in the talk is %+v", c)
		}
	}
	s.nothingLeft()
}

// TestCallerWhoWasNeverHeardWaitsAndIsServed: nothing comes of who is behind a broken NAT, or muted in a conference, but they hear us.
func TestCallerWhoWasNeverHeardWaitsAndIsServed(t *testing.T) {
	t.Parallel()
	const number = "+79160009231"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, notices: true})
	anna := s.agent("anna")
	var err error
	s.customer, err = s.exchange.Phone(softphone.Options{User: "mute", Mute: true, Keep: time.Minute})
	s.must(err)
	customer := s.calls(number)
	s.must(customer.InfoDigit(t.Context(), '1', 100*time.Millisecond))
	s.must(customer.InfoDigit(t.Context(), '3', 100*time.Millisecond))
	s.waiting(1)
	stays := func(where string) {
		t.Helper()
		select {
		case <-customer.Done():
			t.Fatalf("who was never heard was taken for gone %s", where)
		case <-time.After(10 * time.Second): // longer than it takes to notice who vanishes
		}
	}
	stays("in the queue")
	anna.ready()
	talk := anna.answers()
	s.must(talk.PlayTone(440))
	s.must(customer.Hears(t.Context(), 440, 300*time.Millisecond))
	stays("in the talk")
	s.hangsUp(customer)
	s.gone(talk)
	anna.finish("no_speech")
	if c := s.contact(number); c.Outcome != "served" || c.Agent != "anna" {
		t.Errorf("the contact is %+v", c)
	}
	s.lostBy(number, "")
	s.nothingLeft()
}

// TestCallerWhoVanishesOnTheRecorderLeavesWhatTheySaid: the message is kept, and the call does not stay.
func TestCallerWhoVanishesOnTheRecorderLeavesWhatTheySaid(t *testing.T) {
	t.Parallel()
	const number = "+79160009221"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, notices: true, configure: func(c *config.Config) {
		c.Voicemail = config.Voicemail{Silence: time.Minute}
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Voicemail: "default"}}}
		}
	}})
	customer := s.calls(number)
	s.chooses(customer, "3")
	s.eventually("the recorder runs", func() error {
		for _, c := range s.list("/channels") {
			if note := s.note(c); strings.Contains(note, `"recording"`) {
				return nil
			}
		}
		return errors.New("not yet")
	})
	s.must(customer.PlayTone(440))
	time.Sleep(2 * time.Second) // is what they say
	customer.Vanish()
	s.emptyAsterisk()
	if c := s.contact(number); c.Outcome != "voicemail" {
		t.Errorf("the contact is %+v", c)
	}
	s.nothingLeft()
}

// TestAgentWhosePhoneWasNeverHeardStaysInTheTalk: they may hear the caller all the same. Asterisk judges only phones that were heard.
func TestAgentWhosePhoneWasNeverHeardStaysInTheTalk(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, notices: true})
	anna := s.agentWith("anna", softphone.Options{Mute: true}).ready()
	first := s.calls("+79160009241")
	s.chooses(first, "3")
	talk := anna.answers()
	boris := s.agent("boris").ready()
	second := s.calls("+79160009242")
	s.chooses(second, "3")
	heard := boris.answers()
	s.hearEachOther(second, heard)
	s.judges("102", "4")
	select {
	case <-talk.Done():
		t.Fatal("a phone that was never heard was taken for dead")
	case <-time.After(8 * time.Second): // longer than it takes to notice who vanishes
	}
	s.judges("101", "3600")
	s.must(first.PlayTone(620))
	s.must(talk.Hears(t.Context(), 620, 300*time.Millisecond))
	for _, customer := range []*softphone.Call{first, second} {
		s.hangsUp(customer)
	}
	anna.finish("resolved")
	boris.finish("resolved")
	if me := anna.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" }); me.Availability.State != "ready" {
		t.Errorf("whose phone was never heard is %+v", me.Availability)
	}
	s.lostBy("+79160009241", "")
	s.nothingLeft()
}

// judges waits until Asterisk takes a phone for dead after so many seconds.
func (s *stage) judges(phone, after string) {
	s.t.Helper()
	s.eventually("Asterisk's patience with phone "+phone, func() error {
		var fields []struct{ Attribute, Value string }
		if err := s.ariGet("/asterisk/config/dynamic/res_pjsip/endpoint/"+phone, &fields); err != nil {
			return err
		}
		for _, f := range fields {
			if f.Attribute == "rtp_timeout" && f.Value == after {
				return nil
			}
		}
		return fmt.Errorf("not %s s", after)
	})
}

// lostBy waits until a ticket says whose connection was lost.
func (s *stage) lostBy(from, by string) {
	s.t.Helper()
	s.eventually("the contact of "+from+" says who was lost", func() error {
		var lost string
		err := s.service.db.QueryRow(s.t.Context(), `select lost_by from contacts where caller = $1`, from).Scan(&lost)
		if err == nil && lost != by {
			err = fmt.Errorf("%q", lost)
		}
		return err
	})
}
