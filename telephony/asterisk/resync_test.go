package asterisk

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
)

// has sets Asterisk's lists.
func (s *scripted) has(channels []string, bridges []string, ids ...string) {
	list := func(of []string) string {
		all := "["
		for i, one := range of {
			if i > 0 {
				all += ","
			}
			all += one
		}
		return all + "]"
	}
	var quoted []string
	for _, id := range ids {
		quoted = append(quoted, fmt.Sprintf("%q", id))
	}
	s.says("GET channels", list(channels))
	s.says("GET bridges", list(bridges))
	s.says("GET applications/hotline", `{"name":"hotline","channel_ids":`+list(quoted)+`}`)
}

func dialledJSON(id, state, app string) string {
	return fmt.Sprintf(`{"id":%q,"state":%q,"caller":{},"creationtime":%q,"dialplan":{"app_name":%q,"app_data":"hotline,dialled"}}`, id, state, made, app)
}

func bridgeJSON(id, name string, legs ...string) string {
	b := fmt.Sprintf(`{"id":%q,"name":%q,"channels":[`, id, name)
	for i, leg := range legs {
		if i > 0 {
			b += ","
		}
		b += fmt.Sprintf("%q", leg)
	}
	return b + "]}"
}

func theCallID(t *testing.T, channel string) string {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05.000-0700", made)
	if err != nil {
		t.Fatal(err)
	}
	return string(callID("test", channel, at))
}

func TestCallThatEndedInGapIsToldSo(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	a.arrives("1763773.2")
	gone, stays := within(t, arrived, "a call"), within(t, arrived, "another call")
	if gone.Arrival().Leg != "1763773.1" {
		gone, stays = stays, gone
	}
	a.has([]string{channelJSON("1763773.2", "Up")}, nil, "1763773.2")
	a.drop("hotline")
	within(t, gone.Gone(), "the end of the call")
	await(t, "the connection is back", s.Connected)
	select {
	case <-stays.Gone():
		t.Error("the call that is still there ended too")
	default:
	}
	await(t, "the reconnection is counted", func() bool { return s.Stats().Reconnects == 1 })
	if len(arrived) != 0 {
		t.Error("a known call arrived again")
	}
}

func TestEndsOfPlaybacksAreNotLostInGap(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	played := make(chan error, 1)
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		played <- c.Play(ctx, telephony.Say("en", "hotline/greeting"))
		<-ctx.Done()
	}))
	a.arrives("1763773.1")
	await(t, "it plays", func() bool { return len(a.were("/play/")) > 0 })
	name := a.were("/play/")[0].URI[len("channels/1763773.1/play/"):]
	if body := a.were("/play/")[0].Body; body != `{"media":["sound:hotline/greeting"],"lang":"en"}` {
		t.Errorf("played %s", body)
	}
	a.has([]string{channelJSON("1763773.1", "Up")}, nil, "1763773.1")
	a.refuses("GET playbacks/"+name, 404, `{"message":"Playback not found"}`)
	a.drop("hotline")
	if err := within(t, played, "the end of the announcement"); err != nil {
		t.Error(err)
	}
}

func TestAnswerOfPhoneIsNotLostInGap(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	dialled := make(chan *telephony.Leg, 1)
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		leg, err := c.Dial(ctx, "phone:7", c.From(), "Ivan", time.Minute)
		if err != nil {
			t.Error(err)
		}
		dialled <- leg
		<-ctx.Done()
	}))
	a.arrives("1763773.1")
	leg := a.rings(s)
	a.has([]string{channelJSON("1763773.1", "Up"), dialledJSON(string(leg), "Up", "Stasis")}, nil, "1763773.1", string(leg))
	a.drop("hotline")
	if got := within(t, dialled, "the answer"); got == nil || got.ID() != leg {
		t.Errorf("answered %v", got)
	}
}

// rings waits until the only call dials a phone.
func (a *scripted) rings(s *Switch) (leg telephony.LegID) {
	await(a.t, "it rings", func() bool { return len(a.were("POST channels")) > 0 })
	await(a.t, "the leg is registered", func() bool {
		s.registry.mu.Lock()
		defer s.registry.mu.Unlock()
		for id, l := range s.registry.legs {
			if l.kind == dialledLeg && l.asked {
				leg = id
			}
		}
		return leg != ""
	})
	return leg
}

func TestPhoneIsNotToBlameForWhatHappenedInAGap(t *testing.T) {
	for name, stays := range map[string][]string{"it rings no more": {channelJSON("1763773.1", "Up")}, "Asterisk has died": nil} {
		t.Run(name, func(t *testing.T) {
			for range 10 { // for the order of a map
				a := newScripted(t)
				s := New(a.options())
				dialled := make(chan error, 1)
				running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
					_, err := c.Dial(ctx, "phone:7", c.From(), "Ivan", time.Minute)
					dialled <- err
					<-ctx.Done()
				}))
				a.arrives("1763773.1")
				a.rings(s)
				a.has(stays, nil)
				a.drop("hotline")
				err := within(t, dialled, "the end of the ringing")
				var failed *telephony.DialError
				if stays == nil && !errors.Is(err, telephony.ErrHangup) || stays != nil && (!errors.As(err, &failed) || failed.Cause != telephony.CauseCongestion) {
					t.Fatalf("the ringing ended with %v", err)
				}
			}
		})
	}
}

