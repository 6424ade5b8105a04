package softphone

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// firstCopy loses the first copy of every message: whatever is not repeated until it is
// understood never arrives.
func firstCopy() func([]byte) bool {
	var mu sync.Mutex
	seen := map[string]bool{}
	return func(packet []byte) bool {
		start, _, _ := bytes.Cut(packet, []byte("\r\n"))
		key := string(start)
		for line := range strings.Lines(string(packet)) {
			if strings.HasPrefix(line, "CSeq:") || strings.HasPrefix(line, "Call-ID:") {
				key += line
			}
		}
		mu.Lock()
		defer mu.Unlock()
		lose := !seen[key]
		seen[key] = true
		return lose
	}
}

func TestLostMessagesAreMadeGood(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	var phones []*Phone
	for _, user := range []string{"a", "b"} {
		x := must[*Exchange](t)(NewExchange(ExchangeOptions{Lose: firstCopy()}))
		t.Cleanup(x.Close)
		phones = append(phones, must[*Phone](t)(x.Phone(Options{User: user})))
	}
	a, b := phones[0], phones[1]
	out := must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{}))
	theirs := must[*Call](t)(must[*Ringing](t)(b.Incoming(ctx)).Answer(ctx))
	ours := must[*Call](t)(out.Wait())
	ok(t, theirs.PlayTone(440))
	ok(t, ours.Hears(ctx, 440, 100*time.Millisecond))
	ok(t, ours.Hangup(ctx))
	happens(t, ctx, "hang-up", theirs.Done())

	out = must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{}))
	r := must[*Ringing](t)(b.Incoming(ctx))
	happens(t, ctx, "ringing", out.Ringing())
	out.Cancel()
	happens(t, ctx, "the ringing stops", r.Cancelled())

	out = must[*Outgoing](t)(a.Dial(ctx, b.URI(), CallOptions{}))
	must[*Ringing](t)(b.Incoming(ctx)).Reject(486)
	if _, err := out.Wait(); err == nil || !strings.Contains(err.Error(), "486") {
		t.Errorf("a refusal that was lost once: %v", err)
	}
	idle(t, ctx, a, b)
}

func TestCallToNobodyEndsWithItsContextOnly(t *testing.T) {
	t.Parallel()
	ctx := within(t, soon)
	deaf := must[*Exchange](t)(NewExchange(ExchangeOptions{Lose: func([]byte) bool { return true }}))
	t.Cleanup(deaf.Close)
	a := phone(t, Options{User: "a"})
	out := must[*Outgoing](t)(a.Dial(ctx, "b@"+deaf.Addr(), CallOptions{}))
	out.Cancel()
	if _, err := out.Wait(); err == nil {
		t.Error("a call to nobody was answered")
	}
	begin := time.Now()
	a.Close()                                             // does not wait for somebody who never answers
	if took := time.Since(begin); took > 10*closeWithin { // SIP's own patience is 32 s
		t.Errorf("closing took %s", took)
	}
}

// reoffer sends a new offer within a call, and returns the answer to it.
func reoffer(t *testing.T, c *Call, method sip.RequestMethod, direction string) description {
	t.Helper()
	ctx := within(t, soon)
	req := c.d.request(method)
	kind := sip.ContentTypeHeader("application/sdp")
	req.AppendHeader(&kind)
	req.SetBody(describe(addrPort(c.media.conn), 7, []*law{alaw}, ourEvents, direction))
	tx := must[sip.ClientTransaction](t)(c.p.x.send(ctx, req))
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				continue
			}
			if !res.IsSuccess() {
				t.Fatalf("new offer: %s", res.StartLine())
			}
			if method == sip.INVITE {
				c.d.offer = req.CSeq().SeqNo
				ok(t, c.d.acknowledge(nil))
			}
			d := must[description](t)(parseSDP(res.Body()))
			ok(t, c.media.answered(res.Body()))
			return d
		case <-ctx.Done():
			t.Fatal("new offer: no answer")
		}
	}
}

