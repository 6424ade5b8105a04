package ivr_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/telephony/words"
	"hotline/tickets"
)

// restart runs a test for both ways in which Hotline ends.
func restart(t *testing.T, test func(t *testing.T, cause error)) {
	for name, cause := range map[string]error{"killed": memory.ErrCrashed, "stopped": telephony.ErrHandover} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, cause) })
		})
	}
}

// TestWhoIsFoundWaitingHasTheirPlaceBeforeAnythingIsAsked: offers are held until all who were found have theirs, and a switch may be late to answer.
func TestWhoIsFoundWaitingHasTheirPlaceBeforeAnythingIsAsked(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c := h.waits()
		h.stop(cause)
		later(time.Second)
		asked := "" // the first is for a bridge that may be left of a talk
		h.sw.CrashAfter(2, func() { asked = fmt.Sprintf("after the second request %d have their place", h.line.Resumed()) })
		h.start()
		later(200 * time.Millisecond)
		if h.resumed(1); asked != "after the second request 1 have their place" {
			t.Errorf("asked was %q", asked)
		}
		h.sw.CrashAfter(0, nil)
		h.restarts(memory.ErrCrashed, time.Second)
		h.resumed(1)
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInQueue)
	})
}

func TestRestartInFlow(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c := h.calls()
		c.Type("2")
		later(3 * time.Second) // in the menu
		h.restarts(cause, time.Second)
		h.resumed(1)
		later(time.Second)
		c.Type("3")
		later(inNumber)
		want := "en hotline/main_menu …\nen hotline/your_ticket " + string(number(c)) + "\nmusic:default"
		if got := heard(c); !strings.HasSuffix(got, want) || strings.Count(got, "welcome") != 1 {
			t.Errorf("the customer heard\n%s\n\nnot at the end\n%s", got, want)
		}
		c.Hangup()
		contact := h.endedAs(c, tickets.AbandonedInQueue)
		if contact.Ticket != number(c) || contact.Language != "en" || contact.Topic != "fault" || len(contact.Path) != 1 {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

func TestKeyTypedWhileThereIsNoHotlineChoosesFromTheMenu(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c := h.calls()
		c.Type("2")
		later(3 * time.Second) // in the menu
		h.stop(cause)
		later(time.Second)
		c.Type("3")
		h.restarts(nil, time.Second)
		h.resumed(1)
		later(inNumber)
		want := "en hotline/your_ticket " + string(number(c)) + "\nmusic:default"
		if got := heard(c); !strings.HasSuffix(got, want) || strings.Count(got, "main_menu") != 1 {
			t.Errorf("the customer heard\n%s\n\nnot the menu once, and at the end\n%s", got, want)
		}
		c.Hangup()
		if contact := h.endedAs(c, tickets.AbandonedInQueue); contact.Topic != "fault" || len(contact.Path) != 1 {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

func TestKeyTypedWhileTheFlowIsChangedChoosesNothingElse(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c := h.calls()
		c.Type("2")
		later(3 * time.Second) // in the menu
		h.stop(cause)
		c.Type("3")
		h.options.Flow = parse(t, `
start: other
nodes:
  other: {menu: {prompt: main_menu, invalid: invalid, wait: 5s, tries: 2, otherwise: bye, choices: {3: {topic: fault, path: {ru: Да, en: Yes}, next: bye}}}}
  bye: {hangup: {say: [goodbye]}}
`)
		h.restarts(nil, time.Second)
		if got := heard(c); !strings.HasSuffix(got, "main_menu …") {
			t.Errorf("the customer hears\n%s", got)
		}
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInMenu)
	})
}

func TestCallerWhoLeavesTheMenuAfterARestartHasLeftTheMenu(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c := h.calls()
		c.Type("2")
		later(3 * time.Second)
		h.restarts(cause, time.Second)
		c.Hangup()
		h.endedAs(c, tickets.AbandonedInMenu)
	})
}

