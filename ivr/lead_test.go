package ivr_test

import (
	"testing"
	"time"

	"hotline/queues"
)

func TestCallerLedToTheFrontIsThereAfterARestartToo(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		first, second := h.waits(), h.waits()
		h.tell(queues.RequestLed{Request: queues.RequestID(second.ID()), To: queues.Destination{Kind: queues.ToFront}, By: "olga"})
		h.restarts(cause, time.Second)
		h.resumed(2)
		h.sw.Phone("anna").Answers(time.Second)
		anna := h.comes("anna")
		later(2 * time.Second)
		if !second.HearsPhone(anna) || first.HearsPhone(anna) {
			t.Errorf("the first hears\n%s\nand the second\n%s", heard(first), heard(second))
		}
	})
}

func TestCallerLedToAnotherQueueIsThereAfterARestartToo(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t, spills(queues.Overflow{After: time.Hour, To: queues.Destination{Kind: queues.ToQueue, Queue: "second"}}))
		c := h.waits()
		since := h.contact(c).QueuedAt
		h.tell(queues.RequestLed{Request: queues.RequestID(c.ID()), To: queues.Destination{Kind: queues.ToQueue, Queue: "second"}, By: "olga"})
		h.inSecond(since)
		h.restarts(cause, time.Second)
		h.resumed(1)
		h.inSecond(since)
		h.tell(queues.RequestLed{Request: queues.RequestID(c.ID()), To: queues.Destination{Kind: queues.ToFront}, By: "olga", Seen: 1})
	})
}

func TestCallerLedToAnAgentWaitsForThatOneAfterARestartToo(t *testing.T) {
	restart(t, func(t *testing.T, cause error) {
		h := open(t)
		talks, anna := h.talks()
		c := h.waits()
		h.tell(queues.RequestLed{Request: queues.RequestID(c.ID()), To: queues.Destination{Kind: queues.ToAgent, Agent: "anna"}, By: "olga"})
		h.restarts(cause, time.Second, "anna")
		h.resumed(2)
		boris := h.comes("boris")
		later(10 * time.Second)
		if len(boris.Rings()) > 0 {
			t.Errorf("boris' phone rang: %+v", boris.Rings())
		}
		talks.Hangup()
		later(time.Second)
		h.tell(queues.WrapUpFinished{Agent: "anna"})
		later(3 * time.Second)
		if !c.HearsPhone(anna) {
			t.Errorf("the caller hears\n%s", heard(c))
		}
	})
}
