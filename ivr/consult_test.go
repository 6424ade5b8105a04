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
	"hotline/queues/words"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// consultation is a talk of a customer and anna, in which somebody is asked whose phone is there.
type consultation struct {
	*house
	c           *memory.Customer
	anna, asked *memory.Phone
	agent       bool // clara is asked, and nobody outside
}

// consults is a talk in which anna asks clara, or somebody outside, whose phone rings.
func (h *house) consults(agent bool) *consultation {
	h.Helper()
	c, anna := h.talks()
	w := &consultation{house: h, c: c, anna: anna, agent: agent}
	to := ivr.Consult{Note: "про счёт", Agent: "clara"}
	if agent {
		w.asked = h.comes("clara")
	} else {
		to, w.asked = ivr.Consult{Number: full(elsewhere)}, h.sw.Outside(full(elsewhere))
	}
	if err := h.line.Consult(h.Context(), c.ID(), "anna", to); err != nil {
		h.Fatalf("consult: %v", err)
	}
	later(time.Second)
	return w
}

func (h *house) answered(agent bool) *consultation {
	h.Helper()
	w := h.consults(agent)
	w.asked.Answer()
	later(2 * time.Second)
	return w
}

// do does something in the talk.
func (w *consultation) do(verb func(context.Context, telephony.CallID, queues.AgentID) error) {
	w.Helper()
	if err := verb(w.Context(), w.c.ID(), "anna"); err != nil {
		w.Errorf("%v", err)
	}
	synctest.Wait()
}

// hear checks who hears whom: "CA" is that customer (C), anna (A) and who is asked (T) hear each other if they are both in it, and of those
// who are beside it that they hear music and nobody.
func (w *consultation) hear(together, music string) {
	w.Helper()
	in := func(who string) bool { return strings.Contains(together, who) }
	for _, pair := range []struct {
		who         string
		there, back bool
	}{
		{"CA", w.c.HearsPhone(w.anna), w.anna.HearsCustomer(w.c)},
		{"CT", w.c.HearsPhone(w.asked), w.asked.HearsCustomer(w.c)},
		{"AT", w.anna.HearsPhone(w.asked), w.asked.HearsPhone(w.anna)},
	} {
		want := in(pair.who[:1]) && in(pair.who[1:])
		if pair.there != want || pair.back != want {
			w.Errorf("%s hear each other: %v, %v; together are %s", pair.who, pair.there, pair.back, together)
		}
	}
	if got := w.c.HearsMusic() != ""; got != strings.Contains(music, "C") {
		w.Errorf("the customer hears music: %v", got)
	}
	if got := w.asked.HearsMedia(); got != strings.Contains(music, "T") {
		w.Errorf("who is asked hears music: %v", got)
	}
}

// are checks what the router says of anna and clara.
func (w *consultation) are(anna, clara queues.Activity) {
	w.Helper()
	w.is("anna", queues.Ready, anna)
	if w.agent {
		w.is("clara", queues.Ready, clara)
	}
}

// shows is what anna's page shows of who is asked.
func (w *consultation) shows(state, how string) {
	w.Helper()
	w.desk.mu.Lock()
	defer w.desk.mu.Unlock()
	a := w.desk.mine["anna"].Asked
	if state == "" && a == nil {
		return
	}
	if a == nil || a.State != state || a.How != how || (a.Who == "") == w.agent {
		w.Errorf("anna's page shows %+v, not %s %s", a, state, how)
	}
}

// key is what who is asked is known by as a guest.
func (w *consultation) key() string {
	if w.agent {
		return "clara"
	}
	return elsewhere
}

// guests checks whom the agent's page shows as guests.
func (h *house) guests(want ...string) {
	h.Helper()
	h.desk.mu.Lock()
	defer h.desk.mu.Unlock()
	var got []string
	for _, g := range h.desk.mine["anna"].Guests {
		got = append(got, g.ID)
	}
	if !slices.Equal(got, want) {
		h.Errorf("the page shows as guests %q, not %q", got, want)
	}
}

// haveBothGone says that whoever asked and whom they asked talk no more: the one wraps up, the other is idle.
func (w *consultation) haveBothGone() {
	w.Helper()
	if w.asked.State() != memory.Idle || w.anna.State() != memory.Idle {
		w.Errorf("the phones are %s and %s", w.anna.State(), w.asked.State())
	}
	w.are(queues.WrapUp, queues.Idle)
	w.told(tickets.ConsultOver)
}

// told is what the ticket tells of the consultation.
func (w *consultation) told(how string) {
	w.Helper()
	if err := w.register.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	var all []tickets.Consulted
	for _, f := range w.store.facts {
		if e, is := f.Event.(tickets.Consulted); is {
			all = append(all, e)
		}
	}
	if len(all) != 1 || all[0].How != how || all[0].Agent.ID != "anna" || (all[0].With.ID == "clara") != w.agent || (all[0].Number == elsewhere) == w.agent {
		w.Errorf("the ticket tells %+v, not that it was %s", all, how)
	}
}

