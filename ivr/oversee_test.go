package ivr_test

import (
	"errors"
	"fmt"
	"slices"
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

// oversees lets a supervisor take part in a call, who answers their phone at once.
func (h *house) oversees(c *memory.Customer, by queues.AgentID, m telephony.Manner) *memory.Phone {
	h.Helper()
	boss := h.sw.Phone(string(by))
	boss.Answers(time.Second)
	if err := h.line.Oversee(h.Context(), c.ID(), by, m); err != nil {
		h.Errorf("%s %v: %v", by, m, err)
	}
	synctest.Wait()
	return boss
}

// there is who takes part in which call, as "olga listens 1".
func (h *house) there(calls ...*memory.Customer) (all []string) {
	for _, a := range h.line.Attendances() {
		at := slices.IndexFunc(calls, func(c *memory.Customer) bool { return c.ID() == a.Call })
		all = append(all, fmt.Sprintf("%s %v %d", a.By, a.Manner, at+1))
	}
	return all
}

func (h *house) areThere(want []string, calls ...*memory.Customer) {
	h.Helper()
	if got := h.there(calls...); !slices.Equal(got, want) {
		h.Errorf("at the calls are %q, not %q", got, want)
	}
}

// A supervisor goes with the caller through a hold and a transfer, and to another call; what is told of it is what is so.
func TestASupervisorGoesWithTheCallAndToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told [][]ivr.Attendance
		h := open(t, func(h *house) { h.options.Overseen = func(all []ivr.Attendance) { told = append(told, all) } })
		c, anna := h.talks()
		h.sw.Phone("boris").Answers(time.Second)
		if err := h.line.Oversee(t.Context(), c.ID(), "anna", telephony.Listens); !errors.Is(err, ivr.ErrOwnTalk) {
			t.Errorf("to herself: %v", err)
		}
		olga := h.oversees(c, "olga", telephony.Listens)
		petr := h.oversees(c, "petr", telephony.Whispers)
		h.areThere([]string{"olga listens 1", "petr whispers 1"}, c)
		if !olga.HearsCustomer(c) || !olga.HearsPhone(anna) || !anna.HearsPhone(petr) || c.HearsPhone(petr) || anna.HearsPhone(olga) {
			t.Error("somebody hears whom they should not")
		}
		if rings := olga.Rings(); rings[0].From.Key() != ivan || rings[0].Name != "Anna" {
			t.Errorf("her phone shows %+v", rings[0])
		}
		h.oversees(c, "olga", telephony.Speaks)
		if !c.HearsPhone(olga) || len(olga.Rings()) != 1 {
			t.Error("who is there is called again, or not heard")
		}
		h.holds(c)
		if !anna.HearsPhone(olga) || !anna.HearsPhone(petr) || c.HearsPhone(olga) || c.HearsMusic() == "" {
			t.Error("on hold the agent does not hear the two supervisors, or the caller does")
		}
		h.resumes(c)

		boris := h.comes("boris")
		boris.Answers(2 * time.Second)
		if err := h.line.Transfer(t.Context(), c.ID(), "anna", ivr.Transfer{Agent: "boris"}); err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		if !olga.HearsMedia() || olga.HearsCustomer(c) || c.HearsPhone(olga) {
			t.Error("between two agents a supervisor hears no music, or the caller")
		}
		later(5 * time.Second)
		if !c.HearsPhone(boris) || !c.HearsPhone(olga) || !boris.HearsPhone(petr) || c.HearsPhone(petr) {
			t.Errorf("with the next agent the supervisors are not as they were; %s", h.desk.story())
		}

		later(time.Minute)
		d := h.calls()
		d.Type("13")
		later(tillQueue + 5*time.Second)
		h.oversees(d, "olga", telephony.Listens)
		h.areThere([]string{"olga listens 2", "petr whispers 1"}, c, d)
		if !olga.HearsCustomer(d) || olga.HearsCustomer(c) || len(olga.Rings()) != 2 {
			t.Error("she is not at the other call, or at both")
		}
		if _, err := h.line.StopOverseeing(t.Context(), "olga"); err != nil {
			t.Error(err)
		}
		if _, err := h.line.StopOverseeing(t.Context(), "olga"); !errors.Is(err, ivr.ErrOverseesNothing) {
			t.Errorf("stopped twice: %v", err)
		}
		c.Hangup()
		later(3 * time.Second)
		h.areThere(nil)
		if err := h.line.Oversee(t.Context(), c.ID(), "olga", telephony.Listens); !errors.Is(err, ivr.ErrTalkOver) {
			t.Errorf("to a call that is over: %v", err)
		}
		if last := told[len(told)-1]; len(last) > 0 {
			t.Errorf("the last that was told is %+v", last)
		}
		d.Hangup()
		later(time.Minute)
	})
}

