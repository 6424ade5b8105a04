package conformance

import (
	"context"
	"errors"
	"testing"
	"time"

	"hotline/telephony"
)

var trackScenarios = []scenario{
	{"WhatBothSayIsOnTracksOfTheirOwnAndNothingElse", tracksOfATalk},
	{"NobodyIsRecordedOnHoldOrInAPause", tracksPause},
	{"TracksOfThreeAreTheirsUntilTheyLeave", tracksOfThree},
	{"TracksGoOnThroughARestart", tracksSurvive},
	{"TracksThatNobodyWantsAfterARestartEnd", tracksAreNotWanted},
}

// said is how much longer or shorter than they spoke somebody may be heard on tracks: each begins some packets late.
const said = 700 * time.Millisecond

// spoken is for how long people spoke while they were recorded: surely, and at most. What they say while a command is on its way may be
// on their tracks, or not.
type spoken struct {
	least, most time.Duration
	since       time.Time
}

func (s *spoken) begins()               { s.since = time.Now() }
func (s *spoken) lasts(d time.Duration) { s.least += speak(d) }
func (s *spoken) hasEnded(at time.Time) { s.most += at.Sub(s.since) }

// record has the conversation recorded from now on.
func (v *conversation) record(t *testing.T, how telephony.Recorded) {
	t.Helper()
	talk := v.call.Conversation()
	talk.WhenUnrecorded(func(_ context.Context, err error) { t.Errorf("not recorded: %v", err) })
	if err := talk.Meanwhile(t.Context(), func(ctx context.Context) error { return talk.Record(ctx, how) }); err != nil {
		t.Fatalf("record: %v", err)
	}
}

// onTracks checks for how long each party is heard on the tracks of a call, by the leg that the tracks are of, and how many tracks
// there are. Nobody is heard on another's.
func (v *conversation) onTracks(t *testing.T, b Bench, tracks int, spoke spoken, parties map[telephony.LegID]Party) {
	t.Helper()
	names := b.Tracks(v.call.ID())
	if len(names) != tracks {
		t.Errorf("there are %d tracks, want %d: %q", len(names), tracks, names)
	}
	heard := make(map[telephony.LegID]time.Duration)
	for _, name := range names {
		track, ok := telephony.ParseTrack(name)
		if !ok || parties[track.Leg] == nil {
			t.Errorf("track %s is nobody's", name)
		}
		for leg, party := range parties {
			lasted := b.Track(name, party)
			if leg == track.Leg {
				heard[leg] += lasted
			} else if lasted > 0 {
				t.Errorf("another than %q is heard on %s for %v", track.Leg, name, lasted)
			}
		}
		if music := b.Track(name, nil); music > said/4 {
			t.Errorf("music or prompts are heard on %s for %v", name, music)
		}
	}
	for leg := range parties {
		if heard[leg] < spoke.least-said || heard[leg] > spoke.most+said {
			t.Errorf("%q is heard for %v on their tracks, and spoke for %v to %v", leg, heard[leg], spoke.least, spoke.most)
		}
	}
}

// agentsLeg is that of the one beside the caller.
func (v *conversation) agentsLeg() telephony.LegID {
	return v.call.Conversation().Others()[0].Leg().ID()
}

// speak lets the parties hum for a while, in which they are recorded or not, and says for how long it was.
func speak(d time.Duration) time.Duration {
	began := time.Now()
	time.Sleep(d) // it is a length of sound that is measured
	return time.Since(began)
}

func tracksOfATalk(t *testing.T, b Bench) {
	v := converse(t, b)
	agent := v.agentsLeg()
	var spoke spoken
	spoke.begins()
	v.record(t, telephony.WithCaller)
	spoke.lasts(2 * time.Second)
	v.phone.Hangup()
	v.ends(t, telephony.Agent, nil)
	spoke.hasEnded(time.Now())
	eventually(t, "the customer hears the prompt", func() bool { return v.customer.Hears(nil) })
	v.onTracks(t, b, 2, spoke, map[telephony.LegID]Party{"": v.customer, agent: v.phone})
	v.callerStays(t, b)
}

