package queues

import (
	"testing"
	"time"
)

func affine() Config {
	return Config{Queues: []Queue{{ID: lineQueue, Affinity: 20 * time.Second, OfferTimeout: time.Minute}}}
}

func wants(id RequestID, who ...AgentID) Event {
	return Enqueued{Request{ID: id, Queue: lineQueue, Prefer: who}}
}

// learned lets an agent talk five times for so many seconds, so that it is known how long a talk takes; it ends at 5 × that.
func (d *day) learned(agent AgentID, seconds float64) *day {
	for i := range 5 {
		id := string(rune('a' + i))
		d.at(float64(i)*seconds, calls(RequestID(id)))
		d.at(float64(i)*seconds, OfferAnswered{d.offer(id, string(agent))}).at(float64(i+1)*seconds, TalkEnded{RequestID(id)})
	}
	d.got = nil
	return d
}

func TestCallerGetsTheAgentTheyPreferAlthoughAnotherIsIdleForLonger(t *testing.T) {
	d := newDay(t, affine())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, wants("101", "boris")).want("offered 101 boris")
	d.at(3, wants("102", "boris", "anna")).want("offered 102 anna") // he rings, and how long a talk takes is not known
	d.at(4, comes("clara")...).at(5, wants("103", "zoe")).want("offered 103 clara")
}

func TestCallerWaitsForThePreferredAgentOnlyWhereTheyAreLikelyToBeFreeInTime(t *testing.T) {
	d := newDay(t, affine())
	d.at(0, comes("anna")...).learned("anna", 10).at(50, comes("boris")...)
	d.at(51, calls("101")).at(52, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
	d.at(53, wants("102", "anna")).want() // half of the talks are over after 7 s
	d.at(60, TalkEnded{"101"}).want("offered 102 anna")

	d = newDay(t, affine())
	d.at(0, comes("anna")...).learned("anna", 60).at(300, comes("boris")...)
	d.at(301, calls("101")).at(302, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
	d.at(303, wants("102", "anna")).want("offered 102 boris") // half of them take 42 s more
}

func TestWhoPrefersSomebodyWaitsForAnybodyWhenTheTimeIsOver(t *testing.T) {
	d := newDay(t, affine())
	d.at(0, comes("anna")...).learned("anna", 10).at(50, comes("boris")...)
	d.at(51, calls("101")).at(52, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
	d.at(53, wants("102", "anna")).at(72.9).want()
	d.at(73).want("offered 102 boris")
}

func TestWhoPrefersSomebodyWaitsForAnybodyWhenThatOneIsNotComing(t *testing.T) {
	for _, goes := range []Event{AgentNotReady{"anna", Lunch}, AgentSignedOut{"anna"}, PhoneChanged{"anna", false}, DeskLost{"anna"}} {
		d := newDay(t, affine())
		d.at(0, comes("anna")...).learned("anna", 10).at(50, comes("boris")...)
		d.at(51, calls("101")).at(52, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
		d.at(53, wants("102", "anna")).want()
		d.at(54, goes).want("offered 102 boris")
	}
}

func TestPreferredAgentWhoDeclinesOrMissesIsOneAmongOthersThen(t *testing.T) {
	d := newDay(t, affine())
	d.at(0, comes("anna")...).at(1, comes("boris")...)
	d.at(2, wants("101", "boris")).at(3, OfferDeclined{d.offer("101", "boris")})
	d.want("offered 101 boris", "declined 101 boris", "offered 101 anna")
}

func TestPreferenceMakesNobodyServeWhatTheyCannot(t *testing.T) {
	c := affine()
	c.Queues[0].Skills = []Need{{"tech", 3}}
	d := newDay(t, c)
	d.at(0, comes("anna", "tech=2")...).at(1, comes("boris", "tech=3")...)
	d.at(2, wants("101", "anna")).want("offered 101 boris")
}

func TestOfTwoWhoPreferTheSameTheFirstGoesFirstAndNobodyPassesThem(t *testing.T) {
	d := newDay(t, affine())
	d.at(0, comes("anna")...).learned("anna", 5)
	d.at(26, calls("101")).at(27, OfferAnswered{d.offer("101", "anna")})
	d.at(28, wants("102", "anna"), wants("103", "anna"), calls("104"))
	d.want("offered 101 anna", "answered 101 anna")
	d.at(29, TalkEnded{"101"}).want("offered 102 anna")
	d.at(30, Abandoned{"102"}).want("revoked 102 anna", "abandoned 102", "offered 103 anna")
	d.at(31, Abandoned{"103"}).want("revoked 103 anna", "abandoned 103", "offered 104 anna")
}

func TestAnotherQueueMayLetItsCallersWaitLongerForWhomTheyPrefer(t *testing.T) {
	c := affine()
	c.Queues[0].Overflow = []Overflow{{After: 25 * time.Second, To: toSecond}}
	c.Queues[0].Skills = []Need{{"first", 1}}
	c.Queues = append(c.Queues, Queue{ID: "second", Affinity: time.Minute, OfferTimeout: time.Minute})
	d := newDay(t, c)
	d.at(0, comes("anna", "first")...).learned("anna", 10).at(50, calls("101"))
	d.at(51, OfferAnswered{d.offer("101", "anna")}).want("offered 101 anna", "answered 101 anna")
	d.at(52, wants("102", "anna")).at(60, comes("boris")...).at(77).want("moved 102 from line to second by rule 1")
	d.at(80, TalkEnded{"101"}).want("offered 102 anna") // though Boris is free, and her time in the first queue was over
}
