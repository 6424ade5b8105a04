package asterisk

import (
	"context"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/softphone"
)

const ms = time.Millisecond

// TestEachPressOfAKeyIsOneDigit: however a phone reports its keys, and in whatever ways at once. What Asterisk keeps for the next Hotline is the same, but for
// phones that are known to report twice: nothing of theirs is kept.
func TestEachPressOfAKeyIsOneDigit(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	type heard struct{ digits, kept string }
	typed := make(chan heard, 10)
	s := New(realOptions(b.asterisk))
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		_ = c.Answer(ctx)
		_, _ = c.Music(ctx, "default")
		for {
			_ = c.MarkTyping(ctx, "asks")
			digits, err := c.Collect(ctx, telephony.Collect{Until: '#', First: time.Minute, Between: time.Minute})
			if err != nil {
				return
			}
			typed <- heard{digits, s.resync.typedOn(ctx, c.Arrival())}
		}
	}))
	phone := func(o softphone.Options) *softphone.Call {
		p := b.person(o)
		c, err := p.phone.Call(whole(t), lineNumber, softphone.CallOptions{From: "+78005550123"})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	events, tones := phone(softphone.Options{}), phone(softphone.Options{User: "tones", Tones: true})
	type key = softphone.Press
	// report types keys in RFC 4733, and each by INFO as well, so long after it was pressed.
	report := func(after, says time.Duration, keys ...key) func() error {
		return func() error {
			for _, k := range keys {
				go func() {
					time.Sleep(after) // a phone does
					_ = events.InfoDigit(whole(t), k.Key, says)
				}()
				if err := events.Type(whole(t), k); err != nil {
					return err
				}
			}
			time.Sleep(says) // Asterisk plays a key of INFO out, and puts off what is typed meanwhile
			return nil
		}
	}
	info := func(lasts time.Duration, keys string) func() error {
		return func() error {
			for _, k := range []byte(keys) {
				if err := events.InfoDigit(whole(t), k, lasts); err != nil {
					return err
				}
			}
			time.Sleep(time.Duration(len(keys)) * lasts)
			return nil
		}
	}
	known := false // that a phone reports twice
	for _, c := range []struct {
		how  string
		by   *softphone.Call
		want string
		do   func() error
	}{
		{"RFC 4733", events, "1123", func() error { return events.Digits(whole(t), "1123") }},
		{"RFC 4733, in haste", events, "1123", func() error {
			return events.Type(whole(t), key{Key: '1', Lasts: 40 * ms, Gap: 40 * ms}, key{Key: '1', Lasts: 40 * ms, Gap: 40 * ms}, key{Key: '2', Lasts: 40 * ms, Gap: 40 * ms}, key{Key: '3'})
		}},
		{"RFC 4733 held long", events, "55", func() error { return events.Type(whole(t), key{Key: '5', Lasts: 2 * time.Second}, key{Key: '5'}) }},
		{"RFC 4733 without its end", events, "66", func() error { return events.Type(whole(t), key{Key: '6', LoseEnd: true, Gap: 500 * ms}, key{Key: '6'}) }},
		{"RFC 4733 with its end ten times", events, "77", func() error { return events.Type(whole(t), key{Key: '7', Ends: 10}, key{Key: '7'}) }},
		{"INFO", events, "1123", info(100*ms, "1123")},
		{"INFO of 250 ms", events, "1123", info(250*ms, "1123")},
		{"tones", tones, "1123", func() error { return tones.PlayKeys(whole(t), "1123", 90*ms) }},
		{"both, INFO when pressed", events, "1", report(0, 100*ms, key{Key: '1'})},
		{"both, INFO when released", events, "2", report(100*ms, 100*ms, key{Key: '2'})},
		{"both, INFO late", events, "3", report(160*ms, 100*ms, key{Key: '3'})},
		{"both, held long, INFO when pressed", events, "4", report(0, 160*ms, key{Key: '4', Lasts: time.Second})},
		{"both, held long, INFO when released", events, "5", report(time.Second, time.Second, key{Key: '5', Lasts: time.Second})},
		{"both, two presses of one key", events, "1123", report(0, 100*ms, key{Key: '1', Gap: 200 * ms}, key{Key: '1', Gap: 200 * ms}, key{Key: '2', Gap: 200 * ms}, key{Key: '3', Gap: 200 * ms})},
		{"both, two presses of one key, INFO when released", events, "1123", report(100*ms, 100*ms, key{Key: '1', Gap: 200 * ms}, key{Key: '1', Gap: 200 * ms}, key{Key: '2', Gap: 200 * ms}, key{Key: '3', Gap: 200 * ms})},
	} {
		end := func() error { return events.Digits(whole(t), "#") }
		if c.by == tones {
			end = func() error { return tones.PlayKeys(whole(t), "#", 100*ms) }
		}
		var got heard
		for range 3 { // a machine so busy that packets are late by 0.4 s makes two presses of one
			if err := c.do(); err != nil {
				t.Fatalf("%s: %v", c.how, err)
			}
			time.Sleep(300 * ms) // as a person does between two keys
			if err := end(); err != nil {
				t.Fatal(err)
			}
			if got = within(t, typed, c.how); got.digits == c.want {
				break
			}
			t.Logf("%s: typed %q, heard %q", c.how, c.want, got.digits)
			time.Sleep(time.Second) // what Asterisk still plays out is over then
			for len(typed) > 0 {
				<-typed
			}
		}
		if got.digits != c.want {
			t.Errorf("%s: typed %q, heard %q", c.how, c.want, got.digits)
		}
		switch kept := got.kept; {
		case !strings.HasPrefix(c.how, "both"):
			if kept != c.want+"#" {
				t.Errorf("%s: typed %q, kept %q", c.how, c.want+"#", kept)
			}
		case known && kept != "":
			t.Errorf("%s: the phone is known to report twice, and %q is kept", c.how, kept)
		default:
			known = true
		}
		time.Sleep(300 * ms)
	}
	_ = events.Hangup(whole(t))
	_ = tones.Hangup(whole(t))
	empty(t, b.asterisk)
}

// TestKeysAreTakenAlsoAfterTheClockWasSetBack: reports bear the time by the clock of Asterisk's machine.
func TestKeysAreTakenAlsoAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	var p presses
	at := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for i, x := range []struct {
		after time.Duration
		again bool
	}{{0, false}, {10 * ms, true}, {-time.Hour, false}, {-time.Hour + 5*time.Second, false}, {-time.Hour + 5*time.Second + 10*ms, true}} {
		if got := p.again('5', at.Add(x.after), 100*ms); got != x.again {
			t.Errorf("report %d is of the press before: %v", i+1, got)
		}
	}
}
