package ivr_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr/door"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// behind is a house whose switch is as late as is said.
func behind(t *testing.T) (h *house, delay *atomic.Int64) {
	delay = new(atomic.Int64)
	return open(t, func(h *house) {
		h.options.Admission = door.NewAdmission()
		h.options.Load = func() door.Load { return door.Load{Delay: time.Duration(delay.Load())} }
	}), delay
}

func answered(c *memory.Customer) bool {
	select {
	case <-c.Answered():
		return true
	default:
		return false
	}
}

// TestNewCallsRingInTheirOrderWhileTheLineIsBehind, and are answered when it is not any more; who leaves meanwhile has a ticket.
func TestNewCallsRingInTheirOrderWhileTheLineIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, delay := behind(t)
		talks, _ := h.talks()
		delay.Store(int64(3 * time.Second))
		var all []*memory.Customer
		for range 8 {
			all = append(all, h.calls())
			synctest.Wait()
		}
		later(2100 * time.Millisecond) // one call a second comes in
		for i, c := range all {
			if got, want := answered(c), i < 3; got != want {
				t.Errorf("call %d is answered: %v", i+1, got)
			}
		}
		leaves := all[3]
		leaves.Hangup()
		synctest.Wait()
		if c := h.contact(leaves); c.Outcome != tickets.AbandonedInGreeting || c.Ticket == "" {
			t.Errorf("who left has the contact %+v", c)
		}
		delay.Store(0)
		later(5 * time.Second)
		for i, c := range all[4:] {
			if !answered(c) {
				t.Errorf("call %d rings on though the line is in time", i+5)
			}
			c.Hangup()
		}
		for _, c := range all[:3] {
			c.Hangup()
		}
		talks.Hangup()
		later(time.Second)
		h.endedAs(talks, tickets.Served)
	})
}

// TestCallThatIsHeldTooLongIsTurnedAwayAndHasATicket, because the customer is to be called back.
func TestCallThatIsHeldTooLongIsTurnedAwayAndHasATicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, delay := behind(t)
		delay.Store(int64(3 * time.Second))
		var all []*memory.Customer
		for range 40 {
			all = append(all, h.calls())
			synctest.Wait()
		}
		later(time.Minute)
		last := all[len(all)-1]
		if answered(last) || last.Cause() != telephony.CauseCongestion {
			t.Errorf("the last is answered: %v, and ended with %s", answered(last), last.Cause())
		}
		for _, c := range all[:30] {
			if !answered(c) {
				t.Errorf("one of the first thirty is not answered")
			}
			c.Hangup()
		}
		later(time.Second)
		h.endedAs(last, tickets.Lost)
	})
}

func TestHeldCallRingsOnWhenHotlineStopsAndIsServedByTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, delay := behind(t)
		delay.Store(int64(3 * time.Second))
		first, held := h.calls(), h.calls()
		synctest.Wait()
		h.restarts(telephony.ErrHandover, time.Second)
		later(time.Second)
		if !answered(held) {
			t.Error("the call rings on")
		}
		first.Hangup()
		held.Hangup()
		later(time.Second)
		h.endedAs(held, tickets.AbandonedInGreeting)
	})
}
