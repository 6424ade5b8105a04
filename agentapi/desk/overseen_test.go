package desk

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/telephony"
)

// listening is a line at which one supervisor comes to any call, or to none.
type listening struct {
	desks *Desks
	fails error
}

func (l *listening) Oversee(_ context.Context, call telephony.CallID, by queues.AgentID, m telephony.Manner) error {
	l.desks.Overseen([]Attendance{{By: by, Call: call, Manner: m}})
	if l.fails != nil {
		l.desks.Overseen(nil)
	}
	return l.fails
}

func (l *listening) StopOverseeing(context.Context, queues.AgentID) (telephony.CallID, error) {
	l.desks.Overseen(nil)
	return "", nil
}

// isAs checks how anna is, and will be after her wrap-up.
type isAs func(availability queues.Availability, why queues.Reason, next queues.Availability, nextWhy queues.Reason)

// routed lets a test do something with desks before a real router.
func routed(t *testing.T, test func(t *testing.T, d *Desks, line *listening, tell func(queues.Event), is isAs)) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := desks()
		router, err := acd.New(acd.Options{Config: queues.Config{Epoch: "1-", Queues: []queues.Queue{{ID: "support"}}}, Log: d.log})
		if err != nil {
			t.Fatal(err)
		}
		router.Observe(d)
		line := &listening{desks: d}
		d.router, d.oversight = router, line
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { defer close(over); _ = router.Run(ctx) }()
		defer func() { stop(); <-over }()
		tell := func(e queues.Event) {
			t.Helper()
			if err := router.Report(ctx, e); err != nil {
				t.Errorf("%T: %v", e, err)
			}
		}
		test(t, d, line, tell, func(availability queues.Availability, why queues.Reason, next queues.Availability, nextWhy queues.Reason) {
			t.Helper()
			synctest.Wait()
			s, err := router.Snapshot(ctx)
			if err != nil || len(s.Agents) != 1 {
				t.Fatalf("there are %+v, %v", s.Agents, err)
			}
			if a := s.Agents[0]; a.Availability != availability || a.Reason != why || a.Next != next || a.NextReason != nextWhy {
				t.Errorf("anna is %s (%s), and then %q (%s)", a.Availability, a.Reason, a.Next, a.NextReason)
			}
		})
	})
}

var (
	asAnna  = queues.Agent{ID: "anna"}
	listens = agentapi.Oversight{Call: "c1", Manner: agentapi.MannerListen}
)

// wrapsUp is anna's wrap-up, which goes on for a minute.
func wrapsUp() queues.WrapUpRestored {
	return queues.WrapUpRestored{Agent: "anna", Request: "c0", Queue: "support", Since: time.Now(), Deadline: time.Now().Add(time.Minute)}
}

// TestASupervisorIsOfferedCallsAgainWhenTheyHaveListened: also when they began in their wrap-up, or never came to the call.
func TestASupervisorIsOfferedCallsAgainWhenTheyHaveListened(t *testing.T) {
	for name, wrapUp := range map[string]bool{"idle": false, "in wrap-up": true} {
		for how, fails := range map[string]error{"listened": nil, "did not answer": errors.New("no answer")} {
			t.Run(name+", "+how, func(t *testing.T) {
				routed(t, func(t *testing.T, d *Desks, line *listening, tell func(queues.Event), is isAs) {
					if wrapUp {
						tell(wrapsUp())
					}
					tell(queues.AgentSignedIn{Agent: asAnna, Availability: queues.Ready})
					line.fails = fails
					if _, err := d.Oversee(t.Context(), listens, "anna"); !errors.Is(err, fails) {
						t.Fatalf("listening: %v", err)
					}
					if fails == nil {
						if wrapUp {
							is(queues.Ready, "", queues.NotReady, supervising)
						} else {
							is(queues.NotReady, supervising, "", "")
						}
						if _, err := d.StopOverseeing(t.Context(), "anna"); err != nil {
							t.Error(err)
						}
					}
					is(queues.Ready, "", "", "")
				})
			})
		}
	}
}

// What a supervisor has chosen for after their wrap-up stays so, however they listen meanwhile.
func TestListeningInWrapUpChangesNothingThatASupervisorHasChosen(t *testing.T) {
	routed(t, func(t *testing.T, d *Desks, _ *listening, tell func(queues.Event), is isAs) {
		tell(wrapsUp())
		tell(queues.AgentSignedIn{Agent: asAnna, Availability: queues.Ready})
		tell(queues.AgentNotReady{Agent: "anna", Reason: "lunch"})
		if _, err := d.Oversee(t.Context(), listens, "anna"); err != nil {
			t.Fatal(err)
		}
		is(queues.Ready, "", queues.NotReady, "lunch")
		if _, err := d.StopOverseeing(t.Context(), "anna"); err != nil {
			t.Error(err)
		}
		is(queues.Ready, "", queues.NotReady, "lunch")
	})
}

// TestARestartLeavesSupervisorsAsTheyListen: whether they are at a call counts, and not what was stored of it.
func TestARestartLeavesSupervisorsAsTheyListen(t *testing.T) {
	for name, c := range map[string]struct {
		stored             queues.AgentSignedIn
		wrapUp, at, partly bool
		availability, next queues.Availability
		reason, nextReason queues.Reason
	}{
		"at a call, and stored as ready":        {stored: queues.AgentSignedIn{Availability: queues.Ready}, at: true, availability: queues.NotReady, reason: supervising},
		"at a call, ready, and not all known":   {stored: queues.AgentSignedIn{Availability: queues.Ready}, at: true, partly: true, availability: queues.NotReady, reason: supervising},
		"at a call, and set aside":              {stored: queues.AgentSignedIn{Availability: queues.NotReady, Reason: supervising}, at: true, availability: queues.NotReady, reason: supervising},
		"at a call, and at lunch":               {stored: queues.AgentSignedIn{Availability: queues.NotReady, Reason: "lunch"}, at: true, availability: queues.NotReady, reason: "lunch"},
		"left in the gap":                       {stored: queues.AgentSignedIn{Availability: queues.NotReady, Reason: supervising}, availability: queues.Ready},
		"perhaps left":                          {stored: queues.AgentSignedIn{Availability: queues.NotReady, Reason: supervising}, partly: true, availability: queues.NotReady, reason: supervising},
		"left in the gap, in wrap-up":           {stored: queues.AgentSignedIn{Availability: queues.Ready, Next: queues.NotReady, NextReason: supervising}, wrapUp: true, availability: queues.Ready},
		"at a call in wrap-up, stored as ready": {stored: queues.AgentSignedIn{Availability: queues.Ready}, at: true, wrapUp: true, availability: queues.Ready, next: queues.NotReady, nextReason: supervising},
		"at no call, and at lunch":              {stored: queues.AgentSignedIn{Availability: queues.NotReady, Reason: "lunch"}, availability: queues.NotReady, reason: "lunch"},
		"at no call, and ready":                 {stored: queues.AgentSignedIn{Availability: queues.Ready}, availability: queues.Ready},
	} {
		t.Run(name, func(t *testing.T) {
			routed(t, func(t *testing.T, d *Desks, _ *listening, tell func(queues.Event), is isAs) {
				if c.at {
					d.Overseen([]Attendance{{By: "anna", Call: "c1"}})
				}
				if c.wrapUp {
					tell(wrapsUp())
				}
				c.stored.Agent = asAnna
				tell(c.stored)
				d.RestoreOverseers(!c.partly)
				is(c.availability, c.reason, c.next, c.nextReason)
			})
		})
	}
}
