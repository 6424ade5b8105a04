package queues

import (
	"errors"
	"testing"
	"time"

	"hotline/telephony/hours"
)

func leads(id RequestID, seen int, to Destination) Event {
	return RequestLed{Request: id, To: to, By: "olga", Seen: seen}
}

var toFront = Destination{Kind: ToFront}

func toAgent(id AgentID) Destination { return Destination{Kind: ToAgent, Agent: id} }

func TestCallerLedToTheFrontGoesBeforeAllOthersOfTheQueue(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, calls("101"), Enqueued{Request{ID: "102", Queue: lineQueue, Priority: 7}}, calls("103"), calls("104"))
	d.at(1, leads("104", 0, toFront), leads("103", 0, toFront)).want("olga led 104 to front", "olga led 103 to front")
	d.at(2, comes("anna")...).want("offered 103 anna")
	d.at(3, comes("boris")...).at(4, comes("clara")...).at(5, comes("dora")...)
	d.want("offered 104 boris", "offered 102 clara", "offered 101 dora")
}

func TestCallerLedToTheFrontStaysThereWhenTheOfferComesToNothing(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101"), calls("102"), calls("103")).want("offered 101 anna")
	d.at(2, leads("103", 0, toFront), OfferDeclined{d.offer("101", "anna")})
	d.want("olga led 103 to front", "declined 101 anna", "offered 103 anna")
}

func TestCallerLedToAnotherQueueWaitsThereByTheirArrival(t *testing.T) {
	c := lineConfig(Queue{ID: "sales", Skills: []Need{{"sell", 1}}})
	d := newDay(t, c)
	d.at(0, calls("101")).at(5, Enqueued{Request{ID: "102", Queue: "sales"}})
	d.at(6, leads("101", 0, Destination{Kind: ToQueue, Queue: "sales"})).want("olga led 101 to queue sales")
	d.at(7, comes("anna", "sell")...).want("offered 101 anna")
	if line, sales := d.queue(lineQueue), d.queue("sales"); line.Overflowed != 1 || line.Waiting != 0 || sales.Waiting != 2 {
		t.Errorf("the queues say %+v and %+v", line, sales)
	}
}

func TestCallerLedToAnAgentGoesToThatOneBeforeAllOthersWhateverTheSkills(t *testing.T) {
	c := lineConfig()
	c.Queues[0].Skills = []Need{{"tech", 1}}
	d := newDay(t, c)
	d.at(0, comes("anna", "tech")...).at(1, comes("zoe")...)
	d.at(2, calls("101"), calls("102"), calls("103")).want("offered 101 anna")
	d.at(3, leads("103", 0, toAgent("zoe"))).want("olga led 103 to agent zoe", "offered 103 zoe")
	if d.why.Rule != Led || d.why.By != "olga" {
		t.Errorf("it is explained by %+v", d.why)
	}
	d.at(4, OfferAnswered{d.offer("101", "anna")}, calls("104"), leads("104", 0, toAgent("anna")))
	d.at(30, TalkEnded{"101"}, WrapUpFinished{"anna"})
	d.want("answered 101 anna", "olga led 104 to agent anna", "missed 103 zoe", "offered 104 anna")
}

func TestCallerLedToAnAgentWaitsForAnybodyWhenThatOneDoesNotCome(t *testing.T) {
	for name, e := range map[string]Event{
		"gone": AgentNotReady{"anna", Lunch}, "out": AgentSignedOut{"anna"}, "phone": PhoneChanged{"anna", false}, "desk": DeskLost{"anna"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(t, lineConfig())
			d.at(0, comes("anna")...).at(1, calls("101")).at(2, OfferAnswered{d.offer("101", "anna")}, calls("102"))
			d.at(3, leads("102", 0, toAgent("anna"))).at(4, comes("boris")...).want("offered 101 anna", "answered 101 anna", "olga led 102 to agent anna")
			d.at(5, e).want("offered 102 boris")
		})
	}
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).at(2, OfferAnswered{d.offer("101", "anna")}, calls("102"))
	d.at(3, leads("102", 0, toAgent("anna"))).at(4, comes("boris")...).at(122.9).want("offered 101 anna", "answered 101 anna", "olga led 102 to agent anna")
	d.at(123).want("offered 102 boris")
	d.at(124, OfferDeclined{d.offer("102", "boris")}, TalkEnded{"101"}, WrapUpFinished{"anna"}).want("declined 102 boris", "offered 102 anna")
}

func TestCallerLedToAnAgentWhoDeclinesWaitsForAnybodyAtTheirPlace(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...).at(2, calls("101")).want("offered 101 anna")
	d.at(3, leads("101", 0, toAgent("boris"))).want("revoked 101 anna", "olga led 101 to agent boris", "offered 101 boris")
	d.at(4, OfferDeclined{d.offer("101", "boris")}).want("declined 101 boris", "offered 101 anna")
}