// TestAgentAsksAndSpeaksWithEitherOfTwo: each state of it, and back, with a colleague and with somebody outside.
func TestAgentAsksAndSpeaksWithEitherOfTwo(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.consults(agent)
			w.hear("", "C")
			w.are(queues.Consulting, queues.Ringing)
			w.shows(ivr.AskedRings, "")
			for name, verb := range map[string]func(context.Context, telephony.CallID, queues.AgentID) error{"hold": h.line.Hold, "resume": h.line.Resume, "swap": h.line.Swap, "join": h.line.Join, "complete": h.line.Complete} {
				if err := verb(t.Context(), w.c.ID(), "anna"); !errors.Is(err, ivr.ErrConsults) && !errors.Is(err, ivr.ErrNotConsulting) {
					t.Errorf("%s while it rings: %v", name, err)
				}
			}
			if err := h.line.Consult(t.Context(), w.c.ID(), "anna", ivr.Consult{Agent: "clara"}); !errors.Is(err, ivr.ErrConsults) {
				t.Errorf("asked twice: %v", err)
			}
			if err := h.line.Transfer(t.Context(), w.c.ID(), "anna", ivr.Transfer{Queue: "support"}); !errors.Is(err, ivr.ErrConsults) {
				t.Errorf("transferred meanwhile: %v", err)
			}
			w.asked.Answer()
			later(2 * time.Second)
			for range 2 {
				w.hear("AT", "C")
				w.are(queues.Consulting, queues.Consulting)
				w.shows(ivr.AskedTalks, "")
				w.do(h.line.Swap)
				w.hear("CA", "T")
				w.are(queues.Talking, queues.Consulting)
				w.shows(ivr.AskedSwapped, "")
				w.do(h.line.Swap)
			}
			later(5 * time.Minute) // reminders, which take nobody out of it
			w.hear("AT", "C")
			w.do(h.line.Join)
			w.hear("CAT", "")
			w.are(queues.Talking, queues.Consulting)
			w.shows("", "")
			w.guests(w.key())
			w.do(h.line.Swap)
			w.hear("AT", "C")
			w.do(h.line.TakeBack)
			w.hear("CA", "")
			w.are(queues.Talking, queues.Idle)
			w.shows("", "")
			w.told(tickets.ConsultTakenBack)
			w.anna.Hangup()
			later(time.Minute)
			h.endedAs(w.c, tickets.Served)
			if f := h.snapshot().Queues[0].Figures; f.Answered != 1 {
				t.Errorf("the figures are %+v", f)
			}
		})
	}
}

// TestCallerIsPassedOnToWhoWasAsked: by the agent, from the consultation, the swap and the conference, and by the agent's hang-up.
func TestCallerIsPassedOnToWhoWasAsked(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for name, pass := range map[string]func(w *consultation){
			"completes":                  func(w *consultation) { w.do(w.line.Complete) },
			"swaps and completes":        func(w *consultation) { w.do(w.line.Swap); w.do(w.line.Complete) },
			"joins and leaves":           func(w *consultation) { w.do(w.line.Join); w.do(w.line.Complete) },
			"hangs up":                   func(w *consultation) { w.anna.Hangup() },
			"hangs up on who was asked":  func(w *consultation) { w.do(w.line.Swap); w.anna.Hangup() },
			"hangs up in the conference": func(w *consultation) { w.do(w.line.Join); w.anna.Hangup() },
			"is not heard of any more":   func(w *consultation) { w.anna.Vanish() },
			"hangs up from the page":     func(w *consultation) { _, _ = w.line.HangUpAgent(w.Context(), w.c.ID(), "anna") },
		} {
			t.Run(fmt.Sprintf("%s, a colleague %v", name, agent), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := open(t)
					w := h.answered(agent)
					pass(w)
					later(time.Second)
					w.hear("CT", "")
					if w.anna.State() != memory.Idle {
						t.Errorf("anna's phone is %s", w.anna.State())
					}
					w.told(tickets.ConsultPassed)
					if h.agent("anna").Activity != queues.WrapUp {
						t.Errorf("anna is %+v", h.agent("anna"))
					}
					if agent {
						h.is("clara", queues.Ready, queues.Talking)
						if s := h.desk.last("talking clara").pop.Sender; s == nil || s.Agent.ID != "anna" || s.Note != "про счёт" {
							t.Errorf("clara is told of who had the caller: %+v", s)
						}
						if s := h.desk.last("pop clara").pop.Asks; s == nil || s.Agent.ID != "anna" || s.Note != "про счёт" {
							t.Errorf("clara was told of who asks: %+v", s)
						}
						if err := h.line.Hold(t.Context(), w.c.ID(), "clara"); err != nil { // it is her talk
							t.Error(err)
						}
						h.is("clara", queues.Ready, queues.OnHold)
						if err := h.line.Resume(t.Context(), w.c.ID(), "clara"); err != nil {
							t.Error(err)
						}
					}
					w.asked.Hangup()
					later(time.Minute)
					contact := h.endedAs(w.c, tickets.Served)
					if agent && contact.Agent.ID != "clara" {
						t.Errorf("the contact is %s's", contact.Agent.ID)
					}
					if f := h.snapshot().Queues[0].Figures; f.Answered != 1 {
						t.Errorf("the figures are %+v", f)
					}
				})
			})
		}
	}
}

// TestWhoHasPassedTheCallerOnHangsUpNobodyElse: with a second press of the button, which comes when the caller is another's.
func TestWhoHasPassedTheCallerOnHangsUpNobodyElse(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.answered(agent)
			for _, want := range []bool{true, false} {
				if there, err := h.line.HangUpAgent(t.Context(), w.c.ID(), "anna"); there != want || err != nil {
					t.Errorf("hung up: %v, %v, not %v", there, err, want)
				}
				later(time.Second)
				w.hear("CT", "")
			}
			w.asked.Hangup()
			later(time.Minute)
			h.endedAs(w.c, tickets.Served)
		})
	}
}

// TestWhatWhoHasPassedTheCallerOnPressesInThatMomentDisturbsNobody: it comes to be done when the caller is another's.
func TestWhatWhoHasPassedTheCallerOnPressesInThatMomentDisturbsNobody(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.answered(agent)
			w.do(h.line.Complete)
			id := w.c.ID()
			for name, err := range map[string]error{
				"hold":     h.line.Hold(t.Context(), id, "anna"),
				"transfer": h.line.Transfer(t.Context(), id, "anna", ivr.Transfer{Queue: "support"}),
				"swap":     h.line.Swap(t.Context(), id, "anna"),
				"type":     h.line.Type(t.Context(), id, "anna", "1"),
				"record":   h.line.Record(t.Context(), id, ivr.StartRecording, tape.ByAgent, "anna"),
			} {
				if !errors.Is(err, ivr.ErrTalkOver) {
					t.Errorf("%s: %v", name, err)
				}
			}
			w.hear("CT", "")
			w.c.Hangup()
			later(time.Minute)
			h.endedAs(w.c, tickets.Served)
		})
	}
}

