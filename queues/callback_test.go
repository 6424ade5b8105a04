package queues

import (
	"testing"
	"time"

	"hotline/telephony/hours"
)

func callsBack(p CallbackPlan) Config {
	return Config{Return: time.Minute, Queues: []Queue{{ID: lineQueue, OfferTimeout: 15 * time.Second, Callback: p}}}
}

func partyCalls(id RequestID, party string) Event {
	return Enqueued{Request{ID: id, Queue: lineQueue, Party: party}}
}

func TestCallbackKeepsItsPlaceAndTheAgentIsAskedFirst(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, calls("101"), calls("102"), CallbackWanted{Request: "101"}).want("callback 101 waits until 0s, tried 0")
	if q := d.queue(lineQueue); q.Waiting != 1 || q.Callbacks != 1 {
		t.Errorf("queue is %+v", q)
	}
	d.at(60, comes("anna")...).want("offered 101 anna")
	d.at(61, OfferAnswered{d.offer("101", "anna")}).want().is("anna", "ready talking") // she waits while the caller is dialled
	d.at(65, CallbackReached{"101"}).want("called back 101 anna")
	d.at(90, TalkEnded{"101"}).want("offered 102 anna")
	if q := d.queue(lineQueue); q.Callbacks != 0 || q.CalledBack != 1 || q.Answered != 0 {
		t.Errorf("queue is %+v", q)
	}
}

func TestCallbackIsTriedAgainUntilItsLastAttempt(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{Attempts: 2, Every: 10 * time.Minute}))
	d.at(0, comes("anna")...).at(0, AgentNotReady{"anna", Break}, calls("101"), CallbackWanted{Request: "101"}, AgentReady{"anna"})
	d.at(1, OfferAnswered{d.offer("101", "anna")}).want("callback 101 waits until 0s, tried 0", "offered 101 anna")
	d.at(30, CallbackFailed{"101", PhoneUnanswered}).want("callback 101 waits until 10m30s, tried 1").is("anna", "ready idle")
	d.at(629).want()
	d.at(630).want("offered 101 anna")
	d.at(640, OfferAnswered{d.offer("101", "anna")}).at(641, TalkEnded{"101"}).want("not_reached 101").is("anna", "ready idle")
}

func TestAnAttemptWithoutALineToCallOnDoesNotCount(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{Attempts: 1, Every: time.Minute}))
	d.at(0, calls("101"), CallbackWanted{Request: "101"}).at(1, comes("anna")...).want("callback 101 waits until 0s, tried 0", "offered 101 anna")
	d.at(2, CallbackFailed{"101", PhoneCongested}).want("revoked 101 anna", "callback 101 waits until 1m2s, tried 0")
	d.at(62).want("offered 101 anna")
	d.at(63, OfferAnswered{d.offer("101", "anna")}).at(64, CallbackFailed{"101", AgentLeft}).want("callback 101 waits until 2m4s, tried 0").is("anna", "ready idle")
	d.at(124, CallbackFailed{"101", PhoneUnreachable}).want("offered 101 anna", "revoked 101 anna", "not_reached 101")
}

func TestAttemptWithoutTheLinkToTheSwitchIsMadeAgainInAMoment(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{Attempts: 1, Every: 15 * time.Minute}))
	d.at(0, calls("101"), CallbackWanted{Request: "101"}).at(1, comes("anna")...).want("callback 101 waits until 0s, tried 0", "offered 101 anna")
	d.at(2, CallbackFailed{"101", LinkBroken}).want("revoked 101 anna", "callback 101 waits until 7s, tried 0")
	d.at(7).want("offered 101 anna")
}

func TestCallerIsDialledFirstWhereThePlanSaysSo(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{DialFirst: true}))
	d.at(0, calls("101"), CallbackWanted{Request: "101"}).at(1, comes("anna")...).want("callback 101 waits until 0s, tried 0", "offered 101 anna")
	d.at(31, CallbackReached{"101"}, OfferAnswered{d.offer("101", "anna")}).want("called back 101 anna") // the offer lasts longer
	d.at(40, TalkEnded{"101"}).want()

	d.at(50, calls("102")).at(51, OfferAnswered{d.offer("102", "anna")}, calls("103"), CallbackWanted{Request: "103"}, calls("104"))
	d.at(60, TalkEnded{"102"}).at(61, CallbackReached{"103"}).at(140)
	d.want("offered 102 anna", "answered 102 anna", "callback 103 waits until 51s, tried 0", "offered 103 anna", "missed 103 anna")
	d.at(141, AgentReady{"anna"}).want("offered 103 anna") // the caller is on the line now, at the old place
	d.at(142, OfferAnswered{d.offer("103", "anna")}).want("called back 103 anna")
}

