package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// pocketNumber is where agents of the tests sign in by phone.
const pocketNumber = "600"

const (
	annasMobile = "+79160009811"
	annasPIN    = "246813"
)

// pocketStage is a stage on which anna may work by her mobile, or by any phone of people.
func pocketStage(t *testing.T, elsewhere bool, offer time.Duration) *stage {
	t.Helper()
	anna := person("anna", "101")
	anna.Extension, anna.Pocket = "101", &config.Pocket{PIN: config.SecretOf(annasPIN), Numbers: []string{annasMobile}}
	return raise(t, stageOptions{people: []config.Person{anna, person("boris", "102")}, elsewhere: elsewhere, configure: func(c *config.Config) {
		c.Line.PocketNumber = pocketNumber
		for i := range c.Queues {
			c.Queues[i].OfferTimeout = offer
		}
	}})
}

// pocket calls to sign in or out by phone, types, and waits for the end of the call.
func (s *stage) pocket(from *softphone.Phone, o softphone.CallOptions, types string) {
	s.t.Helper()
	soon, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	number := pocketNumber
	if o.From == "" {
		number = "*" + number // a phone of the house
	}
	call, err := from.Call(soon, number, o)
	s.must(err)
	_ = call.Digits(soon, types) // of which the end of the call may cut the last short
	s.gone(call)
}

// isAnna waits until the router has anna so.
func (s *stage) isAnna(a queues.Availability, activity queues.Activity) {
	s.t.Helper()
	s.eventually("anna is "+string(a)+", "+string(activity), func() error {
		snapshot, err := s.service.acd.Snapshot(s.t.Context())
		is := queues.AgentState{Availability: queues.SignedOut, Activity: queues.Idle} // who has never been there
		for _, agent := range snapshot.Agents {
			if agent.ID == "anna" {
				is = agent
			}
		}
		if err == nil && (is.Availability != a || is.Activity != activity || a == queues.Ready && (!is.Reachable || is.DeskAway)) {
			err = fmt.Errorf("she is %+v", is)
		}
		return err
	})
}

func (s *stage) incoming(phone *softphone.Phone) *softphone.Call {
	s.t.Helper()
	soon, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	ringing, err := phone.Incoming(soon)
	s.must(err)
	call, err := ringing.Answer(soon)
	s.must(err)
	return call
}