func TestWaitingCallersAreAdoptedWithTheirNotes(t *testing.T) {
	a := newScripted(t)
	second, first := channelJSON("1763773.2", "Up"), channelJSON("1763773.1", "Ring")
	elsewhere := `{"id":"1763773.3","state":"Up","creationtime":"` + made + `","dialplan":{"app_name":"Playback","app_data":"hotline/reserve"}}`
	a.has([]string{second, elsewhere, first}, nil, "1763773.1", "1763773.2", "1763773.3")
	a.says("GET channels/1763773.2/variable?variable=HOTLINE_NOTE", `{"value":"{\"phase\":\"queue\"}"}`)
	a.refuses("GET channels/1763773.1/variable?variable=HOTLINE_NOTE", 404, `{"message":"Provided variable was not found"}`)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	found := []telephony.Arrival{within(t, arrived, "a call").Arrival(), within(t, arrived, "another call").Arrival()}
	if found[0].Leg != "1763773.1" {
		found[0], found[1] = found[1], found[0] // goroutines start in any order
	}
	if r := found[0].Resume; r == nil || r.Note != "" || r.Answered {
		t.Errorf("the first was found as %+v", r)
	}
	if r := found[1].Resume; r == nil || r.Note != `{"phase":"queue"}` || !r.Answered || string(found[1].ID) != theCallID(t, "1763773.2") {
		t.Errorf("the second was found as %+v", r)
	}
	if st := s.Stats(); st.Adopted != 2 || st.LiveCalls != 2 {
		t.Errorf("counted %+v", st)
	}
}

// TestWhoHangsUpAsTheyAreLookedForIsNoNewCaller: Asterisk's lists, and what it tells of a channel, still have a caller for a moment whose note is gone with them. Taken on without
// it they would be one who has just come, and hangs up at once.
func TestWhoHangsUpAsTheyAreLookedForIsNoNewCaller(t *testing.T) {
	a := newScripted(t)
	a.has([]string{channelJSON("1763773.1", "Up")}, nil, "1763773.1")
	a.says("GET channels/1763773.1", channelJSON("1763773.1", "Up"))
	for _, variable := range []string{"HOTLINE_NOTE", "UNIQUEID"} {
		a.refuses("GET channels/1763773.1/variable?variable="+variable, 404, `{"message":"Provided channel was not found"}`)
	}
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	if n, live := s.Stats().Adopted, s.Stats().LiveCalls; n+uint64(live) > 0 || len(arrived) > 0 {
		t.Errorf("%d calls were found, %d live", n, live)
	}
}

// TestWhoLeavesAsTheyAreFoundHasLeft: the event of it comes before the leg is known, and for a moment after it the channel is there, on its way through the dialplan.
func TestWhoLeavesAsTheyAreFoundHasLeft(t *testing.T) {
	a := newScripted(t)
	call := theCallID(t, "1763773.1")
	agent := call + ".old-1"
	a.has([]string{channelJSON("1763773.1", "Up"), dialledJSON(agent, "Up", "Stasis")}, []string{bridgeJSON(call, "hotline", "1763773.1", agent)}, "1763773.1", agent)
	note := "GET channels/1763773.1/variable?variable=HOTLINE_NOTE"
	a.says(note, `{"value":"e30"}`)
	goes := a.holds(note)
	s := New(a.options())
	line, arrived := calls()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, line) }()
	defer func() { cancel(); <-done }()
	await(t, "the lists are made", func() bool { return len(a.were("GET bridges")) > 0 })
	a.leaves(agent)
	a.leaves("1763773.1")
	await(t, "it is heard of", func() bool { return s.registry.hasLeft("1763773.1") })
	goes()
	c := within(t, arrived, "the call")
	if c.Arrival().Resume.Note != "{}" {
		t.Errorf("found as %+v", c.Arrival().Resume)
	}
	within(t, c.Gone(), "the end of the call")
	await(t, "all legs are forgotten", func() bool { return !s.registry.knows("1763773.1") && !s.registry.knows(telephony.LegID(agent)) })
}

