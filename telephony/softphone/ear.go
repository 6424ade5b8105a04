package softphone

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	digits "github.com/emiago/diago/media"
	"github.com/pion/rtp"
)

// ear is what one call hears. One goroutine reads the socket, and shows each frame to
// whoever waits for something.
type ear struct {
	mu       sync.Mutex
	from     netip.AddrPort // what others send is not heard: a port may still receive the sound of the call before
	events   uint8
	begun    time.Time
	most     int // how many samples to keep
	kept     []int16
	received int
	ssrc     uint32    // of what was heard last
	sequence uint16    // its number
	heard    time.Time // the last frame that was no silence
	watches  map[watch]struct{}
	keys     []byte // those that the other end has typed and nobody has fetched yet
	keyAt    uint32 // the RTP timestamp that all packets of the last key share
	anyKey   bool
	typed    chan struct{} // closed and replaced when keys grows
}

// watch waits for something to be heard. It is shown each frame by hear, under the ear's mutex, until that is true.
type watch interface {
	hear(pcm []int16) bool
}

// late is how far a frame may come behind its time before the gap counts as silence: a
// switch sends nothing at all while nobody speaks.
const late = 60 * time.Millisecond

func (e *ear) init(keep time.Duration) {
	e.most = int(keep.Milliseconds()) * sampleRate / 1000
	e.watches = map[watch]struct{}{}
	e.typed = make(chan struct{})
}

func (e *ear) expect(d description) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.from, e.events = d.addr, d.events
}

func (e *ear) begin(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begun = at
}

// listen reads until the socket is closed.
func (e *ear) listen(c *net.UDPConn) {
	buf := make([]byte, 2048)
	pcm := make([]int16, 0, len(buf))
	var h rtp.Header
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		skip, err := h.Unmarshal(buf[:n])
		if err != nil || h.Version != 2 {
			continue
		}
		payload := buf[skip:n]
		if h.Padding && len(payload) > 0 {
			payload = payload[:max(0, len(payload)-int(payload[len(payload)-1]))]
		}
		e.mu.Lock()
		if from.Port() == e.from.Port() && from.Addr().Unmap() == e.from.Addr() {
			e.ssrc, e.sequence = h.SSRC, h.SequenceNumber
			switch l := lawOf(h.PayloadType); {
			case l != nil:
				pcm = pcm[:0]
				for _, b := range payload {
					pcm = append(pcm, l.decode(b))
				}
				e.sound(pcm, time.Now())
			case e.events != 0 && h.PayloadType == e.events:
				e.key(payload, h.Timestamp)
			}
		}
		e.mu.Unlock()
	}
}

// source is what was heard last, for a report; 0 where nothing was.
func (e *ear) source() (ssrc uint32, sequence uint16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ssrc, e.sequence
}

// sound takes a frame. It is called under e.mu.
func (e *ear) sound(pcm []int16, now time.Time) {
	e.received++
	if loudness(pcm) > loud {
		e.heard = now
	}
	if len(e.kept) < e.most {
		due := int(now.Sub(e.begun).Milliseconds())*sampleRate/1000 - len(pcm)
		if gap := due - len(e.kept); gap > int(late.Milliseconds())*sampleRate/1000 {
			e.kept = append(e.kept, make([]int16, min(gap, e.most-len(e.kept)))...)
		}
		e.kept = append(e.kept, pcm[:min(len(pcm), e.most-len(e.kept))]...)
	}
	for w := range e.watches {
		if w.hear(pcm) {
			delete(e.watches, w)
		}
	}
}

// key takes a packet of a digit. It is called under e.mu.
func (e *ear) key(payload []byte, at uint32) {
	var ev digits.DTMFEvent
	if digits.DTMFDecode(payload, &ev) != nil || ev.Event > 15 || (e.anyKey && at == e.keyAt) {
		return
	}
	e.keyAt, e.anyKey = at, true
	e.keys = append(e.keys, byte(digits.DTMFToRune(ev.Event)))
	close(e.typed)
	e.typed = make(chan struct{})
}

func (e *ear) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.watches)
}

