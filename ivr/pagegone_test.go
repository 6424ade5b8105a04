package ivr_test

import (
	"context"
	"errors"
	"fmt"
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

// onPage makes an agent's phone their page.
func onPage(who queues.AgentID) func(*house) {
	return func(h *house) { h.onPage = map[queues.AgentID]bool{who: true} }
}

// goes takes a page with its phone away, and comesBack brings it back: it answers by itself.
func (h *house) goes(p *memory.Phone) {
	h.Helper()
	p.Ignores()
	p.Reachable(false)
	p.Vanish()
	later(time.Second)
}

func (h *house) comesBack(p *memory.Phone) {
	h.Helper()
	p.Answers(100 * time.Millisecond)
	p.Reachable(true)
	later(2 * time.Second)
}

// returns checks whether the page shows that its phone is being called.
func (h *house) returns(want bool) {
	h.Helper()
	h.desk.mu.Lock()
	defer h.desk.mu.Unlock()
	if got := h.desk.mine["anna"].Returns; got != want {
		h.Errorf("the page shows that its phone is called: %v", got)
	}
}

// agentsPhone are the states of a talk in which its agent's page may go, with how they are brought about, and who hears whom then, meanwhile and
// afterwards, as consultation.hear has it.
var agentsPhone = map[string]struct {
	begins            func(h *house) *consultation
	is, meanwhile     [2]string
	activity, without queues.Activity
}{
	"talking": {func(h *house) *consultation {
		c, anna := h.talks()
		return &consultation{house: h, c: c, anna: anna, asked: h.sw.Phone("clara")}
	}, [2]string{"CA", ""}, [2]string{"", "C"}, queues.Talking, queues.OnHold},
	"on hold": {func(h *house) *consultation {
		c, anna := h.talks()
		h.holds(c)
		return &consultation{house: h, c: c, anna: anna, asked: h.sw.Phone("clara")}
	}, [2]string{"", "C"}, [2]string{"", "C"}, queues.OnHold, queues.OnHold},
	"somebody's phone rings": {func(h *house) *consultation { return h.consults(true) }, [2]string{"", "C"}, [2]string{"", "C"}, queues.Consulting, queues.Consulting},
	"somebody is asked":      {func(h *house) *consultation { return h.answered(true) }, [2]string{"AT", "C"}, [2]string{"", "CT"}, queues.Consulting, queues.Consulting},
	"swapped": {func(h *house) *consultation {
		w := h.answered(true)
		w.do(h.line.Swap)
		return w
	}, [2]string{"CA", "T"}, [2]string{"", "CT"}, queues.Talking, queues.OnHold},
	"all together": {func(h *house) *consultation {
		w := h.answered(true)
		w.do(h.line.Join)
		return w
	}, [2]string{"CAT", ""}, [2]string{"CT", ""}, queues.Talking, queues.Talking},
}

// TestGuestsHaveTheCallerWhoseAgentHeldThemAsTheirPhoneWent: whoever is in the talk hears the others, also who was invited while the caller was on hold, and the agent once
// they are back.
func TestGuestsHaveTheCallerWhoseAgentHeldThemAsTheirPhoneWent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, onPage("anna"))
		w := h.answered(true)
		w.do(h.line.Join)
		w.anna.Hold(true)
		later(time.Second)
		h.sw.Phone("dora").Answers(time.Second)
		dora := h.comes("dora")
		if err := h.line.Consult(t.Context(), w.c.ID(), "anna", ivr.Consult{Agent: "dora"}); err != nil {
			t.Fatal(err)
		}
		later(3 * time.Second)
		h.guests("clara", "dora")
		h.goes(w.anna)
		w.hear("CT", "")
		if !dora.HearsCustomer(w.c) || !dora.HearsPhone(w.asked) || dora.HearsMedia() {
			t.Error("who was invited does not hear the others")
		}
		h.comesBack(w.anna)
		w.hear("CAT", "")
		h.is("anna", queues.Ready, queues.Talking)
		for _, p := range []*memory.Phone{dora, w.asked} {
			p.Hangup()
		}
		later(time.Second)
		w.c.Hangup()
		later(time.Second)
		h.endedAs(w.c, tickets.Served)
	})
}

