package conformance

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"hotline/telephony"
)

var promptScenarios = []scenario{
	{"CallArrivesWithNumberAndName", callArrives},
	{"WithheldNumberIsAnonymous", withheldNumber},
	{"CallerHearsPromptToTheEnd", hearsPromptToTheEnd},
	{"MusicGoesOnAfterAnAnnouncementInWhichHotlineDied", crashInAnnouncement},
	{"DigitStopsPromptWhereAsked", digitStopsPrompt},
	{"DigitDoesNotStopPlayAndIsKept", typedAheadIsKept},
	{"DigitsAreTakenInOrderOnManyCallsAtOnce", manyCallers},
	{"MusicGoesOnAfterAnnouncement", musicGoesOn},
	{"RecordingEndsWithDigit", recordingEndsWithDigit},
	{"RecordingEndsWhenLongEnough", recordingEndsByItself},
	{"RecordingEndsInSilence", recordingEndsInSilence},
	{"LineHangsUpFromAnotherGoroutine", hangupFromOutside},
	{"CallerIsHungUpWhenServed", hungUpWhenServed},
	{"HangupInPlay", hangupIn(func(ctx context.Context, c *telephony.Call) error {
		return c.Play(ctx, longPrompt)
	})},
	{"HangupInCollect", hangupIn(func(ctx context.Context, c *telephony.Call) error {
		_, err := c.Collect(ctx, telephony.Collect{Prompt: longPrompt, Max: 1})
		return err
	})},
	{"HangupInMenu", hangupIn(func(ctx context.Context, c *telephony.Call) error {
		_, err := c.Menu(ctx, telephony.Menu{Prompt: longPrompt, Choices: "12"})
		return err
	})},
	{"HangupInMusic", hangupIn(func(ctx context.Context, c *telephony.Call) error {
		stop, err := c.Music(ctx, "default")
		if err != nil {
			return err
		}
		defer stop()
		bound, cancel := c.Bound(ctx)
		defer cancel()
		<-bound.Done()
		return context.Cause(bound)
	})},
	{"HangupInRecord", hangupIn(func(ctx context.Context, c *telephony.Call) error {
		_, err := c.Record(ctx, c.NameRecording(), time.Minute, 0, "#")
		return err
	})},
}

func callArrives(t *testing.T, b Bench) {
	const name = `Иван "the" <Bob>`
	arrivals := line(func(_ context.Context, c *telephony.Call) telephony.Arrival { return c.Arrival() })
	b.Connect(arrivals)
	customer := b.Call(customersNumber, name)
	a := await(t, arrivals.result, "the call")
	if a.From.Key() != customersNumber || a.Name != name || a.ID == "" || a.Leg == "" || a.At.IsZero() || a.Resume != nil {
		t.Errorf("arrival is %+v", a)
	}
	hangUp(t, b, customer)
}

func withheldNumber(t *testing.T, b Bench) {
	arrivals := line(func(_ context.Context, c *telephony.Call) telephony.Arrival { return c.Arrival() })
	b.Connect(arrivals)
	customer := b.Call("", "")
	if a := await(t, arrivals.result, "the call"); a.From.Kind != telephony.Anonymous {
		t.Errorf("a withheld number came as %+v", a.From)
	}
	hangUp(t, b, customer)
}

func hearsPromptToTheEnd(t *testing.T, b Bench) {
	type played struct {
		took time.Duration
		err  error
	}
	plays := line(func(ctx context.Context, c *telephony.Call) played {
		if err := c.Answer(ctx); err != nil {
			return played{0, err}
		}
		begin := time.Now()
		err := c.Play(ctx, prompt)
		return played{time.Since(begin), err}
	})
	customer, _ := onLine(t, b, plays)
	eventually(t, "the customer hears the prompt", func() bool { return customer.Hears(nil) })
	if p := await(t, plays.result, "the end of the prompt"); p.err != nil || p.took < promptMin {
		t.Errorf("played for %v, error %v", p.took, p.err)
	}
	hangUp(t, b, customer)
}

// typed is what came of a verb that takes digits.
type typed struct {
	digits string
	took   time.Duration
	err    error
}

func (d typed) String() string { return fmt.Sprintf("%q after %v, error %v", d.digits, d.took, d.err) }