// TestCallersAreAskedAboutBesideEachOther: that Asterisk is slow to say what it knows of one keeps nobody else waiting, and phones that ring for nobody are silent before.
func TestCallersAreAskedAboutBesideEachOther(t *testing.T) {
	a := newScripted(t)
	slow, ringing := theCallID(t, "1763773.1"), theCallID(t, "1763773.1")+".old-1"
	s := New(a.options())
	lane := func(call string) uint32 { return s.requests.client(t.Context(), nil, telephony.CallID(call)).lane % 4 }
	other := "1763773.2"
	for n := 3; lane(theCallID(t, other)) == lane(slow); n++ { // what comes over one socket is answered in its order
		other = fmt.Sprintf("1763773.%d", n)
	}
	a.has([]string{channelJSON("1763773.1", "Up"), channelJSON(other, "Up"), dialledJSON(ringing, "Ringing", "AppDial2")}, nil, "1763773.1", other, ringing)
	goes := a.holds("GET channels/1763773.1/variable?variable=HOTLINE_NOTE")
	line, arrived := calls()
	first := make(chan *telephony.Call, 1)
	var removed []asked
	go func() {
		c := <-arrived
		removed = a.were("DELETE channels/" + ringing)
		first <- c
		goes()
	}()
	running(t, s, line)
	if c := within(t, first, "the other call"); string(c.ID()) == slow {
		t.Error("the first to be served is the slow one")
	}
	if len(removed) != 1 {
		t.Errorf("the phone that rings is silenced: %v", removed)
	}
	within(t, arrived, "the slow call")
}

// TestCallerKeepsWhatTheyTypedThoughAnotherCannotBeAskedAbout: the questions under way come to their end.
func TestCallerKeepsWhatTheyTypedThoughAnotherCannotBeAskedAbout(t *testing.T) {
	a := newScripted(t)
	fails := theCallID(t, "1763773.1")
	s := New(a.options())
	lane := func(call string) uint32 { return s.requests.client(t.Context(), nil, telephony.CallID(call)).lane % 4 }
	other := "1763773.2"
	for n := 3; lane(theCallID(t, other)) == lane(fails); n++ { // what comes over one socket is answered in its order
		other = fmt.Sprintf("1763773.%d", n)
	}
	a.has([]string{channelJSON("1763773.1", "Up"), channelJSON(other, "Up")}, nil, "1763773.1", other)
	note, typed := "GET channels/1763773.1/variable?variable=HOTLINE_NOTE", "GET channels/"+other+"/variable?variable="+url.QueryEscape(typedNow)
	a.refuses(note, 500, `{"error":"Allocation failed"}`)
	fail, goOn := a.holds(note), a.holds(typed)
	a.says(typed, `{"value":"42@1763773000000"}`)
	line, arrived := calls()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, line) }()
	defer func() { cancel(); <-done }()
	await(t, "the other is asked about", func() bool { return len(a.were("GET channels/"+other+"/variable?variable=HOTLINE_NOTE")) > 0 })
	fail()
	select {
	case c := <-arrived:
		t.Fatalf("a caller is served before it is known what they typed: %q", c.Arrival().Resume.Typed)
	case <-time.After(100 * time.Millisecond): // for the failure to get there
	}
	goOn()
	if c := within(t, arrived, "the other call"); c.Arrival().Resume.Typed != "42" {
		t.Errorf("found as %+v", c.Arrival().Resume)
	}
}

// TestKeyTypedAsTheCallerIsFoundIsTaken, once: it is reported before the call is known, and Asterisk may have kept it already.
func TestKeyTypedAsTheCallerIsFoundIsTaken(t *testing.T) {
	a := newScripted(t)
	a.has([]string{channelJSON("1763773.1", "Up")}, nil, "1763773.1")
	asked := time.Now().Truncate(time.Millisecond)
	a.says("GET channels/1763773.1/variable?variable="+url.QueryEscape(typedNow), fmt.Sprintf(`{"value":"14@%d"}`, asked.UnixMilli()))
	goes := a.holds("DELETE playbacks/" + telephony.SaidNames(telephony.CallID(theCallID(t, "1763773.1")))[0]) // the last that is asked before the call is known
	s := New(a.options())
	typed := make(chan string, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, lineFunc(func(ctx context.Context, c *telephony.Call) {
			all, _ := c.Collect(ctx, telephony.Collect{Until: '#', Between: time.Minute})
			typed <- all
			<-ctx.Done()
		}))
	}()
	defer func() { cancel(); <-done }()
	await(t, "it is asked what was kept", func() bool { return len(a.were("EVAL")) > 0 })
	types := func(key string, after, lasted time.Duration) {
		a.sends(fmt.Sprintf(`{"type":"ChannelDtmfReceived","timestamp":%q,"digit":%q,"duration_ms":%d,"channel":%s}`,
			asked.Add(after).Format("2006-01-02T15:04:05.000-0700"), key, lasted.Milliseconds(), channelJSON("1763773.1", "Up")))
	}
	types("1", -200*ms, 100*ms)
	types("4", 60*ms, 80*ms) // of INFO, which is kept as it comes, and reported when it has been played out
	types("2", 10*ms, 100*ms)
	await(t, "they are heard of", func() bool {
		s.registry.mu.Lock()
		defer s.registry.mu.Unlock()
		e := s.registry.early["1763773.1"]
		return e != nil && len(e.keys) == 3
	})
	goes()
	await(t, "the call is known", func() bool { return s.registry.knows("1763773.1") })
	types("4", 0, 100*ms) // is late
	types("4", 300*ms, 100*ms)
	types("0", 400*ms, 100*ms)
	await(t, "all these are heard of", func() bool {
		s.registry.mu.Lock()
		defer s.registry.mu.Unlock()
		l := s.registry.legs["1763773.1"]
		if _, all := l.presses.last['0']; !all {
			return false
		}
		l.since = time.Now().Add(-time.Minute)
		return true
	})
	types("5", -time.Hour, 100*ms) // the clock was set back
	types("#", 500*ms, 100*ms)
	if got := within(t, typed, "the number"); got != "142405" {
		t.Errorf("the call was typed %q", got)
	}
}

