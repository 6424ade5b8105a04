package telephony_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
	"hotline/telephony/memory"
)

// dials answers, dials phone 7 for 20 s, talks, and then greets whoever is still there.
func dials(t *testing.T, check func(*telephony.Leg, error)) script {
	return func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		leg, err := c.Dial(ctx, "phone:7", customer, "Ivan", 20*time.Second)
		check(leg, err)
		if err == nil {
			c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		}
		c.Play(ctx, greeting)
	}
}

func TestRingingEndsWithTheTimeout(t *testing.T) {
	in(t, memory.Options{}, dials(t, func(_ *telephony.Leg, err error) {
		var failed *telephony.DialError
		if !errors.Is(err, telephony.ErrNoAnswer) || !errors.As(err, &failed) || failed.To != "phone:7" {
			t.Errorf("dial ended with %v", err)
		}
	}), func(sw *memory.Switch) {
		phone := sw.Phone("7")
		begin := time.Now()
		call(sw, nil)
		if took := time.Since(begin); took != 22*time.Second {
			t.Errorf("the call took %v", took)
		}
		if phone.State() != memory.Idle {
			t.Error("the phone rings on")
		}
	})
}

// TestANoteThatCannotBeKeptKeepsNobodyFromAPhone: the caller would go from agent to agent, and reach none.
func TestANoteThatCannotBeKeptKeepsNobodyFromAPhone(t *testing.T) {
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		leg, err := c.DialAs(ctx, telephony.Dial{To: "phone:7", From: customer, Timeout: 20 * time.Second, Mark: strings.Repeat("x", 4097)})
		if err != nil {
			t.Fatalf("dialled with %v", err)
		}
		c.Converse(leg.As(telephony.Agent)).Talk(ctx)
	}, func(sw *memory.Switch) {
		phone := sw.Phone("7")
		phone.Answers(3 * time.Second)
		call(sw, timetable{9 * time.Second: (*memory.Customer).Hangup})
		if len(phone.Rings()) != 1 {
			t.Error("the phone did not ring")
		}
	})
}

func TestPhoneShowsWhoCalls(t *testing.T) {
	in(t, memory.Options{}, dials(t, func(leg *telephony.Leg, err error) {
		if err != nil || leg.To() != "phone:7" || leg.AnsweredAt().IsZero() {
			t.Errorf("dialled %+v, %v", leg, err)
		}
	}), func(sw *memory.Switch) {
		phone := sw.Phone("7")
		phone.Answers(3 * time.Second)
		call(sw, timetable{9 * time.Second: (*memory.Customer).Hangup})
		if r := phone.Rings(); len(r) != 1 || r[0].From != customer || r[0].Name != "Ivan" || r[0].Timeout != 20*time.Second {
			t.Errorf("the phone rang for %+v", r)
		}
	})
}

func TestBusyAndUnreachablePhonesAreTold(t *testing.T) {
	var causes []telephony.Cause
	in(t, memory.Options{}, dials(t, func(_ *telephony.Leg, err error) {
		var failed *telephony.DialError
		if errors.As(err, &failed) {
			causes = append(causes, failed.Cause)
		}
	}), func(sw *memory.Switch) {
		call(sw, nil) // there is no phone 7
		phone := sw.Phone("7")
		phone.Reachable(false)
		call(sw, nil)
		phone.Reachable(true)
		phone.Answers(0)
		talking := sw.Call(customer, line)
		synctest.Wait()
		call(sw, nil)
		talking.Hangup()
	})
	want := []telephony.Cause{telephony.CauseUnreachable, telephony.CauseUnreachable, telephony.CauseBusy}
	if len(causes) != 3 || causes[0] != want[0] || causes[1] != want[1] || causes[2] != want[2] {
		t.Errorf("dials ended with %v", causes)
	}
}

// Events take a second, so that the phone is answered well before the call learns it, and the caller is gone by then.
func TestAnswerThatIsToldAfterHangupIsHungUp(t *testing.T) {
	in(t, memory.Options{Latency: time.Second}, dials(t, func(_ *telephony.Leg, err error) {
		if !errors.Is(err, telephony.ErrHangup) {
			t.Errorf("dial ended with %v", err)
		}
	}), func(sw *memory.Switch) {
		phone := sw.Phone("7")
		phone.Answers(5 * time.Second)
		call(sw, timetable{4900 * time.Millisecond: (*memory.Customer).Hangup})
		time.Sleep(2 * time.Second)
		if phone.State() != memory.Idle {
			t.Errorf("the phone is %s", phone.State())
		}
	})
}

// The answer comes in the very instant of the timeout, or is told after it: one outcome, nothing left.
func TestAnswerAroundTheTimeoutHasOneOutcome(t *testing.T) {
	for _, latency := range []time.Duration{0, time.Millisecond} {
		outcomes := 0
		in(t, memory.Options{Latency: latency}, dials(t, func(leg *telephony.Leg, err error) {
			outcomes++
			if (leg == nil) == (err == nil) {
				t.Errorf("dial returned %v and %v", leg, err)
			}
		}), func(sw *memory.Switch) {
			phone := sw.Phone("7")
			phone.Answers(20 * time.Second)
			call(sw, timetable{30 * time.Second: (*memory.Customer).Hangup})
			if phone.State() != memory.Idle {
				t.Errorf("the phone is %s", phone.State())
			}
		})
		if outcomes != 1 {
			t.Errorf("%d outcomes", outcomes)
		}
	}
}

