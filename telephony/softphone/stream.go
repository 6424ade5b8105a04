package softphone

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	digits "github.com/emiago/diago/media"
	"github.com/pion/rtp"
)

// stream is what one call sends: sound in frames of 20 ms, and digits in between. The
// metronome calls tick; a quiet call's stream is with the metronome only while digits wait.
type stream struct {
	phase int // written by the metronome, under its mutex; 0 where the stream is not with it

	mu      sync.Mutex
	conn    *net.UDPConn
	to      netip.AddrPort
	sending bool
	stopped bool // by StopSending, or the phone is mute
	held    bool // the phone holds the other end, or suppresses silence, and sends no sound
	closed  bool
	law     *law
	events  uint8 // payload type of digits, 0 is none
	quiet   bool
	head    rtp.Header
	origin  time.Time // timestamps count from here
	ticked  bool      // a packet was sent since the stream joined the metronome last
	source  source
	typing  []*typed
	sent    int
	buf     [12 + frameSamples]byte
}

// source fills frames with coded sound, and is false with its last.
type source interface {
	next(frame []byte, l *law) bool
}

// typed are digits that wait to be sent, or are being sent.
type typed struct {
	keys       string
	steps      []digits.DTMFEvent // the packets of the first key that are not sent yet
	at         uint32             // RTP timestamp of its first packet
	pause      int                // frames before the next key
	begins     bool               // steps are whole, and not begun yet
	pauseAfter int                // pause after the key, where not keyGap
	cut        bool               // the call ended before that; written before done is closed
	done       chan struct{}      // closed when all are sent, or will never be
}

const (
	keyGap    = 3  // frames between two keys: 60 ms
	commaStep = 25 // frames that a comma pauses: half a second
)

func (s *stream) init(c *net.UDPConn, quiet bool) {
	s.conn, s.quiet = c, quiet
	s.origin = time.Now()
	s.law = ulaw
	s.head = rtp.Header{Version: 2, SSRC: rand.Uint32(), SequenceNumber: uint16(rand.Uint32())}
}

// direct sends to where d wants to hear.
func (s *stream) direct(d description) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to, s.law, s.events, s.sending = d.addr, d.law, d.events, d.hears()
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, t := range s.typing {
		t.cut = true
		close(t.done)
	}
	s.typing = nil
	if c, ok := s.source.(*clip); ok {
		c.cut = true
		c.end()
	}
	s.source = nil
}

// tick sends one packet. When it is false the metronome drops the stream.
func (s *stream) tick() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || (s.quiet && len(s.typing) == 0) {
		s.ticked = false
		return false
	}
	if !s.ticked {
		// Timestamps go on as if the silence since then had been sent.
		s.ticked = true
		s.head.Timestamp = uint32(time.Since(s.origin).Milliseconds()) * 8
		s.head.Marker = true
	}
	if !s.typeKey() && !s.quiet {
		frame := s.buf[12:]
		if s.source == nil {
			fill(frame, s.law.silence)
		} else if !s.source.next(frame, s.law) {
			s.source = nil
		}
		s.head.PayloadType = s.law.payload
		s.packet(s.head.Timestamp, frameSamples)
	}
	s.head.Timestamp += frameSamples
	return true
}

// typeKey sends one packet of a digit. It is false where none is due.
func (s *stream) typeKey() bool {
	for len(s.typing) > 0 {
		t := s.typing[0]
		if t.pause > 0 {
			t.pause--
			return false
		}
		if len(t.steps) == 0 {
			if t.keys == "" {
				close(t.done)
				s.typing = s.typing[1:]
				continue
			}
			key := t.keys[0]
			t.keys = t.keys[1:]
			if key == ',' {
				t.pause = commaStep
				continue
			}
			t.steps, t.begins = digits.RTPDTMFEncode8000(rune(key)), true
		}
		if t.begins {
			t.begins, t.at = false, s.head.Timestamp
			s.head.Marker = true
		}
		copy(s.buf[12:], digits.DTMFEncode(t.steps[0]))
		t.steps = t.steps[1:]
		if len(t.steps) == 0 {
			t.pause = cmp.Or(t.pauseAfter, keyGap)
		}
		s.head.PayloadType = s.events
		s.packet(t.at, 4)
		return true
	}
	return false
}

