package queues

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/telephony/hours"
)

func spills(rules ...Overflow) Config {
	return Config{Queues: []Queue{
		{ID: lineQueue, Overflow: rules, OfferTimeout: 15 * time.Second, ShortAbandon: 5 * time.Second},
		{ID: "second", OfferTimeout: 15 * time.Second, Skills: []Need{{"second", 1}}},
	}}
}

var toSecond = Destination{Kind: ToQueue, Queue: "second"}

func TestCallerMovesToAnotherQueueAtTheirTimeAndAtTheirOldPlace(t *testing.T) {
	d := newDay(t, spills(Overflow{After: 30 * time.Second, To: toSecond}))
	d.at(0, calls("101")).at(10, Enqueued{Request{ID: "201", Queue: "second"}}).at(29.9).want()
	d.at(30).want("moved 101 from line to second by rule 1")
	d.at(31, comes("anna", "second")...).want("offered 101 anna") // who arrived first goes first
	if l, s := d.queue(lineQueue), d.queue("second"); l.Waiting != 0 || l.Overflowed != 1 || s.Waiting != 2 || l.Abandoned != 0 {
		t.Errorf("line is %+v, second %+v", l, s)
	}
}

func TestCallerWhoMovesIsServedAtOnceWhereSomebodyIsFree(t *testing.T) {
	c := spills(Overflow{After: 10 * time.Second, To: toSecond})
	c.Queues[0].Skills = []Need{{"first", 1}}
	d := newDay(t, c)
	d.at(0, comes("anna", "second")...).at(1, calls("101"))
	d.at(11).want("moved 101 from line to second by rule 1", "offered 101 anna") // the second queue has no rules of its own
}

func TestWhoRingsAtAnAgentStaysAndIsLookedAtWhenThatComesToNothing(t *testing.T) {
	d := newDay(t, spills(Overflow{After: 10 * time.Second, To: Destination{Kind: ToVoicemail}}))
	d.at(0, comes("anna")...).at(0, calls("101")).at(14.9).want("offered 101 anna")
	d.at(15).want("missed 101 anna", "overflowed 101 to voicemail by rule 1")
}

func TestACallWithAFreeAgentIsServedWhateverTheRulesSay(t *testing.T) {
	d := newDay(t, spills(Overflow{Waiting: 1, To: Destination{Kind: ToMessage}}))
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, calls("102")).want("overflowed 102 to message by rule 1")
}

func TestTooManyWaiting(t *testing.T) {
	d := newDay(t, spills(Overflow{Waiting: 3, To: toSecond}))
	d.at(0, calls("101"), calls("102")).want()
	d.at(1, calls("103")).want("moved 103 from line to second by rule 1")
	d.at(2, calls("104")).want("moved 104 from line to second by rule 1")
	d.at(60).want() // 101 and 102 are two
}

func TestNobodyThereIsSeenAtOnceWhenTheLastOneLeaves(t *testing.T) {
	d := newDay(t, spills(Overflow{NobodyThere: true, To: Destination{Kind: ToNumber, Number: "+74950000111"}}))
	d.at(0, comes("anna")...).at(0, AgentNotReady{"anna", Break}, calls("101"), calls("102")).want() // she may come back
	d.at(5, AgentSignedOut{"anna"}).want("overflowed 101 to number by rule 1", "overflowed 102 to number by rule 1")
	d.at(6, calls("103")).want("overflowed 103 to number by rule 1")
	d.at(7, comes("boris")...).at(8, calls("104")).want("offered 104 boris")
}

func TestNobodyThereIsNotSaidBeforeTheAgentsAreBackAfterARestart(t *testing.T) {
	d := newDay(t, spills(Overflow{NobodyThere: true, To: Destination{Kind: ToMessage}}))
	d.at(0, OffersHeld{d.second(10)}).at(1, calls("101")).at(2, comes("anna")...).want()
	d.at(3, OffersReleased{}).want("offered 101 anna")
	d = newDay(t, spills(Overflow{NobodyThere: true, To: Destination{Kind: ToMessage}}))
	d.at(0, OffersHeld{d.second(10)}).at(1, calls("101")).want()
	d.at(10).want("overflowed 101 to message by rule 1")
}

func TestNobodyThereWaitsForARelaxationThatHelps(t *testing.T) {
	c := spills(Overflow{NobodyThere: true, To: Destination{Kind: ToMessage}})
	c.Queues[0].Skills = []Need{{"tech", 3}}
	c.Queues[0].Relax = []Relaxation{{After: time.Hour, Lower: []Need{{"tech", 1}}}}
	d := newDay(t, c)
	d.at(0, comes("anna", "tech=1")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, AgentSignedOut{"anna"}).want("declined 101 anna", "overflowed 101 to message by rule 1")
}

