package softphone

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"hotline/deploy/private"
)

const line = "+78005550100"

// withAsterisk runs the subtests against one Asterisk: nothing else tells whether a phone
// speaks SIP as the world does, rather than as its own twin does.
func TestAgainstRealAsterisk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("real Asterisk is not for -short")
	}
	ctx := within(t, 2*time.Minute)
	a, err := private.StartAsterisk(ctx, private.AsteriskOptions{Number: line, MediaPorts: 1000, Patience: 60})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if t.Failed() {
			log, _ := os.ReadFile(a.Log)
			t.Logf("Asterisk's log:\n%s", log[max(0, len(log)-4000):])
		}
		if err := a.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	for _, user := range []string{"ag7", "ag8", "ag9"} {
		provision(t, a, user)
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T, *private.Asterisk)
	}{
		{"a registered phone hears its own voice and digits in the echo", echo},
		{"a wrong password is refused", wrongPassword},
		{"a registered phone is called with the caller's name", called},
		{"a phone's refusal reaches Asterisk", refuses},
		{"a customer who gives up while the line rings leaves no channel", givesUp},
		{"hostile names do not keep a customer from the line", hostile},
		{"quiet calls type digits too", quietDigits},
		{"a phone comes back after Asterisk was killed", comesBack}, // last: it restarts
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, a) })
	}
}

func echo(t *testing.T, a *private.Asterisk) {
	ctx := within(t, soon)
	p := registered(t, a, "ag7")
	c := must[*Call](t)(p.Call(ctx, "*43", CallOptions{}))
	ok(t, c.PlayTone(440))
	ok(t, c.Hears(ctx, 440, 500*time.Millisecond))
	go func() { _ = c.Digits(ctx, "12*") }()
	for _, want := range []byte("12*") {
		if got := must[byte](t)(c.Digit(ctx)); got != want {
			t.Errorf("typed %c, the echo is %c", want, got)
		}
	}
	ok(t, c.PlaySilence())
	ok(t, c.Silent(ctx, 300*time.Millisecond))
	ok(t, c.Hangup(ctx))
	noChannels(t, a)
}

func wrongPassword(t *testing.T, a *private.Asterisk) {
	ctx := within(t, soon)
	p := phone(t, Options{User: "ag7", Secret: "wrong", Server: a.SIPAddr})
	var refused *Refused
	if err := p.Register(ctx); !errors.As(err, &refused) || refused.Code != 401 {
		t.Errorf("registering with a wrong password: %v", err)
	}
	if p.Registered() {
		t.Error("the phone thinks that it is registered")
	}
	if _, err := p.Call(ctx, "*43", CallOptions{}); !errors.As(err, &refused) || refused.Code != 401 {
		t.Errorf("calling with a wrong password: %v", err)
	}
}

func called(t *testing.T, a *private.Asterisk) {
	ctx := within(t, soon)
	p := registered(t, a, "ag7")
	originate(t, a, "ag7", `"Анна" <+79161234567>`)
	r := must[*Ringing](t)(p.Incoming(ctx))
	if r.From != "+79161234567" || r.FromName != "Анна" {
		t.Errorf("called by %q %q", r.From, r.FromName)
	}
	c := must[*Call](t)(r.Answer(ctx))
	ok(t, c.PlayTone(500)) // the other half is the echo
	ok(t, c.Hears(ctx, 500, 300*time.Millisecond))
	must[string](t)(a.CLI(ctx, "channel request hangup all"))
	happens(t, ctx, "Asterisk hangs up", c.Done())
	if byPeer, _ := c.Ended(); !byPeer {
		t.Error("the phone does not know who hung up")
	}

	// Hung up by the caller while it rings.
	originate(t, a, "ag7", "112")
	r = must[*Ringing](t)(p.Incoming(ctx))
	must[string](t)(a.CLI(ctx, "channel request hangup all"))
	happens(t, ctx, "the ringing stops", r.Cancelled())
	if _, err := r.Answer(ctx); !errors.Is(err, ErrCancelled) {
		t.Errorf("answering after the caller gave up: %v", err)
	}
	noChannels(t, a)
}

func refuses(t *testing.T, a *private.Asterisk) {
	ctx := within(t, soon)
	p := registered(t, a, "ag7")
	for _, code := range []int{486, 480, 603} {
		originate(t, a, "ag7", "112")
		must[*Ringing](t)(p.Incoming(ctx)).Reject(code)
		noChannels(t, a)
	}
}

func givesUp(t *testing.T, a *private.Asterisk) {
	ctx := within(t, soon)
	p := phone(t, Options{User: "customer", Server: a.SIPAddr})
	for _, pause := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond} {
		out := must[*Outgoing](t)(p.Dial(ctx, line, CallOptions{From: "+79160000001"}))
		if pause > 0 {
			happens(t, ctx, "ringing", out.Ringing())
		}
		select { // what a customer does, not a wait for something
		case <-time.After(pause):
		case <-out.Done():
		}
		out.Cancel()
		if _, err := out.Wait(); !errors.Is(err, errWithdrawn) {
			t.Errorf("a call given up: %v", err)
		}
		idle(t, ctx, p)
		noChannels(t, a)
	}
}