func digitStopsPrompt(t *testing.T, b Bench) {
	silent := make(chan struct{})
	asks := line(func(ctx context.Context, c *telephony.Call) typed {
		if err := c.Answer(ctx); err != nil {
			return typed{err: err}
		}
		begin := time.Now()
		digits, err := c.Collect(ctx, telephony.Collect{Prompt: longPrompt, Max: 1})
		took := time.Since(begin)
		<-silent
		return typed{digits, took, err}
	})
	customer, _ := onLine(t, b, asks)
	eventually(t, "the customer hears the prompt", func() bool { return customer.Hears(nil) })
	customer.Type("7")
	eventually(t, "the prompt stops", func() bool { return !customer.Hears(nil) })
	close(silent)
	if d := await(t, asks.result, "the digit"); d.digits != "7" || d.err != nil || d.took > longMin {
		t.Errorf("collected %v", d)
	}
	hangUp(t, b, customer)
}

func typedAheadIsKept(t *testing.T, b Bench) {
	asks := line(func(ctx context.Context, c *telephony.Call) typed {
		err := errors.Join(c.Answer(ctx), c.Play(ctx, prompt))
		if err != nil {
			return typed{err: err}
		}
		begin := time.Now()
		digits, err := c.Collect(ctx, telephony.Collect{Prompt: longPrompt, Until: '#'})
		return typed{digits, time.Since(begin), err}
	})
	customer, _ := onLine(t, b, asks)
	begin := time.Now()
	eventually(t, "the customer hears the prompt", func() bool { return customer.Hears(nil) })
	customer.Type("42#")
	d := await(t, asks.result, "the digits")
	if d.digits != "42" || d.err != nil || d.took > longMin {
		t.Errorf("collected %v", d)
	}
	if whole := time.Since(begin); whole < promptMin {
		t.Errorf("a digit stopped a prompt that takes none, after %v", whole)
	}
	hangUp(t, b, customer)
}

func manyCallers(t *testing.T, b Bench) {
	const many, number = 10, "1234567890"
	asks := line(func(ctx context.Context, c *telephony.Call) typed {
		if err := c.Answer(ctx); err != nil {
			return typed{err: err}
		}
		digits, err := c.Collect(ctx, telephony.Collect{Max: len(number), First: soon, Between: soon})
		return typed{digits: digits, err: err}
	})
	b.Connect(asks)
	var customers []Party
	for range many {
		customers = append(customers, b.Call(customersNumber, "Ivan"))
	}
	for _, customer := range customers {
		eventuallyIs(t, "the customer", customer, Talking)
		go customer.Type(number)
	}
	for range many {
		if d := await(t, asks.result, "the digits"); d.digits != number || d.err != nil {
			t.Errorf("collected %v", d)
		}
	}
	for _, customer := range customers {
		eventuallyIs(t, "the customer", customer, Idle)
	}
	nothingIsLeft(t, b)
}

func musicGoesOn(t *testing.T, b Bench) {
	announced, heard := make(chan error, 1), make(chan struct{})
	waits := line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		stop, err := c.Music(ctx, "default")
		if err != nil {
			return err
		}
		announced <- c.Play(ctx, prompt)
		<-heard
		stop()
		_, err = c.Collect(ctx, telephony.Collect{Max: 1, First: time.Minute})
		return err
	})
	customer, _ := onLine(t, b, waits)
	if err := await(t, announced, "the end of the announcement"); err != nil {
		t.Errorf("the announcement failed: %v", err)
	}
	eventually(t, "the music goes on after the announcement", func() bool { return customer.Hears(nil) })
	close(heard)
	eventually(t, "the music stops", func() bool { return !customer.Hears(nil) })
	customer.Type("1")
	if err := await(t, waits.result, "the digit"); err != nil {
		t.Error(err)
	}
	hangUp(t, b, customer)
}

func recordingEndsWithDigit(t *testing.T, b Bench) {
	recording := make(chan struct{})
	records := line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		close(recording)
		_, err := c.Record(ctx, c.NameRecording(), time.Minute, 0, "#")
		return err
	})
	customer, _ := onLine(t, b, records)
	await(t, recording, "the recording")
	// The request may still be on its way, so the impatient customer presses the key again.
	deadline := time.After(soon)
	for {
		customer.Type("#")
		select {
		case err := <-records.result:
			if err != nil {
				t.Error(err)
			}
			hangUp(t, b, customer)
			return
		case <-time.After(500 * time.Millisecond):
		case <-deadline:
			t.Fatal("the digit did not end the recording")
		}
	}
}

