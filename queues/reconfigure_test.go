package queues

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/telephony/hours"
)

func TestReconfigurationWhileAThousandWaitLosesAndReordersNobody(t *testing.T) {
	c := Config{Queues: []Queue{
		{ID: "a", Skills: []Need{{"a", 1}}, OfferTimeout: time.Minute}, {ID: "b", Skills: []Need{{"b", 1}}, OfferTimeout: time.Minute},
	}}
	d := newDay(t, c)
	for i := range 1000 {
		d.at(float64(i)/10, Enqueued{Request{ID: RequestID(fmt.Sprintf("%04d", i)), Queue: QueueID("ab"[i%2 : i%2+1]), Priority: i % 3}})
	}
	same := newDay(t, c) // told the same, and never reconfigured
	for i := range 1000 {
		same.at(float64(i)/10, Enqueued{Request{ID: RequestID(fmt.Sprintf("%04d", i)), Queue: QueueID("ab"[i%2 : i%2+1]), Priority: i % 3}})
	}
	changed := c
	changed.Queues = []Queue{c.Queues[1], c.Queues[0], {ID: "new"}}
	changed.Queues[0].Skills = []Need{{"other", 1}} // queue b is another class now, at another place
	d.at(200, Reconfigured{changed}).want()
	same.at(200)
	if a, b := d.queue("a"), d.queue("b"); a.Waiting != 500 || b.Waiting != 500 {
		t.Fatalf("%d and %d wait", a.Waiting, b.Waiting)
	}
	for i := range 1100 {
		who := AgentID(fmt.Sprintf("agent-%04d", i))
		d.at(300, comes(who, "a", "other")...)
		same.at(300, comes(who, "a", "b")...)
	}
	if len(d.got) != 1000 {
		t.Fatalf("%d of 1000 were served", len(d.got))
	}
	same.want(d.got...)
}

func TestReconfigurationLeavesWhatRingsAndWhatIsTalkedAbout(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(0, calls("101")).at(1, OfferAnswered{d.offer("101", "anna")})
	d.at(2, comes("boris")...).at(2, calls("102")).want("offered 101 anna", "answered 101 anna", "offered 102 boris")
	c := lineConfig()
	c.Queues[0].Skills, c.Queues[0].WrapUp = []Need{{"tech", 1}}, time.Minute
	d.at(3, Reconfigured{c}, calls("103")).want().is("boris", "ready offered")
	d.at(10, TalkEnded{"101"}).at(17, AgentReady{"boris"})
	d.want("missed 102 boris").is("boris", "ready idle") // he rang by the old time, and cannot serve it now
	d.at(69).is("anna", "ready wrap_up").at(70).is("anna", "ready idle").want()
	d.at(71, AgentReskilled{person("anna", "tech")}).want("offered 102 anna")
}

func TestConfigurationThatWouldLoseSomebodyIsRejected(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "second"}))
	d.at(0, calls("101"), Reconfigured{Config{Queues: []Queue{{ID: "second"}}}})
	d.want(`rejected: configuration: queue "line" is gone, and 1 wait in it: invalid event`)
	d.at(1, Reconfigured{lineConfig(Queue{ID: lineQueue})}).want(`rejected: configuration: queue 2 ("line"): stands there twice: invalid event`)
	d.at(2, comes("anna")...).want("offered 101 anna")
}

func TestNewSkillsCountAtOnceAndLostOnesToo(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "tech", Skills: []Need{{"tech", 3}}, OfferTimeout: time.Minute}))
	d.at(0, comes("anna")...).at(0, Enqueued{Request{ID: "101", Queue: "tech"}}).want()
	d.at(1, AgentReskilled{person("anna", "tech")}).want("offered 101 anna")
	d.at(2, AgentReskilled{person("anna")}).want() // it rings on
	d.at(3, OfferDeclined{d.offer("101", "anna")}).want("declined 101 anna")
	d.at(4, AgentReskilled{person("zoe")}).want("rejected: agent zoe: no such agent signed in")
	d.at(5, AgentReskilled{Agent{ID: "anna", Skills: map[Skill]Level{"tech": 9}}}).want(`rejected: agent anna: skill "tech" at level 9: invalid event`)
}