// TestAgentWhosePageIsBackHasTheSameTalkAgain in each state of it: nothing is offered, and nothing rings twice.
func TestAgentWhosePageIsBackHasTheSameTalkAgain(t *testing.T) {
	for name, state := range agentsPhone {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, onPage("anna"))
				w := state.begins(h)
				for range 2 {
					w.hear(state.is[0], state.is[1])
					h.is("anna", queues.Ready, state.activity)
					h.goes(w.anna)
					w.hear(state.meanwhile[0], state.meanwhile[1])
					h.is("anna", queues.Ready, state.without)
					h.returns(true)
					for what, verb := range map[string]func(context.Context, telephony.CallID, queues.AgentID) error{
						"hold": h.line.Hold, "resume": h.line.Resume, "swap": h.line.Swap, "join": h.line.Join, "take back": h.line.TakeBack, "complete": h.line.Complete,
					} {
						if err := verb(t.Context(), w.c.ID(), "anna"); !errors.Is(err, ivr.ErrPageGone) {
							t.Errorf("%s meanwhile: %v", what, err)
						}
					}
					h.comesBack(w.anna)
					h.returns(false)
				}
				w.hear(state.is[0], state.is[1])
				h.is("anna", queues.Ready, state.activity)
				if n := strings.Count(h.desk.story(), "pop anna"); n != 1 || strings.Contains(h.desk.story(), "ended anna") {
					t.Errorf("the desk was shown: %s", h.desk.story())
				}
				w.c.Hangup()
				later(time.Second)
				if w.anna.State() == memory.Talking { // with who was asked
					w.anna.Hangup()
					later(time.Second)
				}
				contact := h.endedAs(w.c, tickets.Served)
				if contact.LostBy != "" || contact.Agent.ID != "anna" {
					t.Errorf("the contact is %+v", contact)
				}
				if n := h.line.LostAgents(); n != 0 || h.offers() != "" {
					t.Errorf("%d agents are lost, and offers ended: %s", n, h.offers())
				}
			})
		})
	}
}

// TestCallerOfAPageThatStaysAwayGoesOnWithoutIt: with who is in the talk, or at the head of the queue.
func TestCallerOfAPageThatStaysAwayGoesOnWithoutIt(t *testing.T) {
	for name, state := range agentsPhone {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, onPage("anna"))
				w := state.begins(h)
				h.goes(w.anna)
				later(20 * time.Second)
				if a := h.agent("anna"); a.Activity != queues.WrapUp || a.Next != queues.NotReady || a.NextReason != queues.PhoneLost {
					t.Errorf("whose page is gone is %+v", a)
				}
				outcome := tickets.Served
				switch {
				case w.agent && name != "somebody's phone rings": // who rings has missed it meanwhile
					w.hear("CT", "")
					h.is("clara", queues.Ready, queues.Talking)
				default:
					if all := heard(w.c); !strings.Contains(all, "ru hotline/agent_lost\nmusic:default") || w.c.HearsMusic() == "" {
						t.Errorf("who has lost the agent heard\n%s", all)
					}
					outcome = tickets.AbandonedInQueue
				}
				w.c.Hangup()
				later(time.Second)
				h.endedAs(w.c, outcome)
				if n := h.line.LostAgents(); n != 1 {
					t.Errorf("%d agents are lost", n)
				}
			})
		})
	}
}

