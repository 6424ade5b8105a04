package queues

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestLongestIdleAgentIsOfferedTheCall(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("boris")...).at(5, comes("anna")...)
	d.at(10, calls("101")).want("offered 101 boris")
	d.at(11, calls("102")).want("offered 102 anna")
}

func TestCallersWaitInTheOrderOfTheirArrival(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, calls("101")).at(1, calls("102")).at(2, calls("103")).want()
	d.at(10, comes("anna")...).want("offered 101 anna")
	d.at(11, comes("boris")...).want("offered 102 boris")
}

func TestHigherPriorityGoesFirst(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "urgent", Priority: 10}))
	d.at(0, calls("101"))
	d.at(1, Enqueued{Request{ID: "102", Queue: lineQueue, Priority: 5}})
	d.at(2, Enqueued{Request{ID: "103", Queue: "urgent"}})
	d.at(3, comes("anna")...).want("offered 103 anna")
	d.at(4, comes("boris")...).want("offered 102 boris")
}

func TestCallerKeepsPlaceWhenAgentMissesOffer(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, calls("102")).want()
	d.at(15.9).want()
	d.at(16).want("missed 101 anna").is("anna", "not_ready(missed_call) idle")
	d.at(20, comes("boris")...).want("offered 101 boris")
	if s := d.queue(lineQueue); s.Waiting != 2 || !s.LongestSince.Equal(d.second(1)) {
		t.Fatalf("the queue says %d waiting since %s", s.Waiting, s.LongestSince)
	}
}

func TestMissedOfferGoesToTheNextAgentAtOnce(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101")).want("offered 101 anna")
	d.at(17).want("missed 101 anna", "offered 101 boris")
}

func TestDeclinedOfferIsNotRepeatedToTheSameAgentBeforeAllOthersWereTried(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101")).want("offered 101 anna")
	d.at(3, calls("102")).want("offered 102 boris")
	d.at(4, OfferAnswered{d.offer("102", "boris")}).want("answered 102 boris")
	d.at(5, OfferDeclined{d.offer("101", "anna")}).want("declined 101 anna").is("anna", "ready idle")
	// She gets others meanwhile.
	d.at(6, calls("103")).want("offered 103 anna")
	d.at(7, Abandoned{"103"}).want("revoked 103 anna", "short abandon 103")
	// Boris, who talked, is the other one.
	d.at(10, TalkEnded{"102"}, WrapUpFinished{"boris"}).want("offered 101 boris")
	// When he declines too, it begins anew with who is idle for longest.
	d.at(11, OfferDeclined{d.offer("101", "boris")}).want("declined 101 boris")
	d.at(15.9).want().at(16).want("offered 101 anna")
}

func TestDeclinedCallComesBackWhenNobodyElseIsLeft(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101"), calls("102")).want("offered 101 anna", "offered 102 boris")
	d.at(3, OfferAnswered{d.offer("102", "boris")}, OfferDeclined{d.offer("101", "anna")})
	d.want("answered 102 boris", "declined 101 anna")
	// Boris will go to lunch after his talk: nobody is left to wait for.
	d.at(4, AgentNotReady{"boris", Lunch}).want()
	d.at(8).want("offered 101 anna")
}

func TestMissedOfferIsNotRepeatedToTheSameAgentBeforeAllOthersWereTried(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101"), calls("102")).at(3, OfferAnswered{d.offer("102", "boris")})
	d.at(18, AgentReady{"anna"}).want("offered 101 anna", "offered 102 boris", "answered 102 boris", "missed 101 anna")
	d.at(19, calls("103")).want("offered 103 anna") // she gets others
	d.at(20, TalkEnded{"102"}, WrapUpFinished{"boris"}).want("offered 101 boris")
	d.at(21, OfferDeclined{d.offer("101", "boris")}).want("declined 101 boris")
	d.at(26).want("offered 101 boris") // all were: it begins anew
}

