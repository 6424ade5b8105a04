package stream

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

// outgoing is a frame on its way to one connection.
type outgoing struct {
	frame  agentapi.Frame        // encoded by the writer
	encode func() agentapi.Frame // makes a frame that costs much to make, a snapshot
	text   []byte                // encoded already
	wall   *wallView             // encoded once for all
	seen   *wallView             // the wall that the page was sent last
	wrote  chan<- bool           // has room: it gets true when the frame was given to the socket, and false when it never will be
}

// conn is one page's connection. Anybody pushes frames, one goroutine writes
// them, and is there while there are any; another reads:
//
//	push ──► queue (bounded, in order) ─┐
//	                                    ├─► write, with a deadline ──► socket
//	pushWall ──► one slot, the newest ──┘
//
// Ten thousand pages say nothing for most of the time. So what one takes while it is quiet is little: a goroutine that reads, and has nothing of the request on its stack.
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
	until time.Time                // when it would, as last known; ping's

	ended chan struct{} // closed when the last writer has ended

	mu      sync.Mutex
	writing bool        // a writer is there, or the last one has ended; guarded by mu
	pinger  *time.Timer // guarded by mu
	pings   int         // guarded by mu
	queue   []outgoing  // guarded by mu
	bytes   int         // of the queue's data; guarded by mu
	wall    *wallView   // the newest, which is not written yet; guarded by mu
	seen    *wallView   // the one before; guarded by mu
	changes bool        // has asked for what changes of the wall; guarded by mu
	code    int         // the code with which it is being closed, 0 where it is not; guarded by mu
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
	case len(c.queue) >= queueFrames || c.bytes+o.size() > queueBytes:
		o.lost()
		c.count.slow.Inc()
		c.closeLocked(agentapi.CloseSlow, "the page does not read")
		return
	}
	c.queue = append(c.queue, o)
	c.bytes += o.size()
	c.wakeUp()
}

func (o outgoing) size() int { return len(o.frame.Data) + len(o.text) }

// isBehind says whether something waits to be written.
func (c *conn) isBehind() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue) > 0
}

// watchesFrom says which wall the page is sent first, and what is sent of those after it.
func (c *conn) watchesFrom(v *wallView, changes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.seen, c.changes = nil, v, changes
}

// pushWall replaces a wall that has not been written yet: walls may be skipped.
func (c *conn) pushWall(v *wallView) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return
	}
	if c.wall != nil {
		c.count.wallSkipped.Inc()
	}
	c.wall = v
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

// wakeUp has somebody write. Under mu.
func (c *conn) wakeUp() {
	if !c.writing {
		c.writing = true
		go c.write()
	}
}

// next takes what is to be written now. Where that is nothing the writer ends, and the next thing to write has one of its own.
func (c *conn) next() (o outgoing, code int, reason string, any bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(c.queue) > 0:
		o = c.queue[0]
		c.queue[0] = outgoing{}
		c.queue = c.queue[1:]
		c.bytes -= o.size()
		if len(c.queue) == 0 {
			c.queue = nil
		}
		return o, 0, "", true
	case c.code != 0:
		return o, c.code, c.reason, false
	case c.wall != nil:
		o.wall, o.seen = c.wall, c.seen
		c.wall, c.seen = nil, o.wall
		return o, 0, "", true
	}
	c.writing = false
	return o, 0, "", false
}

// write is the one writer, until there is nothing to write. The last one ends when the connection is closed from either
// side; then the socket's reader ends, too.
func (c *conn) write() {
	for {
		o, code, reason, any := c.next()
		switch {
		case any && c.send(o):
		case any:
			c.abandon(false)
			return
		case code == gone:
			c.abandon(false)
			return
		case code != 0:
			c.sayGoodbye(code, reason)
			c.abandon(true)
			return
		default:
			return
		}
	}
}

// shared is when something is due that would be at another time: a moment later, at one that all connections share. Of ten thousand that each have a ping and two deadlines
// of their own one would wake the process every millisecond, and do little else.
func (c *conn) shared(at time.Time) time.Time {
	step := c.timing.Ping / 200
	return at.Truncate(step).Add(step)
}

// pingLater begins to ask the page every so often whether it is there.
func (c *conn) pingLater() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.pinger = time.AfterFunc(time.Until(c.shared(time.Now().Add(c.timing.Ping))), c.ping)
	}
}

func (c *conn) ping() {
	if !c.lasts(time.Now()) {
		c.close(agentapi.CloseNotSignedIn, "the sign-in has expired")
		return
	}
	c.mu.Lock()
	c.pings++
	n := c.pings
	c.mu.Unlock()
	c.push(outgoing{text: pingText(n)})
	c.pingLater()
}

// pingText is a ping's frame, encoded: of ten thousand pages most of what goes out.
func pingText(n int) []byte {
	b := make([]byte, 0, 32)
	return append(strconv.AppendInt(append(b, `{"t":"ping","n":`...), int64(n), 10), '}')
}

// send writes one frame. After an error the socket is of no more use.
func (c *conn) send(o outgoing) bool {
	if err := c.ws.SetWriteDeadline(c.shared(time.Now().Add(c.timing.Write))); err != nil {
		o.lost()
		return false
	}
	var err error
	switch {
	case o.wall != nil:
		if m := o.wall.message(o.seen, c.asksForChanges()); m != nil {
			err = c.ws.WritePreparedMessage(m)
		}
	case o.text != nil:
		err = c.ws.WriteMessage(websocket.TextMessage, o.text)
	default:
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

func (c *conn) asksForChanges() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
}

// sayGoodbye sends the close frame and leaves the reader a moment to see the
// answer: closing a socket that holds unread input would take the frame back.
func (c *conn) sayGoodbye(code int, reason string) {
	deadline := time.Now().Add(time.Second)
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	_ = c.ws.SetReadDeadline(deadline)
}

// abandon ends what was queued, and, unless the page has a moment to answer the
// good-bye, the reading, too. No writer comes after it.
func (c *conn) abandon(said bool) {
	defer close(c.ended)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeLocked(gone, "a write failed")
	c.wall = nil
	if c.pinger != nil {
		c.pinger.Stop()
	}
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
		_ = c.ws.SetReadDeadline(c.shared(deadline))
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
