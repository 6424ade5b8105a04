package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
)

// calls is a line that hands its calls to the test, and keeps them until they end.
func calls() (telephony.Line, <-chan *telephony.Call) {
	arrived := make(chan *telephony.Call, 1000)
	return lineFunc(func(ctx context.Context, c *telephony.Call) {
		arrived <- c
		bound, cancel := c.Bound(ctx)
		defer cancel()
		<-bound.Done()
	}), arrived
}

func TestUnknownAndBrokenEventsAreCountedAndSkipped(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	for _, frame := range []string{
		`{"type":"ChannelTransfer","application":"hotline"}`, // of Asterisk 22, unknown to the library
		`{"type":"ChannelTransfer","application":"hotline"}`,
		`{"type":"StasisStart","channel":5}`,
		`{"type":"StasisStart"}`,
		`{"type":"StasisEnd","channel":null}`,
		`{"type":""}`, `{}`, `null`, `[]`, `}{`, ``, `"StasisStart"`, strings.Repeat(`[`, 10000),
		`{"type":"ChannelDtmfReceived","digit":"","channel":{"id":"x"}}`,
		`{"type":"PlaybackFinished"}`, `{"type":"RecordingFinished","recording":{}}`, `{"type":"DeviceStateChanged"}`,
	} {
		a.sends(frame)
	}
	a.arrives("1763773.1")
	c := within(t, arrived, "a call after the rubbish")
	for c.Arrival().Leg != "1763773.1" { // a StasisStart without a channel is one of a nameless channel
		c = within(t, arrived, "a call after the rubbish")
	}
	st := s.Stats()
	if st.Unknown["ChannelTransfer"] != 2 || st.Unknown["StasisStart"] != 1 || st.Malformed != 8 {
		t.Errorf("counted %+v", st)
	}
}

func TestInventedEventTypesDoNotFillTheMemory(t *testing.T) {
	var c counters
	for i := range 1000 {
		c.unknown(fmt.Sprint("Type", i))
	}
	if n := c.stats(0).Unknown; len(n) != unknownLimit+1 || n["other"] != 1000-unknownLimit {
		t.Errorf("%d types are counted apart, %d as others", len(n), n["other"])
	}
}

func TestReaderIsNotHeldUpByCallThatDoesNotListen(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	deaf := within(t, arrived, "the call")
	const many = 5000
	for i := range many {
		at := time.Now().Add(time.Duration(i) * 300 * time.Millisecond).Format("2006-01-02T15:04:05.000-0700")
		a.sends(fmt.Sprintf(`{"type":"ChannelDtmfReceived","timestamp":%q,"digit":"7","duration_ms":100,"channel":%s}`, at, channelJSON("1763773.1", "Up")))
	}
	a.arrives("1763773.2")
	within(t, arrived, "the other call")
	digits, err := deaf.Collect(whole(t), telephony.Collect{Max: many})
	if len(digits) != many || err != nil {
		t.Errorf("of %d digits %d were kept, error %v", many, len(digits), err)
	}
}

func TestCallArrivesOnceHoweverOftenItIsAnnounced(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	for range 3 {
		a.arrives("1763773.1")
	}
	a.arrives("1763773.2")
	first, second := within(t, arrived, "a call"), within(t, arrived, "another call")
	if first.ID() == second.ID() {
		t.Errorf("call %s arrived twice", first.ID())
	}
	if first.From().E164 != "+78005550123" || first.Name() != "Ivan" || first.To().E164 != "+78005550100" {
		t.Errorf("arrival is %+v", first.Arrival())
	}
}

func TestGoneLegIsNoFault(t *testing.T) {
	for _, status := range []int{404, 409, 412, 422} {
		a := newScripted(t)
		s := New(a.options())
		line, _ := calls()
		stop := running(t, s, line)
		a.refuses("POST channels/1763773.1/answer", status, `{"message":"Channel not found"}`)
		err := s.Answer(whole(t), "1763773.1")
		if !errors.Is(err, telephony.ErrGone) || !strings.Contains(err.Error(), "Channel not found") {
			t.Errorf("%d is %v", status, err)
		}
		a.refuses("POST channels/1763773.1/answer", 500, `{"message":"Out of order"}`)
		err = s.Answer(whole(t), "1763773.1")
		if err == nil || errors.Is(err, telephony.ErrGone) || !strings.Contains(err.Error(), "answer 1763773.1: ") || !strings.Contains(err.Error(), "Out of order") {
			t.Errorf("500 is %v", err)
		}
		if st := s.Stats(); st.Gone != 1 || st.Failures != 1 {
			t.Errorf("counted %+v", st)
		}
		_ = stop()
	}
}

func TestLineThatPanicsCostsOneCallOnly(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	served := make(chan string, 2)
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		served <- string(c.Arrival().Leg)
		panic("a bug in a flow")
	}))
	a.arrives("1763773.1")
	within(t, served, "the call")
	await(t, "the caller is hung up", func() bool { return len(a.were("DELETE channels/1763773.1")) > 0 })
	a.arrives("1763773.2")
	within(t, served, "the next call")
	await(t, "both are counted", func() bool { return s.Stats().Panics == 2 })
	a.leaves("1763773.1")
	a.leaves("1763773.2")
	await(t, "no call is live", func() bool { return s.Stats().LiveCalls == 0 })
}

func TestLateAnswerOfStrangerIsHungUp(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	stranger := string(callID("test", "1763773.9", time.Now())) + ".abc-1"
	a.sends(`{"type":"StasisStart","args":["dialled"],"channel":` + channelJSON(stranger, "Up") + `}`)
	await(t, "the stranger is hung up", func() bool { return len(a.were("DELETE channels/"+stranger)) > 0 })
	if len(arrived) != 0 {
		t.Error("a leg that was dialled came as a call")
	}
}

func TestEventFilterNamesWhatIsUsed(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, _ := calls()
	running(t, s, line)
	filters := a.were("PUT applications/hotline/eventFilter")
	if len(filters) != 1 || !strings.HasPrefix(filters[0].Body, `{"allowed":[{"type":"ApplicationReplaced"}`) || !strings.HasPrefix(filters[0].over, "hotline-commands-") {
		t.Errorf("filters are %v", filters)
	}
	if len(a.were(http.MethodGet+" applications/hotline")) != 1 {
		t.Error("there was no resync")
	}
}

func TestWhoIsNotHeardOfAnyMoreIsLostAndWhoHangsUpIsNot(t *testing.T) {
	for words, want := range map[string]bool{
		`"cause":1,"soft":true`:               true, // nothing came over RTP
		`"cause":32,"soft":true`:              false,
		`"cause":18`:                          true,
		`"cause":102`:                         true,
		`"cause":127,"tech_cause":481`:        true, // a phone that was started anew
		`"cause":18,"tech_cause":408`:         true,
		`"cause":127`:                         false,
		`"cause":16`:                          false,
		`"cause":16,"tech_cause":200`:         false,
		`"soft":true`:                         false,
		`"cause":"16","tech_cause":"strange"`: false,
	} {
		a := newScripted(t)
		s := New(a.options())
		line, arrived := calls()
		running(t, s, line)
		a.arrives("1763773.1")
		c := within(t, arrived, "a call")
		a.sends(`{"type":"ChannelHangupRequest","channel":{"id":"1763773.1"},` + words + `}`)
		a.leaves("1763773.1")
		within(t, c.Gone(), "the end of the call")
		if c.Lost() != want {
			t.Errorf("%s: lost is %v", words, c.Lost())
		}
	}
}
