package alarms

import (
	"testing"
	"time"

	"hotline/queues"
)

// halfHour is a rule about the last half hour.
var halfHour = Rule{ID: "level", Kind: ServiceLevel, Of: Of{Queue: "q"}, Window: 30 * time.Minute, Least: 10, Bounds: Bounds{Raise: 0.6, Clear: 0.7, ClearFor: time.Minute}}

// clockwork shows windows a queue's figures since midnight, and reads the rule about them.
type clockwork struct {
	window windows
	now    time.Time
}

func (c *clockwork) reads(after time.Duration, answered, inTarget int) (r Reading, known bool) {
	c.now = c.now.Add(after)
	s := scene{Snapshot: queues.Snapshot{At: c.now, Queues: []queues.QueueState{{ID: "q", Figures: queues.Figures{Answered: answered, InTarget: inTarget}}}}, window: &c.window}
	c.window.remember(s.Snapshot, false)
	r, known = s.read([]Rule{halfHour})[Key{"level", halfHour.Of}]
	return r, known
}

func TestSoSoonAfterAStartTooFewCallsSayNothing(t *testing.T) {
	c := clockwork{now: time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC)}
	w := NewWatch(ids())
	w.Change([]Rule{halfHour})
	w.Restore([]Raised{{ID: "before", Rule: "level", Kind: ServiceLevel, Of: halfHour.Of}}, time.Time{})
	for range 29 { // minutes with nobody
		if r, known := c.reads(time.Minute, 200, 20); known {
			t.Fatalf("at %s it reads %+v", c.now, r)
		}
		if over := w.Step(c.now, nil, nothingGone); len(over) != 0 {
			t.Fatalf("at %s it is over: %+v", c.now, over)
		}
	}
	if r, known := c.reads(time.Second, 210, 21); !known || r.None || r.Value != 0.1 {
		t.Errorf("with enough calls it reads %+v, %v", r, known)
	}
	for range 31 { // the window is known, and the calls are behind it
		c.reads(time.Minute, 210, 21)
	}
	if r, known := c.reads(time.Second, 211, 21); !known || !r.None {
		t.Errorf("with too few in a window that is known it reads %+v, %v", r, known)
	}
}

func TestAWindowGoesOnOverMidnight(t *testing.T) {
	c := clockwork{now: time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)}
	for range 40 {
		c.reads(time.Minute, 300, 100)
	}
	for i := range 19 { // from 23:41 on, one in target a minute, and one not
		c.reads(time.Minute, 302+2*i, 101+i)
	}
	if r, _ := c.reads(59*time.Second, 338, 119); r.Value != 0.5 {
		t.Errorf("before midnight it reads %+v", r)
	}
	for i := range 15 { // up to 00:14:59
		if r, known := c.reads(time.Minute, 0, 0); !known || r.None || r.Value != 0.5 {
			t.Errorf("%d min after midnight it reads %+v, %v", i, r, known)
		}
	}
	if r, known := c.reads(time.Minute, 12, 12); !known || r.None || r.Value != 0.65 {
		t.Errorf("with calls of both days it reads %+v, %v", r, known)
	}
	for range 30 {
		c.reads(time.Minute, 12, 12)
	}
	if r, known := c.reads(time.Second, 24, 18); !known || r.Value != 0.5 {
		t.Errorf("with those of the new day alone it reads %+v, %v", r, known)
	}
}
