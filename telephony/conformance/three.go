package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
)

var threeScenarios = []scenario{
	{"ThirdPartyComesAndGoesAndTheTalkGoesOn", thirdComesAndGoes},
	{"ThirdPartyIsLetGoAndTheTalkGoesOn", thirdIsLetGo},
	{"OneOfThreeLeavesAndTheOthersTalkOn", agentLeavesThree},
	{"CallerWhoLeavesThreeEndsTheTalk", callerLeavesThree},
	{"CallerOnHoldWhoLeavesLeavesTheOthersToEachOther", func(t *testing.T, b Bench) { othersTalkOn(t, b, "A T", "C") }},
	{"CallerWhoLeavesOneOfTwoOnHoldLeavesThemToEachOther", func(t *testing.T, b Bench) { othersTalkOn(t, b, "C A", "T") }},
	{"CallerWhoLeavesATalkOfThreeLeavesTheOthersToEachOther", func(t *testing.T, b Bench) { othersTalkOn(t, b, "C A T", "") }},
	{"WhoTalkOnWithoutTheCallerDoSoThroughARestart", othersTalkOnThroughARestart},
	{"WhoTalksOnAndIsLeftAloneInTheGapIsLetGo", oneOfTheOthersLeavesInGap},
	{"CallerOnHoldWhoLeavesInTheGapLeavesTheOthersToEachOther", func(t *testing.T, b Bench) { callerLeavesOthersInGap(t, b, "A T", "C") }},
	{"CallerWhoLeavesOneOfTwoOnHoldInTheGapLeavesThemToEachOther", func(t *testing.T, b Bench) { callerLeavesOthersInGap(t, b, "C A", "T") }},
	{"CallerWhoLeavesATalkOfThreeInTheGapLeavesTheOthersToEachOther", func(t *testing.T, b Bench) { callerLeavesOthersInGap(t, b, "C A T", "") }},
	{"WhoIsAloneHearsThatItRingsElsewhereUntilSomebodyComes", ringsElsewhere},
	{"RingingToneOfBeforeARestartEnds", ringingToneSurvives},
	{"CallerOnHoldHearsNoneOfThree", holdWithThree},
	{"PartyBesideTheBridgeHearsMusicUntilTheCallerWouldBeAlone", besideTheBridge},
	{"WhoIsToldOfALeaverBringsTheOthersTogether", leaverIsTold},
	{"CallerWaitsAloneUntilSomebodyComes", waitsAlone},
	{"TwoWaitApartUntilSomebodyComes", twoWait},
	{"ThreeAreFoundWhereTheyWereAfterRestart", threeSurvive},
	{"WhoOfThreeLeavesInTheGapIsNotWaitedFor", oneOfThreeLeavesInGap},
}

// three is a conversation of a customer, an agent and a third party, somebody outside.
type three struct {
	*conversation
	third Phone
	a, o  *telephony.Party // the agent's, and the third's
}

// conference brings three together, each of whom hears the other two.
func conference(t *testing.T, b Bench) *three {
	t.Helper()
	w := &three{conversation: converse(t, b), third: b.Phone(true)}
	w.a = w.talk().Others()[0]
	legs := make(chan *telephony.Leg, 1)
	go func() {
		leg, err := dial(t.Context(), w.call, w.third.Address(), time.Minute)
		if err != nil {
			t.Errorf("dial the third: %v", err)
		}
		legs <- leg
	}()
	eventuallyIs(t, "the third phone", w.third, Ringing)
	w.third.Answer()
	w.o = await(t, legs, "the third's answer").As(telephony.Outside)
	w.bring(t, "C A T", "")
	return w
}

func (w *three) talk() *telephony.Conversation { return w.call.Conversation() }

// bring puts parties, by their letters, into the bridge and beside it, and checks what all of them hear then.
func (w *three) bring(t *testing.T, in, beside string) {
	t.Helper()
	talk := w.talk()
	parties := map[string]*telephony.Party{"C": talk.Caller(), "A": w.a, "T": w.o}
	wanted := telephony.Arrangement{Music: "default"}
	for _, name := range strings.Fields(in) {
		wanted.In = append(wanted.In, parties[name])
	}
	for _, name := range strings.Fields(beside) {
		wanted.Beside = append(wanted.Beside, parties[name])
	}
	if err := talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Bring(ctx, wanted) }); err != nil {
		t.Fatalf("bring %s together, %s beside: %v", in, beside, err)
	}
	w.hears(t, in, beside)
}

