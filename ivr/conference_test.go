package ivr_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// conference is a customer and phones in one call, by name.
type conference struct {
	*house
	c      *memory.Customer
	phones map[string]*memory.Phone
}

// confers is a talk of a customer, anna, clara and a number outside, who all hear each other.
func (h *house) confers() *conference {
	h.Helper()
	w := h.answered(true)
	w.do(h.line.Join)
	k := &conference{h, w.c, map[string]*memory.Phone{"anna": w.anna, "clara": w.asked, "outside": h.sw.Outside(full(elsewhere)), "dora": h.comes("dora")}}
	k.invites(ivr.Consult{Number: full(elsewhere)}, nil)
	k.together("anna", "clara") // while it rings all talk on
	k.phones["outside"].Answer()
	later(time.Second)
	return k
}

func (k *conference) invites(c ivr.Consult, want error) {
	k.Helper()
	if err := k.line.Consult(k.Context(), k.c.ID(), "anna", c); !errors.Is(err, want) {
		k.Errorf("invited: %v, not %v", err, want)
	}
	later(time.Second)
}

// together checks that these and the customer hear each other, and that nobody else is heard by any of them or hears anything.
func (k *conference) together(names ...string) {
	k.Helper()
	for name, p := range k.phones {
		in := slices.Contains(names, name)
		if p.HearsCustomer(k.c) != in || k.c.HearsPhone(p) != in {
			k.Errorf("%s and the customer hear each other: %v, %v; together are %q", name, p.HearsCustomer(k.c), k.c.HearsPhone(p), names)
		}
		for other, q := range k.phones {
			if want := in && slices.Contains(names, other); other != name && p.HearsPhone(q) != want {
				k.Errorf("%s hears %s: %v; together are %q", name, other, !want, names)
			}
		}
	}
}

// consultations are how those of the ticket ended, sorted.
func (h *house) consultations() (all []string) {
	h.Helper()
	if err := h.register.Flush(h.Context()); err != nil {
		h.Fatal(err)
	}
	h.store.mu.Lock()
	defer h.store.mu.Unlock()
	for _, f := range h.store.facts {
		if e, is := f.Event.(tickets.Consulted); is {
			all = append(all, fmt.Sprintf("%s%s %s", e.With.ID, e.Number, e.How))
		}
	}
	slices.Sort(all)
	return all
}

// TestFiveTalkAndASixthIsRefused: whoever is let go is gone, the agent leaves, and the others talk on until the last has left the caller.
func TestFiveTalkAndASixthIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		k := h.confers()
		k.together("anna", "clara", "outside")
		h.guests("clara", elsewhere)
		for _, again := range []ivr.Consult{{Number: full(elsewhere)}, {Agent: "clara"}} {
			k.invites(again, ivr.ErrThere)
		}
		k.together("anna", "clara", "outside")
		h.guests("clara", elsewhere)
		k.invites(ivr.Consult{Agent: "dora"}, nil)
		k.invites(ivr.Consult{Number: full("+79160009999")}, ivr.ErrConsults)
		k.phones["dora"].Answer()
		later(time.Second)
		k.together("anna", "clara", "outside", "dora")
		h.guests("clara", elsewhere, "dora")
		k.invites(ivr.Consult{Number: full("+79160009999")}, ivr.ErrFull)
		for name, verb := range map[string]func(context.Context, telephony.CallID, queues.AgentID) error{"swap": h.line.Swap, "hold": h.line.Hold} {
			if err := verb(t.Context(), k.c.ID(), "anna"); err == nil {
				t.Errorf("%s in a talk of five", name)
			}
		}
		h.is("anna", queues.Ready, queues.Talking)
		for _, id := range []queues.AgentID{"clara", "dora"} {
			h.is(id, queues.Ready, queues.Consulting)
		}
		if err := h.line.Drop(t.Context(), k.c.ID(), "anna", "nobody"); !errors.Is(err, ivr.ErrNotThere) {
			t.Errorf("nobody was let go: %v", err)
		}
		if err := h.line.Drop(t.Context(), k.c.ID(), "anna", elsewhere); err != nil {
			t.Error(err)
		}
		later(time.Second)
		k.together("anna", "clara", "dora")
		if state := k.phones["outside"].State(); state != memory.Idle {
			t.Errorf("the phone of who was let go is %s", state)
		}
		h.guests("clara", "dora")

		if err := h.line.Complete(t.Context(), k.c.ID(), "anna"); err != nil {
			t.Error(err)
		}
		later(time.Second)
		k.together("clara", "dora")
		h.is("anna", queues.Ready, queues.WrapUp)
		h.is("clara", queues.Ready, queues.Talking)
		h.is("dora", queues.Ready, queues.Consulting)
		if err := h.line.Consult(t.Context(), k.c.ID(), "clara", ivr.Consult{Number: full(elsewhere)}); err != nil { // it is her talk
			t.Error(err)
		}
		later(time.Second)
		k.phones["clara"].Hangup() // while it rings
		later(time.Second)
		k.together("dora")
		h.is("dora", queues.Ready, queues.Talking)
		if state := k.phones["outside"].State(); state != memory.Idle {
			t.Errorf("the phone of who is invited no more is %s", state)
		}
		k.phones["dora"].Hangup()
		later(time.Minute)
		if contact := h.endedAs(k.c, tickets.Served); contact.Agent.ID != "dora" {
			t.Errorf("the contact is %s's", contact.Agent.ID)
		}
		want := []string{elsewhere + " revoked", elsewhere + " sent_away", "clara passed", "dora passed"}
		if got := h.consultations(); !slices.Equal(got, want) {
			t.Errorf("the ticket tells %q, not %q", got, want)
		}
	})
}

