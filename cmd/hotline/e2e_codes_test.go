package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// codesStage is a stage on which agents name each other and the queues on their phones.
func codesStage(t *testing.T, more ...config.Person) (*stage, *process) {
	t.Helper()
	anna, boris := person("anna", "101"), person("boris", "102")
	anna.Extension, boris.Extension = "101", "102"
	s := raise(t, stageOptions{people: append([]config.Person{anna, boris}, more...), elsewhere: true, configure: func(c *config.Config) {
		recordsAll(c)
		for i, q := range c.Queues {
			if q.ID == "subscribers" {
				c.Queues[i].Extension = "602"
			}
		}
	}})
	return s, s.spawn()
}

// got waits until keys have come to a phone, and no others.
func (s *stage) got(call *softphone.Call, keys string) {
	s.t.Helper()
	soon, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	for i := range keys {
		if key, err := call.Digit(soon); err != nil || key != keys[i] {
			s.t.Fatalf("key %d is %q, %v, and not %q", i+1, key, err, keys[i])
		}
	}
}

// TestAgentWithoutAPageConsultsByCodes: who hears whom in each state of it, what the page shows that is open beside, also where one does what the other began,
// and where Hotline is killed. The caller hears none of the codes, and all other keys.
func TestAgentWithoutAPageConsultsByCodes(t *testing.T) {
	t.Parallel()
	s, p := codesStage(t)
	anna := s.agentOf(p.pages, s.person("anna"), keeps).ready()
	customer := s.calls("+79160009701")
	s.chooses(customer, "3")
	talk := anna.answers()
	r := &round{s, map[string]*softphone.Call{}}
	r.comes("C", customer)
	r.comes("A", talk)
	r.hear("CA", "")
	types := func(call *softphone.Call, keys string) {
		t.Helper()
		s.must(call.Digits(t.Context(), keys))
	}
	boris := s.agentOf(p.pages, s.person("boris"), keeps).ready()
	types(customer, "*1102#*0") // none of the caller's keys is a code
	types(talk, "*1102#")
	ringing := boris.rings()
	r.hear("", "C")
	anna.asks("rings")
	asked, err := ringing.Answer(t.Context())
	s.must(err)
	r.comes("T", asked)
	anna.asks("talks")
	r.hear("AT", "C")
	types(asked, "*0") // nor is one of who is asked
	types(talk, "*1")
	anna.asks("swapped")
	r.hear("CA", "T")
	types(talk, "*3")
	anna.until("boris is a guest", func(me agentapi.Me) bool { return me.Call != nil && me.Call.Asked == nil && len(me.Call.Guests) == 1 })
	r.hear("CAT", "")
	s.must(anna.command("call.swap", nil))
	r.hear("AT", "C")

	p.kill()
	p = s.respawn(p)
	anna.desk.Close()
	anna.openDesk(p.pages, s.person("anna"))
	anna.asks("talks")
	types(talk, "*0")
	s.gone(asked)
	delete(r.calls, "T")
	r.hear("CA", "")
	for _, key := range []byte("*4") { // a phone that reports each key in two ways, both as it is pressed, has typed it once
		told := make(chan error, 1)
		go func() { told <- talk.InfoDigit(t.Context(), key, 100*time.Millisecond) }()
		s.must(talk.Type(t.Context(), softphone.Press{Key: key, Gap: 200 * time.Millisecond}))
		s.must(<-told)
	}
	anna.until("the recording is paused", func(me agentapi.Me) bool { return me.Call != nil && me.Call.Recording.State == "paused" })
	types(talk, "*4")
	anna.until("the recording goes on", func(me agentapi.Me) bool { return me.Call != nil && me.Call.Recording.State == "on" })
	types(talk, "17#")
	s.got(customer, "17#") // and so none of the codes came
	r.hear("CA", "")
	s.hangsUp(customer)
	s.gone(talk)
	anna.finish("resolved")
	p.complete(1)
	p.end()
}

// TestAgentWithoutAPageSendsTheCallerOnByCodes: to a queue, to a colleague, and to a number outside; a code that names nobody changes nothing.
func TestAgentWithoutAPageSendsTheCallerOnByCodes(t *testing.T) {
	t.Parallel()
	const number = "+79160009798"
	s, p := codesStage(t)
	anna, boris := s.agentAt(p.pages, s.person("anna")).ready(), s.agentAt(p.pages, s.person("boris"))
	customer := s.calls("+79160009702")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	for _, wrong := range []string{"*2999#", "*2102#", "*2101#", "*2#", "*3", "*0"} { // nobody, boris who is not there, herself, nothing, nobody is asked, nobody is on hold
		s.must(talk.Digits(t.Context(), wrong))
		s.hearEachOther(customer, talk)
	}
	_ = talk.Digits(t.Context(), "*2602#") // which the end of the talk may cut short
	s.gone(talk)
	s.waitsToMusic(customer)
	boris.ready()
	second := boris.answers()
	s.hearEachOther(customer, second)
	if pop := boris.talking().Call.Pop; pop.Queue.ID != "subscribers" || pop.Sender == nil || pop.Sender.Agent != "Agent anna" {
		t.Errorf("boris' pop is %+v", pop)
	}
	anna.finish("resolved")
	_ = second.Digits(t.Context(), "*2101#")
	s.gone(second)
	third := anna.answers()
	s.hearEachOther(customer, third)
	elsewhere, err := s.exchange.Phone(softphone.Options{User: number})
	s.must(err)
	_ = third.Digits(t.Context(), "*289160009798#") // as it is dialled in the line's country
	s.gone(third)
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	rings, err := elsewhere.Incoming(soon)
	s.must(err)
	there, err := rings.Answer(t.Context())
	s.must(err)
	s.hearEachOther(customer, there)
	s.hangsUp(there)
	s.gone(customer)
	boris.finish("resolved")
	anna.finish("resolved")
	s.eventually("the contact has its end", func() error {
		var sentOn int
		if err := s.query(`select count(*) from contacts where outcome = 'sent_on' and ended_at is not null`, &sentOn); err != nil || sentOn != 1 {
			return fmt.Errorf("%d contacts, %v", sentOn, err)
		}
		return nil
	})
	var told int
	s.must(s.query(`select count(*) from facts where kind = 'call.transferred'`, &told))
	if told != 3 {
		t.Errorf("%d transfers are told", told)
	}
	p.end()
}