// TestWhatTheStoreSaysLateIsShownToWhoHasTheCallerThen: after a restart the answer may come when they were passed on.
func TestWhatTheStoreSaysLateIsShownToWhoHasTheCallerThen(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.answered(agent)
			h.store.SetAway(true)
			h.restarts(memory.ErrCrashed, time.Second, "anna", "clara")
			w.do(h.line.Complete)
			later(time.Second)
			passed := len(strings.Split(h.desk.story(), ", "))
			h.store.SetAway(false)
			later(time.Minute)
			want := map[bool]string{true: "talking clara"}[agent]
			if got := strings.Join(strings.Split(h.desk.story(), ", ")[passed:], ", "); got != want {
				t.Errorf("a colleague %v: once the store has answered shown is %q, not %q", agent, got, want)
			}
			w.asked.Hangup()
			later(time.Minute)
			h.endedAs(w.c, tickets.Served)
		})
	}
}

// TestOfferIsTakenFromThePageOfWhoIsAskedNoMore, also where they answer in that moment.
func TestOfferIsTakenFromThePageOfWhoIsAskedNoMore(t *testing.T) {
	for name, end := range map[string]func(w *consultation){
		"withdrawn": func(w *consultation) { w.do(w.line.TakeBack) }, "the caller hangs up": func(w *consultation) { w.c.Hangup() },
	} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.consults(true)
			end(w)
			later(time.Second)
			if shown := h.desk.last("consulted clara"); shown.offer.ID != h.desk.last("pop clara").offer.ID {
				t.Errorf("%s: the desks were shown %s", name, h.desk.story())
			}
			w.c.Hangup()
			later(time.Second)
			h.endedAs(w.c, tickets.Served)
		})
	}
}

// TestEachHoldIsInTheHistory, also that of a caller from whom the agent turns back to who is asked.
func TestEachHoldIsInTheHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		w := h.answered(true)
		w.do(h.line.Swap)
		w.do(h.line.Swap)
		w.do(h.line.TakeBack)
		if held, resumed := h.decisions.count(words.WasHeld), h.decisions.count(words.WasResumed); held != 2 || resumed != 2 {
			t.Errorf("the history tells of %d holds, and %d ends of one", held, resumed)
		}
		w.c.Hangup()
		later(time.Second)
		h.endedAs(w.c, tickets.Served)
	})
}

// TestPhoneOfWhoIsAskedHoldsNoCaller: with its own key, whether Hotline is there or comes back to it.
func TestPhoneOfWhoIsAskedHoldsNoCaller(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		w := h.answered(true)
		w.do(h.line.Join)
		w.asked.Hold(true)
		later(time.Second)
		notHeld := func() {
			t.Helper()
			w.are(queues.Talking, queues.Consulting)
			h.desk.mu.Lock()
			defer h.desk.mu.Unlock()
			if a := h.desk.asides[len(h.desk.asides)-1]; a.PhoneHolds {
				t.Errorf("anna's page shows %+v", a)
			}
		}
		notHeld()
		h.restarts(cause, time.Second, "anna", "clara")
		notHeld()
		w.asked.Hold(false)
		later(time.Second)
		w.hear("CAT", "")
		w.c.Hangup()
		w.anna.Hangup()
		later(time.Second)
		h.endedAs(w.c, tickets.Served)
	})
}

// TestNobodyBringsTheCallerToAPhoneThatHolds with its own key: they would hear its music, and the page would say that they talk.
func TestNobodyBringsTheCallerToAPhoneThatHolds(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for _, answered := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				w := h.consults(agent)
				verbs := map[string]func(context.Context, telephony.CallID, queues.AgentID) error{"take back": h.line.TakeBack}
				if answered {
					w.asked.Answer()
					later(2 * time.Second)
					verbs["swap"], verbs["join"] = h.line.Swap, h.line.Join
				}
				w.anna.Hold(true)
				later(time.Second)
				for name, verb := range verbs {
					if err := verb(t.Context(), w.c.ID(), "anna"); !errors.Is(err, ivr.ErrPhoneHolds) {
						t.Errorf("%s: %v", name, err)
					}
				}
				if answered {
					later(31 * time.Minute) // longer than may be
					w.shows(ivr.AskedTalks, "")
				}
				if w.c.HearsMusic() == "" {
					t.Error("the customer hears no music")
				}
				w.anna.Hold(false)
				later(time.Second)
				w.do(h.line.TakeBack)
				w.hear("CA", "")
				w.c.Hangup()
				later(time.Second)
				h.endedAs(w.c, tickets.Served)
			})
		}
	}
}

// TestOversightGoesByWhoHasTheCaller: who has passed them on may listen to them, and who has them may not.
func TestOversightGoesByWhoHasTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		w := h.answered(true)
		w.do(h.line.Complete)
		later(time.Second)
		if err := h.line.Oversee(t.Context(), w.c.ID(), "clara", telephony.Listens); !errors.Is(err, ivr.ErrOwnTalk) {
			t.Errorf("clara listens to herself: %v", err)
		}
		if anna := h.oversees(w.c, "anna", telephony.Listens); !anna.HearsCustomer(w.c) || anna.Rings()[len(anna.Rings())-1].Name != "Clara" {
			t.Errorf("anna does not listen to clara's talk; her phone showed %+v", anna.Rings())
		}
		w.c.Hangup()
		later(time.Second)
		h.endedAs(w.c, tickets.Served)
	})
}