// TestAnInvitationThatRingsIsWithdrawnByWhatThePageShows: all who are there talk on.
func TestAnInvitationThatRingsIsWithdrawnByWhatThePageShows(t *testing.T) {
	for id, c := range map[string]ivr.Consult{"dora": {Agent: "dora"}, "+79160009999": {Number: full("+79160009999")}} {
		t.Run(id, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				k := h.confers()
				k.phones["second"] = h.sw.Outside(full("+79160009999"))
				k.invites(c, nil)
				h.desk.mu.Lock()
				shown := h.desk.mine["anna"].Asked
				h.desk.mu.Unlock()
				if shown == nil || shown.ID != id || shown.State != ivr.AskedRings {
					t.Fatalf("the page shows as invited %+v", shown)
				}
				if err := h.line.Drop(t.Context(), k.c.ID(), "anna", shown.ID); err != nil {
					t.Error(err)
				}
				later(time.Second)
				k.together("anna", "clara", "outside")
				h.guests("clara", elsewhere)
				h.is("dora", queues.Ready, queues.Idle)
				if state := k.phones["second"].State(); state != memory.Idle {
					t.Errorf("the phone of who is invited no more is %s", state)
				}
				k.c.Hangup()
				later(time.Minute)
			})
		})
	}
}

// TestTheAgentIsLeftWithTheCallerWhenAllGuestsAreGone, however they go.
func TestTheAgentIsLeftWithTheCallerWhenAllGuestsAreGone(t *testing.T) {
	for name, leave := range map[string]func(k *conference){
		"taken back": func(k *conference) { _ = k.line.TakeBack(k.Context(), k.c.ID(), "anna") },
		"they hang up": func(k *conference) {
			k.phones["clara"].Hangup()
			later(time.Second)
			k.together("anna", "outside")
			k.phones["outside"].Hangup()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				k := h.confers()
				leave(k)
				later(time.Second)
				k.together("anna")
				h.guests()
				h.is("clara", queues.Ready, queues.Idle)
				h.holds(k.c)
				h.resumes(k.c)
				k.c.Hangup()
				later(time.Second)
				h.endedAs(k.c, tickets.Served)
			})
		})
	}
}

// among checks that these phones hear each other, and nobody else is heard by any of them, nor hears anything.
func (k *conference) among(names ...string) {
	k.Helper()
	for name, p := range k.phones {
		for other, q := range k.phones {
			if want := slices.Contains(names, name) && slices.Contains(names, other); other != name && p.HearsPhone(q) != want {
				k.Errorf("%s hears %s: %v; together are %q", name, other, !want, names)
			}
		}
		if in := slices.Contains(names, name); in != (p.State() != memory.Idle) {
			k.Errorf("%s's phone is %s; together are %q", name, p.State(), names)
		}
	}
}