// hears checks that those in the bridge hear each other and no music, and those beside it music and nobody.
func (w *three) hears(t *testing.T, in, beside string) {
	t.Helper()
	people := map[string]Party{"C": w.customer, "A": w.phone, "T": w.third}
	together := strings.Fields(in)
	apart := strings.Fields(beside)
	for _, one := range slices.Concat(together, apart) {
		for _, other := range slices.Concat(together, apart) {
			if one == other {
				continue
			}
			want := slices.Contains(together, one) && slices.Contains(together, other)
			eventually(t, fmt.Sprintf("%s hears %s: %v (in the bridge %s, beside it %q)", one, other, want, in, beside), func() bool { return people[one].Hears(people[other]) == want })
		}
		music := slices.Contains(apart, one)
		eventually(t, fmt.Sprintf("%s hears music: %v (in the bridge %s, beside it %q)", one, music, in, beside), func() bool { return people[one].Hears(nil) == music })
	}
}

func thirdComesAndGoes(t *testing.T, b Bench) {
	w := conference(t, b)
	w.third.Hangup()
	eventually(t, "two are left", func() bool { return len(w.talk().Others()) == 1 })
	w.hears(t, "C A", "")
	onlyLeft(t, b, "the talk", 2, 1)
	w.phone.Hangup()
	w.ends(t, telephony.Agent, nil)
	w.callerStays(t, b)
}

