package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
)

var overseeScenarios = []scenario{
	{"SupervisorListensWhispersSpeaksAndBack", supervisorChanges},
	{"EachMayHangUpWhileSupervisorsAreThere/agent", whoHangsUp(func(w *overseen) { w.phone.Hangup() })},
	{"EachMayHangUpWhileSupervisorsAreThere/customer", whoHangsUp(func(w *overseen) { w.customer.Hangup() })},
	{"EachMayHangUpWhileSupervisorsAreThere/supervisor", whoHangsUp(func(w *overseen) { w.boss.Hangup() })},
	{"SupervisorIsHeardByWhomTheyShouldOnHold", supervisorOnHold},
	{"TwoSupervisorsDoNotHearEachOther", twoSupervisors},
	{"SupervisorHearsWhoeverIsWithTheAgent", supervisorAmongThree},
	{"SupervisorFollowsTheCallToTheNextAgent", supervisorFollows},
	{"SupervisorWaitsWithMusicWhereNobodyIsWithTheCaller", supervisorWaits},
	{"SupervisorIsFoundAfterRestart/listens", overseerSurvives(telephony.Listens, false)},
	{"SupervisorIsFoundAfterRestart/whispers", overseerSurvives(telephony.Whispers, false)},
	{"SupervisorIsFoundAfterRestart/whispers on hold", overseerSurvives(telephony.Whispers, true)},
	{"SupervisorIsFoundAfterRestart/speaks", overseerSurvives(telephony.Speaks, false)},
	{"SupervisorWhoLeavesInTheGapLeavesNothing", overseerLeavesInGap},
	{"SupervisorWhoSpeaksIsNotTakenForTheAgentWhoLeftInTheGap", agentLeavesSupervisorInGap},
	{"SupervisorWhoSpeaksStaysWithTheCallerWhereTheLineSaysSo", supervisorStays},
	{"SupervisorWhoDoesNotAnswerLeavesTheTalkAsItIs", supervisorAbsent},
}

// overseen is a conversation with a supervisor at it.
type overseen struct {
	*conversation
	boss Phone
	o    *telephony.Overseer
	over <-chan error // when Attend has returned
}

// oversee lets a supervisor into a conversation.
func oversee(t *testing.T, b Bench, v *conversation, m telephony.Manner) *overseen {
	t.Helper()
	w := &overseen{conversation: v, boss: b.Phone(true)}
	w.o, w.over = w.summon(t, w.boss, m)
	w.hears(t, m)
	return w
}

func (v *conversation) summon(t *testing.T, boss Phone, m telephony.Manner) (*telephony.Overseer, <-chan error) {
	t.Helper()
	came, over := make(chan *telephony.Overseer, 1), make(chan error, 1)
	go func() {
		o, err := v.call.Oversee(t.Context(), telephony.Summons{To: boss.Address(), Timeout: time.Minute, Manner: m, Note: "the boss", Music: "default"})
		if err != nil {
			over <- err
			close(came)
			return
		}
		came <- o
		over <- o.Attend(v.serve)
	}()
	eventuallyIs(t, "the supervisor's phone", boss, Ringing)
	boss.Answer()
	return await(t, came, "the supervisor"), over
}

// hears checks who hears whom: the supervisor both, and they each other; the supervisor is heard by whom their manner says. Nobody hears
// music.
func (w *overseen) hears(t *testing.T, m telephony.Manner) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the supervisor hears the customer %v and the agent %v, and is heard by the agent %v and the customer %v; these hear each other %v; the supervisor hears music %v, and the customer %v",
				w.boss.Hears(w.customer), w.boss.Hears(w.phone), w.phone.Hears(w.boss), w.customer.Hears(w.boss), w.hear(), w.boss.Hears(nil), w.customer.Hears(nil))
		}
	}()
	eventually(t, fmt.Sprintf("a supervisor who %v is heard by whom they should", m), func() bool {
		return w.boss.Hears(w.customer) && w.boss.Hears(w.phone) && w.hear() &&
			w.phone.Hears(w.boss) == (m != telephony.Listens) && w.customer.Hears(w.boss) == (m == telephony.Speaks) &&
			!w.boss.Hears(nil) && !w.customer.Hears(nil)
	})
}

