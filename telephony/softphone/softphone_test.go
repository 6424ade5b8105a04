package softphone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is how long anything may take that should happen at once. It is long because machines are busy.
const soon = 30 * time.Second

// within is a context that ends the test rather than let it hang.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, fmt.Errorf("%s: nothing within %s", t.Name(), d))
	t.Cleanup(cancel)
	return ctx
}

func phone(t *testing.T, o Options) *Phone {
	t.Helper()
	o.Bind = "127.0.0.1:0"
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func happens(t *testing.T, ctx context.Context, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-ctx.Done():
		t.Fatalf("%s: %v", what, context.Cause(ctx))
	}
}

// connected is a call from a to b that is up at both ends.
func connected(t *testing.T, ctx context.Context, a, b *Phone, o CallOptions) (ours, theirs *Call) {
	t.Helper()
	out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), o))
	r := must[*Ringing](t)(b.Incoming(ctx))
	happens(t, ctx, "ringing", out.Ringing())
	theirs = must[*Call](t)(r.Answer(ctx))
	ours = must[*Call](t)(out.Wait())
	return ours, theirs
}

// idle proves that neither phone has anything left of its calls.
func idle(t *testing.T, ctx context.Context, phones ...*Phone) {
	t.Helper()
	for _, p := range phones {
		for {
			p.mu.Lock()
			left := len(p.live) + len(p.waiting)
			p.mu.Unlock()
			if left == 0 && p.x.Calls() == 0 {
				break
			}
			select {
			case <-ctx.Done():
				t.Fatalf("phone %s still has %d legs, %d calls", p.User(), left, p.x.Calls())
			case <-time.After(5 * time.Millisecond): // there is no event for "nothing left"
			}
		}
	}
}

func TestTwoPhonesHearEachOther(t *testing.T) {
	t.Parallel()
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a", Keep: time.Minute}), phone(t, Options{User: "b"})
	ours, theirs := connected(t, ctx, a, b, CallOptions{})
	ok(t, ours.PlayTone(440))
	ok(t, theirs.PlayTone(1000))
	ok(t, theirs.Hears(ctx, 440, 300*time.Millisecond))
	ok(t, ours.Hears(ctx, 1000, 300*time.Millisecond))
	ok(t, theirs.PlaySilence())
	ok(t, ours.Silent(ctx, 200*time.Millisecond))

	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if err := theirs.Hears(short, 700, 40*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a tone that nobody plays was heard: %v", err)
	}
	times := ours.Times()
	if times.Invited.IsZero() || times.Ringing.Before(times.Invited) || times.Answered.Before(times.Ringing) {
		t.Errorf("times out of order: %+v", times)
	}
	ok(t, ours.Hangup(ctx))
	happens(t, ctx, "the other end hears of the hang-up", theirs.Done())
	if byPeer, _ := theirs.Ended(); !byPeer {
		t.Error("the called phone does not know that the caller hung up")
	}
	if err := theirs.PlayTone(440); !errors.Is(err, ErrEnded) {
		t.Errorf("a tone on a call that is over: %v", err)
	}
	if err := theirs.Hears(ctx, 440, time.Millisecond); !errors.Is(err, ErrEnded) {
		t.Errorf("listening to a call that is over: %v", err)
	}
	if n := frames(ours.Sound(), 1000); n < 15 { // 300 ms were heard
		t.Errorf("the tone is in %d frames of the sound that was kept", n)
	}
	idle(t, ctx, a, b)
}

func TestSoundComesWholeAndNotFasterThanInRealTime(t *testing.T) {
	t.Parallel()
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b", Keep: time.Minute})
	ours, theirs := connected(t, ctx, a, b, CallOptions{})
	came := make(chan error, 1)
	go func() { came <- theirs.HearsSound(ctx, 960*time.Millisecond) }()
	begin := time.Now()
	ok(t, ours.Play(ctx, Sine(600, sampleRate))) // one second
	took := time.Since(begin)
	ok(t, <-came)
	ok(t, theirs.Hangup(ctx))
	if took < 900*time.Millisecond {
		t.Errorf("a second of sound took %s", took)
	}
	if heard := frames(withoutPauses(theirs.Sound()), 600); heard < 46 || heard > 51 {
		t.Errorf("of 50 frames with the tone %d came", heard)
	}
}

