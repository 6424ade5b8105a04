package telephony_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
	"hotline/telephony/memory"
)

// script is a line whose calls all do this.
type script func(context.Context, *telephony.Call)

func (s script) Serve(ctx context.Context, c *telephony.Call) { s(ctx, c) }

var (
	line     = full("+78005550100")
	customer = full("+78005550123")

	greeting = telephony.Say("ru", "greeting") // 2 s
	question = telephony.Say("ru", "question") // 2 s
)

func full(e164 string) telephony.Number {
	return telephony.Number{E164: e164, Raw: e164, Kind: telephony.Full}
}

// in runs a test in its own time, with a switch that serves a script. When the test has done its part everything is to be
// over: the switch is empty, and no goroutine is left (synctest sees to that).
func in(t *testing.T, o memory.Options, s script, test func(*memory.Switch)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sw := memory.New(o)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- sw.Run(ctx, s) }()
		synctest.Wait()
		test(sw)
		time.Sleep(time.Second) // the last events arrive
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the controller ended with %v", err)
		}
		if channels, bridges := sw.Leftovers(); channels != 0 || bridges != 0 {
			t.Errorf("%d channels and %d bridges are left", channels, bridges)
		}
	})
}

// timetable is a customer who acts at times after the call.
type timetable map[time.Duration]func(*memory.Customer)

func types(digits string) func(*memory.Customer) {
	return func(c *memory.Customer) { c.Type(digits) }
}

// call places a call, runs the timetable, and waits for the end of the call.
func call(sw *memory.Switch, acts timetable) *memory.Customer {
	c := sw.Call(customer, line)
	for at, act := range acts {
		time.AfterFunc(at, func() { act(c) })
	}
	<-c.Ended()
	synctest.Wait() // phones become idle
	return c
}

// transcript is what a customer heard, a line each.
func transcript(c *memory.Customer) string {
	var lines []string
	for _, h := range c.Hears() {
		lines = append(lines, h.String())
	}
	return strings.Join(lines, "\n")
}

func TestEveryVerbReturnsErrHangupOnceTheCallerIsGone(t *testing.T) {
	verbs := map[string]func(context.Context, *telephony.Call) error{
		"Answer": func(ctx context.Context, c *telephony.Call) error { return c.Answer(ctx) },
		"Play":   func(ctx context.Context, c *telephony.Call) error { return c.Play(ctx, greeting) },
		"Mark":   func(ctx context.Context, c *telephony.Call) error { return c.Mark(ctx, "note") },
		"Collect": func(ctx context.Context, c *telephony.Call) error {
			_, err := c.Collect(ctx, telephony.Collect{})
			return err
		},
		"Menu": func(ctx context.Context, c *telephony.Call) error {
			_, err := c.Menu(ctx, telephony.Menu{Choices: "1"})
			return err
		},
		"Music": func(ctx context.Context, c *telephony.Call) error { _, err := c.Music(ctx, "default"); return err },
		"Record": func(ctx context.Context, c *telephony.Call) error {
			_, err := c.Record(ctx, c.NameRecording(), 0, 0, "")
			return err
		},
		"Dial": func(ctx context.Context, c *telephony.Call) error {
			_, err := c.Dial(ctx, "phone:7", customer, "", time.Second)
			return err
		},
		"Transfer": func(ctx context.Context, c *telephony.Call) error {
			_, err := c.Transfer(ctx, telephony.Transfer{To: "phone:7"})
			return err
		},
	}
	for name, verb := range verbs {
		t.Run(name, func(t *testing.T) {
			in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
				c.Answer(ctx)
				<-c.Gone()
				if err := verb(ctx, c); !errors.Is(err, telephony.ErrHangup) {
					t.Errorf("%s returned %v", name, err)
				}
			}, func(sw *memory.Switch) {
				sw.Phone("7")
				call(sw, timetable{time.Second: (*memory.Customer).Hangup})
			})
		})
	}
}

