package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
)

func TestRunEndsWhenAnotherHotlineTakesOver(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	ended := make(chan error, 1)
	arrived := make(chan *telephony.Call, 1)
	done := make(chan error, 1)
	go func() {
		done <- s.Run(context.Background(), lineFunc(func(ctx context.Context, c *telephony.Call) {
			arrived <- c
			<-ctx.Done()
			ended <- context.Cause(ctx)
		}))
	}()
	within(t, s.Ready(), "the connection")
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	a.sends(`{"type":"ApplicationReplaced","application":"hotline"}`)
	err := within(t, done, "the end of Run")
	if !errors.Is(err, ErrReplaced) || !strings.Contains(err.Error(), "another Hotline took over") {
		t.Errorf("Run ended with %v", err)
	}
	if cause := within(t, ended, "the end of the call"); !errors.Is(cause, telephony.ErrHandover) {
		t.Errorf("the call's context ended with %v", cause)
	}
	if err := s.Answer(whole(t), c.Arrival().Leg); !errors.Is(err, ErrReplaced) {
		t.Errorf("a request after the other's coming: %v", err)
	}
	if asked := a.were("DELETE"); len(asked) != 0 {
		t.Errorf("the other Hotline's calls were touched: %v", asked)
	}
	if s.Connected() {
		t.Error("it says that it is connected")
	}
}

func TestCallsAreLeftAsTheyAreWhenRunEnds(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	started := make(chan struct{})
	left := make(chan bool, 1)
	stop := running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		stopMusic, err := c.Music(ctx, "default")
		if err != nil {
			t.Error(err)
		}
		defer stopMusic()
		close(started)
		<-ctx.Done()
		left <- telephony.HandedOver(ctx)
	}))
	a.arrives("1763773.1")
	within(t, started, "the music")
	a.forget()
	if err := stop(); err != nil {
		t.Errorf("Run ended with %v", err)
	}
	if !within(t, left, "the end of the call") {
		t.Error("the call was not told that it is handed over")
	}
	if asked := a.were("channels"); len(asked) != 0 {
		t.Errorf("the call was touched: %v", asked)
	}
	if err := s.Answer(whole(t), "1763773.1"); !errors.Is(err, ErrAway) {
		t.Errorf("a request after the end: %v", err)
	}
}

// tried is why a connection fails that is tried once.
func tried(t *testing.T, o Options) error {
	s := New(o)
	if err := s.opt.check(); err != nil {
		return err
	}
	return s.connection(whole(t), &connections{carrying: whole(t)})
}

func TestReasonsForNoConnectionAreNamed(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	another := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello") }))
	defer another.Close()
	a := newScripted(t)
	for _, test := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.URL = "http://" + closed.Addr().String() + "/ari" }, "connect to Asterisk at http://" + closed.Addr().String() + "/ari: connection refused"},
		{func(o *Options) { o.Password = "wrong" }, `connect to Asterisk at ` + a.URL + `/ari as "hotline": wrong user or password`},
		{func(o *Options) { o.Password = "" }, "user or password is missing"},
		{func(o *Options) { o.URL = other.URL + "/ari" }, "no ARI there (404 Not Found)"},
		{func(o *Options) { o.URL = another.URL + "/ari" }, "what answers there is no Asterisk"},
		{func(o *Options) { o.URL = "127.0.0.1:8088" }, "want http://host:port/ari"},
		{func(o *Options) { o.OutboundFormat = "PJSIP/trunk" }, "where the number goes"},
	} {
		o := a.options()
		test.change(&o)
		err := tried(t, o)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("have %v\nwant %s", err, test.want)
		}
	}
}

func TestWrongPasswordEndsRunAtOnce(t *testing.T) {
	a := newScripted(t)
	o := a.options()
	o.Password = "wrong"
	line, _ := calls()
	if err := New(o).Run(whole(t), line); !errors.Is(err, ErrPassword) || strings.Contains(err.Error(), "wrong\"") {
		t.Errorf("Run ended with %v", err)
	}
}