// TestAgentWorksByAMobileAlone: she signs in with a PIN, takes a call by pressing 1, files it by a key, and signs out, where she talks at the end of the talk. Wrong
// PINs, and phones that are none of hers, are not let in: after five such a phone is locked for a while, and where it is hers so is she.
func TestAgentWorksByAMobileAlone(t *testing.T) {
	t.Parallel()
	s := pocketStage(t, false, 30*time.Second)
	mobile, err := s.exchange.Phone(softphone.Options{User: annasMobile, Keep: keeps.Keep})
	s.must(err)
	right := "101#" + annasPIN + "#"
	mine := softphone.CallOptions{From: annasMobile}
	s.pocket(mobile, mine, "101#135790#"+right) // one that is wrong, and then the right one
	s.isAnna(queues.Ready, queues.Idle)
	desk, err := s.exchange.Phone(softphone.Options{User: "102", Secret: s.person("boris").PhoneSecret.Text()}) // a phone of the house, of whomever
	s.must(err)
	s.must(desk.Register(t.Context()))

	const caller = "+79160009821"
	customer := s.calls(caller)
	s.chooses(customer, "3")
	talk := s.incoming(mobile)
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	s.must(talk.HearsSound(soon, 200*time.Millisecond))
	r := &round{s, map[string]*softphone.Call{}}
	r.comes("C", customer)
	r.comes("A", talk)
	r.hear("", "C") // no word of the whisper, and not each other
	s.must(talk.Digits(soon, "51"))
	s.hearEachOther(customer, talk)
	s.pocket(desk, softphone.CallOptions{}, right) // she is to be signed out
	s.hearEachOther(customer, talk)
	s.hangsUp(customer)
	s.must(talk.HearsSound(soon, 200*time.Millisecond))
	s.must(talk.Digits(soon, "1"))
	s.gone(talk)
	s.isAnna(queues.SignedOut, queues.Idle)
	s.must(s.service.desks.Do(soon, "anna", agentapi.Ready{}))
	s.service.desks.DeskAway("anna", "")
	s.pocket(mobile, mine, right) // while her page is loaded again
	s.isAnna(queues.Ready, queues.Idle)
	c := s.contact(caller)
	if c.Outcome != string(tickets.Served) || c.Agent != "anna" {
		t.Errorf("the contact is %+v", c)
	}
	s.eventually("the call is filed", func() error {
		if c := s.contact(caller); c.Disposition != string(tickets.Resolved) {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
	impatient := s.calls("+79160009822")
	s.chooses(impatient, "3")
	ringing, err := mobile.Incoming(soon)
	s.must(err)
	ringing.Reject(480) // nobody has picked it up
	s.isAnna(queues.NotReady, queues.Idle)
	s.hangsUp(impatient)
	s.pocket(mobile, mine, right)
	s.isAnna(queues.Ready, queues.Idle)
	s.pocket(mobile, mine, right)
	s.isAnna(queues.SignedOut, queues.Idle)

	s.pocket(desk, softphone.CallOptions{}, right)
	s.isAnna(queues.Ready, queues.Idle)
	s.must(desk.Unregister(t.Context()))
	s.eventually("anna cannot be reached", func() error {
		snapshot, err := s.service.acd.Snapshot(t.Context())
		if err == nil && slices.ContainsFunc(snapshot.Agents, func(a queues.AgentState) bool { return a.ID == "anna" && a.Reachable }) {
			err = errors.New("she can")
		}
		return err
	})
	s.must(desk.Register(t.Context()))
	s.isAnna(queues.Ready, queues.Idle)
	s.pocket(desk, softphone.CallOptions{}, right)
	s.isAnna(queues.SignedOut, queues.Idle)

	stranger := softphone.CallOptions{From: "+79160009831"}
	s.pocket(s.customer, stranger, right+right+right) // with her PIN, and from a phone that is none of hers
	s.pocket(s.customer, stranger, "101#135790#101#135790#")
	s.pocket(s.customer, stranger, right) // the stranger is locked, and she is not
	s.isAnna(queues.SignedOut, queues.Idle)
	s.pocket(mobile, mine, right)
	s.isAnna(queues.Ready, queues.Idle)
	s.pocket(mobile, mine, right)
	s.isAnna(queues.SignedOut, queues.Idle)
	s.pocket(mobile, mine, strings.Repeat("101#135790#", 3))
	s.pocket(mobile, mine, strings.Repeat("101#135790#", 2))
	s.pocket(desk, softphone.CallOptions{}, right) // locked, for whoever calls
	s.isAnna(queues.SignedOut, queues.Idle)
	s.eventually("the audit says so", func() error {
		var in, out, tried, locked int
		for did, n := range map[tickets.Deed]*int{tickets.SignedInByPhone: &in, tickets.SignedOutByPhone: &out, tickets.TriedPIN: &tried, tickets.LockedByPIN: &locked} {
			if err := s.query(`select count(*) from audit where who = 'phone' and subject = 'anna' and address <> '' and did = '`+string(did)+`'`, n); err != nil {
				return err
			}
		}
		if in != 5 || out != 4 || tried != 11 || locked == 0 {
			return fmt.Errorf("in %d, out %d, tried %d, locked %d", in, out, tried, locked)
		}
		return nil
	})
	s.nothingLeft()
}

// TestMailboxOfAnAgentTakesNoCallerAlsoThroughKills: who has answered without pressing 1 has not taken the caller, whether Hotline is killed meanwhile or not: the
// caller keeps the place, and comes to the next. A kill ends neither her shift nor her talk.
func TestMailboxOfAnAgentTakesNoCallerAlsoThroughKills(t *testing.T) {
	t.Parallel()
	s := pocketStage(t, true, 8*time.Second)
	p := s.spawn()
	mobile, err := s.exchange.Phone(softphone.Options{User: annasMobile, Keep: keeps.Keep})
	s.must(err)
	soon, cancel := context.WithTimeout(t.Context(), 3*atOnce)
	defer cancel()
	s.pocket(mobile, softphone.CallOptions{From: annasMobile}, "101#"+annasPIN+"#")
	const caller = "+79160009841"
	customer := s.calls(caller)
	s.chooses(customer, "3")
	answered := s.incoming(mobile)
	s.must(answered.HearsSound(soon, 200*time.Millisecond))
	p.kill()
	p = s.respawn(p)
	s.gone(answered)
	talk := s.incoming(mobile)
	s.must(talk.HearsSound(soon, 200*time.Millisecond))
	s.must(talk.Digits(soon, "1"))
	s.hearEachOther(customer, talk)
	p.kill()
	p = s.respawn(p)
	s.hearEachOther(customer, talk)
	s.hangsUp(customer)
	s.must(talk.HearsSound(soon, 200*time.Millisecond))
	s.must(talk.Digits(soon, "2"))
	s.gone(talk)
	s.eventually("the call is filed", func() error {
		var how string
		if err := s.query(`select disposition from contacts where caller = '`+caller+`'`, &how); err != nil || how != string(tickets.FollowUpNeeded) {
			return fmt.Errorf("%q, %v", how, err)
		}
		return nil
	})

	boris := s.agentOf(p.pages, s.person("boris"), keeps)
	customer = s.calls("+79160009842")
	s.chooses(customer, "3")
	mailbox := s.incoming(mobile)
	boris.ready()
	second := boris.answers()
	s.gone(mailbox)
	s.hearEachOther(customer, second)
	s.hangsUp(customer)
	boris.finish("resolved")
	if log := p.text(); strings.Contains(log, annasPIN) {
		t.Errorf("the PIN is in the log:\n%s", log)
	}
	p.complete(2)
	p.end()
}