// packet sends the frame that is in buf.
func (s *stream) packet(at uint32, payload int) {
	h := s.head
	h.Timestamp = at
	if _, err := h.MarshalTo(s.buf[:12]); err == nil && s.sending && !s.stopped && !s.held {
		if _, err := s.conn.WriteToUDPAddrPort(s.buf[:12+payload], s.to); err == nil {
			s.sent++
		}
	}
	s.head.SequenceNumber++
	s.head.Marker = false
}

// enqueue begins to type keys after those that wait.
func (s *stream) enqueue(keys string) (*typed, error) {
	if i := strings.IndexFunc(keys, func(r rune) bool { return !strings.ContainsRune("0123456789*#ABCD,", r) }); i >= 0 {
		return nil, fmt.Errorf("softphone: %q is no digit (0-9, *, #, A-D, comma for a pause)", keys[i:])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrEnded
	}
	if s.events == 0 {
		return nil, fmt.Errorf("softphone: the other end takes no digits (RFC 4733)")
	}
	t := &typed{keys: keys, done: make(chan struct{})}
	s.typing = append(s.typing, t)
	return t, nil
}

// play makes src what is sent from now on. It is nil for silence.
func (s *stream) play(src source) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrEnded
	case s.quiet:
		return ErrQuiet
	}
	if c, ok := s.source.(*clip); ok {
		c.end()
	}
	s.source = src
	return nil
}

// Digits types keys 0-9, *, #, A-D as events (RFC 4733): 100 ms each, 60 ms apart. A
// comma pauses for half a second. It returns when the last is sent.
func (c *Call) Digits(ctx context.Context, keys string) error {
	t, err := c.media.out.enqueue(keys)
	if err != nil {
		return err
	}
	c.media.x.beat.add(&c.media.out)
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

// PlayTone sends a sine of hertz until something else is played or the call ends.
func (c *Call) PlayTone(hertz int) error { return c.media.out.play(toneOf(hertz)) }

// PlaySilence sends silence, as a call does from its beginning.
func (c *Call) PlaySilence() error { return c.media.out.play(nil) }

// Play sends sound (8,000 samples a second), and returns at its end, or when something else
// is played instead.
func (c *Call) Play(ctx context.Context, samples []int16) error {
	p := &clip{samples: samples, done: make(chan struct{})}
	if err := c.media.out.play(p); err != nil {
		return err
	}
	select {
	case <-p.done:
		if p.cut {
			return ErrEnded
		}
		return nil
	case <-ctx.Done():
		_ = c.PlaySilence()
		return context.Cause(ctx)
	}
}

// Sent is how many packets were sent.
func (c *Call) Sent() int {
	c.media.out.mu.Lock()
	defer c.media.out.mu.Unlock()
	return c.media.out.sent
}

// clip is sound that comes to an end.
type clip struct {
	samples []int16
	done    chan struct{}
	ended   bool
	cut     bool // the call ended before that; written before done is closed
}

func (c *clip) next(frame []byte, l *law) bool {
	for i := range frame {
		if i < len(c.samples) {
			frame[i] = l.encode(c.samples[i])
		} else {
			frame[i] = l.silence
		}
	}
	c.samples = c.samples[min(len(frame), len(c.samples)):]
	if len(c.samples) == 0 {
		c.end()
		return false
	}
	return true
}

func (c *clip) end() {
	if !c.ended {
		c.ended = true
		close(c.done)
	}
}

func fill(frame []byte, b byte) {
	for i := range frame {
		frame[i] = b
	}
}
