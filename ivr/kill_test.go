package ivr_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// atEachStep runs a story once for each request that it makes of the switch, and kills Hotline right after that request: what a
// caller must not lose, they must not lose at any moment. The story calls kill where its steps begin to matter, and tells whether
// Hotline was killed then: if not, the story was over before, and all its moments have been tried.
func atEachStep(t *testing.T, story func(t *testing.T, h *house, kill func()) (killed bool), change ...func(*house)) {
	t.Helper()
	for n, killed := 1, true; killed; n++ {
		if n > 100 {
			t.Fatal("the story has no end")
		}
		t.Run(fmt.Sprintf("killed after request %d", n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, change...)
				killed = story(t, h, func() { h.sw.CrashAfter(n, func() { h.dead.Store(true) }) })
			})
		})
	}
}

// TestCustomerWhoHasAnsweredTheirCallbackIsNotLostByAKill: from the moment in which they are on the line they stay there,
// whatever happens to Hotline, and their phone does not ring a second time.
func TestCustomerWhoHasAnsweredTheirCallbackIsNotLostByAKill(t *testing.T) {
	for name, plan := range map[string]queues.CallbackPlan{"agent first": {}, "customer first": {DialFirst: true}} {
		t.Run(name, func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				c, home := h.asks()
				h.sw.Phone("anna").Answers(time.Second)
				anna := h.comes("anna")
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
				if plan.DialFirst && anna.State() == memory.Talking && !home.HearsPhone(anna) && !home.HearsMedia() {
					t.Error("anna has answered, and the customer hears nothing")
				}
				if killed {
					h.restarts(memory.ErrCrashed, time.Second, "anna")
					h.resumed(1)
				}
				later(5 * time.Second)
				if !home.HearsPhone(anna) || len(home.Rings()) != 1 {
					t.Errorf("the customer's phone rang %d times and is %s, anna's is %s; %s", len(home.Rings()), home.State(), anna.State(), h.desk.story())
				}
				home.Hangup()
				later(time.Second)
				h.over(c, tickets.Served)
				return killed
			}, offersCallbacks(plan))
		})
	}
}

// TestCustomerWhoPicksUpWhileThereIsNoHotlineIsNotCutOff: where the agent is there they come together, and else they wait for one. Whose phone rings yet is called again.
func TestCustomerWhoPicksUpWhileThereIsNoHotlineIsNotCutOff(t *testing.T) {
	for name, begins := range map[string]func(h *house) *memory.Phone{
		"called back": func(h *house) *memory.Phone { _, home := h.asks(); return home },
		"called by an agent": func(h *house) *memory.Phone {
			home := h.sw.Outside(full(ivan))
			home.Ignores()
			return home
		},
	} {
		for plan, first := range map[string]bool{"agent first": false, "customer first": true} {
			if first && name != "called back" {
				continue
			}
			t.Run(name+", "+plan, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := open(t, offersCallbacks(queues.CallbackPlan{DialFirst: first}))
					home := begins(h)
					h.sw.Phone("anna").Answers(time.Second)
					anna := h.comes("anna")
					if name != "called back" {
						h.callsOut("anna", ivan, "")
					}
					for home.State() != memory.Ringing {
						later(time.Second)
					}
					h.stop(memory.ErrCrashed)
					home.Answer()
					later(2 * time.Second)
					if home.State() != memory.Talking || first == (anna.State() == memory.Talking) {
						t.Fatalf("in the gap the customer's phone is %s, anna's %s", home.State(), anna.State())
					}
					h.start()
					later(time.Second)
					h.resumed(1)
					h.comes("anna")
					later(3 * time.Second)
					if !home.HearsPhone(anna) || len(home.Rings()) != 1 || len(anna.Rings()) != 1 || h.book.size() != 0 {
						t.Errorf("the customer's phone rang %d times and is %s, anna's rang %d times and is %s; %d are in the book; %s",
							len(home.Rings()), home.State(), len(anna.Rings()), anna.State(), h.book.size(), h.desk.story())
					}
					home.Hangup()
					later(time.Second)
					if anna.State() != memory.Idle {
						t.Errorf("anna's phone is %s", anna.State())
					}
					if channels, bridges := h.sw.Leftovers(); channels+bridges > 0 {
						t.Errorf("%d channels and %d bridges are left", channels, bridges)
					}
					if a := h.agent("anna"); a.Activity != queues.WrapUp {
						t.Errorf("anna is %+v", a)
					}
				})
			})
		}
	}
}

// deafRouter takes no word that a customer is on the line: whoever tells it waits, until Hotline is killed.
type deafRouter struct{ ivr.ACD }