func TestNobodyIsCalledBackOutsideTheHours(t *testing.T) {
	open := &hours.Calendar{}
	for day := range open.Week {
		open.Week[day] = []hours.Span{{From: 10 * time.Hour, To: 18 * time.Hour}}
	}
	d := newDay(t, callsBack(CallbackPlan{Hours: open}))
	d.at(0, comes("anna")...).at(0, AgentNotReady{"anna", Break}, calls("101"), CallbackWanted{Request: "101"}, AgentReady{"anna"})
	d.want("callback 101 waits until 1h0m0s, tried 0").at(3599).want()
	d.at(3600).want("offered 101 anna")
}

func TestNobodyIsCalledBackLateBecauseTheirTurnComesLate(t *testing.T) {
	open := &hours.Calendar{}
	for day := range open.Week {
		open.Week[day] = []hours.Span{{From: 8 * time.Hour, To: 9*time.Hour + time.Minute}}
	}
	d := newDay(t, callsBack(CallbackPlan{Hours: open}))
	d.at(0, calls("101"), CallbackWanted{Request: "101"}).want("callback 101 waits until 0s, tried 0")
	d.at(61, comes("anna")...).want("callback 101 waits until 23h0m0s, tried 0").is("anna", "ready idle")
	d.at(62, calls("102")).want("offered 102 anna") // it lets those pass who are on the line
	d.at(63, Abandoned{"102"}).at(82_799).want("revoked 102 anna", "abandoned 102").at(82_800).want("offered 101 anna")
}

func TestCallbackRelaxesWhileAnAgentWaitsForItsCaller(t *testing.T) {
	c := callsBack(CallbackPlan{Every: time.Minute})
	c.Queues[0].Skills, c.Queues[0].Relax = []Need{{"tech", 3}}, []Relaxation{{After: 10 * time.Second, Lower: []Need{{"tech", 1}}}}
	d := newDay(t, c)
	d.at(0, calls("101"), CallbackWanted{Request: "101"}).at(0, comes("anna", "tech=3")...)
	d.at(1, OfferAnswered{d.offer("101", "anna")}, AgentNotReady{"anna", Break}).at(20, CallbackFailed{"101", PhoneBusy})
	if due, _ := d.r.Deadline(); !due.Equal(d.second(80)) {
		t.Errorf("something is due at %s, want the next attempt at 80 s", due.Sub(d.start))
	}
	d.at(21, comes("boris", "tech=1")...).at(80)
	d.want("callback 101 waits until 0s, tried 0", "offered 101 anna", "callback 101 waits until 1m20s, tried 1", "offered 101 boris")
}

func TestWhoCallsInMeanwhileTakesThePlaceOfTheirCallback(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan"), CallbackWanted{Request: "101"}).at(10, partyCalls("102", "petr"))
	d.at(20, partyCalls("103", "ivan")).want("callback 101 waits until 0s, tried 0", "103 has the place of 101")
	d.at(21, comes("anna")...).want("offered 103 anna")
	d.at(22, OfferAnswered{d.offer("103", "anna")}).want("answered 103 anna", "called in 101 as 103") // now the promise is kept
	d.at(23, CallbackReached{"101"}).want("rejected: request 101: no such request")
}

func TestWhoCallsInIsNotCalledBackForAnotherCallOfTheirs(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan")).at(10, partyCalls("102", "ivan"), CallbackWanted{Request: "102"}).at(11, CallbackWanted{Request: "101"})
	d.want("callback 102 waits until 10s, tried 0", "callback 101 waits until 11s, tried 0").at(20, partyCalls("103", "ivan"))
	d.want("103 has the place of 101", "103 has the place of 102")
	d.at(21, comes("anna")...).at(22, OfferAnswered{d.offer("103", "anna")}).want("offered 103 anna", "answered 103 anna", "called in 101 as 103", "called in 102 as 103")
	if q := d.queue(lineQueue); q.Callbacks != 0 || q.Waiting != 0 {
		t.Errorf("queue is %+v", q)
	}
}

