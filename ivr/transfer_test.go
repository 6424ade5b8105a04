package ivr_test

import (
	"errors"
	"reflect"
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

// billing is another queue, to which no node of the flow leads.
var billing = queues.Queue{ID: "billing", Name: map[string]string{"ru": "Оплата", "en": "Billing"}, Skills: []queues.Need{{Skill: "support", Level: 1}}, OfferTimeout: offerTime, WrapUp: 30 * time.Second}

func twoQueues(h *house) { h.queues = append(h.queues, billing) }

// sends lets anna send the caller of her talk to another queue.
func (h *house) sends(c *memory.Customer, to queues.QueueID) {
	h.Helper()
	if err := h.line.Transfer(h.Context(), c.ID(), "anna", ivr.Transfer{Queue: to, Note: "спрашивает про счёт"}); err != nil {
		h.Errorf("transfer: %v", err)
	}
	synctest.Wait()
}

// waitsIn checks that a caller waits with music in a queue, and for whom nobody is left.
func (h *house) waitsIn(c *memory.Customer, q queues.QueueID) queues.QueueState {
	h.Helper()
	for _, state := range h.snapshot().Queues {
		if state.ID == q {
			if state.Waiting != 1 || c.HearsMusic() == "" {
				h.Errorf("%d wait in %s, and the caller hears music %q", state.Waiting, q, c.HearsMusic())
			}
			return state
		}
	}
	h.Fatalf("no queue %s", q)
	return queues.QueueState{}
}

func TestAgentSendsACallerToAnotherQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, twoQueues)
		c, anna := h.talks()
		came := h.waitedSince(c)
		later(time.Minute)
		if err := h.line.Transfer(t.Context(), c.ID(), "anna", ivr.Transfer{Queue: "nowhere"}); !errors.Is(err, ivr.ErrNoSuchQueue) {
			t.Errorf("sent to a queue that there is not: %v", err)
		}
		h.sends(c, "billing")
		if anna.State() != memory.Idle {
			t.Errorf("anna's phone is %s", anna.State())
		}
		h.is("anna", queues.Ready, queues.WrapUp)
		if q := h.waitsIn(c, "billing"); !q.LongestSince.After(came.Add(time.Minute)) {
			t.Errorf("the wait in the other queue counts since %s", q.LongestSince)
		}
		if err := h.line.Transfer(t.Context(), c.ID(), "anna", ivr.Transfer{Queue: "support"}); !errors.Is(err, ivr.ErrTalkOver) {
			t.Errorf("sent on after the talk: %v", err)
		}
		if all := h.desk.story(); all != "pop anna, talking anna, ended anna" {
			t.Errorf("the desks: %s", all)
		}

		h.sw.Phone("boris").Answers(2 * time.Second)
		boris := h.comes("boris")
		later(time.Second)
		pop := h.desk.last("pop boris").pop
		if s := pop.Sender; s == nil || s.Agent.Name != "Anna" || s.Note != "спрашивает про счёт" || s.At.Sub(s.Since) < time.Minute {
			t.Errorf("boris is told of who had the caller: %+v", s)
		}
		if pop.Queue.ID != "billing" || pop.OpenTickets != nil || !pop.WaitingSince.Equal(came) {
			t.Errorf("boris' pop is %+v", pop)
		}
		later(2 * time.Second)
		if !c.HearsPhone(boris) || c.HearsMusic() != "" {
			t.Errorf("the caller does not talk with boris:\n%s", heard(c))
		}
		h.wraps(c, "anna", tickets.Resolved)
		later(time.Second)
		if pop := h.desk.last("talking boris").pop; pop.Sender == nil || pop.OpenTickets == nil {
			t.Errorf("while boris talks his page shows %+v", pop)
		}
		boris.Hangup()
		later(3 * time.Second)
		contact := h.endedAs(c, tickets.Served)
		ticket := h.store.Tickets()[contact.Ticket]
		open, isOpen := ticket.State.(tickets.Open)
		if contact.Agent.ID != "boris" || !isOpen || open.Owner() != tickets.Person("boris") || contact.Disposition != "" {
			t.Errorf("anna, who sent the caller on, has decided about the ticket: %+v, %+v", contact, ticket.State)
		}
	})
}

