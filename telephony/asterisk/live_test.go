package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hotline/deploy/private"
	"hotline/telephony"
	"hotline/telephony/conformance"
	"hotline/telephony/softphone"
)

// What the suite for all switches does not ask, because only a real Asterisk has it.

func theBench(t *testing.T) *bench {
	t.Helper()
	return openBench(t).(*bench)
}

func empty(t *testing.T, a *private.Asterisk) {
	t.Helper()
	await(t, "nothing is left in Asterisk", func() bool { return len(listed(t, a, "/channels"))+len(bridgesLeft(t, a)) == 0 })
}

func TestRealAsteriskRefusesWrongPassword(t *testing.T) {
	a := realAsterisk(t)
	o := realOptions(a)
	o.Password = "wrong"
	line, _ := calls()
	err := New(o).Run(whole(t), line)
	if !errors.Is(err, ErrPassword) {
		t.Errorf("Run ended with %v", err)
	}
	e := Examine(realOptions(a))
	defer e.Close()
	version, err := e.Version(whole(t))
	if err != nil || version == "" {
		t.Errorf("version %q, %v", version, err)
	}
	wrong := Examine(o)
	defer wrong.Close()
	if _, err := wrong.Version(whole(t)); !errors.Is(err, ErrPassword) {
		t.Errorf("examined with a wrong password: %v", err)
	}
}

func TestNewerHotlineTakesOverAndCallsGoOn(t *testing.T) {
	b := theBench(t)
	older, newer := New(realOptions(b.asterisk)), New(realOptions(b.asterisk))
	replaced := make(chan error, 1)
	line, first := calls()
	go func() { replaced <- older.Run(context.Background(), line) }()
	within(t, older.Ready(), "the older one")
	customer := b.Call("+78005550123", "Ivan")
	before := within(t, first, "the call")
	if err := before.Answer(whole(t)); err != nil {
		t.Fatal(err)
	}
	line, second := calls()
	running(t, newer, line)
	if err := within(t, replaced, "the older one's end"); !errors.Is(err, ErrReplaced) {
		t.Errorf("the older one ended with %v", err)
	}
	after := within(t, second, "the call at the newer one")
	if after.ID() != before.ID() || after.Arrival().Resume == nil || customer.State() != conformance.Talking {
		t.Errorf("call %s went on as %+v, the customer is %s", before.ID(), after.Arrival(), customer.State())
	}
	customer.Hangup()
	within(t, after.Gone(), "the end of the call")
	empty(t, b.asterisk)
}

// A connection of one's own that comes late takes the application, as another Hotline's does, and calls go on at the Hotline that there is.
func TestALateConnectionIsTakenBack(t *testing.T) {
	b := theBench(t)
	s := New(realOptions(b.asterisk))
	line, first := calls()
	running(t, s, line)
	b.Call("+78005550123", "Ivan")
	c := within(t, first, "the call")
	late, err := dialSocket(whole(t), s.opt, s.opt.mark(), s.opt.App)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	await(t, "the next connection", func() bool { return s.Stats().Reconnects == 1 && s.Connected() })
	if err := c.Answer(whole(t)); err != nil || c.Left() {
		t.Errorf("the caller is answered %v, and has left: %v", err, c.Left())
	}
	customer := b.Call("+78005550124", "Olga")
	after := within(t, first, "a call after that")
	customer.Hangup()
	within(t, after.Gone(), "its end")
}

func TestTalkGoesOnWhenHotlineStopsAndStarts(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain HTTP %v", plain), func(t *testing.T) { talkGoesOn(t, plain) })
	}
}