func (r deafRouter) Report(ctx context.Context, e queues.Event) error {
	if _, on := e.(queues.CallbackReached); on {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return r.ACD.Report(ctx, e)
}

func TestCustomerWhoHasAnsweredIsNotedBeforeTheRouterIsTold(t *testing.T) {
	for name, plan := range map[string]queues.CallbackPlan{"agent first": {}, "customer first": {DialFirst: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, offersCallbacks(plan), func(h *house) {
					h.router = func(a *acd.ACD) ivr.ACD { return deafRouter{a} }
				})
				c, home := h.asks()
				h.sw.Phone("anna").Answers(time.Second)
				anna := h.comes("anna")
				for home.State() != memory.Ringing {
					later(time.Second)
				}
				home.Answer()
				later(time.Second)
				h.router = nil
				h.restarts(memory.ErrCrashed, time.Second)
				h.resumed(1)
				waits, hears := 1, home.HearsMedia()
				if !plan.DialFirst { // anna has picked up before, and is there
					waits, hears = 0, home.HearsPhone(anna)
				}
				if q := h.waiting(); q.Waiting != waits || q.Callbacks != 0 || !hears {
					t.Errorf("the customer's phone is %s, the queue %+v", home.State(), q)
				}
				h.comes("anna")
				later(2 * time.Second)
				if !home.HearsPhone(anna) || len(home.Rings()) != 1 {
					t.Errorf("the customer's phone rang %d times and is %s; %s", len(home.Rings()), home.State(), h.desk.story())
				}
				home.Hangup()
				later(time.Second)
				h.over(c, tickets.Served)
			})
		})
	}
}

// thickBook is a book with many entries: who is found on the line stands in line before all of it is read.
type thickBook struct {
	ivr.ACD
	here chan struct{} // closed when a caller stands in line
}

func (b thickBook) Enqueue(ctx context.Context, r queues.Request) error {
	err := b.ACD.Enqueue(ctx, r)
	switch {
	case r.Callback:
		<-b.here
	case err == nil:
		close(b.here)
	}
	return err
}

func TestCustomerWhoIsFoundOnTheLineIsNotCalledByTheBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{DialFirst: true}), func(h *house) {
			h.router = func(a *acd.ACD) ivr.ACD { return deafRouter{a} } // the book is never told that they have answered
		})
		c, home := h.asks()
		h.comes("anna")
		later(time.Second)
		home.Answer()
		later(time.Second)
		h.router = func(a *acd.ACD) ivr.ACD { return thickBook{a, make(chan struct{})} }
		h.restarts(memory.ErrCrashed, time.Second)
		anna, boris := h.comes("anna"), h.comes("boris")
		later(time.Second)
		anna.Decline()
		later(time.Second)
		boris.Answer()
		later(time.Second)
		if !home.HearsPhone(boris) || len(home.Rings()) != 1 {
			t.Errorf("the customer's phone rang %d times and is %s; %s", len(home.Rings()), home.State(), h.desk.story())
		}
		home.Hangup()
		later(time.Second)
		h.over(c, tickets.Served)
	})
}

// TestCallerWhoAsksForACallbackIsNotForgottenByAKill: they are called back, or they wait on; never both.
func TestCallerWhoAsksForACallbackIsNotForgottenByAKill(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		c := h.calls()
		c.Type("13")
		h.isAsked(c)
		kill()
		c.Type("1")
		later(time.Minute)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if killed {
			h.restarts(memory.ErrCrashed, time.Second)
		}
		later(time.Minute)
		q := h.waiting()
		if q.Waiting+q.Callbacks != 1 || q.Callbacks != h.book.size() {
			t.Errorf("the queue is %+v, and %d are in the book:\n%s", q, h.book.size(), heard(c))
		}
		h.sw.Phone("anna").Answers(time.Second)
		home := h.sw.Outside(full(ivan))
		home.Answers(time.Second)
		anna := h.comes("anna")
		later(5 * time.Second)
		if c.HearsPhone(anna) != (q.Waiting == 1) || home.HearsPhone(anna) != (q.Callbacks == 1) {
			t.Errorf("the customer's phone is %s; %s; the customer heard\n%s", home.State(), h.desk.story(), heard(c))
		}
		return killed
	}, offersCallbacks(queues.CallbackPlan{}))
}