func TestUnreachablePhoneMakesAgentNotReadyAndCallerKeepsPlace(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101"), calls("102")).want("offered 101 anna")
	d.at(2, OfferFailed{d.offer("101", "anna"), PhoneUnreachable}).want("failed 101 anna")
	d.is("anna", "not_ready(phone_unreachable) idle")
	d.at(3, comes("boris")...).want("offered 101 boris")
	d.at(4, OfferFailed{d.offer("101", "boris"), PhoneUnanswered}).want("missed 101 boris")
	d.is("boris", "not_ready(missed_call) idle")
}

// A phone that says do not disturb declines within milliseconds: it must not ring without an end.
func TestPhoneThatDeclinesByItselfRingsNoMoreThanEveryFewSeconds(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(1.1, OfferDeclined{d.offer("101", "anna")}).want("declined 101 anna").is("anna", "ready idle")
	d.at(6).want().at(6.1).want("offered 101 anna")
	d.at(6.2, OfferDeclined{d.offer("101", "anna")}).want("declined 101 anna")
	d.at(7, comes("boris")...).want("offered 101 boris") // somebody else has it at once
}

// That the switch could not dial is nobody's fault: a moment of it must not send everybody away from the line.
func TestCongestionLeavesAgentsReadyAndTheCallerWithTheNext(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101")).want("offered 101 anna")
	d.at(3, OfferFailed{d.offer("101", "anna"), PhoneCongested}).want("failed 101 anna", "offered 101 boris").is("anna", "ready idle")
	d.at(4, OfferFailed{d.offer("101", "boris"), PhoneCongested}).want("failed 101 boris").is("boris", "ready idle")
	d.at(5, calls("102")).want("offered 102 anna")
	d.at(6, OfferAnswered{d.offer("102", "anna")}).want("answered 102 anna")
	d.at(9).want("offered 101 boris")
}

func TestNoOfferGoesToAPhoneThatIsNotReachable(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, AgentSignedIn{Agent: person("anna")}, AgentReady{"anna"}, calls("101")).want()
	d.at(1, PhoneChanged{"anna", true}).want("offered 101 anna")
	d.at(2, Abandoned{"101"}).want("revoked 101 anna", "short abandon 101")
	d.at(3, PhoneChanged{"anna", false}, calls("102")).want().is("anna", "ready idle")
	d.at(4, PhoneChanged{"anna", true}).want("offered 102 anna")
}

func TestLostDeskRevokesTheOfferAndMakesAgentNotReady(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101")).want("offered 101 anna")
	d.at(3, DeskLost{"anna"}).want("revoked 101 anna", "offered 101 boris")
	d.is("anna", "not_ready(connection_lost) idle")
	d.at(4, DeskLost{"anna"}).want().is("anna", "not_ready(connection_lost) idle")
}

func TestLostDeskCutsNoTalk(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(2, calls("101"))
	d.at(3, OfferAnswered{d.offer("101", "anna")}, DeskLost{"anna"})
	d.is("anna", "ready talking, then not_ready(connection_lost)")
	d.at(9, TalkEnded{"101"}).is("anna", "ready wrap_up, then not_ready(connection_lost)")
	d.at(39).is("anna", "not_ready(connection_lost) idle")
}

