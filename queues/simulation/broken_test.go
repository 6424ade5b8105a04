package simulation

import (
	"testing"
	"time"

	"hotline/queues"
)

// TestWhoBrokeOffIsObservedAsCalledBackAndNotAsGivingUp: a replayed day has it from there.
func TestWhoBrokeOffIsObservedAsCalledBackAndNotAsGivingUp(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	o := Observe(at)
	r := queues.Request{ID: "101", Queue: "support"}
	o.Stepped(at, queues.Enqueued{Request: r}, nil)
	at = at.Add(20 * time.Second)
	o.Stepped(at, queues.CallBroken{Request: r.ID, CallBack: true}, nil)
	if c := o.calls[r.ID]; !c.Wanted.Equal(at) || c.waited(at.Add(time.Hour)) != (Waited{For: 20 * time.Second}) {
		t.Errorf("observed is %+v, and waited %+v", c, c.waited(at.Add(time.Hour)))
	}
}
