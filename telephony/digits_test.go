package telephony_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/memory"
)

// collected is what one Collect of a call came to.
type collected struct {
	digits string
	err    error
	after  time.Duration // since the call was answered
}

// collects answers and collects, in turn. A prompt is 2 s long.
func collects(t *testing.T, acts timetable, asked ...telephony.Collect) (results []collected, c *memory.Customer) {
	t.Helper()
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		begin := time.Now()
		for _, k := range asked {
			digits, err := c.Collect(ctx, k)
			results = append(results, collected{digits, err, time.Since(begin)})
		}
	}, func(sw *memory.Switch) { c = call(sw, acts) })
	return results, c
}

func expect(t *testing.T, got []collected, want ...collected) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("collected %+v", got)
	}
	for i, w := range want {
		if g := got[i]; g.digits != w.digits || g.after != w.after || !errors.Is(g.err, w.err) {
			t.Errorf("collected %+v, not %+v", g, w)
		}
	}
}

func TestFirstDigitTimeRunsFromTheEndOfThePrompt(t *testing.T) {
	got, _ := collects(t, nil, telephony.Collect{Prompt: question, Max: 4, First: 5 * time.Second})
	expect(t, got, collected{"", telephony.ErrNoInput, 7 * time.Second})
}

func TestBetweenDigitTimeRunsFromEachDigit(t *testing.T) {
	got, c := collects(t, timetable{
		1 * time.Second: types("1"),
		3 * time.Second: types("2"),
		5 * time.Second: types("3"),
	}, telephony.Collect{Prompt: question, Max: 9, Between: 3 * time.Second})
	expect(t, got, collected{"123", nil, 8 * time.Second})
	if h := c.Hears(); len(h) != 1 || h[0].Whole || h[0].For != time.Second {
		t.Errorf("the first digit did not stop the prompt at once: %+v", h)
	}
}

func TestLastDigitEndsAtOnceAndTheRestIsKept(t *testing.T) {
	got, c := collects(t, timetable{time.Second: types("12345")},
		telephony.Collect{Prompt: question, Max: 3},
		telephony.Collect{Prompt: question, Max: 2})
	expect(t, got, collected{"123", nil, time.Second}, collected{"45", nil, time.Second})
	if n := len(c.Hears()); n != 1 {
		t.Errorf("one who had typed ahead heard %d prompts", n)
	}
}

func TestUntilEndsAtOnceAndIsNotIncluded(t *testing.T) {
	got, _ := collects(t, timetable{time.Second: types("42#7")},
		telephony.Collect{Prompt: question, Until: '#'},
		telephony.Collect{Max: 1})
	expect(t, got, collected{"42", nil, time.Second}, collected{"7", nil, time.Second})
}

func TestUntilAloneIsAnEmptyAnswer(t *testing.T) {
	got, _ := collects(t, timetable{time.Second: types("##")},
		telephony.Collect{Until: '#'},
		telephony.Collect{Until: '#', Min: 1})
	expect(t, got, collected{"", nil, time.Second}, collected{"", telephony.ErrNoInput, time.Second})
}

func TestTooFewDigitsAreNoInput(t *testing.T) {
	got, _ := collects(t, timetable{time.Second: types("12")},
		telephony.Collect{Prompt: question, Min: 3, Max: 6, Between: 2 * time.Second})
	expect(t, got, collected{"12", telephony.ErrNoInput, 3 * time.Second})
}

func TestFlushForgetsWhatWasTypedBefore(t *testing.T) {
	got, c := collects(t, timetable{time.Second: types("12"), 2 * time.Second: types("3")},
		telephony.Collect{Prompt: question, Max: 1},
		telephony.Collect{Prompt: question, Max: 1, Flush: true})
	expect(t, got, collected{"1", nil, time.Second}, collected{"3", nil, 2 * time.Second})
	if n := len(c.Hears()); n != 2 {
		t.Errorf("the second prompt was not played: %d", n)
	}
}