// refusing is a driver that says of the caller's leg that it is gone, after something has happened.
type refusing struct {
	telephony.Driver
	meanwhile func()
}

func (r refusing) Answer(context.Context, telephony.LegID) error {
	r.meanwhile()
	return telephony.ErrGone
}

func TestWhatIsRefusedAsHotlineStopsIsNoHangup(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	left := telephony.NewCall(refusing{meanwhile: func() { stop(telephony.ErrHandover) }}, telephony.Arrival{ID: "c1", Leg: "1"})
	if err := left.Answer(ctx); !errors.Is(err, telephony.ErrHandover) || left.Left() {
		t.Errorf("the call that is left to the next Hotline ended with %v, left: %v", err, left.Left())
	}
	gone := telephony.NewCall(refusing{meanwhile: func() {}}, telephony.Arrival{ID: "c2", Leg: "2"})
	if err := gone.Answer(t.Context()); !errors.Is(err, telephony.ErrHangup) || !gone.Left() {
		t.Errorf("the call whose caller is gone ended with %v, left: %v", err, gone.Left())
	}
}

func TestBoundContextEndsWithTheCaller(t *testing.T) {
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		bound, cancel := c.Bound(ctx)
		defer cancel()
		begin := time.Now()
		<-bound.Done()
		if cause := context.Cause(bound); cause != telephony.ErrHangup || time.Since(begin) != 3*time.Second {
			t.Errorf("bound ended with %v after %v", cause, time.Since(begin))
		}
	}, func(sw *memory.Switch) {
		call(sw, timetable{3 * time.Second: (*memory.Customer).Hangup})
	})
}

func TestNoteMustBeShortPrintableText(t *testing.T) {
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		for note, ok := range map[string]bool{
			`{"queue":"Справка"}`:     true,
			strings.Repeat("x", 4096): true,
			strings.Repeat("x", 4097): false,
			"two\nlines":              false,
			"broken \xff text":        false,
		} {
			if err := c.Mark(ctx, note); (err == nil) != ok {
				t.Errorf("marking with %.20q returned %v", note, err)
			}
		}
	}, func(sw *memory.Switch) { call(sw, nil) })
}

func TestMusicPausesForAnnouncementsAndGoesOn(t *testing.T) {
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		stop, err := c.Music(ctx, "calm")
		if err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		c.Play(ctx, greeting)
		time.Sleep(time.Second)
		c.Menu(ctx, telephony.Menu{Prompt: question, Choices: "1"}) // stopped after half a second
		time.Sleep(time.Second)
		stop()
		stop()
		time.Sleep(time.Second)
	}, func(sw *memory.Switch) {
		c := call(sw, timetable{4500 * time.Millisecond: types("1")})
		want := []time.Duration{time.Second, 2 * time.Second, time.Second, 500 * time.Millisecond, time.Second}
		var took []time.Duration
		for _, h := range c.Hears() {
			took = append(took, h.For)
		}
		if got := transcript(c); got != "music:calm\nru greeting\nmusic:calm\nru question\nmusic:calm" || !slices.Equal(took, want) {
			t.Errorf("heard %s\nfor %v", got, took)
		}
	})
}

func TestMissingSoundIsAnErrorOfPlayAndNotAHangup(t *testing.T) {
	o := memory.Options{Lengths: map[telephony.Sound]time.Duration{"greeting": -1}}
	in(t, o, func(ctx context.Context, c *telephony.Call) {
		if err := c.Play(ctx, greeting); err == nil || errors.Is(err, telephony.ErrHangup) {
			t.Errorf("play returned %v", err)
		}
	}, func(sw *memory.Switch) { call(sw, nil) })
}

func TestMusicIsNoPartOfAnAnnouncement(t *testing.T) {
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		if err := c.Play(ctx, telephony.Announcement{Parts: []telephony.Part{telephony.Music("calm")}}); err == nil {
			t.Error("music was played as an announcement")
		}
	}, func(sw *memory.Switch) { call(sw, nil) })
}

