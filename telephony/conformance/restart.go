package conformance

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
)

var restartScenarios = []scenario{
	{"MarkSurvivesRestart", markSurvives},
	{"NoteIsWrittenWhileTheCallerIsAsked", markedAsAsked},
	{"MusicSurvivesRestart", musicSurvives},
	{"WhatWasSaidEndsWithTheNextHotline", saidAtCrash},
	{"RecordingSurvivesRestartUntilItIsEnded", recordingSurvives},
	{"TalkSurvivesRestart", talkSurvives},
	{"AgentWhoLeavesInTheGapLeavesTheCaller", agentLeavesInGap},
	{"CallerWhoLeavesInTheGapLeavesNothing", callerLeavesInGap},
	{"TalkThatIsNotRejoinedLeavesNothing", notRejoined},
	{"PhoneStopsRingingAfterRestart", ringingAtCrash},
	{"PhoneStopsRingingThoughNoHotlineComes", ringingForNobody},
	{"NoteThatComesWithTheDiallingIsFound", notedByDialling},
	{"PhoneAnsweredInTheGapIsFound", answeredInGap},
	{"PhoneAnsweredInTheGapIsLetGoWithItsCaller", callerLeavesAnswered},
	{"PhoneAnsweredInTheGapForNobodyIsLetGo", answeredForNobody},
	{"KeysOfTheGapAreTaken", keysOfTheGap},
	{"KeysOfTheGapAreTakenThoughNothingWasMarked", keysUnmarked},
	{"KeysThatNobodyAskedForAreNotKept", keysUnasked},
	{"CallOfTheGapIsServed", callOfTheGap},
}

// found is a line that tells what it found, and stays with the caller.
func found() (telephony.Line, <-chan *telephony.Call) {
	calls := make(chan *telephony.Call, 100)
	return line(func(ctx context.Context, c *telephony.Call) error {
		calls <- c
		return stay(ctx, c)
	}), calls
}

func markSurvives(t *testing.T, b Bench) {
	const note = `{"phase":"queue","queue":"information","path":["Справка"],"since":"2026-03-01T12:00:00Z"}`
	marked := make(chan telephony.CallID, 1)
	customer, crash := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		err := errors.Join(c.Answer(ctx), c.Mark(ctx, "an older note"), c.Mark(ctx, note))
		if err != nil {
			t.Error(err)
		}
		marked <- c.ID()
		return stay(ctx, c)
	}))
	id := await(t, marked, "the mark")
	eventuallyIs(t, "the customer", customer, Talking)
	crash()
	next, calls := found()
	b.Connect(next)
	c := await(t, calls, "the call after the restart")
	r := c.Arrival().Resume
	if r == nil || r.Note != note || !r.Answered || len(r.Bridged) != 0 || c.ID() != id || c.From().Key() != customersNumber {
		t.Errorf("call %s was found again as %s: %+v", id, c.ID(), r)
	}
	if err := c.Answer(t.Context()); err != nil {
		t.Errorf("answering again is not without effect: %v", err)
	}
	hangUp(t, b, customer)
}

func recordingSurvives(t *testing.T, b Bench) {
	names := make(chan telephony.MediaID, 1)
	customer, crash := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		id := c.NameRecording()
		if err := c.Answer(ctx); err != nil {
			return err
		}
		names <- id
		_, err := c.Record(ctx, id, time.Minute, 0, "")
		return err
	}))
	id := await(t, names, "the recording")
	eventuallyIs(t, "the customer", customer, Talking)
	time.Sleep(3 * time.Second) // that it has begun is not told
	crash()
	next, calls := found()
	b.Connect(next)
	c := await(t, calls, "the call after the restart")
	ended := c.EndRecording(t.Context(), id)
	again := c.EndRecording(t.Context(), id)
	never := c.EndRecording(t.Context(), c.NameRecording())
	if ended != nil || again != nil || !errors.Is(never, telephony.ErrGone) {
		t.Errorf("the recording was ended with %v, and again with %v; one that never was with %v", ended, again, never)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := c.Play(ctx, telephony.Announcement{Language: "en", Parts: []telephony.Part{telephony.Digits("1")}}); err != nil {
		t.Errorf("what is said then: %v", err)
	}
	hangUp(t, b, customer)
}

