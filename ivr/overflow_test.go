package ivr_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// spills gives the support rules of overflow, and a second queue that needs something else.
func spills(rules ...queues.Overflow) func(*house) {
	return func(h *house) {
		first := support
		first.Overflow = rules
		h.queues = []queues.Queue{first, {ID: "second", Skills: []queues.Need{{Skill: "second", Level: 1}}, OfferTimeout: offerTime}}
	}
}

// leadsTo sends away whom nobody signed in could serve.
func leadsTo(to queues.Destination) func(*house) {
	return spills(queues.Overflow{NobodyThere: true, To: to})
}

// arrives is a customer who has chosen Russian and the support.
func (h *house) arrives() *memory.Customer {
	c := h.calls()
	c.Type("13")
	later(tillQueue)
	return c
}

// stands checks who owns the ticket of a contact, and what is to be done next.
func (h *house) stands(c tickets.Contact, owner tickets.Owner, step tickets.Step) {
	h.Helper()
	open, is := h.store.Tickets()[c.Ticket].State.(tickets.Open)
	if !is || open.Owner() != owner || open.Step() != step || !open.Next().After(c.EndedAt) {
		h.Errorf("the ticket is %+v, not with %v to %s", h.store.Tickets()[c.Ticket].State, owner, step)
	}
}

func TestCallerWhomNobodyCanServeHearsAMessageAndIsToBeCalledBack(t *testing.T) {
	for name, prompt := range map[string]string{"the usual one": "", "one of the queue's": "please_wait"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, leadsTo(queues.Destination{Kind: queues.ToMessage, Prompt: prompt}))
				c := h.arrives()
				later(5 * time.Second)
				contact := h.endedAs(c, tickets.Refused)
				h.stands(contact, tickets.Department("fault"), tickets.CallBack)
				want := "ru hotline/overflow_message\nru hotline/goodbye"
				if prompt != "" {
					want = "ru hotline/please_wait\nru hotline/goodbye"
				}
				if all := heard(c); !strings.HasSuffix(all, want) {
					t.Errorf("the customer heard\n%s", all)
				}
			})
		})
	}
}

func TestCallerLeavesAMessageOnTheRecorder(t *testing.T) {
	for how, leave := range map[string]func(*memory.Customer){
		"and hangs up": func(c *memory.Customer) { c.Hangup() }, "and presses hash": func(c *memory.Customer) { c.Type("#") },
	} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, leadsTo(queues.Destination{Kind: queues.ToVoicemail}))
				c := h.arrives()
				later(5 * time.Second)
				leave(c)
				later(10 * time.Second)
				contact := h.endedAs(c, tickets.LeftMessage)
				h.stands(contact, tickets.Department("fault"), tickets.CallBack)
				recorded := h.sw.Recordings()
				if len(recorded) != 1 || !slices.Equal(contact.Recordings, []string{recorded[0].Name}) {
					t.Errorf("recorded is %+v, and the contact says %q", recorded, contact.Recordings)
				}
				if all := heard(c); !strings.Contains(all, "ru hotline/leave_message tone:beep") {
					t.Errorf("the customer heard\n%s", all)
				}
			})
		})
	}
}

func TestCallerWhoSaysNothingToTheRecorderIsToBeCalledBackAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, leadsTo(queues.Destination{Kind: queues.ToVoicemail}))
		c := h.calls()
		c.Type("13")
		for !strings.Contains(heard(c), "leave_message") {
			later(100 * time.Millisecond)
		}
		c.Hangup()
		contact := h.endedAs(c, tickets.AbandonedInQueue)
		h.stands(contact, tickets.Department("fault"), tickets.CallBack)
		if contact.Note != "" {
			t.Errorf("the contact says %q", contact.Note)
		}
	})
}

// TestCallerWhoIsSilentBeforeTheRecorderHasLeftNoMessage: their ticket says so, and they are told what those are who find nobody.
func TestCallerWhoIsSilentBeforeTheRecorderHasLeftNoMessage(t *testing.T) {
	for how, want := range map[string]tickets.Outcome{"hangs up": tickets.AbandonedInQueue, "stays": tickets.Refused, "is there while Hotline is not": tickets.Refused} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, leadsTo(queues.Destination{Kind: queues.ToVoicemail}), func(h *house) { h.options.Recorder = &recorder{silent: true} })
			c := h.arrives()
			later(5 * time.Second)
			switch how {
			case "hangs up":
				c.Hangup()
			case "stays":
				c.Type("#")
			default:
				h.restarts(memory.ErrCrashed, time.Second)
				h.resumed(1)
			}
			later(10 * time.Second)
			contact := h.endedAs(c, want)
			h.stands(contact, tickets.Department("fault"), tickets.CallBack)
			if all := heard(c); how != "hangs up" && !strings.HasSuffix(all, "ru hotline/overflow_message\nru hotline/goodbye") || len(contact.Recordings) > 0 {
				t.Errorf("who %s has left %q, and heard\n%s", how, contact.Recordings, all)
			}
			n := 0
			h.store.mu.Lock()
			for _, f := range h.store.facts {
				if f.Event.Kind() == (tickets.SaidNothing{}).Kind() {
					n++
				}
			}
			h.store.mu.Unlock()
			if n != 1 {
				t.Errorf("the ticket says %d times that who %s has said nothing", n, how)
			}
		})
	}
}