// TestCallerWhoIsSentOnIsNotLostByAKill: whatever moment Hotline dies in, they talk with the number outside in the end, no agent is
// told that it was them, and that is how the call ends.
func TestCallerWhoIsSentOnIsNotLostByAKill(t *testing.T) {
	sendOn := queues.Overflow{After: 30 * time.Second, To: queues.Destination{Kind: queues.ToNumber, Number: elsewhere}}
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		other := h.sw.Outside(full(elsewhere))
		other.Answers(3 * time.Second)
		anna := h.comes("anna")
		c := h.arrives()
		anna.Decline()
		h.tell(queues.AgentSignedOut{Agent: "anna"})
		for !strings.Contains(heard(c), "hotline/overflow_forwarded") {
			later(100 * time.Millisecond)
		}
		kill()
		later(10 * time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if killed {
			together := c.HearsPhone(other)
			if !together && !c.HearsMedia() {
				t.Errorf("the caller hears nothing:\n%s", heard(c))
			}
			h.restarts(memory.ErrCrashed, time.Second)
			h.resumed(1)
			if together && !c.HearsPhone(other) {
				t.Error("the restart has cut the talk")
			}
		}
		later(time.Minute)
		if !c.HearsPhone(other) || strings.Contains(h.desk.story(), "talking") {
			t.Errorf("the other number is %s; the desk was shown %s; the customer heard\n%s", other.State(), h.desk.story(), heard(c))
		}
		other.Hangup()
		later(3 * time.Second)
		if contact := h.endedAs(c, tickets.SentOn); contact.Agent.ID != "" || !strings.HasSuffix(heard(c), "goodbye") {
			t.Errorf("the contact says %+v, the customer heard\n%s", contact, heard(c))
		}
		return killed
	}, spills(sendOn))
}

// TestCallerWhomAnAgentAnswersIsNotLostByAKill: from the ring of the agent's phone on, caller and agent come together, and one contact says so.
func TestCallerWhomAnAgentAnswersIsNotLostByAKill(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		anna := h.comes("anna")
		c := h.calls()
		c.Type("13")
		for anna.State() != memory.Ringing {
			later(100 * time.Millisecond)
		}
		kill()
		anna.Answer()
		later(3 * time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if killed {
			together := c.HearsPhone(anna)
			if !together && c.HearsMusic() == "" {
				t.Errorf("the caller hears nothing:\n%s", heard(c))
			}
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.resumed(1)
			if together && !c.HearsPhone(anna) {
				t.Error("the restart has cut the talk")
			}
			if !c.HearsPhone(anna) {
				t.Errorf("the agent who picked up is not with the caller: %s", anna.State())
			}
		}
		later(time.Second)
		h.is("anna", queues.Ready, queues.Talking)
		if !c.HearsPhone(anna) {
			t.Errorf("anna's phone is %s; the customer heard\n%s", anna.State(), heard(c))
		}
		c.Hangup()
		h.endedAs(c, tickets.Served)
		return killed
	})
}

// TestMessageThatACallerLeavesIsNotLostByAKill: what they said until then is kept. They are asked for it again where the recording
// had not begun, or had just ended and that was not noted yet.
func TestMessageThatACallerLeavesIsNotLostByAKill(t *testing.T) {
	var tapes *recorder
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		c := h.calls()
		c.Type("13")
		for !strings.Contains(heard(c), "hotline/leave_message") {
			later(100 * time.Millisecond)
		}
		later(2 * time.Second)
		kill() // in the beep
		later(10 * time.Second)
		if h.sw.Connected() { // the switch does not know the key
			c.Type("#")
		}
		later(time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if killed {
			h.restarts(memory.ErrCrashed, time.Second)
			h.resumed(1)
			later(10 * time.Second)
			c.Type("#") // where they were asked again, for nothing was recorded
		}
		later(10 * time.Second)
		contact := h.endedAs(c, tickets.LeftMessage)
		recorded := h.sw.Recordings()
		last := recorded[len(recorded)-1]
		if !slices.Contains(contact.Recordings, last.Name) || last.For < 5*time.Second || len(recorded) > strings.Count(heard(c), "leave_message") {
			t.Errorf("recorded is %+v, the contact says %q; the customer heard\n%s", recorded, contact.Recordings, heard(c))
		}
		// What brings messages into the archive knows of each before it begins: so also one is found that the contact was not told of.
		for _, r := range recorded {
			if !tapes.noted(tape.Speaks, r.Name) {
				t.Errorf("%s was recorded, and noted is %s", r.Name, tapes.told())
			}
		}
		if !tapes.noted(tape.Spoke, last.Name) {
			t.Errorf("the contact knows of %s, and noted is %s", last.Name, tapes.told())
		}
		return killed
	}, leadsTo(queues.Destination{Kind: queues.ToVoicemail}), func(h *house) {
		tapes = new(recorder)
		h.options.Recorder = tapes
	})
}