func TestWrapUpEndsByTheClock(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101"))
	d.at(2, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna").is("anna", "ready talking")
	d.at(10, calls("102"), TalkEnded{"101"}).want().is("anna", "ready wrap_up")
	d.at(39.9).want()
	d.at(40).want("offered 102 anna")
}

func TestWrapUpIsFinishedOrExtendedWithinALimit(t *testing.T) {
	c := lineConfig()
	c.ExtensionLimit = 2 * time.Minute
	d := newDay(t, c)
	d.at(0, comes("anna")...).at(1, calls("101"))
	d.at(2, OfferAnswered{d.offer("101", "anna")})
	d.at(10, TalkEnded{"101"}, WrapUpExtended{Agent: "anna"}, WrapUpExtended{"anna", time.Minute}).want("offered 101 anna", "answered 101 anna")
	d.at(11, WrapUpExtended{"anna", time.Second}).want("rejected: agent anna: by 1s, after 2m0s of 2m0s: wrap-up cannot be extended further")
	d.at(12, WrapUpExtended{"anna", -time.Second}).want("rejected: agent anna: wrap-up extended by -1s: invalid event")
	d.at(159).is("anna", "ready wrap_up")
	d.at(159.5, WrapUpFinished{"anna"}).is("anna", "ready idle")
	d.at(160, WrapUpFinished{"anna"}).want("rejected: agent anna is idle, not in wrap-up: not in this activity")
}

func TestQueueWithoutWrapUpFreesTheAgentAtOnce(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "quick"}))
	d.at(0, comes("anna")...).at(1, Enqueued{Request{ID: "101", Queue: "quick"}})
	d.at(2, OfferAnswered{d.offer("101", "anna")}).at(3, TalkEnded{"101"}).is("anna", "ready idle")
}

func TestNotReadyChosenInATalkTakesEffectAfterTheWrapUp(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101"), calls("102"))
	d.at(2, OfferAnswered{d.offer("101", "anna")}, AgentNotReady{"anna", Lunch})
	d.is("anna", "ready talking, then not_ready(lunch)")
	d.at(3, AgentReady{"anna"}).is("anna", "ready talking")
	d.at(4, AgentNotReady{"anna", Lunch}, TalkEnded{"101"}).is("anna", "ready wrap_up, then not_ready(lunch)")
	d.at(5, AgentNotReady{"anna", Meeting}).is("anna", "ready wrap_up, then not_ready(meeting)")
	d.want("offered 101 anna", "answered 101 anna")
	d.at(34).want().is("anna", "not_ready(meeting) idle")
}

func TestWhatAnAgentChoseGoesBeforeTheLossOfTheirPhone(t *testing.T) {
	for _, of := range []struct {
		chosen         []Event
		during, behind string
	}{
		{nil, "ready talking, then not_ready(phone_lost)", "not_ready(phone_lost) idle"},
		{[]Event{DeskLost{"anna"}}, "ready talking, then not_ready(phone_lost)", "not_ready(phone_lost) idle"},
		{[]Event{AgentNotReady{"anna", Lunch}}, "ready talking, then not_ready(lunch)", "not_ready(lunch) idle"},
		{[]Event{AgentSignedOut{"anna"}}, "ready talking, then signed_out", "unknown"},
	} {
		d := newDay(t, lineConfig(Queue{ID: "quick"}))
		d.at(0, comes("anna")...).at(1, Enqueued{Request{ID: "101", Queue: "quick"}})
		d.at(2, OfferAnswered{d.offer("101", "anna")}).at(3, of.chosen...)
		d.at(4, AgentNotReady{"anna", PhoneLost}).is("anna", of.during)
		d.at(5, TalkEnded{"101"}).is("anna", of.behind)
	}
}

func TestNotReadyWhileRingingDeclinesWhatWasNotAccepted(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, AgentNotReady{"anna", Break}).want("declined 101 anna").is("anna", "not_ready(break) idle")
	d.at(3, AgentReady{"anna"}).want().at(7).want("offered 101 anna")
	d.at(8, OfferAccepted{d.offer("101", "anna")}, AgentNotReady{"anna", Break}).want()
	d.is("anna", "ready offered accepted, then not_ready(break)")
	// What she chose goes before what happens to her.
	d.at(22).want("missed 101 anna").is("anna", "not_ready(break) idle")
}

func TestSignOutInATalkLetsItGoOn(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101"))
	d.at(2, OfferAnswered{d.offer("101", "anna")}, AgentSignedOut{"anna"})
	d.want("offered 101 anna", "answered 101 anna").is("anna", "ready talking, then signed_out")
	d.at(3, AgentSignedOut{"anna"}).want("rejected: agent anna signing out: is so already")
	d.at(4, TalkEnded{"101"}).is("anna", "ready wrap_up, then signed_out")
	d.at(5, AgentSignedOut{"anna"}).want().is("anna", "unknown")
}