// TestWhoIsFoundInNoTalkIsServedAtOnce: nothing is asked first about a talk that there was not, which would wait for the end of the start.
func TestWhoIsFoundInNoTalkIsServedAtOnce(t *testing.T) {
	a := newScripted(t)
	a.has([]string{channelJSON("1763773.1", "Up")}, nil, "1763773.1")
	a.refuses("DELETE bridges/"+theCallID(t, "1763773.1"), 404, `{"message":"Bridge not found"}`)
	s := New(a.options())
	rejoined := make(chan bool, 1)
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		_, talks := c.Rejoin(ctx)
		rejoined <- talks
		<-ctx.Done()
	}))
	if within(t, rejoined, "the caller") {
		t.Error("a talk was found")
	}
	if asked := a.were("DELETE bridges/"); len(asked) > 0 {
		t.Errorf("asked: %v", asked)
	}
}

// TestWhoHearsNothingIsTakenOnFirst: who is in a bridge hears somebody, or music.
func TestWhoHearsNothingIsTakenOnFirst(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	lane := func(channel string) uint32 {
		return s.requests.client(t.Context(), nil, telephony.CallID(theCallID(t, channel))).lane % 4
	}
	const last = "1763773.999"
	var channels, ids []string
	var letGo []func()
	for n := 1; len(ids) < 2*atOnceMost; n++ {
		if id := fmt.Sprintf("1763773.%d", n); lane(id) != lane(last) { // what comes over one socket is answered in its order
			ids, channels = append(ids, id), append(channels, channelJSON(id, "Up"))
			letGo = append(letGo, a.holds("GET channels/"+id+"/variable?variable=HOTLINE_NOTE"))
		}
	}
	a.has(append(channels, channelJSON(last, "Up")), []string{bridgeJSON("hotline.music.default", "hotline", ids...)}, append(ids, last)...)
	line, arrived := calls()
	first := make(chan *telephony.Call, 1)
	go func() {
		first <- <-arrived
		for _, goes := range letGo {
			goes()
		}
	}()
	running(t, s, line)
	if c := within(t, first, "the first to be served"); c.Arrival().Leg != last {
		t.Errorf("the first to be served is %s", c.Arrival().Leg)
	}
	for range ids {
		within(t, arrived, "a call")
	}
}

// TestWhatAnEarlierHotlineSaysIsEnded where the caller may hear it still.
func TestWhatAnEarlierHotlineSaysIsEnded(t *testing.T) {
	a := newScripted(t)
	a.has([]string{channelJSON("1763773.1", "Up"), channelJSON("1763773.2", "Up")}, []string{bridgeJSON("hotline.music.default", "hotline", "1763773.2")}, "1763773.1", "1763773.2")
	names := telephony.SaidNames(telephony.CallID(theCallID(t, "1763773.1")))
	for n, name := range names {
		if n != 1 {
			a.refuses("DELETE playbacks/"+name, 404, `{"message":"Playback not found"}`)
		}
	}
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	for range 2 {
		said := within(t, arrived, "a call").Arrival()
		if want := map[telephony.LegID]int{"1763773.1": 2}[said.Leg]; said.Resume.Said != want {
			t.Errorf("%s goes on with name %d, want %d", said.Leg, said.Resume.Said, want)
		}
	}
	if asked := a.were("DELETE playbacks/"); len(asked) != len(names) {
		t.Errorf("asked: %v", asked)
	}
}

// TestPhoneThatPicksUpAfterTheListIsNotSilenced: its agent waits for the caller. One that cannot be silenced is hung up in the end.
func TestPhoneThatPicksUpAfterTheListIsNotSilenced(t *testing.T) {
	a := newScripted(t)
	call := theCallID(t, "1763773.1")
	picksUp, stays := call+".old-1", call+".old-2"
	a.has([]string{channelJSON("1763773.1", "Up"), dialledJSON(picksUp, "Ringing", "AppDial2"), dialledJSON(stays, "Ringing", "AppDial2")}, nil, "1763773.1", picksUp, stays)
	a.says("GET channels/"+picksUp, dialledJSON(picksUp, "Up", "Stasis"))
	a.says("GET channels/"+picksUp+"/variable?variable=HOTLINE_NOTE", `{"value":"o-1"}`)
	a.refuses("DELETE channels/"+stays+"?reason=normal", 500, `{"error":"Allocation failed"}`)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	r := within(t, arrived, "the call").Arrival().Resume
	if len(r.Alone) != 1 || r.Alone[0].ID != telephony.LegID(picksUp) {
		t.Errorf("found as %+v", r)
	}
	if removed := a.were("DELETE channels/" + picksUp); len(removed) > 0 {
		t.Errorf("who has picked up is hung up: %v", removed)
	}
	if removed := a.were("DELETE channels/" + stays); len(removed) != 2 {
		t.Errorf("the phone that rings on is hung up %d times", len(removed))
	}
}

