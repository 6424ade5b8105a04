package asterisk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hotline/telephony"
)

// errLost says that the request may have been carried out, or not: its socket broke while it was under way, or is mute.
var errLost = errors.New("connection to Asterisk lost while waiting for the reply")

// probeWithin is how long a fresh socket may take to answer its first request before another is opened in its place.
const probeWithin = time.Second

// commandSockets carries requests over websockets, as Asterisk 22.4 and newer takes them. Asterisk carries out the requests of one
// socket one after the other, so there are several. Each is an application of its own without subscriptions, because an
// application has one socket, and its event filter hides replies. No two connections ever have the same name: of two that are
// opened at once under one name, Asterisk may leave one mute.
type commandSockets struct {
	each []*commandSocket

	mu   sync.Mutex
	rose chan struct{} // closed, and made anew, when one of them is connected
}

func newCommandSockets(o Options) *commandSockets {
	c := &commandSockets{rose: make(chan struct{})}
	for i := range o.CommandSockets {
		c.each = append(c.each, newCommandSocket(o, i+1, c.risen))
	}
	return c
}

// carry takes the socket of the lane, or another where that one is not connected.
func (c *commandSockets) carry(ctx context.Context, lane uint32, q question) (answer, error) {
	for {
		rose := c.rises()
		for i := range uint32(len(c.each)) {
			s := c.each[(lane+i)%uint32(len(c.each))]
			if conn := s.present(); conn != nil {
				return s.carry(ctx, conn, q)
			}
		}
		select {
		case <-rose:
		case <-ctx.Done():
			return answer{}, fmt.Errorf("%w: %w", ErrAway, context.Cause(ctx))
		}
	}
}

func (c *commandSockets) rises() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rose
}

func (c *commandSockets) risen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.rose)
	c.rose = make(chan struct{})
}

// app is the application of one of the sockets that is connected.
func (c *commandSockets) app() (app string) {
	for _, s := range c.each {
		if app = s.connected(); app != "" {
			break
		}
	}
	return cmp.Or(app, c.each[0].name)
}

// run keeps all sockets connected until ctx ends.
func (c *commandSockets) run(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range c.each {
		all.Go(func() { s.run(ctx) })
	}
	all.Wait()
}

// commandSocket carries requests over one websocket.
//
//	carry ──► send ──► await the reply or the deadline
//	                                ▲
//	run: connect ──► probe ──► read replies ──► broken: all that wait get errLost ──► connect …
type commandSocket struct {
	opt   Options
	name  string // of its applications; each connection has one of its own
	risen func()

	writing sync.Mutex // held while a request is given its id and its frame is written

	mu      sync.Mutex
	dialled int                     // connections so far
	app     string                  // of the last
	fresh   *websocket.Conn         // it was not heard yet
	conn    *websocket.Conn         // nil while not connected
	over    chan struct{}           // closed when the last connection has broken
	waiting map[uint64]chan<- reply // by request id; each has room for its reply
	asked   uint64                  // the id of the last request
	last    uint64                  // the id of the last that was answered
}

type reply struct {
	answer answer
	err    error
}

func newCommandSocket(o Options, n int, risen func()) *commandSocket {
	name := o.App + "-commands-" + o.epoch + "-" + strconv.Itoa(n)
	return &commandSocket{opt: o, name: name, risen: risen, waiting: make(map[uint64]chan<- reply)}
}

// restRequest and restResponse are Asterisk's: "ARI REST over WebSocket" in its documentation.
type restRequest struct {
	Type        string `json:"type"`
	RequestID   string `json:"request_id"`
	Method      string `json:"method"`
	URI         string `json:"uri"`
	ContentType string `json:"content_type,omitempty"`
	Body        string `json:"message_body,omitempty"`
}

