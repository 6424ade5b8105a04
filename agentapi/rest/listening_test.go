package rest

import (
	"testing"
	"time"
)

func TestListeningLastsAWhileAndIsForgotten(t *testing.T) {
	var l Listenings
	now := time.Now()
	hers, his := listening{"anna", "192.0.2.1", "c1"}, listening{"boris", "192.0.2.1", "c1"}
	if l.goesOn(hers, now) {
		t.Error("what nobody has begun goes on")
	}
	l.begins(hers, now)
	for after, want := range map[time.Duration]bool{0: true, listeningLasts - 1: true, listeningLasts: false} {
		if got := l.goesOn(hers, now.Add(after)); got != want {
			t.Errorf("after %s it goes on: %v", after, got)
		}
	}
	if l.goesOn(his, now) {
		t.Error("another one's goes on")
	}
	if l.begins(his, now.Add(listeningLasts)); len(l.until) != 1 {
		t.Errorf("%d are kept", len(l.until))
	}
}
