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
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		c := &conn{id: newID(), ws: ws, person: gate.Person{Account: gate.Account{ID: "a1", Agent: "7"}}, timing: h.timing, count: h.count, ended: make(chan struct{})}
		h.join(c)
		go func() { defer close(ended); handler.converse(c, func() {}) }()
	}))
	defer server.Close()
	ws, _, err := (&websocket.Dialer{Subprotocols: []string{agentapi.Subprotocol}}).Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
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

// doorless cannot be told that a desk is away.
type doorless struct{ told }

func (*doorless) DeskAway(queues.AgentID, queues.OfferID) { panic("no door") }

// TestWhatGoesWrongAsAPageLeavesEndsNothingElse: it has gone all the same.
func TestWhatGoesWrongAsAPageLeavesEndsNothingElse(t *testing.T) {
	var log strings.Builder
	h := NewHub(HubOptions{})
	h.agents = &doorless{}
	handler := &Handler{hub: h, agents: h.agents, log: slog.New(slog.NewTextHandler(&log, nil))}
	left, ended := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		c := &conn{id: newID(), ws: ws, person: gate.Person{Account: gate.Account{ID: "a1", Agent: "7"}}, timing: h.timing, count: h.count, ended: make(chan struct{})}
		h.join(c)
		h.mu.Lock()
		h.deskLocked("7").subscribe(c, "s", nil, h.epoch, h.timing.Retain)
		h.mu.Unlock()
		go func() { defer close(ended); handler.converse(c, func() { close(left) }) }()
	}))
	defer server.Close()
	ws, _, err := (&websocket.Dialer{Subprotocols: []string{agentapi.Subprotocol}}).Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
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
