package conformance

import (
	"context"
	"errors"
	"testing"
	"time"

	"hotline/telephony"
)

var talkScenarios = []scenario{
	{"TalkCarriesBothVoices", talkCarriesVoices},
	{"TalkEndsWhenAgentHangsUpAndCallerStays", agentHangsUp},
	{"TalkEndsWhenCallerHangsUp", callerHangsUp},
	{"TalkEndsWhenContextEndsAndCallerStays", contextEndsTalk},
	{"AgentIsHungUpFromOutside", agentIsHungUp},
	{"DigitsOfTalkAreForgotten", digitsOfTalk},
	{"DigitsAreTypedToTheCallerAndTheTalkGoesOn", typesToCaller},
	{"DigitsOfTheAgentComeToTheConversationAlone", agentTypes},
	{"AnsweredPhoneThatIsNotTalkedToIsHungUp", untouchedLeg},
	{"TransferRingsAndTalks", transfer},
}

// talked is what came of a conversation.
type talked struct {
	by  telephony.Role
	err error
}

// conversation is a customer and a phone in Talk.
type conversation struct {
	customer Party
	phone    Phone
	call     *telephony.Call
	talked   chan talked // when Talk has returned
	revoke   func()      // ends Talk's context
	crash    func()
	serve    context.Context // of the call
	after    chan error      // what the line did with the caller after the talk
}

// converse brings a customer and a phone together. After the talk the line plays a long prompt.
func converse(t *testing.T, b Bench) *conversation {
	t.Helper()
	return converseThen(t, b, func(ctx context.Context, c *telephony.Call) error { return c.Play(ctx, longPrompt) })
}

// converseThen is converse for a line that does something else after the talk.
func converseThen(t *testing.T, b Bench, then func(context.Context, *telephony.Call) error) *conversation {
	t.Helper()
	v := &conversation{phone: b.Phone(true), talked: make(chan talked, 1), after: make(chan error, 1)}
	offer, revoke := context.WithCancelCause(t.Context())
	t.Cleanup(func() { revoke(nil) })
	v.revoke = func() { revoke(errRevoked) }
	calls := make(chan *telephony.Call, 1)
	serves := make(chan context.Context, 1)
	v.customer, v.crash = onLine(t, b, line(func(ctx context.Context, c *telephony.Call) error {
		serves <- ctx
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		stop := context.AfterFunc(offer, func() { cancel(context.Cause(offer)) })
		defer stop()
		if err := c.Answer(ctx); err != nil {
			return err
		}
		music, err := c.Music(ctx, "default")
		if err != nil {
			return err
		}
		defer music()
		leg, err := dial(ctx, c, v.phone.Address(), time.Minute)
		if err != nil {
			return err
		}
		calls <- c
		by, err := c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		v.talked <- talked{by, err}
		err = then(context.WithoutCancel(ctx), c)
		v.after <- err
		return err
	}))
	eventuallyIs(t, "the phone", v.phone, Ringing)
	v.phone.Answer()
	v.call, v.serve = await(t, calls, "the answer"), <-serves
	eventually(t, "they hear each other", v.hear)
	return v
}

func (v *conversation) hear() bool { return v.customer.Hears(v.phone) && v.phone.Hears(v.customer) }