// TestWhoIsInTheTalkMayLeaveWhileThePageIsAway: the caller hears music then, and the agent comes back to them.
func TestWhoIsInTheTalkMayLeaveWhileThePageIsAway(t *testing.T) {
	for name, is := range map[string][2]string{"somebody is asked": {"", "C"}, "swapped": {"CA", ""}, "all together": {"CA", ""}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, onPage("anna"))
				w := agentsPhone[name].begins(h)
				h.goes(w.anna)
				w.asked.Hangup()
				later(time.Second)
				w.hear("", "C")
				h.comesBack(w.anna)
				w.hear(is[0], is[1])
				w.c.Hangup()
				later(time.Second)
				h.endedAs(w.c, tickets.Served)
			})
		})
	}
}

// TestAgentEndsTheTalkOnTheDeskWhileTheirPhoneIsAway: the caller goes on in the flow, as ever.
func TestAgentEndsTheTalkOnTheDeskWhileTheirPhoneIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, onPage("anna"))
		c, anna := h.talks()
		h.goes(anna)
		if there, err := h.line.HangUpAgent(t.Context(), c.ID(), "anna"); !there || err != nil {
			t.Fatalf("hung up: %v, %v", there, err)
		}
		later(time.Minute)
		h.is("anna", queues.Ready, queues.Idle)
		h.endedAs(c, tickets.Served)
	})
}

// TestCallerWhoHangsUpWhileThePageIsAwayLeavesNothing: the page is not called any more.
func TestCallerWhoHangsUpWhileThePageIsAwayLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, onPage("anna"))
		c, anna := h.talks()
		h.goes(anna)
		c.Hangup()
		later(time.Second)
		h.comesBack(anna)
		if anna.State() != memory.Idle {
			t.Errorf("her phone is %s", anna.State())
		}
		h.is("anna", queues.Ready, queues.WrapUp)
		h.endedAs(c, tickets.Served)
	})
}

// TestCallerWhoHangsUpWhileThePageIsAwayHasHadATalk: in each state of it the agent wraps up, and who was asked is free.
func TestCallerWhoHangsUpWhileThePageIsAwayHasHadATalk(t *testing.T) {
	for name, state := range agentsPhone {
		for what, then := range map[string]func(h *house, anna *memory.Phone){
			"back": func(h *house, anna *memory.Phone) { h.comesBack(anna) }, "not back": func(*house, *memory.Phone) {}, "restart": nil,
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := open(t, onPage("anna"))
					w := state.begins(h)
					h.goes(w.anna)
					if then == nil {
						if w.asked.State() != memory.Idle {
							return // the caller is theirs from then on
						}
						h.restarts(memory.ErrCrashed, time.Second, "anna", "clara")
						then = func(*house, *memory.Phone) {}
					}
					w.c.Hangup()
					later(time.Second)
					then(h, w.anna)
					if w.anna.State() != memory.Idle || w.asked.State() != memory.Idle {
						t.Errorf("the phones are %s and %s", w.anna.State(), w.asked.State())
					}
					w.are(queues.WrapUp, queues.Idle)
					h.endedAs(w.c, tickets.Served)
				})
			})
		}
	}
}

// TestWhoIsAskedHearsMusicWhileThePageOfWhoAsksIsAway, who has answered meanwhile, too.
func TestWhoIsAskedHearsMusicWhileThePageOfWhoAsksIsAway(t *testing.T) {
	for _, agent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, onPage("anna"))
			w := h.consults(agent)
			h.goes(w.anna)
			w.asked.Answer()
			later(time.Second)
			w.hear("", "CT")
			h.comesBack(w.anna)
			w.hear("AT", "C")
			w.are(queues.Consulting, queues.Consulting)
			w.do(h.line.Complete)
			w.hear("CT", "")
			w.c.Hangup()
			later(time.Second)
		})
	}
}

// TestSupervisorWhoComesAndGoesWhileThePageIsAwayLeavesTheTalkWaiting for the agent.
func TestSupervisorWhoComesAndGoesWhileThePageIsAwayLeavesTheTalkWaiting(t *testing.T) {
	for name, state := range agentsPhone {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, onPage("anna"))
				w := state.begins(h)
				h.goes(w.anna)
				olga := h.oversees(w.c, "olga", telephony.Speaks)
				later(time.Second)
				olga.Hangup()
				later(time.Second)
				w.hear(state.meanwhile[0], state.meanwhile[1])
				h.comesBack(w.anna)
				w.hear(state.is[0], state.is[1])
				h.is("anna", queues.Ready, state.activity)
				w.c.Hangup()
				later(time.Second)
			})
		})
	}
}