// TestConsultationThatComesToNothingLeavesTheCallerOnHold: who asked decides then.
func TestConsultationThatComesToNothingLeavesTheCallerOnHold(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for how, end := range map[string]func(w *consultation){
			"declined":          func(w *consultation) { w.asked.Decline() },
			"missed":            func(w *consultation) { later(time.Minute) },
			tickets.ConsultLeft: func(w *consultation) { w.asked.Answer(); later(3 * time.Second); w.asked.Hangup() },
		} {
			t.Run(fmt.Sprintf("%s, a colleague %v", how, agent), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := open(t)
					w := h.consults(agent)
					end(w)
					later(time.Second)
					w.hear("", "C")
					h.is("anna", queues.Ready, queues.OnHold)
					w.shows(ivr.AskedOver, how)
					w.told(how)
					h.resumes(w.c)
					w.hear("CA", "")
					w.c.Hangup()
					later(time.Minute)
					h.endedAs(w.c, tickets.Served)
				})
			})
		}
	}
}

// TestColleagueWhosePhoneIsLostIsOfferedNothing, be it alone with who asked or as a guest; nobody outside is anybody's agent.
func TestColleagueWhosePhoneIsLostIsOfferedNothing(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for _, joined := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				w := h.answered(agent)
				if joined {
					w.do(h.line.Join)
				}
				later(time.Minute)
				w.asked.Vanish()
				later(time.Second)
				lost := uint64(0)
				if agent {
					lost = 1
					if a := h.agent("clara"); a.Availability != queues.NotReady || a.Reason != queues.PhoneLost || a.Activity != queues.Idle {
						t.Errorf("joined %v: clara is %+v", joined, a)
					}
				}
				if n := h.line.LostAgents(); n != lost {
					t.Errorf("a colleague %v, joined %v: %d agents are lost", agent, joined, n)
				}
				if joined {
					w.hear("CA", "")
				} else {
					w.hear("", "C")
				}
				w.told(tickets.ConsultLeft)
				w.c.Hangup()
				later(time.Second)
				if contact := h.endedAs(w.c, tickets.Served); contact.LostBy != "" {
					t.Errorf("the contact is %+v", contact)
				}
			})
		}
	}
}

func TestAgentTakesTheCallerBackWhileItRings(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.consults(agent)
			w.do(h.line.TakeBack)
			later(time.Second)
			w.hear("CA", "")
			w.are(queues.Talking, queues.Idle)
			if w.asked.State() != memory.Idle {
				t.Errorf("the phone that rang is %s", w.asked.State())
			}
			w.shows("", "")
			w.told("revoked")
			w.c.Hangup()
			later(time.Second)
			h.endedAs(w.c, tickets.Served)
		})
	}
}

// TestAgentWhoHangsUpWhileItRingsHasSentTheCallerOn, blind: who was asked is rung for the caller, who hears music until then.
func TestAgentWhoHangsUpWhileItRingsHasSentTheCallerOn(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.consults(agent)
			w.anna.Hangup()
			later(3 * time.Second)
			if w.c.HearsMusic() == "" || w.asked.State() != memory.Ringing {
				t.Errorf("the customer hears music %q, and the other phone is %s", w.c.HearsMusic(), w.asked.State())
			}
			w.asked.Answer()
			later(2 * time.Second)
			w.hear("CT", "")
			w.asked.Hangup()
			later(time.Minute)
			want := tickets.Served
			if !agent {
				want = tickets.SentOn
			}
			h.endedAs(w.c, want)
		})
	}
}

func TestCallerWhoHangsUpWhileAPhoneRingsEndsItForAll(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.consults(agent)
			w.c.Hangup()
			later(time.Second)
			w.haveBothGone()
			h.endedAs(w.c, tickets.Served)
		})
	}
}

// TestCallerWhoHangsUpLeavesTheAgentWithWhoIsAsked: the two talk on, whoever of the three was on hold, and whichever of the two hangs up then. The
// contact has ended with the caller, and wrap-up begins when the two are apart.
func TestCallerWhoHangsUpLeavesTheAgentWithWhoIsAsked(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for _, swapped := range []bool{false, true} {
			for _, agentHangsUp := range []bool{true, false} {
				synctest.Test(t, func(t *testing.T) {
					h := open(t)
					w := h.consults(agent)
					w.asked.Answer()
					later(2 * time.Second)
					if swapped {
						w.do(h.line.Swap)
					}
					w.c.Hangup()
					gone := time.Now()
					later(3 * time.Minute) // longer than a reminder of a hold takes
					w.hear("AT", "")
					w.shows(ivr.AskedAlone, "")
					activity := queues.Consulting
					if swapped {
						activity = queues.Talking
					}
					w.are(activity, queues.Consulting)
					for name, verb := range map[string]func(context.Context, telephony.CallID, queues.AgentID) error{
						"swap": h.line.Swap, "join": h.line.Join, "take back": h.line.TakeBack, "complete": h.line.Complete,
					} {
						if err := verb(t.Context(), w.c.ID(), "anna"); !errors.Is(err, ivr.ErrTalkOver) {
							t.Errorf("%s without a caller: %v", name, err)
						}
					}
					if c := h.contact(w.c); c.Outcome != tickets.Served || !c.EndedAt.Equal(gone) {
						t.Errorf("the contact is %s, and has ended at %s, not at %s", c.Outcome, c.EndedAt, gone)
					}
					if agentHangsUp {
						if is, err := h.line.HangUpAgent(t.Context(), w.c.ID(), "anna"); !is || err != nil {
							t.Errorf("anna hangs up: %v, %v", is, err)
						}
					} else {
						w.asked.Hangup()
					}
					later(time.Second)
					w.haveBothGone()
					h.endedAs(w.c, tickets.Served)
				})
			}
		}
	}
}