func musicSurvives(t *testing.T, b Bench) {
	customer, crash := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		stop, err := c.Music(ctx, "default")
		if err != nil {
			return err
		}
		defer stop()
		return stay(ctx, c)
	}))
	eventually(t, "the customer hears music", func() bool { return customer.Hears(nil) })
	crash()
	eventually(t, "the music has not ended with the controller", func() bool { return customer.Hears(nil) })
	played := make(chan error, 1)
	b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		stop, err := c.Music(ctx, "default")
		if err != nil {
			return err
		}
		played <- c.Play(ctx, prompt)
		stop()
		return stay(ctx, c)
	}))
	if err := await(t, played, "the announcement after the restart"); err != nil {
		t.Error(err)
	}
	eventually(t, "the music stops", func() bool { return !customer.Hears(nil) })
	hangUp(t, b, customer)
}

// markedAsAsked: what is said to the caller in a talk keeps no note waiting.
func markedAsAsked(t *testing.T, b Bench) {
	v := converse(t, b)
	note := "is asked, and it's (\"quoted\"), =&%" + strings.Repeat(" ☎", 1000)
	took := make(chan time.Duration, 1)
	err := v.call.Conversation().Meanwhile(t.Context(), func(ctx context.Context) error {
		err := v.call.Conversation().Ask(ctx, longPrompt, promptMin, func(context.Context, byte, error) {})
		began := time.Now()
		err = errors.Join(err, v.call.Mark(ctx, note))
		took <- time.Since(began)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if took := await(t, took, "the note"); took > longMin/2 {
		t.Errorf("the note took %s, as if it waited for the end of what is said", took)
	}
	v.crash()
	b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		if r := c.Arrival().Resume; r == nil || r.Note != note {
			t.Errorf("the call was found again as %+v", r)
		}
		began := time.Now()
		err := c.Mark(ctx, "found")
		took <- time.Since(began)
		return errors.Join(err, stay(ctx, c))
	}))
	if took := await(t, took, "the note after the restart"); took > longMin/2 {
		t.Errorf("the note took %s after a restart, as if it waited for the end of what was said before", took)
	}
	hangUp(t, b, v.customer)
}

// saidAtCrash: nobody hears to its end what a Hotline said that has died, and what the next one says begins at once.
func saidAtCrash(t *testing.T, b Bench) {
	customer, crash := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		return errors.Join(c.Answer(ctx), c.Play(ctx, longPrompt))
	}))
	for range 2 {
		eventually(t, "the customer hears the announcement", func() bool { return customer.Hears(nil) })
		crash()
		heard := make(chan time.Duration, 1)
		crash = b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
			began := time.Now()
			if err := errors.Join(c.Mark(ctx, "found"), c.Play(ctx, prompt)); err != nil {
				t.Error(err)
			}
			heard <- time.Since(began)
			return c.Play(ctx, longPrompt)
		}))
		if took := await(t, heard, "the announcement after the restart"); took < promptMin || took > longMin {
			t.Errorf("what was said after the restart took %s: it waited for what was said before, or ended with that", took)
		}
	}
	hangUp(t, b, customer)
}

// resumes is a line that goes on with conversations, and plays a long prompt to those who have lost theirs.
func resumes() (next script[talked], rejoined <-chan *telephony.Conversation) {
	talks := make(chan *telephony.Conversation, 1)
	return line(func(ctx context.Context, c *telephony.Call) talked {
		if talk, ok := c.Rejoin(ctx); ok {
			talks <- talk
			by, err := talk.Talk(ctx)
			return talked{by, err}
		}
		return talked{err: c.Play(ctx, longPrompt)}
	}), talks
}