// TestCallerWhoHangsUpInATalkOfSeveralLeavesTheOthersToEachOther, as long as the agent and somebody with them stay; whose phone rings for it is asked no more,
// and has missed nothing. The contact has ended with the caller, and wrap-up begins when it is over.
func TestCallerWhoHangsUpInATalkOfSeveralLeavesTheOthersToEachOther(t *testing.T) {
	for _, rings := range []bool{false, true} {
		for _, leave := range [][]string{{"anna"}, {"clara", "anna"}, {"clara", "outside"}, {"outside", "clara"}} {
			t.Run(fmt.Sprintf("%v, somebody is invited: %v", leave, rings), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := open(t)
					k := h.confers()
					if rings {
						k.invites(ivr.Consult{Agent: "dora"}, nil)
					}
					k.c.Hangup()
					gone := time.Now()
					later(time.Minute)
					k.among("anna", "clara", "outside")
					h.is("anna", queues.Ready, queues.Talking)
					h.is("clara", queues.Ready, queues.Consulting)
					h.is("dora", queues.Ready, queues.Idle)
					h.desk.mu.Lock()
					shown := h.desk.mine["anna"]
					h.desk.mu.Unlock()
					if a := shown.Asked; a == nil || a.State != ivr.AskedAlone || a.ID != "clara" || len(shown.Guests) != 1 || shown.Guests[0].ID != elsewhere {
						t.Errorf("anna's page shows %+v beside %+v", a, shown.Guests)
					}
					if c := h.contact(k.c); c.Outcome != tickets.Served || !c.EndedAt.Equal(gone) {
						t.Errorf("the contact is %s, and has ended at %s, not at %s", c.Outcome, c.EndedAt, gone)
					}
					for name, verb := range map[string]func(context.Context, telephony.CallID, queues.AgentID) error{
						"swap": h.line.Swap, "take back": h.line.TakeBack, "complete": h.line.Complete, "hold": h.line.Hold,
					} {
						if err := verb(t.Context(), k.c.ID(), "anna"); err == nil {
							t.Errorf("%s without a caller", name)
						}
					}
					k.invites(ivr.Consult{Number: full("+79160009999")}, ivr.ErrTalkOver)
					k.among("anna", "clara", "outside")

					k.phones[leave[0]].Hangup()
					later(time.Second)
					if len(leave) > 1 {
						left := slices.DeleteFunc([]string{"anna", "clara", "outside"}, func(name string) bool { return name == leave[0] })
						k.among(left...)
						if leave[0] == "clara" {
							h.is("clara", queues.Ready, queues.Idle)
						}
						k.phones[leave[1]].Hangup()
						later(time.Second)
					}
					k.among()
					h.is("anna", queues.Ready, queues.WrapUp)
					h.is("clara", queues.Ready, queues.Idle)
					how := map[string]string{"clara": tickets.ConsultOver, elsewhere: tickets.ConsultOver}
					if len(leave) > 1 {
						how[map[string]string{"clara": "clara", "outside": elsewhere}[leave[0]]] = tickets.ConsultLeft
					}
					if rings {
						how["dora"] = tickets.ConsultOver
					}
					var want []string
					for who, how := range how {
						want = append(want, who+" "+how)
					}
					slices.Sort(want)
					if got := h.consultations(); !slices.Equal(got, want) {
						t.Errorf("the ticket tells %q, not %q", got, want)
					}
					h.endedAs(k.c, tickets.Served)
				})
			})
		}
	}
}