func TestSignedOutAgentGetsNothing(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, AgentSignedOut{"anna"}).want("declined 101 anna").is("anna", "unknown")
	d.at(3, AgentReady{"anna"}).want("rejected: agent anna: no such agent signed in")
	// The phone is remembered for the next time.
	d.at(4, AgentSignedIn{Agent: person("anna")}, AgentReady{"anna"}).want("offered 101 anna")
}

func TestAcceptedOfferCannotBeDeclinedAndRingsUntilItsDeadline(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, OfferAccepted{d.offer("101", "anna")}).is("anna", "ready offered accepted")
	d.at(3, OfferDeclined{d.offer("101", "anna")}).want("rejected: offer -1: offer is accepted")
	d.at(16).want("missed 101 anna")
}

func TestAnswerThatCrossesTheEndOfItsOfferIsRejected(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).want("offered 101 anna")
	d.at(2, Abandoned{"101"}, OfferAnswered{d.offer("101", "anna")})
	d.want("revoked 101 anna", "short abandon 101", "rejected: offer -1: offer is over").is("anna", "ready idle")
	d.at(3, calls("102")).want("offered 102 anna")
	d.at(18, OfferAnswered{d.offer("102", "anna")}).want("missed 102 anna", "rejected: offer -2: offer is over")
}

func TestCallerWhoIsGoneInTheTalkFreesTheAgent(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101"))
	d.at(2, OfferAnswered{d.offer("101", "anna")}, Abandoned{"101"})
	d.want("offered 101 anna", "answered 101 anna").is("anna", "ready wrap_up")
	d.at(3, Abandoned{"101"}, TalkEnded{"101"})
	d.want("rejected: request 101: no such request", "rejected: request 101: no such request")
}

func TestRevokedOfferDoesNotTouchTheIdleTime(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, calls("101"), Abandoned{"101"}).want("offered 101 anna", "revoked 101 anna", "short abandon 101")
	d.at(3, calls("102")).want("offered 102 anna")
}

func TestOnlyAgentsWithTheSkillAtItsLevelAreOffered(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "tech", Skills: []Need{{"tech", 3}}}))
	d.at(0, comes("anna", "tech=2", "lang:ru")...).at(1, comes("boris", "tech=3", "lang:en")...)
	d.at(2, Enqueued{Request{ID: "101", Queue: "tech", Extra: []Need{{Language("en"), 0}}}}).want("offered 101 boris")
	d.at(3, Enqueued{Request{ID: "102", Queue: "tech"}}).want()
	d.at(4, calls("103", Need{Language("ru"), 1})).want("offered 103 anna")
	d.at(5, comes("vera", "tech=5")...).want("offered 102 vera")
}

func TestTalksAndPlacesSurviveARestart(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(100, OffersHeld{d.second(102)})
	d.at(100, PhoneChanged{"boris", true}, PhoneChanged{"anna", true})
	d.at(100, AgentSignedIn{Agent: person("boris"), Availability: Ready, Since: d.second(50)})
	d.at(100, TalkRestored{"anna", "90", lineQueue, d.second(80), time.Time{}, nil, false, ""}).is("anna", "signed_out talking")
	d.at(100, Enqueued{Request{ID: "102", Queue: lineQueue, Arrived: d.second(92)}})
	d.at(101, Enqueued{Request{ID: "101", Queue: lineQueue, Arrived: d.second(91)}}).want()
	d.at(101, AgentSignedIn{Agent: person("anna"), Availability: Ready, Since: d.second(40)}).is("anna", "ready talking")
	d.at(102).want("offered 101 boris")
	d.at(103, TalkEnded{"90"}, WrapUpFinished{"anna"}).want("offered 102 anna")
	if s := d.queue(lineQueue); s.Answered != 0 || !s.LongestSince.Equal(d.second(91)) {
		t.Fatalf("after the restart the queue is %+v", s)
	}
}