func TestSwitchWaitsForAsteriskThatIsAway(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	a.refuses("GET asterisk/info", 503, `{"message":"Service Unavailable"}`)
	a.mutes("GET asterisk/info")
	o := a.options()
	o.Deadline = 500 * time.Millisecond
	s := New(o)
	line, _ := calls()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, line) }()
	await(t, "it has tried twice", func() bool { return len(a.were("GET asterisk/info")) > 1 })
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "connect to Asterisk at "+a.URL+"/ari: ") {
		t.Errorf("the reason is %v", err)
	}
	a.mu.Lock()
	delete(a.mute, "GET asterisk/info")
	a.mu.Unlock()
	within(t, s.Ready(), "the connection")
	if s.Err() != nil || !s.Connected() {
		t.Errorf("connected: %v, reason %v", s.Connected(), s.Err())
	}
	cancel()
	if err := within(t, done, "the end of Run"); err != nil {
		t.Errorf("Run ended with %v", err)
	}
}

func TestRequestThatGetsNoReplyFailsAtItsDeadline(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"22.10.1", "20.5.0"} {
		a := newScripted(t)
		a.version = version
		a.mutes("POST channels/1763773.1/answer")
		o := a.options()
		o.Deadline = time.Second
		s := New(o)
		line, _ := calls()
		stop := running(t, s, line)
		err := s.Answer(context.Background(), "1763773.1")
		if err == nil || !strings.HasPrefix(err.Error(), "answer 1763773.1: ") || !strings.HasSuffix(err.Error(), "no reply within 1s") {
			t.Errorf("Asterisk %s: %v", version, err)
		}
		if asked := a.were("answer"); len(asked) != insists {
			t.Errorf("Asterisk %s was asked %v", version, asked)
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		revoked := errors.New("offer revoked")
		again := make(chan error, 1)
		go func() { again <- s.Answer(ctx, "1763773.1") }()
		await(t, "it is asked once more", func() bool { return len(a.were("answer")) == insists+1 })
		cancel(revoked)
		if err := within(t, again, "the end of the request"); !errors.Is(err, revoked) {
			t.Errorf("Asterisk %s, when the context ends: %v", version, err)
		}
		// The socket is still good for others.
		leg := telephony.LegID(theCallID(t, "1763773.1") + ".a-1")
		if err := s.Hangup(whole(t), leg, telephony.CauseBusy); err != nil {
			t.Error(err)
		}
		if asked := a.were("DELETE channels/" + string(leg) + "?reason=busy"); len(asked) != 1 {
			t.Errorf("asked %v", asked)
		}
		_ = stop()
	}
}

func TestOlderAsteriskIsAskedOverHTTP(t *testing.T) {
	a := newScripted(t)
	a.version = "20.9.3"
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	if err := c.Answer(whole(t)); err != nil {
		t.Error(err)
	}
	for _, request := range a.were("") {
		if request.over != "http" {
			t.Errorf("%s went over %s", request, request.over)
		}
	}
	for version, want := range map[string]bool{
		"22.10.1+dfsg+~cs6.17.60671434-1": true, "22.4.0": true, "22.3.1": false, "23.0.0": true, "21.9.1": true, "21.8.0": false,
		"20.14.0": true, "20.13.0": false, "18.9": false, "certified/20.7-cert3": false, "GIT-master-abc": false, "": false,
	} {
		if carriesRequests(version) != want {
			t.Errorf("Asterisk %q takes requests over a websocket: want %v", version, want)
		}
	}
}

// TestAVersionThatWhispersUnsafelyIsNotAskedTo: what is published of them stands in WhispersUnsafely.
func TestAVersionThatWhispersUnsafelyIsNotAskedTo(t *testing.T) {
	for version, unsafe := range map[string]bool{
		"22.10.1+dfsg+~cs6.17.60671434-1": false, "22.11.0": true, "22.12.0": true, "20.20.1": false, "20.21.0": true, "23.4.0": false, "23.5.0": true, "24.0.0": true,
		"21.12.0": false, "certified/20.7-cert3": false, "GIT-master-abc": false, "": false,
	} {
		if WhispersUnsafely(version) != unsafe {
			t.Errorf("Asterisk %q whispers unsafely: want %v", version, unsafe)
		}
	}
	a := newScripted(t)
	a.version = "22.11.0"
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	err := s.Monitor(whole(t), telephony.Monitor{Leg: telephony.LegID(string(c.ID()) + ".1"), Call: c.ID(), Of: "1763773.1", Whisper: true})
	if !errors.Is(err, telephony.ErrWhisperUnsafe) {
		t.Errorf("a whisper is answered %v", err)
	}
	if err := s.Monitor(whole(t), telephony.Monitor{Call: c.ID(), Whisper: true}); !errors.Is(err, telephony.ErrWhisperUnsafe) {
		t.Errorf("whether it could is answered %v", err)
	}
	if err := s.Monitor(whole(t), telephony.Monitor{Call: c.ID()}); err != nil {
		t.Errorf("whether one could listen is answered %v", err)
	}
	if asked := a.were("snoop"); len(asked) > 0 {
		t.Errorf("Asterisk was asked all the same: %v", asked)
	}
}