func TestRestartInQueueKeepsOriginalTime(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		first, second := h.waits(), h.waits()
		since := h.contact(first).QueuedAt
		h.stop(cause)
		later(3 * time.Second)
		if first.HearsMusic() == "" || second.HearsMusic() == "" {
			t.Error("the music has ended")
		}
		newcomer := h.sw.Call(full("+79990000001"), full(dialled)) // rings in the gap
		h.restarts(nil, time.Second)
		h.resumed(2)
		newcomer.Type("13")
		later(tillQueue)
		if q := h.waiting(); q.Waiting != 3 || !q.LongestSince.Equal(since) {
			t.Errorf("%d wait, the longest since %s, not %s", q.Waiting, q.LongestSince, since)
		}
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		for _, c := range []*memory.Customer{first, second, newcomer} {
			later(2 * time.Second)
			if !c.HearsPhone(anna) {
				t.Fatalf("anna has somebody else than %s: %s", c.ID(), h.desk.story())
			}
			c.Hangup()
			later(time.Second)
			h.tell(queues.WrapUpFinished{Agent: "anna"})
		}
		contact := h.endedAs(first, tickets.Served)
		if !contact.QueuedAt.Equal(since) || contact.Ticket != number(first) {
			t.Errorf("the contact says %+v", contact)
		}
		h.endedAs(second, tickets.Served)
		h.endedAs(newcomer, tickets.Served)
	})
}

func TestRestartWhileRinging(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		anna := h.comes("anna")
		c := h.waits()
		since := h.contact(c).QueuedAt
		h.restarts(cause, time.Second)
		if anna.State() != "idle" {
			t.Error("anna's phone rings for nobody")
		}
		if q := h.waiting(); q.Waiting != 1 || !q.LongestSince.Equal(since) {
			t.Errorf("the queue is %+v", q)
		}
		h.comes("anna").Answer()
		later(time.Second)
		if !c.HearsPhone(anna) {
			t.Error("customer and agent do not talk")
		}
		c.Hangup()
		h.endedAs(c, tickets.Served)
	})
}

func TestRestartBetweenTheAnswerAndTheNoteOfTheTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c := h.waits()
		later(time.Minute)
		anna := h.comes("anna")
		rang, note := time.Now(), c.Note()
		anna.Answer()
		later(time.Second)
		h.stop(memory.ErrCrashed)
		c.Remark(note)
		h.restarts(nil, time.Second, "anna")
		if since := h.agent("anna").ActivitySince; since.Before(rang.Add(-time.Second)) {
			t.Errorf("anna talks since %s, and her phone rang only at %s", since, rang)
		}
		if !c.HearsPhone(anna) || !anna.HearsCustomer(c) {
			t.Error("the talk was cut by the restart")
		}
		h.is("anna", queues.Ready, queues.Talking)
		if q := h.waiting(); q.Waiting != 0 {
			t.Errorf("%d wait, and the only caller talks", q.Waiting)
		}
		c.Hangup()
		h.endedAs(c, tickets.Served)
	})
}

// talksShortly is a talk of two seconds, after four in which the phone rang; noted reports whether the note on the caller's channel says that they talk.
func (h *house) talksShortly(t *testing.T) (c *memory.Customer, anna *memory.Phone, noted func() bool) {
	t.Helper()
	c, anna = h.waits(), h.comes("anna")
	later(4 * time.Second) // that it rings
	anna.Answer()
	later(2 * time.Second)
	noted = func() bool { return strings.Contains(c.Note(), `"phase":"talk"`) }
	if !c.HearsPhone(anna) || noted() {
		t.Fatalf("the note of a talk of two seconds, %v, is %s", c.HearsPhone(anna), c.Note())
	}
	return c, anna, noted
}