// TestCallerTalksOnWithThoseOutsideWhomTheAgentHasLeftThemWith, through a restart. What is said when no agent is there is on no recording, and nobody begins one.
func TestCallerTalksOnWithThoseOutsideWhomTheAgentHasLeftThemWith(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		r, change := records(ivr.RecordingRule{Share: 100, OnDemand: true})
		h := open(t, change)
		k := h.confers()
		if err := h.line.Drop(t.Context(), k.c.ID(), "anna", "clara"); err != nil {
			t.Error(err)
		}
		second := h.sw.Outside(full("+79160009999"))
		k.phones["second"] = second
		k.invites(ivr.Consult{Number: full("+79160009999")}, nil)
		second.Answer()
		later(time.Second)
		k.together("anna", "outside", "second")
		k.phones["anna"].Hangup()
		alone := time.Now()
		begins := func() {
			for why, by := range map[string]string{tape.ByAgent: "anna", tape.ByAPI: "crm"} {
				if err := h.line.Record(t.Context(), k.c.ID(), ivr.StartRecording, why, by); !errors.Is(err, ivr.ErrTalkOver) {
					t.Errorf("%s begins to record those outside: %v", by, err)
				}
			}
		}
		later(time.Second)
		k.together("outside", "second")
		begins()
		h.restarts(cause, time.Second, "anna")
		k.together("outside", "second")
		begins()
		later(time.Minute)
		k.phones["outside"].Hangup()
		later(time.Second)
		k.together("second")
		second.Hangup()
		later(time.Minute)
		h.endedAs(k.c, tickets.Served)
		want := []string{elsewhere + " passed", "+79160009999 left", "clara sent_away"}
		if got := h.consultations(); !slices.Equal(got, want) {
			t.Errorf("the ticket tells %q, not %q", got, want)
		}
		customer, others := h.tracks(k.c)
		for _, s := range slices.Concat(customer, others) {
			if s.to.After(alone.Add(100 * time.Millisecond)) {
				t.Errorf("anna left at %v, and somebody is recorded from %v to %v; the facts are %s", alone, s.from, s.to, r.told())
			}
		}
		if len(customer) == 0 || len(others) < 3 {
			t.Errorf("while anna was there the tracks were %v and %v", customer, others)
		}
	})
}

// TestATalkOfSeveralIsRecordedOnWithTheAgentWhoIsLeft: whoever of them is outside, too, through a restart.
func TestATalkOfSeveralIsRecordedOnWithTheAgentWhoIsLeft(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		r, change := records(always)
		h := open(t, change)
		k := h.confers()
		k.phones["anna"].Hangup()
		later(time.Second)
		k.together("clara", "outside")
		passed := time.Now()
		later(time.Minute)
		h.restarts(cause, time.Second, "anna", "clara")
		k.together("clara", "outside")
		h.showsRecording(ivr.IsRecording)
		later(time.Minute)
		for _, name := range []string{"outside", "clara"} { // without the caller they would talk on
			k.phones[name].Hangup()
		}
		k.c.Hangup()
		later(time.Second)
		h.endedAs(k.c, tickets.Served)
		lasted := time.Since(passed) - time.Second
		var most time.Duration
		customer, others := h.tracks(k.c)
		for _, all := range [][]span{customer, others} {
			var sum time.Duration
			for _, s := range all {
				if s.to.After(passed) {
					sum += s.to.Sub(maxTime(s.from, passed))
				}
			}
			most = max(most, sum)
			if sum < lasted-3*time.Second {
				t.Errorf("for %v after anna had left only %v are recorded: %v; the facts are %s", lasted, sum, all, r.told())
			}
		}
		if most < 2*lasted-6*time.Second {
			t.Errorf("of clara and who is outside together %v are recorded, in %v", most, lasted)
		}
		if told := r.told(); !strings.Contains(told, "left anna, joined clara") || !strings.HasSuffix(told, "left clara, ended") {
			t.Errorf("the facts are %s", told)
		}
	})
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// TestAnInvitationThatDiesWithHotlineIsTold once: on the page of who invited, where they are there still, and with the ticket; and the note forgets it.
func TestAnInvitationThatDiesWithHotlineIsTold(t *testing.T) {
	for _, stays := range []bool{true, false} {
		restart(t, func(t *testing.T, cause error) {
			h := open(t)
			k := h.confers()
			k.invites(ivr.Consult{Agent: "dora"}, nil)
			h.stop(cause)
			if !stays {
				k.phones["anna"].Hangup()
			}
			there := []queues.AgentID{"clara", "dora"}
			if stays {
				there = append(there, "anna")
			}
			h.restarts(nil, time.Second, there...)
			if strings.Contains(k.c.Note(), `"asked"`) {
				t.Errorf("the note is %s", k.c.Note())
			}
			h.is("dora", queues.Ready, queues.Idle)
			if stays {
				k.together("anna", "clara", "outside")
				h.guests("clara", elsewhere)
				if a := h.desk.mine["anna"].Asked; a == nil || a.State != ivr.AskedOver || a.How != string(queues.OfferHasFailed) {
					t.Errorf("anna's page shows %+v", a)
				}
			} else {
				k.together("clara", "outside")
			}
			h.restarts(cause, time.Second, there...)
			told := slices.DeleteFunc(h.consultations(), func(c string) bool { return !strings.HasPrefix(c, "dora") })
			if want := []string{"dora failed"}; !slices.Equal(told, want) {
				t.Errorf("the ticket tells %q, not %q", told, want)
			}
			for _, name := range []string{"outside", "clara", "anna"} {
				k.phones[name].Hangup()
			}
			k.c.Hangup()
			later(time.Minute)
			h.endedAs(k.c, tickets.Served)
		})
	}
}