func (w *overseen) becomes(t *testing.T, m telephony.Manner) {
	t.Helper()
	if err := w.o.Become(t.Context(), m); err != nil {
		t.Fatalf("a supervisor who %v is to be one who %v: %v", w.o.Manner(), m, err)
	}
}

func supervisorChanges(t *testing.T, b Bench) {
	w := oversee(t, b, converse(t, b), telephony.Listens)
	for _, m := range []telephony.Manner{
		telephony.Whispers, telephony.Speaks, telephony.Listens, telephony.Speaks, telephony.Whispers, telephony.Listens, telephony.Listens,
	} {
		w.becomes(t, m)
		w.hears(t, m)
		if got := w.o.Manner(); got != m {
			t.Errorf("a supervisor who %v is said to be one who %v", m, got)
		}
	}
	onlyLeft(t, b, "the talk, the supervisor and one ear", 4, 2)
	if err := w.o.Leave(t.Context()); err != nil {
		t.Error(err)
	}
	if err := await(t, w.over, "the end of the listening"); err != nil {
		t.Error(err)
	}
	if err := w.o.Become(t.Context(), telephony.Speaks); !errors.Is(err, telephony.ErrGone) {
		t.Errorf("after their leave: %v", err)
	}
	eventuallyIs(t, "the supervisor's phone", w.boss, Idle)
	onlyLeft(t, b, "the talk", 2, 1)
	w.hear()
	w.customer.Hangup()
	w.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

// whoHangsUp lets somebody hang up in each manner.
func whoHangsUp(act func(*overseen)) func(*testing.T, Bench) {
	return func(t *testing.T, b Bench) {
		for _, m := range []telephony.Manner{telephony.Listens, telephony.Whispers, telephony.Speaks} {
			w := oversee(t, b, converse(t, b), m)
			act(w)
			switch {
			case w.phone.State() == Idle: // the supervisor stays with the caller, and the flow goes on
				w.ends(t, telephony.Agent, nil)
				eventually(t, "the customer hears the prompt", func() bool { return w.customer.Hears(nil) && !w.customer.Hears(w.boss) })
				eventually(t, "the supervisor hears music alone", func() bool { return w.boss.Hears(nil) && !w.boss.Hears(w.customer) })
				onlyLeft(t, b, "the caller and the supervisor", 2, 0)
				w.customer.Hangup()
			case w.boss.State() == Idle:
				onlyLeft(t, b, "the talk", 2, 1)
				eventually(t, "they hear each other", w.hear)
				w.customer.Hangup()
				w.ends(t, telephony.Caller, telephony.ErrHangup)
			default:
				w.ends(t, telephony.Caller, telephony.ErrHangup)
			}
			if err := await(t, w.over, "the end of the listening"); err != nil && !errors.Is(err, telephony.ErrHangup) {
				t.Error(err)
			}
			eventuallyIs(t, "the supervisor's phone", w.boss, Idle)
			nothingIsLeft(t, b)
			w.crash()
		}
	}
}

func supervisorOnHold(t *testing.T, b Bench) {
	w := oversee(t, b, converse(t, b), telephony.Whispers)
	talk := w.call.Conversation()
	do := func(what string, verb func(context.Context) error) {
		t.Helper()
		if err := talk.Meanwhile(t.Context(), verb); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for _, m := range []telephony.Manner{telephony.Whispers, telephony.Speaks, telephony.Listens, telephony.Whispers} {
		do("hold", func(ctx context.Context) error { return talk.Hold(ctx, "default") })
		w.becomes(t, m)
		eventually(t, fmt.Sprintf("on hold a supervisor who %v is heard by the agent, or not, and the caller hears music", m), func() bool {
			return w.boss.Hears(w.phone) && !w.boss.Hears(w.customer) && w.phone.Hears(w.boss) == (m != telephony.Listens) &&
				w.customer.Hears(nil) && !w.customer.Hears(w.boss) && !w.customer.Hears(w.phone)
		})
		do("resume", talk.Resume)
		w.hears(t, m)
	}
	w.customer.Hangup()
	w.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

func twoSupervisors(t *testing.T, b Bench) {
	w := oversee(t, b, converse(t, b), telephony.Whispers)
	second := oversee(t, b, w.conversation, telephony.Listens)
	never := func() {
		t.Helper()
		eventually(t, "the two do not hear each other", func() bool { return !second.boss.Hears(w.boss) && !w.boss.Hears(second.boss) })
	}
	never()
	second.becomes(t, telephony.Whispers)
	eventually(t, "the agent hears both", func() bool { return w.phone.Hears(w.boss) && w.phone.Hears(second.boss) })
	never()
	w.becomes(t, telephony.Speaks)
	w.hears(t, telephony.Speaks)
	eventually(t, "who whispers hears who speaks, and the customer does not hear who whispers", func() bool {
		return second.boss.Hears(w.boss) && second.boss.Hears(w.customer) && !w.customer.Hears(second.boss)
	})
	if len(w.call.Overseers()) != 2 {
		t.Error("the call does not know both")
	}
	w.boss.Hangup()
	eventually(t, "one is left", func() bool { return len(w.call.Overseers()) == 1 })
	second.hears(t, telephony.Whispers)
	eventually(t, "agent and customer hear each other, and no whisper reaches the customer", func() bool {
		return w.phone.Hears(w.customer) && w.customer.Hears(w.phone) && !w.customer.Hears(second.boss)
	})
	w.customer.Hangup()
	w.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}

// supervisorAmongThree lets who is with the agent change, while the agent is recorded: each has packets with numbers of their own.
func supervisorAmongThree(t *testing.T, b Bench) {
	w := conference(t, b)
	w.record(t, telephony.WithoutCaller)
	people := map[string]Party{"C": w.customer, "T": w.third}
	hears := func(boss Phone, in string) {
		t.Helper()
		eventually(t, "a supervisor who whispers hears who is with the agent, who alone hears them, among "+in, func() bool {
			for name, who := range people {
				if boss.Hears(who) != strings.Contains(in, name) || who.Hears(boss) {
					return false
				}
			}
			return boss.Hears(w.phone) && w.phone.Hears(boss)
		})
	}
	boss := b.Phone(true)
	_, over := w.summon(t, boss, telephony.Whispers)
	hears(boss, "C A T")
	for _, at := range []struct{ in, beside string }{{"C A", "T"}, {"A T", "C"}, {"C A T", ""}, {"A T", "C"}, {"C A", "T"}} {
		w.bring(t, at.in, at.beside)
		hears(boss, at.in)
	}
	late := b.Phone(true)
	_, lateOver := w.summon(t, late, telephony.Whispers)
	hears(late, "C A")
	hears(boss, "C A")
	w.record(t, telephony.Unrecorded)
	hears(late, "C A")
	late.Hangup()
	eventually(t, "one is left", func() bool { return len(w.call.Overseers()) == 1 })
	hears(boss, "C A")
	w.customer.Hangup()
	for _, over := range []<-chan error{over, lateOver} {
		_ = await(t, over, "the end of the listening")
	}
	nothingIsLeft(t, b)
}

// talksTwice is a conversation after which the caller talks with another phone, whoever ended the first.
func talksTwice(t *testing.T, b Bench) (v *conversation, next Phone) {
	next = b.Phone(true)
	return converseThen(t, b, func(ctx context.Context, c *telephony.Call) error {
		stop, err := c.Music(ctx, "default")
		if err != nil {
			return err
		}
		defer stop()
		leg, err := dial(ctx, c, next.Address(), time.Minute)
		if err != nil {
			return err
		}
		_, err = c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		return err
	}), next
}

func supervisorFollows(t *testing.T, b Bench) {
	for _, m := range []telephony.Manner{telephony.Listens, telephony.Whispers, telephony.Speaks} {
		v, next := talksTwice(t, b)
		w := oversee(t, b, v, m)
		talk := v.call.Conversation()
		if err := talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Leave(ctx, "default") }); err != nil {
			t.Fatal(err)
		}
		eventuallyIs(t, "the next phone", next, Ringing)
		eventually(t, "the supervisor and the caller hear music, and not each other", func() bool {
			return w.boss.Hears(nil) && w.customer.Hears(nil) && !w.boss.Hears(w.customer) && !w.customer.Hears(w.boss)
		})
		next.Answer()
		w.phone = next
		w.hears(t, m)
		w.customer.Hangup()
		nothingIsLeft(t, b)
		w.crash()
	}
}

func supervisorWaits(t *testing.T, b Bench) {
	v, next := talksTwice(t, b)
	v.phone.Hangup()
	eventuallyIs(t, "the next phone", next, Ringing)
	w := &overseen{conversation: v, boss: b.Phone(true)}
	w.o, w.over = v.summon(t, w.boss, telephony.Speaks)
	eventually(t, "the supervisor hears music", func() bool { return w.boss.Hears(nil) })
	w.becomes(t, telephony.Listens)
	eventually(t, "a supervisor and a caller who waits do not hear each other", func() bool { return !v.customer.Hears(w.boss) && !w.boss.Hears(v.customer) })
	next.Answer()
	w.phone = next
	w.hears(t, telephony.Listens)
	w.customer.Hangup()
	nothingIsLeft(t, b)
}

// overseerSurvives lets a controller die while a supervisor is at a talk, and the next one take both up.
func overseerSurvives(m telephony.Manner, held bool) func(*testing.T, Bench) {
	return func(t *testing.T, b Bench) {
		w := oversee(t, b, converse(t, b), m)
		if held {
			talk := w.call.Conversation()
			if err := talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Hold(ctx, "default") }); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the agent hears the whisper", func() bool { return w.phone.Hears(w.boss) && w.customer.Hears(nil) })
		}
		w.crash()
		w.again(t, b, held)
		if found := w.call.Overseers(); len(found) != 1 || found[0].Note() != "the boss" || found[0].Manner() != m {
			t.Fatalf("found %+v", found)
		}
		w.o = w.call.Overseers()[0]
		w.hears(t, m)
		w.becomes(t, telephony.Listens)
		w.hears(t, telephony.Listens)
		onlyLeft(t, b, "the talk, the supervisor and one ear", 4, 2)
		w.phone.Hangup()
		eventually(t, "the supervisor hears music", func() bool { return w.boss.Hears(nil) })
		w.customer.Hangup()
		eventuallyIs(t, "the supervisor's phone", w.boss, Idle)
		nothingIsLeft(t, b)
	}
}