// The promise is kept when an agent answers, and until then no hang-up, no rule and no restart takes it away.
func TestAPromisedCallbackStandsAgainWhenItsCallerLeavesUnanswered(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan"), CallbackWanted{Request: "101"}).at(20, partyCalls("103", "ivan")).at(30, partyCalls("104", "ivan"))
	d.want("callback 101 waits until 0s, tried 0", "103 has the place of 101")
	d.at(40, Abandoned{"103"}).want("abandoned 103") // 104 is there still
	d.at(50, Abandoned{"104"}).want("abandoned 104", "callback 101 waits until 1m10s, tried 0")
	if q := d.queue(lineQueue); q.Callbacks != 1 || q.Waiting != 0 {
		t.Errorf("queue is %+v", q)
	}
	d.at(60, comes("anna")...).want().at(70).want("offered 101 anna")
	d.at(71, partyCalls("105", "ivan")).want("revoked 101 anna", "105 has the place of 101", "offered 105 anna") // again and again
	d.at(72, Abandoned{"105"}).want("revoked 105 anna", "abandoned 105", "callback 101 waits until 1m32s, tried 0")
	d.at(92, OfferAnswered{}).want("offered 101 anna", "rejected: offer : offer is over")
	d.at(93, OfferAnswered{d.offer("101", "anna")}, CallbackReached{"101"}).want("called back 101 anna")
}

func TestWhoWantsAnotherCallbackHasOne(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan"), CallbackWanted{Request: "101"}).at(20, partyCalls("103", "ivan"), CallbackWanted{Request: "103"})
	d.want("callback 101 waits until 0s, tried 0", "103 has the place of 101", "called in 101 as 103", "callback 103 waits until 20s, tried 0")
	if q := d.queue(lineQueue); q.Callbacks != 1 || q.Waiting != 0 {
		t.Errorf("queue is %+v", q)
	}
}

// After a restart the book and the line are read in any order.
func TestAPromiseIsFoundBesideItsCallerAfterARestart(t *testing.T) {
	promise := func(d *day) Event {
		return Enqueued{Request{ID: "101", Queue: lineQueue, Party: "ivan", Callback: true, Arrived: d.second(-600), Wanted: time.Minute}}
	}
	caller := func(d *day) Event {
		return Enqueued{Request{ID: "103", Queue: lineQueue, Party: "ivan", Arrived: d.second(-600), HeadStart: 5 * time.Minute}}
	}
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, caller(d), promise(d)).want("callback 101 waits until 0s, tried 0", "103 has the place of 101")
	d.at(1, comes("anna")...).want("offered 103 anna").at(2, Abandoned{"103"}).want("revoked 103 anna", "abandoned 103", "callback 101 waits until 22s, tried 0")
	d = newDay(t, callsBack(CallbackPlan{}))
	d.at(0, promise(d), caller(d)).want("callback 101 waits until 0s, tried 0", "103 has the place of 101")
	d.at(1, comes("anna")...).at(2, OfferAnswered{d.offer("103", "anna")}).want("offered 103 anna", "answered 103 anna", "called in 101 as 103")
}

func TestCallbackThatIsOfferedGivesItsPlaceToItsCallerToo(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan"), CallbackWanted{Request: "101"}).at(1, comes("anna")...)
	d.want("callback 101 waits until 0s, tried 0", "offered 101 anna")
	d.at(2, partyCalls("102", "ivan")).want("revoked 101 anna", "102 has the place of 101", "offered 102 anna")
}

func TestBrokenLineGetsItsOldPlaceBackWithinATime(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan")).at(10, partyCalls("102", "petr")).at(20, Abandoned{"101"}).want("abandoned 101")
	d.at(30, partyCalls("103", "ivan")).want("103 has the place of 101")
	d.at(31, comes("anna")...).want("offered 103 anna")

	d = newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan")).at(10, partyCalls("102", "petr")).at(20, Abandoned{"101"})
	d.at(81, partyCalls("103", "ivan")).at(82, comes("anna")...).want("abandoned 101", "offered 102 anna")
}