func TestCallerWhoWasOnHoldBeforeARestartIsSoSinceThen(t *testing.T) {
	d := newDay(t, lineConfig())
	held := map[AgentID][2]float64{"anna": {90, 90}, "boris": {70, 80}, "vera": {200, 100}} // never before the talk, nor after now
	for _, id := range []AgentID{"anna", "boris", "vera"} {
		d.at(100, TalkRestored{id, "90 " + RequestID(id), lineQueue, d.second(80), d.second(held[id][0]), nil, false, ""}).is(id, "signed_out on_hold")
	}
	for _, a := range d.r.Snapshot().Agents {
		if want := d.second(held[a.ID][1]); !a.ActivitySince.Equal(want) {
			t.Errorf("%s is on hold since %s, not %s", a.ID, a.ActivitySince, want)
		}
	}
	d.at(101, TalkResumed{"90 anna"}).is("anna", "signed_out talking").want()
}

// A break that was chosen in a talk begins when that ends, after a restart too: not when the agent became ready.
func TestWhatWasChosenForAfterATalkBeginsThereAfterARestartToo(t *testing.T) {
	c := lineConfig()
	c.Reasons = []ReasonLimit{{Reason: Break, Longest: time.Minute}}
	d := newDay(t, c)
	back := func(id AgentID, next Availability, why Reason) AgentSignedIn {
		return AgentSignedIn{Agent: person(id), Availability: Ready, Since: d.second(10), Next: next, NextReason: why}
	}
	d.at(100, TalkRestored{Agent: "anna", Request: "90", Queue: lineQueue, Since: d.second(80)}, TalkRestored{Agent: "boris", Request: "91", Queue: lineQueue})
	d.at(101, back("anna", NotReady, Break), back("boris", SignedOut, ""), back("vera", NotReady, Break), back("gleb", SignedOut, ""))
	d.is("anna", "ready talking, then not_ready(break)").is("boris", "ready talking, then signed_out").is("vera", "not_ready(break) idle").is("gleb", "unknown")
	if a := d.agent("vera"); !a.Since.Equal(d.second(101)) || !a.Until.Equal(d.second(161)) {
		t.Errorf("whose talk has ended is on break from %s to %s", a.Since, a.Until)
	}
	d.at(200, TalkEnded{"90"}, TalkEnded{"91"}).at(210, WrapUpFinished{"anna"}, WrapUpFinished{"boris"})
	if a := d.agent("anna"); a.Reason != Break || !a.Since.Equal(d.second(210)) || !a.Until.Equal(d.second(270)) {
		t.Errorf("after the talk she is %+v", a)
	}
	d.is("boris", "unknown")
}

func TestTalkOfSomebodyWhoNeverSignsInAgainIsForgottenAtItsEnd(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(1, TalkRestored{"anna", "90", "gone", d.second(0), time.Time{}, nil, false, ""}, TalkEnded{"90"}).want().is("anna", "unknown")
}

func TestHeldOffersAreReleasedTogetherInOrder(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(0, comes("boris")...).at(1, OffersHeld{d.second(60)})
	d.at(2, calls("101")).at(3, Enqueued{Request{ID: "102", Queue: lineQueue, Arrived: d.second(1)}}).want()
	d.at(4, OffersReleased{}).want("offered 102 anna", "offered 101 boris")
}

func TestHoldIsAnActivityOfItsOwn(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101"))
	d.at(2, OfferAnswered{d.offer("101", "anna")}, TalkHeld{"101"}).is("anna", "ready on_hold")
	d.at(3, TalkHeld{"101"}, TalkResumed{"101"}).is("anna", "ready talking")
	d.want("offered 101 anna", "answered 101 anna", "rejected: request 101 on_hold: is so already")
	d.at(4, TalkHeld{"101"}, TalkEnded{"101"}).is("anna", "ready wrap_up")
}