func TestClosedQueueSendsItsCallersElsewhere(t *testing.T) {
	c := spills(Overflow{Closed: true, To: Destination{Kind: ToMessage}})
	open := &hours.Calendar{}
	open.Week[time.Monday] = []hours.Span{{From: 8 * time.Hour, To: 9*time.Hour + 20*time.Second}} // the day begins on a Monday at 9
	c.Queues[0].Hours = open
	d := newDay(t, c)
	d.at(15, calls("101")).at(19.9).want()
	d.at(26, calls("102")).want("overflowed 101 to message by rule 1", "overflowed 102 to message by rule 1")
}

// Whoever is free for another queue, or stays on after hours, is no reason to serve the callers of one that is closed.
func TestClosedQueueSendsItsCallersElsewhereThoughSomebodyIsFree(t *testing.T) {
	c := spills(Overflow{Closed: true, After: 0, To: toSecond})
	c.Queues[0].Hours = &hours.Calendar{} // never open
	c.Queues[1].Hours, c.Queues[1].Overflow = c.Queues[0].Hours, []Overflow{{Closed: true, To: Destination{Kind: ToVoicemail}}}
	d := newDay(t, c)
	d.at(0, comes("anna", "second")...).at(1, calls("101")).want("moved 101 from line to second by rule 1", "overflowed 101 to voicemail by rule 1")

	d = newDay(t, spills(Overflow{Closed: true, To: Destination{Kind: ToCallback}})) // who is only offered something waits on
	d.r.queues.all[0].Hours = c.Queues[0].Hours
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
}