// ends checks how the conversation ended.
func (v *conversation) ends(t *testing.T, by telephony.Role, err error) {
	t.Helper()
	if got := await(t, v.talked, "the end of the talk"); got.by != by || !errors.Is(got.err, err) {
		t.Errorf("talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the phone", v.phone, Idle)
}

// callerStays checks that the script goes on with the caller, who hears it, and that nothing else is left of the talk.
func (v *conversation) callerStays(t *testing.T, b Bench) {
	t.Helper()
	onlyLeft(t, b, "the caller's channel", 1, 0)
	eventually(t, "the customer hears the prompt", func() bool { return v.customer.Hears(nil) })
	v.customer.Hangup()
	if err := await(t, v.after, "the hang-up"); !errors.Is(err, telephony.ErrHangup) {
		t.Errorf("after the talk the prompt ended with %v", err)
	}
	nothingIsLeft(t, b)
}

func onlyLeft(t *testing.T, b Bench, what string, channels, bridges int) {
	t.Helper()
	eventually(t, "nothing is in the switch but "+what, func() bool {
		c, b := b.Leftovers()
		return c == channels && b == bridges
	})
}

func talkCarriesVoices(t *testing.T, b Bench) {
	v := converse(t, b)
	if v.customer.Hears(nil) {
		t.Error("the customer hears music in the talk")
	}
	v.customer.Hangup()
	nothingIsLeft(t, b)
}

func agentHangsUp(t *testing.T, b Bench) {
	v := converse(t, b)
	v.phone.Hangup()
	v.ends(t, telephony.Agent, nil)
	v.callerStays(t, b)
}

func callerHangsUp(t *testing.T, b Bench) {
	v := converse(t, b)
	v.customer.Hangup()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

func contextEndsTalk(t *testing.T, b Bench) {
	v := converse(t, b)
	v.revoke()
	v.ends(t, telephony.Nobody, errRevoked)
	v.callerStays(t, b)
}

func agentIsHungUp(t *testing.T, b Bench) {
	v := converse(t, b)
	if err := v.call.HangupLeg(t.Context(), v.call.Conversation().Others()[0].Leg()); err != nil {
		t.Error(err)
	}
	v.ends(t, telephony.Agent, nil)
	v.callerStays(t, b)
}

func digitsOfTalk(t *testing.T, b Bench) {
	phone := b.Phone(true)
	asks := line(func(ctx context.Context, c *telephony.Call) typed {
		if err := c.Answer(ctx); err != nil {
			return typed{err: err}
		}
		leg, err := dial(ctx, c, phone.Address(), time.Minute)
		if err != nil {
			return typed{err: err}
		}
		if _, err := c.Converse(leg.As(telephony.Agent)).Talk(ctx); err != nil {
			return typed{err: err}
		}
		digits, err := c.Collect(ctx, telephony.Collect{Prompt: longPrompt, Max: 2, First: time.Minute})
		return typed{digits: digits, err: err}
	})
	customer, _ := onLine(t, b, asks)
	eventuallyIs(t, "the phone", phone, Ringing)
	phone.Answer()
	eventually(t, "they hear each other", func() bool { return customer.Hears(phone) && phone.Hears(customer) })
	customer.Type("9")
	eventually(t, "they hear each other", func() bool { return customer.Hears(phone) && phone.Hears(customer) })
	phone.Hangup()
	eventually(t, "the customer hears the prompt", func() bool { return customer.Hears(nil) })
	customer.Type("12")
	if d := await(t, asks.result, "the digits"); d.digits != "12" || d.err != nil {
		t.Errorf("collected %v", d)
	}
	hangUp(t, b, customer)
}

func typesToCaller(t *testing.T, b Bench) {
	v := converse(t, b)
	talk := v.call.Conversation()
	types := func(digits string) error {
		return talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Type(ctx, digits) })
	}
	if err := types("190*#"); err != nil {
		t.Fatalf("type: %v", err)
	}
	eventually(t, "the customer gets the digits in their order", func() bool { return v.customer.Typed() == "190*#" })
	eventually(t, "they hear each other", v.hear)
	if got := v.phone.Typed(); got != "" {
		t.Errorf("the agent's phone got %q", got)
	}
	v.hold(t)
	if err := types("7"); !errors.Is(err, telephony.ErrNotTalking) {
		t.Errorf("to a caller on hold: %v", err)
	}
	v.customer.Hangup()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

// agentTypes also checks that it is so where the caller was on hold meanwhile.
func agentTypes(t *testing.T, b Bench) {
	v := converse(t, b)
	talk, keys := v.call.Conversation(), make(chan byte, 100)
	meanwhile := func(do func(ctx context.Context) error) {
		t.Helper()
		if err := talk.Meanwhile(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	meanwhile(func(context.Context) error {
		talk.WhenTyping(func(_ context.Context, p *telephony.Party, d telephony.Digit) {
			if p.Role() != telephony.Agent || d.Leg != p.Leg().ID() {
				t.Errorf("%v types on %s", p.Role(), d.Leg)
			}
			keys <- d.Digit
		})
		return nil
	})
	typed := func(digits string) {
		t.Helper()
		v.phone.Type(digits)
		for i := range digits {
			if key := await(t, keys, "a key"); key != digits[i] {
				t.Fatalf("key %d is %q, not %q", i, key, digits[i])
			}
		}
	}
	typed("*122#")
	v.customer.Type("8")
	v.hold(t)
	typed("3")
	meanwhile(talk.Resume)
	eventually(t, "they hear each other", v.hear)
	typed("4")
	meanwhile(func(ctx context.Context) error { return talk.Type(ctx, "5") })
	eventually(t, "the customer gets a digit", func() bool { return v.customer.Typed() != "" })
	if got := v.customer.Typed(); got != "5" || len(keys) > 0 {
		t.Errorf("the customer got %q, and the conversation %d keys more", got, len(keys))
	}
	v.customer.Hangup()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

func untouchedLeg(t *testing.T, b Bench) {
	phone := b.Phone(true)
	dials := line(func(ctx context.Context, c *telephony.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		_, err := dial(ctx, c, phone.Address(), time.Minute)
		return err
	})
	customer, _ := onLine(t, b, dials)
	eventuallyIs(t, "the phone", phone, Ringing)
	phone.Answer()
	if err := await(t, dials.result, "the answer"); err != nil {
		t.Error(err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	eventuallyIs(t, "the phone", phone, Idle)
	nothingIsLeft(t, b)
}

func transfer(t *testing.T, b Bench) {
	other := b.Phone(true)
	transfers := line(func(ctx context.Context, c *telephony.Call) talked {
		if err := c.Answer(ctx); err != nil {
			return talked{err: err}
		}
		by, err := c.Transfer(ctx, telephony.Transfer{To: other.Address(), Timeout: time.Minute, Music: "default"})
		return talked{by, err}
	})
	customer, _ := onLine(t, b, transfers)
	eventuallyIs(t, "the other phone", other, Ringing)
	eventually(t, "the customer hears music", func() bool { return customer.Hears(nil) })
	other.Answer()
	eventually(t, "they hear each other", func() bool { return customer.Hears(other) && other.Hears(customer) })
	other.Hangup()
	if got := await(t, transfers.result, "the end of the talk"); got.by != telephony.Agent || got.err != nil {
		t.Errorf("the transfer was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}