// TestWhatACallerNeedsAndHasChosenGoesAlong: who does not speak their language is not offered them in the other queue either, and who does sees ticket, way and note.
func TestWhatACallerNeedsAndHasChosenGoesAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, twoQueues)
		h.sw.Phone("anna").Answers(2 * time.Second)
		anna := h.comes("anna")
		c := h.calls()
		c.Type("23")
		later(tillQueue)
		if !c.HearsPhone(anna) {
			t.Fatalf("the customer does not talk with anna:\n%s", heard(c))
		}
		before := h.desk.last("talking anna").pop
		if before.Language != "en" || len(before.Path) == 0 {
			t.Fatalf("anna's page shows %+v", before)
		}
		boris := h.sw.Phone("boris")
		h.tell(queues.PhoneChanged{Agent: "boris", Reachable: true})
		h.tell(queues.AgentSignedIn{Agent: queues.Agent{ID: "boris", Skills: map[queues.Skill]queues.Level{"support": 3, "lang:ru": 5}}})
		h.tell(queues.AgentReady{Agent: "boris"})
		h.sends(c, "billing")
		later(10 * time.Second)
		h.waitsIn(c, "billing")
		if len(boris.Rings()) > 0 {
			t.Error("boris, who speaks no English, is offered the caller")
		}
		h.sw.Phone("clara").Answers(2 * time.Second)
		clara := h.comes("clara")
		later(3 * time.Second)
		if !c.HearsPhone(clara) || len(boris.Rings()) > 0 {
			t.Errorf("the caller does not talk with clara; %s", h.desk.story())
		}
		for _, what := range []string{"pop clara", "talking clara"} {
			pop := h.desk.last(what).pop
			if !reflect.DeepEqual(pop.Path, before.Path) || pop.Ticket.Number != before.Ticket.Number || pop.Language != "en" || pop.Sender == nil || pop.Sender.Note == "" {
				t.Errorf("%s shows %+v, and anna's page showed %+v", what, pop, before)
			}
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

// waitedSince is since when a caller has waited, as anna's page shows it.
func (h *house) waitedSince(c *memory.Customer) time.Time {
	return h.desk.last("talking anna").pop.WaitingSince
}

// wraps files an agent's work after a call.
func (h *house) wraps(c *memory.Customer, agent string, d tickets.Disposition) {
	h.Helper()
	if err := h.register.WrapUp(tickets.WrapUp{Call: c.ID(), Agent: tickets.Agent{ID: agent}, Disposition: d, At: time.Now()}); err != nil {
		h.Error(err)
	}
}

func TestCallerWhoIsSentOnKeepsThePlaceOfTheirFirstArrivalUnlessTheQueueSaysOtherwise(t *testing.T) {
	for _, anew := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, func(h *house) {
				twoQueues(h)
				h.queues[1].TransfersAnew = anew
				h.queues[1].Skills = nil
			})
			c, _ := h.talks()
			later(time.Minute)
			other := h.waits() // came after them, and waits in the other queue, too
			h.tell(queues.Abandoned{Request: queues.RequestID(other.ID())})
			h.tell(queues.Enqueued{Request: queues.Request{ID: queues.RequestID(other.ID()), Queue: "billing", Arrived: time.Now()}})
			later(time.Second)
			h.sends(c, "billing")
			if first := h.firstIn("billing"); (first == queues.RequestID(c.ID())) == anew {
				t.Errorf("transfers wait anew: %v, and the first is %s", anew, first)
			}
			other.Hangup()
			c.Hangup()
			later(time.Second)
			h.endedAs(c, tickets.AbandonedInQueue)
		})
	}
}

// firstIn is the request that goes to the next who is free: it is offered to somebody who comes for it, and leaves again.
func (h *house) firstIn(q queues.QueueID) queues.RequestID {
	h.Helper()
	h.comes("zoe")
	synctest.Wait()
	first := h.agent("zoe").Request
	h.tell(queues.AgentNotReady{Agent: "zoe", Reason: queues.Lunch})
	return first
}