func hostile(t *testing.T, a *private.Asterisk) {
	ctx := within(t, 2*time.Minute)
	p := phone(t, Options{User: "customer", Server: a.SIPAddr})
	for _, o := range []CallOptions{
		{Anonymous: true}, {FromName: `"; DROP TABLE x; -- \`}, {FromName: "${SHELL(id)}"}, {FromName: "<script>alert(1)</script>"},
		{FromName: "a\tb\x01c\x1b[31m"}, {FromName: "\u202eabc"}, {FromName: "\xff\xfe"}, {FromName: strings.Repeat("ж", 5000)},
		{FromName: strings.Repeat(`"`, 5000)}, {From: `79;x="<>@`}, {From: strings.Repeat("9", 3000)}, {From: "+7,916", FromName: ","},
	} {
		out := must[*Outgoing](t)(p.Dial(ctx, line, o))
		select {
		case <-out.Ringing():
		case <-out.Done():
			_, err := out.Wait()
			t.Errorf("name %.40q, number %.40q: %v", o.FromName, o.From, err)
		case <-time.After(soon):
			t.Errorf("name %.40q, number %.40q: no answer at all", o.FromName, o.From)
		}
		out.Cancel()
	}
	idle(t, ctx, p)
	noChannels(t, a)
}

func quietDigits(t *testing.T, a *private.Asterisk) {
	ctx := within(t, soon)
	p := phone(t, Options{User: "ag8", Secret: "secret-ag8", Server: a.SIPAddr, Quiet: true})
	ok(t, p.Register(ctx))
	originate(t, a, "ag8", "112")
	c := must[*Call](t)(must[*Ringing](t)(p.Incoming(ctx)).Answer(ctx))
	ok(t, c.Digits(ctx, "1234"))
	if c.Sent() != 4*7 {
		t.Errorf("4 digits took %d packets, want 28", c.Sent())
	}
	ok(t, c.Hangup(ctx))
	noChannels(t, a)
}

func comesBack(t *testing.T, a *private.Asterisk) {
	ctx := within(t, 2*time.Minute)
	p := phone(t, Options{User: "ag9", Secret: "secret-ag9", Server: a.SIPAddr, Refresh: 300 * time.Millisecond})
	ok(t, p.Register(ctx))
	talking := must[*Call](t)(p.Call(ctx, "*43", CallOptions{}))
	a.Kill()
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := talking.Hangup(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hanging up on a dead switch: %v", err)
	}
	happens(t, ctx, "the call is over all the same", talking.Done())
	ok(t, a.Start(ctx))
	provision(t, a, "ag9") // forgotten by the restart, as is the registration
	for {
		contacts := must[string](t)(a.CLI(ctx, "pjsip show contacts"))
		if strings.Contains(contacts, "ag9/sip:ag9@") {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the phone did not come back: %s", contacts)
		case <-time.After(50 * time.Millisecond):
		}
	}
	originate(t, a, "ag9", "112")
	must[*Ringing](t)(p.Incoming(ctx)).Reject(486)
	ok(t, p.Unregister(ctx))
	if contacts := must[string](t)(a.CLI(ctx, "pjsip show contacts")); strings.Contains(contacts, "ag9/sip:ag9@") {
		t.Errorf("after unregistering: %s", contacts)
	}
}

func registered(t *testing.T, a *private.Asterisk, user string) *Phone {
	t.Helper()
	p := phone(t, Options{User: user, Secret: "secret-" + user, Server: a.SIPAddr})
	ok(t, p.Register(within(t, soon)))
	if !p.Registered() {
		t.Fatal("registered, and does not know it")
	}
	return p
}

// provision makes a phone known, as the switch's driver does.
func provision(t *testing.T, a *private.Asterisk, user string) {
	t.Helper()
	type field struct {
		Attribute string `json:"attribute"`
		Value     string `json:"value"`
	}
	for _, o := range []struct {
		kind   string
		fields []field // in order: disallow=all takes back what stood before it
	}{
		{"auth", []field{{"auth_type", "userpass"}, {"username", user}, {"password", "secret-" + user}}},
		{"aor", []field{{"max_contacts", "1"}, {"remove_existing", "yes"}}},
		{"endpoint", []field{
			{"context", "phones"}, {"disallow", "all"}, {"allow", "ulaw,alaw"}, {"auth", user}, {"aors", user},
			{"direct_media", "no"}, {"rtp_symmetric", "yes"}, {"force_rport", "yes"}, {"rewrite_contact", "yes"},
			{"media_address", "127.0.0.1"}, {"bind_rtp_to_media_address", "yes"},
		}},
	} {
		ari(t, a, http.MethodPut, "/asterisk/config/dynamic/res_pjsip/"+o.kind+"/"+user, nil, map[string]any{"fields": o.fields})
	}
}

// originate has Asterisk call a phone; whoever answers is in the echo.
func originate(t *testing.T, a *private.Asterisk, user, caller string) {
	t.Helper()
	ari(t, a, http.MethodPost, "/channels", url.Values{
		"endpoint": {"PJSIP/" + user}, "context": {"phones"}, "extension": {"*43"}, "priority": {"1"}, "callerId": {caller},
	}, nil)
}

func ari(t *testing.T, a *private.Asterisk, method, path string, query url.Values, body any) {
	t.Helper()
	var b bytes.Buffer
	if body != nil {
		ok(t, json.NewEncoder(&b).Encode(body))
	}
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), method, a.ARIURL+path+"?"+query.Encode(), &b))
	req.SetBasicAuth(a.ARIUser, a.ARIPassword)
	req.Header.Set("Content-Type", "application/json")
	res := must[*http.Response](t)(http.DefaultClient.Do(req))
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, res.Status)
	}
}

var channelCount = regexp.MustCompile(`(?m)^(\d+) active channels?`)

// noChannels waits until Asterisk has let go of every channel.
func noChannels(t *testing.T, a *private.Asterisk) {
	t.Helper()
	ctx := within(t, soon)
	for {
		out := must[string](t)(a.CLI(ctx, "core show channels count"))
		if m := channelCount.FindStringSubmatch(out); m != nil && m[1] == "0" {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("channels are left in Asterisk: %s", out)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
