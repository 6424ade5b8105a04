package ivr_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// calls lets an agent call a number from the desk.
func (h *house) callsOut(agent queues.AgentID, number string, about tickets.Number) telephony.CallID {
	h.Helper()
	id, err := h.line.CallOut(h.Context(), ivr.OutboundCall{Agent: agent, Queue: "support", Number: full(number), Ticket: about})
	if err != nil {
		h.Fatal(err)
	}
	synctest.Wait()
	return id
}

// nothingLeft checks that the switch and the line have forgotten all calls.
func (h *house) nothingLeft() {
	h.Helper()
	if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 || h.line.Live() != 0 {
		h.Errorf("%d channels and %d bridges are left, %d calls live on", channels, bridges, h.line.Live())
	}
}

func TestAgentCallsACustomerFromTheDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
		id := h.callsOut("anna", ivan, "")
		if anna.State() != memory.Ringing || home.State() != memory.Idle {
			t.Fatalf("anna's phone is %s, and the customer's %s", anna.State(), home.State())
		}
		anna.Answer()
		later(2 * time.Second)
		if home.State() != memory.Ringing {
			t.Fatalf("the customer's phone is %s", home.State())
		}
		shown := h.desk.last("talking anna")
		if shown.pop.Ticket.Number == "" || shown.pop.Caller.From.Key() != ivan {
			t.Errorf("the desk shows %+v", shown.pop)
		}
		home.Answer()
		later(time.Minute)
		h.is("anna", queues.Ready, queues.Talking)
		anna.Hangup()
		later(5 * time.Second)
		h.is("anna", queues.Ready, queues.WrapUp)
		if home.State() != memory.Idle {
			t.Errorf("the customer's phone is %s after the talk", home.State())
		}
		c := h.store.Contacts()[tickets.OfCall(id)]
		if c.Outcome != tickets.Served || c.Ticket != shown.pop.Ticket.Number || c.Agent.ID != "anna" {
			t.Errorf("the contact is %+v", c)
		}
		h.nothingLeft()
	})
}

func TestAgentCallsAboutATicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
		home.Answers(time.Second)
		first := h.callsOut("anna", ivan, "")
		anna.Answer()
		later(10 * time.Second)
		anna.Hangup()
		later(time.Minute)
		about := h.store.Contacts()[tickets.OfCall(first)].Ticket
		second := h.callsOut("anna", ivan, about)
		anna.Answer()
		later(10 * time.Second)
		home.Hangup()
		later(time.Minute)
		if c := h.store.Contacts()[tickets.OfCall(second)]; c.Ticket != about || c.Outcome != tickets.Served {
			t.Errorf("the second call is %+v, about %s", c, about)
		}
		h.nothingLeft()
	})
}

func TestWhoReachesNobodyIsWhatTheyWereBefore(t *testing.T) {
	for name, how := range map[string]func(anna, home *memory.Phone){
		"declined": func(anna, home *memory.Phone) { anna.Answer(); later(time.Second); home.Decline() },
		"nobody":   func(anna, home *memory.Phone) { anna.Answer(); later(2 * time.Minute) },
		"agent":    func(anna, home *memory.Phone) { anna.Answer(); later(time.Second); anna.Hangup() },
		"own":      func(anna, home *memory.Phone) { later(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
				id := h.callsOut("anna", ivan, "")
				how(anna, home)
				later(10 * time.Second)
				h.is("anna", queues.Ready, queues.Idle)
				c, dialled := h.store.Contacts()[tickets.OfCall(id)]
				if dialled != (name != "own") || dialled && c.Outcome != tickets.NotReached {
					t.Errorf("the contact is %+v, %v", c, dialled)
				}
				h.nothingLeft()
			})
		})
	}
}

func TestWhoMayNotBeCalledIsNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) { h.mayCall = func(n telephony.Number) bool { return n.Key() != ivan } })
		h.comes("anna")
		_, err := h.line.CallOut(t.Context(), ivr.OutboundCall{Agent: "anna", Queue: "support", Number: full(ivan)})
		if !errors.Is(err, ivr.ErrMayNotCall) {
			t.Errorf("the call gave %v", err)
		}
		if _, err = h.line.CallOut(t.Context(), ivr.OutboundCall{Agent: "boris", Queue: "support", Number: full("+74951112233")}); !errors.Is(err, queues.ErrUnknownAgent) {
			t.Errorf("the call of somebody who is not there gave %v", err)
		}
		h.is("anna", queues.Ready, queues.Idle)
	})
}