func TestCallerWhoIsSentOnDoesNotComeBackToTheSenderBeforeOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, twoQueues)
		c, _ := h.talks()
		h.sw.Phone("boris").Answers(time.Second)
		boris := h.comes("boris")
		b := h.calls() // keeps boris busy
		b.Type("13")
		later(tillQueue)
		if !b.HearsPhone(boris) {
			t.Fatalf("boris is not busy:\n%s", heard(b))
		}
		h.sends(c, "billing")
		h.tell(queues.WrapUpFinished{Agent: "anna"})
		later(20 * time.Second)
		h.is("anna", queues.Ready, queues.Idle)
		b.Hangup()
		later(time.Second)
		h.tell(queues.WrapUpFinished{Agent: "boris"})
		later(3 * time.Second)
		if !c.HearsPhone(boris) {
			t.Errorf("the caller does not talk with boris; %s", h.desk.story())
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

// TestNoKillLosesACallerWhoIsSentOn: at each moment of a transfer the caller hears music or an agent, then and after the restart, and
// comes to an agent in the end.
func TestNoKillLosesACallerWhoIsSentOn(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		c, anna := h.talks()
		kill()
		err := h.line.Transfer(t.Context(), c.ID(), "anna", ivr.Transfer{Queue: "billing", Note: "счёт"})
		synctest.Wait()
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if music := c.HearsMusic() != ""; music == c.HearsPhone(anna) {
			t.Errorf("the caller hears music %v, and anna as well: %v", music, c.HearsPhone(anna))
		}
		if killed {
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.resumed(1)
		} else if err != nil {
			t.Errorf("transfer: %v", err)
		}
		switch h.agent("anna").Activity {
		case queues.OnHold:
			h.resumes(c)
			fallthrough
		case queues.Talking:
			h.sends(c, "billing")
		}
		if anna.State() == memory.Talking {
			t.Error("anna is still in the call")
		}
		h.tell(queues.AgentNotReady{Agent: "anna", Reason: queues.Lunch})
		h.waitsIn(c, "billing")
		h.sw.Phone("boris").Answers(time.Second)
		boris := h.comes("boris")
		later(3 * time.Second)
		if !c.HearsPhone(boris) || strings.Contains(heard(c), "agent_lost") {
			t.Errorf("the caller does not talk with boris; %s\n%s", h.desk.story(), heard(c))
		}
		if s := h.desk.last("pop boris").pop.Sender; s == nil || s.Agent.ID != "anna" || s.Note == "" {
			t.Errorf("boris is told of who had the caller: %+v", s)
		}
		c.Hangup()
		later(time.Second)
		if contact := h.endedAs(c, tickets.Served); contact.Agent.ID != "boris" {
			t.Errorf("the contact is %+v", contact)
		}
		return killed
	}, twoQueues)
}

// passes lets anna send the caller of her talk to a colleague, or to a number outside.
func (h *house) passes(c *memory.Customer, to ivr.Transfer) {
	h.Helper()
	to.Note = "спрашивает про счёт"
	if err := h.line.Transfer(h.Context(), c.ID(), "anna", to); err != nil {
		h.Errorf("transfer: %v", err)
	}
	synctest.Wait()
}

func TestAgentSendsACallerToAColleagueWhoIsAskedBeforeAllOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.comes("boris")
		clara := h.comes("clara")
		h.sw.Phone("clara").Answers(time.Second)
		h.passes(c, ivr.Transfer{Agent: "clara"})
		later(3 * time.Second)
		if !c.HearsPhone(clara) || anna.State() != memory.Idle || len(h.sw.Phone("boris").Rings()) > 0 {
			t.Errorf("the caller does not talk with clara; %s", h.desk.story())
		}
		if s := h.desk.last("pop clara").pop.Sender; s == nil || s.Agent.ID != "anna" {
			t.Errorf("clara is told of who had the caller: %+v", s)
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

// TestCallerWhomAColleagueDoesNotTakeGoesBackToTheSender: they decline, miss, or have gone while their phone rang. A sender who has gone leaves the
// caller at the head of the queue.
func TestCallerWhomAColleagueDoesNotTakeGoesBackToTheSender(t *testing.T) {
	for name, act := range map[string]func(h *house){
		"declines":  func(h *house) { h.sw.Phone("clara").Decline() },
		"misses":    func(*house) { later(offerTime) },
		"signs out": func(h *house) { h.tell(queues.AgentSignedOut{Agent: "clara"}) },
	} {
		for _, senderStays := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				c, anna := h.talks()
				h.comes("clara")
				h.sw.Phone("boris").Answers(time.Second)
				boris := h.comes("boris")
				h.passes(c, ivr.Transfer{Agent: "clara"})
				if !senderStays {
					h.tell(queues.AgentNotReady{Agent: "anna", Reason: queues.Lunch})
					h.tell(queues.WrapUpFinished{Agent: "anna"})
				}
				later(time.Second)
				if h.sw.Phone("clara").State() != memory.Ringing {
					t.Errorf("%s: clara's phone is %s", name, h.sw.Phone("clara").State())
				}
				act(h)
				later(3 * time.Second)
				if !senderStays {
					if !c.HearsPhone(boris) {
						t.Errorf("%s: the caller waits for who has gone; %s", name, h.desk.story())
					}
				} else {
					h.waitsIn(c, "support") // for anna alone
					if len(boris.Rings()) > 0 {
						t.Errorf("%s: boris' phone has rung", name)
					}
					h.tell(queues.WrapUpFinished{Agent: "anna"})
					later(3 * time.Second)
					if !c.HearsPhone(anna) {
						t.Errorf("%s: the caller does not come back to anna; %s", name, h.desk.story())
					}
				}
				c.Hangup()
				later(time.Second)
				h.endedAs(c, tickets.Served)
			})
		}
	}
}