// TestYoungTalkIsNotedLater: a talk is noted once it has gone on for a while, or with what else is noted of it, and as Hotline stops. Until then a restart finds the two in their
// bridge.
func TestYoungTalkIsNotedLater(t *testing.T) {
	t.Run("goes on for a while", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, _, noted := h.talksShortly(t)
			later(9 * time.Second)
			if !noted() {
				t.Errorf("the note is %s", c.Note())
			}
			c.Hangup()
			h.endedAs(c, tickets.Served)
		})
	})
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c, anna, noted := h.talksShortly(t)
		answered := h.contact(c).AnsweredAt
		h.stop(cause)
		if noted() != errors.Is(cause, telephony.ErrHandover) {
			t.Errorf("after %v the note is %s", cause, c.Note())
		}
		h.restarts(nil, time.Second, "anna")
		if since := h.agent("anna").ActivitySince; errors.Is(cause, telephony.ErrHandover) && !since.Equal(answered) || since.After(answered) || since.Before(answered.Add(-5*time.Second)) {
			t.Errorf("anna talks since %s, and has answered at %s", since, answered)
		}
		if !noted() || !c.HearsPhone(anna) {
			t.Errorf("after the restart the caller hears anna, %v, and the note is %s", c.HearsPhone(anna), c.Note())
		}
		h.restarts(memory.ErrCrashed, time.Second, "anna")
		later(10 * time.Second)
		anna.Hangup()
		later(5 * time.Second)
		if contact := h.endedAs(c, tickets.Served); !contact.AnsweredAt.Equal(answered) {
			t.Errorf("answered at %s, says the contact %s", answered, contact.AnsweredAt)
		}
	})
	t.Run("noted at once where the ringing could not be", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c := h.waits()
			h.sw.Notes(false)
			anna := h.comes("anna")
			later(time.Second) // her phone rings
			h.sw.Notes(true)
			anna.Answer()
			later(2 * time.Second)
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.is("anna", queues.Ready, queues.Talking)
			if !c.HearsPhone(anna) {
				t.Errorf("anna's phone is %s; %s", anna.State(), h.desk.story())
			}
			anna.Hangup()
			later(10 * time.Second)
			if contact := h.endedAs(c, tickets.Served); contact.Agent.ID != "anna" {
				t.Errorf("the contact says %+v", contact)
			}
		})
	})
	t.Run("on hold", func(t *testing.T) {
		atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
			c, anna, _ := h.talksShortly(t)
			kill()
			_ = h.line.Hold(t.Context(), c.ID(), "anna") // the kill may come first
			later(time.Second)
			killed, apart := !h.sw.Connected(), !anna.HearsCustomer(c)
			h.sw.CrashAfter(0, nil)
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			later(time.Second)
			held := h.agent("anna").Activity == queues.OnHold
			if h.isHeld(c, anna, held); held != apart {
				t.Errorf("the caller was on hold, %v, and is now, %v", apart, held)
			}
			c.Hangup()
			later(time.Second)
			h.endedAs(c, tickets.Served)
			return killed
		})
	})
}

// TestWhoWasLeftInAYoungTalkWasServedUnlessItWasHardlyOne: a restart finds a caller alone in the bridge of a talk that was not noted, as the agent has left it meanwhile.
func TestWhoWasLeftInAYoungTalkWasServedUnlessItWasHardlyOne(t *testing.T) {
	t.Run("is left after a second kill", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, anna, _ := h.talksShortly(t)
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.stop(memory.ErrCrashed)
			later(time.Minute)
			anna.Hangup()
			h.restarts(nil, time.Second, "anna")
			later(time.Minute)
			h.endedAs(c, tickets.Served)
		})
	})
	t.Run("left after a long gap", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, anna, _ := h.talksShortly(t)
			answered := h.contact(c).AnsweredAt
			h.stop(memory.ErrCrashed)
			later(4 * time.Minute)
			anna.Hangup()
			later(time.Minute)
			h.start()
			later(10 * time.Second)
			if contact := h.endedAs(c, tickets.Served); contact.Agent.ID != "anna" || !contact.AnsweredAt.Equal(answered) {
				t.Errorf("answered at %s, says the contact %+v", answered, contact)
			}
		})
	})
	t.Run("left as it began", func(t *testing.T) { // before the answer is written
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c := h.waits()
			anna := h.comes("anna")
			anna.Answer()
			later(100 * time.Millisecond)
			h.stop(memory.ErrCrashed)
			later(time.Minute)
			anna.Hangup()
			h.start()
			later(10 * time.Second)
			if contact := h.endedAs(c, tickets.Served); contact.Agent.ID != "anna" || contact.AnsweredAt.IsZero() {
				t.Errorf("the contact says %+v", contact)
			}
		})
	})
	t.Run("left in the gap", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, anna, _ := h.talksShortly(t)
			h.stop(memory.ErrCrashed)
			anna.Hangup()
			later(time.Second)
			h.start()
			later(time.Second)
			if q := h.waiting(); q.Waiting != 1 || c.HearsMusic() == "" {
				t.Errorf("the queue is %+v, the caller heard\n%s", q, heard(c))
			}
			c.Hangup()
		})
	})
}