func talkGoesOn(t *testing.T, plain bool) {
	b := theBench(t)
	o := realOptions(b.asterisk)
	o.plain = plain
	phone := b.Phone(true).(*handset)
	talks := lineFunc(func(ctx context.Context, c *telephony.Call) {
		if v, ok := c.Rejoin(ctx); ok {
			_, _ = v.Talk(ctx)
			return
		}
		_ = c.Answer(ctx)
		if leg, err := c.Dial(ctx, phone.Address(), c.From(), c.Name(), time.Minute); err == nil {
			_, _ = c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		}
	})
	stop := running(t, New(o), talks)
	customer := b.Call("+78005550123", "Ivan")
	await(t, "the phone rings", func() bool { return phone.State() == conformance.Ringing })
	phone.Answer()
	hear := func() bool { return customer.Hears(phone) && phone.Hears(customer) }
	await(t, "they hear each other", hear)
	if err := stop(); err != nil {
		t.Errorf("Run ended with %v", err)
	}
	await(t, "they hear each other while Hotline is away", hear)
	s := New(o)
	running(t, s, talks)
	if st := s.Stats(); st.Adopted != 1 || st.SweptChannels != 0 {
		t.Errorf("counted %+v", st)
	}
	await(t, "they hear each other after the restart", hear)
	customer.Hangup()
	await(t, "the phone is idle", func() bool { return phone.State() == conformance.Idle })
	empty(t, b.asterisk)
}