func TestFiguresBeginAnewAtLocalMidnight(t *testing.T) {
	c := lineConfig()
	c.Location = time.FixedZone("east", 3*3600) // midnight is 21:00 UTC, 12 h after the start
	d := newDay(t, c)
	d.at(0, comes("anna")...).at(1, calls("101")).at(2, calls("102")).at(3, calls("103"))
	d.at(6, Abandoned{"103"})                                                  // short
	d.at(10, OfferAnswered{d.offer("101", "anna")})                            // in target
	d.at(12, Abandoned{"102"}, TalkEnded{"101"})                               // abandoned
	d.at(13, WrapUpFinished{"anna"}, calls("104")).at(50)                      // missed
	d.at(60, AgentReady{"anna"}).at(61, OfferAnswered{d.offer("104", "anna")}) // out of target
	got := d.queue(lineQueue).Figures
	if want := (Figures{Answered: 2, Abandoned: 2, ShortAbandoned: 1, InTarget: 1}); got != want {
		t.Fatalf("figures %+v, want %+v", got, want)
	}
	if level, ok := got.ServiceLevel(); !ok || level != 1.0/3 {
		t.Fatalf("service level %v %v", level, ok)
	}
	d.at(12*3600 - 1)
	if d.queue(lineQueue).Figures != got {
		t.Fatal("figures changed before midnight")
	}
	d.at(12 * 3600)
	if f := d.queue(lineQueue).Figures; f != (Figures{}) {
		t.Fatalf("figures after midnight %+v", f)
	}
	if _, ok := d.queue(lineQueue).ServiceLevel(); ok {
		t.Fatal("a service level of nothing")
	}
}

func TestImpossibleEventsAreRejectedByName(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(5, comes("anna")...)
	for _, c := range []struct {
		e    Event
		want error
	}{
		{AgentReady{"anna"}, ErrAlready},
		{AgentReady{"nobody"}, ErrUnknownAgent},
		{AgentNotReady{"anna", ""}, ErrInvalid},
		{AgentSignedIn{Agent: person("anna")}, ErrAlready},
		{AgentSignedIn{Agent: Agent{}}, ErrInvalid},
		{AgentSignedIn{Agent: Agent{ID: "b", Skills: map[Skill]Level{"x": 6}}}, ErrInvalid},
		{AgentSignedIn{Agent: Agent{ID: "b"}, Availability: "asleep"}, ErrInvalid},
		{AgentSignedOut{"nobody"}, ErrUnknownAgent},
		{DeskLost{"nobody"}, ErrUnknownAgent},
		{PhoneChanged{"", true}, ErrInvalid},
		{Enqueued{Request{ID: "1", Queue: "none"}}, ErrUnknownQueue},
		{Enqueued{Request{Queue: lineQueue}}, ErrInvalid},
		{calls("1", Need{"x", 9}), ErrInvalid},
		{Enqueued{Request{ID: "1", Queue: lineQueue, Priority: -2_000_000}}, ErrInvalid},
		{Abandoned{"1"}, ErrUnknownRequest},
		{OfferAnswered{"1"}, ErrOfferOver},
		{OfferAccepted{"1"}, ErrOfferOver},
		{OfferDeclined{"1"}, ErrOfferOver},
		{OfferFailed{"1", PhoneBusy}, ErrOfferOver},
		{TalkEnded{"1"}, ErrUnknownRequest},
		{TalkHeld{"1"}, ErrUnknownRequest},
		{TalkRestored{Agent: "anna"}, ErrInvalid},
		{WrapUpRestored{Agent: "anna"}, ErrInvalid},
		{WrapUpRestored{Agent: "anna", Request: "1", Deadline: d.second(60)}, ErrAlready},
		{WrapUpRestored{Agent: "zoe", Request: "1", Deadline: d.second(6)}, ErrActivity},
		{WrapUpFinished{"nobody"}, ErrUnknownAgent},
		{WrapUpExtended{Agent: "anna"}, ErrActivity},
	} {
		got := d.r.Step(d.second(6), c.e)
		if len(got) != 1 {
			t.Errorf("%#v gave %v", c.e, got)
			continue
		}
		if x, is := got[0].(*Rejected); !is || !errors.Is(x.Err, c.want) {
			t.Errorf("%#v gave %v, want %v", c.e, got[0], c.want)
		}
	}
	back := d.r.Step(d.second(5), calls("1"))
	if x, is := back[0].(*Rejected); !is || len(back) != 1 || !errors.Is(x.Err, ErrBackwards) {
		t.Errorf("an event of the past gave %v", back)
	}
}