func TestRestartInTalk(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c, anna := h.talks()
		answered := h.contact(c).AnsweredAt
		h.stop(cause)
		later(time.Second)
		if !c.HearsPhone(anna) || !anna.HearsCustomer(c) {
			t.Error("the talk was cut")
		}
		h.restarts(nil, time.Second, "anna")
		if !c.HearsPhone(anna) || !anna.HearsCustomer(c) {
			t.Error("the talk was cut by the restart")
		}
		h.is("anna", queues.Ready, queues.Talking)
		if since := h.agent("anna").ActivitySince; !since.Equal(answered) {
			t.Errorf("anna talks since %s, not %s", since, answered)
		}
		if s := h.desk.last("talking anna"); s.pop.Call != c.ID() || s.pop.Greeting == nil || s.pop.Ticket.Number != number(c) {
			t.Errorf("the desk shows %+v", s)
		}
		if there, err := h.line.HangUpAgent(t.Context(), c.ID(), "anna"); !there || err != nil {
			t.Errorf("hang up: %v, %v", there, err)
		}
		later(5 * time.Second)
		h.is("anna", queues.Ready, queues.WrapUp)
		contact := h.endedAs(c, tickets.Served)
		if !contact.AnsweredAt.Equal(answered) || contact.Ticket != number(c) || contact.Agent.ID != "anna" {
			t.Errorf("the contact says %+v", contact)
		}
		if all := heard(c); !strings.HasSuffix(all, "ru hotline/goodbye") {
			t.Errorf("the customer heard:\n%s", all)
		}
	})
}

func TestCallerWhoIsSpeakingToTheRecorderIsNotAskedAgainAfterARestart(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, leadsTo(queues.Destination{Kind: queues.ToVoicemail}))
		c := h.arrives()
		h.restarts(cause, time.Second)
		h.resumed(1)
		later(5 * time.Second)
		contact := h.endedAs(c, tickets.LeftMessage)
		recorded := h.sw.Recordings()
		if len(recorded) != 1 || !slices.Equal(contact.Recordings, []string{recorded[0].Name}) || recorded[0].For < 5*time.Second {
			t.Errorf("recorded is %+v, the contact says %q", recorded, contact.Recordings)
		}
		if all := heard(c); !strings.HasSuffix(all, "tone:beep\nru hotline/message_taken\nru hotline/goodbye") {
			t.Errorf("the customer heard\n%s", all)
		}
	})
}

func TestAgentWhoLeavesInTheGapLeavesTheCallerToTheFlow(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c, anna := h.talks()
		h.stop(cause)
		anna.Hangup()
		h.restarts(nil, time.Second, "anna")
		later(3 * time.Second)
		h.endedAs(c, tickets.Served)
		h.is("anna", queues.Ready, queues.Idle)
	})
}

func TestCallerWhoIsSeenOutByARestartedHotlineWasServed(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		c, anna := h.talks()
		anna.Hangup()
		later(time.Second) // in the good-bye
		h.restarts(cause, time.Second)
		later(5 * time.Second)
		h.endedAs(c, tickets.Served)
	})
}

func TestNothingIsLeftOfACallThatEndedInTheGap(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		talking, anna := h.talks()
		waiting := h.waits()
		h.stop(cause)
		waiting.Hangup()
		talking.Hangup()
		anna.Hangup()
		h.restarts(nil, time.Second, "anna")
		later(time.Second)
		if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 {
			t.Errorf("%d channels and %d bridges are left", channels, bridges)
		}
		if h.line.Live() != 0 || h.waiting().Waiting != 0 {
			t.Errorf("%d calls live, %d wait", h.line.Live(), h.waiting().Waiting)
		}
		h.is("anna", queues.Ready, queues.Idle)
	})
}

