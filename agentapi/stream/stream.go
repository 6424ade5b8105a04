package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

// Bounds of what a page may send.
const (
	longestFrame   = 64 << 10 // answered with too_large; the longest note fits, however its characters are escaped
	longestMessage = 1 << 20  // over this the connection is closed (RFC 6455's 1009)
)

var upgrader = websocket.Upgrader{
	ReadBufferSize: 512, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{},
	Subprotocols: []string{agentapi.Subprotocol},
	CheckOrigin:  func(*http.Request) bool { return true }, // checked after the upgrade: a page sees close codes, not statuses
}

// Options are what a Handler stands between. Hub, Gate, Agents and Lists are needed.
type Options struct {
	Hub    *Hub
	Gate   *gate.Gate
	Agents Agents
	Lists  agentapi.Lists
	Log    *slog.Logger // nil: slog.Default()
}

// Handler lets pages connect to the hub, reads what they send, and has their commands carried out.
type Handler struct {
	hub    *Hub
	gate   *gate.Gate
	agents Agents
	lists  agentapi.Lists
	keys   keys
	log    *slog.Logger
}

// New makes a Handler. The hub reports desks that have closed to the agents from then on: nothing may be served before.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Hub.agents = o.Agents
	return &Handler{hub: o.Hub, gate: o.Gate, agents: o.Agents, lists: o.Lists, log: o.Log}
}

// ServeHTTP begins a connection. The request ends then, and with it what it takes: the connection goes on without it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !websocket.IsWebSocketUpgrade(r) || !slices.Contains(websocket.Subprotocols(r), agentapi.Subprotocol) {
		w.Header().Set("Sec-WebSocket-Protocol", agentapi.Subprotocol)
		agentapi.Refuse(agentapi.CodeBadRequest, "this is a websocket with the subprotocol %s", agentapi.Subprotocol).Write(w)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered by Upgrade
	}
	var joined *conn
	goesOn := false
	defer func() {
		if goesOn {
			return
		}
		if joined != nil {
			joined.close(gone, "it cannot go on")
			h.hub.leave(joined)
		}
		_ = ws.Close()
	}()
	if !h.gate.OwnOrigin(r) {
		refuse(ws, agentapi.CloseOrigin, "a page of another site")
		return
	}
	person, err := h.gate.Who(r.Context())
	due, isDue := errors.AsType[*agentapi.Problem](err)
	switch {
	case isDue:
		refuse(ws, agentapi.CloseNotSignedIn, due.Detail)
		return
	case errors.Is(err, gate.ErrNoAccount):
		refuse(ws, agentapi.CloseNotSignedIn, "not signed in")
		return
	case err != nil:
		h.log.Warn("a page could not be let in", "err", err)
		refuse(ws, websocket.CloseTryAgainLater, "accounts cannot be read now")
		return
	}
	c := &conn{
		id: newID(), person: person, until: person.Expires,
		ws: ws, timing: h.hub.timing, count: h.hub.count,
		ended: make(chan struct{}),
	}
	c.lasts = func(now time.Time) bool { return h.lasts(c, now) }
	if !h.hub.join(c) {
		refuse(ws, agentapi.CloseDraining, "stopping")
		return
	}
	joined = c
	// A sign-in that ended since it was looked up was not among the connections yet: see Recheck.
	if _, err := h.gate.Holder(r.Context(), person.Token); errors.Is(err, gate.ErrNoAccount) {
		c.close(agentapi.CloseNotSignedIn, "not signed in")
	}
	c.push(outgoing{frame: agentapi.Frame{
		T: "hello", Conn: c.id, Epoch: h.hub.epoch, Now: time.Now().UTC(),
		PingS: int(h.hub.timing.Ping.Seconds()), RetainS: int(h.hub.timing.Retain.Seconds()),
	}})
	goesOn = true
	go h.converse(c, gate.Stay(r.Context()))
}

// converse is the life of a connection.
func (h *Handler) converse(c *conn, leave func()) {
	defer h.survives(c)
	defer leave()
	defer h.hub.leave(c)
	c.pingLater()
	h.read(c)
	c.close(gone, "the page has gone")
	_ = c.ws.Close() // a write under way ends, too
	<-c.ended
}

// lasts says whether the sign-in of a connection has not expired. One of an agent who is in a call does not. Only ping asks.
func (h *Handler) lasts(c *conn, now time.Time) bool {
	if c.until.Sub(now) > time.Minute {
		return true
	}
	ctx := context.Background()
	if h.hub.inCall(c.person.Account.Agent) {
		h.gate.InCall(ctx, c.person.Token)
	}
	p, err := h.gate.Holder(ctx, c.person.Token)
	if err != nil {
		return !errors.Is(err, gate.ErrNoAccount)
	}
	c.until = p.Expires
	return now.Before(p.Expires)
}

// refuse closes a connection that nobody writes to yet.
func refuse(ws *websocket.Conn, code int, reason string) {
	deadline := time.Now().Add(time.Second)
	_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	_ = ws.SetReadDeadline(deadline)
	ws.SetReadLimit(longestFrame)
	for { // until the page answers the close: see conn.sayGoodbye
		if _, _, err := ws.NextReader(); err != nil {
			return
		}
	}
}

