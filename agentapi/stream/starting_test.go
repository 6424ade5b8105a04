package stream

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

// TestDesksSayThatHotlineHasJustStartedUntilItHasTakenUpWhatWasBefore: pages that are there are told, and later ones see nothing of it.
func TestDesksSayThatHotlineHasJustStartedUntilItHasTakenUpWhatWasBefore(t *testing.T) {
	h := NewHub(HubOptions{Starting: true})
	says := func(want string) {
		t.Helper()
		h.mu.Lock()
		defer h.mu.Unlock()
		if got := string(h.deskLocked("7").state[PartStarting]); got != want {
			t.Errorf("the desk says that Hotline starts: %s, not %s", got, want)
		}
	}
	says("true")
	before := h.desks["7"].seq
	h.Started()
	says("false")
	if h.desks["7"].seq != before+1 {
		t.Error("the page is told nothing")
	}
	if d := h.deskLocked("8"); string(d.state[PartStarting]) != "false" {
		t.Errorf("a page that comes later says %s", d.state[PartStarting])
	}
}

// TestDesksSayThatRecordsAreDelayedWhileTheyAre: each page once, and later ones, too.
func TestDesksSayThatRecordsAreDelayedWhileTheyAre(t *testing.T) {
	h := NewHub(HubOptions{})
	says := func(want string, seq uint64) {
		t.Helper()
		h.mu.Lock()
		defer h.mu.Unlock()
		if d := h.deskLocked("7"); string(d.state[PartDelayed]) != want || d.seq != seq {
			t.Errorf("the desk says %s with %d, not %s with %d", d.state[PartDelayed], d.seq, want, seq)
		}
	}
	says("false", 1)
	h.Delayed(false)
	says("false", 1)
	h.Delayed(true)
	h.Delayed(true)
	says("true", 2)
	if d := h.deskLocked("8"); string(d.state[PartDelayed]) != "true" {
		t.Errorf("a page that comes later says %s", d.state[PartDelayed])
	}
	h.Delayed(false)
	says("false", 3)
}

// TestACommandHasItsTimeFromTheEndOfTheStart, or from when Hotline stops before, and what ends it is that the time is over.
func TestACommandHasItsTimeFromTheEndOfTheStart(t *testing.T) {
	for _, stops := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := NewHub(HubOptions{Starting: true})
			ctx, cancel := h.limited(commandTime)
			defer cancel()
			asks, done := context.WithTimeout(ctx, time.Hour*1000)
			defer done()
			time.Sleep(time.Hour)
			synctest.Wait()
			if ctx.Err() != nil {
				t.Fatal("its time passed while Hotline started")
			}
			now := time.Now()
			if stops {
				_ = h.Drain(t.Context())
			} else {
				h.Started()
			}
			<-asks.Done()
			if took := time.Since(now); took != commandTime {
				t.Errorf("Hotline stops: %v, and the command's time ends after %s", stops, took)
			}
			for _, err := range []error{ctx.Err(), asks.Err()} {
				if p, _ := problem(err); p.Code != agentapi.CodeUnavailable {
					t.Errorf("Hotline stops: %v, and who waits is told %v: %v", stops, err, p)
				}
			}
		})
	}
}

// TestACommandThatIsSentAgainWhileTheFirstWaitsForTheStartIsRefusedAtOnce: a page whose connection breaks again and again leaves nobody waiting.
func TestACommandThatIsSentAgainWhileTheFirstWaitsForTheStartIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, started, done := keys{}, make(chan struct{}), make(chan *agentapi.Problem)
		command := func(waits bool) *agentapi.Problem {
			return k.once(t.Context(), gate.Account{ID: "a1"}, "k1", "agent.ready", nil, waits, func() *agentapi.Problem { <-started; return nil })
		}
		go func() { done <- command(false) }()
		synctest.Wait()
		if p := command(false); p == nil || p.Code != agentapi.CodeUnavailable {
			t.Errorf("who asks again is told %v", p)
		}
		close(started)
		if p := <-done; p != nil {
			t.Error(p)
		}
		if p := command(false); p != nil {
			t.Errorf("what is done is answered with %v", p)
		}
	})
}