// again connects a line that takes the talk up, and a caller who was on hold.
func (w *overseen) again(t *testing.T, b Bench, held bool) {
	t.Helper()
	calls := make(chan *telephony.Call, 1)
	b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		for _, o := range c.Overseers() {
			go func() { _ = o.Attend(ctx) }()
		}
		v, found := c.Rejoin(ctx)
		if !found {
			return errors.New("no talk was found")
		}
		if held {
			if err := v.Resume(ctx); err != nil {
				return err
			}
		}
		calls <- c
		if _, err := v.Talk(ctx); err != nil {
			return err
		}
		return stay(ctx, c)
	}))
	w.call = await(t, calls, "the call after the restart")
}

func overseerLeavesInGap(t *testing.T, b Bench) {
	w := oversee(t, b, converse(t, b), telephony.Speaks)
	w.crash()
	w.boss.Hangup()
	w.again(t, b, false)
	eventually(t, "they hear each other", w.hear)
	onlyLeft(t, b, "the talk", 2, 1)
	if len(w.call.Overseers()) > 0 {
		eventually(t, "nobody is left there", func() bool { return len(w.call.Overseers()) == 0 })
	}
	w.customer.Hangup()
	nothingIsLeft(t, b)
}

// supervisorStays: the agent hangs up, and then the supervisor.
func supervisorStays(t *testing.T, b Bench) {
	w := oversee(t, b, converse(t, b), telephony.Speaks)
	talk := w.call.Conversation()
	err := talk.Meanwhile(t.Context(), func(context.Context) error {
		talk.WhenOnlySupervised(func(context.Context) bool { return true })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.hold(t)
	w.phone.Hangup()
	eventually(t, "the caller and the supervisor hear each other, and no music", func() bool {
		return w.customer.Hears(w.boss) && w.boss.Hears(w.customer) && !w.customer.Hears(nil) && !w.boss.Hears(nil)
	})
	if err := w.o.Become(t.Context(), telephony.Listens); !errors.Is(err, telephony.ErrNotTalking) {
		t.Errorf("who is alone with the caller listens from now on: %v", err)
	}
	w.boss.Hangup()
	w.ends(t, telephony.Agent, nil)
	w.callerStays(t, b)
}

// agentLeavesSupervisorInGap leaves the supervisor alone with the caller in the main bridge, which is no talk.
func agentLeavesSupervisorInGap(t *testing.T, b Bench) {
	w := oversee(t, b, converse(t, b), telephony.Speaks)
	w.crash()
	w.phone.Hangup()
	eventuallyIs(t, "the agent's phone", w.phone, Idle)
	rejoined := make(chan bool, 1)
	b.Connect(line(func(ctx context.Context, c *telephony.Call) error {
		for _, o := range c.Overseers() {
			go func() { _ = o.Attend(ctx) }()
		}
		_, found := c.Rejoin(ctx)
		rejoined <- found
		stop, err := c.Music(ctx, "default")
		if err != nil {
			return err
		}
		defer stop()
		return stay(ctx, c)
	}))
	if await(t, rejoined, "the call after the restart") {
		t.Error("a talk of the caller was found that nobody but a supervisor is in")
	}
	eventually(t, "the caller and the supervisor hear music, and not each other", func() bool {
		return w.customer.Hears(nil) && w.boss.Hears(nil) && !w.customer.Hears(w.boss) && !w.boss.Hears(w.customer)
	})
	onlyLeft(t, b, "the caller and the supervisor", 2, 0)
	w.customer.Hangup()
	eventuallyIs(t, "the supervisor's phone", w.boss, Idle)
	nothingIsLeft(t, b)
}

func supervisorAbsent(t *testing.T, b Bench) {
	v := converse(t, b)
	_, err := v.call.Oversee(t.Context(), telephony.Summons{To: b.Phone(false).Address(), Timeout: 5 * time.Second, Manner: telephony.Speaks, Music: "default"})
	var failed *telephony.DialError
	if !errors.As(err, &failed) || failed.Cause != telephony.CauseUnreachable {
		t.Errorf("a phone that is not there: %v", err)
	}
	boss := b.Phone(true)
	declined := make(chan error, 1)
	go func() {
		_, err := v.call.Oversee(t.Context(), telephony.Summons{To: boss.Address(), Timeout: time.Minute, Music: "default"})
		declined <- err
	}()
	eventuallyIs(t, "the supervisor's phone", boss, Ringing)
	boss.Decline()
	if err := await(t, declined, "the refusal"); !errors.As(err, &failed) || failed.Cause != telephony.CauseDeclined {
		t.Errorf("a supervisor who declines: %v", err)
	}
	eventually(t, "they hear each other", v.hear)
	onlyLeft(t, b, "the talk", 2, 1)
	v.customer.Hangup()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	nothingIsLeft(t, b)
}