func TestNoRuleSendsAwayWhoWasLedToAnAgentWhileTheyWaitForThatOne(t *testing.T) {
	c := lineConfig()
	c.Queues[0].Overflow = []Overflow{{After: 30 * time.Second, To: Destination{Kind: ToVoicemail}}}
	d := newDay(t, c)
	d.at(0, comes("anna")...).at(1, calls("101")).at(2, OfferAnswered{d.offer("101", "anna")}, calls("102"))
	d.at(3, leads("102", 0, toAgent("anna"))).at(60).want("offered 101 anna", "answered 101 anna", "olga led 102 to agent anna")
	d.at(61, AgentNotReady{"anna", Lunch}).want("overflowed 102 to voicemail by rule 1")
}

func TestNoRelaxationStepIsTakenEarlyWhileACallerWaitsForTheAgentTheyWereLedTo(t *testing.T) {
	c := lineConfig()
	c.Queues[0].Skills, c.Queues[0].Relax = []Need{{"tech", 3}}, []Relaxation{{After: time.Minute, Lower: []Need{{"tech", 1}}}}
	for _, able := range []bool{false, true} {
		d := newDay(t, c)
		d.at(0, comes("anna")...).at(1, AgentCalls{"anna", "100", lineQueue}, calls("101"))
		d.at(2, leads("101", 0, toAgent("anna"))).at(3, comes("zoe", "tech=1")...).want("olga led 101 to agent anna")
		if able {
			d.at(4, comes("olga", "tech=3")...).at(4, AgentNotReady{"olga", Break}).at(5, AgentNotReady{"anna", Lunch}).want() // she could, when she is back
			d.at(61).want("offered 101 zoe")
		} else {
			d.at(5, AgentNotReady{"anna", Lunch}).want("offered 101 zoe")
		}
	}
}

func TestWhoLeadsACallerSecondIsToldWhoWasFirst(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "sales"}))
	d.at(0, calls("101"))
	d.at(1, RequestLed{Request: "101", To: toFront, By: "olga"}).want("olga led 101 to front")
	decided := d.r.Step(d.second(2), RequestLed{Request: "101", To: Destination{Kind: ToQueue, Queue: "sales"}, By: "petr"})
	if led, is := errors.AsType[*LedError](Rejection(decided).Err); !is || led.By != "olga" {
		t.Fatalf("the second was told %+v", decided)
	}
	d.at(3, RequestLed{Request: "101", To: Destination{Kind: ToQueue, Queue: "sales"}, By: "petr", Seen: 1}).want("petr led 101 to queue sales")
}

func TestLeadsThatCannotBeAreRefusedWithTheReason(t *testing.T) {
	c := lineConfig(Queue{ID: "night", Hours: &hours.Calendar{}})
	d := newDay(t, c)
	d.at(0, comes("anna")...).at(1, comes("boris")...).at(2, AgentNotReady{"boris", Lunch}, calls("101"), calls("102"))
	d.at(3, OfferAccepted{d.offer("101", "anna")}, Enqueued{Request{ID: "104", Queue: lineQueue, Callback: true}}, calls("103"))
	d.got = nil
	for _, x := range []struct {
		e   Event
		why string
	}{
		{leads("none", 0, toFront), "request none: no such request"},
		{leads("101", 0, toFront), "offer " + string(d.offer("101", "anna")) + ": offer is accepted"},
		{leads("104", 0, toFront), "request 104 has no caller on the line: not in this activity"},
		{leads("102", 0, Destination{Kind: ToQueue, Queue: "none"}), "queue none: no such queue"},
		{leads("102", 0, Destination{Kind: ToQueue, Queue: lineQueue}), "request 102 in queue line: is so already"},
		{leads("102", 0, Destination{Kind: ToQueue, Queue: "night"}), "queue night: queue is closed"},
		{leads("102", 0, toAgent("zoe")), "agent zoe: no such agent signed in"},
		{leads("102", 0, toAgent("boris")), "agent boris: agent wants no calls"},
		{leads("102", 0, Destination{Kind: ToVoicemail}), "request 102 led to voicemail: invalid event"},
		{RequestLed{Request: "102", To: toFront}, "request 102 led by nobody: invalid event"},
	} {
		d.at(4, x.e).want("rejected: " + x.why)
	}
}

func TestLeadIsGivenBackAfterARestartWhenTheAgentIsThereAgain(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, OffersHeld{d.second(30)})
	d.at(1, Enqueued{Request{ID: "101", Queue: lineQueue}}, Enqueued{Request{ID: "102", Queue: lineQueue, Lead: Lead{Times: 2, By: "olga", Points: 1, Agent: "boris", Until: d.second(60)}}})
	d.at(2, comes("anna")...).at(2, comes("boris")...).at(3, OffersReleased{})
	d.want("offered 102 boris", "offered 101 anna")
	if d.why.By != "" {
		t.Errorf("the other's is explained by %+v", d.why)
	}
}
