package queues

import (
	"testing"

	"hotline/telephony/hours"
)

// sentBy is a caller whom an agent has sent to the queue.
func sentBy(agent AgentID, id RequestID) Event {
	return Enqueued{Request{ID: id, Queue: lineQueue, SentBy: agent}}
}

func TestCallerWhomAnAgentSendsToAQueueGoesToAllOthersFirst(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101")).at(3, calls("102")).want("offered 101 anna", "offered 102 boris")
	d.at(4, OfferAnswered{d.offer("101", "anna")}, OfferAnswered{d.offer("102", "boris")}).want("answered 101 anna", "answered 102 boris")
	d.at(9, TalkEnded{"101"}, sentBy("anna", "101"), WrapUpFinished{"anna"}).want() // who is free, and would take the caller back
	d.at(20).want()
	d.at(21, TalkEnded{"102"}, WrapUpFinished{"boris"}).want("offered 101 boris")
}

func TestCallerGoesBackToWhoSentThemWhereNobodyElseIsThere(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101")).at(3, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
	d.at(9, TalkEnded{"101"}, sentBy("anna", "101"), WrapUpFinished{"anna"}).want("offered 101 boris")
	d.at(10, AgentNotReady{Agent: "boris", Reason: Lunch}).want("declined 101 boris")
	d.at(15).want("offered 101 anna")
}

// sentTo is a caller whom an agent has sent to a colleague.
func (d *day) sentTo(colleague, sender AgentID, id RequestID) Event {
	return Enqueued{Request{ID: id, Queue: lineQueue, SentBy: sender, Lead: Lead{Times: 1, By: string(sender), Agent: colleague, Until: d.second(120), Back: sender}}}
}

// TestColleagueWhoIsNotFreeLeavesACallerToTheSenderAtOnce: for them the caller does not wait, and nobody else is asked.
func TestColleagueWhoIsNotFreeLeavesACallerToTheSenderAtOnce(t *testing.T) {
	for name, e := range map[string]Event{
		"taken meanwhile": Tick{}, "not ready": AgentNotReady{"clara", Lunch}, "gone": AgentSignedOut{"clara"}, "phone": PhoneChanged{"clara", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(t, lineConfig())
			d.at(0, comes("anna")...).at(1, comes("clara")...).at(2, calls("101"), calls("102"))
			d.at(3, OfferAnswered{d.offer("101", "anna")}, OfferAnswered{d.offer("102", "clara")}).at(4, comes("boris")...).at(5, e)
			d.got = nil
			d.at(6, TalkEnded{"101"}, d.sentTo("clara", "anna", "101")).want("anna led 101 to agent anna")
			d.at(7, WrapUpFinished{"anna"}).want("offered 101 anna")
		})
	}
}

func TestCallerWhomAColleagueDoesNotTakeGoesToTheSenderAndToNobodyElse(t *testing.T) {
	for name, e := range map[string]func(*day) Event{
		"declined": func(d *day) Event { return OfferDeclined{d.offer("101", "clara")} },
		"failed":   func(d *day) Event { return OfferFailed{d.offer("101", "clara"), PhoneBusy} },
		"revoked":  func(*day) Event { return AgentSignedOut{"clara"} },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(t, lineConfig())
			d.at(0, comes("anna")...).at(1, comes("clara")...).at(2, calls("101")).at(3, OfferAnswered{d.offer("101", "anna")}).at(4, comes("boris")...)
			d.got = nil
			d.at(6, TalkEnded{"101"}, d.sentTo("clara", "anna", "101")).want("offered 101 clara")
			d.at(7, e(d))
			d.got = d.got[1:]
			d.want("anna led 101 to agent anna")
			d.at(8, WrapUpFinished{"anna"}).want("offered 101 anna")
			d.at(9, OfferDeclined{d.offer("101", "anna")}).want("declined 101 anna", "offered 101 boris")
		})
	}
}

func TestCallerWhoseSenderHasGoneTooGoesToTheHeadOfTheQueue(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("clara")...).at(2, calls("101")).at(3, OfferAnswered{d.offer("101", "anna")})
	d.at(4, calls("102"), calls("103")).want("offered 101 anna", "answered 101 anna", "offered 102 clara")
	d.at(6, TalkEnded{"101"}, AgentSignedOut{"anna"}, d.sentTo("clara", "anna", "101")).want("anna led 101 to front")
	d.at(7, comes("boris")...).want("offered 101 boris")
}

func TestCallerOfATransferGoesNowhereBeforeTheAgentsAreBackAfterARestart(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, OffersHeld{d.second(30)}).at(1, d.sentTo("clara", "anna", "101")).at(2, comes("anna")...).at(3, comes("clara")...).want()
	d.at(4, OffersReleased{}).want("offered 101 clara")
}

