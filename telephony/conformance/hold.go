package conformance

import (
	"context"
	"errors"
	"testing"

	"hotline/telephony"
)

var holdScenarios = []scenario{
	{"CallerOnHoldHearsMusicAndNeitherPartyHearsTheOther", holdAndResume},
	{"TalkEndsWhenCallerOnHoldHangsUp", callerHangsUpOnHold},
	{"TalkEndsWhenAgentHangsUpOnHoldAndCallerStays", agentHangsUpOnHold},
	{"CallerWhoIsTakenOutOfATalkHearsMusicAndTheOthersAreGone", takenOut},
	{"NothingIsDoneInATalkThatIsOver", meanwhileTooLate},
	{"CallerOnHoldIsFoundSoAfterRestart", holdSurvives},
	{"CallerOnHoldWhoLeavesInTheGapLeavesNothing", heldCallerLeavesInGap},
	{"AgentWhoLeavesACallerOnHoldInTheGapLeavesTheCaller", holderLeavesInGap},
	{"MusicThatCoversATalkAtACrashEndsAfterRestart", crashBetweenMusicAndBridge},
	{"CallerIsAskedInATalkAndOnHoldAndAnswersWithAKey", askedInATalk},
}

// looks is how often a state that is to last is looked at.
const looks = 8

func (v *conversation) hold(t *testing.T) {
	t.Helper()
	talk := v.call.Conversation()
	err := talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Hold(ctx, "default") })
	if err != nil {
		t.Fatalf("hold: %v", err)
	}
}

func (v *conversation) resume(t *testing.T) {
	t.Helper()
	talk := v.call.Conversation()
	err := talk.Meanwhile(t.Context(), talk.Resume)
	if err != nil {
		t.Fatalf("resume: %v", err)
	}
}

// isOnHold checks what both hear, and that it stays so.
func (v *conversation) isOnHold(t *testing.T) {
	t.Helper()
	eventually(t, "the customer hears music, and neither the other", func() bool {
		return v.customer.Hears(nil) && !v.customer.Hears(v.phone) && !v.phone.Hears(v.customer)
	})
	music := 0
	for range looks {
		meet(func() {
			if v.customer.Hears(nil) {
				music++
			}
		}, func() {
			if v.customer.Hears(v.phone) {
				t.Error("the customer on hold hears the agent")
			}
		}, func() {
			if v.phone.Hears(v.customer) {
				t.Error("the agent hears the customer on hold")
			}
		})
	}
	if music < looks/2 { // music has its quiet moments
		t.Errorf("the customer on hold hears music at %d of %d looks", music, looks)
	}
}

// isTogether checks that both hear each other, and no music.
func (v *conversation) isTogether(t *testing.T) {
	t.Helper()
	eventually(t, "they hear each other", v.hear)
	if v.customer.Hears(nil) {
		t.Error("the customer hears music in the talk")
	}
}

func holdAndResume(t *testing.T, b Bench) {
	v := converse(t, b)
	for range 2 {
		v.hold(t)
		v.isOnHold(t)
		v.resume(t)
		v.isTogether(t)
	}
	v.customer.Hangup()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

func callerHangsUpOnHold(t *testing.T, b Bench) {
	v := converse(t, b)
	v.hold(t)
	v.isOnHold(t)
	v.customer.Hangup()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

func agentHangsUpOnHold(t *testing.T, b Bench) {
	v := converse(t, b)
	v.hold(t)
	v.isOnHold(t)
	v.phone.Hangup()
	v.ends(t, telephony.Agent, nil)
	v.callerStays(t, b)
}

func takenOut(t *testing.T, b Bench) {
	for _, held := range []bool{false, true} {
		v := converseThen(t, b, func(_ context.Context, c *telephony.Call) error {
			<-c.Gone()
			return telephony.ErrHangup
		})
		if held {
			v.hold(t)
		}
		talk := v.call.Conversation()
		if err := talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Leave(ctx, "default") }); err != nil {
			t.Fatalf("leave: %v", err)
		}
		v.ends(t, telephony.Nobody, nil)
		onlyLeft(t, b, "the caller's channel", 1, 0)
		v.isOnHold(t)
		v.customer.Hangup()
		if err := await(t, v.after, "the hang-up"); !errors.Is(err, telephony.ErrHangup) {
			t.Errorf("after the talk: %v", err)
		}
		nothingIsLeft(t, b)
		v.crash()
	}
}

func meanwhileTooLate(t *testing.T, b Bench) {
	v := converse(t, b)
	talk := v.call.Conversation()
	v.phone.Hangup()
	v.ends(t, telephony.Agent, nil)
	err := talk.Meanwhile(t.Context(), func(context.Context) error {
		t.Error("it was done")
		return nil
	})
	if !errors.Is(err, telephony.ErrNotTalking) {
		t.Errorf("after the talk: %v", err)
	}
	v.callerStays(t, b)
}