// The operator changed the flow, and Hotline is started with another one than the calls began with.
func TestFlowNodeChangedMeanwhile(t *testing.T) {
	const other = `
start: hello
nodes:
  hello: {say: [welcome], next: line}
  line: {queue: {queue: support, music: default}, next: end}
  end: {hangup: {say: [goodbye]}}
`
	changed := func(h *house) {
		h.stop(memory.ErrCrashed)
		h.options.Flow = parse(h.T, other)
		h.restarts(nil, time.Second)
		h.resumed(1)
	}
	t.Run("in the menu the call begins again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c := h.calls()
			c.Type("2")
			later(3 * time.Second)
			changed(h)
			later(3 * time.Second)
			h.hears(c, "ru hotline/welcome …", "en hotline/main_menu", "en hotline/welcome", "music:default")
			c.Hangup()
			h.endedAs(c, tickets.AbandonedInQueue)
		})
	})
	t.Run("in the queue the caller keeps time and place", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c := h.waits()
			since := h.contact(c).QueuedAt
			changed(h)
			if q := h.waiting(); q.Waiting != 1 || !q.LongestSince.Equal(since) {
				t.Errorf("the queue is %+v, and the caller waits since %s", q, since)
			}
			c.Hangup()
			h.endedAs(c, tickets.AbandonedInQueue)
		})
	})
	t.Run("the talk goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, anna := h.talks()
			changed(h)
			h.comes("anna")
			h.is("anna", queues.Ready, queues.Talking)
			if !c.HearsPhone(anna) {
				t.Error("the talk was cut")
			}
			anna.Hangup()
			later(3 * time.Second)
			h.endedAs(c, tickets.Served)
		})
	})
	t.Run("a talk whose queue is gone goes on, and is the end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c, anna := h.talks()
			h.stop(memory.ErrCrashed)
			h.options.Flow = parse(t, "start: bye\nnodes:\n  bye: {hangup: {say: [goodbye]}}\n")
			h.restarts(nil, time.Second, "anna")
			if !c.HearsPhone(anna) {
				t.Error("the talk was cut")
			}
			anna.Hangup()
			h.endedAs(c, tickets.Served)
		})
	})
	t.Run("a caller whose queue is gone begins again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := open(t)
			c := h.waits()
			h.stop(memory.ErrCrashed)
			h.options.Flow = parse(t, "start: bye\nnodes:\n  bye: {hangup: {say: [goodbye]}}\n")
			h.restarts(nil, time.Second)
			h.resumed(1)
			later(3 * time.Second)
			h.endedAs(c, tickets.Informed)
		})
	})
}

// marked is a line that leaves a note and stays, as a Hotline of another version may.
type marked string

func (m marked) Serve(ctx context.Context, c *telephony.Call) {
	if m != "" {
		_ = c.Mark(ctx, string(m))
	}
	<-ctx.Done()
}

