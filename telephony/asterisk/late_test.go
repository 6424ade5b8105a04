package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
)

// slow makes the server take so long for each request of a command socket, one after the other, as an Asterisk does that is behind.
func (s *scripted) slow(each time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.each = each
}

// overOneSocket is a running switch that asks over one command socket, and gives Asterisk so long to answer.
func overOneSocket(t *testing.T, deadline time.Duration) (a *scripted, s *Switch) {
	t.Helper()
	a = newScripted(t)
	o := a.options()
	o.Deadline, o.CommandSockets = deadline, 1
	s = New(o)
	line, _ := calls()
	running(t, s, line)
	return a, s
}

// TestRequestThatIsOnlyLateIsWaitedFor: of ten that are asked at once over one socket, the last has its reply long after its deadline, and nothing is asked twice.
func TestRequestThatIsOnlyLateIsWaitedFor(t *testing.T) {
	t.Parallel()
	a, s := overOneSocket(t, 3*time.Second)
	s.requests.delays.forget(time.Now()) // what is asked from now on counts
	a.slow(700 * time.Millisecond)
	asked := time.Now()
	replies := make(chan error, 10)
	for range cap(replies) {
		go func() { replies <- s.Answer(whole(t), "1763773.1") }()
	}
	await(t, "the delay is known while it lasts", func() bool {
		longest, inFlight := s.Delay()
		return longest > s.opt.Deadline && inFlight > 1
	})
	for range cap(replies) {
		if err := within(t, replies, "a reply"); err != nil {
			t.Error(err)
		}
	}
	took := time.Since(asked)
	a.slow(0)
	await(t, "the delay is forgotten", func() bool {
		longest, _ := s.Delay()
		return longest < s.opt.Deadline/4
	})
	if took < 2*s.opt.Deadline {
		t.Errorf("all were answered within %s, which proves nothing", took)
	}
	if n := len(a.were("answer")); n != cap(replies) {
		t.Errorf("%d requests were sent for %d", n, cap(replies))
	}
	if !s.Connected() || s.Stats().Reconnects != 0 {
		t.Error("the connection was given up")
	}
}

// TestRequestWhoseReplyIsLostIsAskedAgainOverTheSameSocket: Asterisk answers in order, so it was lost where a later one has its reply.
func TestRequestWhoseReplyIsLostIsAskedAgainOverTheSameSocket(t *testing.T) {
	t.Parallel()
	a, s := overOneSocket(t, 3*time.Second)
	a.mutes("POST channels/1763773.1/answer")
	answered := make(chan error, 1)
	go func() { answered <- s.Answer(whole(t), "1763773.1") }()
	await(t, "the request is on its way", func() bool { return len(a.were("answer")) > 0 })
	a.hears("POST channels/1763773.1/answer")
	if err := s.Answer(whole(t), "1763773.2"); err != nil {
		t.Fatal(err)
	}
	if err := within(t, answered, "the reply"); err != nil {
		t.Error(err)
	}
	all := a.were("channels/1763773.1/answer")
	if len(all) != 2 || all[1].over != all[0].over {
		t.Errorf("it was sent as %v", all)
	}
}

// TestWhoHasNoTimeLeftSaysNothingOfTheSocket: one whose context ends before a whole deadline has passed ends alone, whether something was answered
// since it was asked, or nothing; the others wait on over the same socket, and are asked once.
func TestWhoHasNoTimeLeftSaysNothingOfTheSocket(t *testing.T) {
	t.Parallel()
	for name, early := range map[string]bool{"nothing was answered since": false, "something was": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, s := overOneSocket(t, 8*time.Second)
			goes := a.holds("POST channels/1763773.1/answer")
			asks := func(ctx context.Context, leg telephony.LegID, done chan<- error) {
				before := s.Stats().Requests
				go func() { done <- s.Answer(ctx, leg) }()
				await(t, "it is on its way", func() bool { return s.Stats().Requests > before })
			}
			others, hasty := make(chan error, 3), make(chan error, 1)
			asks(whole(t), "1763773.1", others)
			asks(whole(t), "1763773.1", others)
			short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			asks(short, "1763773.2", hasty)
			asks(whole(t), "1763773.3", others)
			replies := cap(others)
			if early {
				goes()
				if err := within(t, others, "the first reply"); err != nil {
					t.Error(err)
				}
				replies--
			}
			if err := within(t, hasty, "the end of its time"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("it ended with %v", err)
			}
			goes()
			goes()
			for range replies {
				if err := within(t, others, "a reply"); err != nil {
					t.Error(err)
				}
			}
			if all := a.were("answer"); len(all) != 4 || slices.ContainsFunc(all, func(one asked) bool { return one.over != all[0].over }) {
				t.Errorf("they were sent as %v", all)
			}
		})
	}
}