func talkSurvives(t *testing.T, b Bench) {
	v := converse(t, b)
	v.crash()
	eventually(t, "the crash has not ended the talk", v.hear)
	next, rejoined := resumes()
	b.Connect(next)
	await(t, rejoined, "the talk after the restart")
	eventually(t, "they hear each other", v.hear)
	v.phone.Hangup()
	if got := await(t, next.result, "the end of the talk"); got.by != telephony.Agent || got.err != nil {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the customer", v.customer, Idle)
	nothingIsLeft(t, b)
}

func agentLeavesInGap(t *testing.T, b Bench) {
	v := converse(t, b)
	v.crash()
	v.phone.Hangup()
	eventuallyIs(t, "the phone", v.phone, Idle)
	next, _ := resumes()
	b.Connect(next)
	eventually(t, "the customer hears the prompt", func() bool { return v.customer.Hears(nil) })
	v.customer.Hangup()
	if got := await(t, next.result, "the hang-up"); !errors.Is(got.err, telephony.ErrHangup) {
		t.Errorf("the call ended with %v", got.err)
	}
	nothingIsLeft(t, b)
}

func callerLeavesInGap(t *testing.T, b Bench) {
	converse(t, b).losesCallerInGap(t, b)
}

// losesCallerInGap lets the customer hang up while there is no Hotline.
func (v *conversation) losesCallerInGap(t *testing.T, b Bench) {
	t.Helper()
	v.crash()
	v.customer.Hangup()
	eventuallyIs(t, "the customer", v.customer, Idle)
	next, _ := found()
	b.Connect(next)
	eventuallyIs(t, "the phone", v.phone, Idle)
	nothingIsLeft(t, b)
}

func notRejoined(t *testing.T, b Bench) {
	v := converse(t, b)
	v.crash()
	next := line(func(context.Context, *telephony.Call) struct{} { return struct{}{} })
	b.Connect(next)
	await(t, next.result, "the call after the restart")
	eventuallyIs(t, "the customer", v.customer, Idle)
	eventuallyIs(t, "the phone", v.phone, Idle)
	nothingIsLeft(t, b)
}

func ringingAtCrash(t *testing.T, b Bench) {
	phone := b.Phone(true)
	serves, _ := dials(phone.Address(), time.Minute)
	customer, crash := onLine(t, b, serves)
	eventuallyIs(t, "the phone", phone, Ringing)
	crash()
	next, calls := found()
	b.Connect(next)
	c := await(t, calls, "the call after the restart")
	if r := c.Arrival().Resume; r == nil || len(r.Bridged) != 0 {
		t.Errorf("the call was found again as %+v", r)
	}
	eventuallyIs(t, "the phone", phone, Idle)
	hangUp(t, b, customer)
}

// The switch itself ends the ringing, some seconds after the time that the phone was given.
func ringingForNobody(t *testing.T, b Bench) {
	phone := b.Phone(true)
	serves, _ := dials(phone.Address(), 5*time.Second)
	customer, crash := onLine(t, b, serves)
	eventuallyIs(t, "the phone", phone, Ringing)
	crash()
	eventuallyIs(t, "the phone", phone, Idle)
	hangUp(t, b, customer)
}

func notedByDialling(t *testing.T, b Bench) {
	phone := b.Phone(true)
	note := "rings, and it's (\"quoted\"), and long" + strings.Repeat(" ☎", 1000)
	customer, crash := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		if err := errors.Join(c.Answer(ctx), c.Mark(ctx, "waits")); err != nil {
			return err
		}
		_, err := c.DialAs(ctx, telephony.Dial{To: phone.Address(), From: c.From(), Name: "Ivan", Timeout: time.Minute, Mark: note})
		return err
	}))
	eventuallyIs(t, "the phone", phone, Ringing)
	crash()
	next, calls := found()
	b.Connect(next)
	c := await(t, calls, "the call after the restart")
	if r := c.Arrival().Resume; r == nil || r.Note != note {
		t.Errorf("the call was found again as %+v", r)
	}
	eventuallyIs(t, "the phone", phone, Idle)
	hangUp(t, b, customer)
}

// answers dials a phone with a note, and has it picked up after a crash.
func answers(t *testing.T, b Bench) (phone Phone, customer Party) {
	phone = b.Phone(true)
	customer, crash := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		_, err := c.DialAs(ctx, telephony.Dial{To: phone.Address(), From: c.From(), Name: "Ivan", Timeout: time.Minute, Note: "offer 7"})
		return err
	}))
	eventuallyIs(t, "the phone", phone, Ringing)
	crash()
	phone.Answer()
	eventuallyIs(t, "the phone", phone, Talking)
	return phone, customer
}

func answeredInGap(t *testing.T, b Bench) {
	phone, customer := answers(t, b)
	next := line(func(ctx context.Context, c *telephony.Call) talked {
		leg := c.AnsweredInGap(ctx, "offer 7")
		if leg == nil {
			t.Errorf("nobody was found: %+v", c.Arrival().Resume)
			return talked{}
		}
		by, err := c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		return talked{by, err}
	})
	b.Connect(next)
	eventually(t, "they hear each other", func() bool { return customer.Hears(phone) && phone.Hears(customer) })
	phone.Hangup()
	if got := await(t, next.result, "the end of the talk"); got.by != telephony.Agent || got.err != nil {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}

func callerLeavesAnswered(t *testing.T, b Bench) {
	phone, customer := answers(t, b)
	customer.Hangup()
	eventuallyIs(t, "the customer", customer, Idle)
	next, _ := found()
	b.Connect(next)
	eventuallyIs(t, "the phone", phone, Idle)
	nothingIsLeft(t, b)
}

func answeredForNobody(t *testing.T, b Bench) {
	phone, customer := answers(t, b)
	b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		if leg := c.AnsweredInGap(ctx, "offer 8"); leg != nil {
			t.Errorf("%s was taken for another", leg.ID())
		}
		return stay(ctx, c)
	}))
	eventuallyIs(t, "the phone", phone, Idle)
	eventuallyIs(t, "the customer", customer, Talking)
	hangUp(t, b, customer)
}

