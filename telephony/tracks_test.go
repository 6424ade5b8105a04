package telephony_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
)

// tracker is a switch of which tracks are asked, and that can be deaf to their end.
type tracker struct {
	telephony.Driver

	mu   sync.Mutex
	deaf bool
	runs map[telephony.LegID]bool
}

func (d *tracker) Monitor(_ context.Context, m telephony.Monitor) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs[m.Leg] = true
	return nil
}

func (d *tracker) Hangup(_ context.Context, leg telephony.LegID, _ telephony.Cause) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deaf {
		return errors.New("no reply")
	}
	delete(d.runs, leg)
	return nil
}

func (*tracker) Record(context.Context, telephony.Recording) error                    { return nil }
func (*tracker) Bridge(context.Context, telephony.BridgeID, ...telephony.LegID) error { return nil }
func (*tracker) Stop(context.Context, telephony.LegID, telephony.MediaID) error       { return nil }
func (*tracker) Mark(context.Context, telephony.LegID, telephony.Mark) error          { return nil }

func (d *tracker) running() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.runs)
}

func (d *tracker) hears(yes bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf = !yes
}

// TestNobodyIsRecordedWhenTheCallerHasGone, though the others talk on.
func TestNobodyIsRecordedWhenTheCallerHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &tracker{runs: make(map[telephony.LegID]bool)}
		call := telephony.NewCall(d, telephony.Arrival{ID: "1", Leg: "c", Resume: &telephony.Resume{Answered: true, Bridged: []telephony.LegID{"a", "b"}}})
		v, _ := call.Rejoin(t.Context())
		v.WhenCallerLeaves(func(context.Context) (*telephony.Party, string) { return v.Others()[0], "" })
		done := make(chan struct{})
		go func() { defer close(done); _, _ = v.Talk(t.Context()) }()
		for _, want := range []int{3, 0} {
			err := v.Meanwhile(t.Context(), func(ctx context.Context) error { return v.Record(ctx, telephony.WithoutCaller) })
			if n := d.running(); err != nil || n != want {
				t.Errorf("%d tracks run, not %d: %v", n, want, err)
			}
			call.Deliver(telephony.LegEnded{Leg: "c"})
			synctest.Wait()
		}
		call.Deliver(telephony.LegEnded{Leg: "a"})
		<-done
	})
}

// TestATrackThatTheSwitchDoesNotEndIsEndedLater: nobody is told that it has ended before it has.
func TestATrackThatTheSwitchDoesNotEndIsEndedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &tracker{runs: make(map[telephony.LegID]bool)}
		call := telephony.NewCall(d, telephony.Arrival{ID: "1", Leg: "c", Resume: &telephony.Resume{Answered: true, Bridged: []telephony.LegID{"a"}}})
		v, talks := call.Rejoin(t.Context())
		if !talks {
			t.Fatal("nobody talks")
		}
		done := make(chan struct{})
		go func() { defer close(done); _, _ = v.Talk(t.Context()) }()
		record := func(how telephony.Recorded) error {
			return v.Meanwhile(t.Context(), func(ctx context.Context) error { return v.Record(ctx, how) })
		}
		runs := func(want int, when string) {
			t.Helper()
			synctest.Wait()
			if got := d.running(); got != want {
				t.Errorf("%d tracks run %s, want %d", got, when, want)
			}
		}
		if err := record(telephony.WithCaller); err != nil {
			t.Fatal(err)
		}
		runs(2, "of two")
		d.hears(false)
		for range 2 {
			if record(telephony.Unrecorded) == nil {
				t.Error("what goes on is told to have ended")
			}
		}
		runs(2, "while the switch is deaf")
		d.hears(true)
		time.Sleep(2 * time.Second)
		runs(0, "when it hears again, and nobody has asked anew")
		if err := record(telephony.Unrecorded); err != nil {
			t.Errorf("it has ended, and %v", err)
		}

		if err := record(telephony.WithCaller); err != nil {
			t.Fatal(err)
		}
		d.hears(false)
		if record(telephony.Unrecorded) == nil {
			t.Error("what goes on is told to have ended")
		}
		if err := record(telephony.WithCaller); err != nil {
			t.Error(err)
		}
		d.hears(true)
		time.Sleep(2 * time.Second)
		runs(2, "of two who are recorded again, each by the one that did not end")
		call.Deliver(telephony.LegEnded{Leg: "a"})
		<-done
		runs(0, "when the talk is over")
	})
}
