package softphone

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	digits "github.com/emiago/diago/media"
	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// What phones and their networks do wrong, or in a way of their own, for tests of who must bear it.

// StopSending ends what is sent, the silence too, as when the network of the phone fails, or when it suppresses silence. SIP goes on.
func (c *Call) StopSending() { c.media.out.stop(true) }

// SendAgain undoes StopSending.
func (c *Call) SendAgain() { c.media.out.stop(false) }

// SuppressSilence ends the sound, as a phone does whose user says nothing. What reports goes on to.
func (c *Call) SuppressSilence() { c.media.out.hold(true) }

func (s *stream) stop(stopped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = stopped
}

// Vanish ends the call as a cut cable does: nobody is told, nothing more is sent or heard, and what the other end asks within it
// is not answered.
func (c *Call) Vanish() {
	x := c.p.x
	x.mu.Lock()
	x.vanished[c.d.key()] = struct{}{}
	x.mu.Unlock()
	if c.end(false, "vanished") {
		c.leave()
	}
}

// Vanish is the sudden death of the phone: its calls vanish, and from now on it answers nothing. Its registration stays with the
// switch until that finds out.
func (p *Phone) Vanish() {
	p.x.mu.Lock()
	p.x.dead[p.opts.User] = struct{}{}
	p.x.mu.Unlock()
	p.mu.Lock()
	reg := p.reg
	p.reg = nil
	var calls []*Call
	for l := range p.live {
		if c, is := l.(*Call); is {
			calls = append(calls, c)
		}
	}
	p.mu.Unlock()
	if reg != nil {
		reg.cancel()
		<-reg.done
	}
	for _, c := range calls {
		c.Vanish()
	}
}

// isDead reports whether nobody is there to answer a request.
func (x *Exchange) isDead(req *sip.Request) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if to := req.To(); to != nil && req.CallID() != nil {
		if tag, in := to.Params.Get("tag"); in {
			_, gone := x.vanished[req.CallID().Value()+" "+tag]
			return gone
		}
	}
	_, dead := x.dead[unescaped(req.Recipient.User)]
	return dead
}

// Holding is a way in which phones put the other end on hold.
type Holding string

const (
	SendOnly    Holding = "sendonly" // RFC 3264, 8.4: the phone plays its own music, and hears nothing
	Inactive    Holding = "inactive" // nothing either way
	RecvOnly    Holding = "recvonly" // no hold: the phone is mute, and hears
	ZeroAddress Holding = "0.0.0.0"  // RFC 2543: the old way, which many phones still use
)

// Hold puts the other end on hold with the phone's own key, by an INVITE within the call. The phone sends nothing then, unless it is SendOnly.
func (c *Call) Hold(ctx context.Context, how Holding) error {
	return c.reoffer(ctx, string(how))
}

// Unhold ends a Hold.
func (c *Call) Unhold(ctx context.Context) error { return c.reoffer(ctx, "sendrecv") }

// Move has the sound come to another port, and be sent from there, by an INVITE within the call, as when a phone changes networks, or an exchange on the
// way hands the call on. The coding stays: Asterisk 22.10 now and then ends a call of which the coding is taken away in which it is about to send (its issue 2059).
func (c *Call) Move(ctx context.Context) error {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: c.p.x.addr.Addr().AsSlice()})
	if err != nil {
		return err
	}
	c.media.move(conn)
	return c.reoffer(ctx, "sendrecv")
}

// move changes the socket of a call that is not quiet.
func (m *media) move(conn *net.UDPConn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		conn.Close()
		return
	}
	m.conn.Close()
	m.conn = conn
	m.out.moveTo(conn)
	m.reading.Go(func() { m.in.listen(conn) })
}

// moveTo sends from another socket, as another source does (RFC 3550, 8).
func (s *stream) moveTo(conn *net.UDPConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	s.head.SSRC, s.head.SequenceNumber, s.head.Timestamp = rand.Uint32(), uint16(rand.Uint32()), 0
}

func (c *Call) reoffer(ctx context.Context, direction string) error {
	req := c.d.request(sip.INVITE)
	kind := sip.ContentTypeHeader("application/sdp")
	req.AppendHeader(&kind)
	req.SetBody(c.media.reoffer(direction))
	seq := req.CSeq().SeqNo
	res, err := c.p.x.ask(ctx, req, c.p.auth())
	if err != nil {
		return fmt.Errorf("hold %s: %w", c.CallID(), err)
	}
	if cseq := res.CSeq(); cseq != nil {
		seq = cseq.SeqNo // a challenge was answered with the next
	}
	if !res.IsSuccess() {
		return fmt.Errorf("hold %s: %w", c.CallID(), &Refused{Code: res.StatusCode, Reason: res.Reason})
	}
	if err := c.p.x.client.WriteRequest(c.d.build(sip.ACK, seq), sipgo.ClientRequestAddVia); err != nil {
		return err
	}
	if err := c.media.answered(res.Body()); err != nil {
		return err
	}
	c.media.out.hold(direction != "sendrecv" && direction != string(SendOnly))
	return nil
}