func TestLowServiceLevelAndLongExpectedWaitAreConditions(t *testing.T) {
	d := newDay(t, spills(Overflow{ServiceLevel: 0.5, To: toSecond}))
	for i := range 20 {
		id := RequestID(fmt.Sprint(i))
		d.at(float64(i)*7, calls(id)).at(float64(i)*7+6, Abandoned{id}).want(fmt.Sprintf("abandoned %s", id)) // the first nineteen say little
	}
	d.at(200, calls("102")).want("moved 102 from line to second by rule 1")

	d = newDay(t, spills(Overflow{ExpectedWait: time.Minute, To: toSecond}))
	d.at(0, comes("anna")...).learned("anna", 100)
	d.at(500, calls("101")).at(501, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
	for i := range 4 {
		d.at(502+float64(i), calls(RequestID(rune('1'+i))))
	}
	if n := len(d.got); n == 0 || n == 4 {
		t.Errorf("of four callers in line %d moved, as the first has a short wait and the last a long one: %q", n, d.got)
	}
}

func TestAllConditionsOfARuleMustHoldAndTheFirstRuleThatHoldsActs(t *testing.T) {
	d := newDay(t, spills(
		Overflow{After: 20 * time.Second, Waiting: 2, To: toSecond},
		Overflow{After: 40 * time.Second, To: Destination{Kind: ToMessage}},
	))
	d.at(0, calls("101")).at(25, calls("102")).at(29.9).want() // looked at every 10 s from 20 s on
	d.at(30).want("moved 101 from line to second by rule 1")
	d.at(64.9).want()
	d.at(65).want("overflowed 102 to message by rule 2")
}

func TestCallbackIsOfferedOnceAndThePlaceIsKept(t *testing.T) {
	d := newDay(t, spills(Overflow{After: 10 * time.Second, To: Destination{Kind: ToCallback}}, Overflow{After: 50 * time.Second, To: toSecond}))
	d.at(0, calls("101")).at(10).want("moved 101 from line to callback by rule 1")
	d.at(49).want()
	d.at(49.5, calls("102"), comes("anna")[0]).at(49.5, comes("anna")[1], AgentReady{"anna"}).want("offered 101 anna")
}

// Their shift is over, and only their talk goes on: after a restart it is told like that.
func TestWhoTalksAndIsSignedOutNextWasNotThereAndNobodyIsLookedAtAsTheyAreBack(t *testing.T) {
	d := newDay(t, spills(Overflow{NobodyThere: true, To: Destination{Kind: ToCallback}}, Overflow{To: Destination{Kind: ToMessage}}))
	d.at(0, TalkRestored{Agent: "anna", Request: "100", Queue: lineQueue}, calls("101")).want("moved 101 from line to callback by rule 1")
	d.at(5, AgentSignedIn{Agent: Agent{ID: "anna"}, Next: SignedOut}).at(9.9).want() // 101 thinks about it
	d.at(10).want("overflowed 101 to message by rule 2")
}

func TestWhoCannotBeCalledIsOfferedNoCallbackAndTheNextRuleActsAtOnce(t *testing.T) {
	d := newDay(t, spills(Overflow{NobodyThere: true, To: Destination{Kind: ToCallback}}, Overflow{To: Destination{Kind: ToMessage}}))
	d.at(0, Enqueued{Request{ID: "101", Queue: lineQueue, NoCallback: true}}).want("overflowed 101 to message by rule 2")
}

func TestWhoIsOfferedACallbackHasTenSecondsToThinkBeforeAnotherRuleActs(t *testing.T) {
	d := newDay(t, spills(Overflow{NobodyThere: true, To: Destination{Kind: ToCallback}}, Overflow{To: Destination{Kind: ToMessage}}))
	d.at(0, calls("101")).want("moved 101 from line to callback by rule 1").at(9.9).want()
	d.at(10).want("overflowed 101 to message by rule 2")
}

func TestNobodyIsLookedAtOnlyBecauseSomebodyElseComes(t *testing.T) {
	d := newDay(t, spills(Overflow{NobodyThere: true, ServiceLevel: 0.5, To: Destination{Kind: ToMessage}}))
	d.at(0, calls("101"))
	for i := range 20 {
		d.at(0, calls(RequestID(fmt.Sprint(i))))
	}
	for i := range 20 {
		d.at(6, Abandoned{RequestID(fmt.Sprint(i))})
	}
	d.got = nil // the service level is 0 from now on
	d.at(7, Enqueued{Request{ID: "103", Queue: lineQueue, Callback: true}}).want("callback 103 waits until 7s, tried 0")
	d.at(10).want("overflowed 101 to message by rule 1")
}

func TestOfSeveralWhoOverflowAtATimeWhoWasToldFirstIsLookedAtFirst(t *testing.T) {
	d := newDay(t, spills(Overflow{Waiting: 3, NobodyThere: true, To: Destination{Kind: ToMessage}}))
	d.at(0, comes("anna")...).at(0, AgentNotReady{"anna", Break})
	for i, id := range []RequestID{"101", "102", "103"} {
		d.at(1, Enqueued{Request{ID: id, Queue: lineQueue, Priority: i}}) // the last goes first, were somebody there
	}
	d.want().at(2, AgentSignedOut{"anna"}).want("overflowed 101 to message by rule 1")
}

func TestWrongOverflowIsNamed(t *testing.T) {
	ring := Config{Queues: []Queue{
		{ID: "a", Overflow: []Overflow{{To: Destination{Kind: ToMessage}}, {To: Destination{Kind: ToQueue, Queue: "b"}}}},
		{ID: "b", Overflow: []Overflow{{To: Destination{Kind: ToQueue, Queue: "c"}}}},
		{ID: "c", Overflow: []Overflow{{To: Destination{Kind: ToQueue, Queue: "b"}}}},
	}}
	for _, wrong := range []struct {
		c    Config
		says string
	}{
		{ring, `queue "a" overflows in a circle: [b c b]`},
		{spills(Overflow{To: Destination{Kind: ToQueue, Queue: lineQueue}}), `overflow 1: queue "line" is no other queue`},
		{spills(Overflow{To: Destination{Kind: ToQueue, Queue: "third"}}), `queue "third" is no other queue`},
		{spills(Overflow{To: Destination{Kind: "bin"}}), `leads to "bin", which is no kind of place`},
		{spills(Overflow{To: Destination{Kind: ToNumber}}), "leads to a number, and names none"},
		{spills(Overflow{Waiting: -1, To: toSecond}), "a condition is negative"},
		{spills(Overflow{ServiceLevel: 80, To: toSecond}), "service level 80 is not between 0 and 1"},
	} {
		if _, err := New(wrong.c); err == nil || !strings.Contains(err.Error(), wrong.says) {
			t.Errorf("got %v, want %s", err, wrong.says)
		}
	}
}

// Two rules from each queue to the next are as many ways as two to the number of queues: they must not be gone one by one.
func TestManyWaysFromQueueToQueueAreProvedAtOnce(t *testing.T) {
	var c Config
	for i := range 60 {
		q := Queue{ID: QueueID(fmt.Sprint(i))}
		if i < 59 {
			to := Destination{Kind: ToQueue, Queue: QueueID(fmt.Sprint(i + 1))}
			q.Overflow = []Overflow{{After: time.Minute, To: to}, {Waiting: 9, To: to}}
		}
		c.Queues = append(c.Queues, q)
	}
	if _, err := New(c); err != nil {
		t.Fatal(err)
	}
	c.Queues[59].Overflow = []Overflow{{After: time.Minute, To: Destination{Kind: ToQueue, Queue: "58"}}}
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "in a circle: [58 59 58]") {
		t.Fatal(err)
	}
}
