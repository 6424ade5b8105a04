package asterisk

import (
	"bufio"
	"context"
	"crypto/md5"
	"fmt"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hotline/telephony"
)

// TestPageThatIsClosedAsItAnswersIsLost: it says nothing, and nothing was ever heard of it. Whom its agent has called must not wait for it.
func TestPageThatIsClosedAsItAnswersIsLost(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	legs := make(chan *telephony.Leg, 1)
	over := make(chan *telephony.Call, 1)
	s := New(realOptions(b.asterisk))
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		defer func() { over <- c }()
		_ = c.Answer(ctx)
		leg, err := c.Dial(ctx, "phone:page", c.Arrival().From, "", 20*time.Second)
		if err != nil {
			t.Error(err)
			return
		}
		legs <- leg
		_, _ = c.Converse(leg.As(telephony.Agent)).Talk(ctx)
		_, _ = c.Music(ctx, "default")
		<-c.Gone()
	}))
	if err := s.Provision(whole(t), telephony.Phone{ID: "page", Secret: "secret", WebRTC: true}); err != nil {
		t.Fatal(err)
	}
	p := openPage(t, b.asterisk.WSURL)
	p.register()
	customer := b.Call("+78005550123", "").(*party)
	p.answersAndIsClosed()
	leg := within(t, legs, "the answer")
	within(t, leg.Ended(), "the end of a page that was closed")
	if !leg.Lost() {
		t.Error("a page that was closed as it answered is not lost")
	}
	await(t, "the caller hears music", func() bool { return customer.Hears(nil) })
	customer.Hangup()
	within(t, over, "the end of the call")
	empty(t, b.asterisk)
}

// page is a browser's phone as far as SIP goes (RFC 7118). It has no media.
type page struct {
	*testing.T
	conn *websocket.Conn
}

func openPage(t *testing.T, url string) *page {
	t.Helper()
	conn, _, err := (&websocket.Dialer{Subprotocols: []string{"sip"}}).DialContext(whole(t), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &page{t, conn}
}

func (p *page) says(lines ...string) {
	p.Helper()
	if err := p.conn.WriteMessage(websocket.TextMessage, []byte(strings.Join(lines, "\r\n"))); err != nil {
		p.Fatal(err)
	}
}

// hears waits for a message whose first line has some words, and takes it apart.
func (p *page) hears(words string) (h textproto.MIMEHeader, body string) {
	p.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		_, text, err := p.conn.ReadMessage()
		if err != nil {
			p.Fatalf("waiting for %s: %v", words, err)
		}
		first, rest, _ := strings.Cut(string(text), "\r\n")
		if !strings.Contains(first, words) {
			continue
		}
		head, body, _ := strings.Cut(rest, "\r\n\r\n")
		h, err := textproto.NewReader(bufio.NewReader(strings.NewReader(head + "\r\n\r\n"))).ReadMIMEHeader()
		if err != nil {
			p.Fatal(err)
		}
		return h, body
	}
}

func (p *page) register() {
	p.Helper()
	ask := func(n int, more ...string) {
		p.says(append([]string{
			"REGISTER sip:hotline SIP/2.0", fmt.Sprintf("Via: SIP/2.0/WS page.invalid;branch=z9hG4bKreg%d", n), "Max-Forwards: 70", "To: <sip:page@hotline>", "From: <sip:page@hotline>;tag=page",
			"Call-ID: registers", fmt.Sprintf("CSeq: %d REGISTER", n), "Contact: <sip:page@page.invalid;transport=ws>;expires=600", "Content-Length: 0",
		}, append(more, "", "")...)...)
	}
	ask(1)
	h, _ := p.hears("401")
	challenge := func(name string) string {
		_, value, _ := strings.Cut(h.Get("Www-Authenticate"), name+`="`)
		value, _, _ = strings.Cut(value, `"`)
		return value
	}
	sum := func(text string) string { return fmt.Sprintf("%x", md5.Sum([]byte(text))) }
	realm, nonce := challenge("realm"), challenge("nonce")
	answer := sum(sum("page:"+realm+":secret") + ":" + nonce + ":00000001:mine:auth:" + sum("REGISTER:sip:hotline"))
	ask(2, fmt.Sprintf(`Authorization: Digest username="page", realm="%s", nonce="%s", uri="sip:hotline", response="%s", algorithm=MD5, qop=auth, nc=00000001, cnonce="mine", opaque="%s"`,
		realm, nonce, answer, challenge("opaque")))
	p.hears("200")
}

// answersAndIsClosed answers what rings, with nobody at its addresses, and is gone without a word.
func (p *page) answersAndIsClosed() {
	p.Helper()
	h, offer := p.hears("INVITE")
	_, mid, _ := strings.Cut(offer, "a=mid:")
	mid, _, _ = strings.Cut(mid, "\r\n")
	answer := strings.Join([]string{
		"v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + mid,
		"m=audio 9 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 127.0.0.1", "a=mid:" + mid, "a=ice-ufrag:page", "a=ice-pwd:nobodyisatthisaddressatall",
		"a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host", "a=fingerprint:sha-256 " + strings.Repeat("AB:", 31) + "AB", "a=setup:active", "a=rtcp-mux", "a=sendrecv", "a=rtpmap:0 PCMU/8000", "",
	}, "\r\n")
	head := []string{"SIP/2.0 200 OK"}
	for _, via := range h["Via"] {
		head = append(head, "Via: "+via)
	}
	for _, route := range h["Record-Route"] {
		head = append(head, "Record-Route: "+route)
	}
	p.says(append(head,
		"From: "+h.Get("From"), "To: "+h.Get("To")+";tag=page", "Call-ID: "+h.Get("Call-Id"), "CSeq: "+h.Get("Cseq"), "Contact: <sip:page@page.invalid;transport=ws>",
		"Content-Type: application/sdp", fmt.Sprintf("Content-Length: %d", len(answer)), "", answer)...)
	p.hears("ACK")
	_ = p.conn.NetConn().Close()
}