// A leg of the call that nobody waits for, as one dialled by a Hotline that is no more, is hung up when it comes alive.
func TestLegThatNobodyWaitsForIsHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hungUp := make(chan telephony.LegID, 2)
		c := telephony.NewCall(&listener{hungUp: hungUp}, telephony.Arrival{ID: "c", Leg: "caller"})
		c.Deliver(telephony.LegRinging{Leg: "c.old-1"})
		if id := <-hungUp; id != "c.old-1" {
			t.Errorf("hung up %s", id)
		}
		c.Deliver(telephony.LegAnswered{Leg: "c.old-2"})
		if id := <-hungUp; id != "c.old-2" {
			t.Errorf("hung up %s", id)
		}
		c.Deliver(telephony.LegAnswered{Leg: "caller"})
		synctest.Wait()
		if len(hungUp) > 0 {
			t.Error("the caller was hung up")
		}
	})
}

// listener is a switch of which only Hangup is asked.
type listener struct {
	telephony.Driver
	hungUp chan telephony.LegID
}

func (l *listener) Hangup(_ context.Context, leg telephony.LegID, _ telephony.Cause) error {
	l.hungUp <- leg
	return nil
}

func TestTalkSaysWhoLeft(t *testing.T) {
	var by []telephony.Role
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		leg, err := c.Dial(ctx, "phone:7", customer, "", time.Minute)
		if err != nil {
			t.Error(err)
			return
		}
		over, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		who, _ := c.Converse(leg.As(telephony.Agent)).Talk(over)
		by = append(by, who)
	}, func(sw *memory.Switch) {
		phone := sw.Phone("7")
		phone.Answers(0)
		call(sw, timetable{time.Second: func(*memory.Customer) { phone.Hangup() }})
		call(sw, timetable{time.Second: (*memory.Customer).Hangup})
		call(sw, nil)
	})
	if len(by) != 3 || by[0] != telephony.Agent || by[1] != telephony.Caller || by[2] != telephony.Nobody {
		t.Errorf("talks were ended by %v", by)
	}
}

func TestHandoverLeavesTalkAndMusicAndSilencesRinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sw := memory.New(memory.Options{})
		sw.Phone("7").Answers(0)
		ringing := sw.Phone("8")
		ctx, stop := context.WithCancelCause(t.Context())
		to := map[telephony.Number]telephony.Address{full("+7"): "phone:7", full("+8"): "phone:8"}
		serve := func(ctx context.Context, c *telephony.Call) {
			talk, ok := c.Rejoin(ctx)
			if !ok {
				c.Answer(ctx)
				music, _ := c.Music(ctx, "calm")
				defer music()
				leg, err := c.Dial(ctx, to[c.From()], customer, "", time.Minute)
				if err != nil {
					return
				}
				talk = c.Converse(leg.As(telephony.Agent))
			}
			talk.Talk(ctx)
		}
		ended := make(chan error, 1)
		go func() { ended <- sw.Run(ctx, script(serve)) }()
		talking, waiting := sw.Call(full("+7"), line), sw.Call(full("+8"), line)
		synctest.Wait()
		if ringing.State() != memory.Ringing {
			t.Error("the phone does not ring")
		}

		stop(telephony.ErrHandover)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if !talking.HearsPhone(sw.Phone("7")) || waiting.HearsMusic() != "calm" || ringing.State() != memory.Idle {
			t.Errorf("after the handover: talk %v, music %q, phone %s",
				talking.HearsPhone(sw.Phone("7")), waiting.HearsMusic(), ringing.State())
		}

		next, stopNext := context.WithCancel(t.Context())
		go func() { ended <- sw.Run(next, script(serve)) }()
		synctest.Wait()
		if !talking.HearsPhone(sw.Phone("7")) || ringing.State() != memory.Ringing {
			t.Error("the next Hotline did not go on")
		}
		talking.Hangup()
		waiting.Hangup()
		synctest.Wait()
		stopNext()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if channels, bridges := sw.Leftovers(); channels != 0 || bridges != 0 {
			t.Errorf("%d channels and %d bridges are left", channels, bridges)
		}
	})
}

// TestALegIsAskedUntilOneOfTheKeysIsPressed: other keys are nothing, and who hangs up has not answered.
func TestALegIsAskedUntilOneOfTheKeysIsPressed(t *testing.T) {
	for _, test := range []struct {
		does func(*memory.Phone)
		want byte
	}{
		{func(p *memory.Phone) { p.Type("51") }, '1'},
		{(*memory.Phone).Hangup, 0},
	} {
		asked := func(ctx context.Context, c *telephony.Call) {
			c.Answer(ctx)
			leg, err := c.Dial(ctx, "phone:7", customer, "Ivan", 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			key, err := c.AskLeg(ctx, leg, greeting, "12")
			if key != test.want || errors.Is(err, telephony.ErrNoAnswer) != (test.want == 0) {
				t.Errorf("the answer is %q, %v, and not %q", key, err, test.want)
			}
		}
		in(t, memory.Options{}, asked, func(sw *memory.Switch) {
			phone := sw.Phone("7")
			phone.Answers(3 * time.Second)
			go func() {
				time.Sleep(10 * time.Second) // the greeting was said, and is said again
				test.does(phone)
			}()
			call(sw, nil)
		})
	}
}