// A supervisor who does not take the phone is nowhere, and the talk goes on; a second wish ends the first.
func TestASupervisorWhoDoesNotAnswerIsNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.sw.Phone("olga")
		var failed *telephony.DialError
		if err := h.line.Oversee(t.Context(), c.ID(), "olga", telephony.Listens); !errors.As(err, &failed) || failed.Cause != telephony.CauseNoAnswer {
			t.Errorf("her phone rang in vain: %v", err)
		}
		first := make(chan error, 1)
		go func() { first <- h.line.Oversee(t.Context(), c.ID(), "olga", telephony.Listens) }()
		later(5 * time.Second)
		h.oversees(c, "olga", telephony.Whispers)
		if err := <-first; err == nil {
			t.Error("the first wish came true")
		}
		h.areThere([]string{"olga whispers 1"}, c)
		h.sw.Phone("olga").Hangup()
		later(time.Second)
		h.areThere(nil)
		if !anna.HearsCustomer(c) {
			t.Error("the talk is not as before")
		}
		c.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
	})
}

// TestAWhisperThatTheSwitchCannotIsRefusedBeforeAnyPhoneRings: and who listens already goes on as before.
func TestAWhisperThatTheSwitchCannotIsRefusedBeforeAnyPhoneRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(h *house) { h.sw = memory.New(memory.Options{Mute: true}) })
		c, anna := h.talks()
		olga := h.sw.Phone("olga")
		olga.Answers(time.Second)
		whispers := func() {
			t.Helper()
			if err := h.line.Oversee(t.Context(), c.ID(), "olga", telephony.Whispers); !errors.Is(err, telephony.ErrWhisperUnsafe) {
				t.Errorf("a whisper is answered %v", err)
			}
			synctest.Wait()
		}
		whispers()
		h.areThere(nil)
		if rings := olga.Rings(); len(rings) > 0 {
			t.Errorf("her phone has rung: %+v", rings)
		}
		h.oversees(c, "olga", telephony.Listens)
		whispers()
		h.areThere([]string{"olga listens 1"}, c)
		if !olga.HearsCustomer(c) || anna.HearsPhone(olga) || !anna.HearsCustomer(c) {
			t.Error("she does not listen as before")
		}
		c.Hangup()
		later(time.Minute)
		h.endedAs(c, tickets.Served)
	})
}

// TestAHotlineThatStopsSaysOfNoSupervisorThatTheyHaveLeft: they listen on, and would be offered calls meanwhile.
func TestAHotlineThatStopsSaysOfNoSupervisorThatTheyHaveLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told [][]ivr.Attendance
		h := open(t, func(h *house) { h.options.Overseen = func(all []ivr.Attendance) { told = append(told, all) } })
		c, anna := h.talks()
		olga := h.oversees(c, "olga", telephony.Listens)
		before := len(told)
		h.stop(telephony.ErrHandover)
		synctest.Wait()
		if len(told) != before {
			t.Errorf("the Hotline that stops has told %+v", told[before:])
		}
		h.restarts(telephony.ErrHandover, time.Second, "anna")
		h.areThere([]string{"olga listens 1"}, c)
		if !olga.HearsCustomer(c) || !olga.HearsPhone(anna) || len(olga.Rings()) != 1 {
			t.Error("she does not listen as before")
		}
		c.Hangup()
		later(time.Minute)
		h.areThere(nil)
	})
}