func TestRequestsOfOneCallGoOverOneSocketInOrder(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	used := make(map[string]bool)
	for i := range 40 {
		leg := telephony.LegID(fmt.Sprintf("1763773.%d", i))
		a.arrives(string(leg))
		c := within(t, arrived, "the call")
		for range 3 {
			_ = s.Answer(whole(t), c.Arrival().Leg)
			_ = s.Bridge(whole(t), telephony.BridgeID(c.ID()), c.Arrival().Leg, telephony.LegID(c.ID()+".x-1"))
			_ = s.Mark(whole(t), c.Arrival().Leg, telephony.Mark{Note: "note"})
		}
		var over []string
		for _, request := range append(a.were(string(leg)), a.were(string(c.ID()))...) {
			over = append(over, request.over)
		}
		slices.Sort(over)
		if over = slices.Compact(over); len(over) != 1 {
			t.Errorf("the requests of one call went over %v", over)
		}
		used[over[0]] = true
	}
	if len(used) != 4 {
		t.Errorf("the calls used %d sockets", len(used))
	}
}

// A request whose socket breaks is sent again over another: Asterisk may not have carried it out.
func TestARequestThatLosesItsSocketIsSentOverAnother(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	a.mutes("POST channels/1763773.1/answer")
	answered := make(chan error, 1)
	go func() { answered <- s.Answer(whole(t), c.Arrival().Leg) }()
	await(t, "the request is on its way", func() bool { return len(a.were("answer")) > 0 })
	first := a.were("answer")[0]
	a.hears("POST channels/1763773.1/answer")
	a.drop(first.over)
	if err := within(t, answered, "the reply"); err != nil {
		t.Error(err)
	}
	if all := a.were("answer"); len(all) != 2 || all[1].over == first.over {
		t.Errorf("it was sent as %v", all)
	}
	if s.Stats().Reconnects != 0 {
		t.Error("the events socket was given up too")
	}
}

// What is refused when it is asked again is refused: a leg that has left is in no bridge.
func TestWhatIsRefusedWhenItIsAskedAgainIsRefused(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	bridge := telephony.BridgeID(string(c.ID()) + ".b-1")
	adds := "POST bridges/" + string(bridge) + "/addChannel"
	a.mutes(adds)
	joined := make(chan error, 1)
	go func() { joined <- s.Bridge(whole(t), bridge, c.Arrival().Leg) }()
	await(t, "the request is on its way", func() bool { return len(a.were("addChannel")) > 0 })
	a.refuses(adds, http.StatusConflict, `{"message":"Channel 1763773.1 not in Stasis application"}`)
	a.hears(adds)
	a.drop(a.were("addChannel")[0].over)
	if err := within(t, joined, "the reply"); !errors.Is(err, telephony.ErrGone) {
		t.Errorf("a leg that is not there is joined: %v", err)
	}
}

// What a call asks for while there is no connection is done when there is one; what it had asked for when it broke, too.
func TestACallsRequestsWaitForTheNextConnection(t *testing.T) {
	for _, version := range []string{"22.10.1", "20.5.0"} {
		a := newScripted(t)
		a.version = version
		a.says("GET channels", "["+channelJSON("1763773.1", "Up")+"]")
		s := New(a.options())
		line, arrived := calls()
		running(t, s, line)
		c := within(t, arrived, "the call")
		a.mutes("POST channels/1763773.1/answer")
		a.mutes("GET asterisk/info")
		answered := make(chan error, 1)
		go func() { answered <- s.Answer(whole(t), c.Arrival().Leg) }()
		await(t, "the request is on its way", func() bool { return len(a.were("answer")) > 0 })
		a.drop("hotline")
		a.CloseClientConnections()
		await(t, "the loss is noticed", func() bool { return !s.Connected() })
		impatient, giveUp := context.WithCancel(t.Context())
		giveUp()
		if err := s.Linked(impatient); !errors.Is(err, context.Canceled) {
			t.Errorf("Asterisk %s: linked meanwhile: %v", version, err)
		}
		marked := make(chan error, 1)
		go func() { marked <- s.Mark(whole(t), c.Arrival().Leg, telephony.Mark{Note: "note"}) }()
		a.hears("POST channels/1763773.1/answer")
		a.hears("GET asterisk/info")
		if err := s.Linked(t.Context()); err != nil {
			t.Errorf("Asterisk %s: linked: %v", version, err)
		}
		for _, done := range []chan error{answered, marked} {
			if err := within(t, done, "a reply"); err != nil {
				t.Errorf("Asterisk %s: %v", version, err)
			}
		}
		if c.Left() {
			t.Error("the caller was given up")
		}
	}
}