func TestWrongConfigurationIsNamed(t *testing.T) {
	for _, c := range []struct {
		queues []Queue
		want   string
	}{
		{[]Queue{{}}, `queues: queue 1 (""): has no id`},
		{[]Queue{{ID: "a"}, {ID: "a"}}, `queues: queue 2 ("a"): stands there twice`},
		{[]Queue{{ID: "a", Skills: []Need{{"x", 7}}}}, `queues: queue 1 ("a"): skill "x" is needed at level 7, and 5 is the highest`},
		{[]Queue{{ID: "a", WrapUp: -1}}, `queues: queue 1 ("a"): a time is negative`},
		{[]Queue{{ID: "a", Choice: "prettiest"}}, `queues: queue 1 ("a"): agents cannot be chosen by "prettiest"`},
		{[]Queue{{ID: "a", AnyOf: [][]Need{{}}}}, `queues: queue 1 ("a"): a group of skills is empty, and nobody could have any of it`},
		{[]Queue{{ID: "a", AnyOf: [][]Need{{{"x", 7}}}}}, `queues: queue 1 ("a"): skill "x" is needed at level 7, and 5 is the highest`},
		{[]Queue{{ID: "a", Aging: -1}}, `queues: queue 1 ("a"): aging by -1 points a second is not between 0 and 1000`},
		{[]Queue{{ID: "a", Priority: 2_000_000}}, `queues: queue 1 ("a"): priority 2000000 is beyond a million`},
		{[]Queue{{ID: "a", Target: Target{Share: 80}}}, `queues: queue 1 ("a"): target share 80 is not between 0 and 1`},
	} {
		if _, err := New(Config{Queues: c.queues}); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestAnOfferExplainsItself(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, comes("boris")...).at(2, calls("101"))
	explain := func(second float64, e Event) Explanation {
		t.Helper()
		for _, x := range d.r.Step(d.second(second), e) {
			if o, is := x.(*Offered); is {
				return o.Why
			}
		}
		t.Fatalf("%#v gave no offer", e)
		return Explanation{}
	}
	got := explain(5, OfferDeclined{d.offer("101", "anna")})
	want := Explanation{
		Rule: OnlyCandidate, Candidates: 2, Excluded: 1,
		IdleSince: d.second(1), Waited: 3 * time.Second, Tries: 1, Declined: []AgentID{"anna"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	d.at(6, comes("vera")...).at(7, comes("gleb")...).at(8, AgentNotReady{"gleb", Lunch})
	got = explain(10, calls("102"))
	want = Explanation{
		Rule: LongestIdle, Candidates: 2, IdleSince: d.second(5), RunnerUp: "vera", Busy: 1, NotReady: 1,
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func TestRequestsWithTheSameRequirementShareOneClass(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "tech", Skills: []Need{{"tech", 2}, {"lang:ru", 1}}}))
	d.at(0, Enqueued{Request{ID: "1", Queue: "tech"}})
	d.at(0, calls("2", Need{"lang:ru", 0}, Need{"tech", 1}, Need{"tech", 2}))
	if len(d.r.demand.byKey) != 1 {
		t.Fatalf("%d classes", len(d.r.demand.byKey))
	}
	if !slices.Equal(d.r.demand.classes[0].needs, []Need{{"lang:ru", 1}, {"tech", 2}}) {
		t.Fatalf("needs %v", d.r.demand.classes[0].needs)
	}
}

func TestMostSkilledAgentGoesFirstAndOfEqualsWhoIsIdleForLonger(t *testing.T) {
	d := newDay(t, Config{Queues: []Queue{{ID: lineQueue, Skills: []Need{{"tech", 1}}, AnyOf: [][]Need{{{"lang:ru", 1}, {"lang:en", 1}}}, Choice: MostSkilled}}})
	d.at(0, comes("anna", "tech=2", "lang:ru=5")...).at(1, comes("boris", "tech=4", "lang:en=4")...)
	d.at(2, comes("vera", "tech=4", "lang:en=4", "sales=5")...)
	d.at(3, calls("101"), calls("102"), calls("103")).want("offered 101 boris", "offered 102 vera", "offered 103 anna")
}

func TestSpecialistIsSpared(t *testing.T) {
	d := newDay(t, Config{Queues: []Queue{{ID: lineQueue, Skills: []Need{{"sales", 1}}, Choice: SpareSpecialist}}})
	d.at(0, comes("anna", "sales", "tech", "finance")...).at(1, comes("boris", "sales", "tech")...).at(2, comes("vera", "sales=1")...)
	d.at(3, calls("101"), calls("102"), calls("103")).want("offered 101 vera", "offered 102 boris", "offered 103 anna")
}

func TestOneOfAGroupOfSkillsIsEnough(t *testing.T) {
	d := newDay(t, Config{Queues: []Queue{{ID: lineQueue, AnyOf: [][]Need{{{"dsl", 2}, {"fibre", 3}}, {{"lang:ru", 1}}}}}})
	d.at(0, calls("101"), calls("102"))
	d.at(1, comes("anna", "dsl=1", "lang:ru")...).at(2, comes("boris", "fibre=3", "lang:en")...).want()
	d.at(3, comes("vera", "fibre=3", "lang:ru=1")...).want("offered 101 vera")
	d.at(4, comes("gleb", "dsl=2", "fibre=1", "lang:ru")...).want("offered 102 gleb")
}

func TestWhoseTargetEndsFirstGoesFirst(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "strict", Target: Target{0.9, 5 * time.Second}}))
	d.at(0, calls("101")).at(10, Enqueued{Request{ID: "102", Queue: "strict"}}).at(16, Enqueued{Request{ID: "103", Queue: "strict"}})
	d.at(17, comes("anna")...).want("offered 102 anna")   // by second 15
	d.at(18, comes("boris")...).want("offered 101 boris") // by second 20
	d.at(19, comes("vera")...).want("offered 103 vera")   // by second 21
}