// TestCallerSentToAColleagueWaitsWhileTheirPageIsAwaited: right after a restart, or as it is loaded again. Nobody else has them meanwhile, though the sender is free.
func TestCallerSentToAColleagueWaitsWhileTheirPageIsAwaited(t *testing.T) {
	for name, x := range map[string]struct {
		then Event
		want []string
	}{
		"back":           {DeskBack{"clara"}, []string{"offered 101 clara"}},
		"not back":       {DeskLost{"clara"}, []string{"anna led 101 to agent anna", "offered 101 anna"}},
		"not ready":      {AgentNotReady{"clara", Lunch}, []string{"anna led 101 to agent anna", "offered 101 anna"}},
		"out":            {AgentSignedOut{"clara"}, []string{"anna led 101 to agent anna", "offered 101 anna"}},
		"phone":          {PhoneChanged{"clara", false}, []string{"anna led 101 to agent anna", "offered 101 anna"}},
		"otherwise led":  {leads("101", 1, toFront), []string{"olga led 101 to front", "offered 101 anna"}},
		"caller hung up": {Abandoned{"101"}, []string{"short abandon 101"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDay(t, lineConfig())
			d.at(0, comes("anna")...).at(1, comes("clara")...).at(2, DeskAway{Agent: "clara"}, d.sentTo("clara", "anna", "101")).want()
			d.at(5, x.then).want(x.want...)

			d = newDay(t, lineConfig())
			d.at(0, OffersHeld{d.second(30)}).at(1, d.sentTo("clara", "anna", "101")).at(2, comes("anna")...).at(3, comes("clara")...)
			d.at(3, DeskAway{Agent: "clara"}).at(4, OffersReleased{}).want()
			d.at(5, x.then).want(x.want...)
		})
	}
}

// TestCallerSentToAColleagueInATalkWhosePageIsAwaitedGoesBackAtOnce: with their page, too, they would not be free.
func TestCallerSentToAColleagueInATalkWhosePageIsAwaitedGoesBackAtOnce(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("clara")...).at(1, calls("102")).at(2, OfferAnswered{d.offer("102", "clara")}).at(3, comes("anna")...)
	d.at(4, DeskAway{Agent: "clara"}).want("offered 102 clara", "answered 102 clara")
	d.at(5, d.sentTo("clara", "anna", "101")).want("anna led 101 to agent anna", "offered 101 anna")
}

// TestCallerOfAPageThatGoesWhileItRingsGoesBackToTheSenderAtOnce, where the page is the phone: the offer has come to nothing, and is not made again when it is back.
func TestCallerOfAPageThatGoesWhileItRingsGoesBackToTheSenderAtOnce(t *testing.T) {
	for _, phone := range []bool{true, false} {
		d := newDay(t, lineConfig())
		d.at(0, comes("clara")...).at(1, d.sentTo("clara", "anna", "101"), calls("102")).at(2, comes("anna")...).want("offered 101 clara", "offered 102 anna")
		d.at(3, OfferAnswered{d.offer("102", "anna")}, DeskAway{Agent: "clara", Phone: phone}).want("answered 102 anna", "revoked 101 clara", "anna led 101 to agent anna")
		d.at(4, DeskBack{"clara"}).want()
		d.at(5, TalkEnded{"102"}, WrapUpFinished{"anna"}).want("offered 101 anna")
	}
}

// TestCallerWhomAQueueThatClosesWouldSendAwayGoesBackToTheSender: once. Where the sender is gone or leaves it to the rules these act.
func TestCallerWhomAQueueThatClosesWouldSendAwayGoesBackToTheSender(t *testing.T) {
	c := lineConfig(Queue{ID: "night", Skills: []Need{{"night", 1}}, Hours: &hours.Calendar{}, Overflow: []Overflow{{Closed: true, To: Destination{Kind: ToMessage}}}})
	d := newDay(t, c)
	sent := func(id RequestID) Event { return Enqueued{Request{ID: id, Queue: "night", SentBy: "anna"}} }
	d.at(0, comes("anna")...).at(1, sent("101")).want("anna led 101 to agent anna", "offered 101 anna")
	d.at(2, OfferDeclined{d.offer("101", "anna")}).want("declined 101 anna", "overflowed 101 to message by rule 1")
	d.at(3, AgentNotReady{"anna", Lunch}, sent("102")).want("overflowed 102 to message by rule 1")
	d.at(4, AgentReady{"anna"}, calls("103")).at(5, OfferAnswered{d.offer("103", "anna")}, sent("104")).want("offered 103 anna", "answered 103 anna", "anna led 104 to agent anna")
	d.at(124.9).want()
	d.at(125).want("overflowed 104 to message by rule 1")
}