func TestTalkIsAdoptedAndStraysAreRemoved(t *testing.T) {
	a := newScripted(t)
	call := theCallID(t, "1763773.1")
	agent, ringing, ear := call+".old-1", call+".old-2", call+".old-3"
	lost := string(callID("test", "1763773.8", time.Now()))
	a.has([]string{
		channelJSON("1763773.1", "Up"), dialledJSON(agent, "Up", "Stasis"), dialledJSON(ringing, "Ringing", "AppDial2"),
		dialledJSON(ear, "Up", "Stasis"), dialledJSON(lost+".old-1", "Up", "Stasis"),
		dialledJSON(lost+".foreign-1", "Ringing", "AppDial2"), // not in our application's list
	}, []string{
		bridgeJSON(call, "hotline", "1763773.1", agent), bridgeJSON(call+".old-4", "hotline", ear),
		bridgeJSON(lost, "hotline"), bridgeJSON(lost+".x-1", "another"), bridgeJSON("conference", "hotline"),
	}, "1763773.1", agent, ringing, ear, lost+".old-1")
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	r := within(t, arrived, "the talk").Arrival().Resume
	if r == nil || len(r.Bridged) != 1 || r.Bridged[0] != telephony.LegID(agent) || !r.Answered {
		t.Errorf("found as %+v", r)
	}
	want := map[string]bool{
		"DELETE channels/" + ringing + "?reason=normal": true, "DELETE channels/" + ear + "?reason=normal": true,
		"DELETE channels/" + lost + ".old-1?reason=normal": true,
		"DELETE bridges/" + call + ".old-4":                true, "DELETE bridges/" + lost: true,
	}
	for _, removed := range a.removed() {
		if !want[removed.String()] {
			t.Errorf("removed: %s", removed)
		}
		delete(want, removed.String())
	}
	for missing := range want {
		t.Errorf("not removed: %s", missing)
	}
	if st := s.Stats(); st.SweptChannels != 3 || st.SweptBridges != 2 {
		t.Errorf("counted %+v", st)
	}
	// The adopted agent's end is told.
	a.sends(`{"type":"ChannelDestroyed","cause":16,"channel":` + channelJSON(agent, "Up") + `}`)
	await(t, "the agent's leg is forgotten", func() bool {
		s.registry.mu.Lock()
		defer s.registry.mu.Unlock()
		return s.registry.legs[telephony.LegID(agent)] == nil
	})
}

// Beside the bridge only those are adopted whom the note names and who are up.
func TestPartyWhomTheNoteNamesIsAdopted(t *testing.T) {
	a := newScripted(t)
	call := theCallID(t, "1763773.1")
	agent, third, fourth, ringing := call+".old-1", call+".old-2", call+".old-3", call+".old-4"
	a.has([]string{
		channelJSON("1763773.1", "Up"), dialledJSON(agent, "Up", "Stasis"), dialledJSON(third, "Up", "Stasis"),
		dialledJSON(fourth, "Up", "Stasis"), dialledJSON(ringing, "Ringing", "AppDial2"),
	}, []string{bridgeJSON(call, "hotline", agent, "1763773.1")}, "1763773.1", agent, third, fourth, ringing)
	note := "talk caller agent:old-1 outside:old-2/default supervisor:old-4/default | x"
	a.says("GET channels/1763773.1/variable?variable=HOTLINE_NOTE", `{"value":"`+base64.RawURLEncoding.EncodeToString([]byte(note))+`"}`)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	r := within(t, arrived, "the talk").Arrival().Resume
	if r == nil || r.Note != "x" || !slices.Equal(r.Bridged, []telephony.LegID{telephony.LegID(agent)}) ||
		!slices.Equal(r.Beside, []telephony.LegID{telephony.LegID(third)}) || r.Held {
		t.Errorf("found as %+v", r)
	}
	if removed := a.removed(); len(removed) != 2 || removed[0].String() != "DELETE channels/"+ringing+"?reason=normal" ||
		removed[1].String() != "DELETE channels/"+fourth+"?reason=normal" {
		t.Errorf("removed: %v", removed)
	}
	a.sends(`{"type":"ChannelDestroyed","cause":16,"channel":` + channelJSON(third, "Up") + `}`)
	await(t, "the third party's leg is forgotten", func() bool {
		s.registry.mu.Lock()
		defer s.registry.mu.Unlock()
		return s.registry.legs[telephony.LegID(third)] == nil
	})
}

