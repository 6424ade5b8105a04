package queues

import (
	"testing"
	"time"
)

func TestQueueThatIsClosedSendsItsCallersAwayUntilItIsOpenedAgain(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101"), calls("102")).want("offered 101 anna")
	d.at(2, QueueClosed{lineQueue, "olga"}).want("overflowed 102 to message by rule 0")
	d.at(3, calls("103")).want("overflowed 103 to message by rule 0")
	if by := d.queue(lineQueue).ClosedBy; by != "olga" {
		t.Errorf("it was closed by %q", by)
	}
	d.at(4, OfferDeclined{d.offer("101", "anna")}).want("declined 101 anna", "overflowed 101 to message by rule 0")
	d.at(5, QueueOpened{lineQueue}, calls("104")).want("offered 104 anna")
}

func TestQueueThatIsClosedByHandGoesItsClosedWay(t *testing.T) {
	c := lineConfig(Queue{ID: "night"})
	c.Queues[0].Overflow = []Overflow{{After: time.Hour, To: Destination{Kind: ToVoicemail}}, {Closed: true, To: Destination{Kind: ToQueue, Queue: "night"}}}
	d := newDay(t, c)
	d.at(0, calls("101"), calls("102"))
	d.at(1, QueueClosed{"night", "petr"}).want()
	d.at(2, QueueClosed{lineQueue, "olga"})
	d.want("moved 101 from line to night by rule 2", "moved 102 from line to night by rule 2", "overflowed 101 to message by rule 0", "overflowed 102 to message by rule 0")
}

func TestWhoIsLedToAnAgentAndWhoIsToBeCalledBackStaysInAQueueThatIsClosed(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).at(2, OfferAnswered{d.offer("101", "anna")}, calls("102"), calls("103"))
	d.at(3, leads("102", 0, toAgent("anna")), CallbackWanted{Request: "103"}, QueueClosed{lineQueue, "olga"})
	d.want("offered 101 anna", "answered 101 anna", "olga led 102 to agent anna", "callback 103 waits until 3s, tried 0")
	d.at(4, Reconfigured{lineConfig()}, calls("104")).want("overflowed 104 to message by rule 0") // a reload opens nothing
	d.at(5, TalkEnded{"101"}, WrapUpFinished{"anna"}).want("offered 102 anna")
}

func TestClosingThatCannotBeIsRefused(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, QueueClosed{"none", "olga"}, QueueClosed{lineQueue, ""}, QueueOpened{"none"}, QueueOpened{lineQueue}, QueueClosed{lineQueue, "olga"}, QueueClosed{lineQueue, "petr"})
	d.want("rejected: queue none: no such queue", "rejected: queue line closed by nobody: invalid event", "rejected: queue none: no such queue",
		"rejected: queue line not closed: is so already", "rejected: queue line closed: is so already")
}