// frames counts those that hold hardly anything but a tone.
func frames(sound []int16, hertz int) (n int) {
	for i := 0; i+frameSamples <= len(sound); i += frameSamples {
		if share(sound[i:i+frameSamples], hertz) > 0.9 {
			n++
		}
	}
	return n
}

// withoutPauses is a sound without its silences of more than 5 ms: those in which a busy machine brought nothing are among them.
func withoutPauses(sound []int16) (rest []int16) {
	for i := 0; i < len(sound); {
		quiet := i
		for quiet < len(sound) && sound[quiet] > -10 && sound[quiet] < 10 {
			quiet++
		}
		if quiet-i <= sampleRate/200 {
			quiet = min(i+1, len(sound))
			rest = append(rest, sound[i])
		}
		i = quiet
	}
	return rest
}

// TestASecondOfSoundIsSentInASecond runs the metronome on synctest's clock, which no other work holds up.
func TestASecondOfSoundIsSentInASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := must[*net.UDPConn](t)(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
		defer conn.Close()
		var m metronome
		var s stream
		s.init(conn, false)
		s.direct(description{addr: conn.LocalAddr().(*net.UDPAddr).AddrPort(), law: ulaw, direction: "sendrecv"})
		second := &clip{samples: Sine(600, sampleRate), done: make(chan struct{})}
		ok(t, s.play(second))
		begin := time.Now()
		m.add(&s)
		<-second.done
		if took := time.Since(begin); took < 980*time.Millisecond || took > 1020*time.Millisecond || s.sent != 50 {
			t.Errorf("%d packets took %s", s.sent, took)
		}
		s.close()
		m.stop()
	})
}

func TestDigitsArriveOnceEachAndInOrder(t *testing.T) {
	t.Parallel()
	for _, quiet := range []bool{false, true} {
		t.Run(fmt.Sprintf("quiet=%v", quiet), func(t *testing.T) {
			ctx := within(t, soon)
			a, b := phone(t, Options{User: "a", Quiet: quiet}), phone(t, Options{User: "b"})
			ours, theirs := connected(t, ctx, a, b, CallOptions{})
			const keys = "1123#*0A"
			sent := make(chan error, 1)
			go func() {
				if err := ours.Digits(ctx, keys[:4]); err != nil {
					sent <- err
					return
				}
				sent <- ours.Digits(ctx, ","+keys[4:])
			}()
			var got []byte
			for range len(keys) {
				got = append(got, must[byte](t)(theirs.Digit(ctx)))
			}
			if string(got) != keys {
				t.Errorf("typed %s, came %s", keys, got)
			}
			ok(t, <-sent)
			if err := ours.Digits(ctx, "1x"); err == nil || !strings.Contains(err.Error(), "no digit") {
				t.Errorf("typing a letter: %v", err)
			}
			ok(t, theirs.Hangup(ctx))
			happens(t, ctx, "hang-up", ours.Done())
			if err := ours.Digits(ctx, "1"); !errors.Is(err, ErrEnded) {
				t.Errorf("typing into a call that is over: %v", err)
			}
		})
	}
}