// TestNoKillEndsATalkThatTheCallerHasLeft: the next Hotline knows the two, or more, whatever moment the one before dies in or whether it stops on purpose, and all is as if it had
// seen all of it.
func TestNoKillEndsATalkThatTheCallerHasLeft(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for name, ways := range map[string][]func(*ivr.Line, context.Context, telephony.CallID, queues.AgentID) error{
			"on hold": nil, "swapped": {(*ivr.Line).Swap}, "joined": {(*ivr.Line).Join},
		} {
			t.Run(fmt.Sprintf("%s, a colleague %v", name, agent), func(t *testing.T) {
				for i, cause := range []error{memory.ErrCrashed, telephony.ErrHandover} {
					atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
						w := h.answered(agent)
						for _, do := range ways {
							if err := do(h.line, t.Context(), w.c.ID(), "anna"); err != nil {
								t.Fatal(err)
							}
						}
						later(time.Second)
						if cause == memory.ErrCrashed {
							kill()
						}
						w.c.Hangup()
						gone := time.Now()
						later(2 * time.Second)
						killed := !h.sw.Connected()
						h.sw.CrashAfter(0, nil)
						if killed || cause != memory.ErrCrashed {
							h.restarts(cause, time.Second, "anna", "clara")
							h.resumed(1)
						}
						for range 2 {
							w.hear("AT", "")
							w.shows(ivr.AskedAlone, "")
							activity := queues.Consulting
							if name != "on hold" {
								activity = queues.Talking
							}
							w.are(activity, queues.Consulting)
							h.restarts(cause, time.Second, "anna", "clara")
							h.resumed(1)
						}
						if i%2 == 0 {
							w.anna.Hangup()
						} else {
							w.asked.Hangup()
						}
						later(time.Second)
						w.haveBothGone()
						if c := h.endedAs(w.c, tickets.Served); !c.EndedAt.Equal(gone) {
							t.Errorf("the contact has ended at %s, not at %s", c.EndedAt, gone)
						}
						return killed
					})
				}
			})
		}
	}
}

// TestCallerWhoHangsUpWhileThereIsNoHotlineLeavesTheAgentWithWhoIsAsked: whoever of the three was on hold, and wherever they were when Hotline died. The contact ends
// once the next one is there, and another finds the two as if the caller had left before it.
func TestCallerWhoHangsUpWhileThereIsNoHotlineLeavesTheAgentWithWhoIsAsked(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for name, way := range map[string]struct {
			ways []func(*ivr.Line, context.Context, telephony.CallID, queues.AgentID) error
			is   queues.Activity
		}{
			"on hold": {nil, queues.Consulting}, "swapped": {[]func(*ivr.Line, context.Context, telephony.CallID, queues.AgentID) error{(*ivr.Line).Swap}, queues.Talking},
			"joined":             {[]func(*ivr.Line, context.Context, telephony.CallID, queues.AgentID) error{(*ivr.Line).Join}, queues.Talking},
			"joined and swapped": {[]func(*ivr.Line, context.Context, telephony.CallID, queues.AgentID) error{(*ivr.Line).Join, (*ivr.Line).Swap}, queues.Consulting},
		} {
			t.Run(fmt.Sprintf("%s, a colleague %v", name, agent), func(t *testing.T) {
				restart(t, func(t *testing.T, cause error) {
					h := open(t)
					w := h.answered(agent)
					for _, do := range way.ways {
						if err := do(h.line, t.Context(), w.c.ID(), "anna"); err != nil {
							t.Fatal(err)
						}
						later(time.Second)
					}
					h.stop(cause)
					w.c.Hangup()
					h.restarts(nil, time.Second, "anna", "clara")
					var ended time.Time
					for range 2 {
						h.resumed(1)
						w.hear("AT", "")
						w.shows(ivr.AskedAlone, "")
						w.are(way.is, queues.Consulting)
						c := h.contact(w.c)
						if c.Outcome != tickets.Served || c.EndedAt.IsZero() || !ended.IsZero() && !c.EndedAt.Equal(ended) {
							t.Errorf("the contact is %s, and has ended at %s", c.Outcome, c.EndedAt)
						}
						ended = c.EndedAt
						h.restarts(cause, time.Second, "anna", "clara")
					}
					w.anna.Hangup()
					later(time.Second)
					w.haveBothGone()
					h.endedAs(w.c, tickets.Served)
				})
			})
		}
	}
}

// TestWhoIsLeftAloneByAllWhileThereIsNoHotlineIsLetGo: the caller had gone before, and one of the two does in the gap.
func TestWhoIsLeftAloneByAllWhileThereIsNoHotlineIsLetGo(t *testing.T) {
	for _, agentStays := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			w := h.answered(true)
			w.c.Hangup()
			later(time.Second)
			h.stop(memory.ErrCrashed)
			leaves, stays := w.anna, w.asked
			if agentStays {
				leaves, stays = stays, leaves
			}
			leaves.Hangup()
			h.start()
			later(time.Second)
			if stays.State() != memory.Idle {
				t.Errorf("who was left is %s", stays.State())
			}
			h.endedAs(w.c, tickets.Served)
		})
	}
}

// TestARestartMakesNoTalkLongerThatTheCallerHasLeft: it ends when the caller's call would have, and the agent is told before.
func TestARestartMakesNoTalkLongerThatTheCallerHasLeft(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		came := time.Now()
		w := h.answered(true)
		w.c.Hangup()
		for range 2 {
			later(time.Hour)
			h.restarts(cause, time.Second, "anna", "clara")
		}
		later(time.Until(came.Add(4*time.Hour - 2*time.Minute)))
		w.hear("AT", "")
		w.desk.mu.Lock()
		ends := w.desk.mine["anna"].Ends
		w.desk.mu.Unlock()
		if d := ends.Sub(came.Add(4 * time.Hour)); ends.IsZero() || d.Abs() > time.Minute {
			t.Errorf("anna is told that it ends at %s", ends)
		}
		later(3 * time.Minute)
		if w.asked.State() != memory.Idle || w.anna.State() != memory.Idle {
			t.Errorf("after four hours the phones are %s and %s", w.anna.State(), w.asked.State())
		}
		h.endedAs(w.c, tickets.Served)
	})
}