// TestNobodyInATalkOfSeveralIsLostByAKill: whatever moment Hotline dies in, nobody who is there hears silence, and the next one knows all of them.
func TestNobodyInATalkOfSeveralIsLostByAKill(t *testing.T) {
	for name, act := range map[string]func(k *conference){
		"a third is invited": func(k *conference) {
			_ = k.line.Consult(k.Context(), k.c.ID(), "anna", ivr.Consult{Agent: "dora"})
			later(time.Second)
			k.phones["dora"].Answer()
		},
		"one is let go":    func(k *conference) { _ = k.line.Drop(k.Context(), k.c.ID(), "anna", elsewhere) },
		"the agent leaves": func(k *conference) { _ = k.line.Complete(k.Context(), k.c.ID(), "anna") },
		"all are let go":   func(k *conference) { _ = k.line.TakeBack(k.Context(), k.c.ID(), "anna") },
		"one is asked alone again, and joined": func(k *conference) {
			_ = k.line.Drop(k.Context(), k.c.ID(), "anna", elsewhere)
			_ = k.line.Swap(k.Context(), k.c.ID(), "anna")
			_ = k.line.Join(k.Context(), k.c.ID(), "anna")
		},
	} {
		t.Run(name, func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				k := h.confers()
				kill()
				act(k)
				later(2 * time.Second)
				killed := !h.sw.Connected()
				h.sw.CrashAfter(0, nil)
				if killed {
					h.restarts(memory.ErrCrashed, time.Second, "anna", "clara", "dora")
					h.resumed(1)
				}
				if name == "a third is invited" && killed { // and where she has not come, the ticket tells that
					told := slices.ContainsFunc(h.consultations(), func(c string) bool { return c == "dora failed" || c == "dora left" })
					if told == (k.phones["dora"].State() == memory.Talking) || strings.Contains(k.c.Note(), `"asked"`) {
						t.Errorf("the ticket tells it: %v, and the note is %s", told, k.c.Note())
					}
				}
				// Whoever is in the call is together with the caller, or one of two hears music.
				var there []string
				for who, p := range k.phones {
					if p.State() == memory.Talking {
						there = append(there, who)
						if !p.HearsCustomer(k.c) && !p.HearsMedia() && k.c.HearsMusic() == "" {
							t.Errorf("%s is there and hears nobody", who)
						}
					}
				}
				if len(there) == 0 || !slices.ContainsFunc(there, func(who string) bool { return k.c.HearsPhone(k.phones[who]) }) && k.c.HearsMusic() == "" {
					t.Errorf("the customer hears nobody; there are %q", there)
				}
				for _, who := range there {
					if who == "outside" {
						continue
					}
					if a := h.agent(queues.AgentID(who)).Activity; a == queues.Idle || a == queues.WrapUp {
						t.Errorf("%s talks, and the router has them %s", who, a)
					}
				}
				// The agent whose talk it is lets all go or leaves, and in the end nothing is left.
				for _, who := range there {
					k.phones[who].Hangup()
					later(time.Second)
				}
				k.c.Hangup()
				later(time.Minute)
				if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 || h.line.Live() != 0 {
					t.Errorf("%d channels and %d bridges are left", channels, bridges)
				}
				for _, s := range h.snapshot().Agents {
					if s.Activity != queues.Idle && s.Activity != queues.WrapUp {
						t.Errorf("%s is %s after all", s.ID, s.Activity)
					}
				}
				return killed
			})
		})
	}
}