func TestCallerOfAColleagueWhoIsTakenMeanwhileGoesBackToTheSenderAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.sw.Phone("clara").Answers(time.Second)
		h.comes("clara")
		other := h.calls()
		other.Type("13")
		later(tillQueue)
		h.is("clara", queues.Ready, queues.Talking)
		boris := h.comes("boris")
		h.passes(c, ivr.Transfer{Agent: "clara"})
		later(time.Second)
		h.waitsIn(c, "support")
		h.tell(queues.WrapUpFinished{Agent: "anna"})
		later(3 * time.Second)
		if !c.HearsPhone(anna) || len(boris.Rings()) > 0 {
			t.Errorf("the caller does not come back to anna; %s", h.desk.story())
		}
		c.Hangup()
		other.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

func TestCallerWhoWaitsInAQueueThatClosesGoesBackToTheSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, twoQueues)
		c, anna := h.talks()
		h.sends(c, "billing")
		h.waitsIn(c, "billing")
		h.tell(queues.QueueClosed{Queue: "billing", By: "olga"})
		later(time.Second)
		h.waitsIn(c, "billing") // for anna alone
		h.tell(queues.WrapUpFinished{Agent: "anna"})
		later(3 * time.Second)
		if !c.HearsPhone(anna) || strings.Contains(heard(c), "overflow_message") {
			t.Errorf("the caller does not come back to anna; %s\n%s", h.desk.story(), heard(c))
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

func TestAgentSendsACallerToANumberOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.mayCall = func(n telephony.Number) bool { return n.Key() == elsewhere }
		c, anna := h.talks()
		if err := h.line.Transfer(t.Context(), c.ID(), "anna", ivr.Transfer{Number: full("+881600000001")}); !errors.Is(err, ivr.ErrMayNotCall) {
			t.Errorf("sent to a number that is not called: %v", err)
		}
		there := h.sw.Outside(full(elsewhere))
		h.passes(c, ivr.Transfer{Number: full(elsewhere)})
		later(3 * time.Second)
		if there.State() != memory.Ringing || c.HearsMusic() == "" || anna.State() != memory.Idle {
			t.Errorf("the phone outside is %s, anna's %s, and the caller hears music %q", there.State(), anna.State(), c.HearsMusic())
		}
		there.Answer()
		later(time.Second)
		if !c.HearsPhone(there) || c.HearsMusic() != "" {
			t.Errorf("the caller does not talk outside:\n%s", heard(c))
		}
		there.Hangup()
		later(3 * time.Second)
		h.endedAs(c, tickets.SentOn)
	})
}

func TestCallerWhomNobodyOutsideTakesGoesBackToTheSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		c, anna := h.talks()
		h.passes(c, ivr.Transfer{Number: full(elsewhere)})
		later(3 * time.Second)
		h.sw.Outside(full(elsewhere)).Decline()
		later(time.Second)
		h.waitsIn(c, "support")
		h.tell(queues.WrapUpFinished{Agent: "anna"})
		later(3 * time.Second)
		if !c.HearsPhone(anna) {
			t.Errorf("the caller does not come back to anna; %s\n%s", h.desk.story(), heard(c))
		}
		c.Hangup()
		later(time.Second)
		h.endedAs(c, tickets.Served)
	})
}