// read serves the page's frames until the connection ends. What cannot be read is answered
// with a problem; nothing of it is carried out, and the connection stays.
func (h *Handler) read(c *conn) {
	defer h.survives(c)
	patience := c.timing.Ping * 5 / 2
	c.ws.SetReadLimit(longestMessage)
	for {
		c.patient(time.Now().Add(patience))
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return
		}
		c.says()
		b, err := io.ReadAll(io.LimitReader(r, longestFrame+1))
		switch {
		case err != nil:
			return
		case c.closing() != 0:
			continue // the connection is being closed, and nothing counts any more
		case len(b) > longestFrame:
			c.refuse("", agentapi.Refuse(agentapi.CodeTooLarge, "a frame has at most %d bytes", longestFrame))
		case kind == websocket.TextMessage && isPong(b): // that something came is all that matters
		case kind != websocket.TextMessage:
			c.refuse("", agentapi.Refuse(agentapi.CodeBadRequest, "a frame is text"))
		default:
			received := make(chan struct{})
			go func() { defer close(received); defer h.survives(c); h.receive(c, b) }() // with a stack of its own: the reader's stays as small as waiting needs
			<-received
		}
	}
}

// isPong says whether a frame is a pong as pages write it: that is most of what ten thousand of them send, and it is not looked at any further.
func isPong(b []byte) bool {
	rest, is := bytes.CutPrefix(b, []byte(`{"t":"pong"`))
	if n, numbered := bytes.CutPrefix(rest, []byte(`,"n":`)); numbered && string(n) != "}" {
		rest = bytes.TrimLeft(n, "0123456789")
	}
	return is && string(rest) == "}"
}

// survives is deferred where a page's connection is looked after, and what it has sent looked at: whatever that is, as with a request, it ends no more than the connection.
func (h *Handler) survives(c *conn) {
	if p := recover(); p != nil {
		h.log.Error("what a page sent cannot be looked at", "account", c.person.Account.ID, "panic", p, "stack", string(debug.Stack()))
		c.close(gone, "it cannot be looked at")
	}
}

func (h *Handler) receive(c *conn, b []byte) {
	var f agentapi.ClientFrame
	if err := json.Unmarshal(b, &f); err != nil {
		c.refuse("", agentapi.Refuse(agentapi.CodeBadRequest, "not a frame: %s", agentapi.Printable(err.Error())))
		return
	}
	if len(f.ID) > agentapi.LongestID || len(f.Key) > agentapi.LongestID {
		c.refuse("", agentapi.RefuseField("id, key", "are too long"))
		return
	}
	switch f.T {
	case "subscribe":
		h.subscribe(c, f)
	case "cmd":
		h.accept(c, command{id: f.ID, key: f.Key, name: f.Name, data: f.Data})
	case "pong": // written otherwise than isPong knows it
	default:
		c.refuse(f.ID, agentapi.Refuse(agentapi.CodeUnknownFrame, "there is no frame %q", agentapi.Printable(f.T)))
	}
}

func (c *conn) refuse(id string, p *agentapi.Problem) {
	c.push(outgoing{frame: agentapi.Frame{T: "ack", ID: id, Problem: p}})
}

// subscribe answers each topic with resumed, a snapshot or a problem.
func (h *Handler) subscribe(c *conn, f agentapi.ClientFrame) {
	if len(f.Topics) == 0 {
		c.refuse(f.ID, agentapi.RefuseField("topics", "is missing"))
	}
	hub := h.hub
	defer hub.tellPresence(c.person.Account.Agent) // this waits for the router, and so comes after the lock
	hub.mu.Lock()
	defer hub.mu.Unlock()
	for _, topic := range f.Topics[:min(len(f.Topics), 16)] {
		switch {
		case hub.draining || c.closing() != 0:
			return
		case topic == agentapi.TopicMe && c.person.Account.Agent == "":
			c.refuse(f.ID, agentapi.Refuse(agentapi.CodeNotAnAgent, "this account has no desk"))
		case topic == agentapi.TopicMe:
			hub.deskLocked(c.person.Account.Agent).subscribe(c, f.ID, f.Resume, hub.epoch, hub.timing.Retain)
		case topic == agentapi.TopicWall:
			hub.watchWallLocked(c, f.ID, f.Changes, f.Resume)
		case topic == agentapi.TopicTickets:
			hub.watchTicketsLocked(c, f.ID, topic, f.Resume)
		case strings.HasPrefix(topic, agentapi.TopicDepartment):
			if p := hub.mayWatch(c.person.Account, strings.TrimPrefix(topic, agentapi.TopicDepartment)); p != nil {
				c.refuse(f.ID, p)
				continue
			}
			hub.watchTicketsLocked(c, f.ID, topic, f.Resume)
		default:
			c.refuse(f.ID, agentapi.Refuse(agentapi.CodeUnknownTopic, "there is no topic %q", agentapi.Printable(topic)))
		}
	}
}

// CloseEnded ends what those have open whose sign-ins were ended by another process.
func (h *Handler) CloseEnded(ctx context.Context) error {
	open := h.hub.connections()
	tokens := make([]gate.TokenHash, len(open))
	for i, c := range open {
		tokens[i] = c.person.Token
	}
	ended, err := h.gate.Ended(ctx, tokens)
	for _, c := range open {
		if slices.Contains(ended, c.person.Token) {
			c.close(agentapi.CloseNotSignedIn, "the sign-in has ended")
		}
	}
	return err
}

// Recheck asks the accounts again who is signed in, and ends at once what those have open who are not any more: for whoever
// has changed the accounts. After an error some may have been left out: call it again.
func (h *Handler) Recheck(ctx context.Context) error {
	h.gate.Forget()
	for _, c := range h.hub.connections() {
		_, err := h.gate.Holder(ctx, c.person.Token)
		switch {
		case errors.Is(err, gate.ErrNoAccount):
			c.close(agentapi.CloseNotSignedIn, "the sign-in has ended")
		case err != nil:
			return err
		}
	}
	return nil
}