func TestTheTimeBeforeACallIsNotItsWait(t *testing.T) {
	c := callsBack(CallbackPlan{})
	c.Queues[0].ShortAbandon, c.Queues[0].Overflow = 5*time.Second, []Overflow{{After: 40 * time.Second, To: Destination{Kind: ToVoicemail}}}
	d := newDay(t, c)
	d.at(0, partyCalls("101", "ivan")).at(30, Abandoned{"101"}).at(60, partyCalls("102", "ivan")).at(63, Abandoned{"102"})
	d.at(90, partyCalls("103", "ivan")).want("abandoned 101", "102 has the place of 101", "short abandon 102", "103 has the place of 102")
	if q := d.queue(lineQueue); q.Abandoned != 2 || q.ShortAbandoned != 1 || !q.LongestSince.Equal(d.second(90)) {
		t.Errorf("queue is %+v", q)
	}
	d.at(100, comes("anna")...)
	if why := d.why; why.Waited != 10*time.Second {
		t.Errorf("told is %+v", why)
	}
	d.at(101, OfferAnswered{d.offer("103", "anna")}).want("offered 103 anna", "answered 103 anna")
	if q := d.queue(lineQueue); q.InTarget != 1 {
		t.Errorf("queue is %+v", q)
	}
	d.at(102, partyCalls("104", "petr"), CallbackWanted{Request: "104"}).at(200, partyCalls("105", "petr"))
	d.at(240).want("callback 104 waits until 1m42s, tried 0", "105 has the place of 104", "overflowed 105 to voicemail by rule 1", "callback 104 waits until 4m20s, tried 0")
}

func TestWhoWasMovedHasTheirPlaceWhereTheyCallAgain(t *testing.T) {
	c := spills(Overflow{After: 30 * time.Second, To: toSecond})
	c.Return = time.Minute
	d := newDay(t, c)
	d.at(0, partyCalls("101", "ivan")).at(10, partyCalls("102", "petr")).at(40).at(45, Abandoned{"101"}).at(50, partyCalls("103", "ivan")).at(100)
	d.want("moved 101 from line to second by rule 1", "moved 102 from line to second by rule 1", "abandoned 101", "103 has the place of 101", "moved 103 from line to second by rule 1")
	d.at(101, comes("anna", "second")...).want("offered 103 anna")

	d = newDay(t, c)
	d.at(0, partyCalls("101", "ivan")).at(31, CallbackWanted{Request: "101"}).at(50, partyCalls("103", "ivan"))
	d.want("moved 101 from line to second by rule 1", "callback 101 waits until 31s, tried 0", "103 has the place of 101")
}

func TestWhoCallsInWhileTheirAgentDialsThemHasThePlaceOfTheirCallback(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan"), CallbackWanted{Request: "101"}).at(1, calls("102")).at(60, comes("anna")...)
	d.at(61, OfferAnswered{d.offer("101", "anna")}).at(63, partyCalls("104", "ivan"))
	d.want("callback 101 waits until 0s, tried 0", "offered 101 anna").is("anna", "ready talking") // he is dialled
	d.at(64, CallbackFailed{"101", PhoneBusy}).want("104 has the place of 101", "offered 104 anna")

	// Who talks with somebody by then is not called back either.
	d = newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan"), CallbackWanted{Request: "101"}).at(60, comes("anna")...).at(61, OfferAnswered{d.offer("101", "anna")})
	d.at(62, comes("boris")...).at(63, partyCalls("104", "ivan")).at(64, OfferAnswered{d.offer("104", "boris")})
	d.want("callback 101 waits until 0s, tried 0", "offered 101 anna", "offered 104 boris", "answered 104 boris")
	d.at(65, CallbackFailed{"101", PhoneBusy}).want("called in 101 as 104").is("anna", "ready idle")
}

// Two of one company: one waits already when the other wants to be called back.
func TestWhoWaitedBeforeACallbackWasWantedHasNotCalledIn(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	var kept Request
	d.at(0, partyCalls("101", "company")).at(10, partyCalls("102", "company"))
	for _, x := range d.r.Step(d.second(20), CallbackWanted{Request: "101"}) {
		if c, is := x.(*CallbackWaits); is {
			kept = c.Request
		}
	}
	d.at(60, comes("anna")...).at(61, OfferAnswered{d.offer("101", "anna")}).at(64, CallbackFailed{"101", PhoneUnanswered})
	d.want("offered 101 anna", "callback 101 waits until 16m4s, tried 1", "offered 102 anna")

	e := newDay(t, callsBack(CallbackPlan{}))
	e.at(70, OffersHeld{e.second(79)}, Enqueued{kept}, Enqueued{Request{ID: "102", Queue: lineQueue, Party: "company", Arrived: e.second(10)}}) // a restart
	e.want("callback 101 waits until 1m10s, tried 0")
	e.at(71, partyCalls("103", "company")).want("103 has the place of 101")
}

