package asterisk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/conformance"
	"hotline/telephony/softphone"
)

// refusing is a phone that refuses every call in the way that it is told, before or after it has rung.
type refusing struct {
	mu     sync.Mutex
	how    softphone.Refusal
	early  int    // the response before it: 180 rings, 183 is heard, 0 is none
	heard  func() // returns once Hotline knows of a 183
	phone  *handset
	called int
}

func (b *bench) refusing() *refusing {
	r := &refusing{heard: func() {}}
	r.phone = b.phone(true, softphone.Options{Early: func() int { return r.now().early }, Refuses: func() softphone.Refusal {
		if r.now().early == 183 {
			r.heard()
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.called++
		return r.how
	}})
	return r
}

func (r *refusing) now() *refusing {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &refusing{how: r.how, early: r.early, called: r.called}
}

// says sets what the phone does from now on.
func (r *refusing) says(early int, how softphone.Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.early, r.how = early, how
}

// dialler is a line that dials a phone for each caller, and tells what came of it.
func dialler(to telephony.Address, timeout time.Duration) (telephony.Line, <-chan error) {
	why := make(chan error, 10)
	return lineFunc(func(ctx context.Context, c *telephony.Call) {
		_, err := c.Dial(ctx, to, c.From(), c.Name(), timeout)
		why <- err
	}), why
}

// codesOf are the codes that stand for a row in tests.
func codesOf(r Response) []int {
	if r.Codes == nil {
		return []int{400, 420, 482, 499, 513, 580, 605, 699}
	}
	return r.Codes
}

func TestEachResponseOfAPhoneMeansWhatTheTableSays(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	phone := b.refusing()
	line, why := dialler(phone.phone.Address(), time.Minute)
	s := New(realOptions(b.asterisk))
	phone.heard = func() {
		for began := time.Now(); !s.registry.someRing(); time.Sleep(time.Millisecond) { // between two looks
			if time.Since(began) > 30*time.Second {
				t.Error("Hotline was not told of a 183")
				return
			}
		}
	}
	running(t, s, line)
	for _, row := range Responses {
		for _, code := range codesOf(row) {
			for early, want := range map[int]telephony.Cause{0: row.AtOnce, 180: row.AfterRinging, 183: row.AfterRinging} {
				phone.says(early, refusalOf(code))
				customer := b.Call("+78005550123", "Ivan")
				err := within(t, why, "what came of dialling")
				var failed *telephony.DialError
				if !errors.As(err, &failed) || failed.Cause != want {
					t.Errorf("%d (%s) after %d is %v", code, row.Name, early, err)
				} else if failed.Response != code && want != telephony.CauseForwards { // Asterisk does not tell the code of one it would follow
					t.Errorf("%d is told as %d", code, failed.Response)
				}
				await(t, "the customer is idle", func() bool { return customer.State() == conformance.Idle })
			}
		}
	}
	empty(t, b.asterisk)
}

// someRing reports whether a call was told that a leg rings.
func (r *registry) someRing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.legs {
		if l.ringing && !l.answered {
			return true
		}
	}
	return false
}

// refusalOf is a refusal with all that belongs to its code.
func refusalOf(code int) softphone.Refusal {
	switch code {
	case 301, 302:
		return softphone.Elsewhere(code, "sip:*43@127.0.0.1")
	case 401, 407:
		return softphone.Challenge(code)
	default:
		return softphone.Refusal{Code: code}
	}
}

func TestPhoneThatSaysNothingIsUnreachableLongBeforeItsTimeIsOver(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	for name, breaks := range map[string]func(*softphone.Exchange, func()){
		"its packets get lost":      func(_ *softphone.Exchange, lose func()) { lose() },
		"it has no power any more":  func(x *softphone.Exchange, _ func()) { x.Kill() },
		"it says only 100 (Trying)": func(*softphone.Exchange, func()) {},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			lost := false
			x, err := softphone.NewExchange(softphone.ExchangeOptions{Server: b.asterisk.SIPAddr, Lose: func(p []byte) bool {
				mu.Lock()
				defer mu.Unlock()
				return lost && bytes.HasPrefix(p, []byte("INVITE "))
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer x.Close()
			id := fmt.Sprintf("silent%d", len(name))
			if err := b.desk.Provision(t.Context(), telephony.Phone{ID: id, Secret: "secret"}); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = b.desk.Unprovision(context.WithoutCancel(t.Context()), id) }()
			phone, err := x.Phone(softphone.Options{User: id, Secret: "secret", Early: func() int { return 100 }})
			if err != nil {
				t.Fatal(err)
			}
			if err := phone.Register(t.Context()); err != nil {
				t.Fatal(err)
			}
			await(t, "it is reachable", func() bool { return b.desk.PhoneReachable(id) })
			phone.Unplug()
			breaks(x, func() { mu.Lock(); lost = true; mu.Unlock() })
			line, why := dialler(telephony.Address("phone:"+id), time.Hour)
			stop := running(t, New(realOptions(b.asterisk)), line)
			customer := b.Call("+78005550123", "Ivan")
			var failed *telephony.DialError
			if err := within(t, why, "that nothing comes"); !errors.As(err, &failed) || failed.Cause != telephony.CauseUnreachable {
				t.Errorf("it is %v", err)
			}
			await(t, "the customer is idle", func() bool { return customer.State() == conformance.Idle })
			_ = stop()
		})
	}
	empty(t, b.asterisk)
}

func TestPhoneThatSaysSomethingElseThanThatItRingsIsThere(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	phone := b.refusing()
	line, why := dialler(phone.phone.Address(), 3*time.Second)
	running(t, New(realOptions(b.asterisk)), line)
	for _, early := range []int{181, 182, 199} {
		phone.says(early, softphone.Refusal{})
		customer := b.Call("+78005550123", "Ivan")
		var failed *telephony.DialError
		if err := within(t, why, "what came of dialling"); !errors.As(err, &failed) || failed.Cause != telephony.CauseNoAnswer {
			t.Errorf("who says %d, and is not answered, is %v", early, err)
		}
		await(t, "the customer is idle", func() bool { return customer.State() == conformance.Idle })
	}
	empty(t, b.asterisk)
}