// TestPhoneThatIsLostWithItsPageIsToldOnce, though the talk cannot wait for it as the switch plays no music.
func TestPhoneThatIsLostWithItsPageIsToldOnce(t *testing.T) {
	for _, name := range []string{"talking", "somebody is asked"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, onPage("anna"))
				w := agentsPhone[name].begins(h)
				h.sw.PlaysMusic(false)
				h.goes(w.anna)
				h.sw.PlaysMusic(true)
				later(time.Second)
				if name == "somebody is asked" {
					w.hear("CT", "")
				}
				w.c.Hangup()
				later(time.Second)
				h.contact(w.c)
				lost := 0
				h.store.mu.Lock()
				for _, f := range h.store.facts {
					if _, is := f.Event.(tickets.ConnectionLost); is {
						lost++
					}
				}
				h.store.mu.Unlock()
				if n := h.line.LostAgents(); n != 1 || lost != 1 {
					t.Errorf("%d agents are lost, and the ticket tells of %d", n, lost)
				}
			})
		})
	}
}

// TestNoKillLosesACallerWhosePageIsAway: whatever moment Hotline dies in, they hear music until the agent is back.
func TestNoKillLosesACallerWhosePageIsAway(t *testing.T) {
	for _, name := range []string{"talking", "on hold", "somebody is asked", "swapped", "all together"} {
		t.Run(name, func(t *testing.T) {
			state := agentsPhone[name]
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				w := state.begins(h)
				kill()
				h.goes(w.anna)
				if h.sw.Connected() {
					h.comesBack(w.anna)
				}
				killed := !h.sw.Connected()
				h.sw.CrashAfter(0, nil)
				if killed {
					h.restarts(memory.ErrCrashed, time.Second, "anna")
					h.resumed(1)
					if w.anna.State() != memory.Talking {
						h.comesBack(w.anna)
					}
					later(time.Second)
				}
				switch {
				case w.c.HearsPhone(w.anna), w.c.HearsPhone(w.asked):
				case w.c.HearsMusic() != "" && (w.anna.State() == memory.Talking || w.asked.State() == memory.Talking):
					if name == "talking" {
						t.Error("the caller of a talk stays on hold")
					}
				default:
					t.Errorf("the caller heard\n%s\nthe desk was shown %s", heard(w.c), h.desk.story())
				}
				w.c.Hangup()
				later(time.Second)
				for _, p := range []*memory.Phone{w.anna, w.asked} {
					if p.State() == memory.Talking {
						p.Hangup()
						later(time.Second)
					}
				}
				h.endedAs(w.c, tickets.Served)
				return killed
			}, onPage("anna"))
		})
	}
}

// TestSupervisorWhoIsLeftWithTheCallerHasThemFromAPageThatIsAway: the page is not called any more, brings nobody into their talk, and does not end it.
func TestSupervisorWhoIsLeftWithTheCallerHasThemFromAPageThatIsAway(t *testing.T) {
	for _, back := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, onPage("anna"))
			w := agentsPhone["all together"].begins(h)
			h.goes(w.anna)
			olga := h.oversees(w.c, "olga", telephony.Speaks)
			w.asked.Hangup()
			later(time.Second)
			if back {
				h.comesBack(w.anna)
			}
			later(30 * time.Second)
			if !w.c.HearsPhone(olga) || !olga.HearsCustomer(w.c) || w.c.HearsMusic() != "" {
				t.Errorf("the caller and the supervisor do not hear each other:\n%s", heard(w.c))
			}
			if w.anna.State() != memory.Idle {
				t.Errorf("the phone of whose talk is over is %s", w.anna.State())
			}
			if n := h.line.LostAgents(); n != 1 {
				t.Errorf("%d agents are lost", n)
			}
			if a := h.agent("anna"); a.Reason != queues.PhoneLost {
				t.Errorf("whose page is gone is %+v", a)
			}
			olga.Hangup()
			later(5 * time.Second)
			if all := heard(w.c); !strings.Contains(all, "ru hotline/agent_lost\nmusic:default") {
				t.Errorf("who has lost the agent heard\n%s", all)
			}
			w.c.Hangup()
			later(time.Second)
			h.endedAs(w.c, tickets.AbandonedRinging) // at who was asked
		})
	}
}