// text is the request as JSON, by hand: of all that goes out this is the most. Its type is never empty.
func (r restRequest) text() []byte {
	b := make([]byte, 0, 160+len(r.URI)+len(r.Body)*5/4)
	for i, m := range [...]struct{ name, value string }{
		{"type", r.Type}, {"request_id", r.RequestID}, {"method", r.Method}, {"uri", r.URI}, {"content_type", r.ContentType}, {"message_body", r.Body},
	} {
		if m.value == "" {
			continue
		}
		if b = append(b, ','); i == 0 {
			b[0] = '{'
		}
		b = append(append(append(b, '"'), m.name...), `":`...)
		b = appendText(b, m.value)
	}
	return append(b, '}')
}

// appendText appends a text as JSON has it.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x80 {
			quoted, _ := json.Marshal(text) // any text can be written
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}

type restResponse struct {
	Type      string `json:"type"`
	RequestID string `json:"request_id"`
	Code      int    `json:"status_code"`
	Reason    string `json:"reason_phrase"`
	Body      string `json:"message_body"`
}

// carry sends a request and waits for its reply. When a whole deadline has passed since it was sent, what the socket has answered meanwhile says why
// there is none:
//
//	nothing                     it is mute, and given up: errLost
//	what was asked later        the reply is lost, for Asterisk answers in order: errLost
//	only what was asked before  Asterisk is behind: a patient request waits as long again, and so on; the context of any other ends first
//
// A context that ends sooner says nothing of the socket: that is looked at when the deadline has passed all the same.
func (s *commandSocket) carry(ctx context.Context, conn *websocket.Conn, q question) (answer, error) {
	id, got, err := s.send(ctx, conn, q)
	defer s.leave(id)
	if err != nil {
		return answer{}, err
	}
	if q.patient != nil {
		ctx = q.patient
	}
	before, due := s.answered(), time.Now().Add(s.opt.Deadline)
	for {
		wake := telephony.Wake(due)
		select {
		case r := <-got:
			return r.answer, r.err
		case <-ctx.Done():
			if len(got) > 0 { // it came in the same moment
				continue
			}
			if telephony.Late(wake) {
				due = telephony.PutOff(due)
			}
			go s.judge(conn, before, due)
			return answer{}, context.Cause(ctx)
		case <-time.After(time.Until(wake)):
		}
		if telephony.Late(wake) { // we did not run, and it may have come
			due = telephony.PutOff(due)
		}
		switch now := s.answered(); {
		case len(got) > 0: // it came in the same moment
		case time.Now().Before(due):
		case now == before:
			s.giveUp(conn)
			return answer{}, fmt.Errorf("%w: no reply within %s", errLost, s.opt.Deadline)
		case now > id:
			return answer{}, fmt.Errorf("%w: no reply within %s", errLost, s.opt.Deadline)
		default:
			before, due = now, time.Now().Add(s.opt.Deadline)
		}
	}
}

// judge gives a connection up that has answered nothing since, when a deadline has passed. It ends with the connection.
func (s *commandSocket) judge(conn *websocket.Conn, before uint64, due time.Time) {
	s.mu.Lock()
	over := s.over
	s.mu.Unlock()
	if telephony.WaitUntil(over, due) && s.answered() == before {
		s.giveUp(conn)
	}
}

// answered is the id of the last request that was.
func (s *commandSocket) answered() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// send sends a request, and gives it its id and the channel on which its reply will come. Ids go out in their order.
func (s *commandSocket) send(ctx context.Context, conn *websocket.Conn, q question) (uint64, <-chan reply, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	id, got := s.enter()
	r := restRequest{Type: "RESTRequest", RequestID: strconv.FormatUint(id, 10), Method: q.Method, URI: q.URI, Body: q.Body}
	if q.Body != "" {
		r.ContentType = "application/json"
	}
	return id, got, s.writeLocked(ctx, conn, r)
}

// enter makes an id, and has its reply awaited.
func (s *commandSocket) enter() (uint64, <-chan reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	got := make(chan reply, 1)
	s.waiting[s.asked] = got
	return s.asked, got
}

func (s *commandSocket) leave(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, id)
}