// TestNoKillLosesACallerWhoIsSentOutside: at each moment they hear music or somebody, and talk outside or with anna in the end.
func TestNoKillLosesACallerWhoIsSentOutside(t *testing.T) {
	atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
		c, anna := h.talks()
		there := h.sw.Outside(full(elsewhere))
		there.Answers(5 * time.Second)
		kill()
		_ = h.line.Transfer(t.Context(), c.ID(), "anna", ivr.Transfer{Number: full(elsewhere)}) // the kill may come first
		later(10 * time.Second)
		killed := !h.sw.Connected()
		h.sw.CrashAfter(0, nil)
		if !c.HearsPhone(anna) && !c.HearsPhone(there) && !c.HearsMedia() {
			t.Errorf("the caller hears nothing:\n%s", heard(c))
		}
		if killed {
			h.restarts(memory.ErrCrashed, time.Second, "anna")
			h.resumed(1)
			later(4 * time.Second)
		}
		if h.agent("anna").Activity == queues.OnHold {
			h.resumes(c)
		}
		if c.HearsPhone(anna) == c.HearsPhone(there) || c.HearsMusic() != "" {
			t.Errorf("the caller talks with anna %v and outside %v; %s\n%s", c.HearsPhone(anna), c.HearsPhone(there), h.desk.story(), heard(c))
		}
		c.Hangup()
		later(time.Second)
		if got := h.contact(c).Outcome; got != tickets.Served && got != tickets.SentOn {
			t.Errorf("the call ended as %s", got)
		}
		return killed
	})
}

// TestNoKillLosesACallerWhoComesBackToTheSender: whoever refuses them or does not answer, and whatever moment Hotline dies in, they hear music or somebody, and
// talk with anna in the end.
func TestNoKillLosesACallerWhoComesBackToTheSender(t *testing.T) {
	for name, to := range map[string]struct {
		ivr.Transfer
		refuses func(h *house) // what is tried at each step
	}{
		"a colleague declines": {ivr.Transfer{Agent: "clara"}, func(h *house) { h.sw.Phone("clara").Decline() }},
		"a colleague misses":   {ivr.Transfer{Agent: "clara"}, func(*house) { later(offerTime) }},
		"outside they decline": {ivr.Transfer{Number: full(elsewhere)}, func(h *house) { h.sw.Outside(full(elsewhere)).Decline() }},
		"outside they miss":    {ivr.Transfer{Number: full(elsewhere)}, func(*house) { later(time.Minute) }},
	} {
		t.Run(name, func(t *testing.T) {
			atEachStep(t, func(t *testing.T, h *house, kill func()) bool {
				c, anna := h.talks()
				h.comes("clara")
				boris := h.comes("boris")
				asked := h.sw.Phone("clara")
				if to.Agent == "" {
					asked = h.sw.Outside(full(elsewhere))
				}
				h.passes(c, to.Transfer)
				for asked.State() != memory.Ringing {
					later(time.Second)
				}
				kill()
				to.refuses(h)
				later(time.Second)
				if h.sw.Connected() && h.agent("anna").Activity == queues.WrapUp {
					h.tell(queues.WrapUpFinished{Agent: "anna"})
				}
				later(5 * time.Second)
				killed := !h.sw.Connected()
				h.sw.CrashAfter(0, nil)
				if !c.HearsMedia() && !c.HearsPhone(anna) {
					t.Errorf("the caller hears nothing:\n%s", heard(c))
				}
				if killed {
					if to.Agent != "" {
						asked.Declines(time.Second) // where she is asked again
					}
					h.restarts(memory.ErrCrashed, time.Second, "anna", "boris", "clara")
					h.resumed(1)
					for range 30 {
						if asked.State() == memory.Ringing {
							asked.Decline()
						}
						later(time.Second)
					}
				}
				if !c.HearsPhone(anna) || c.HearsMusic() != "" {
					t.Errorf("the caller does not come back to anna, whose phone is %s; %s\n%s", anna.State(), h.desk.story(), heard(c))
				}
				if len(boris.Rings()) > 0 {
					t.Error("boris' phone has rung")
				}
				anna.Hangup()
				later(5 * time.Second)
				h.endedAs(c, tickets.Served)
				return killed
			})
		})
	}
}