// TestSupervisorsAreThereAfterAKillAtAnyMoment: whatever step of theirs Hotline died after, the caller talks, and a supervisor is there as
// they are said to be, or not at all.
func TestSupervisorsAreThereAfterAKillAtAnyMoment(t *testing.T) {
	for _, way := range [][2]telephony.Manner{
		{telephony.Listens, telephony.Whispers}, {telephony.Whispers, telephony.Speaks}, {telephony.Speaks, telephony.Listens}, {telephony.Listens, telephony.Speaks},
	} {
		t.Run(fmt.Sprint(way), func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				c, anna := h.talks()
				olga := h.sw.Phone("olga")
				olga.Answers(time.Second)
				kill()
				for _, m := range way {
					_ = h.line.Oversee(t.Context(), c.ID(), "olga", m)
				}
				later(5 * time.Second)
				killed := !h.sw.Connected()
				if killed {
					h.restarts(memory.ErrCrashed, time.Second, "anna")
					h.resumed(1)
				}
				later(5 * time.Second)
				if !c.HearsPhone(anna) || !anna.HearsCustomer(c) || c.HearsMedia() {
					t.Errorf("the caller does not talk with the agent: %s", heard(c))
				}
				there := h.line.Attendances()
				switch {
				case olga.State() == memory.Idle:
					if len(there) > 0 {
						t.Errorf("her phone is idle, and she is said to be there: %v", there)
					}
				case len(there) != 1:
					t.Errorf("her phone is %s, and nobody is said to be there", olga.State())
				default:
					m := there[0].Manner
					if !olga.HearsCustomer(c) || !olga.HearsPhone(anna) || anna.HearsPhone(olga) != (m != telephony.Listens) || c.HearsPhone(olga) != (m == telephony.Speaks) {
						t.Errorf("a supervisor %v: she hears the caller %v and the agent %v, and is heard by the agent %v and the caller %v",
							m, olga.HearsCustomer(c), olga.HearsPhone(anna), anna.HearsPhone(olga), c.HearsPhone(olga))
					}
				}
				h.sw.CrashAfter(0, nil)
				anna.Hangup()
				later(time.Second)
				c.Hangup()
				later(3 * time.Second)
				h.endedAs(c, tickets.Served)
				if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 {
					t.Errorf("%d channels and %d bridges are left", channels, bridges)
				}
				return killed
			})
		})
	}
}

// TestASupervisorWhoSpeaksStaysWithTheCallerWhomTheAgentLeaves, on hold or not: the agent wraps up, and the flow goes on when the supervisor leaves.
func TestASupervisorWhoSpeaksStaysWithTheCallerWhomTheAgentLeaves(t *testing.T) {
	for _, held := range []bool{false, true} {
		for _, supervisorLeaves := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				c, anna := h.talks()
				olga := h.oversees(c, "olga", telephony.Speaks)
				petr := h.oversees(c, "petr", telephony.Listens)
				if held {
					h.holds(c)
				}
				anna.Hangup()
				later(5 * time.Second) // the silences by which petr hears are over
				if !c.HearsPhone(olga) || !olga.HearsCustomer(c) || c.HearsMusic() != "" || olga.HearsMedia() {
					t.Errorf("the caller and the supervisor do not hear each other:\n%s", heard(c))
				}
				if !petr.HearsCustomer(c) || !petr.HearsPhone(olga) || c.HearsPhone(petr) {
					t.Error("who listens does not hear both, or is heard")
				}
				h.is("anna", queues.Ready, queues.WrapUp)
				if err := h.line.Oversee(t.Context(), c.ID(), "olga", telephony.Listens); !errors.Is(err, ivr.ErrTalkOver) {
					t.Errorf("who is alone with the caller leaves them in silence: %v", err)
				}
				if err := h.line.Hold(t.Context(), c.ID(), "anna"); !errors.Is(err, ivr.ErrTalkOver) {
					t.Errorf("whose talk is over holds the caller: %v", err)
				}
				later(time.Minute)
				h.areThere([]string{"olga speaks 1", "petr listens 1"}, c)
				if !supervisorLeaves {
					c.Hangup()
				} else {
					olga.Hangup()
					later(time.Second)
					if !petr.HearsMedia() || !strings.Contains(heard(c), "hotline/") {
						t.Error("the flow does not go on")
					}
					later(time.Minute)
				}
				later(time.Second)
				h.areThere(nil)
				h.is("anna", queues.Ready, queues.Idle)
				h.endedAs(c, tickets.Served)
			})
		}
	}
}