func TestRecordingTellsTheLengthOfTheMessageOfACallerWhoHangsUp(t *testing.T) {
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		lasted, err := c.Record(ctx, c.NameRecording(), time.Minute, 0, "#")
		if lasted == 0 || !errors.Is(err, telephony.ErrHangup) {
			t.Errorf("recording of %s ended with %v", lasted, err)
		}
	}, func(sw *memory.Switch) {
		call(sw, timetable{7 * time.Second: (*memory.Customer).Hangup})
		if all := sw.Recordings(); len(all) != 1 || all[0].For != 7*time.Second {
			t.Errorf("recorded %+v", all)
		}
	})
}

// Whatever customers, phones and supervisors do, and whenever Hotline dies, nothing is left at the end.
func TestNothingIsLeftWhateverPeopleDo(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d", seed)
				}
			}()
			disorder(t, rand.New(rand.NewPCG(seed, 0)))
		})
		if t.Failed() {
			return
		}
	}
}

func disorder(t *testing.T, dice *rand.Rand) {
	ctx, stop := context.WithCancel(t.Context())
	sw := memory.New(memory.Options{Latency: time.Duration(dice.IntN(3)) * 40 * time.Millisecond})
	var phones []*memory.Phone
	for _, id := range []string{"1", "2", "3"} {
		phones = append(phones, sw.Phone(id))
	}
	var lives sync.WaitGroup
	lives.Go(func() {
		for ctx.Err() == nil { // started again after each crash
			if err := sw.Run(ctx, script(anything)); err != nil && err != memory.ErrCrashed {
				t.Error(err)
			}
		}
	})
	for range 40 {
		time.Sleep(time.Duration(dice.IntN(20)) * 20 * time.Millisecond)
		p := phones[dice.IntN(len(phones))]
		switch dice.IntN(12) {
		case 0, 1, 2:
			c := sw.Call(customer, line)
			time.AfterFunc(time.Duration(dice.IntN(400))*20*time.Millisecond, c.Hangup)
			time.AfterFunc(time.Duration(dice.IntN(100))*20*time.Millisecond, func() { c.Type("12") })
		case 3, 4, 5, 6:
			p.Answer()
		case 7:
			p.Decline()
		case 8, 9:
			p.Hangup()
		case 10:
			p.Reachable(dice.IntN(3) > 0)
		case 11:
			sw.Crash()
		}
	}
	time.Sleep(30 * time.Second)
	channels, bridges := sw.Leftovers()
	if channels != 0 || bridges != 0 {
		t.Errorf("%d channels and %d bridges are left", channels, bridges)
	}
	stop()
	lives.Wait()
}

// anything is a script with all verbs in it, and without care for errors.
func anything(ctx context.Context, c *telephony.Call) {
	if v, ok := c.Rejoin(ctx); ok {
		v.Talk(ctx)
	}
	c.Answer(ctx)
	stop, _ := c.Music(ctx, "default")
	defer stop()
	digit, _ := c.Menu(ctx, telephony.Menu{Prompt: question, Choices: "123", Wait: time.Second, Tries: 1})
	to := telephony.Address("phone:" + string(max(digit, '1')))
	leg, err := c.Dial(ctx, to, customer, "", time.Second)
	if err != nil {
		c.Transfer(ctx, telephony.Transfer{To: "phone:3", Timeout: time.Second, Music: "default"})
		return
	}
	var listens sync.WaitGroup
	defer listens.Wait()
	over, end := context.WithTimeout(ctx, 2*time.Second)
	defer end()
	v := c.Converse(leg.As(telephony.Agent))
	listens.Go(func() {
		if o, err := c.Oversee(over, telephony.Summons{To: "phone:2", Timeout: time.Second, Manner: telephony.Whispers, Music: "default"}); err == nil {
			listens.Go(func() { o.Become(over, telephony.Speaks) })
			o.Attend(over)
		}
	})
	v.Talk(over)
	c.Play(ctx, greeting)
}