// TestSupervisorWhoIsLeftAloneWithTheCallerIsNoAgent: the agent has hung up while nobody was connected, and the record tells it.
func TestSupervisorWhoIsLeftAloneWithTheCallerIsNoAgent(t *testing.T) {
	for name, note := range map[string]string{"who speaks": "talk caller agent:old-1 supervisor:old-2 | x", "who was just to leave the bridge": "talk caller agent:old-1 | x"} {
		t.Run(name, func(t *testing.T) {
			a := newScripted(t)
			call := theCallID(t, "1763773.1")
			boss := call + ".old-2"
			a.has([]string{channelJSON("1763773.1", "Up"), dialledJSON(boss, "Up", "Stasis")}, []string{bridgeJSON(call, "hotline", "1763773.1", boss)}, "1763773.1", boss)
			for leg, note := range map[string]string{"1763773.1": note, boss: "supervisor speaks default olga"} {
				a.says("GET channels/"+leg+"/variable?variable=HOTLINE_NOTE", `{"value":"`+base64.RawURLEncoding.EncodeToString([]byte(note))+`"}`)
			}
			s := New(a.options())
			line, arrived := calls()
			running(t, s, line)
			r := within(t, arrived, "the call").Arrival().Resume
			if r == nil || r.Note != "x" || len(r.Bridged) != 0 || len(r.Overseers) != 1 || r.Overseers[0].Leg != telephony.LegID(boss) || r.Overseers[0].Note != "olga" {
				t.Errorf("found as %+v", r)
			}
			if removed := a.removed(); len(removed) != 0 {
				t.Errorf("removed: %v", removed)
			}
		})
	}
}

// leftTalk has the legs of a talk that its caller has left, as the note on the first says, and a bridge of those in it.
func (s *scripted) leftTalk(call string, in []string, beside ...string) (channels []string, bridge string) {
	for _, leg := range slices.Concat(in, beside) {
		channels = append(channels, dialledJSON(leg, "Up", "Stasis"))
	}
	note := "left talk agent:" + strings.TrimPrefix(in[0], call+".") + " agent:old-2 | x"
	s.says("GET channels/"+in[0]+"/variable?variable=HOTLINE_NOTE", `{"value":"`+base64.RawURLEncoding.EncodeToString([]byte(note))+`"}`)
	return channels, bridgeJSON(call, "hotline", in...)
}

// TestWhoIsLeftByAllTalksWithNobody: a supervisor, or a phone that was just picked up, is no company when the caller has left, and the colleague after them.
func TestWhoIsLeftByAllTalksWithNobody(t *testing.T) {
	for name, note := range map[string]string{"supervisor": "supervisor listens default olga", "phone": "somebody"} {
		t.Run(name, func(t *testing.T) {
			a := newScripted(t)
			call := string(callID("test", "1763773.8", time.Now()))
			agent, other := call+".old-1", call+".old-3"
			channels, bridge := a.leftTalk(call, []string{agent}, other)
			a.says("GET channels/"+other+"/variable?variable=HOTLINE_NOTE", `{"value":"`+base64.RawURLEncoding.EncodeToString([]byte(note))+`"}`)
			a.has(channels, []string{bridge}, agent, other)
			s := New(a.options())
			line, arrived := calls()
			running(t, s, line)
			if len(arrived) != 0 || s.Stats().SweptChannels != 2 {
				t.Errorf("%d calls are served, %d legs are hung up", len(arrived), s.Stats().SweptChannels)
			}
		})
	}
}

// TestWhoTalksOnWithoutACallerIsNotHungUpWhereANoteCannotBeRead: Asterisk is asked again, and meanwhile others who talk so are taken on.
func TestWhoTalksOnWithoutACallerIsNotHungUpWhereANoteCannotBeRead(t *testing.T) {
	a := newScripted(t)
	var channels, bridges, all []string
	talk := func(channel string) string {
		call := string(callID("test", channel, time.Now()))
		in := []string{call + ".old-1", call + ".old-2"}
		up, bridge := a.leftTalk(call, in)
		channels, bridges, all = append(channels, up...), append(bridges, bridge), append(all, in...)
		a.refuses("GET channels/"+in[1]+"/variable?variable=HOTLINE_NOTE", 404, `{"message":"Provided variable was not found"}`)
		return call
	}
	fails, other := talk("1763773.7"), talk("1763773.8")
	note := "GET channels/" + fails + ".old-1/variable?variable=HOTLINE_NOTE"
	a.refuses(note, 500, `{"error":"Allocation failed"}`)
	a.has(channels, bridges, all...)
	s := New(a.options())
	arrived := make(chan *telephony.Call, 2)
	line := lineFunc(func(ctx context.Context, c *telephony.Call) { arrived <- c; <-ctx.Done() })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, line) }()
	defer func() { cancel(); <-done }()
	if c := within(t, arrived, "the other talk"); string(c.ID()) != other || !c.Arrival().Resume.Left {
		t.Errorf("found %s as %+v", c.ID(), c.Arrival().Resume)
	}
	await(t, "it was asked in vain", func() bool { return s.Err() != nil && !errors.Is(s.Err(), ErrAway) })
	a.leftTalk(fails, []string{fails + ".old-1", fails + ".old-2"})
	if c := within(t, arrived, "the talk"); string(c.ID()) != fails || len(c.Arrival().Resume.Bridged) != 2 {
		t.Errorf("found %s as %+v", c.ID(), c.Arrival().Resume)
	}
	within(t, s.Ready(), "the connection")
	if removed := a.removed(); len(removed) != 0 {
		t.Errorf("removed: %v", removed)
	}
}