// await waits for w to hear what it waits for, which closes ch.
func (c *Call) await(ctx context.Context, w watch, ch <-chan struct{}) error {
	if c.media.quiet {
		return ErrQuiet
	}
	e := &c.media.in
	e.mu.Lock()
	e.watches[w] = struct{}{}
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		delete(e.watches, w)
		e.mu.Unlock()
	}()
	select {
	case <-ch:
		return nil
	case <-c.done:
		return ErrEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Hears waits until a tone of hertz was heard for that long without a break.
func (c *Call) Hears(ctx context.Context, hertz int, forHow time.Duration) error {
	w := &hearsTone{hertz: hertz, need: samplesIn(forHow), done: make(chan struct{})}
	return c.await(ctx, w, w.done)
}

type hearsTone struct {
	hertz, need, run int
	missed           bool // the last frame was without the tone: one such frame is forgiven
	done             chan struct{}
}

func (w *hearsTone) hear(pcm []int16) bool {
	switch {
	case loudness(pcm) > loud && share(pcm, w.hertz) > 0.5:
		w.run += len(pcm)
		w.missed = false
	case w.missed:
		w.run = 0
	default:
		w.missed = true
	}
	if w.run < w.need || w.run == 0 {
		return false
	}
	close(w.done)
	return true
}

// HearsSound waits until sound of any kind was heard, that much of it in all.
func (c *Call) HearsSound(ctx context.Context, inAll time.Duration) error {
	w := &hearsSound{need: samplesIn(inAll), done: make(chan struct{})}
	return c.await(ctx, w, w.done)
}

type hearsSound struct {
	need, sum int
	done      chan struct{}
}

func (w *hearsSound) hear(pcm []int16) bool {
	if loudness(pcm) > loud {
		w.sum += len(pcm)
	}
	if w.sum < w.need || w.sum == 0 {
		return false
	}
	close(w.done)
	return true
}

// Silent waits until nothing was heard for that long, counted from now.
func (c *Call) Silent(ctx context.Context, forHow time.Duration) error {
	if c.media.quiet {
		return ErrQuiet
	}
	e := &c.media.in
	since := time.Now()
	for {
		e.mu.Lock()
		if e.heard.After(since) {
			since = e.heard
		}
		e.mu.Unlock()
		left := forHow - time.Since(since)
		if left <= 0 {
			return nil
		}
		select {
		case <-time.After(left):
		case <-c.done:
			return ErrEnded
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Digit waits for the next key typed by the other end.
func (c *Call) Digit(ctx context.Context) (byte, error) {
	if c.media.quiet {
		return 0, ErrQuiet
	}
	e := &c.media.in
	for {
		e.mu.Lock()
		if len(e.keys) > 0 {
			k := e.keys[0]
			e.keys = e.keys[1:]
			e.mu.Unlock()
			return k, nil
		}
		typed := e.typed
		e.mu.Unlock()
		select {
		case <-typed:
		case <-c.done:
			return 0, ErrEnded
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// Received is how many packets of sound have come.
func (c *Call) Received() int {
	c.media.in.mu.Lock()
	defer c.media.in.mu.Unlock()
	return c.media.in.received
}

// Sound is what was heard since the answer, as much as Options.Keep allows: 8,000 samples a
// second, with the gaps in which nothing came as silence.
func (c *Call) Sound() []int16 {
	c.media.in.mu.Lock()
	defer c.media.in.mu.Unlock()
	return append([]int16(nil), c.media.in.kept...)
}

// Last is the end of Sound, at most so much of it: who looks often does not copy all of it each time.
func (c *Call) Last(d time.Duration) []int16 {
	c.media.in.mu.Lock()
	defer c.media.in.mu.Unlock()
	kept := c.media.in.kept
	return append([]int16(nil), kept[max(0, len(kept)-samplesIn(d)):]...)
}

// SaveWAV writes Sound to a file.
func (c *Call) SaveWAV(path string) error { return SaveWAV(path, c.Sound()) }

func samplesIn(d time.Duration) int { return int(d.Milliseconds()) * sampleRate / 1000 }