func (s *stream) hold(held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = held
}

// reoffer is our description with another direction.
func (m *media) reoffer(direction string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	a := addrPort(m.conn)
	if direction == string(ZeroAddress) {
		text := string(describe(a, m.version, ourLaws, m.events(), "sendrecv"))
		return []byte(strings.Replace(text, "\r\nc=IN IP4 "+a.Addr().String(), "\r\nc=IN IP4 0.0.0.0", 1))
	}
	return describe(a, m.version, ourLaws, m.events(), direction)
}

// InfoDigit types one key by SIP INFO (application/dtmf-relay), as some phones do instead of RFC 4733, or as well.
func (c *Call) InfoDigit(ctx context.Context, key byte, lasts time.Duration) error {
	req := c.d.request(sip.INFO)
	kind := sip.ContentTypeHeader("application/dtmf-relay")
	req.AppendHeader(&kind)
	req.SetBody(fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", key, lasts.Milliseconds()))
	res, err := c.p.x.ask(ctx, req, c.p.auth())
	if err == nil && !res.IsSuccess() {
		err = &Refused{Code: res.StatusCode, Reason: res.Reason}
	}
	return err
}

// Press is a key in RFC 4733, pressed for as long as one likes, of whose packets some get lost.
type Press struct {
	Key     byte
	Lasts   time.Duration // 100 ms where 0
	Gap     time.Duration // to the next key; 60 ms where 0
	LoseEnd bool          // none of the packets that tell the end arrives
	Ends    int           // how many packets tell the end; 3 where 0
}

// Type sends keys, each in its own way. It returns when the last is sent.
func (c *Call) Type(ctx context.Context, keys ...Press) error {
	for _, k := range keys {
		t := &typed{steps: k.packets(), begins: true, pauseAfter: int(k.Gap / frameTime), done: make(chan struct{})}
		if k.Gap == 0 {
			t.pauseAfter = keyGap
		}
		if err := c.typeAll(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (k Press) packets() (all []digits.DTMFEvent) {
	event := digits.RTPDTMFEncode8000(rune(k.Key))[0]
	if k.Lasts == 0 {
		k.Lasts = 100 * time.Millisecond
	}
	n := max(1, int(k.Lasts/frameTime))
	for i := range n {
		event.Duration = uint16(min(0xffff, frameSamples*(i+1)))
		all = append(all, event)
	}
	if k.LoseEnd {
		return all
	}
	event.EndOfEvent = true
	for range max(k.Ends, 3) {
		all = append(all, event)
	}
	return all
}

// PlayKeys sends keys as the tones of ITU-T Q.23 in the sound, each for so long and followed by as much silence.
func (c *Call) PlayKeys(ctx context.Context, keys string, lasts time.Duration) error {
	n := int(lasts.Milliseconds()) * 8
	var sound []int16
	for _, key := range []byte(keys) {
		at := strings.IndexByte("123A456B789C*0#D", key)
		if at < 0 {
			return fmt.Errorf("softphone: %q is no key", key)
		}
		low := []float64{697, 770, 852, 941}[at/4]
		high := []float64{1209, 1336, 1477, 1633}[at%4]
		for i := range n {
			t := 2 * math.Pi * float64(i) / 8000
			sound = append(sound, int16(7000*(math.Sin(low*t)+math.Sin(high*t))))
		}
		sound = append(sound, make([]int16, n)...)
	}
	return c.Play(ctx, sound)
}

// typeAll sends prepared digits.
func (c *Call) typeAll(ctx context.Context, t *typed) error {
	out := &c.media.out
	out.mu.Lock()
	switch {
	case out.closed:
		out.mu.Unlock()
		return ErrEnded
	case out.events == 0:
		out.mu.Unlock()
		return errors.New("softphone: the other end takes no digits (RFC 4733)")
	}
	out.typing = append(out.typing, t)
	out.mu.Unlock()
	c.media.x.beat.add(out)
	select {
	case <-t.done:
		if t.cut {
			return ErrEnded
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Refer asks the other end to call somebody in place of this one (RFC 3515), as a phone does at its transfer key; to is what Refer-To says,
// and lines are further headers. The error of who does not is a *Refused.
func (c *Call) Refer(ctx context.Context, to string, lines ...string) error {
	req := c.d.request(sip.REFER)
	req.AppendHeader(sip.NewHeader("Refer-To", oneLine(to)))
	for _, line := range lines {
		name, value, _ := strings.Cut(oneLine(line), ":")
		req.AppendHeader(sip.NewHeader(name, strings.TrimSpace(value)))
	}
	res, err := c.p.x.ask(ctx, req, c.p.auth())
	if err == nil && !res.IsSuccess() {
		err = &Refused{Code: res.StatusCode, Reason: res.Reason}
	}
	return err
}

// Replaces is the call as somebody names it who wants to be in it in place of this phone (RFC 3891).
func (c *Call) Replaces() string {
	ours, _ := c.d.local.Params.Get("tag")
	theirs, _ := c.d.remote.Params.Get("tag")
	return c.d.callID + ";to-tag=" + theirs + ";from-tag=" + ours
}
