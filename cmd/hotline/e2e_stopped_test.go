package main

import (
	"syscall"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// TestWhoPicksUpWhileHotlineIsStoppedHasMissedNothing: a phone rings, Hotline is stopped, as on a machine that hangs, the agent picks up, and Hotline runs again just
// after the offer's deadline. It hears first what happened meanwhile: the two talk, and nobody has missed a call. So the connection to Asterisk is the same.
func TestWhoPicksUpWhileHotlineIsStoppedHasMissedNothing(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].OfferTimeout = 8 * time.Second
		}
	}})
	p := s.spawn()
	anna := s.agentOf(p.pages, s.person("anna"), softphone.Options{}).ready()
	customer := s.calls("+79160035101")
	s.chooses(customer, "3")
	ringing := anna.rings()
	deadline := anna.until("offered", offered).Offer.Deadline
	if left := time.Until(deadline); left < 2*time.Second {
		t.Fatalf("the phone has rung too late to see anything: the offer ends in %s", left)
	}
	s.must(p.cmd.Process.Signal(syscall.SIGSTOP))
	talk, err := ringing.Answer(t.Context())
	s.must(err)
	<-time.After(time.Until(deadline) + 700*time.Millisecond)
	s.must(p.cmd.Process.Signal(syscall.SIGCONT))
	s.hearEachOther(customer, talk)
	if me := anna.talking(); me.Availability.State != "ready" {
		t.Errorf("anna is %+v", me.Availability)
	}
	s.hangsUp(customer)
	anna.finish("resolved")
	s.counts("nobody has missed anything", map[string]int{`decisions where kind = 'missed'`: 0, `contacts where outcome = 'served'`: 1})
	s.emptyAsterisk()
	p.end()
}