// TestEitherOfTwoSupervisorsMayListenWhoAreAloneWithTheCaller, and the last one who speaks stays.
func TestEitherOfTwoSupervisorsMayListenWhoAreAloneWithTheCaller(t *testing.T) {
	for first := range 2 {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, anna := h.talks()
			names := []queues.AgentID{"olga", "petr"}
			there := []*memory.Phone{h.oversees(c, "olga", telephony.Speaks), h.oversees(c, "petr", telephony.Speaks)}
			anna.Hangup()
			later(5 * time.Second)
			listens, speaks := there[first], there[1-first]
			if err := h.line.Oversee(t.Context(), c.ID(), names[first], telephony.Listens); err != nil {
				t.Errorf("%s may not listen: %v", names[first], err)
			}
			later(5 * time.Second) // the silences by which they hear are over
			if !c.HearsPhone(speaks) || !speaks.HearsCustomer(c) || c.HearsPhone(listens) || !listens.HearsCustomer(c) || !listens.HearsPhone(speaks) {
				t.Error("who listens does not hear both, or is heard, or the caller and who speaks do not hear each other")
			}
			if err := h.line.Oversee(t.Context(), c.ID(), names[1-first], telephony.Listens); !errors.Is(err, ivr.ErrTalkOver) {
				t.Errorf("who is alone with the caller leaves them in silence: %v", err)
			}
			c.Hangup()
			h.endedAs(c, tickets.Served)
		})
	}
}

// TestOfTwoSupervisorsWhoWantToListenAtOnceOneStaysWithTheCaller.
func TestOfTwoSupervisorsWhoWantToListenAtOnceOneStaysWithTheCaller(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, anna := h.talks()
			olga, petr := h.oversees(c, "olga", telephony.Speaks), h.oversees(c, "petr", telephony.Speaks)
			anna.Hangup()
			later(5 * time.Second)
			answers := make(chan error, 2)
			for _, by := range []queues.AgentID{"olga", "petr"} {
				go func() { answers <- h.line.Oversee(t.Context(), c.ID(), by, telephony.Listens) }()
			}
			one, other := <-answers, <-answers
			if (one == nil) == (other == nil) || !errors.Is(errors.Join(one, other), ivr.ErrTalkOver) {
				t.Errorf("the two are answered %v and %v", one, other)
			}
			later(5 * time.Second)
			if c.HearsPhone(olga) == c.HearsPhone(petr) {
				t.Error("not one of the two is with the caller")
			}
			c.Hangup()
			h.endedAs(c, tickets.Served)
		})
	}
}

// TestCallerWhoLosesTheAgentWaitsWhenTheSupervisorHasLeft: who speaks with them meanwhile does not cost them their place. Who hangs up on the supervisor
// was served.
func TestCallerWhoLosesTheAgentWaitsWhenTheSupervisorHasLeft(t *testing.T) {
	for _, supervisorLeaves := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, anna := h.talks()
			olga := h.oversees(c, "olga", telephony.Speaks)
			later(time.Minute)
			anna.Vanish()
			later(5 * time.Second)
			if !c.HearsPhone(olga) {
				t.Errorf("the supervisor is not with the caller:\n%s", heard(c))
			}
			if n := h.line.LostAgents(); n != 1 {
				t.Errorf("%d agents are lost", n)
			}
			if !supervisorLeaves {
				c.Hangup()
				h.endedAs(c, tickets.Served)
				return
			}
			olga.Hangup()
			later(5 * time.Second)
			h.agentLost(c)
			if q := h.waiting(); q.Waiting != 1 {
				t.Errorf("%d wait", q.Waiting)
			}
			c.Hangup()
			if contact := h.endedAs(c, tickets.AbandonedInQueue); contact.LostBy != tickets.AgentsSide {
				t.Errorf("the contact is %+v", contact)
			}
		})
	}
}

