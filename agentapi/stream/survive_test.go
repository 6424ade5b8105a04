package stream

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/queues"
)

// listless panics when it is asked what there is.
type listless struct{ agentapi.DefaultLists }

func (listless) Reasons() []agentapi.Choice { panic("no list") }

// TestWhatCannotBeLookedAtEndsItsConnectionAlone: it is looked at beside the request, where nobody else would catch that.
func TestWhatCannotBeLookedAtEndsItsConnectionAlone(t *testing.T) {
	var log strings.Builder
	h := NewHub(HubOptions{})
	handler := &Handler{hub: h, lists: listless{}, agents: &told{}, log: slog.New(slog.NewTextHandler(&log, nil))}
	ws, ended := converses(t, h, handler, nil, func() {})
	defer ws.Close()
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"t":"cmd","id":"1","name":"agent.not_ready","data":{"reason":"lunch"}}`)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the connection has not ended")
	}
	if len(h.connections()) != 0 || !strings.Contains(log.String(), "no list") {
		t.Errorf("%d connections are left, and the log says %s", len(h.connections()), log.String())
	}
}

// TestAPongIsKnownAsPagesWriteItAlone: all else is read as any frame is.
func TestAPongIsKnownAsPagesWriteItAlone(t *testing.T) {
	for text, want := range map[string]bool{
		`{"t":"pong","n":17}`: true, `{"t":"pong"}`: true,
		`{"t":"pong","n":17,"id":"1"}`: false, `{"t":"pong" }`: false, `{"t":"pong","n":}`: false, `{"t":"ponge"}`: false, `{"t":"pong"}{`: false, `{"t":"cmd"}`: false, `}`: false, "": false,
	} {
		if got := isPong([]byte(text)); got != want {
			t.Errorf("%s is one: %v", text, got)
		}
	}
}

// doorless cannot be told that a desk is away.
type doorless struct{ told }

func (*doorless) DeskAway(queues.AgentID, queues.OfferID) { panic("no door") }

// TestWhatGoesWrongAsAPageLeavesEndsNothingElse: it has gone all the same.
func TestWhatGoesWrongAsAPageLeavesEndsNothingElse(t *testing.T) {
	var log strings.Builder
	h := NewHub(HubOptions{})
	h.agents = &doorless{}
	handler := &Handler{hub: h, agents: h.agents, log: slog.New(slog.NewTextHandler(&log, nil))}
	left := make(chan struct{})
	ws, ended := converses(t, h, handler, func(c *conn) { h.deskLocked("7").subscribe(c, "s", nil, h.epoch, h.timing.Retain) }, func() { close(left) })
	ws.Close()
	for _, is := range []chan struct{}{left, ended} {
		select {
		case <-is:
		case <-time.After(20 * time.Second):
			t.Fatal("the connection has not ended")
		}
	}
	if len(h.connections()) != 0 || !strings.Contains(log.String(), "no door") {
		t.Errorf("%d connections are left, and the log says %s", len(h.connections()), log.String())
	}
	if err := h.Drain(t.Context()); err != nil {
		t.Error(err)
	}
}

// converses is a page of agent 7 that a handler has joined, and converses with until ended; joined may do more with it under the hub's lock.
func converses(t *testing.T, h *Hub, handler *Handler, joined func(*conn), leave func()) (ws *websocket.Conn, ended chan struct{}) {
	t.Helper()
	ended = make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		c := &conn{id: newID(), ws: ws, person: gate.Person{Account: gate.Account{ID: "a1", Agent: "7"}}, timing: h.timing, count: h.count, ended: make(chan struct{})}
		h.join(c)
		if joined != nil {
			h.mu.Lock()
			joined(c)
			h.mu.Unlock()
		}
		go func() { defer close(ended); handler.converse(c, leave) }()
	}))
	t.Cleanup(server.Close)
	ws, _, err := (&websocket.Dialer{Subprotocols: []string{agentapi.Subprotocol}}).Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ws, ended
}