func TestBridgeThatAnAdoptedCallerHasLeftIsTheCalls(t *testing.T) {
	a := newScripted(t)
	call := theCallID(t, "1763773.1")
	a.has([]string{channelJSON("1763773.1", "Up")}, []string{bridgeJSON(call, "hotline")}, "1763773.1")
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	if r := within(t, arrived, "the caller").Arrival().Resume; r == nil || len(r.Bridged) != 0 {
		t.Errorf("found as %+v", r)
	}
	if removed := a.were("DELETE bridges/"); len(removed) != 0 {
		t.Errorf("removed: %v", removed)
	}
	a.leaves("1763773.1")
	await(t, "the bridge is deleted with its call", func() bool { return len(a.were("DELETE bridges/"+call)) == 1 })
}

// TestTalkIsFoundInTheBridgeWhereTheCallerIs, and the other bridge with a leg of theirs is deleted.
func TestTalkIsFoundInTheBridgeWhereTheCallerIs(t *testing.T) {
	call := theCallID(t, "1763773.1")
	agent, stayed, third := call+".old-1", call+".old-2", call+".old-3"
	talk, left := bridgeJSON("hotline.talk.old-2", "hotline", agent, "1763773.1"), bridgeJSON("hotline.talk.old-1", "hotline", stayed, third)
	for name, bridges := range map[string][]string{"first": {talk, left}, "last": {left, talk}} {
		t.Run(name, func(t *testing.T) {
			a := newScripted(t)
			a.has([]string{
				channelJSON("1763773.1", "Up"), dialledJSON(agent, "Up", "Stasis"), dialledJSON(stayed, "Up", "Stasis"), dialledJSON(third, "Up", "Stasis"),
			}, bridges, "1763773.1", agent, stayed, third)
			s := New(a.options())
			line, arrived := calls()
			running(t, s, line)
			if r := within(t, arrived, "the talk").Arrival().Resume; r == nil || !slices.Equal(r.Bridged, []telephony.LegID{telephony.LegID(agent)}) || r.Held {
				t.Errorf("found as %+v", r)
			}
			var removed []string
			for _, one := range a.removed() {
				removed = append(removed, one.URI)
			}
			if want := []string{"channels/" + stayed + "?reason=normal", "channels/" + third + "?reason=normal", "bridges/hotline.talk.old-1"}; !slices.Equal(removed, want) {
				t.Errorf("removed %q, not %q", removed, want)
			}
		})
	}
}

func TestSweeperRemovesWhatItMeetsTwiceOnly(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	lost := string(callID("test", "1763773.8", time.Now()))
	a.has([]string{dialledJSON(lost+".old-1", "Up", "Stasis"), channelJSON("1763773.1", "Up")}, []string{bridgeJSON(lost, "hotline")},
		lost+".old-1", "1763773.1")
	a.forget()
	met := s.resync.sweep(whole(t), nil)
	if asked := a.were("DELETE"); len(asked) != 0 || len(arrived) != 0 {
		t.Errorf("at first sight removed: %v", asked)
	}
	s.resync.sweep(whole(t), met)
	if asked := append(a.were("DELETE channels"), a.were("DELETE bridges")...); len(asked) != 2 {
		t.Errorf("at second sight removed: %v", asked)
	}
	if c := within(t, arrived, "the caller whom no event announced"); c.Arrival().Leg != "1763773.1" {
		t.Errorf("adopted %+v", c.Arrival())
	}
	if st := s.Stats(); st.SweptChannels != 1 || st.SweptBridges != 1 || st.Adopted != 1 {
		t.Errorf("counted %+v", st)
	}
}