func TestHostileNamesArriveVerbatim(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b", Quiet: true})
	for _, name := range []string{
		"Анна Ивановна", `"quoted" \ back\\slash\`, `<sip:evil@example.org>;tag=1`, "a, b; c", "'; DROP TABLE customers; --",
		"${SHELL(id)}", "tab\tbell\x07nul\x00del\x7f", "\u202eright to left", "\xff\xfe broken", "<script>alert(1)</script>", " ",
		strings.Repeat("ж", 5000), strings.Repeat(`"`, 5000),
	} {
		out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{FromName: name, From: "+7 916;x=1@\"<>"}))
		r := must[*Ringing](t)(b.Incoming(ctx))
		if r.FromName != name {
			t.Errorf("name %.60q came as %.60q", name, r.FromName)
		}
		if r.From != "+7 916;x=1@\"<>" {
			t.Errorf("number came as %q", r.From)
		}
		must[*Call](t)(r.Answer(ctx))
		ok(t, must[*Call](t)(out.Wait()).Hangup(ctx))
	}
	out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{FromName: "two\r\nVia: lines", Headers: map[string]string{"X-Test": "a\r\nb"}}))
	r := must[*Ringing](t)(b.Incoming(ctx))
	if r.FromName != "two  Via: lines" || r.Header("x-test") != "a  b" {
		t.Errorf("line breaks came as %q, %q", r.FromName, r.Header("X-Test"))
	}
	out.Cancel()
	idle(t, ctx, a, b)
}

func TestAnonymousCallerHidesNameAndNumber(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a", Name: "Anna"}), phone(t, Options{User: "b"})
	out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{Anonymous: true, From: "+79161234567"}))
	defer out.Cancel()
	r := must[*Ringing](t)(b.Incoming(ctx))
	if r.From != "anonymous" || r.FromName != "Anonymous" || r.Header("Privacy") != "id" {
		t.Errorf("anonymous caller came as %q %q", r.From, r.FromName)
	}
}

func TestFiftyCallsAtOnceOnOneExchange(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		t.Run(fmt.Sprintf("quiet=%v", quiet), func(t *testing.T) {
			ctx := within(t, time.Minute)
			x := must[*Exchange](t)(NewExchange(ExchangeOptions{}))
			t.Cleanup(x.Close)
			customers := must[*Phone](t)(x.Phone(Options{User: "customers", Quiet: quiet}))
			var agents []*Phone
			for i := range 50 {
				agents = append(agents, must[*Phone](t)(x.Phone(Options{
					User: fmt.Sprint(100 + i), Quiet: quiet,
					OnRinging: func(r *Ringing) {
						c, err := r.Answer(ctx)
						if err != nil {
							t.Error(err)
							return
						}
						if !quiet {
							_ = c.PlayTone(500)
						}
						<-c.Done()
					},
				})))
			}
			var all sync.WaitGroup
			for _, agent := range agents {
				all.Go(func() {
					c, err := customers.Call(ctx, agent.URI(), CallOptions{From: "+7916000" + agent.User()})
					if err != nil {
						t.Error(err)
						return
					}
					if !quiet {
						if err := c.Hears(ctx, 500, 200*time.Millisecond); err != nil {
							t.Error(err)
						}
					}
					if err := c.Hangup(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			idle(t, ctx, customers)
		})
	}
}

func TestUserIsUniqueOnAnExchange(t *testing.T) {
	x := must[*Exchange](t)(NewExchange(ExchangeOptions{}))
	t.Cleanup(x.Close)
	p := must[*Phone](t)(x.Phone(Options{User: "7"}))
	if _, err := x.Phone(Options{User: "7"}); err == nil {
		t.Error("a second phone 7 was taken")
	}
	p.Close()
	must[*Phone](t)(x.Phone(Options{User: "7"})) // its number is free again
	if _, err := x.Phone(Options{}); err == nil {
		t.Error("a phone without a user was taken")
	}
}

func TestBadAddressesAreNamed(t *testing.T) {
	if _, err := New(Options{User: "a", Bind: "nonsense"}); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("bad bind address: %v", err)
	}
	a := phone(t, Options{User: "a"})
	for _, to := range []string{"", "7", "sip:", "sip:@"} {
		if _, err := a.Dial(t.Context(), to, CallOptions{}); err == nil {
			t.Errorf("calling %q was begun", to)
		}
	}
	taken := a.x.Addr()
	if _, err := New(Options{User: "a", Bind: taken}); err == nil || !strings.Contains(err.Error(), taken) {
		t.Errorf("a port in use: %v", err)
	}
}
