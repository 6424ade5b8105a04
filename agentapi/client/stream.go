package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/queues"
)

// Why a stream ends for good.
var (
	ErrNotSignedIn = errors.New("not signed in any more")
	ErrOrigin      = errors.New("refused by origin")
	ErrReplaced    = errors.New("another page of the same person took over")
	ErrClosed      = errors.New("the stream was closed")
)

// StreamOptions say what a stream is to do.
type StreamOptions struct {
	// Topics to subscribe to; none means "me".
	Topics []string
	// SeeOffers acknowledges each pop at once with offer.seen, as a page does.
	SeeOffers bool
	// Frames is called with every frame, in order, on the stream's goroutine: it must not wait for
	// a Command.
	Frames func(agentapi.Frame)
	// Broken is called after each break, with its cause.
	Broken func(error)
	// Pause is the longest wait before another try; 2 s where 0.
	Pause time.Duration
}

// Stream is a connection that comes back: after a break it resumes where it was, and sends what
// was not acknowledged again, under the same key.
type Stream struct {
	client  *Client
	options StreamOptions
	cancel  context.CancelFunc
	done    chan struct{} // closed when it has ended for good

	mu      sync.Mutex
	err     error           // why it ended; guarded by mu
	ws      *websocket.Conn // nil between connections
	live    bool            // ws has said hello
	hello   agentapi.Frame
	seq     map[string]uint64
	known   map[string]bool // topics that have been answered
	parts   map[string]json.RawMessage
	me      agentapi.Me
	wall    agentapi.Wall
	waiters map[*waiter]bool
	pending map[string]*pending
	order   []string // of pending, as they were sent
	ids     int

	writing sync.Mutex // one writer at a time
}

// waiter looks for a state after every frame, under Stream.mu.
type waiter struct {
	is   func() bool
	done chan struct{} // closed when it was seen, or the stream has ended
	err  error         // why it will not be seen any more; read after done
}

type pending struct {
	frame  agentapi.ClientFrame
	answer chan error // buffered
}

// Stream connects, subscribes, and returns when every topic has been answered. It goes on until ctx
// ends, Close is called, or the server wants this page no more (see Err).
func (c *Client) Stream(ctx context.Context, o StreamOptions) (*Stream, error) {
	if len(o.Topics) == 0 {
		o.Topics = []string{agentapi.TopicMe}
	}
	if o.Pause == 0 {
		o.Pause = 2 * time.Second
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Stream{
		client: c, options: o, cancel: cancel, done: make(chan struct{}), waiters: map[*waiter]bool{},
		seq: map[string]uint64{}, known: map[string]bool{}, parts: map[string]json.RawMessage{}, pending: map[string]*pending{},
	}
	go s.run(ctx)
	err := s.wait(ctx, func() bool {
		for _, topic := range o.Topics {
			if !s.known[topic] {
				return false
			}
		}
		return true
	})
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open the stream: %w", err)
	}
	return s, nil
}

// Close ends the stream and waits until it has ended.
func (s *Stream) Close() {
	s.cancel()
	<-s.done
}

// Done is closed when the stream has ended for good; Err then says why.
func (s *Stream) Done() <-chan struct{} { return s.done }

// Err is why the stream ended, or nil.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Break cuts the connection without a word, as a network does; the stream comes back by itself.
func (s *Stream) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ws != nil {
		_ = s.ws.NetConn().Close()
	}
}

// Hello is the server's greeting of the present connection.
func (s *Stream) Hello() agentapi.Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hello
}

// run connects again and again.
func (s *Stream) run(ctx context.Context) {
	defer close(s.done)
	tries := 0
	for {
		err := s.connect(ctx, func() { tries = 0 })
		if why := final(ctx, err); why != nil {
			s.end(why)
			return
		}
		if s.options.Broken != nil {
			s.options.Broken(err)
		}
		pause := min(s.options.Pause, 50*time.Millisecond<<min(tries, 10))
		tries++
		select {
		case <-time.After(pause/2 + rand.N(pause/2+1)):
		case <-ctx.Done():
		}
	}
}

// final says whether a break is the end, and what to call it.
func final(ctx context.Context, err error) error {
	var code *websocket.CloseError
	switch {
	case ctx.Err() != nil:
		return ErrClosed
	case !errors.As(err, &code):
		return nil
	case code.Code == agentapi.CloseNotSignedIn:
		return ErrNotSignedIn
	case code.Code == agentapi.CloseOrigin:
		return ErrOrigin
	case code.Code == agentapi.CloseReplaced:
		return ErrReplaced
	}
	return nil
}

