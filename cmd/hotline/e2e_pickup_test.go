package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hotline/telephony/softphone"
)

// An agent picks up while Hotline is killed: the phone has rung until then, and waits for the next Hotline, which joins agent and caller.
// Where the caller has hung up meanwhile, the next Hotline lets the agent go.
func TestAgentWhoPicksUpDuringAKillTalksWithTheCaller(t *testing.T) {
	if *before != "" {
		t.Skip("the version before this one cuts them off")
	}
	t.Parallel()
	s, p, _ := countingStage(t)
	rings := make(chan *softphone.Ringing, 10)
	anna := s.agentOf(p.pages, s.person("anna"), softphone.Options{OnRinging: func(r *softphone.Ringing) { rings <- r }})
	anna.ready()
	customer := s.calls("+79160006551")
	s.chooses(customer, "3")
	ringing := next(s, rings, "the call")
	anna.until("offered", offered)
	p.kill()
	talk, err := ringing.Answer(t.Context())
	s.must(err)
	s.hearsMusic(customer)
	p = s.respawn(p)
	s.hearEachOther(customer, talk)
	anna.talking()
	s.lasts(talk)
	s.hangsUp(talk)
	anna.finish("resolved")
	s.gone(customer)
	if len(rings) != 0 {
		t.Error("the phone rang again")
	}
	s.eventually("the contact says who served", func() error {
		var n int
		err := s.query(`select count(*) from contacts where outcome = 'served' and agent_id = 'anna'`, &n)
		if err == nil && n != 1 {
			err = fmt.Errorf("there are %d", n)
		}
		return err
	})

	left := s.calls("+79160006552")
	s.chooses(left, "3")
	ringing = next(s, rings, "the second call")
	p.kill()
	alone, err := ringing.Answer(t.Context())
	s.must(err)
	s.hangsUp(left)
	p = s.respawn(p)
	select {
	case <-alone.Done():
	case <-time.After(atOnce):
		t.Error("the agent is not let go")
	}
	s.eventually("each call has one contact and one ticket", func() error {
		var contacts, tickets int
		err := errors.Join(s.query(`select count(*) from contacts`, &contacts), s.query(`select count(distinct ticket) from contacts where ended_at is not null`, &tickets))
		if err == nil && (contacts != 2 || tickets != 2) {
			err = fmt.Errorf("%d contacts, %d tickets", contacts, tickets)
		}
		return err
	})
	p.end()
}

// next is what comes first.
func next[T any](s *stage, from <-chan T, what string) T {
	s.t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(atOnce):
		s.t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}
