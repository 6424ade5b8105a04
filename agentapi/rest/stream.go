package rest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/queues"
)

// Agents carries out what agents want; package desk implements it over the router and the calls.
// A refusal is a Problem (see Refuse), best with a code that the pages can translate.
type Agents interface {
	// Do carries out one command, and returns when it is done or refused. A command comes once
	// for each idempotency key; the context outlives the connection it came by, and ends after ten seconds.
	Do(ctx context.Context, agent queues.AgentID, c agentapi.Command) error
	// DeskClosed says that the agent's last page has gone and did not come back in time.
	DeskClosed(agent queues.AgentID)
}

// Bounds of what a page may send.
const (
	longestFrame    = 32 << 10 // answered with too_large
	longestMessage  = 1 << 20  // over this the connection is closed (RFC 6455's 1009)
	pendingCommands = 32
	commandTime     = 10 * time.Second
)

var upgrader = websocket.Upgrader{
	ReadBufferSize: 2048, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{},
	Subprotocols: []string{agentapi.Subprotocol},
	CheckOrigin:  func(*http.Request) bool { return true }, // checked after the upgrade: a page sees close codes, not statuses
}

// command is one that was read and waits for its turn.
type command struct {
	id, key, name string
	data          json.RawMessage
	meant         agentapi.Command // what data was read as
}

// serveStream is GET /api/v1/stream: one connection for its whole life.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request) {
	if !websocket.IsWebSocketUpgrade(r) || !slices.Contains(websocket.Subprotocols(r), agentapi.Subprotocol) {
		w.Header().Set("Sec-WebSocket-Protocol", agentapi.Subprotocol)
		agentapi.Refuse(agentapi.CodeBadRequest, "this is a websocket with the subprotocol %s", agentapi.Subprotocol).Write(w)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered by Upgrade
	}
	defer ws.Close()
	if !s.gate.OwnOrigin(r) {
		refuse(ws, agentapi.CloseOrigin, "a page of another site")
		return
	}
	person, err := s.gate.Who(r.Context())
	switch {
	case errors.Is(err, gate.ErrNoAccount):
		refuse(ws, agentapi.CloseNotSignedIn, "not signed in")
		return
	case err != nil:
		s.log.Warn("a page could not be let in", "err", err)
		refuse(ws, websocket.CloseTryAgainLater, "accounts cannot be read now")
		return
	}
	c := &conn{
		id: newID(), person: person,
		ws: ws, timing: s.hub.timing, count: s.hub.count,
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	if !s.hub.join(c) {
		refuse(ws, agentapi.CloseDraining, "stopping")
		return
	}
	defer s.hub.leave(c)
	// A sign-in that ended since it was looked up was not among the connections yet: see Recheck.
	if _, err := s.gate.Holder(r.Context(), person.Token); errors.Is(err, gate.ErrNoAccount) {
		c.close(agentapi.CloseNotSignedIn, "not signed in")
	}
	c.push(outgoing{frame: agentapi.Frame{
		T: "hello", Conn: c.id, Epoch: s.hub.epoch, Now: time.Now().UTC(),
		PingS: int(s.hub.timing.Ping.Seconds()), RetainS: int(s.hub.timing.Retain.Seconds()),
	}})
	go c.write()
	s.read(c)
	c.close(gone, "the page has gone")
	_ = ws.Close() // a write under way ends, too
	<-c.ended
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
func (s *Server) read(c *conn) {
	patience := c.timing.Ping * 5 / 2
	c.ws.SetReadLimit(longestMessage)
	for {
		c.patient(time.Now().Add(patience))
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return
		}
		b, err := io.ReadAll(io.LimitReader(r, longestFrame+1))
		switch {
		case err != nil:
			return
		case c.closing() != 0:
			continue // said good-bye already: nothing counts any more
		case len(b) > longestFrame:
			c.refuse("", agentapi.Refuse(agentapi.CodeTooLarge, "a frame has at most %d bytes", longestFrame))
		case kind != websocket.TextMessage:
			c.refuse("", agentapi.Refuse(agentapi.CodeBadRequest, "a frame is text"))
		default:
			s.receive(c, b)
		}
	}
}

func (s *Server) receive(c *conn, b []byte) {
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
		s.subscribe(c, f)
	case "cmd":
		s.accept(c, command{id: f.ID, key: f.Key, name: f.Name, data: f.Data})
	case "pong": // that something came is all that matters
	default:
		c.refuse(f.ID, agentapi.Refuse(agentapi.CodeUnknownFrame, "there is no frame %q", agentapi.Printable(f.T)))
	}
}