func (s *Stream) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = why
	}
	for id, p := range s.pending {
		p.answer <- why
		delete(s.pending, id)
	}
	s.notifyLocked()
}

// connect is one connection from dialling to its end.
func (s *Stream) connect(ctx context.Context, alive func()) error {
	dialler := websocket.Dialer{
		Jar: s.client.http.Jar, Subprotocols: []string{agentapi.Subprotocol}, HandshakeTimeout: 10 * time.Second,
		ReadBufferSize: 2048, WriteBufferSize: 1024,
	}
	at := *s.client.base
	at.Scheme = map[string]string{"http": "ws", "https": "wss"}[at.Scheme]
	ws, answer, err := dialler.DialContext(ctx, at.String()+"/api/v1/stream", http.Header{})
	if err != nil {
		if answer != nil {
			return fmt.Errorf("connect: status %d: %w", answer.StatusCode, err)
		}
		return fmt.Errorf("connect: %w", err)
	}
	defer ws.Close()
	stop := context.AfterFunc(ctx, func() {
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
		_ = ws.NetConn().Close()
	})
	defer stop()
	s.mu.Lock()
	s.ws = ws
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.ws, s.live = nil, false
		s.mu.Unlock()
	}()
	silence := 30 * time.Second
	for {
		_ = ws.SetReadDeadline(time.Now().Add(silence))
		var f agentapi.Frame
		_, b, err := ws.ReadMessage()
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &f); err != nil {
			return fmt.Errorf("a frame cannot be read: %w", err)
		}
		if f.T == "hello" {
			alive()
			silence = time.Duration(f.PingS)*time.Second*5/2 + 5*time.Second
		}
		if err := s.receive(ws, f); err != nil {
			return err
		}
		if s.options.Frames != nil {
			s.options.Frames(f)
		}
	}
}

// receive takes one frame in and sends what it asks for.
func (s *Stream) receive(ws *websocket.Conn, f agentapi.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.notifyLocked()
	switch f.T {
	case "hello":
		return s.helloLocked(ws, f)
	case "ping":
		return s.write(ws, agentapi.ClientFrame{T: "pong", N: f.N})
	case "ack":
		s.ackLocked(f)
	case "resumed":
		s.known[f.Topic] = true
	case "snapshot":
		s.known[f.Topic], s.seq[f.Topic] = true, f.Seq
		return s.mergeLocked(ws, f, true)
	case "event":
		last := s.seq[f.Topic]
		if f.Topic == agentapi.TopicMe && f.Seq != last+1 {
			return fmt.Errorf("event %d of me after %d: the server lost something", f.Seq, last)
		}
		s.seq[f.Topic] = f.Seq
		return s.mergeLocked(ws, f, false)
	}
	return nil
}

