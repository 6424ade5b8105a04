package queues

import (
	"slices"
	"testing"
	"time"
)

func TestWhoWaitsIsListedByWhenTheyCameAndCallbacksLast(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, Enqueued{Request{ID: "101", Queue: lineQueue, Callback: true}})
	d.at(1, comes("anna")...).at(2, OfferDeclined{d.offer("101", "anna")}, AgentNotReady{"anna", Lunch})
	d.at(3, calls("102"), Enqueued{Request{ID: "103", Queue: lineQueue, Arrived: d.second(-10)}}, calls("104"), calls("105"))
	d.at(4, Abandoned{"104"}).at(5, comes("boris")...)
	list := func(n int) (all []string) {
		for _, w := range d.r.Waiting(n) {
			all = append(all, string(w.ID)+" "+string(w.Agent))
		}
		return all
	}
	if got, want := list(10), []string{"103 boris", "102 ", "105 ", "101 "}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := list(2), []string{"103 boris", "102 "}; !slices.Equal(got, want) {
		t.Errorf("of two: %q, want %q", got, want)
	}
	d.at(6, OfferAnswered{d.offer("103", "boris")})
	if got := d.r.Waiting(10); len(got) != 3 || !got[0].Came().Equal(d.start.Add(3*time.Second)) {
		t.Errorf("with one who talks: %+v", got)
	}
}