func (c *conn) refuse(id string, p *agentapi.Problem) {
	c.push(outgoing{frame: agentapi.Frame{T: "ack", ID: id, Problem: p}})
}

// subscribe answers each topic with resumed, a snapshot or a problem.
func (s *Server) subscribe(c *conn, f agentapi.ClientFrame) {
	if len(f.Topics) == 0 {
		c.refuse(f.ID, agentapi.RefuseField("topics", "is missing"))
	}
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range f.Topics[:min(len(f.Topics), 16)] {
		switch {
		case h.draining || c.closing() != 0:
			return
		case topic == agentapi.TopicMe && c.person.Account.Agent == "":
			c.refuse(f.ID, agentapi.Refuse(agentapi.CodeNotAnAgent, "this account has no desk"))
		case topic == agentapi.TopicMe:
			h.deskLocked(c.person.Account.Agent).subscribe(c, f.ID, f.Resume, h.epoch, h.timing.Retain)
		case topic == agentapi.TopicWall:
			h.watchWallLocked(c, f.ID, f.Resume)
		default:
			c.refuse(f.ID, agentapi.Refuse(agentapi.CodeUnknownTopic, "there is no topic %q", agentapi.Printable(topic)))
		}
	}
}

// accept puts a command in the line of its connection: they are carried out in order, and
// beside the reading, so that an offer.seen never waits behind one of them.
func (s *Server) accept(c *conn, cmd command) {
	meant, err := agentapi.ReadCommand(cmd.name, cmd.data, s.lists)
	if err == nil && c.person.Account.Agent == "" {
		err = agentapi.Refuse(agentapi.CodeNotAnAgent, "this account has no desk")
	}
	if err != nil {
		p, _ := problem(err)
		s.answer(c, cmd, p)
		return
	}
	cmd.meant = meant
	if o, ok := meant.(agentapi.SeeOffer); ok {
		s.hub.seen(c.person.Account.Agent, o.Offer)
		s.answer(c, cmd, nil)
		return
	}
	c.mu.Lock()
	full, start := len(c.pending) >= pendingCommands, !c.working
	if !full {
		c.pending = append(c.pending, cmd)
		c.working = true
	}
	c.mu.Unlock()
	switch {
	case full:
		s.answer(c, cmd, agentapi.Refuse(agentapi.CodeBusy, "%d commands are waiting", pendingCommands))
	case start:
		s.hub.pages.Add(1)
		go s.work(c)
	}
}

// work carries out the commands of a connection until none is left, and goes on when the
// connection ends: what was accepted is done, and its answer kept under its key.
func (s *Server) work(c *conn) {
	defer s.hub.pages.Done()
	for {
		c.mu.Lock()
		if len(c.pending) == 0 {
			c.pending, c.working = nil, false
			c.mu.Unlock()
			return
		}
		cmd := c.pending[0]
		c.pending = c.pending[1:]
		c.mu.Unlock()
		s.answer(c, cmd, s.carryOut(c.person.Account, cmd))
	}
}

// carryOut does one command, once for its key.
func (s *Server) carryOut(a gate.Account, cmd command) *agentapi.Problem {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	return s.keys.once(ctx, a.ID, cmd.key, cmd.name, cmd.data, func() *agentapi.Problem {
		err := s.agents.Do(ctx, a.Agent, cmd.meant)
		if err == nil {
			return nil
		}
		p, log := problem(err)
		if log {
			s.log.Error("a command failed", "agent", a.Agent, "command", cmd.name, "err", err)
		}
		return p
	})
}

func (s *Server) answer(c *conn, cmd command, p *agentapi.Problem) {
	name, code := cmd.name, "ok"
	if p != nil {
		code = string(p.Code)
		if p.Code == agentapi.CodeUnknownCommand {
			name = "unknown" // a label is not for strangers to choose
		}
	}
	s.hub.count.commands.WithLabelValues(name, code).Inc()
	c.push(outgoing{frame: agentapi.Frame{T: "ack", ID: cmd.id, OK: p == nil, Problem: p}})
}

// problem finds out what to tell of err, and whether it should be logged.
func problem(err error) (p *agentapi.Problem, log bool) {
	var refused *agentapi.Problem
	switch {
	case errors.As(err, &refused):
		return refused, false
	case errors.Is(err, context.DeadlineExceeded):
		return agentapi.Refuse(agentapi.CodeUnavailable, "no answer in time"), true
	default:
		return agentapi.Refuse(agentapi.CodeInternal, "something went wrong here; it is in the log"), true
	}
}