func TestCallbackWhoseAgentWaitsForTheCallerIsReconfiguredToo(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{Every: time.Minute}))
	d.at(0, comes("anna")...).at(0, AgentNotReady{"anna", Break}, calls("101"), CallbackWanted{Request: "101"}, AgentReady{"anna"})
	d.at(1, OfferAnswered{d.offer("101", "anna")}).want("callback 101 waits until 0s, tried 0", "offered 101 anna")
	c := callsBack(CallbackPlan{Every: time.Hour})
	c.Queues[0].Skills = []Need{{"tech", 1}}
	d.at(2, Reconfigured{c}).at(3, CallbackFailed{"101", PhoneBusy}).want("callback 101 waits until 1h0m3s, tried 1")
	d.at(3603).want().at(3604, comes("boris", "tech")...).want("offered 101 boris")
}

func TestPlacesLeftAfterAReconfigurationAreKeptAsLongAsItSays(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan"), partyCalls("102", "olga")).at(1, Abandoned{"101"})
	c := callsBack(CallbackPlan{})
	c.Return = 5 * time.Second
	d.at(2, Reconfigured{c}, Abandoned{"102"}).want("abandoned 101", "abandoned 102")
	d.at(30, partyCalls("103", "olga")).want().at(60, partyCalls("104", "ivan")).want("104 has the place of 101")
}

func TestAgentWhoTalksInAQueueThatIsGoneIsNotWaitedFor(t *testing.T) {
	c := affine()
	c.Queues = append(c.Queues, Queue{ID: "gone", OfferTimeout: time.Minute})
	d := newDay(t, c)
	d.at(0, comes("anna")...)
	for i := range 5 {
		id := RequestID(rune('a' + i))
		d.at(float64(i), Enqueued{Request{ID: id, Queue: "gone"}})
		d.at(float64(i), OfferAnswered{d.offer(string(id), "anna")}).at(float64(i)+0.9, TalkEnded{id})
	}
	d.got = nil
	d.at(8, comes("boris")...).at(8, AgentNotReady{"boris", Break}, OffersHeld{d.second(10)}, wants("102", "anna"))
	d.at(9, Enqueued{Request{ID: "103", Queue: "gone", Priority: 1}}).at(10).want("offered 103 anna")
	d.at(11, OfferAnswered{d.offer("103", "anna")}).want("answered 103 anna")
	d.at(12, Reconfigured{affine()}, AgentReady{"boris"}).want("offered 102 boris") // how long such a talk takes is not known any more
}

// A step taken early, because nobody could serve the call as it stood, is not taken back by new settings of other things.
func TestAReloadKeepsAStepThatWasTakenEarly(t *testing.T) {
	c := Config{Queues: []Queue{{ID: lineQueue, Skills: []Need{{"tech", 3}}, Relax: []Relaxation{{After: time.Hour, Lower: []Need{{"tech", 1}}}}}}}
	d := newDay(t, c)
	d.at(0, AgentSignedIn{Agent: Agent{ID: "anna", Skills: map[Skill]Level{"tech": 1}}, Availability: NotReady, Reason: Break}, PhoneChanged{"anna", true})
	d.at(1, calls("101")).want() // relaxed at once: only she is there
	d.at(2, AgentSignedIn{Agent: Agent{ID: "boris", Skills: map[Skill]Level{"tech": 3}}, Availability: NotReady, Reason: Break})
	c.Queues[0].Priority = 1
	d.at(3, Reconfigured{c}).want()
	d.at(4, AgentReady{"anna"}).want("offered 101 anna")
}

// A journal keeps one location for all queues: a calendar's own zone would be lost in it, and a replay would open by another clock.
func TestHoursWithAZoneOfTheirOwnAreRefused(t *testing.T) {
	tokyo := &hours.Calendar{Zone: time.FixedZone("Tokyo", 9*3600)}
	for _, q := range []Queue{{ID: "a", Hours: tokyo}, {ID: "a", Callback: CallbackPlan{Hours: tokyo}}} {
		if _, err := New(Config{Queues: []Queue{q}}); err == nil || !strings.Contains(err.Error(), "hours with a zone of their own, Tokyo") {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
