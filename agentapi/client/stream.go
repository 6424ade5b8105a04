package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
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
	// Frames is called with every frame, in order, before Me and Wall know of it; on the
	// stream's goroutine, so it must not wait for a Command.
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
		if s.options.Frames != nil {
			s.options.Frames(f)
		}
		if err := s.receive(ws, f); err != nil {
			return err
		}
	}
}

func (s *Stream) write(ws *websocket.Conn, f agentapi.ClientFrame) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	return ws.WriteJSON(f)
}