func TestWaitInTheQueueWhereTheyWereMovedOutlivesARestart(t *testing.T) {
	c := spills(Overflow{After: 5 * time.Minute, To: toSecond})
	c.Queues[1].Overflow = []Overflow{{After: 4 * time.Minute, To: Destination{Kind: ToVoicemail}}}
	d := newDay(t, c)
	d.at(0, Enqueued{Request{ID: "101", Queue: "second", Arrived: d.second(-310), CameTo: lineQueue, Elsewhere: 5 * time.Minute}})
	d.at(229).want().at(230).want("overflowed 101 to voicemail by rule 1")
}

func TestCallbackEndsWhenItIsNotWantedAnyMore(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, comes("anna")...).at(0, AgentNotReady{"anna", Break}, calls("101"), CallbackWanted{Request: "101"}, AgentReady{"anna"})
	d.at(1, OfferAnswered{d.offer("101", "anna")}).at(2, Abandoned{"101"})
	d.want("callback 101 waits until 0s, tried 0", "offered 101 anna", "abandoned 101").is("anna", "ready idle")
	if q := d.queue(lineQueue); q.Callbacks != 0 || q.Abandoned != 0 {
		t.Errorf("queue is %+v", q)
	}
}

func TestCallbackThatWasKeptComesBackAsItWas(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{Attempts: 2}))
	kept := Request{ID: "101", Queue: lineQueue, Callback: true, Tried: 1, Arrived: d.second(-600), NotBefore: d.second(30)}
	d.at(0, comes("anna")...).at(0, Enqueued{kept}, calls("102")).want("callback 101 waits until 30s, tried 1", "offered 102 anna")
	d.at(5, Abandoned{"102"}).at(30).want("revoked 102 anna", "abandoned 102", "offered 101 anna")
	d.at(31, CallbackFailed{"101", PhoneBusy}).want("revoked 101 anna", "not_reached 101")
}

// A call that breaks off through a fault of ours is nobody's fault: neither abandoned nor missed. Its caller is called back at their place, before who came after them.
func TestWhoseCallBreaksOffIsCalledBackAtTheirPlaceAndHasAbandonedNothing(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, comes("anna")...).at(0, calls("101"), calls("102"), calls("103")).want("offered 101 anna")
	broke, later := d.second(6), d.second(20)
	d.at(10, CallBroken{"103", broke, later, false}, CallBroken{"102", broke, later, true}, CallBroken{"101", broke, later, true})
	d.want("lost 103", "callback 102 waits until 20s, tried 0", "revoked 101 anna", "callback 101 waits until 20s, tried 0").is("anna", "ready idle")
	if q := d.queue(lineQueue); q.Figures != (Figures{}) || q.Callbacks != 2 || q.Waiting != 0 {
		t.Errorf("queue is %+v", q)
	}
	d.at(11, calls("104")).at(12, OfferAnswered{d.offer("104", "anna")}, calls("105")).want("offered 104 anna", "answered 104 anna")
	d.at(25, TalkEnded{"104"}).want("offered 101 anna") // before 105, who waits
	d.at(27, OfferAnswered{d.offer("101", "anna")}, CallbackReached{"101"}).want("called back 101 anna")
	d.at(28, CallBroken{"101", later, later, true}, CallBroken{"102", later, later, true}).want("rejected: request 101 is with anna: agent is busy", "rejected: request 102 has no caller on the line: not in this activity")
}

func TestWhoCallsAgainAfterTheirCallBrokeOffIsNotCalledToo(t *testing.T) {
	d := newDay(t, callsBack(CallbackPlan{}))
	d.at(0, partyCalls("101", "ivan")).at(10, partyCalls("102", "ivan")).want()
	d.at(12, CallBroken{"101", d.second(5), d.second(30), true}) // we notice it late
	d.want("callback 101 waits until 30s, tried 0", "102 has the place of 101")
	d.at(13, comes("anna")...).at(14, OfferAnswered{d.offer("102", "anna")}).want("offered 102 anna", "answered 102 anna", "called in 101 as 102")
	d.at(20, partyCalls("103", "olga")).at(22, CallBroken{"103", d.second(21), d.second(40), true}).want("callback 103 waits until 40s, tried 0")
	d.at(23, partyCalls("104", "olga")).at(35, Abandoned{"104"}).want("104 has the place of 103", "abandoned 104", "callback 103 waits until 55s, tried 0")
}