func TestAgingOvertakesPriorityAtItsTime(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "patient", Aging: 0.1}, Queue{ID: "urgent", Priority: 5}))
	d.at(0, Enqueued{Request{ID: "101", Queue: "patient"}}, Enqueued{Request{ID: "102", Queue: "patient"}})
	d.at(1, Enqueued{Request{ID: "103", Queue: "urgent"}}, Enqueued{Request{ID: "104", Queue: "urgent"}})
	d.at(49.9, comes("anna")...).want("offered 103 anna")
	d.at(50.1, comes("boris")...).want("offered 101 boris")
	d.at(50.2, comes("vera")...).want("offered 102 vera")
}

func TestHalfATargetIsCompletedByTheUsualOne(t *testing.T) {
	for _, c := range []struct{ asked, taken Target }{
		{Target{}, Target{0.8, 20 * time.Second}},
		{Target{Share: 0.9}, Target{0.9, 20 * time.Second}},
		{Target{Within: time.Minute}, Target{0.8, time.Minute}},
	} {
		d := newDay(t, Config{Queues: []Queue{{ID: lineQueue, Target: c.asked}}})
		d.at(0, calls("101")).at(c.taken.Within.Seconds()-1, comes("anna")...).at(c.taken.Within.Seconds(), OfferAnswered{d.offer("101", "anna")})
		if q := d.r.Snapshot().Queues[0]; q.Target != c.taken || q.InTarget != 1 {
			t.Errorf("of %+v became %+v", c.asked, q)
		}
	}
}