// TestNobodyIsRecordedWhomTheCallerHasLeft: of two who talk on, neither when a pause would be over, nor where the agent wants it.
func TestNobodyIsRecordedWhomTheCallerHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, recorded := records(ivr.RecordingRule{Share: 100, PauseAtMost: time.Minute, Consultations: true})
		h := open(t, recorded)
		w := h.answered(true)
		if err := h.wishes(w.c, ivr.PauseRecording); err != nil {
			t.Error(err)
		}
		ran := len(h.sw.Recordings())
		w.c.Hangup()
		later(2 * time.Minute)
		w.hear("AT", "")
		for _, wish := range []ivr.RecordingWish{ivr.GoOnRecording, ivr.StartRecording} {
			if err := h.wishes(w.c, wish); !errors.Is(err, ivr.ErrTalkOver) {
				t.Errorf("%s without a caller: %v", wish, err)
			}
		}
		if told := r.told(); !strings.HasSuffix(told, "paused agent, ended") {
			t.Errorf("the facts are %s", told)
		}
		later(10 * time.Second)
		w.asked.Hangup()
		later(time.Second)
		if n := len(h.sw.Recordings()) - ran; n > 0 {
			t.Errorf("%d tracks began when the caller had gone", n)
		}
		h.endedAs(w.c, tickets.Served)
	})
}

// TestASwitchThatDiesInAConsultationHasServedNobody: nobody has hung up, though the end of the caller's leg is told first.
func TestASwitchThatDiesInAConsultationHasServedNobody(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			h.sw.Outside(full(ivan)).Ignores() // until we call
			w := h.answered(agent)
			h.sw.Dies()
			later(time.Second)
			h.endedAs(w.c, tickets.Lost)
			w.told(tickets.ConsultOver)
			if h.book.size() != 1 {
				t.Errorf("%d are in the book", h.book.size())
			}
		})
	}
}

// TestPhoneThatIsLostWhileTwoTalkWithoutTheCallerIsOfferedNothing, whichever of the two has it; nobody outside is anybody's agent.
func TestPhoneThatIsLostWhileTwoTalkWithoutTheCallerIsOfferedNothing(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for _, askersIs := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				w := h.answered(agent)
				w.c.Hangup()
				later(time.Second)
				w.hear("AT", "")
				lost, id := w.asked, queues.AgentID("clara")
				if askersIs {
					lost, id = w.anna, "anna"
				}
				lost.Vanish()
				later(time.Second)
				want := uint64(0)
				if agent || askersIs {
					want = 1
					if a := h.agent(id); a.Reason != queues.PhoneLost && a.NextReason != queues.PhoneLost {
						t.Errorf("whose phone has died is %+v", a)
					}
				}
				if n := h.line.LostAgents(); n != want {
					t.Errorf("a colleague %v, of who asks %v: %d agents are lost", agent, askersIs, n)
				}
				if contact := h.endedAs(w.c, tickets.Served); contact.LostBy != "" {
					t.Errorf("the contact is %+v", contact)
				}
			})
		}
	}
}

// TestCallerWhoHangsUpWhileHotlineIsAwayAndAPhoneRingsLeavesNothing: the phone of who is asked rings no more once the next Hotline is there, they have missed
// nothing, and whoever asked is free.
func TestCallerWhoHangsUpWhileHotlineIsAwayAndAPhoneRingsLeavesNothing(t *testing.T) {
	for _, agent := range []bool{true, false} {
		restart(t, func(t *testing.T, cause error) {
			h := open(t)
			w := h.consults(agent)
			w.asked.Ignores()
			h.stop(cause)
			w.c.Hangup()
			later(time.Second)
			h.start()
			h.comes("anna")
			if agent {
				h.comes("clara")
			}
			later(time.Minute)
			for _, p := range []*memory.Phone{w.anna, w.asked} {
				if p.State() != memory.Idle {
					t.Errorf("a phone is %s", p.State())
				}
			}
			w.are(queues.Idle, queues.Idle)
			if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 {
				t.Errorf("%d channels and %d bridges are left", channels, bridges)
			}
		})
	}
}

// TestWhoAsksHearsThatItRings, and no longer when it does not, whatever ends that.
func TestWhoAsksHearsThatItRings(t *testing.T) {
	for name, ends := range map[string]func(w *consultation){
		"it is answered":   func(w *consultation) { w.asked.Answer() },
		"it is declined":   func(w *consultation) { w.asked.Decline() },
		"it is taken back": func(w *consultation) { w.do(w.line.TakeBack) },
		"Hotline dies":     func(w *consultation) { w.restarts(memory.ErrCrashed, time.Second, "anna", "clara") },
	} {
		for _, agent := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := open(t)
					w := h.consults(agent)
					if !w.anna.HearsMedia() {
						t.Error("who asks hears nothing while it rings")
					}
					ends(w)
					later(2 * time.Second) // a tone that says so is over
					if w.anna.HearsMedia() {
						t.Error("who asks hears that it rings, and it does not")
					}
					w.c.Hangup()
					w.anna.Hangup()
					later(time.Minute)
					h.endedAs(w.c, tickets.Served)
				})
			})
		}
	}
}

// TestWhoAsksHearsOnThatItRings when something else has been played to them, or a supervisor has spoken with them.
func TestWhoAsksHearsOnThatItRings(t *testing.T) {
	for name, interrupts := range map[string]func(w *consultation){
		"a reminder": func(w *consultation) {
			w.asked.Ignores()
			later(13 * time.Second)
		},
		"a supervisor who hangs up": func(w *consultation) {
			olga := w.oversees(w.c, "olga", telephony.Speaks)
			if w.anna.HearsMedia() || !w.anna.HearsPhone(olga) {
				w.Error("the ringing tone covers the supervisor")
			}
			olga.Hangup()
		},
		"a supervisor who whispers then": func(w *consultation) {
			olga := w.oversees(w.c, "olga", telephony.Speaks)
			if err := w.line.Oversee(w.Context(), w.c.ID(), "olga", telephony.Whispers); err != nil {
				w.Error(err)
			}
			later(time.Second)
			if !w.anna.HearsPhone(olga) {
				w.Error("a whisper is not heard while it rings")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, func(h *house) { h.options.HoldRemind = 12 * time.Second })
				w := h.consults(false)
				interrupts(w)
				later(2 * time.Second)
				if w.asked.State() != memory.Ringing || !w.anna.HearsMedia() {
					t.Errorf("the phone is %s, and who asks hears nothing", w.asked.State())
				}
				w.asked.Answer()
				later(5 * time.Second) // the silences by which a supervisor hears are over
				if w.anna.HearsMedia() {
					t.Error("who asks hears that it rings, and it does not")
				}
				w.hear("AT", "C")
				w.c.Hangup()
				w.anna.Hangup()
				later(time.Minute)
			})
		})
	}
}

