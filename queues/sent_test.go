package queues

import "testing"

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
