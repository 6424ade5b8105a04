package conformance

import (
	"context"
	"testing"

	"hotline/telephony"
)

var holdingScenarios = []scenario{
	{"PhonesOwnHoldIsTold", holdIsTold},
	{"CallerHearsMusicInWhateverOrderDeskAndPhoneHold", holdsInAnyOrder},
	{"WhoHoldsIsKnownAfterRestart", holderIsFound},
}

// told is what a line learns of phones that hold.
type told struct {
	role  telephony.Role
	holds bool
}

// learns makes the conversation tell who holds.
func (v *conversation) learns(t *testing.T) <-chan told {
	t.Helper()
	all := make(chan told, 10)
	talk := v.call.Conversation()
	err := talk.Meanwhile(t.Context(), func(context.Context) error {
		talk.WhenHolding(func(_ context.Context, p *telephony.Party, holds bool) { all <- told{p.Role(), holds} })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func isTold(t *testing.T, all <-chan told, want told) {
	t.Helper()
	if got := await(t, all, "what the phone does"); got != want {
		t.Errorf("the line was told %+v, not %+v", got, want)
	}
}

func holdIsTold(t *testing.T, b Bench) {
	v := converse(t, b)
	all := v.learns(t)
	v.phone.Hold(true)
	isTold(t, all, told{telephony.Agent, true})
	eventually(t, "the customer does not hear the agent", func() bool { return !v.customer.Hears(v.phone) })
	v.phone.Hold(false)
	isTold(t, all, told{telephony.Agent, false})
	v.isTogether(t)
	v.customer.Hold(true)
	isTold(t, all, told{telephony.Caller, true})
	v.customer.Hold(false)
	isTold(t, all, told{telephony.Caller, false})
	v.isTogether(t)
	v.customer.Hangup()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

// holdsInAnyOrder: the caller is brought back only when neither holds.
func holdsInAnyOrder(t *testing.T, b Bench) {
	v := converse(t, b)
	all := v.learns(t)
	phone := func(on bool) {
		t.Helper()
		v.phone.Hold(on)
		isTold(t, all, told{telephony.Agent, on})
	}
	for _, phoneFirst := range []bool{true, false} {
		if phoneFirst {
			phone(true)
			v.hold(t)
		} else {
			v.hold(t)
			phone(true)
		}
		v.isOnHold(t)
		phone(false)
		v.isOnHold(t)
		v.resume(t)
		v.isTogether(t)
	}
	phone(true)
	v.hold(t)
	v.phone.Hangup()
	v.ends(t, telephony.Agent, nil)
	v.callerStays(t, b)
}

func holderIsFound(t *testing.T, b Bench) {
	v := converse(t, b)
	all := v.learns(t)
	v.phone.Hold(true)
	isTold(t, all, told{telephony.Agent, true})
	v.hold(t)
	v.isOnHold(t)
	v.crash()
	v.isOnHold(t)
	next, rejoined := takesUp()
	b.Connect(next)
	v.call = await(t, rejoined, "the talk after the restart")
	talk := v.call.Conversation()
	for _, p := range append(talk.Others(), talk.Caller()) {
		if holds := p.Role() == telephony.Agent; talk.Holds(p) != holds {
			t.Errorf("after the restart the %s holds: %v", p.Role(), !holds)
		}
	}
	v.isOnHold(t)
	v.phone.Hold(false)
	eventually(t, "the phone holds no longer", func() bool { return !talk.Holds(talk.Others()[0]) })
	v.resume(t)
	v.isTogether(t)
	v.phone.Hangup()
	if got := await(t, next.result, "the end of the talk"); got.by != telephony.Agent || got.err != nil {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the customer", v.customer, Idle)
	nothingIsLeft(t, b)
}