// At no hour at which a number is not called do agents call it, send callers there, or ask somebody there: they are told when they may.
func TestNumbersOutsideAreNotCalledOutsideTheirHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens := time.Now().Add(time.Hour)
		h := open(t, func(h *house) {
			h.options.CallHours = func(n telephony.Number, at time.Time) (time.Time, bool) {
				return opens, n.Key() != elsewhere || !at.Before(opens)
			}
		})
		c, _ := h.talks()
		h.comes("boris")
		tries := map[string]func() error{
			"call": func() error {
				_, err := h.line.CallOut(t.Context(), ivr.OutboundCall{Agent: "boris", Queue: "support", Number: full(elsewhere)})
				return err
			},
			"consult": func() error {
				return h.line.Consult(t.Context(), c.ID(), "anna", ivr.Consult{Number: full(elsewhere)})
			},
			"transfer": func() error {
				return h.line.Transfer(t.Context(), c.ID(), "anna", ivr.Transfer{Number: full(elsewhere)})
			},
		}
		for name, try := range tries {
			if err := try(); !errors.Is(err, ivr.HoursError{Opens: opens}) {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.is("anna", queues.Ready, queues.Talking)
		h.is("boris", queues.Ready, queues.Idle)
		if got, is := errors.AsType[ivr.HoursError](tries["consult"]()); !is || !strings.Contains(got.Error(), opens.Format("15:04")) {
			t.Errorf("nobody is told when: %v", got)
		}
		if err := h.line.Consult(t.Context(), c.ID(), "anna", ivr.Consult{Number: full("+74951112233")}); err != nil {
			t.Errorf("a number that may be called: %v", err)
		}
		if err := h.line.TakeBack(t.Context(), c.ID(), "anna"); err != nil {
			t.Error(err)
		}
		later(time.Hour)
		if err := tries["consult"](); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

// Whoever is killed leaves the two talking, and the next one finds them, with wrap-up at the end and no answered caller in the figures.
func TestAKilledHotlineLeavesAnAgentsCallGoingOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
		id := h.callsOut("anna", ivan, "")
		anna.Answer()
		later(time.Second)
		home.Answer()
		later(20 * time.Second)
		h.restarts(memory.ErrCrashed, 3*time.Second, "anna")
		h.resumed(1)
		h.is("anna", queues.Ready, queues.Talking)
		home.Hangup()
		later(5 * time.Second)
		h.is("anna", queues.Ready, queues.WrapUp)
		if c := h.store.Contacts()[tickets.OfCall(id)]; c.Outcome != tickets.Served {
			t.Errorf("the contact is %+v", c)
		}
		h.nothingLeft()
	})
}

// Whom an agent has called hears nothing after the talk, and is asked for no mark, whenever Hotline is killed.
func TestWhomAnAgentHasCalledHearsNothingAfterTheTalkThoughHotlineIsKilled(t *testing.T) {
	for _, when := range []string{"in the talk", "as the agent hangs up"} {
		t.Run(when, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, surveys)
				anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
				h.callsOut("anna", ivan, "")
				anna.Answer()
				later(time.Second)
				home.Answer()
				later(40 * time.Second)
				if when == "in the talk" {
					h.restarts(memory.ErrCrashed, time.Second, "anna")
					anna.Hangup()
				} else {
					h.stop(memory.ErrCrashed)
					anna.Hangup()
					h.restarts(nil, time.Second)
				}
				before := len(home.Hears())
				later(time.Minute)
				if all := home.Hears(); len(all) > before {
					t.Errorf("the customer hears %v", all[before:])
				}
				if home.State() == memory.Talking {
					t.Error("the customer is on the line still")
				}
				h.nothingLeft()
			})
		})
	}
}

// Who talks on with a colleague after the customer, whom they have called, has left sees whom the talk was with, through restarts before and after that.
func TestWhoWasCalledIsKnownThroughRestartsWhenTheyHaveLeft(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
		id := h.callsOut("anna", ivan, "")
		anna.Answer()
		later(time.Second)
		home.Answer()
		later(5 * time.Second)
		clara := h.comes("clara")
		if err := h.line.Consult(t.Context(), id, "anna", ivr.Consult{Agent: "clara"}); err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		clara.Answer()
		later(2 * time.Second)
		h.restarts(cause, time.Second, "anna", "clara")
		home.Hangup()
		later(2 * time.Second)
		h.restarts(cause, time.Second, "anna", "clara")
		h.resumed(1)
		if shown := h.desk.last("talking anna"); shown.pop.Caller.From.Key() != ivan {
			t.Errorf("the desk shows %+v", shown.pop.Caller)
		}
		clara.Hangup()
		later(5 * time.Second)
		h.is("anna", queues.Ready, queues.WrapUp)
		h.nothingLeft()
	})
}

