package ivr_test

import (
	"context"
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

// TestCallThatTriesTheLineRingsAsCustomersDoWhileItIsBehind, in nobody's place: it comes in once nobody is held any more.
func TestCallThatTriesTheLineRingsAsCustomersDoWhileItIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tries = "+79160000099"
		h, delay := behind(t)
		h.options.Tries = func(a telephony.Arrival) bool { return a.From.Key() == full(tries).Key() }
		h.restarts(telephony.ErrHandover, time.Second)
		delay.Store(int64(3 * time.Second))
		first := h.sw.Call(full(tries), full(dialled))
		first.Hangup()
		var all []*memory.Customer
		for range 4 {
			all = append(all, h.calls())
			synctest.Wait()
		}
		second := h.sw.Call(full(tries), full(dialled))
		later(2100 * time.Millisecond) // one call a second comes in
		if !answered(all[2]) || answered(all[3]) || answered(first) || answered(second) {
			t.Errorf("the third customer is answered: %v, the fourth: %v, what tries the line: %v, %v", answered(all[2]), answered(all[3]), answered(first), answered(second))
		}
		delay.Store(0)
		later(time.Second)
		if !answered(all[3]) || !answered(second) {
			t.Errorf("the line is in time, and the last customer is answered: %v, what tries the line: %v", answered(all[3]), answered(second))
		}
		for _, c := range append(all, second) {
			c.Hangup()
		}
		later(time.Second)
		if n := h.line.Served(); n != 4 {
			t.Errorf("%d calls are counted", n)
		}
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

// TestHeldCallsKeepTheirPlacesWhenHotlineStops: the next one holds them for as long as is left, and lets them in one by one, the first first.
func TestHeldCallsKeepTheirPlacesWhenHotlineStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, delay := behind(t)
		delay.Store(int64(3 * time.Second))
		var all []*memory.Customer
		for range 40 {
			all = append(all, h.calls())
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		later(4500 * time.Millisecond)
		h.options.Admission = door.NewAdmission() // it is not kept
		h.restarts(telephony.ErrHandover, time.Second)
		h.resumed(int64(len(all))) // offers to those who wait are held until then
		later(5 * time.Second)
		in := 0
		for i, c := range all {
			switch {
			case !answered(c):
			case in < i:
				t.Fatalf("call %d is answered before another", i+1)
			default:
				in++
			}
		}
		if in < 8 || in > 12 {
			t.Errorf("%d are answered, and not one in a second", in)
		}
		later(20 * time.Second)
		last := all[len(all)-1]
		if answered(last) || last.Cause() != telephony.CauseCongestion {
			t.Errorf("after 30 s, the last is answered: %v, and ended with %s", answered(last), last.Cause())
		}
		for _, c := range all {
			c.Hangup()
		}
		later(time.Second)
		h.endedAs(last, tickets.Lost)
	})
}

// TestCallThatIsFoundAsItCameIsNewToTheDoor: nobody has let it in yet.
func TestCallThatIsFoundAsItCameIsNewToTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, delay := behind(t)
		talks, _ := h.talks() // has been let in
		delay.Store(int64(3 * time.Second))
		in, rings := h.calls(), h.calls() // one a second comes in
		in.Hangup()
		synctest.Wait()
		h.options.Door = door.New(door.Rules{Blocked: map[string]time.Time{full(ivan).Key(): time.Now().Add(time.Hour)}}) // the number of both
		h.restarts(telephony.ErrHandover, time.Second)
		if rings.Cause() != telephony.CauseDeclined || h.options.Door.TurnedAway(door.Blocked) != 1 {
			t.Errorf("a blocked caller whose call was found ended with %s, and %d were turned away", rings.Cause(), h.options.Door.TurnedAway(door.Blocked))
		}
		h.resumed(2)
		talks.Hangup()
		later(time.Second)
		h.endedAs(talks, tickets.Served)
	})
}

// TestCallThatIsTurnedAwayHasItsTicketThoughHotlineDiesMeanwhile: neither the dialplan nor the next Hotline would make one.
func TestCallThatIsTurnedAwayHasItsTicketThoughHotlineDiesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, delay := behind(t)
		delay.Store(int64(3 * time.Second))
		var all []*memory.Customer
		for range 31 { // all but one come in
			all = append(all, h.calls())
			synctest.Wait()
		}
		later(29500 * time.Millisecond)
		for _, c := range all[:30] {
			c.Hangup()
		}
		later(300 * time.Millisecond)
		dead := h.dead
		h.sw.CrashAfter(2, func() { dead.Store(true) }) // it is marked, and refused
		later(time.Second)
		if h.sw.Connected() {
			t.Fatal("Hotline lives")
		}
		h.options.Admission = door.NewAdmission()
		h.sw.CrashAfter(0, nil)
		h.restarts(memory.ErrCrashed, time.Second)
		later(time.Second)
		h.endedAs(all[30], tickets.Lost)
	})
}

// TestCallThatIsFoundAndHeldIsNotTakenForOneThatHasEnded: the Hotline of before died between its ticket and its answer, and it has no case yet.
func TestCallThatIsFoundAndHeldIsNotTakenForOneThatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, delay := behind(t)
		delay.Store(int64(3 * time.Second))
		var all []*memory.Customer
		for range 4 { // one a second comes in
			all = append(all, h.calls())
			later(10 * time.Millisecond)
		}
		c := all[3]
		h.register.Arrive(telephony.Arrival{ID: c.ID(), From: full(ivan), To: full(dialled), At: time.Now()})
		h.contact(c)
		h.options.Admission = door.NewAdmission()
		h.restarts(memory.ErrCrashed, time.Second)
		held := h.calls()
		later(100 * time.Millisecond)
		if answered(c) || answered(held) {
			t.Fatalf("who was found last is answered: %t, who came last: %t", answered(c), answered(held))
		}
		h.resumed(4)
		if h.line.Found(held.ID()) {
			t.Error("a new call is taken for one that was found")
		}
		_, err := h.register.EndGone(t.Context(), time.Now(), func(context.Context, time.Time, string) (unended []tickets.Unended, _ error) {
			if !h.line.Found(c.ID()) {
				unended = append(unended, tickets.Unended{Call: c.ID()})
			}
			return unended, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if contact := h.contact(c); contact.Outcome != "" || !contact.EndedAt.IsZero() {
			t.Errorf("who rings has the contact %+v", contact)
		}
		held.Hangup()
		for _, one := range all {
			one.Hangup()
		}
		later(time.Second)
		if h.line.Found(c.ID()) {
			t.Error("a call that is over is taken for one that is served")
		}
		h.endedAs(c, tickets.AbandonedInGreeting)
	})
}