// What a caller is to hear while there is no connection is played when there is one: nobody was told that it has ended.
func TestWhatIsToBePlayedWithoutAConnectionIsPlayedOnce(t *testing.T) {
	a := newScripted(t)
	a.says("GET channels", "["+channelJSON("1763773.1", "Up")+"]")
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	c := within(t, arrived, "the call")
	welcome := telephony.MediaID{Kind: telephony.Playback, Name: string(c.ID()) + ".p-1"}
	a.refuses("GET playbacks/"+welcome.Name, http.StatusNotFound, `{"message":"Playback not found"}`)
	a.mutes("GET asterisk/info")
	a.drop("hotline")
	a.CloseClientConnections()
	await(t, "the loss is noticed", func() bool { return !s.Connected() })
	played := make(chan error, 1)
	go func() {
		played <- s.Play(whole(t), c.Arrival().Leg, welcome, telephony.Announcement{Parts: []telephony.Part{telephony.Sound("hotline/welcome")}})
	}()
	await(t, "it is to be played", func() bool { return s.registry.hears(c.Arrival().Leg, welcome) })
	a.hears("GET asterisk/info")
	if err := within(t, played, "the playback"); err != nil {
		t.Error(err)
	}
	if asked := a.were("/play/"); len(asked) != 1 || !s.registry.hears(c.Arrival().Leg, welcome) {
		t.Errorf("asked %v; it plays as far as is known: %v", asked, s.registry.hears(c.Arrival().Leg, welcome))
	}
}

// A caller whose call was served, and whose hang-up got lost with the connection, is hung up with the next one.
func TestACallerWhoCouldNotBeHungUpIsWithTheNextConnection(t *testing.T) {
	a := newScripted(t)
	a.says("GET channels", "["+channelJSON("1763773.1", "Up")+"]")
	o := a.options()
	o.Deadline = time.Second
	s := New(o)
	ended := make(chan struct{})
	running(t, s, lineFunc(func(context.Context, *telephony.Call) { <-ended }))
	await(t, "the call", func() bool { return s.Stats().LiveCalls == 1 })
	a.mutes("GET asterisk/info")
	a.drop("hotline")
	a.CloseClientConnections()
	await(t, "the loss is noticed", func() bool { return !s.Connected() })
	close(ended)
	await(t, "it was served, and could not be hung up", func() bool { return !s.registry.serves("1763773.1") })
	a.hears("GET asterisk/info")
	await(t, "it is hung up", func() bool { return len(a.were("DELETE channels/1763773.1")) > 0 })
}

// A connection of ours that was held up on the way may be accepted after a later one, and replaces it. It is none of another Hotline's.
func TestOnesOwnLateConnectionIsNoOtherHotline(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	a.says("GET channels", "["+channelJSON("1763773.1", "Up")+"]")
	for _, app := range []string{s.opt.mark(), "hotline"} {
		a.sends(`{"type":"ApplicationReplaced","application":"` + app + `"}`)
	}
	await(t, "the next connection", func() bool { return s.Stats().Reconnects == 1 })
	if err := s.Answer(whole(t), c.Arrival().Leg); err != nil || c.Left() {
		t.Errorf("a request after that: %v; the caller has left: %v", err, c.Left())
	}
}

// Asterisk may leave a socket mute. Its pings are answered all the same.
func TestCommandSocketThatRepliesNothingIsOpenedAnew(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	o := a.options()
	o.CommandSockets, o.Deadline = 4, 300*time.Millisecond
	a.deaf = o.CommandSockets
	s := New(o)
	line, _ := calls()
	running(t, s, line) // ready, or the test fails
	await(t, "every socket replies", func() bool {
		for call := range 20 { // on all of them
			if s.Mark(whole(t), telephony.LegID(fmt.Sprintf("1763773.%d", call)), telephony.Mark{Note: "note"}) != nil {
				return false
			}
		}
		return true
	})
}
