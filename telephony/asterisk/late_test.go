package asterisk

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// slow makes the server take so long for each request of a command socket, one after the other, as an Asterisk does that is behind.
func (s *scripted) slow(each time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.each = each
}

// TestRequestThatIsOnlyLateIsWaitedFor: of ten that are asked at once over one socket, the last has its reply long after its deadline, and nothing is asked twice.
func TestRequestThatIsOnlyLateIsWaitedFor(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	o := a.options()
	o.Deadline, o.CommandSockets = time.Second, 1
	s := New(o)
	line, _ := calls()
	running(t, s, line)
	a.slow(300 * time.Millisecond)
	asked := time.Now()
	replies := make(chan error, 10)
	for range cap(replies) {
		go func() { replies <- s.Answer(whole(t), "1763773.1") }()
	}
	await(t, "the delay is known while it lasts", func() bool {
		longest, inFlight := s.Delay()
		return longest > o.Deadline && inFlight > 1
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
		return longest < o.Deadline/4
	})
	if took < 2*o.Deadline {
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
	a := newScripted(t)
	o := a.options()
	o.Deadline, o.CommandSockets = time.Second, 1
	s := New(o)
	line, _ := calls()
	running(t, s, line)
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

// TestWhoGivesUpALateRequestIsNotKept until its reply comes.
func TestWhoGivesUpALateRequestIsNotKept(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	o := a.options()
	o.Deadline, o.CommandSockets = time.Second, 1
	s := New(o)
	line, _ := calls()
	running(t, s, line)
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
	for _, value := range []string{"1764374400", "0", "1764374400"} {
		full.Store(value == "0")
		a.forget()
		await(t, "the dialplan is told "+value, func() bool { return len(a.were(heardVariable+"&value="+value)) > 0 })
	}
}
