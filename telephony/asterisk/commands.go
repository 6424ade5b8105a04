package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// errLost says that the socket broke while the request was under way: it may have been carried out, or not.
var errLost = errors.New("connection to Asterisk lost while waiting for the reply")

// commandSockets carries requests over websockets, as Asterisk 22.4 and newer takes them. Asterisk carries out the requests of one
// socket one after the other, so there are several. Each is an application of its own without subscriptions, because an
// application has one socket, and its event filter hides replies.
type commandSockets struct {
	each []*commandSocket
}

func newCommandSockets(o Options) *commandSockets {
	c := &commandSockets{}
	for i := range o.CommandSockets {
		c.each = append(c.each, newCommandSocket(o, o.App+"-commands-"+strconv.Itoa(i+1)))
	}
	return c
}

func (c *commandSockets) carry(ctx context.Context, lane uint32, q question) (answer, error) {
	return c.each[lane%uint32(len(c.each))].carry(ctx, q)
}

// run keeps all sockets connected until ctx ends, or until one of them is taken over by another Hotline.
func (c *commandSockets) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for _, s := range c.each {
		all.Go(func() {
			if err := s.run(ctx); errors.Is(err, ErrReplaced) {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// commandSocket carries requests over one websocket.
//
//	carry ──► await the connection ──► write ──► await the reply or the deadline
//	                                               ▲
//	run: connect ──► read replies ─────────────────┘ ──► broken: all that wait get errLost ──► connect …
type commandSocket struct {
	opt Options
	app string

	writing sync.Mutex // held while a frame is written

	mu      sync.Mutex
	conn    *websocket.Conn         // nil while not connected
	up      chan struct{}           // closed while connected; a new one when not
	waiting map[string]chan<- reply // by request id; each has room for its reply
	last    uint64                  // the id of the last request
	replies uint64                  // how many replies have come
}

type reply struct {
	answer answer
	err    error
}

func newCommandSocket(o Options, app string) *commandSocket {
	return &commandSocket{opt: o, app: app, up: make(chan struct{}), waiting: make(map[string]chan<- reply)}
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

type restResponse struct {
	Type      string `json:"type"`
	RequestID string `json:"request_id"`
	Code      int    `json:"status_code"`
	Reason    string `json:"reason_phrase"`
	Body      string `json:"message_body"`
}

func (s *commandSocket) carry(ctx context.Context, q question) (answer, error) {
	conn, id, got, err := s.enter(ctx)
	if err != nil {
		return answer{}, err
	}
	defer s.leave(id)
	before := s.replied()
	r := restRequest{Type: "RESTRequest", RequestID: id, Method: q.Method, URI: q.URI, Body: q.Body}
	if q.Body != "" {
		r.ContentType = "application/json"
	}
	if err := s.write(ctx, conn, r); err != nil {
		return answer{}, err
	}
	select {
	case r := <-got:
		return r.answer, r.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && s.replied() == before {
			s.giveUp(conn) // It is mute, as one may be that was opened while another Hotline opened its own.
		}
		return answer{}, context.Cause(ctx)
	}
}

func (s *commandSocket) replied() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replies
}

// enter waits for a connection, and gives a request its id and the channel on which its reply will come.
func (s *commandSocket) enter(ctx context.Context) (*websocket.Conn, string, <-chan reply, error) {
	for {
		s.mu.Lock()
		if s.conn != nil {
			s.last++
			id := strconv.FormatUint(s.last, 10)
			got := make(chan reply, 1)
			s.waiting[id] = got
			conn := s.conn
			s.mu.Unlock()
			return conn, id, got, nil
		}
		up := s.up
		s.mu.Unlock()
		select {
		case <-up:
		case <-ctx.Done():
			return nil, "", nil, fmt.Errorf("%w: %w", ErrAway, context.Cause(ctx))
		}
	}
}

func (s *commandSocket) leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, id)
}

func (s *commandSocket) write(ctx context.Context, conn *websocket.Conn, r restRequest) error {
	frame, err := json.Marshal(r)
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeWithin))
	if err := conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		s.giveUp(conn) // Half a frame may have been sent.
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}

// run connects, reads replies, and connects again, until ctx ends or another Hotline takes the application.
func (s *commandSocket) run(ctx context.Context) error {
	wait := retryFirst
	for {
		conn, err := dialSocket(ctx, s.opt, s.app)
		if err == nil {
			wait = retryFirst
			s.rise(conn)
			err = listen(ctx, conn, s.receive)
			s.fall()
			if errors.Is(err, ErrReplaced) {
				return err
			}
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, retryLast)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// rise lets requests over a new connection.
func (s *commandSocket) rise(conn *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	close(s.up)
}

// giveUp closes a connection, so that the reader connects anew. Requests that come before the reader has noticed wait for the
// next connection.
func (s *commandSocket) giveUp(conn *websocket.Conn) {
	s.mu.Lock()
	if s.conn == conn {
		s.down()
	}
	s.mu.Unlock()
	conn.Close()
}

// down makes requests wait for a connection. It is called under mu.
func (s *commandSocket) down() {
	s.conn = nil
	s.up = make(chan struct{})
}

// fall ends the requests that wait for a reply of a connection that is over.
func (s *commandSocket) fall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		s.down()
	}
	for id, got := range s.waiting {
		got <- reply{err: errLost} // This never blocks, because each has room for its one reply.
		delete(s.waiting, id)
	}
}

// receive takes one frame: a reply, or the event that another Hotline has taken the application. Nothing else is of interest here.
func (s *commandSocket) receive(frame []byte) error {
	var r restResponse
	if json.Unmarshal(frame, &r) != nil {
		return nil
	}
	switch r.Type {
	case "ApplicationReplaced":
		return ErrReplaced
	case "RESTResponse":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.replies++
		if got, ok := s.waiting[r.RequestID]; ok { // Otherwise the deadline of the request has passed.
			delete(s.waiting, r.RequestID)
			got <- reply{answer: answer{Code: r.Code, Reason: r.Reason, Body: r.Body}}
		}
	}
	return nil
}