// writeLocked is called under writing.
func (s *commandSocket) writeLocked(ctx context.Context, conn *websocket.Conn, r restRequest) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeWithin))
	if err := conn.WriteMessage(websocket.TextMessage, r.text()); err != nil {
		s.giveUp(conn) // Half a frame may have been sent.
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}

// run connects, reads replies, and connects again, until ctx ends.
func (s *commandSocket) run(ctx context.Context) {
	wait := retryFirst
	for {
		conn, err := dialSocket(ctx, s.opt, s.rename())
		if err == nil {
			s.awaitClear(ctx)
			if s.hear(ctx, conn) {
				wait = retryFirst
			}
			s.fall()
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, retryLast)
		case <-ctx.Done():
			return
		}
	}
}

// awaitClear waits until this Hotline is known to be entitled to a connection, or ctx ends.
func (s *commandSocket) awaitClear(ctx context.Context) {
	if s.opt.cleared == nil {
		return
	}
	select {
	case <-s.opt.cleared():
	case <-ctx.Done():
	}
}

// rename gives the next connection its name.
func (s *commandSocket) rename() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialled++
	s.app = s.name + "-" + strconv.Itoa(s.dialled)
	return s.app
}

// probe is the id of the request that a fresh connection has to answer before others may use it. Those count from 1.
const probe = "0"

// hear reads a connection until it breaks, and reports whether it ever answered. Requests may use it once it has answered its probe.
func (s *commandSocket) hear(ctx context.Context, conn *websocket.Conn) (answered bool) {
	s.mu.Lock()
	s.fresh, s.over = conn, make(chan struct{})
	s.mu.Unlock()
	within, cancel := context.WithTimeout(ctx, max(probeWithin, s.opt.Deadline/5))
	defer cancel()
	mute := context.AfterFunc(within, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.fresh == conn {
			conn.Close()
		}
	})
	defer mute()
	s.writing.Lock()
	err := s.writeLocked(ctx, conn, restRequest{Type: "RESTRequest", RequestID: probe, Method: "GET", URI: "asterisk/ping"})
	s.writing.Unlock()
	if err == nil {
		_ = listen(ctx, conn, s.receive)
	}
	conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	answered = s.fresh != conn
	s.fresh = nil
	close(s.over)
	return answered
}

// rise lets requests over a new connection.
func (s *commandSocket) rise() {
	s.mu.Lock()
	if s.fresh == nil {
		s.mu.Unlock()
		return
	}
	s.conn, s.fresh = s.fresh, nil
	s.mu.Unlock()
	s.risen()
}

// present is the connection; nil where there is none.
func (s *commandSocket) present() *websocket.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

// connected is the application of the present connection; "" where there is none.
func (s *commandSocket) connected() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return ""
	}
	return s.app
}

// giveUp closes a connection, so that the reader connects anew. Requests that come before the reader has noticed take another socket.
func (s *commandSocket) giveUp(conn *websocket.Conn) {
	s.mu.Lock()
	if s.conn == conn {
		s.conn = nil
	}
	s.mu.Unlock()
	unsend(conn)
	conn.Close()
}

// fall ends the requests that wait for a reply of a connection that is over.
func (s *commandSocket) fall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = nil
	for id, got := range s.waiting {
		got <- reply{err: errLost} // This never blocks, because each has room for its one reply.
		delete(s.waiting, id)
	}
}

// receive takes one frame: a reply. Nothing else is of interest here.
func (s *commandSocket) receive(frame []byte) error {
	r, ok := quickResponse(frame)
	if !ok && json.Unmarshal(frame, &r) != nil || r.Type != "RESTResponse" {
		return nil
	}
	if r.RequestID == probe {
		s.rise() // whatever the answer says
		return nil
	}
	id, err := strconv.ParseUint(r.RequestID, 10, 64)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last, id)
	if got, ok := s.waiting[id]; ok { // Otherwise the deadline of the request has passed.
		delete(s.waiting, id)
		got <- reply{answer: answer{Code: r.Code, Reason: r.Reason, Body: r.Body}}
	}
	return nil
}