// TestHotlineThatDiesWhileASupervisorIsAloneWithTheCallerGoesOnInTheFlow: nobody is left in silence.
func TestHotlineThatDiesWhileASupervisorIsAloneWithTheCallerGoesOnInTheFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.oversees(c, "olga", telephony.Speaks)
		anna.Hangup()
		later(3 * time.Second)
		h.restarts(memory.ErrCrashed, time.Second, "anna")
		later(time.Minute)
		h.endedAs(c, tickets.Served)
		h.areThere(nil)
		h.is("anna", queues.Ready, queues.Idle)
	})
}

// TestTwoSupervisorsAreThereAfterAKillAtAnyMomentOfATransfer: whatever step Hotline died after while the caller of two supervisors goes to another
// agent, each of the two is there as they are said to be, and hears and is heard by whom they should, or is nowhere.
func TestTwoSupervisorsAreThereAfterAKillAtAnyMomentOfATransfer(t *testing.T) {
	for _, manners := range [][2]telephony.Manner{{telephony.Listens, telephony.Whispers}, {telephony.Speaks, telephony.Speaks}, {telephony.Whispers, telephony.Speaks}} {
		t.Run(fmt.Sprint(manners), func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				c, _ := h.talks()
				boris := h.comes("boris")
				boris.Answers(2 * time.Second)
				bosses := map[queues.AgentID]*memory.Phone{"olga": h.oversees(c, "olga", manners[0]), "petr": h.oversees(c, "petr", manners[1])}
				kill()
				_ = h.line.Transfer(t.Context(), c.ID(), "anna", ivr.Transfer{Agent: "boris"})
				later(10 * time.Second)
				killed := !h.sw.Connected()
				h.sw.CrashAfter(0, nil)
				if killed {
					h.restarts(memory.ErrCrashed, time.Second, "anna", "boris")
					h.resumed(1)
				}
				later(time.Minute)
				with := boris
				if anna := h.sw.Phone("anna"); anna.State() == memory.Talking { // the transfer was not noted
					if with = anna; !c.HearsPhone(anna) { // and the caller is on hold with her
						h.resumes(c)
					}
				}
				if !c.HearsPhone(with) || !with.HearsCustomer(c) || c.HearsMedia() {
					t.Errorf("the caller talks with neither agent: %s", heard(c))
				}
				said := map[queues.AgentID]telephony.Manner{}
				for _, a := range h.line.Attendances() {
					said[a.By] = a.Manner
				}
				for by, boss := range bosses {
					m, is := said[by]
					switch {
					case is != (boss.State() != memory.Idle):
						t.Errorf("the phone of %s is %s, and they are said to be there: %v", by, boss.State(), is)
					case is && (!boss.HearsCustomer(c) || !boss.HearsPhone(with) || with.HearsPhone(boss) != (m != telephony.Listens) || c.HearsPhone(boss) != (m == telephony.Speaks)):
						t.Errorf("%s, who %v, hears the caller %v and the agent %v, and is heard by the agent %v and the caller %v",
							by, m, boss.HearsCustomer(c), boss.HearsPhone(with), with.HearsPhone(boss), c.HearsPhone(boss))
					}
					for other, theirs := range bosses {
						if om, there := said[other]; other != by && is && there && boss.HearsPhone(theirs) != (om == telephony.Speaks) {
							t.Errorf("%s hears %s, who %v: %v", by, other, om, boss.HearsPhone(theirs))
						}
					}
				}
				c.Hangup()
				later(5 * time.Second)
				for by, boss := range bosses {
					if boss.State() != memory.Idle {
						t.Errorf("the phone of %s is %s after the call", by, boss.State())
					}
				}
				h.endedAs(c, tickets.Served)
				return killed
			})
		})
	}
}
