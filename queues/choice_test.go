package queues

import (
	"testing"
	"time"
)

func TestLeastOccupiedAgentGoesFirstHoweverLongTheOtherWasIdle(t *testing.T) {
	d := newDay(t, Config{Queues: []Queue{{ID: lineQueue, Choice: LeastOccupied, OfferTimeout: time.Minute}}})
	d.at(0, comes("anna")...).at(0, calls("101")).at(1, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
	d.at(300, TalkEnded{"101"})
	d.at(300, comes("boris")...).at(300, calls("102"))
	d.at(301, OfferAnswered{d.offer("102", "boris")}).want("offered 102 boris", "answered 102 boris")
	d.at(320, TalkEnded{"102"}).at(320, calls("103")).want("offered 103 boris") // 19 s of work against 299, though Anna idles for longer
	d.at(321, AgentNotReady{"boris", Break}).want("declined 103 boris", "offered 103 anna")
}

func TestOfTwoWhoNeverWorkedTheLongestIdleGoesFirst(t *testing.T) {
	d := newDay(t, Config{Queues: []Queue{{ID: lineQueue, Choice: LeastOccupied, OfferTimeout: time.Minute}}})
	d.at(0, comes("anna")...).at(1, calls("101")).at(2, comes("boris")...).at(3, Abandoned{"101"})
	d.at(4, AgentNotReady{"anna", Break}, AgentReady{"anna"}).want("offered 101 anna", "revoked 101 anna", "abandoned 101")
	d.at(5, calls("102")).want("offered 102 boris") // though nothing ever rang at his
}

func TestOldWorkWeighsLessThanNewWork(t *testing.T) {
	d := newDay(t, Config{Queues: []Queue{{ID: lineQueue, Choice: LeastOccupied, OfferTimeout: time.Minute}}})
	d.at(0, comes("anna")...).at(0, calls("101")).at(0, OfferAnswered{d.offer("101", "anna")})
	d.at(900, TalkEnded{"101"}) // a quarter of an hour, five hours ago
	d.at(18_000, comes("boris")...).at(18_000, AgentNotReady{"anna", Break}, calls("102"))
	d.at(18_000, OfferAnswered{d.offer("102", "boris")}).at(18_060, TalkEnded{"102"}, AgentReady{"anna"})
	d.want("offered 101 anna", "answered 101 anna", "offered 102 boris", "answered 102 boris")
	d.at(18_061, calls("103")).want("offered 103 anna")
}

func TestReservedAgentsAreLeftForOthers(t *testing.T) {
	d := newDay(t, Config{Queues: []Queue{{ID: lineQueue, Reserve: 1}, {ID: "vip", OfferTimeout: time.Minute}}})
	d.at(0, comes("anna")...).at(1, calls("101")).want() // she is the last one free
	d.at(2, Enqueued{Request{ID: "v1", Queue: "vip"}}).want("offered v1 anna")
	d.at(3, comes("boris")...).want()
	d.at(4, comes("clara")...).want("offered 101 boris")
}

func TestOnlySoManyAreOnBreakAtOnce(t *testing.T) {
	c := lineConfig()
	c.Reasons = []ReasonLimit{{Reason: Break, AtMost: 1, Longest: 10 * time.Minute}}
	d := newDay(t, c)
	d.at(0, comes("anna")...).at(0, comes("boris")...).at(0, comes("clara")...)
	d.at(1, calls("101")).at(2, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
	d.at(3, AgentNotReady{"anna", Break}) // after the talk: her place is taken
	d.at(4, AgentNotReady{"boris", Break}).want("rejected: agent boris not ready (break): 1 of 1 are: too many are so already")
	d.is("boris", "ready idle")
	d.at(5, AgentNotReady{"boris", Lunch}).want().is("boris", "not_ready(lunch) idle") // not bounded
	d.at(6, AgentReady{"anna"}).at(7, AgentNotReady{"clara", Break}).want().is("clara", "not_ready(break) idle")
	d.at(8, AgentSignedOut{"clara"}, AgentNotReady{"boris", Break}).want().is("boris", "not_ready(break) idle")
	for _, a := range d.r.Snapshot().Agents {
		if a.ID == "boris" && !a.Until.Equal(d.second(8).Add(10*time.Minute)) {
			t.Errorf("Boris's break may last until %s, want 10 min from its beginning", a.Until)
		}
	}
}

// Of two who wait for the same agent in different queues the one goes first whose target ends first, not who came first.
func TestTheCallThatRisksItsTargetMostGoesFirst(t *testing.T) {
	d := newDay(t, Config{Queues: []Queue{
		{ID: "slow", Skills: []Need{{"a", 1}}, Target: Target{Within: time.Minute}},
		{ID: "fast", Skills: []Need{{"b", 1}}, Target: Target{Within: 10 * time.Second}},
	}})
	d.at(0, Enqueued{Request{ID: "1", Queue: "slow"}}).at(5, Enqueued{Request{ID: "2", Queue: "fast"}})
	d.at(6, comes("anna", "a", "b")...).want("offered 2 anna")
}
