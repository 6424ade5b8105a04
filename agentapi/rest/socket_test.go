package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
)

// rawSocket is a bare websocket to the stream.
type rawSocket struct {
	*house
	ws *websocket.Conn
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

func (h *house) dial(cookie string, header http.Header, dial dialFunc) *rawSocket {
	h.Helper()
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if cookie != "" {
		header.Set("Cookie", cookie)
	}
	dialler := websocket.Dialer{Subprotocols: []string{agentapi.Subprotocol}, NetDialContext: dial}
	ws, _, err := dialler.DialContext(soon(h.T), "ws"+strings.TrimPrefix(h.url, "http")+"/api/v1/stream", header)
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { ws.Close() })
	return &rawSocket{h, ws}
}

func (r *rawSocket) send(text string) {
	r.Helper()
	if err := r.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		r.Fatal(err)
	}
}

// next is the next frame.
func (r *rawSocket) next() agentapi.Frame {
	r.Helper()
	f, err := r.read()
	if err != nil {
		r.Fatal(err)
	}
	return f
}

func (r *rawSocket) read() (f agentapi.Frame, err error) {
	_ = r.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, b, err := r.ws.ReadMessage()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(b, &f)
}

// expect reads frames until one of kind t, and returns it.
func (r *rawSocket) expect(t string) agentapi.Frame {
	r.Helper()
	for {
		if f := r.next(); f.T == t {
			return f
		}
	}
}

// expectProblem reads the next ack, which must refuse with this code.
func (r *rawSocket) expectProblem(id string, code agentapi.Code) agentapi.Problem {
	r.Helper()
	f := r.expect("ack")
	if f.Problem == nil || f.OK || f.ID != id || f.Problem.Code != code {
		r.Fatalf("got %+v (problem %v), expected %q refused with %s", f, f.Problem, id, code)
	}
	return *f.Problem
}

// expectClose reads to the end, which must have this code.
func (r *rawSocket) expectClose(code int) {
	r.Helper()
	for {
		_, err := r.read()
		if err == nil {
			continue
		}
		var end *websocket.CloseError
		if !errors.As(err, &end) || end.Code != code {
			r.Fatalf("the connection ended with %v, expected code %d", err, code)
		}
		return
	}
}