// asks is a line that answers, marks the call, and asks for digits, of which it tells what was typed.
func asks(first chan<- string, mark func(ctx context.Context, c *telephony.Call) error) script[error] {
	return line(func(ctx context.Context, c *telephony.Call) error {
		if err := errors.Join(c.Answer(ctx), mark(ctx, c)); err != nil {
			return err
		}
		for {
			typed, err := c.Collect(ctx, telephony.Collect{Max: 1, First: time.Minute})
			if err != nil {
				return err
			}
			first <- typed
		}
	})
}

// Keys are kept from the mark on: what was typed ahead of it and not taken, what was typed after it, and what is typed while there is no Hotline.
func keysOfTheGap(t *testing.T, b Bench) {
	typed := make(chan string, 10)
	marked := make(chan struct{})
	var customer Party
	customer, crash := onLine(t, b, asks(typed, func(ctx context.Context, c *telephony.Call) error {
		defer close(marked)
		return c.MarkTyping(ctx, "asks for a number")
	}))
	await(t, marked, "the mark")
	eventuallyIs(t, "the customer", customer, Talking)
	customer.Type("1")
	await(t, typed, "the first key")
	crash()
	customer.Type("2#")
	next := make(chan string, 1)
	b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		number, err := c.Collect(ctx, telephony.Collect{Prompt: longPrompt, Until: '#'})
		next <- number
		return errors.Join(err, stay(ctx, c))
	}))
	if number := await(t, next, "the number"); number != "12" {
		t.Errorf("the next Hotline was typed %q", number)
	}
	hangUp(t, b, customer)
}

// A Hotline may die as soon as it has answered.
func keysUnmarked(t *testing.T, b Bench) {
	answered := make(chan struct{})
	customer, crash := onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		err := c.Answer(ctx)
		close(answered)
		return errors.Join(err, stay(ctx, c))
	}))
	await(t, answered, "the answer")
	eventuallyIs(t, "the customer", customer, Talking)
	crash()
	customer.Type("12#")
	next := make(chan string, 1)
	b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		number, err := c.Collect(ctx, telephony.Collect{Prompt: longPrompt, Until: '#'})
		next <- number
		return errors.Join(err, stay(ctx, c))
	}))
	if number := await(t, next, "the number"); number != "12" {
		t.Errorf("the next Hotline was typed %q", number)
	}
	hangUp(t, b, customer)
}

// Where nobody asks for keys, none is kept.
func keysUnasked(t *testing.T, b Bench) {
	typed := make(chan string, 10)
	marked := make(chan struct{})
	customer, crash := onLine(t, b, asks(typed, func(ctx context.Context, c *telephony.Call) error {
		defer close(marked)
		return errors.Join(c.MarkTyping(ctx, "asks"), c.Mark(ctx, "waits"))
	}))
	await(t, marked, "the mark")
	eventuallyIs(t, "the customer", customer, Talking)
	customer.Type("1")
	await(t, typed, "the first key")
	crash()
	customer.Type("2")
	next, calls := found()
	b.Connect(next)
	if r := await(t, calls, "the call after the restart").Arrival().Resume; r == nil || r.Note != "waits" || r.Typed != "" {
		t.Errorf("it was found with %+v", r)
	}
	hangUp(t, b, customer)
}

// It may come as one found again, where it has got to the switch's hands before the switch knew that there is no Hotline, or before the next one was
// told of it; but as one that nobody has begun to serve, which lines take for new.
func callOfTheGap(t *testing.T, b Bench) {
	first, _ := found()
	crash := b.Connect(first)
	crash()
	customer := b.Call(customersNumber, "Ivan")
	next, calls := found()
	b.Connect(next)
	c := await(t, calls, "the call of the gap")
	if r := c.Arrival().Resume; r != nil && (r.Answered || r.Note != "" || r.Typed != "" || len(r.Others()) > 0) {
		t.Errorf("a new call came as one of before: %+v", r)
	}
	hangUp(t, b, customer)
}