// TestCallStaysWithTheTicketItsAgentGaveItToThroughAKill: the agent's word is in the register before any note knows it, and whatever moment after it Hotline dies
// in, the desk shows that ticket again, what comes of the call belongs to it, and it is done once.
func TestCallStaysWithTheTicketItsAgentGaveItToThroughAKill(t *testing.T) {
	for name, from := range map[string]telephony.Number{"known": full(ivan), "withheld": {Kind: telephony.Anonymous}} {
		t.Run(name, func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				err := h.store.SeedCustomers(t.Context(), []tickets.Seed{{
					Customer: tickets.Customer{ID: "vera", Numbers: []string{"+79165550000"}},
					Open:     []tickets.SeedTicket{{Subject: "no link", Topic: "fault", Owner: tickets.Department("technical"), Next: time.Now().Add(time.Hour)}},
				}})
				if err != nil {
					t.Fatal(err)
				}
				var about tickets.Number
				for about = range h.store.Tickets() {
				}
				h.sw.Phone("anna").Answers(2 * time.Second)
				anna := h.comes("anna")
				c := h.sw.Call(from, full(dialled))
				c.Type("13")
				later(tillQueue)
				before := h.contact(c).Ticket
				kill()
				say := func() {
					if err := h.register.Relink(t.Context(), c.ID(), about, tickets.By{Kind: tickets.ByPerson, ID: "anna"}); err != nil {
						t.Error(err)
					}
				}
				say()
				_ = h.line.Hold(t.Context(), c.ID(), "anna")
				later(time.Second)
				_ = h.line.Resume(t.Context(), c.ID(), "anna")
				later(time.Second)
				killed := !h.sw.Connected()
				h.sw.CrashAfter(0, nil)
				if killed {
					h.store.SetDelay(20 * time.Millisecond)
					h.desk.shown = nil
					h.restarts(memory.ErrCrashed, time.Second, "anna")
					h.resumed(1)
					if shown := h.desk.story(); shown != "talking anna" {
						t.Errorf("the desk was shown %s", shown)
					}
					if p := h.desk.last("talking anna").pop; p.Ticket.Number != about || p.Ticket.Subject != "no link" || p.Ticket.Linked != tickets.LinkedByAgent {
						t.Errorf("the desk shows ticket %+v", p.Ticket)
					}
					say() // as the page does that had no answer
				}
				anna.Hangup()
				later(5 * time.Second)
				if contact := h.endedAs(c, tickets.Served); contact.Ticket != about || contact.Linked != tickets.LinkedByAgent {
					t.Errorf("the contact says %+v, and before it was of %s", contact, before)
				}
				if p := h.desk.last("ended anna").pop; p.Ticket.Number != about {
					t.Errorf("in the end the desk shows ticket %+v", p.Ticket)
				}
				merges := 0
				for _, line := range h.store.History()[about] {
					if line.Details["merged"] == string(before) {
						merges++
					}
				}
				if merges != 1 || h.store.Merged()[before] != about {
					t.Errorf("ticket %s was merged %d times", before, merges)
				}
				return killed
			})
		})
	}
}

// Where the store is away as a restart finds a talk, the desk shows what the note knows, and the rest when the store is back.
func TestTalkFoundByARestartIsShownWholeOnceTheStoreAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		err := h.store.SeedCustomers(t.Context(), []tickets.Seed{{
			Customer: tickets.Customer{ID: "ivan", Name: "Ivan", Numbers: []string{ivan}},
			Open:     []tickets.SeedTicket{{Subject: "a bill", Topic: "contract", Owner: tickets.Department("billing"), Next: time.Now().Add(time.Hour)}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var about tickets.Number
		for about = range h.store.Tickets() {
		}
		c, anna := h.talks()
		before := h.contact(c).Ticket
		if err := h.register.Relink(t.Context(), c.ID(), about, tickets.By{Kind: tickets.ByPerson, ID: "anna"}); err != nil {
			t.Fatal(err)
		}
		h.store.SetAway(true)
		h.restarts(memory.ErrCrashed, time.Second, "anna")
		if p := h.desk.last("talking anna").pop; p.Ticket.Number != before || p.Caller.Customer != nil {
			t.Errorf("with the store away the desk shows %+v", p)
		}
		h.store.SetAway(false)
		later(time.Second)
		if p := h.desk.last("talking anna").pop; p.Ticket.Number != about || p.Caller.Customer == nil || p.Caller.Customer.Name != "Ivan" {
			t.Errorf("with the store back the desk shows %+v", p)
		}
		anna.Hangup()
		later(5 * time.Second)
		h.endedAs(c, tickets.Served)
		if shown := h.desk.story(); !strings.HasSuffix(shown, "ended anna") {
			t.Errorf("the desk was shown %s", shown)
		}
	})
}