func TestCallerWhomTheRecorderFailsIsToldSoAndIsToBeCalledBack(t *testing.T) {
	for how, recorder := range map[string]memory.Options{
		"it takes no recording": {Recorder: memory.RecorderRefuses},
		"it fails at once":      {Recorder: memory.RecorderFails},
		"it fails later":        {Recorder: memory.RecorderFails, Records: 5 * time.Second},
		"it ends at once":       {Recorder: memory.RecorderStops},
	} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, leadsTo(queues.Destination{Kind: queues.ToVoicemail}), func(h *house) {
					h.sw = memory.New(recorder)
				})
				c := h.arrives()
				later(10 * time.Second)
				contact := h.endedAs(c, tickets.Refused)
				h.stands(contact, tickets.Department("fault"), tickets.CallBack)
				if contact.Note != "" {
					t.Errorf("the contact says %q", contact.Note)
				}
				if all := heard(c); !strings.HasSuffix(all, "ru hotline/leave_message tone:beep\nru hotline/overflow_message\nru hotline/goodbye") {
					t.Errorf("the customer heard\n%s", all)
				}
			})
		})
	}
}

func TestCallerWhoPressesHashAtOnceHasLeftNoMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, leadsTo(queues.Destination{Kind: queues.ToVoicemail}))
		c := h.calls()
		c.Type("13")
		for !strings.Contains(heard(c), "leave_message") {
			later(100 * time.Millisecond)
		}
		later(2300 * time.Millisecond) // a tenth after the beep
		c.Type("#")
		later(10 * time.Second)
		if contact := h.endedAs(c, tickets.Refused); contact.Note != "" {
			t.Errorf("the contact says %q", contact.Note)
		}
	})
}

const elsewhere = "+74950000200"

func TestCallerTalksWithSomebodyAtANumberOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, leadsTo(queues.Destination{Kind: queues.ToNumber, Number: elsewhere}))
		other := h.sw.Outside(full(elsewhere))
		other.Answers(3 * time.Second)
		c := h.arrives()
		later(3 * time.Second)
		if !c.HearsPhone(other) || other.Rings()[0].From.E164 != dialled || other.Rings()[0].Beside.E164 != ivan {
			t.Errorf("the other number rang for %+v:\n%s", other.Rings(), heard(c))
		}
		h.restarts(memory.ErrCrashed, time.Second)
		h.resumed(1)
		if !c.HearsPhone(other) {
			t.Error("the restart has cut the talk")
		}
		other.Hangup()
		later(3 * time.Second)
		contact := h.endedAs(c, tickets.SentOn)
		h.stands(contact, tickets.Department("fault"), tickets.FollowUp)
	})
}

func TestCallerIsToldWhenTheNumberOutsideDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, leadsTo(queues.Destination{Kind: queues.ToNumber, Number: elsewhere}))
		h.sw.Outside(full(elsewhere)).Declines(time.Second)
		c := h.arrives()
		later(10 * time.Second)
		contact := h.endedAs(c, tickets.Refused)
		h.stands(contact, tickets.Department("fault"), tickets.CallBack)
		if all := heard(c); !strings.HasSuffix(all, "ru hotline/overflow_message\nru hotline/goodbye") {
			t.Errorf("the customer heard\n%s", all)
		}
	})
}

func TestCallerWaitsOnInTheQueueTheyWereMovedToAfterARestartToo(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, spills(queues.Overflow{After: 30 * time.Second, To: queues.Destination{Kind: queues.ToQueue, Queue: "second"}}))
		c := h.waits()
		since := h.contact(c).QueuedAt
		later(30 * time.Second)
		h.inSecond(since)
		h.restarts(cause, time.Second)
		h.resumed(1)
		h.inSecond(since)
		anna := h.sw.Phone("anna")
		anna.Answers(time.Second)
		h.tell(queues.PhoneChanged{Agent: "anna", Reachable: true})
		h.tell(queues.AgentSignedIn{Agent: queues.Agent{ID: "anna", Skills: map[queues.Skill]queues.Level{"second": 3, "lang:ru": 5}}, Availability: queues.Ready})
		later(2 * time.Second)
		if !c.HearsPhone(anna) || h.desk.last("pop anna").pop.Queue.ID != "second" {
			t.Errorf("anna's desk shows %+v", h.desk.last("pop anna").pop)
		}
		c.Hangup()
		if contact := h.endedAs(c, tickets.Served); contact.Queue != "second" || !contact.QueuedAt.Equal(since) {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

// inSecond checks that one waits in the second queue, and nobody in the first.
func (h *house) inSecond(since time.Time) {
	h.Helper()
	q := h.snapshot().Queues
	if q[0].Waiting != 0 || q[1].Waiting != 1 || !q[1].LongestSince.Equal(since) {
		h.Errorf("the queues are %+v", q)
	}
}

func TestCallerWhomAQueueSendsOnWaitsInTheNextQueueOfTheFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, leadsTo(queues.Destination{Kind: queues.ToMessage}), func(h *house) {
			h.options.Flow.Nodes["support"] = after(h.options.Flow.Nodes["support"], "next")
			h.options.Flow.Nodes["next"] = flow.Node{Kind: flow.Queue{Queue: "second", Music: "default"}, Next: "bye"}
		})
		h.arrives()
		later(10 * time.Second)
		if q := h.snapshot().Queues; q[1].Waiting != 1 || h.line.Resumed() != 0 {
			t.Errorf("%d wait in the second queue, %d are resumed", q[1].Waiting, h.line.Resumed())
		}
	})
}