func thirdIsLetGo(t *testing.T, b Bench) {
	w := conference(t, b)
	w.bring(t, "C A", "")
	eventuallyIs(t, "the third phone", w.third, Idle)
	onlyLeft(t, b, "the talk", 2, 1)
	w.customer.Hangup()
	w.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

func agentLeavesThree(t *testing.T, b Bench) {
	w := conference(t, b)
	w.phone.Hangup()
	eventually(t, "two are left", func() bool { return len(w.talk().Others()) == 1 })
	w.hears(t, "C T", "")
	if left := w.talk().Others(); left[0] != w.o || left[0].Role() != telephony.Outside {
		t.Errorf("beside the caller there is %v", left[0].Role())
	}
	w.third.Hangup()
	w.ends(t, telephony.Outside, nil)
	w.callerStays(t, b)
}

func callerLeavesThree(t *testing.T, b Bench) {
	w := conference(t, b)
	w.customer.Hangup()
	w.ends(t, telephony.Caller, telephony.ErrHangup)
	eventuallyIs(t, "the third phone", w.third, Idle)
	nothingIsLeft(t, b)
}

// othersTalkOn: where somebody who is told so wants that, until one of them hangs up.
func othersTalkOn(t *testing.T, b Bench, in, beside string) {
	w := conference(t, b)
	talk := w.talk()
	asks := func(do func()) {
		t.Helper()
		if err := talk.Meanwhile(t.Context(), func(context.Context) error { do(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	asks(func() {
		talk.WhenCallerLeaves(func(context.Context) (*telephony.Party, string) { return w.a, "noted" })
	})
	w.bring(t, in, beside)
	w.customer.Hangup()
	w.hears(t, "A T", "")
	onlyLeft(t, b, "what the others talk in", 2, 1)
	asks(func() {
		if err := talk.Bring(t.Context(), telephony.Arrangement{In: []*telephony.Party{w.a, talk.Caller()}}); !errors.Is(err, telephony.ErrHangup) {
			t.Errorf("the caller is brought back who has left: %v", err)
		}
	})
	w.third.Hangup()
	w.ends(t, telephony.Caller, telephony.ErrHangup)
	eventuallyIs(t, "the agent's phone", w.phone, Idle)
	nothingIsLeft(t, b)
}

// leftToEachOther is a conversation whose caller has hung up, on hold, and that Hotline has been killed in.
func leftToEachOther(t *testing.T, b Bench) *three {
	t.Helper()
	w := conference(t, b)
	talk, left := w.talk(), make(chan struct{}, 1)
	if err := talk.Meanwhile(t.Context(), func(context.Context) error {
		talk.WhenCallerLeaves(func(context.Context) (*telephony.Party, string) {
			left <- struct{}{}
			return w.a, "noted"
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.bring(t, "A T", "C")
	w.customer.Hangup()
	await(t, left, "the end of the caller's call")
	if err := talk.Meanwhile(t.Context(), func(context.Context) error { return nil }); err != nil { // they talk on
		t.Fatal(err)
	}
	w.crash()
	return w
}

// talksOnWithAgent takes up a talk that its caller has left, gives its call, and lets the agent and the others talk on, noted so.
func talksOnWithAgent(calls chan<- *telephony.Call, note string) script[talked] {
	return line(func(ctx context.Context, c *telephony.Call) talked {
		talk, ok := c.Rejoin(ctx)
		if !ok {
			return talked{}
		}
		talk.WhenCallerLeaves(func(context.Context) (*telephony.Party, string) {
			calls <- c
			i := slices.IndexFunc(talk.Others(), func(p *telephony.Party) bool { return p.Role() == telephony.Agent })
			return talk.Others()[i], note
		})
		by, err := talk.Talk(ctx)
		return talked{by, err}
	})
}

func othersTalkOnThroughARestart(t *testing.T, b Bench) {
	w := leftToEachOther(t, b)
	for range 2 { // and another
		w.hears(t, "A T", "")
		calls := make(chan *telephony.Call, 1)
		next := talksOnWithAgent(calls, "")
		w.crash = b.Connect(next)
		w.call = await(t, calls, "the talk after the restart")
		if r := w.call.Arrival().Resume; !r.Left || r.Note != "noted" || !w.call.Left() {
			t.Errorf("it was found as %+v", r)
		}
		w.hears(t, "A T", "")
		if err := w.talk().Meanwhile(t.Context(), func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
		w.crash()
	}
	next, _ := takesUp()
	b.Connect(next) // lets nobody talk on
	if got := await(t, next.result, "the end of the talk"); !errors.Is(got.err, telephony.ErrHangup) {
		t.Errorf("the talk ended with %v", got.err)
	}
	eventuallyIs(t, "the agent's phone", w.phone, Idle)
	eventuallyIs(t, "the third phone", w.third, Idle)
	nothingIsLeft(t, b)
}

// callerLeavesOthersInGap: where it was foreseen, the next Hotline finds those who are left, and where it was not, or only one is, it lets them go.
func callerLeavesOthersInGap(t *testing.T, b Bench, in, beside string) {
	w := conference(t, b)
	w.bring(t, in, beside)
	if err := w.talk().Meanwhile(t.Context(), func(ctx context.Context) error { return w.talk().Foresee(ctx, "noted", w.a, w.o) }); err != nil {
		t.Fatal(err)
	}
	w.crash()
	w.customer.Hangup()
	eventually(t, "the caller has gone", func() bool { channels, _ := b.Leftovers(); return channels == 2 })
	calls := make(chan *telephony.Call, 1)
	next := talksOnWithAgent(calls, "again")
	w.crash = b.Connect(next)
	w.call = await(t, calls, "the talk after the restart")
	if r := w.call.Arrival().Resume; !r.Left || r.Note != "noted" {
		t.Errorf("it was found as %+v", r)
	}
	w.hears(t, "A T", "")
	if err := w.talk().Meanwhile(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Fatal(err)
	}
	w.crash()
	found := line(func(_ context.Context, c *telephony.Call) string { return c.Arrival().Resume.Note }) // and lets nobody talk on
	b.Connect(found)
	if note := await(t, found.result, "the end of the talk"); note != "again" {
		t.Errorf("another Hotline finds the note %q", note)
	}
	eventuallyIs(t, "the agent's phone", w.phone, Idle)
	eventuallyIs(t, "the third phone", w.third, Idle)
	nothingIsLeft(t, b)
}

func oneOfTheOthersLeavesInGap(t *testing.T, b Bench) {
	w := leftToEachOther(t, b)
	w.third.Hangup()
	eventuallyIs(t, "the third phone", w.third, Idle)
	next, _ := takesUp()
	b.Connect(next)
	eventuallyIs(t, "the agent's phone", w.phone, Idle)
	nothingIsLeft(t, b)
}

func ringsElsewhere(t *testing.T, b Bench) {
	w := converse(t, b)
	talk := w.call.Conversation()
	do := func(what func(context.Context) error) {
		t.Helper()
		if err := talk.Meanwhile(t.Context(), what); err != nil {
			t.Fatal(err)
		}
	}
	rings := func(want bool) {
		t.Helper()
		eventually(t, fmt.Sprintf("the agent hears that it rings elsewhere: %v", want), func() bool { return w.phone.Hears(nil) == want })
	}
	do(talk.Ring) // nobody is alone
	w.hold(t)
	staysSilent(t, w.phone)
	do(talk.Ring)
	rings(true)
	do(talk.Unring)
	staysSilent(t, w.phone)
	do(talk.Ring)
	rings(true)
	tone := telephony.Announcement{Language: "en", Parts: []telephony.Part{telephony.Tone("beep")}}
	if err := w.call.LetHear(t.Context(), talk.Others()[0].Leg(), tone); err != nil {
		t.Fatal(err)
	}
	staysSilent(t, w.phone) // the tone has ended it
	do(talk.RingOn)
	rings(true)
	w.resume(t)
	eventually(t, "both hear each other", func() bool { return w.phone.Hears(w.customer) && w.customer.Hears(w.phone) })
	staysSilent(t, w.phone)
	w.customer.Hangup()
	w.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

// staysSilent checks that somebody hears nothing of the switch, for longer than a ringing tone pauses.
func staysSilent(t *testing.T, p Party) {
	t.Helper()
	eventually(t, "the ringing tone is over", func() bool {
		for range 25 {
			if p.Hears(nil) { // a real switch listens for a quarter of a second
				return false
			}
		}
		return true
	})
}

func ringingToneSurvives(t *testing.T, b Bench) {
	w := converse(t, b)
	w.hold(t)
	if err := w.call.Conversation().Meanwhile(t.Context(), w.call.Conversation().Ring); err != nil {
		t.Fatal(err)
	}
	w.crash()
	eventually(t, "the agent hears that it rings elsewhere", func() bool { return w.phone.Hears(nil) })
	next, rejoined := takesUp()
	w.crash = b.Connect(next)
	w.call = await(t, rejoined, "the talk after the restart")
	talk := w.call.Conversation()
	if err := talk.Meanwhile(t.Context(), talk.Unring); err != nil {
		t.Fatal(err)
	}
	staysSilent(t, w.phone)
	w.customer.Hangup()
	eventuallyIs(t, "the agent's phone", w.phone, Idle)
	nothingIsLeft(t, b)
}

func holdWithThree(t *testing.T, b Bench) {
	w := conference(t, b)
	w.hold(t)
	w.hears(t, "A T", "C")
	w.resume(t)
	w.hears(t, "C A T", "")
	w.hold(t)
	w.third.Hangup()
	eventually(t, "two are left", func() bool { return len(w.talk().Others()) == 1 })
	w.hears(t, "A", "C")
	w.phone.Hangup()
	w.ends(t, telephony.Agent, nil)
	w.callerStays(t, b)
}

func besideTheBridge(t *testing.T, b Bench) {
	w := conference(t, b)
	w.bring(t, "A T", "C")
	w.bring(t, "C A", "T")
	w.bring(t, "A T", "C")
	w.bring(t, "A C", "T")
	w.phone.Hangup()
	eventually(t, "two are left", func() bool { return len(w.talk().Others()) == 1 })
	w.hears(t, "C T", "")
	w.customer.Hangup()
	w.ends(t, telephony.Caller, telephony.ErrHangup)
	eventuallyIs(t, "the third phone", w.third, Idle)
	nothingIsLeft(t, b)
}

// leaverIsTold: whom the agent leaves on hold talks with the third, where somebody who is told so wants that.
func leaverIsTold(t *testing.T, b Bench) {
	w := conference(t, b)
	talk := w.talk()
	err := talk.Meanwhile(t.Context(), func(context.Context) error {
		talk.WhenLeaving(func(ctx context.Context, p *telephony.Party) {
			if p != w.a {
				return
			}
			if err := talk.Bring(ctx, telephony.Arrangement{In: []*telephony.Party{talk.Caller(), w.o}}); err != nil {
				t.Errorf("bring the two together who are left: %v", err)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.bring(t, "A T", "C")
	w.phone.Hangup()
	w.hears(t, "C T", "")
	w.third.Hangup()
	w.ends(t, telephony.Outside, nil)
	w.callerStays(t, b)
}

func waitsAlone(t *testing.T, b Bench) {
	w := converse(t, b)
	talk := w.call.Conversation()
	awaitsWhoLeaves(t, talk)
	for range 2 { // the other comes again
		w.phone.Hangup()
		eventually(t, "the caller hears music", func() bool { return w.customer.Hears(nil) })
		legs := make(chan *telephony.Leg, 1)
		go func() {
			leg, err := dial(t.Context(), w.call, w.phone.Address(), time.Minute)
			if err != nil {
				t.Errorf("dial again: %v", err)
			}
			legs <- leg
		}()
		eventuallyIs(t, "the phone", w.phone, Ringing)
		w.phone.Answer()
		agent := await(t, legs, "the answer").As(telephony.Agent)
		for _, wanted := range []telephony.Arrangement{
			{In: []*telephony.Party{agent}, Beside: []*telephony.Party{talk.Caller()}, Music: "default"},
			{In: []*telephony.Party{agent, talk.Caller()}},
		} {
			if err := talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Bring(ctx, wanted) }); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "they hear each other", w.hear)
	}
	w.phone.Hangup()
	eventually(t, "the caller hears music", func() bool { return w.customer.Hears(nil) })
	if err := talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Leave(ctx, "default") }); err != nil {
		t.Fatal(err)
	}
	w.ends(t, telephony.Nobody, nil)
	w.callerStays(t, b)
}

// twoWait: the caller and the third, who hear each other no more than before, be it after a restart.
func twoWait(t *testing.T, b Bench) {
	w := conference(t, b)
	w.bring(t, "A T", "C")
	talk := w.talk()
	awaitsWhoLeaves(t, talk)
	w.phone.Hangup()
	w.hears(t, "", "C T")
	w.bring(t, "C T", "")
	w.third.Hangup()
	eventually(t, "the caller hears music", func() bool { return w.customer.Hears(nil) })
	hangUp(t, b, w.customer)
}

// restarts kills Hotline and starts another, which goes on with the conversation. over tells of its end.
func (w *three) restarts(t *testing.T, b Bench) (over <-chan talked) {
	t.Helper()
	w.crash()
	next, rejoined := takesUp()
	w.crash = b.Connect(next)
	w.call = await(t, rejoined, "the talk after the restart")
	w.a, w.o = nil, nil
	for _, p := range w.talk().Others() {
		if p.Role() == telephony.Agent {
			w.a = p
		} else {
			w.o = p
		}
	}
	return next.result
}

func threeSurvive(t *testing.T, b Bench) {
	w := conference(t, b)
	note := strings.Repeat("x", 4096) // the longest that a line may write
	if err := w.talk().Meanwhile(t.Context(), func(ctx context.Context) error { return w.call.Mark(ctx, note) }); err != nil {
		t.Fatal(err)
	}
	w.restarts(t, b)
	w.hears(t, "C A T", "")
	if r := w.call.Arrival().Resume; r.Note != note {
		t.Errorf("the line's note was found as %q", r.Note)
	}
	if w.a == nil || w.o == nil || w.o.Role() != telephony.Outside {
		t.Fatalf("found are %d others", len(w.talk().Others()))
	}
	w.bring(t, "A T", "C")
	w.restarts(t, b)
	w.hears(t, "A T", "C")
	w.bring(t, "C A", "T")
	over := w.restarts(t, b)
	w.hears(t, "C A", "T")
	w.bring(t, "C A T", "")
	w.bring(t, "C T", "")
	eventuallyIs(t, "the agent's phone", w.phone, Idle)
	w.third.Hangup()
	if got := await(t, over, "the end of the talk"); got.by != telephony.Outside || got.err != nil {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	eventuallyIs(t, "the customer", w.customer, Idle)
	nothingIsLeft(t, b)
}

func oneOfThreeLeavesInGap(t *testing.T, b Bench) {
	w := conference(t, b)
	w.bring(t, "C A", "T")
	w.crash()
	w.phone.Hangup()
	eventuallyIs(t, "the agent's phone", w.phone, Idle)
	over := w.restarts(t, b)
	w.hears(t, "C T", "")
	w.customer.Hangup()
	if got := await(t, over, "the hang-up"); !errors.Is(got.err, telephony.ErrHangup) {
		t.Errorf("the call ended with %v", got.err)
	}
	eventuallyIs(t, "the third phone", w.third, Idle)
	nothingIsLeft(t, b)
}

// awaitsWhoLeaves has a conversation wait for whoever leaves it.
func awaitsWhoLeaves(t *testing.T, talk *telephony.Conversation) {
	t.Helper()
	err := talk.Meanwhile(t.Context(), func(context.Context) error {
		talk.WhenLeaving(func(ctx context.Context, _ *telephony.Party) {
			if err := talk.Await(ctx, "default"); err != nil {
				t.Errorf("await somebody: %v", err)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