func recordingEndsByItself(t *testing.T, b Bench) {
	const longest = 2 * time.Second
	records := line(func(ctx context.Context, c *telephony.Call) typed {
		if err := c.Answer(ctx); err != nil {
			return typed{err: err}
		}
		begin := time.Now()
		_, err := c.Record(ctx, c.NameRecording(), longest, 0, "")
		return typed{took: time.Since(begin), err: err}
	})
	customer, _ := onLine(t, b, records)
	if d := await(t, records.result, "the end of the recording"); d.err != nil || d.took < longest/2 {
		t.Errorf("recorded %v", d)
	}
	hangUp(t, b, customer)
}

// recordingEndsInSilence: who speaks is recorded, also for longer than the silence that ends it.
func recordingEndsInSilence(t *testing.T, b Bench) {
	const silence = 2 * time.Second
	recording := make(chan struct{})
	records := line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		close(recording)
		_, err := c.Record(ctx, c.NameRecording(), time.Minute, silence, "")
		return err
	})
	customer, _ := onLine(t, b, records)
	await(t, recording, "the recording")
	select {
	case err := <-records.result:
		t.Errorf("who speaks is cut short: %v", err)
	case <-time.After(2 * silence):
	}
	customer.Mute()
	if err := await(t, records.result, "the end of the recording"); err != nil {
		t.Error(err)
	}
	hangUp(t, b, customer)
}

func hangupFromOutside(t *testing.T, b Bench) {
	calls := make(chan *telephony.Call, 1)
	waits := line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		calls <- c
		return c.Play(ctx, longPrompt)
	})
	customer, _ := onLine(t, b, waits)
	c := await(t, calls, "the call")
	eventually(t, "the customer hears the prompt", func() bool { return customer.Hears(nil) })
	c.Hangup(t.Context())
	if err := await(t, waits.result, "the end of the prompt"); !errors.Is(err, telephony.ErrHangup) {
		t.Errorf("the prompt ended with %v", err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}

func hungUpWhenServed(t *testing.T, b Bench) {
	answers := line(func(ctx context.Context, c *telephony.Call) error { return c.Answer(ctx) })
	customer, _ := onLine(t, b, answers)
	if err := await(t, answers.result, "the answer"); err != nil {
		t.Error(err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}

// hangupIn is a customer who hangs up in a verb: it and all later verbs end in ErrHangup.
func hangupIn(verb func(context.Context, *telephony.Call) error) func(*testing.T, Bench) {
	return func(t *testing.T, b Bench) {
		inVerb := make(chan struct{})
		serves := line(func(ctx context.Context, c *telephony.Call) [2]error {
			if err := c.Answer(ctx); err != nil {
				return [2]error{err, err}
			}
			close(inVerb)
			first := verb(ctx, c)
			return [2]error{first, c.Play(ctx, prompt)}
		})
		customer, _ := onLine(t, b, serves)
		await(t, inVerb, "the verb")
		eventuallyIs(t, "the customer", customer, Talking)
		customer.Hangup()
		for _, err := range await(t, serves.result, "the hang-up") {
			if !errors.Is(err, telephony.ErrHangup) {
				t.Errorf("the verb ended with %v", err)
			}
		}
		nothingIsLeft(t, b)
	}
}

// crashInAnnouncement: whoever waits with music hears it again after an announcement in whose midst Hotline died.
func crashInAnnouncement(t *testing.T, b Bench) {
	begins := make(chan struct{}, 1)
	customer, crash := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		if _, err := c.Music(ctx, "default"); err != nil {
			return err
		}
		begins <- struct{}{}
		return c.Play(ctx, prompt)
	}))
	await(t, begins, "the announcement")
	<-time.After(promptMin / 2)
	crash()
	<-time.After(5 * promptMin) // it is over then
	music := 0
	for range looks {
		meet(func() {
			if customer.Hears(nil) {
				music++
			}
		})
	}
	if music < looks/2 { // music has its quiet moments
		t.Errorf("after the announcement the customer hears music at %d of %d looks", music, looks)
	}
	customer.Hangup()
	b.Connect(line(func(context.Context, *telephony.Call) error { return nil }))
	nothingIsLeft(t, b)
}