func TestWhoIsFreeOfAQueueIsAskedAndNobodyWhoIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, _ := h.talks()
		ask := func(to ivr.Consult) error { return h.line.Consult(t.Context(), c.ID(), "anna", to) }
		for name, to := range map[string]ivr.Consult{"nobody is free": {Queue: "support"}, "who is not there": {Agent: "clara"}, "the asker": {Agent: "anna"}} {
			if err := ask(to); !errors.Is(err, queues.ErrNotReady) && !errors.Is(err, queues.ErrUnknownAgent) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := ask(ivr.Consult{Queue: "none"}); !errors.Is(err, ivr.ErrNoSuchQueue) {
			t.Errorf("no such queue: %v", err)
		}
		clara := h.comes("clara")
		if c.HearsMusic() != "" {
			t.Error("a caller is on hold for nothing")
		}
		if err := ask(ivr.Consult{Queue: "support"}); err != nil {
			t.Error(err)
		}
		later(time.Second)
		clara.Answer()
		later(2 * time.Second)
		w := &consultation{house: h, c: c, anna: h.sw.Phone("anna"), asked: clara, agent: true}
		w.hear("AT", "C")
		w.do(h.line.TakeBack)
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

// TestNoKillLosesACallerWhileSomebodyIsAsked: at each moment of the ways through a consultation the caller hears music or somebody, and the
// next Hotline knows who is there: all of them can go on, and at the end nothing is left.
func TestNoKillLosesACallerWhileSomebodyIsAsked(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for name, way := range map[string][]func(*ivr.Line, context.Context, telephony.CallID, queues.AgentID) error{
			"taken back":        {(*ivr.Line).TakeBack},
			"passed":            {(*ivr.Line).Complete},
			"swapped":           {(*ivr.Line).Swap, (*ivr.Line).Swap, (*ivr.Line).TakeBack},
			"joined and passed": {(*ivr.Line).Join, (*ivr.Line).Complete},
		} {
			t.Run(fmt.Sprintf("%s, a colleague %v", name, agent), func(t *testing.T) {
				atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
					c, anna := h.talks()
					w, to := h.mayAsk(c, anna, agent)
					kill()
					alive := func() bool { return h.sw.Connected() }
					_ = h.line.Consult(t.Context(), c.ID(), "anna", to)
					later(4 * time.Second)
					for _, verb := range way {
						if alive() {
							_ = verb(h.line, t.Context(), c.ID(), "anna")
							later(time.Second)
						}
					}
					killed := !alive()
					h.sw.CrashAfter(0, nil)
					if !c.HearsMedia() && !c.HearsPhone(anna) && !c.HearsPhone(w.asked) {
						t.Errorf("the caller hears nothing:\n%s", heard(c))
					}
					if killed {
						h.restarts(memory.ErrCrashed, time.Second, "anna", "clara")
						h.resumed(1)
						later(2 * time.Second)
					}
					if !c.HearsMedia() && !c.HearsPhone(anna) && !c.HearsPhone(w.asked) {
						t.Errorf("after the restart the caller hears nothing:\n%s", heard(c))
					}
					there := w.asked.State() == memory.Talking
					if agent && there == (h.agent("clara").Activity == queues.Idle) {
						t.Errorf("clara's phone is %s, and she is %+v", w.asked.State(), h.agent("clara"))
					}
					switch {
					case anna.State() == memory.Talking && there:
						w.do(h.line.TakeBack)
						w.hear("CA", "")
					case anna.State() == memory.Talking && c.HearsMusic() != "":
						h.resumes(c)
						w.hear("CA", "")
					case anna.State() == memory.Talking:
						w.hear("CA", "")
					default:
						w.hear("CT", "")
					}
					c.Hangup()
					later(time.Minute)
					h.endedAs(c, tickets.Served)
					return killed
				})
			})
		}
	}
}

// mayAsk has somebody ready who answers anna in two seconds: a colleague, or who is outside.
func (h *house) mayAsk(c *memory.Customer, anna *memory.Phone, agent bool) (*consultation, ivr.Consult) {
	w := &consultation{house: h, c: c, anna: anna, agent: agent}
	to := ivr.Consult{Agent: "clara"}
	if agent {
		w.asked = h.comes("clara")
	} else {
		to, w.asked = ivr.Consult{Number: full(elsewhere)}, h.sw.Outside(full(elsewhere))
	}
	w.asked.Answers(2 * time.Second)
	return w, to
}