// TestRequestsGoOutInTheOrderOfTheirIDs, by which is known which reply is lost: the server looks.
func TestRequestsGoOutInTheOrderOfTheirIDs(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	o := a.options()
	o.CommandSockets = 1
	s := New(o)
	line, _ := calls()
	running(t, s, line)
	replies := make(chan error, 1000)
	for range cap(replies) {
		go func() { replies <- s.Answer(whole(t), "1763773.1") }()
	}
	for range cap(replies) {
		if err := within(t, replies, "a reply"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhoGivesUpALateRequestIsNotKept until its reply comes.
func TestWhoGivesUpALateRequestIsNotKept(t *testing.T) {
	t.Parallel()
	a, s := overOneSocket(t, 3*time.Second)
	a.slow(400 * time.Millisecond)
	for range 20 {
		go func() { _ = s.Answer(t.Context(), "1763773.1") }()
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	revoked := errors.New("offer revoked")
	done := make(chan error, 1)
	go func() { done <- s.Answer(ctx, "1763773.2") }()
	await(t, "it is on its way", func() bool { return s.Stats().Requests > 20 })
	cancel(revoked)
	if err := within(t, done, "the end of the request"); !errors.Is(err, revoked) {
		t.Errorf("it ended with %v", err)
	}
}

// TestWhatIsAskedOfAFreshConnectionIsNoDelay, nor what a lost one never answered; what is asked later is.
func TestWhatIsAskedOfAFreshConnectionIsNoDelay(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	o := a.options()
	o.CommandSockets, o.Deadline = 1, 10*time.Second
	s := New(o)
	line, _ := calls()
	running(t, s, line)
	asks := func(leg telephony.LegID) {
		before := s.Stats().Requests
		go func() { _ = s.Answer(whole(t), leg) }()
		await(t, "it is on its way", func() bool { return s.Stats().Requests > before })
	}
	goes := a.holds("POST channels/1763773.1/answer")
	asks("1763773.1")
	if longest, inFlight := s.Delay(); longest > 0 || inFlight > 0 {
		t.Errorf("the resumption counts: %s, %d", longest, inFlight)
	}
	goes()
}

// TestDelayIsWhatMoreThanOneSocketSays, or the last reply of the one. What is lost says nothing, nor what was asked on a connection of before.
func TestDelayIsWhatMoreThanOneSocketSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDelays(4)
		is := func(what string, delay time.Duration, inFlight int) {
			t.Helper()
			if longest, n := d.now(); longest != delay || n != inFlight {
				t.Errorf("%s: %s, and %d in flight; not %s and %d", what, longest, n, delay, inFlight)
			}
		}
		mute := d.begin(2)
		for range 300 {
			d.begin(2)
		}
		time.Sleep(3 * time.Second)
		is("one socket is mute", 0, 0)
		other := d.begin(7)
		time.Sleep(2 * time.Second)
		is("another waits too", 2*time.Second, 1)
		mute(false)
		other(true)
		is("it has answered late", 2*time.Second, 0)
		time.Sleep(2 * delaysOf)
		is("that was long ago", 0, 0)
		again := d.begin(7)
		time.Sleep(1500 * time.Millisecond)
		is("its last reply was late, and the next is", 1500*time.Millisecond, 1)
		d.forget(time.Now())
		d.begin(3)
		again(true)
		is("all was asked of the connection of before, but one", 0, 0)
		one := newDelays(1)
		one.begin(5)
		time.Sleep(time.Second)
		if longest, n := one.now(); longest != time.Second || n != 1 {
			t.Errorf("of one socket nobody else bears witness: %s, %d", longest, n)
		}
	})
}

// TestDialplanIsToldWhileItIsToTakeCallsAlone, with each heartbeat, and when that is over.
func TestDialplanIsToldWhileItIsToTakeCallsAlone(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	a.says("GET asterisk/variable?variable=EPOCH", `{"value":"1764374400"}`)
	var full atomic.Bool
	o := a.options()
	o.Full = full.Load
	s := New(o)
	line, _ := calls()
	running(t, s, line)
	for _, value := range []string{"", "1764374400", ""} {
		full.Store(value != "")
		await(t, "the dialplan is told "+value, func() bool {
			all := a.were(fullVariable + "&value=")
			return len(all) > 0 && strings.HasSuffix(all[len(all)-1].URI, "="+value)
		})
		a.forget()
		await(t, "a standby is told that Hotline is there", func() bool { return len(a.were(heardVariable+"&value=1764374400")) > 0 })
	}
}

// TestDialplanIsToldWhetherToKeepKeys for the next Hotline: what the one before has said does not stay.
func TestDialplanIsToldWhetherToKeepKeys(t *testing.T) {
	t.Parallel()
	for nobody, told := range map[bool]string{true: "no", false: ""} {
		a := newScripted(t)
		a.says("GET asterisk/variable?variable=EPOCH", `{"value":"1764374400"}`)
		o := a.options()
		o.AsksNobody = nobody
		line, _ := calls()
		running(t, New(o), line)
		await(t, "the dialplan is told", func() bool {
			all := a.were(asksVariable + "&value=")
			return len(all) == 1 && strings.HasSuffix(all[0].URI, "="+told)
		})
	}
}

// TestPhoneThatIsBusyIsBusyHoweverLateItWasDialled: the time to answer begins when Asterisk dials.
func TestPhoneThatIsBusyIsBusyHoweverLateItWasDialled(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	s := New(a.options())
	const timeout = 2 * time.Second
	line, why := dialler("phone:7", timeout)
	goes := a.holds("POST channels/create")
	running(t, s, line)
	asked := time.Now()
	a.arrives("1763773.1")
	await(t, "the time to answer has passed since it was asked", func() bool { return time.Since(asked) > timeout+200*time.Millisecond })
	goes()
	await(t, "Asterisk dials", func() bool { return len(a.were("POST channels/create")) > 0 && s.Stats().LiveCalls > 0 })
	var order struct{ ChannelID string }
	for _, one := range a.were("POST channels/create") {
		if one.URI == "channels/create" {
			if err := json.Unmarshal([]byte(one.Body), &order); err != nil {
				t.Fatal(err)
			}
		}
	}
	if order.ChannelID == "" {
		t.Fatal("no channel was made")
	}
	await(t, "it is known that Asterisk dials", func() bool {
		s.registry.mu.Lock()
		defer s.registry.mu.Unlock()
		l := s.registry.legs[telephony.LegID(order.ChannelID)]
		return l != nil && l.asked
	})
	a.sends(`{"type":"ChannelDestroyed","cause":17,"channel":` + channelJSON(order.ChannelID, "Down") + `}`)
	var failed *telephony.DialError
	if err := within(t, why, "what came of dialling"); !errors.As(err, &failed) || failed.Cause != telephony.CauseBusy {
		t.Errorf("the phone is %v", err)
	}
}

// TestOneLateReplyIsNoDelay, and two in a row of one socket are: on a quiet line the heartbeat alone asks.
func TestOneLateReplyIsNoDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDelays(4)
		takes := func(took time.Duration) time.Duration {
			over := d.begin(1)
			time.Sleep(took)
			over(true)
			longest, _ := d.now()
			return longest
		}
		if now := takes(10 * time.Millisecond); now > 0 {
			t.Errorf("after the first reply the delay is %s", now)
		}
		if now := takes(2 * time.Second); now > 10*time.Millisecond {
			t.Errorf("one late reply is a delay of %s", now)
		}
		if now := takes(3 * time.Second); now != 2*time.Second {
			t.Errorf("two late replies are a delay of %s", now)
		}
		if now := takes(10 * time.Millisecond); now > 10*time.Millisecond {
			t.Errorf("after one in time the delay is %s", now)
		}
	})
}