// TestPhoneThatRefusesAsTheSweepLooksHasSaidWhy: Asterisk's list no longer has its leg, and the event that it has ended, and why, is on its way.
func TestPhoneThatRefusesAsTheSweepLooksHasSaidWhy(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	dialled := make(chan error, 1)
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		for range 2 {
			_, err := c.Dial(ctx, "phone:7", c.From(), "Ivan", time.Minute)
			dialled <- err
		}
		<-ctx.Done()
	}))
	a.arrives("1763773.1")
	leg := a.rings(s)
	a.has([]string{channelJSON("1763773.1", "Up")}, nil, "1763773.1")
	s.resync.sweep(whole(t), nil)
	a.sends(fmt.Sprintf(`{"type":"ChannelDestroyed","application":"hotline","timestamp":%q,"cause":17,"cause_txt":"User busy","tech_cause":486,"channel":%s}`, made, dialledJSON(string(leg), "Down", "Stasis")))
	var failed *telephony.DialError
	if err := within(t, dialled, "what came of dialling"); !errors.As(err, &failed) || failed.Cause != telephony.CauseBusy || failed.Response != 486 {
		t.Errorf("a busy phone is %v", err)
	}
	a.rings(s)
	s.resync.sweep(whole(t), s.resync.sweep(whole(t), nil))
	if err := within(t, dialled, "what came of dialling again"); !errors.As(err, &failed) || failed.Cause != telephony.CauseCongestion {
		t.Errorf("a phone of whose end no event tells is %v", err)
	}
}

func TestResyncThatFailsIsTriedAgain(t *testing.T) {
	a := newScripted(t)
	a.refuses("GET bridges", 500, `{"error":"Allocation failed"}`)
	s := New(a.options())
	line, _ := calls()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, line) }()
	await(t, "the reason is known", func() bool { return s.Err() != nil && !errors.Is(s.Err(), ErrAway) })
	if s.Connected() {
		t.Error("it serves without knowing what Asterisk has")
	}
	a.has(nil, nil)
	within(t, s.Ready(), "the connection")
	cancel()
	if err := within(t, done, "the end of Run"); err != nil {
		t.Error(err)
	}
}

// TestPhoneOfWhichAsteriskDoesNotSayWhetherItHoldsIsAskedAgain: it would be taken for one that does not, until it holds the next time.
func TestPhoneOfWhichAsteriskDoesNotSayWhetherItHoldsIsAskedAgain(t *testing.T) {
	a := newScripted(t)
	call := theCallID(t, "1763773.1")
	agent := call + ".aaaaaa-1"
	a.has([]string{channelJSON("1763773.1", "Up"), dialledJSON(agent, "Up", "Stasis")}, []string{bridgeJSON(call, "hotline", "1763773.1", agent)}, "1763773.1", agent)
	asked := "GET channels/" + agent + "/variable?variable=CHANNEL%28rtp%2Chold%29"
	a.refuses(asked, 500, `{"error":"Allocation failed"}`)
	s := New(a.options())
	line, arrived := calls()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, line) }()
	defer func() { cancel(); <-done }()
	await(t, "it was asked in vain", func() bool { return s.Err() != nil && !errors.Is(s.Err(), ErrAway) })
	a.says(asked, `{"value":"1"}`)
	if r := within(t, arrived, "the call").Arrival().Resume; !slices.Equal(r.Holding, []telephony.LegID{telephony.LegID(agent)}) {
		t.Errorf("the call was found as %+v", r)
	}
}

// TestPhoneThatHoldsNoMoreWhenItsCallIsAdoptedIsToldSo: before its call was registered nobody was told.
func TestPhoneThatHoldsNoMoreWhenItsCallIsAdoptedIsToldSo(t *testing.T) {
	a := newScripted(t)
	call := theCallID(t, "1763773.1")
	agent := call + ".aaaaaa-1"
	a.has([]string{channelJSON("1763773.1", "Up"), dialledJSON(agent, "Up", "Stasis")}, []string{bridgeJSON(call, "hotline", "1763773.1", agent)}, "1763773.1", agent)
	asked := "GET channels/" + agent + "/variable?variable=CHANNEL%28rtp%2Chold%29"
	a.says(asked, `{"value":"1"}`)
	a.saysThen(asked, `{"value":"0"}`) // when the call is registered
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	c := within(t, arrived, "the call")
	v, there := c.Rejoin(t.Context())
	if !there {
		t.Fatal("the talk was not found")
	}
	await(t, "the phone holds no more", func() bool { return !v.Holds(v.Others()[0]) })
}

func TestLegThatIsJustBeingMadeIsNotTakenForGone(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	a.mutes("POST channels/create")
	o := a.options()
	o.Deadline = 2 * time.Second
	s := New(o)
	failed := make(chan error, 1)
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		_, err := c.Dial(ctx, "phone:7", c.From(), "Ivan", time.Minute)
		failed <- err
		<-ctx.Done()
	}))
	a.arrives("1763773.1")
	await(t, "the request is on its way", func() bool { return len(a.were("POST channels")) > 0 })
	a.has([]string{channelJSON("1763773.1", "Up")}, nil, "1763773.1")
	s.resync.sweep(whole(t), nil)
	err := within(t, failed, "the end of dialling")
	var refused *telephony.DialError
	if errors.As(err, &refused) || err == nil {
		t.Errorf("dialling ended with %v, want the missing reply", err)
	}
	await(t, "what may have been made is hung up", func() bool { return len(a.were("DELETE channels/"+theCallID(t, "1763773.1"))) > 0 })
}
