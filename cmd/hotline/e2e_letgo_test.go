package main

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony/softphone"
)

// Phones that answer, and with whom nobody can talk: they let go at once, or say nothing of sound. The caller waits
// on at the head of the queue, hears music, and is served by another; the phone counts as failing.
func TestCallerOfAPhoneThatAnswersAndLetsGoIsServedByAnother(t *testing.T) {
	t.Parallel()
	hangsUp := func(after time.Duration) func(*softphone.Ringing) {
		return func(r *softphone.Ringing) {
			call, err := r.Answer(t.Context())
			if err != nil {
				return
			}
			select {
			case <-call.Done():
			case <-time.After(after): // the phone does this by itself, as a dead headset's does
				_ = call.Hangup(t.Context())
			}
		}
	}
	for name, o := range map[string]softphone.Options{
		"hangs up after 50 ms":        {OnRinging: hangsUp(50 * time.Millisecond)},
		"hangs up in the same moment": {OnRinging: hangsUp(0)},
		"answers without a word of sound": {
			OnRinging: hangsUp(time.Hour), Answer: func([]byte) []byte { return nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, configure: func(c *config.Config) {
				c.Line.ShortestTalk = nil // as a configuration has it that says nothing of it
			}})
			var calls atomic.Int32
			rings := o.OnRinging
			o.OnRinging = func(r *softphone.Ringing) { calls.Add(1); rings(r) }
			anna, boris := s.agentWith("anna", o), s.agent("boris")
			first := s.calls("+79160006501")
			s.chooses(first, "3")
			s.waiting(1)
			second := s.calls("+79160006502")
			s.chooses(second, "3")
			s.waiting(2)
			anna.ready()
			me := anna.until("not ready", func(me agentapi.Me) bool { return me.Availability.State == "not_ready" && me.Activity.State == "idle" })
			if me.Availability.Reason != string(queues.PhoneWasFailing) || me.WrapUp != nil {
				t.Errorf("the agent is %+v, wrap-up %+v", me.Availability, me.WrapUp)
			}
			if n := calls.Load(); n != 3 {
				t.Errorf("the phone had %d calls", n)
			}
			s.waiting(2)
			s.hearsMusic(first)
			boris.ready()
			if pop := boris.until("offered", offered).Offer.Pop; pop.Caller.Number != "+79160006501" {
				t.Errorf("the head of the queue is %s", pop.Caller.Number)
			}
			for _, call := range []*softphone.Call{first, second} {
				talk := boris.answers()
				s.lasts(talk)
				s.hangsUp(talk)
				boris.finish("resolved")
				s.gone(call)
			}
			for _, number := range []string{"+79160006501", "+79160006502"} {
				if c := s.contact(number); c.Outcome != "served" || c.Agent != "boris" {
					t.Errorf("the contact of %s is %+v", number, c)
				}
			}
			s.eventually("the tickets are with who served", func() error {
				var n int
				err := s.query(`select count(*) from tickets where owner = 'anna'`, &n)
				if err == nil && n != 0 {
					err = fmt.Errorf("%d are anna's", n)
				}
				return err
			})
			s.nothingLeft()
		})
	}
}

// lasts stays in a talk for longer than the shortest one.
func (s *stage) lasts(talk *softphone.Call) {
	s.t.Helper()
	s.eventually("the talk has lasted", func() error {
		if lasted := time.Since(talk.Times().Answered); lasted < 1200*time.Millisecond {
			return fmt.Errorf("for %s", lasted)
		}
		return nil
	})
}

// A phone lets go while Hotline is killed: the caller is not taken for served, whether the talk was noted yet or not.
func TestCallerWhosePhoneLetsGoDuringAKillWaitsOn(t *testing.T) {
	if *before != "" {
		t.Skip("the version before this one notes nothing of it")
	}
	t.Parallel()
	for name, noted := range map[string]bool{"the talk is young": false, "the talk is noted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p, _ := countingStage(t)
			answered := make(chan *softphone.Call, 1)
			anna := s.agentOf(p.pages, s.person("anna"), softphone.Options{OnRinging: func(r *softphone.Ringing) {
				if call, err := r.Answer(t.Context()); err == nil {
					answered <- call
				}
			}}).ready()
			customer := s.calls("+79160006541")
			s.chooses(customer, "3")
			talk := <-answered
			anna.until("talking", func(me agentapi.Me) bool { return me.Activity.State == "talking" })
			if noted { // with the first thing that is done in it
				s.must(anna.inCall("call.hold"))
				anna.until("on hold", func(me agentapi.Me) bool { return me.Activity.State == "on_hold" })
				s.must(anna.inCall("call.resume"))
				anna.until("talking again", func(me agentapi.Me) bool { return me.Activity.State == "talking" })
			}
			p.kill()
			s.hangsUp(talk)
			p.configure(func(c *config.Config) { c.Line.ShortestTalk = nil })
			p = s.respawn(p)
			select {
			case again := <-answered: // by the page, which is back by itself
				s.lasts(again)
				s.hangsUp(again)
			case <-customer.Done():
				t.Fatal("the caller was cut off")
			case <-time.After(atOnce):
				t.Fatal("the caller is not offered again")
			}
			s.gone(customer)
			p.complete(1)
			p.end()
		})
	}
}
