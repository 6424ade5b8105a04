package stream

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

// outgoing is a frame on its way to one connection.
type outgoing struct {
	frame  agentapi.Frame             // encoded by the writer, so that nobody encodes under a lock
	encode func() agentapi.Frame      // makes a frame that costs much to make, a snapshot
	ready  *websocket.PreparedMessage // the wall: encoded once for all
	wrote  chan<- bool                // has room for one: it gets true when the frame was given to the socket, and false when it never will be
}

// conn is one page's connection. Anybody pushes frames, one goroutine writes
// them, the HTTP request's goroutine reads:
//
//	push ──► queue (bounded, in order) ─┐
//	                                    ├─► write, with a deadline ──► socket
//	pushWall ──► one slot, the newest ──┘
//
// What concerns the person (me, acks) goes through the queue, and before the wall: a
// pop waits for one frame at most. A full queue means that the page does not read: the
// queue is dropped, the connection closed with CloseSlow, and the page comes back and resumes.
type conn struct {
	id     string
	person gate.Person
	ws     *websocket.Conn
	timing Timing
	count  *counters

	lasts func(now time.Time) bool // whether its sign-in has not expired
	until time.Time                // when it would, as last known; the writer's

	wake  chan struct{} // has room for one: the writer has something to do
	ended chan struct{} // closed when the writer has ended

	mu      sync.Mutex
	queue   []outgoing // guarded by mu
	bytes   int        // of the queue's data; guarded by mu
	wall    *websocket.PreparedMessage
	code    int // the code with which it is being closed, 0 where it is not; guarded by mu
	reason  string
	work    line     // guarded by mu
	choices line     // apart while Hotline starts: see accept; guarded by mu
	tickets []string // watches these topics of tickets; guarded by Hub.mu

	word chan struct{} // closed, and nil again, when something comes of the page; nil where nobody waits for it; guarded by mu
}

// said is closed when something comes of the page from now on.
func (c *conn) said() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.word == nil {
		c.word = make(chan struct{})
	}
	return c.word
}

// says is for each frame of the page.
func (c *conn) says() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.word != nil {
		close(c.word)
		c.word = nil
	}
}

// gone stands for a connection that ended without a word: nothing more is written to it.
const gone = websocket.CloseAbnormalClosure

const (
	queueFrames = 512
	queueBytes  = 2 << 20
)

// push puts a frame in the queue. It never blocks: a full queue closes the connection.
func (c *conn) push(o outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.code != 0:
		o.lost()
		return
	case len(c.queue) >= queueFrames || c.bytes+len(o.frame.Data) > queueBytes:
		o.lost()
		c.count.slow.Inc()
		c.closeLocked(agentapi.CloseSlow, "the page does not read")
		return
	}
	c.queue = append(c.queue, o)
	c.bytes += len(o.frame.Data)
	c.wakeUp()
}

// pushWall replaces a wall that has not been written yet: absolute values may be skipped.
func (c *conn) pushWall(m *websocket.PreparedMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return
	}
	if c.wall != nil {
		c.count.wallSkipped.Inc()
	}
	c.wall = m
	c.wakeUp()
}

// close says good-bye with a code: after what is queued, or, to a slow one, at once.
func (c *conn) close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeLocked(code, reason)
}

func (c *conn) closeLocked(code int, reason string) {
	if c.code != 0 {
		return
	}
	c.code, c.reason, c.wall = code, reason, nil
	if code == agentapi.CloseSlow || code == gone {
		c.dropLocked()
	}
	c.count.closed.WithLabelValues(closeName(code)).Inc()
	c.wakeUp()
}

func (c *conn) dropLocked() {
	for _, o := range c.queue {
		o.lost()
	}
	c.queue, c.bytes = nil, 0
}

// closing is the code with which the connection was closed from this side, or 0.
func (c *conn) closing() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code
}

func (c *conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake already
	}
}

// next takes what is to be written now.
func (c *conn) next() (o outgoing, code int, reason string, any bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(c.queue) > 0:
		o = c.queue[0]
		c.queue[0] = outgoing{}
		c.queue = c.queue[1:]
		c.bytes -= len(o.frame.Data)
		if len(c.queue) == 0 {
			c.queue = nil
		}
		return o, 0, "", true
	case c.code != 0:
		return o, c.code, c.reason, false
	case c.wall != nil:
		o.ready, c.wall = c.wall, nil
		return o, 0, "", true
	}
	return o, 0, "", false
}

// write is the one writer. It ends when the connection is closed from either
// side; then the socket's reader ends, too.
func (c *conn) write() {
	defer close(c.ended)
	said := false
	defer func() { c.abandon(said) }()
	ping := time.NewTicker(c.timing.Ping)
	defer ping.Stop()
	pings := 0
	for {
		o, code, reason, any := c.next()
		switch {
		case any:
			if !c.send(o) {
				return
			}
			continue
		case code != 0:
			if code != gone {
				c.sayGoodbye(code, reason)
				said = true
			}
			return
		}
		select {
		case <-c.wake:
		case now := <-ping.C:
			if !c.lasts(now) {
				c.close(agentapi.CloseNotSignedIn, "the sign-in has expired")
				continue
			}
			pings++
			c.push(outgoing{frame: agentapi.Frame{T: "ping", N: pings}})
		}
	}
}

// send writes one frame. After an error the socket is of no more use.
func (c *conn) send(o outgoing) bool {
	if err := c.ws.SetWriteDeadline(time.Now().Add(c.timing.Write)); err != nil {
		o.lost()
		return false
	}
	var err error
	if o.ready != nil {
		err = c.ws.WritePreparedMessage(o.ready)
	} else {
		frame := o.frame
		if o.encode != nil {
			frame = o.encode()
		}
		var b []byte
		if b, err = json.Marshal(frame); err == nil {
			err = c.ws.WriteMessage(websocket.TextMessage, b)
		}
	}
	if o.wrote != nil {
		o.wrote <- err == nil
	}
	c.count.frames.Inc()
	return err == nil
}

// sayGoodbye sends the close frame and leaves the reader a moment to see the
// answer: closing a socket that holds unread input would take the frame back.
func (c *conn) sayGoodbye(code int, reason string) {
	deadline := time.Now().Add(time.Second)
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	_ = c.ws.SetReadDeadline(deadline)
}

// abandon ends what was queued, and, unless the page has a moment to answer the
// good-bye, the reading, too.
func (c *conn) abandon(said bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeLocked(gone, "a write failed")
	c.wall = nil
	c.dropLocked()
	if !said {
		_ = c.ws.SetReadDeadline(time.Now())
	}
}

// patient lets the reader wait for the page until the deadline, unless the connection is closing.
func (c *conn) patient(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		_ = c.ws.SetReadDeadline(deadline)
	}
}

func (o outgoing) lost() {
	if o.wrote != nil {
		o.wrote <- false
	}
}

// closeName is a close code in words, for the counters.
func closeName(code int) string {
	switch code {
	case agentapi.CloseNotSignedIn:
		return "not_signed_in"
	case agentapi.CloseOrigin:
		return "origin"
	case agentapi.CloseSlow:
		return "slow"
	case agentapi.CloseReplaced:
		return "replaced"
	case agentapi.CloseDraining:
		return "draining"
	default:
		return "gone"
	}
}