func tracksPause(t *testing.T, b Bench) {
	v := converse(t, b)
	agent := v.agentsLeg()
	var spoke spoken
	spoke.begins()
	v.record(t, telephony.WithCaller)
	spoke.lasts(2 * time.Second)
	v.hold(t)
	spoke.hasEnded(time.Now())
	v.isOnHold(t)
	spoke.begins()
	v.resume(t)
	spoke.lasts(2 * time.Second)
	v.record(t, telephony.Unrecorded)
	spoke.hasEnded(time.Now())
	speak(2 * time.Second)
	spoke.begins()
	v.record(t, telephony.WithCaller)
	spoke.lasts(time.Second)
	v.customer.Hangup()
	v.ends(t, telephony.Caller, telephony.ErrHangup)
	spoke.hasEnded(time.Now())
	nothingIsLeft(t, b)
	v.onTracks(t, b, 6, spoke, map[telephony.LegID]Party{"": v.customer, agent: v.phone})
}

func tracksOfThree(t *testing.T, b Bench) {
	w := conference(t, b)
	agent, third := w.a.Leg().ID(), w.o.Leg().ID()
	var spoke spoken
	spoke.begins()
	w.record(t, telephony.WithoutCaller)
	spoke.lasts(2 * time.Second)
	w.third.Hangup()
	eventually(t, "the third has left", func() bool { return len(w.talk().Others()) == 1 })
	w.phone.Hangup()
	w.ends(t, telephony.Agent, nil)
	spoke.hasEnded(time.Now())
	w.onTracks(t, b, 3, spoke, map[telephony.LegID]Party{"": w.customer, agent: w.phone, third: w.third})
	w.callerStays(t, b)
}

// takenUp is a call, and when it was recorded as it is to be.
type takenUp struct {
	call *telephony.Call
	at   time.Time
}

// recordsWhatItFinds takes up the conversation that it finds, and records it so.
func recordsWhatItFinds(t *testing.T, how telephony.Recorded) (next script[talked], rejoined <-chan takenUp) {
	calls := make(chan takenUp, 1)
	return line(func(ctx context.Context, c *telephony.Call) talked {
		talk, ok := c.Rejoin(ctx)
		if !ok {
			return talked{err: errors.New("no talk was found")}
		}
		talk.WhenUnrecorded(func(_ context.Context, err error) { t.Errorf("not recorded: %v", err) })
		err := talk.Record(ctx, how)
		at := time.Now()
		if err := errors.Join(err, talk.Join(ctx)); err != nil {
			return talked{err: err}
		}
		calls <- takenUp{c, at}
		by, err := talk.Talk(ctx)
		return talked{by, err}
	}), calls
}

func tracksSurvive(t *testing.T, b Bench) {
	v := converse(t, b)
	agent := v.agentsLeg()
	var spoke spoken
	spoke.begins()
	v.record(t, telephony.WithCaller)
	spoke.lasts(time.Second)
	v.crash()
	spoke.lasts(time.Second) // nobody is there but the switch
	next, rejoined := recordsWhatItFinds(t, telephony.WithCaller)
	b.Connect(next)
	v.call = await(t, rejoined, "the talk after the restart").call
	spoke.lasts(time.Second)
	v.phone.Hangup()
	if got := await(t, next.result, "the end of the talk"); got.by != telephony.Agent || got.err != nil {
		t.Errorf("the talk was ended by %v with %v", got.by, got.err)
	}
	spoke.hasEnded(time.Now())
	eventuallyIs(t, "the customer", v.customer, Idle)
	nothingIsLeft(t, b)
	v.onTracks(t, b, 2, spoke, map[telephony.LegID]Party{"": v.customer, agent: v.phone})
}

func tracksAreNotWanted(t *testing.T, b Bench) {
	v := converse(t, b)
	agent := v.agentsLeg()
	var spoke spoken
	spoke.begins()
	v.record(t, telephony.WithCaller)
	spoke.lasts(time.Second)
	v.crash()
	next, rejoined := recordsWhatItFinds(t, telephony.Unrecorded)
	b.Connect(next)
	found := await(t, rejoined, "the talk after the restart")
	v.call = found.call
	spoke.hasEnded(found.at)
	speak(2 * time.Second)
	v.phone.Hangup()
	await(t, next.result, "the end of the talk")
	eventuallyIs(t, "the customer", v.customer, Idle)
	nothingIsLeft(t, b)
	v.onTracks(t, b, 2, spoke, map[telephony.LegID]Party{"": v.customer, agent: v.phone})
}