func TestPromptThatCannotBePlayedStillTakesDigits(t *testing.T) {
	o := memory.Options{Lengths: map[telephony.Sound]time.Duration{"question": -1}}
	in(t, o, func(ctx context.Context, c *telephony.Call) {
		if digits, err := c.Collect(ctx, telephony.Collect{Prompt: question, Max: 1}); digits != "1" || err != nil {
			t.Errorf("collected %q, %v", digits, err)
		}
		_, err := c.Collect(ctx, telephony.Collect{Prompt: question, Max: 1})
		if !errors.Is(err, telephony.ErrNoInput) || err.Error() == telephony.ErrNoInput.Error() {
			t.Errorf("the error does not tell of the prompt: %v", err)
		}
	}, func(sw *memory.Switch) { call(sw, timetable{time.Second: types("1")}) })
}

func TestContextEndsCollectWithItsCause(t *testing.T) {
	errOffer := errors.New("an offer came")
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		offer, cancel := context.WithTimeoutCause(ctx, 3*time.Second, errOffer)
		defer cancel()
		digits, err := c.Collect(offer, telephony.Collect{Prompt: question, Max: 4, First: time.Minute})
		if digits != "1" || !errors.Is(err, errOffer) {
			t.Errorf("collected %q, %v", digits, err)
		}
		if err := c.Play(ctx, greeting); err != nil {
			t.Errorf("the caller did not stay: %v", err)
		}
	}, func(sw *memory.Switch) { call(sw, timetable{time.Second: types("1")}) })
}

// chooses answers, asks with a menu of 1 and 2, and tells what was heard.
func chooses(t *testing.T, acts timetable) (digit byte, heard string, err error) {
	t.Helper()
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		c.Play(ctx, greeting)
		digit, err = c.Menu(ctx, telephony.Menu{
			Prompt: question, Invalid: telephony.Say("ru", "invalid"), NoInput: telephony.Say("ru", "silence"),
			Choices: "12", Wait: 4 * time.Second, Tries: 3,
		})
	}, func(sw *memory.Switch) { heard = transcript(call(sw, acts)) })
	return digit, heard, err
}

func TestMenuAsksAgainAfterSilenceAndAfterAWrongDigit(t *testing.T) {
	// The greeting is until 2 s, the first prompt until 4, silence until 8, the second prompt until 12.
	digit, heard, err := chooses(t, timetable{9 * time.Second: types("91"), 10 * time.Second: types("2")})
	want := "ru greeting\nru question\nru silence question\nru invalid question"
	if digit != '2' || err != nil || heard != want {
		t.Errorf("chose %q, %v, and heard\n%s", digit, err, heard)
	}
}

func TestMenuGivesUpAfterItsTries(t *testing.T) {
	digit, heard, err := chooses(t, nil)
	want := "ru greeting\nru question\nru silence question\nru silence question"
	if digit != 0 || err != telephony.ErrNoChoice || heard != want {
		t.Errorf("chose %q, %v, and heard\n%s", digit, err, heard)
	}
}

func TestMenuIsNotPlayedToOneWhoHasChosenAhead(t *testing.T) {
	digit, heard, err := chooses(t, timetable{time.Second: types("1")})
	if digit != '1' || err != nil || heard != "ru greeting" {
		t.Errorf("chose %q, %v, and heard\n%s", digit, err, heard)
	}
}

func TestSkippableAnnouncementEndsAtTheFirstDigitWhichIsKept(t *testing.T) {
	in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
		c.Answer(ctx)
		begin := time.Now()
		if err := c.PlayUntilTyped(ctx, greeting); err != nil || time.Since(begin) != time.Second {
			t.Errorf("ended after %s: %v", time.Since(begin), err)
		}
		if err := c.PlayUntilTyped(ctx, greeting); err != nil || time.Since(begin) != time.Second {
			t.Errorf("who has typed ahead hears it all the same, until %s: %v", time.Since(begin), err)
		}
		digits, err := c.Collect(ctx, telephony.Collect{Prompt: question, Max: 1})
		if digits != "7" || err != nil || time.Since(begin) != time.Second {
			t.Errorf("collected %q, %v after %s", digits, err, time.Since(begin))
		}
		if err := c.PlayUntilTyped(ctx, greeting); err != nil || time.Since(begin) == time.Second {
			t.Errorf("without a digit it is not heard to its end: %s, %v", time.Since(begin), err)
		}
	}, func(sw *memory.Switch) { call(sw, timetable{time.Second: types("7")}) })
}
