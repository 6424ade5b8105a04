package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// Callers and agents whose phones do in the midst of a call what the standards let them do, and few phones do.

// TestOddPhonesOfCallersTalkAsOthersDo: one that says nothing of its sound before the answer, one that holds while the line speaks or the queue waits, one that
// moves to another port at each turn, and one whose key is pressed for long.
func TestOddPhonesOfCallersTalkAsOthersDo(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, notices: true})
	anna := s.agent("anna")
	serves := func(customer *softphone.Call) {
		t.Helper()
		talk := anna.answers()
		s.hearEachOther(customer, talk)
		s.hangsUp(talk)
		anna.finish("resolved")
		s.gone(customer)
		s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	}
	move := func(customer *softphone.Call) {
		t.Helper()
		s.must(customer.Move(t.Context()))
	}
	t.Run("the offer comes with the answer", func(t *testing.T) {
		customer := s.callsAs(softphone.CallOptions{From: "+79160009401", Late: true})
		s.chooses(customer, "3")
		anna.ready()
		serves(customer)
	})
	t.Run("moves in the greeting, in the queue and in the talk", func(t *testing.T) {
		customer := s.calls("+79160009402")
		s.must(customer.Digits(t.Context(), "1"))
		s.at("main")
		move(customer)
		s.must(customer.Digits(t.Context(), "3"))
		s.waiting(1)
		move(customer)
		s.hearsMusic(customer)
		anna.ready()
		talk := anna.answers()
		s.hearEachOther(customer, talk)
		move(customer)
		s.hearEachOther(customer, talk)
		s.must(anna.inCall("call.hold"))
		anna.onHold()
		move(customer)
		s.musicAlone(customer, 620)
		s.must(anna.inCall("call.resume"))
		anna.talking()
		s.hearEachOther(customer, talk)
		s.hangsUp(customer)
		s.gone(talk)
		anna.finish("resolved")
		s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	})
	for i, how := range []softphone.Holding{softphone.SendOnly, softphone.Inactive, softphone.ZeroAddress} {
		t.Run("holds the line as it greets, and the queue: "+string(how), func(t *testing.T) {
			customer := s.calls(fmt.Sprintf("+7916000941%d", i))
			s.must(customer.Hold(t.Context(), how))
			s.must(customer.Unhold(t.Context()))
			s.chooses(customer, "3")
			s.waiting(1)
			s.must(customer.Hold(t.Context(), how))
			anna.ready()
			talk := anna.answers()
			anna.until("the caller holds", func(me agentapi.Me) bool { return me.Call != nil && me.Call.CallerHolds })
			s.must(customer.Unhold(t.Context()))
			anna.until("the caller holds no longer", func(me agentapi.Me) bool { return me.Call != nil && !me.Call.CallerHolds })
			s.hearEachOther(customer, talk)
			s.hangsUp(talk)
			anna.finish("resolved")
			s.gone(customer)
			s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
		})
	}
	t.Run("a key is pressed for long", func(t *testing.T) {
		customer := s.calls("+79160009421")
		s.must(customer.Type(t.Context(), softphone.Press{Key: '1', Lasts: 3 * time.Second}, softphone.Press{Key: '3', Lasts: time.Second}))
		s.waiting(1)
		anna.ready()
		serves(customer)
	})
	s.nothingLeft()
}

// TestAPhoneThatIsRegisteredFromTwoPlacesTakesCalls: each registration takes the place of the other, again and again, also while it rings and in a talk.
func TestAPhoneThatIsRegisteredFromTwoPlacesTakesCalls(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp = 0
		}
	}})
	talks := make(chan *softphone.Call, 1)
	o := softphone.Options{Refresh: 400 * time.Millisecond, OnRinging: func(r *softphone.Ringing) {
		select {
		case <-r.Cancelled():
			t.Error("the phone was silenced")
			return
		case <-time.After(time.Second): // the agent's own time, in which both register
		}
		if call, err := r.Answer(t.Context()); err == nil {
			talks <- call
		} else {
			t.Error(err)
		}
	}}
	anna := s.agentWith("anna", o)
	elsewhere, err := softphone.NewExchange(softphone.ExchangeOptions{Bind: "127.0.0.1:0", Server: s.house.asterisk.SIPAddr})
	s.must(err)
	t.Cleanup(elsewhere.Close)
	o.User, o.Secret = "101", s.person("anna").PhoneSecret.Text()
	other, err := elsewhere.Phone(o)
	s.must(err)
	s.must(other.Register(t.Context()))
	anna.ready()
	for i := range 2 {
		from := fmt.Sprintf("+7916000944%d", i)
		customer := s.calls(from)
		s.chooses(customer, "3")
		var talk *softphone.Call
		select {
		case talk = <-talks:
		case <-time.After(atOnce):
			me, _ := json.Marshal(anna.desk.Me())
			t.Fatalf("no phone rings; the desk is %s", me)
		}
		anna.talking()
		s.hearEachOther(customer, talk)
		s.hangsUp(talk)
		s.gone(customer)
		if me := anna.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" }); me.Availability.State != "ready" {
			t.Errorf("after a call the agent is %+v", me.Availability)
		}
		if c := s.contact(from); c.Outcome != "served" {
			t.Errorf("the contact is %+v", c)
		}
	}
	s.nothingLeft()
}

// TestAReloadOfAsteriskTakesNothingFromAnybody: who changes Asterisk's files reloads it, while calls are up.
func TestAReloadOfAsteriskTakesNothingFromAnybody(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna, boris := s.agent("anna").ready(), s.agent("boris").ready()
	s.must(boris.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	talker := s.calls("+79160009431")
	s.chooses(talker, "3")
	talk := anna.answers()
	waiter := s.calls("+79160009432")
	s.chooses(waiter, "3")
	s.waiting(1)
	if said, err := s.house.asterisk.CLI(t.Context(), "core reload"); err != nil || strings.Contains(said, "No such") {
		t.Fatalf("%q, %v", said, err)
	}
	s.hearEachOther(talker, talk)
	s.hearsMusic(waiter)
	next := s.calls("+79160009433")
	s.chooses(next, "3")
	s.waiting(2)
	boris.ready()
	ringing := boris.rings()
	if ringing.From != "+79160009432" {
		t.Errorf("after the reload %s is offered first", ringing.From)
	}
	other, err := ringing.Answer(t.Context())
	s.must(err)
	s.hearEachOther(waiter, other)
	s.hangsUp(other)
	boris.finish("resolved")
	s.gone(waiter)
	s.hangsUp(boris.answers())
	boris.finish("resolved")
	s.hangsUp(talk)
	anna.finish("resolved")
	s.gone(talker)
	s.gone(next)
	s.nothingLeft()
}
