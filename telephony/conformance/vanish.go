package conformance

import (
	"context"
	"errors"
	"testing"

	"hotline/telephony"
)

var vanishScenarios = []scenario{
	{"AgentWhosePhoneDiesIsLostAndCallerStays", agentVanishes},
	{"CallerWhoVanishesInATalkIsLost", callerVanishes},
	{"CallerWhoVanishesWhileTheyWaitIsLost", waiterVanishes},
	{"WhoHangsUpIsNotLost", nobodyVanishes},
}

// isLost checks whether the caller's line broke off.
func isLost(t *testing.T, c *telephony.Call, want bool) {
	t.Helper()
	if c.Lost() != want {
		t.Errorf("the call's line broke off: %v, not %v", c.Lost(), want)
	}
}

func agentVanishes(t *testing.T, b Bench) {
	v := converse(t, b)
	leg := v.call.Conversation().Others()[0].Leg()
	v.phone.Vanish()
	v.ends(t, telephony.Agent, nil)
	if !leg.Lost() {
		t.Error("the phone that died is not lost")
	}
	isLost(t, v.call, false)
	v.callerStays(t, b)
}

func callerVanishes(t *testing.T, b Bench) {
	v := converse(t, b)
	leg := v.call.Conversation().Others()[0].Leg()
	v.customer.Vanish()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	isLost(t, v.call, true)
	if leg.Lost() {
		t.Error("the phone of who was left alone is lost, too")
	}
	nothingIsLeft(t, b)
}

func waiterVanishes(t *testing.T, b Bench) {
	waits := line(func(ctx context.Context, c *telephony.Call) *telephony.Call {
		if c.Answer(ctx) == nil {
			_, _ = c.Music(ctx, "default")
			<-c.Gone()
		}
		return c
	})
	customer, _ := onLine(t, b, waits)
	eventually(t, "the customer hears music", func() bool { return customer.Hears(nil) })
	customer.Vanish()
	isLost(t, await(t, waits.result, "the end of the call"), true)
	nothingIsLeft(t, b)
}

func nobodyVanishes(t *testing.T, b Bench) {
	v := converse(t, b)
	leg := v.call.Conversation().Others()[0].Leg()
	v.phone.Hangup()
	v.ends(t, telephony.Agent, nil)
	if leg.Lost() {
		t.Error("a phone that was hung up is lost")
	}
	v.customer.Hangup()
	if err := await(t, v.after, "the hang-up"); !errors.Is(err, telephony.ErrHangup) {
		t.Errorf("after the talk the prompt ended with %v", err)
	}
	isLost(t, v.call, false)
	nothingIsLeft(t, b)
}