// helloLocked subscribes, resuming where the epoch is still the same, and sends again what is
// not acknowledged.
func (s *Stream) helloLocked(ws *websocket.Conn, f agentapi.Frame) error {
	if f.Epoch != s.hello.Epoch {
		clear(s.seq)
	}
	s.hello, s.live = f, true
	s.ids++
	sub := agentapi.ClientFrame{T: "subscribe", ID: "s" + strconv.Itoa(s.ids), Topics: s.options.Topics}
	if len(s.seq) > 0 {
		sub.Resume = &agentapi.Resume{Epoch: f.Epoch, Seq: s.seq}
	}
	if err := s.write(ws, sub); err != nil {
		return err
	}
	for _, id := range s.order {
		if p := s.pending[id]; p != nil {
			if err := s.write(ws, p.frame); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Stream) ackLocked(f agentapi.Frame) {
	p := s.pending[f.ID]
	if p == nil {
		if f.Problem != nil && len(f.ID) > 0 && f.ID[0] == 's' { // a subscription was refused
			for _, topic := range s.options.Topics {
				s.known[topic] = true
			}
			s.err = f.Problem
			s.cancel()
		}
		return
	}
	s.forgetLocked(f.ID)
	if f.Problem != nil {
		p.answer <- f.Problem
		return
	}
	p.answer <- nil
}

func (s *Stream) forgetLocked(id string) {
	delete(s.pending, id)
	for len(s.order) > 0 && s.pending[s.order[0]] == nil {
		s.order = s.order[1:]
	}
}

// mergeLocked puts a snapshot or the parts of an event over what is known.
func (s *Stream) mergeLocked(ws *websocket.Conn, f agentapi.Frame, whole bool) error {
	if f.Topic == agentapi.TopicWall {
		var w agentapi.Wall
		if err := json.Unmarshal(f.Data, &w); err != nil {
			return fmt.Errorf("wall: %w", err)
		}
		s.wall = w
		return nil
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(f.Data, &parts); err != nil {
		return fmt.Errorf("me: %w", err)
	}
	if whole {
		clear(s.parts)
	}
	for name, raw := range parts {
		s.parts[name] = raw
	}
	b, err := json.Marshal(s.parts)
	if err != nil {
		return err
	}
	var me agentapi.Me
	if err := json.Unmarshal(b, &me); err != nil {
		return fmt.Errorf("me: %w", err)
	}
	before := s.me.Offer
	s.me = me
	if s.options.SeeOffers && me.Offer != nil && (before == nil || before.ID != me.Offer.ID) {
		return s.seeLocked(ws, me.Offer.ID)
	}
	return nil
}

func (s *Stream) seeLocked(ws *websocket.Conn, offer queues.OfferID) error {
	data, err := json.Marshal(agentapi.AcceptOffer{Offer: offer}) // the same field
	if err != nil {
		return err
	}
	s.ids++
	return s.write(ws, agentapi.ClientFrame{T: "cmd", ID: "seen" + strconv.Itoa(s.ids), Name: "offer.seen", Data: data})
}

func (s *Stream) write(ws *websocket.Conn, f agentapi.ClientFrame) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return ws.WriteJSON(f)
}

// Command sends a command and waits for its answer: nil, or the server's problem. Over a break it
// is sent again under the same key, and carried out once.
func (s *Stream) Command(ctx context.Context, name string, data any) error {
	f := agentapi.ClientFrame{T: "cmd", Key: uuid.NewString(), Name: name}
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			return fmt.Errorf("command %s: %w", name, err)
		}
		f.Data = raw
	}
	p := &pending{answer: make(chan error, 1)}
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return fmt.Errorf("command %s: %w", name, s.err)
	}
	s.ids++
	f.ID = strconv.Itoa(s.ids)
	p.frame = f
	s.pending[f.ID] = p
	s.order = append(s.order, f.ID)
	if s.live {
		_ = s.write(s.ws, f) // after a break it is sent again
	}
	s.mu.Unlock()
	select {
	case err := <-p.answer:
		if err != nil {
			return fmt.Errorf("command %s: %w", name, err)
		}
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		s.forgetLocked(f.ID)
		return fmt.Errorf("command %s: %w", name, context.Cause(ctx))
	}
}

// Me is the agent's desk as it was last heard.
func (s *Stream) Me() agentapi.Me {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.me
}

// Wall is the wall as it was last heard.
func (s *Stream) Wall() agentapi.Wall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wall
}

// WaitMe waits until the desk is as wanted. It looks after every frame, and so misses no
// state that an event brought.
func (s *Stream) WaitMe(ctx context.Context, is func(agentapi.Me) bool) (agentapi.Me, error) {
	var me agentapi.Me
	err := s.wait(ctx, func() bool { me = s.me; return is(me) })
	if err != nil {
		return me, fmt.Errorf("waiting for the desk (availability %s, activity %s): %w", me.Availability.State, me.Activity.State, err)
	}
	return me, nil
}

// WaitWall waits until the wall is as wanted.
func (s *Stream) WaitWall(ctx context.Context, is func(agentapi.Wall) bool) (agentapi.Wall, error) {
	var w agentapi.Wall
	err := s.wait(ctx, func() bool { w = s.wall; return is(w) })
	return w, err
}

// wait waits until is is true, or the stream has ended. is runs under the lock.
func (s *Stream) wait(ctx context.Context, is func() bool) error {
	s.mu.Lock()
	if s.err != nil || is() {
		defer s.mu.Unlock()
		return s.err
	}
	w := &waiter{is: is, done: make(chan struct{})}
	s.waiters[w] = true
	s.mu.Unlock()
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiters, w)
		return context.Cause(ctx)
	}
}

// notifyLocked lets everyone who waits look.
func (s *Stream) notifyLocked() {
	for w := range s.waiters {
		seen := w.is()
		if !seen && s.err == nil {
			continue
		}
		if !seen {
			w.err = s.err
		}
		delete(s.waiters, w)
		close(w.done)
	}
}
