package softphone

import (
	"net"
	"sync"
	"time"
)

// media is the sound of one call: its socket, what is sent and what is heard.
type media struct {
	x       *Exchange
	quiet   bool
	reports bool         // on what is heard
	tones   bool         // no digits as events
	conn    *net.UDPConn // the call's own; that of a quiet call is the exchange's
	out     stream
	in      ear

	mu      sync.Mutex
	theirs  description
	version int // of our description
	begun   bool
	closed  bool
	reading sync.WaitGroup
}

// ourLaws are the codings that we offer.
var ourLaws = []*law{ulaw, alaw}

func newMedia(x *Exchange, o Options) (*media, error) {
	m := &media{x: x, quiet: o.Quiet, reports: o.Reports, tones: o.Tones, conn: x.quiet}
	if !o.Quiet {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: x.addr.Addr().AsSlice()})
		if err != nil {
			return nil, err
		}
		m.conn = c
	}
	m.out.init(m.conn, o.Quiet)
	m.out.stopped = o.Mute
	m.in.init(o.Keep)
	return m, nil
}

// offer is our description of all that we can do.
func (m *media) offer() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	return describe(addrPort(m.conn), m.version, ourLaws, m.events(), "sendrecv")
}

// answer is our description in reply to what was offered. It is an offer where nothing was.
func (m *media) answer() []byte {
	m.mu.Lock()
	t := m.theirs
	if t.law == nil {
		m.mu.Unlock()
		return m.offer()
	}
	defer m.mu.Unlock()
	m.version++
	events := t.events
	if m.tones {
		events = 0
	}
	return describe(addrPort(m.conn), m.version, []*law{t.law}, events, mirrored(t.direction))
}

// events is the payload type that we offer for digits; 0 is none.
func (m *media) events() uint8 {
	if m.tones {
		return 0
	}
	return ourEvents
}

// offered takes the offer of the other end. An empty one asks for ours, and changes nothing.
func (m *media) offered(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	return m.answered(body)
}

// answered takes the other end's description.
func (m *media) answered(body []byte) error {
	d, err := parseSDP(body)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.theirs = d
	m.out.direct(d)
	m.in.expect(d)
	return nil
}

// begin starts sending and listening.
func (m *media) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begun || m.closed {
		return
	}
	m.begun = true
	m.in.begin(time.Now())
	if m.quiet {
		return
	}
	m.x.beat.add(&m.out)
	conn := m.conn
	m.reading.Go(func() { m.in.listen(conn) })
}

// close ends the sound, and waits for the listening goroutine.
func (m *media) close() {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return
	}
	m.closed = true
	m.mu.Unlock()
	m.out.close()
	m.x.beat.remove(&m.out)
	if !m.quiet {
		m.conn.Close()
	}
	m.reading.Wait()
	m.in.close()
}