func TestCallWithAnUnreadableNoteBeginsAgain(t *testing.T) {
	for name, note := range map[string]string{
		"none":                    "",
		"no JSON":                 "phase=queue",
		"another shape":           `{"phase": "queue", "language": "tlh", "node": 7}`,
		"a language not spoken":   `{"phase": "flow", "node": "welcome", "language": "tlh", "ticket": {}}`,
		"a phase not known":       `{"phase": "survey", "node": "survey", "language": "ru", "ticket": {}}`,
		"a queue without a node":  `{"phase": "queue", "node": "gone", "language": "ru", "ticket": {}}`,
		"a talk without a ticket": `{"phase": "talk", "language": "ru", "node": "gone", "ticket": {}}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, func(h *house) {
					h.sw.Call(full(ivan), full(dialled))
					ctx, cancel := context.WithCancelCause(t.Context())
					done := make(chan error)
					go func() { done <- h.sw.Run(ctx, marked(note)) }()
					synctest.Wait()
					cancel(telephony.ErrHandover)
					<-done
				})
				if h.line.Resumed() != 1 {
					t.Errorf("%d calls have taken up their place", h.line.Resumed())
				}
				if strings.HasPrefix(name, "a talk") {
					return // over, for there is nobody to talk with
				}
				later(30 * time.Second)
				if h.waiting().Waiting != 1 {
					t.Error("the caller does not wait")
				}
			})
		})
	}
}

// A note has a limit, and takes printable text alone: neither may cost a caller the place.
func TestRestartFindsCallersWhoWentRoundTheMenu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		round := strings.Replace(script, "{topic: contract, path: {ru: Договор, en: Contract}, next: number}",
			`{path: {ru: "Круг\u00a0за\u200bкругом 🎡", en: Round and round and round and round and round}, next: main}`, 1)
		h := open(t, func(h *house) { h.options.Flow = parse(t, round) })
		c := h.calls()
		c.Type("1" + strings.Repeat("1", 60) + "3")
		later(tillQueue)
		since := h.contact(c).QueuedAt
		if n := len(c.Note()); n == 0 || n > 4096 {
			t.Errorf("the note has %d bytes", n)
		}
		h.restarts(memory.ErrCrashed, time.Second)
		if q := h.waiting(); q.Waiting != 1 || !q.LongestSince.Equal(since) {
			t.Errorf("the queue is %+v", q)
		}
		if strings.Contains(h.log.text(), "the note on the caller's channel could not be written") {
			t.Error(h.log.text())
		}
	})
}

func TestWordsThatASwitchMayNotKeepSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hard = "Не\u00a0исправ\u200bность \U000e0041 <\"'\\>"
		h := open(t, func(h *house) {
			h.options.Flow.Nodes["main"].Kind.(flow.Menu).Choices["3"] = flow.Choice{Path: words.Text{"ru": hard, "en": hard}, Next: "number"}
		})
		h.waits()
		h.restarts(memory.ErrCrashed, time.Second, "anna")
		if p := h.desk.last("pop anna").pop; len(p.Path) != 1 || p.Path[0]["ru"] != hard {
			t.Errorf("the way was %q", p.Path)
		}
		if strings.Contains(h.log.text(), "the note on the caller's channel could not be written") {
			t.Error(h.log.text())
		}
	})
}

func TestCustomerWhoWasCalledBackHasNotWaitedForHoursAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{DialFirst: true}), func(h *house) {
			h.queues[0].Overflow = append(h.queues[0].Overflow, queues.Overflow{After: 10 * time.Minute, To: queues.Destination{Kind: queues.ToMessage}})
		})
		_, home := h.asks()
		later(time.Hour)
		anna := h.comes("anna")
		later(25 * time.Second)
		home.Answer()
		later(time.Second)
		anna.Decline()
		later(time.Second)
		reached := time.Now()
		h.restarts(memory.ErrCrashed, time.Second)
		later(20 * time.Second)
		if q := h.waiting(); home.State() != memory.Talking || q.Waiting != 1 || reached.Sub(q.LongestSince) > 10*time.Second {
			t.Errorf("at %s the customer's phone is %s, and the queue %+v", reached, home.State(), q)
		}
	})
}

func TestCallerWhoWasMovedHasNotWaitedLongerInThatQueueAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, spills(queues.Overflow{After: time.Minute, To: queues.Destination{Kind: queues.ToQueue, Queue: "second"}}), func(h *house) {
			h.queues[1].Overflow = []queues.Overflow{{After: 50 * time.Second, To: queues.Destination{Kind: queues.ToMessage}}}
		})
		h.waits()
		later(65 * time.Second)
		before := h.snapshot().Queues[1]
		h.restarts(memory.ErrCrashed, time.Second)
		later(25 * time.Second)
		if after := h.snapshot().Queues[1]; before.Waiting != 1 || after.Waiting != 1 || !after.LongestSince.Equal(before.LongestSince) {
			t.Errorf("the queue they were moved to was %+v, and is %+v", before, after)
		}
		later(30 * time.Second)
		if after := h.snapshot().Queues[1]; after.Waiting != 0 {
			t.Errorf("they wait there for longer than its rule says: %+v", after)
		}
	})
}

func TestMessageThatEndsByItselfWhileHotlineIsAwayIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, leadsTo(queues.Destination{Kind: queues.ToVoicemail}), func(h *house) { h.options.LongestMessage = 20 * time.Second })
		c := h.arrives()
		h.stop(memory.ErrCrashed)
		later(30 * time.Second)
		h.restarts(nil, time.Second)
		later(10 * time.Second)
		contact, recorded := h.endedAs(c, tickets.LeftMessage), h.sw.Recordings()
		if len(recorded) != 1 || !slices.Contains(contact.Recordings, recorded[0].Name) || strings.Count(heard(c), "leave_message") != 1 {
			t.Errorf("recorded is %+v, the contact says %q; the customer heard\n%s", recorded, contact.Recordings, heard(c))
		}
	})
}

// TestWhoeverIsFoundHearsSomethingAtOnce: whatever a caller was told or asked, or waited for, as Hotline was killed, they hear something as soon as there is the next one.
func TestWhoeverIsFoundHearsSomethingAtOnce(t *testing.T) {
	const out = "+74950000200"
	ticket := regexp.MustCompile(`ticket [0-9]+`)
	to := func(kind queues.DestinationKind) func(*house) {
		return leadsTo(queues.Destination{Kind: kind, Number: out})
	}
	for name, c := range map[string]struct {
		house func(*house) // nil: the usual
		types string
		until string        // is what they hear, and
		later time.Duration // after that
		press string        // then
		hears string        // after the restart
	}{
		"greeted":                     {nil, "", "welcome", 0, "", "ru hotline/welcome …"},
		"choose a language":           {nil, "", "choose_language", 3 * time.Second, "", "ru hotline/choose_language …"},
		"told the menu":               {nil, "1", "main_menu", time.Second, "", "ru hotline/main_menu …"},
		"choose from it":              {nil, "1", "main_menu", 5 * time.Second, "", "ru hotline/main_menu …"},
		"type a ticket's number":      {nil, "19", "type_ticket", 5 * time.Second, "", "ru hotline/type_ticket …"},
		"told their ticket's number":  {nil, "13", "your_ticket", time.Second, "", "ru hotline/your_ticket NUMBER …"},
		"wait":                        {nil, "13", "music:default", 5 * time.Second, "", "music:default"},
		"told that they wait still":   {nil, "13", "still_waiting", time.Second, "", "music:default"},
		"offered a callback":          {to(queues.ToCallback), "13", "callback_offer", time.Second, "", "music:default"},
		"promised a callback":         {to(queues.ToCallback), "13", "callback_offer", time.Second, "1", "ru hotline/goodbye …"},
		"asked for a message":         {to(queues.ToVoicemail), "13", "leave_message", time.Second, "", "music:default\nru hotline/leave_message tone:beep …"},
		"leave a message":             {to(queues.ToVoicemail), "13", "leave_message", 5 * time.Second, "", "ru hotline/message_taken …"},
		"thanked for it":              {to(queues.ToVoicemail), "13", "leave_message", 5 * time.Second, "#", "ru hotline/message_taken …"},
		"told that nobody can answer": {to(queues.ToMessage), "13", "overflow_message", time.Second, "", "music:default\nru hotline/overflow_message …"},
		"wait for a phone outside":    {to(queues.ToNumber), "13", "overflow_forwarded", 5 * time.Second, "", "music:default\nru hotline/overflow_forwarded …"},
		"asked for a mark":            {surveys, "13", "rate_talk", 5 * time.Second, "", "ru hotline/rate_talk …"},
		"told good-bye":               {to(queues.ToMessage), "13", "goodbye", time.Second, "", "ru hotline/goodbye …"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, func(h *house) {
					if c.house != nil {
						c.house(h)
					}
				})
				h.sw.Outside(full(out)).Ignores()
				if name == "asked for a mark" {
					anna := h.sw.Phone("anna")
					anna.Answers(2 * time.Second)
					h.comes("anna")
					defer time.AfterFunc(tillQueue, anna.Hangup).Stop()
				}
				caller := h.calls()
				caller.Type(c.types)
				for !strings.Contains(heard(caller), c.until) {
					later(100 * time.Millisecond)
				}
				later(c.later)
				caller.Type(c.press)
				later(100 * time.Millisecond)
				h.stop(memory.ErrCrashed)
				later(10 * time.Second) // whatever was said is over
				before := len(caller.Hears())
				h.start()
				later(200 * time.Millisecond)
				got := strings.Join(strings.Split(heard(caller), "\n")[before:], "\n")
				if got = ticket.ReplaceAllString(got, "ticket NUMBER"); got != c.hears || !caller.HearsMedia() {
					t.Errorf("after the restart the caller hears %q, not %q; in all they heard\n%s", got, c.hears, heard(caller))
				}
				caller.Hangup()
			})
		})
	}
}

// The agent's leg outlived the talk: the old Hotline died while it hung up, after it had noted that the caller goes on in the flow.
func TestNobodyStaysInATalkThatTheNoteHasLeft(t *testing.T) {
	for _, phase := range []string{"flow", "promised", "recorded"} {
		t.Run(phase, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				c, anna := h.talks()
				h.stop(memory.ErrCrashed)
				c.Remark(strings.Replace(c.Note(), `"phase":"talk"`, `"phase":"`+phase+`"`, 1))
				h.restarts(nil, time.Second)
				h.resumed(1)
				later(time.Second)
				if anna.State() != memory.Idle {
					t.Error("anna is still in the call")
				}
				c.Hangup()
			})
		})
	}
}
