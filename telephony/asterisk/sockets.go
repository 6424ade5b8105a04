package asterisk

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"hotline/telephony"
)

const (
	pingEvery   = time.Second             // how often a socket is asked whether it lives
	silentFor   = 4500 * time.Millisecond // a socket that says nothing for so long, not even a pong, does not live
	dialWithin  = 3 * time.Second         // an attempt to connect
	writeWithin = 5 * time.Second
	closeWithin = 500 * time.Millisecond
	frameLimit  = 16 << 20 // far more than any event or reply has
	// These are the shortest and the longest wait between two tries to connect. Each is twice the one before.
	retryFirst, retryLast = 100 * time.Millisecond, 500 * time.Millisecond
)

// mark names an application that nobody but this Switch connects. The events socket has it beside the one whose events it reads, and before
// it. A connection of ours that was held up on the way may be accepted after a later one, which it replaces: Asterisk then tells the later one that this
// application was replaced, and then the other. When another Hotline takes over, only the other is.
func (o Options) mark() string { return o.App + "-is-" + o.epoch }

// dialSocket opens a websocket of some applications: their events come over it, and requests may go.
func dialSocket(ctx context.Context, o Options, apps ...string) (*websocket.Conn, error) {
	at := "ws" + strings.TrimPrefix(o.URL, "http") + "/events?" + url.Values{"app": {strings.Join(apps, ",")}}.Encode()
	header := http.Header{}
	auth := http.Request{Header: header}
	auth.SetBasicAuth(o.User, o.Password)
	within := min(o.Deadline, dialWithin)
	dialer := websocket.Dialer{HandshakeTimeout: within, NetDialContext: (&net.Dialer{Timeout: within}).DialContext}
	conn, resp, err := dialer.DialContext(ctx, at, header)
	if resp != nil {
		defer resp.Body.Close()
	}
	switch {
	case err == nil:
		return conn, nil
	case resp != nil && resp.StatusCode == http.StatusUnauthorized:
		return nil, fmt.Errorf("connect to Asterisk at %s as %q: %w", o.URL, o.User, ErrPassword)
	case resp != nil:
		return nil, fmt.Errorf("connect to Asterisk at %s: websocket refused: %s", o.URL, resp.Status)
	}
	return nil, fmt.Errorf("connect to Asterisk at %s: %w", o.URL, plainCause(err))
}

// plainCause is a network error without the address, which the message says already.
func plainCause(err error) error {
	var e *net.OpError
	if errors.As(err, &e) && e.Err != nil {
		var call interface{ Unwrap() error } // "connect: connection refused"
		if errors.As(e.Err, &call) && call.Unwrap() != nil {
			return call.Unwrap()
		}
		return e.Err
	}
	return err
}

// unsend has the system throw away what was sent and did not arrive, once the connection is closed. Otherwise what was asked over a link that is frozen
// would still be done when that is well again, after it was asked again over another connection, and after what was asked later.
func unsend(conn *websocket.Conn) {
	under := conn.NetConn()
	if secure, ok := under.(*tls.Conn); ok {
		under = secure.NetConn()
	}
	if tcp, ok := under.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// listen reads a socket until it breaks or ctx ends, and keeps it alive meanwhile. It closes the socket.
func listen(ctx context.Context, conn *websocket.Conn, each func(frame []byte) error) error {
	var tending sync.WaitGroup
	done := make(chan struct{})
	tending.Go(func() {
		ping := time.NewTicker(pingEvery)
		defer ping.Stop()
		for {
			select {
			case <-ping.C:
				_ = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)) // The reader learns of a failure.
			case <-ctx.Done():
				bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
				_ = conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(closeWithin))
				select {
				case <-done: // Asterisk has closed its side.
				case <-time.After(closeWithin):
					conn.Close() // This wakes the reader.
				}
				return
			case <-done:
				return
			}
		}
	})
	defer tending.Wait()
	defer conn.Close()
	defer close(done)
	conn.SetReadLimit(frameLimit)
	var heard atomic.Int64 // when it was last, since began
	began := time.Now()
	alive := func() { heard.Store(int64(time.Since(began))) }
	tending.Go(func() {
		for due := began.Add(silentFor); ; {
			if !telephony.WaitUntil(done, due) {
				return
			}
			now := time.Now()
			if due = began.Add(time.Duration(heard.Load()) + silentFor); !due.After(now) {
				_ = conn.NetConn().SetReadDeadline(now)
				return
			}
		}
	})
	conn.SetPongHandler(func(string) error {
		alive()
		return nil
	})
	for {
		_, frame, err := conn.ReadMessage()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			unsend(conn)
			return err
		}
		alive()
		if err := each(frame); err != nil {
			return err
		}
	}
}
