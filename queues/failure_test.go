package queues

import "testing"

func TestFailingPhoneGoesBehindAllOthersAndIsNotReadyAfterThreeInARow(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101")).want("offered 101 anna")
	d.at(2.1, OfferFailed{d.offer("101", "anna"), PhoneFailing}).want("failed 101 anna", "offered 101 boris").is("anna", "ready idle")
	d.at(3, OfferAnswered{d.offer("101", "boris")}).at(9, TalkEnded{"101"}, WrapUpFinished{"boris"}).want("answered 101 boris")
	// Anna has been idle for longest, and others come first all the same.
	d.at(10, calls("102")).want("offered 102 boris")
	d.at(11, calls("103")).want("offered 103 anna")
	d.at(11.1, OfferFailed{d.offer("103", "anna"), PhoneFailing}).want("failed 103 anna").is("anna", "ready idle")
	d.at(12, calls("104")).want("offered 104 anna") // she is the only one
	d.at(12.1, OfferFailed{d.offer("104", "anna"), PhoneFailing}).want("failed 104 anna").is("anna", "not_ready(phone_failing) idle")
	d.at(13, AgentReady{"anna"}).is("anna", "ready idle")
}

func TestPhoneThatFailedLongAgoIsTriedInItsTurn(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	fails := func(at float64, call string, then ...string) {
		t.Helper()
		d.at(at, calls(RequestID(call))).want("offered " + call + " anna")
		d.at(at+1, OfferFailed{d.offer(call, "anna"), PhoneFailing}).want(append([]string{"failed " + call + " anna"}, then...)...)
	}
	fails(10, "101", "offered 101 boris") // by chance
	d.at(12, OfferAnswered{d.offer("101", "boris")}, TalkEnded{"101"}, WrapUpFinished{"boris"}).want("answered 101 boris")
	d.at(310, calls("102")).want("offered 102 boris").at(310.5, Abandoned{"102"}).want("revoked 102 boris", "short abandon 102")
	d.at(311, calls("103")).want("offered 103 anna")
	d.at(312, Abandoned{"103"}).want("revoked 103 anna", "short abandon 103")
	// Failures are counted in a row all the same: one now and then is one too many.
	fails(320, "104", "offered 104 boris")
	d.at(330, Abandoned{"104"}).want("revoked 104 boris", "abandoned 104")
	fails(700, "105", "offered 105 boris")
	d.is("anna", "not_ready(phone_failing) idle")
}

func TestAnsweredCallEndsTheCountOfFailures(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...)
	fails := func(at float64, call RequestID) {
		t.Helper()
		d.at(at, calls(call)).at(at+0.1, OfferFailed{d.offer(string(call), "anna"), PhoneForwards}, Abandoned{call}).is("anna", "ready idle")
	}
	fails(1, "101")
	fails(2, "102")
	d.at(3, calls("103")).at(4, OfferAnswered{d.offer("103", "anna")}).at(9, TalkEnded{"103"}, WrapUpFinished{"anna"})
	fails(20, "104")
	fails(21, "105")
	d.at(22, calls("106")).at(22.1, OfferFailed{d.offer("106", "anna"), PhoneForwards}).is("anna", "not_ready(phone_forwards) idle")
}

func TestPhoneThatLetsGoAtOnceIsFailingAndTheAnswerCountsAsNone(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...)
	for i, is := range []string{"ready idle", "ready idle", "not_ready(phone_failing) idle"} {
		at := float64(i)
		d.at(at+1, Enqueued{Request{ID: "101", Queue: lineQueue, Arrived: d.second(1)}}).want("offered 101 anna")
		d.at(at+1.1, OfferAnswered{d.offer("101", "anna")}).want("answered 101 anna")
		d.at(at+1.2, TalkDropped{"101"}).want("answer undone 101 anna").is("anna", is)
	}
	d.at(5, Enqueued{Request{ID: "101", Queue: lineQueue, Arrived: d.second(1)}}).want()
	d.at(5, calls("102")).at(6, comes("boris")...).want("offered 101 boris") // the place is the old one
	d.at(7, OfferAnswered{d.offer("101", "boris")}, TalkEnded{"101"})
	if q := d.queue(lineQueue); q.Answered != 1 {
		t.Errorf("%d are answered, there was one talk", q.Answered)
	}
}

func TestNoOfferComesToADeskWhosePageIsAway(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, DeskAway{Agent: "anna"})
	d.at(2, calls("101")).want()
	d.at(3, DeskBack{"anna"}).want("offered 101 anna")
	// An offer that the page has shown goes on while it is loaded again, any other does not.
	d.at(4, DeskAway{Agent: "anna", Seen: d.offer("101", "anna")}).want().is("anna", "ready offered")
	d.at(5, DeskBack{"anna"}).want()
	d.at(6, DeskAway{Agent: "anna"}).want("revoked 101 anna").is("anna", "ready idle")
	d.at(7, comes("boris")...).want("offered 101 boris")
	d.at(8, DeskLost{"anna"}).want().is("anna", "not_ready(connection_lost) idle")
}

func TestNoOfferIsLeftToAPageThatIsThePhoneAndGoes(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, DeskAway{Agent: "anna", Seen: d.offer("101", "anna"), Phone: true}).want("revoked 101 anna").is("anna", "ready idle")
	d.at(3, DeskBack{"anna"}).want("offered 101 anna")
	d.at(4, OfferAccepted{d.offer("101", "anna")}, DeskAway{Agent: "anna", Phone: true}).want("revoked 101 anna").is("anna", "ready idle")
	d.at(5, DeskLost{"anna"}).want().is("anna", "not_ready(connection_lost) idle")
}

func TestAcceptedOfferRingsOnWhenThePageGoes(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, OfferAccepted{d.offer("101", "anna")}, DeskAway{Agent: "anna"}).want().is("anna", "ready offered accepted")
	d.at(3, OfferAnswered{d.offer("101", "anna")}).want("answered 101 anna")
}