// TestHoldThatLastsTooLongWhileThePageIsAwayEndsAsItIsBack.
func TestHoldThatLastsTooLongWhileThePageIsAwayEndsAsItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, onPage("anna"))
		w := agentsPhone["on hold"].begins(h)
		later(30*time.Minute - 2*time.Second)
		h.goes(w.anna)
		later(5 * time.Second)
		w.hear("", "C")
		h.comesBack(w.anna)
		w.hear("CA", "")
		h.is("anna", queues.Ready, queues.Talking)
		w.c.Hangup()
		later(time.Second)
		h.endedAs(w.c, tickets.Served)
	})
}

// TestNoKillLeavesAnybodyInSilenceWhosePageIsAway: whatever moment Hotline dies in as the page goes, and as it comes back, and whoever hangs up before the next one is there,
// each who is there then hears somebody, or music. Only an agent who had put the caller on hold hears nothing.
func TestNoKillLeavesAnybodyInSilenceWhosePageIsAway(t *testing.T) {
	for name, state := range agentsPhone {
		for _, back := range []bool{true, false} {
			for _, leaves := range []string{"nobody", "the caller", "who is asked"} {
				t.Run(fmt.Sprintf("%s, it comes back %v, %s hangs up", name, back, leaves), func(t *testing.T) {
					atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
						w := state.begins(h)
						kill()
						h.goes(w.anna)
						later(2 * time.Second)
						if back {
							h.comesBack(w.anna)
						}
						later(3 * time.Second)
						killed := !h.sw.Connected()
						h.sw.CrashAfter(0, nil)
						switch leaves {
						case "the caller":
							w.c.Hangup()
						case "who is asked":
							w.asked.Hangup()
						}
						if killed {
							h.restarts(memory.ErrCrashed, time.Second, "anna", "clara")
						}
						hear := func(when string) {
							t.Helper()
							if leaves != "the caller" && !w.c.HearsMedia() && !w.c.HearsPhone(w.anna) && !w.c.HearsPhone(w.asked) {
								t.Errorf("%s the caller hears nothing:\n%s", when, heard(w.c))
							}
							if w.asked.State() == memory.Talking && !w.asked.HearsMedia() && !w.asked.HearsPhone(w.anna) && !w.asked.HearsCustomer(w.c) {
								t.Errorf("%s who is asked hears nothing", when)
							}
							if leaves == "nobody" && strings.Contains(state.is[0], "A") && w.anna.State() == memory.Talking && !w.anna.HearsPhone(w.asked) && !w.anna.HearsCustomer(w.c) {
								t.Errorf("%s anna hears nobody", when)
							}
						}
						later(2 * time.Second)
						hear("after it")
						w.anna.Answers(100 * time.Millisecond)
						w.anna.Reachable(true)
						later(40 * time.Second)
						hear("in the end")
						w.anna.Ignores()
						w.c.Hangup()
						later(time.Second)
						for _, p := range []*memory.Phone{w.anna, w.asked} {
							p.Hangup()
							later(time.Second)
						}
						later(2 * time.Minute)
						if a := h.agent("anna"); a.Activity != queues.Idle {
							t.Errorf("anna is %+v", a)
						}
						h.nothingLeft()
						return killed
					}, onPage("anna"))
				})
			}
		}
	}
}