// TestNoKillLeavesAnybodyAloneWhoseCallerHangsUpThen: at each moment of a consultation Hotline dies, and the caller hangs up before the next one is there. Who is left
// talks with the other or is let go, nothing rings on, and once they have hung up the agents are free.
func TestNoKillLeavesAnybodyAloneWhoseCallerHangsUpThen(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for name, way := range map[string][]func(*ivr.Line, context.Context, telephony.CallID, queues.AgentID) error{
			"taken back": {(*ivr.Line).TakeBack}, "passed": {(*ivr.Line).Complete}, "swapped": {(*ivr.Line).Swap, (*ivr.Line).Swap}, "joined and passed": {(*ivr.Line).Join, (*ivr.Line).Complete},
		} {
			t.Run(fmt.Sprintf("%s, a colleague %v", name, agent), func(t *testing.T) {
				atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
					c, anna := h.talks()
					w, to := h.mayAsk(c, anna, agent)
					kill()
					_ = h.line.Consult(t.Context(), c.ID(), "anna", to)
					later(4 * time.Second)
					for _, verb := range way {
						if h.sw.Connected() {
							_ = verb(h.line, t.Context(), c.ID(), "anna")
							later(time.Second)
						}
					}
					killed := !h.sw.Connected()
					h.sw.CrashAfter(0, nil)
					c.Hangup()
					if killed {
						h.restarts(memory.ErrCrashed, time.Second, "anna", "clara")
						later(2 * time.Second)
						switch a, b := anna.State(), w.asked.State(); {
						case a == memory.Idle && b == memory.Idle:
						case a == memory.Talking && b == memory.Talking:
							w.hear("AT", "")
							w.shows(ivr.AskedAlone, "")
						default:
							t.Errorf("anna's phone is %s, and that of who was asked %s", a, b)
						}
					}
					for _, p := range []*memory.Phone{anna, w.asked} {
						p.Hangup()
						later(time.Second)
					}
					later(time.Minute)
					w.are(queues.Idle, queues.Idle)
					h.nothingLeft()
					return killed
				})
			})
		}
	}
}

// TestNoKillLosesACallerWhoseAgentHangsUpWhileItRings: at each moment they hear music or somebody, and come to who was asked in the end; a
// caller of somebody outside may come back to who asked.
func TestNoKillLosesACallerWhoseAgentHangsUpWhileItRings(t *testing.T) {
	for _, agent := range []bool{true, false} {
		t.Run(fmt.Sprintf("a colleague %v", agent), func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				c, anna := h.talks()
				w, to := h.mayAsk(c, anna, agent)
				w.asked.Ignores()
				kill()
				_ = h.line.Consult(t.Context(), c.ID(), "anna", to)
				later(2 * time.Second)
				held := c.HearsMusic() != "" // otherwise Hotline died before anybody was asked
				if held {
					anna.Hangup()
				}
				later(2 * time.Second)
				killed := !h.sw.Connected()
				h.sw.CrashAfter(0, nil)
				if !c.HearsMedia() && !c.HearsPhone(anna) {
					t.Errorf("the caller hears nothing:\n%s", heard(c))
				}
				w.asked.Answers(time.Second)
				w.anna.Answers(time.Second)
				if killed {
					back := []queues.AgentID{"anna"}
					if agent {
						back = []queues.AgentID{"clara", "anna"}
					}
					h.restarts(memory.ErrCrashed, time.Second, back...)
					h.resumed(1)
				} else {
					w.asked.Answer()
				}
				later(4 * time.Second)
				switch {
				case !held, !agent && killed && c.HearsPhone(anna):
					w.hear("CA", "")
				default:
					w.hear("CT", "")
				}
				c.Hangup()
				later(time.Minute)
				if got := h.contact(c).Outcome; got != tickets.Served && (agent || got != tickets.SentOn) {
					t.Errorf("the call ended as %s", got)
				}
				return killed
			})
		})
	}
}

// TestWhoAskedIsToldAfterARestartThatNothingHasComeOfIt: who was asked is not there any more, be it that their phone rang when Hotline died.
func TestWhoAskedIsToldAfterARestartThatNothingHasComeOfIt(t *testing.T) {
	for _, agent := range []bool{true, false} {
		for how, answered := range map[string]bool{string(queues.OfferHasFailed): false, tickets.ConsultLeft: true} {
			restart(t, func(t *testing.T, cause error) {
				h := open(t)
				w := h.consults(agent)
				if answered {
					w.asked.Answer()
					later(2 * time.Second)
				}
				h.stop(cause)
				if answered {
					w.asked.Hangup()
				}
				h.restarts(nil, time.Second, "anna", "clara")
				if w.asked.State() != memory.Idle {
					t.Errorf("the phone of who was asked is %s", w.asked.State())
				}
				w.hear("", "C")
				w.are(queues.OnHold, queues.Idle)
				w.shows(ivr.AskedOver, how)
				w.told(how)
				h.restarts(cause, time.Second, "anna", "clara") // it is told once
				w.told(how)
				h.resumes(w.c)
				w.hear("CA", "")
				w.c.Hangup()
				later(time.Second)
				h.endedAs(w.c, tickets.Served)
			})
		}
	}
}

// TestWhoIsAskedHasMissedNothingWhileTheLinkToTheSwitchIsAway: they are ready as before, and who asked is told that it failed.
func TestWhoIsAskedHasMissedNothingWhileTheLinkToTheSwitchIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.link.breaks()
		w := h.consults(true)
		later(time.Minute)
		w.are(queues.OnHold, queues.Idle)
		w.told(string(queues.OfferHasFailed))
		w.c.Hangup()
		later(time.Second)
		h.endedAs(w.c, tickets.Served)
	})
}

// TestRecordingGoesOnWithWhoHasTheCallerNow, where that is an agent, and ends where it is somebody outside.
func TestRecordingGoesOnWithWhoHasTheCallerNow(t *testing.T) {
	for agent, want := range map[bool]string{
		true: "joined anna, began rule, left anna, joined clara, left clara, ended", false: "joined anna, began rule, left anna, ended",
	} {
		synctest.Test(t, func(t *testing.T) {
			r, recorded := records(always)
			h := open(t, recorded)
			w := h.answered(agent)
			w.do(h.line.Complete)
			later(10 * time.Second)
			w.asked.Hangup()
			later(time.Minute)
			if got := r.told(); got != want {
				t.Errorf("a colleague %v: told is %s", agent, got)
			}
			customer, others := h.tracks(w.c)
			if got := h.total(customer); got != h.total(others) || got > 20*time.Second != agent {
				t.Errorf("a colleague %v: the customer is recorded for %s, the others for %s", agent, got, h.total(others))
			}
		})
	}
}
