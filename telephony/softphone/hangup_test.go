package softphone

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestCallerWhoGivesUpStopsTheRinging(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
	out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{}))
	happens(t, ctx, "ringing", out.Ringing())
	r := must[*Ringing](t)(b.Incoming(ctx))
	out.Cancel()
	if _, err := out.Wait(); !errors.Is(err, errWithdrawn) {
		t.Errorf("a withdrawn call: %v", err)
	}
	happens(t, ctx, "the ringing stops", r.Cancelled())
	if _, err := r.Answer(ctx); !errors.Is(err, ErrCancelled) {
		t.Errorf("answering a cancelled call: %v", err)
	}
	idle(t, ctx, a, b)
}

func TestContextOfACallWithdrawsIt(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
	patience := errors.New("out of patience")
	short, cancel := context.WithTimeoutCause(ctx, 100*time.Millisecond, patience)
	defer cancel()
	if _, err := a.Call(short, b.URI(), CallOptions{}); !errors.Is(err, patience) {
		t.Errorf("a call nobody answers: %v", err)
	}
	idle(t, ctx, a, b) // nobody has fetched the call: it must not wait for Incoming either
}

func TestRefusalsKeepTheirCode(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
	for _, code := range []int{486, 480, 603} {
		out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{}))
		r := must[*Ringing](t)(b.Incoming(ctx))
		r.Reject(code)
		_, err := out.Wait()
		var refused *Refused
		if !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("rejected with %d: %v", code, err)
		}
		if _, err := r.Answer(ctx); err == nil {
			t.Error("a rejected call was answered")
		}
	}
	_, err := a.Call(ctx, "nobody@"+b.x.Addr(), CallOptions{})
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != 404 {
		t.Errorf("a user that is not there: %v", err)
	}
	idle(t, ctx, a, b)
}

func TestAnswerThatCrossesTheCancelLeavesNothing(t *testing.T) {
	ctx := within(t, time.Minute)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
	answered := 0
	for i := range 60 {
		out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{}))
		r := must[*Ringing](t)(b.Incoming(ctx))
		var both sync.WaitGroup
		var theirs *Call
		both.Go(func() { theirs, _ = r.Answer(ctx) })
		both.Go(func() {
			if i%3 > 0 {
				<-time.After(time.Duration(i) * 5 * time.Microsecond)
			}
			out.Cancel()
		})
		ours, err := out.Wait()
		both.Wait()
		if err == nil { // the answer came first: the cancel has no meaning any more
			answered++
			ok(t, ours.Hangup(ctx))
		}
		if theirs != nil {
			happens(t, ctx, "the answered end hears that the caller is gone", theirs.Done())
		}
	}
	t.Logf("of 60 the answer came first %d times", answered)
	idle(t, ctx, a, b)
}

func TestBothEndsMayHangUpAtOnce(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
	for range 20 {
		ours, theirs := connected(t, ctx, a, b, CallOptions{})
		var both sync.WaitGroup
		both.Go(func() { ok(t, ours.Hangup(ctx)) })
		both.Go(func() { ok(t, theirs.Hangup(ctx)) })
		both.Wait()
		ok(t, ours.Hangup(ctx)) // once more is no error
	}
	idle(t, ctx, a, b)
}

func TestClosedPhoneEndsEverythingItHas(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
	_, theirs := connected(t, ctx, a, b, CallOptions{})
	out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{}))
	rung := must[*Ringing](t)(b.Incoming(ctx))
	back := must[*Outgoing](t)(b.Dial(ctx, a.URI(), CallOptions{}))
	happens(t, ctx, "ringing", back.Ringing())

	a.Close()
	happens(t, ctx, "the call is hung up", theirs.Done())
	happens(t, ctx, "the ringing stops", rung.Cancelled())
	if _, err := out.Wait(); !errors.Is(err, ErrClosed) {
		t.Errorf("the closed phone's own call: %v", err)
	}
	_, err := back.Wait()
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != 480 {
		t.Errorf("the call to the closed phone: %v", err)
	}
	if _, err := a.Incoming(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("waiting at a closed phone: %v", err)
	}
	if _, err := a.Dial(ctx, b.URI(), CallOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("calling from a closed phone: %v", err)
	}
	idle(t, ctx, b)
}