// takesUp is a line that goes on with the conversation that it finds, and tells the call once it has.
func takesUp() (next script[talked], rejoined <-chan *telephony.Call) {
	calls := make(chan *telephony.Call, 1)
	return line(func(ctx context.Context, c *telephony.Call) talked {
		talk, ok := c.Rejoin(ctx)
		if !ok {
			return talked{err: c.Play(ctx, longPrompt)}
		}
		if err := talk.Join(ctx); err != nil {
			return talked{err: err}
		}
		if talk.Held() {
			if err := talk.Hold(ctx, "default"); err != nil {
				return talked{err: err}
			}
		}
		go func() { // once it talks
			if talk.Meanwhile(ctx, func(context.Context) error { return nil }) == nil {
				calls <- c
			}
		}()
		by, err := talk.Talk(ctx)
		return talked{by, err}
	}), calls
}

func holdSurvives(t *testing.T, b Bench) {
	v := converse(t, b)
	v.hold(t)
	v.isOnHold(t)
	v.crash()
	v.isOnHold(t)
	next, rejoined := takesUp()
	b.Connect(next)
	v.call = await(t, rejoined, "the talk after the restart")
	if r := v.call.Arrival().Resume; !r.Held || len(r.Bridged) != 1 {
		t.Errorf("the call on hold was found again as %+v", r)
	}
	v.isOnHold(t)
	v.resume(t)
	v.isTogether(t)
	v.phone.Hangup()
	if got := await(t, next.result, "the end of the talk"); got.by != telephony.Agent || got.err != nil {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the customer", v.customer, Idle)
	nothingIsLeft(t, b)
}

func heldCallerLeavesInGap(t *testing.T, b Bench) {
	v := converse(t, b)
	v.hold(t)
	v.losesCallerInGap(t, b)
}

func holderLeavesInGap(t *testing.T, b Bench) {
	v := converse(t, b)
	v.hold(t)
	v.crash()
	v.phone.Hangup()
	eventuallyIs(t, "the phone", v.phone, Idle)
	next, _ := takesUp()
	b.Connect(next)
	onlyLeft(t, b, "the caller's channel", 1, 0)
	eventually(t, "the customer hears the prompt", func() bool { return v.customer.Hears(nil) })
	v.customer.Hangup()
	if got := await(t, next.result, "the hang-up"); !errors.Is(got.err, telephony.ErrHangup) {
		t.Errorf("the call ended with %v", got.err)
	}
	nothingIsLeft(t, b)
}

// crashBetweenMusicAndBridge: a Hotline that dies in the midst of Hold or Resume leaves the caller in the bridge with music.
func crashBetweenMusicAndBridge(t *testing.T, b Bench) {
	v := converse(t, b)
	err := v.call.Conversation().Meanwhile(t.Context(), func(ctx context.Context) error {
		_, err := v.call.Music(ctx, "default")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the music covers the agent's voice", func() bool { return v.customer.Hears(nil) && !v.customer.Hears(v.phone) })
	v.crash()
	next, rejoined := takesUp()
	b.Connect(next)
	v.call = await(t, rejoined, "the talk after the restart")
	if r := v.call.Arrival().Resume; r.Held {
		t.Errorf("a caller who is in the bridge was found on hold: %+v", r)
	}
	v.isTogether(t)
	v.customer.Hangup()
	if got := await(t, next.result, "the hang-up"); !errors.Is(got.err, telephony.ErrHangup) {
		t.Errorf("the call ended with %v", got.err)
	}
	nothingIsLeft(t, b)
}

// askedInATalk: the caller alone hears what they are asked, and hears it anew where they are put on hold or taken back meanwhile. A key is the answer,
// and the end of the prompt is, where none comes.
func askedInATalk(t *testing.T, b Bench) {
	v := converse(t, b)
	talk := v.call.Conversation()
	answers := make(chan byte, 1)
	var sounds []telephony.Part
	for range 5 {
		sounds = append(sounds, telephony.Sound("demo-congrats"))
	}
	longPrompt, prompt := telephony.Announcement{Language: "en", Parts: sounds}, telephony.Announcement{Language: "en", Parts: []telephony.Part{telephony.Sound("demo-thanks")}}
	asks := func(a telephony.Announcement) {
		t.Helper()
		err := talk.Meanwhile(t.Context(), func(ctx context.Context) error {
			return talk.Ask(ctx, a, promptMin, func(_ context.Context, digit byte, err error) {
				if err != nil {
					t.Errorf("the customer does not hear it: %v", err)
				}
				answers <- digit
			})
		})
		if err != nil {
			t.Fatalf("ask: %v", err)
		}
		eventually(t, "the customer hears what they are asked", func() bool { return v.customer.Hears(nil) })
	}
	answered := func(typed string, want byte) {
		t.Helper()
		v.customer.Type(typed)
		if got := await(t, answers, "the answer"); got != want {
			t.Errorf("the answer is %q, want %q", got, want)
		}
	}
	asks(longPrompt)
	if v.phone.Hears(nil) {
		t.Error("the agent hears what the customer is asked")
	}
	answered("2", '2')
	v.isTogether(t)

	asks(longPrompt)
	v.hold(t)
	eventually(t, "they are asked on hold, and hear nobody", func() bool { return v.customer.Hears(nil) && !v.customer.Hears(v.phone) })
	answered("5", '5')
	v.isOnHold(t)

	asks(longPrompt)
	v.resume(t)
	answered("7", '7')
	v.isTogether(t)

	asks(prompt)
	answered("", 0)
	v.isTogether(t)
	v.phone.Hangup()
	v.ends(t, telephony.Agent, nil)
	v.callerStays(t, b)
}