// Whom an agent has called is after a restart who they were before: on the phones of whoever is called for them, and to the bounds of calls that are sent on.
func TestWhoWasCalledIsShownWithTheirNumberAfterARestart(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, func(h *house) { h.options.ShowsCallers = true })
		anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
		h.sw.Outside(full(elsewhere)).Answers(time.Second)
		id := h.callsOut("anna", ivan, "")
		anna.Answer()
		later(time.Second)
		home.Answer()
		later(5 * time.Second)
		h.restarts(cause, time.Second, "anna")
		shows := func(p *memory.Phone) {
			t.Helper()
			if rings := p.Rings(); len(rings) == 0 || rings[len(rings)-1].From.Key() != ivan {
				t.Errorf("the phone %s has rung so: %+v", p.Address(), rings)
			}
		}
		if err := h.line.Consult(t.Context(), id, "anna", ivr.Consult{Number: full(ivan)}); !errors.Is(err, ivr.ErrMayNotCall) {
			t.Errorf("who is called is asked about themselves: %v", err)
		}
		if err := h.line.Consult(t.Context(), id, "anna", ivr.Consult{Number: full(elsewhere)}); err != nil {
			t.Fatal(err)
		}
		later(5 * time.Second)
		shows(h.sw.Outside(full(elsewhere)))
		if err := h.line.TakeBack(t.Context(), id, "anna"); err != nil {
			t.Fatal(err)
		}
		boris := h.comes("boris")
		anna.Vanish()
		later(5 * time.Second)
		shows(boris)
		boris.Answer()
		later(5 * time.Second)
		home.Hangup()
		later(5 * time.Second)
		h.nothingLeft()
	})
}

// From the moment in which the customer is on the line they stay there, whatever happens to Hotline, and their phone rings once.
func TestACustomerWhomAnAgentCallsIsNotLostByAKill(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		h.sw.Phone("anna").Answers(time.Second)
		anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
		h.callsOut("anna", ivan, "")
		for home.State() != memory.Ringing {
			later(time.Second)
		}
		kill()
		home.Answer()
		later(5 * time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if home.State() != memory.Talking {
			t.Errorf("the customer's phone is %s", home.State())
		}
		if killed {
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.resumed(1)
		}
		later(5 * time.Second)
		if !home.HearsPhone(anna) || len(home.Rings()) != 1 {
			t.Errorf("the customer does not hear anna, or was called %d times", len(home.Rings()))
		}
		home.Hangup()
		later(5 * time.Second)
		h.nothingLeft()
		return killed
	})
}

// Until the customer is on the line nothing of an agent's call outlives a kill: whatever moment Hotline dies in, no phone rings on or plays music to nobody, and
// the agent calls again.
func TestAnAgentsCallThatReachedNobodyIsOverWithAKilledHotline(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		h.sw.Phone("anna").Answers(2 * time.Second)
		anna, home := h.comes("anna"), h.sw.Outside(full(ivan))
		kill()
		id, _ := h.line.CallOut(t.Context(), ivr.OutboundCall{Agent: "anna", Queue: "support", Number: full(ivan)}) // the kill may come first
		later(10 * time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if killed {
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			later(10 * time.Second)
			if anna.State() != memory.Idle || home.State() != memory.Idle {
				t.Errorf("anna's phone is %s, and the customer's %s", anna.State(), home.State())
			}
			h.is("anna", queues.Ready, queues.Idle)
			h.nothingLeft()
			id = h.callsOut("anna", ivan, "")
			later(5 * time.Second)
		}
		home.Answer()
		later(5 * time.Second)
		if !home.HearsPhone(anna) {
			t.Errorf("anna's phone is %s, the customer's %s, and they do not hear each other", anna.State(), home.State())
		}
		home.Hangup()
		later(5 * time.Second)
		h.nothingLeft()
		if c := h.store.Contacts()[tickets.OfCall(id)]; c.Outcome != tickets.Served {
			t.Errorf("the contact is %+v", c)
		}
		return killed
	})
}