func TestPhonesComeBackAfterAsteriskRestarts(t *testing.T) {
	t.Parallel()
	ctx := whole(t)
	a, err := private.StartAsterisk(ctx, private.AsteriskOptions{Number: lineNumber})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop(context.Background()) })
	var w watch
	o := realOptions(a)
	o.Hotline = &w
	s := New(o)
	line, arrived := calls()
	running(t, s, line)
	for _, p := range []telephony.Phone{{ID: "7", Secret: "secret"}, {ID: "page", Secret: "secret", WebRTC: true}} {
		if err := s.Provision(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	phone, err := softphone.New(softphone.Options{User: "7", Secret: "secret", Server: a.SIPAddr, Refresh: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	if err := phone.Register(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, "the phone is reachable", func() bool { return s.PhoneReachable("7") })
	out, err := phone.Dial(ctx, lineNumber, softphone.CallOptions{From: "+78005550123"})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Cancel()
	cut := within(t, arrived, "the call")
	a.Kill()
	await(t, "the loss is noticed", func() bool { return !s.Connected() })
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	within(t, cut.Gone(), "the end of the call that Asterisk took with it")
	await(t, "the phone is reachable again", func() bool { return s.Connected() && s.PhoneReachable("7") })
	if told := w.all(); told != "+7 -7 +7" {
		t.Errorf("told %s", told)
	}
	if shown, err := a.CLI(ctx, "pjsip show endpoint page"); err != nil || !strings.Contains(shown, "webrtc") {
		t.Errorf("the page's phone is not there: %v\n%s", err, shown)
	}
	if err := phone.Unregister(ctx); err != nil {
		t.Fatal(err)
	}
	await(t, "the phone is not reachable any more", func() bool { return !s.PhoneReachable("7") })
}

func TestPhoneShowsCallerMadeSafe(t *testing.T) {
	b := theBench(t)
	phone := b.Phone(true).(*handset)
	hostile := "Иван \"; <script>\u202e\x01 ${SHELL(id)} " + strings.Repeat("я", 2000)
	names := make(chan string, 1)
	running(t, New(realOptions(b.asterisk)), lineFunc(func(ctx context.Context, c *telephony.Call) {
		names <- c.Name()
		_, _ = c.Dial(ctx, phone.Address(), c.From(), hostile, time.Minute)
	}))
	customer := b.Call("+78005550123", `Robert"); DROP TABLE \ Студенты`)
	if name := within(t, names, "the call"); name != `Robert"); DROP TABLE \ Студенты` {
		t.Errorf("arrived as %q", name)
	}
	await(t, "the phone rings", func() bool { return phone.State() == conformance.Ringing })
	phone.mu.Lock()
	from := phone.rings.Header("From")
	phone.mu.Unlock()
	if !strings.HasPrefix(from, `"Иван ; script ${SHELL(id)} `) || !strings.Contains(from, "<sip:+78005550123@") || len(from) > 200 {
		t.Errorf("the phone shows %s", from)
	}
	customer.Hangup()
	empty(t, b.asterisk)
}

func TestLongestNoteIsKept(t *testing.T) {
	b := theBench(t)
	note := strings.Repeat(`{"path":"Справка, ${X} \"<&>\" 100%"} `, 200)[:4090]
	note = strings.ToValidUTF8(note, "")
	marked := make(chan error, 1)
	stop := running(t, New(realOptions(b.asterisk)), lineFunc(func(ctx context.Context, c *telephony.Call) {
		marked <- c.Mark(ctx, note)
		<-ctx.Done()
	}))
	customer := b.Call("+78005550123", "Ivan")
	if err := within(t, marked, "the mark"); err != nil {
		t.Fatal(err)
	}
	_ = stop()
	line, arrived := calls()
	running(t, New(realOptions(b.asterisk)), line)
	if r := within(t, arrived, "the call").Arrival().Resume; r == nil || r.Note != note {
		t.Errorf("found %+v", r)
	}
	customer.Hangup()
	empty(t, b.asterisk)
}

// post asks ARI over a connection of the test's own.
func post(t *testing.T, a *private.Asterisk, path string, query url.Values) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, a.ARIURL+path+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(a.ARIUser, a.ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		t.Fatalf("%s: %s", path, resp.Status)
	}
}

func TestWhatBelongsToNobodyIsSwept(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	o := realOptions(b.asterisk)
	o.Sweep = 200 * time.Millisecond
	s := New(o)
	line, arrived := calls()
	running(t, s, line)
	lost := string(callID("test", "1763773.8", time.Now()))
	phone := b.Phone(true).(*handset)
	post(t, b.asterisk, "/channels", url.Values{"endpoint": {"PJSIP/" + phone.id}, "app": {"hotline"}, "channelId": {lost + ".old-1"}, "timeout": {"-1"}})
	post(t, b.asterisk, "/bridges/"+lost, url.Values{"type": {"mixing"}, "name": {"hotline"}})
	await(t, "both are swept", func() bool { st := s.Stats(); return st.SweptChannels == 1 && st.SweptBridges >= 1 })
	await(t, "the phone is idle", func() bool { return phone.State() == conformance.Idle })
	if len(arrived) != 0 {
		t.Error("a stray leg came as a call")
	}
	empty(t, b.asterisk)
}

func TestManyCallsAtOnceLeaveNothing(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	const many = 60
	var served atomic.Int32
	s := New(realOptions(b.asterisk))
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		if errors.Join(c.Answer(ctx), c.Mark(ctx, "note"), c.Play(ctx, telephony.Announcement{Language: "ru", Parts: []telephony.Part{telephony.Digits("1")}})) == nil {
			served.Add(1)
		}
	}))
	var customers []*softphone.Outgoing
	caller, err := b.exchange.Phone(softphone.Options{User: "crowd", Quiet: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range many {
		out, err := caller.Dial(t.Context(), lineNumber, softphone.CallOptions{From: fmt.Sprintf("+780055501%02d", i)})
		if err != nil {
			t.Fatal(err)
		}
		customers = append(customers, out)
	}
	for _, out := range customers {
		c, err := out.Wait()
		if err != nil {
			t.Fatal(err)
		}
		within(t, c.Done(), "the end of a call")
	}
	await(t, "no call is live", func() bool { return s.Stats().LiveCalls == 0 })
	if st := s.Stats(); served.Load() != many || st.Failures != 0 || st.SweptChannels != 0 || // bridges may be: what a test before has kept for its next talk
		len(st.Unknown) != 0 || st.Malformed != 0 {
		t.Errorf("served %d of %d, counted %+v", served.Load(), many, st)
	}
	s.serving.mu.Lock()
	s.registry.mu.Lock()
	left := len(s.registry.legs) + len(s.registry.calls) + len(s.bridges.known) + len(s.serving.handed)
	s.registry.mu.Unlock()
	s.serving.mu.Unlock()
	if left != 0 {
		t.Errorf("%d things are left in the registry", left)
	}
	empty(t, b.asterisk)
}