func TestNewOfferHoldsTheSoundAndResumesIt(t *testing.T) {
	t.Parallel()
	for _, method := range []sip.RequestMethod{sip.INVITE, sip.UPDATE} {
		t.Run(method.String(), func(t *testing.T) {
			ctx := within(t, soon)
			a, b := phone(t, Options{User: "a"}), phone(t, Options{User: "b"})
			ours, theirs := connected(t, ctx, a, b, CallOptions{})
			ok(t, theirs.PlayTone(440))
			ok(t, ours.Hears(ctx, 440, 100*time.Millisecond))
			if d := reoffer(t, ours, method, "sendonly"); d.direction != "recvonly" || d.law != alaw {
				t.Errorf("answer to hold: %+v", d)
			}
			ok(t, ours.Silent(ctx, 200*time.Millisecond))
			if d := reoffer(t, ours, method, "sendrecv"); d.direction != "sendrecv" {
				t.Errorf("answer to resume: %+v", d)
			}
			ok(t, ours.Hears(ctx, 440, 100*time.Millisecond))
			ok(t, ours.PlayTone(600))
			ok(t, theirs.Hears(ctx, 600, 100*time.Millisecond)) // in the other law now
			ok(t, ours.Hangup(ctx))
			idle(t, ctx, a, b)
		})
	}
}

func TestQuietCallsOpenNoSocketsAndSendNothing(t *testing.T) {
	ctx := within(t, soon)
	a, b := phone(t, Options{User: "a", Quiet: true}), phone(t, Options{User: "b", Quiet: true})
	ours, theirs := connected(t, ctx, a, b, CallOptions{})
	if ours.media.conn != a.x.quiet || theirs.media.conn != b.x.quiet {
		t.Error("a quiet call has a socket of its own")
	}
	for _, err := range []error{ours.PlayTone(440), ours.Hears(ctx, 440, 0), ours.HearsSound(ctx, 0), ours.Silent(ctx, 0)} {
		if err != ErrQuiet {
			t.Errorf("sound on a quiet call: %v", err)
		}
	}
	if ours.Sent() != 0 || theirs.Sent() != 0 {
		t.Error("a quiet call has sent something")
	}
	ok(t, theirs.Hangup(ctx))
	happens(t, ctx, "hang-up", ours.Done())
}

func TestDescriptionsFromTheNetworkAreReadOrRefused(t *testing.T) {
	for body, want := range map[string]string{
		"v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\n":       "10.0.0.1:4000 PCMA 96 sendrecv",
		"c=IN IP4 10.0.0.1\nm=video 1 RTP/AVP 99\nm=audio 4000 RTP/AVP 0\nc=IN IP4 10.0.0.2\na=inactive":        "10.0.0.2:4000 PCMU 0 inactive",
		"m=audio 4000/2 RTP/AVP 18 0\r\nc=IN IP6 ::1\r\na=recvonly\r\nm=video 1 RTP/AVP 99\r\nc=IN IP4 9.9.9.9": "[::1]:4000 PCMU 0 recvonly",
		"\n": "!", "": "!", "m=audio 4000 RTP/AVP 18\r\nc=IN IP4 1.2.3.4\r\n": "!", "m=audio x RTP/AVP 0\r\nc=IN IP4 1.2.3.4": "!",
		"m=audio 4000 RTP/AVP 0\r\nc=IN IP4 host.example": "!", "m=audio 4000 RTP/AVP 0": "!", "m=audio": "!", "c=\r\nm=": "!",
	} {
		d, err := parseSDP([]byte(body))
		got := "!"
		if err == nil {
			got = fmt.Sprintf("%s %s %d %s", d.addr, d.law.name, d.events, d.direction)
		}
		if got != want {
			t.Errorf("%q is %s (%v), want %s", body, got, err, want)
		}
	}
}

func FuzzDescriptionNeverPanics(f *testing.F) {
	f.Add("v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\n")
	f.Add("m=audio 99999 RTP/AVP 300\na=rtpmap:\nc=IN IP4 /")
	f.Fuzz(func(t *testing.T, body string) {
		d, err := parseSDP([]byte(body))
		if err == nil && (d.law == nil || !d.addr.IsValid()) {
			t.Errorf("%q was accepted as %+v", body, d)
		}
	})
}
