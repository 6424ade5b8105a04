// Package stream tells pages what is true without being asked, and takes the commands that they send back: the websocket at
// /api/v1/stream. Whoever knows something publishes it to the Hub, which keeps it, numbers it, and carries it to the pages.
//
//	agentapi/desk (between router, calls, tickets)
//	  Me, SetMe, Offer, Wall │        ▲ Agents.Do, DeskAway, DeskBack, DeskClosed
//	                         ▼        │
//	Hub ── desk of each agent: state, log, unseen offers
//	 │  ├─ wall: newest values, what changed
//	 │  └─ tickets: what changed, for whom
//	 │ under one lock: number, log, place in the queue
//	 ▼
//	conn ── one writer, bounded queue ──► socket ──► page
//	 ▲                                                │
//	Handler ── who is it (gate), frames, commands ◄───┘
//
// Invariants:
//
//   - A page that has the epoch and the last number of "me" gets every event after
//     it, once and in order, or a snapshot; never silence.
//   - A pop's frame is given to the desk's socket before Shown.Wait returns, and so
//     before the phone is dialled. It waits behind one frame of the wall at most.
//   - A slow page costs nobody else anything: its queue is bounded, and it is closed.
//   - A command is carried out once for its idempotency key; what cannot be read, or comes from
//     a page of another site, is not carried out at all.
//   - Changes of tickets go to those who may see the ticket, and to nobody else; a page that may have missed some is told to read again.
//   - Walls are merged to four a second: a page may miss some, and never the newest. What it is sent is what has changed since the one that it was sent before, or, unless it has
//     asked for that, absolute. What nobody needs is not encoded; what many need is encoded once.
//   - Figures of queues go to so many desks at a time that a pop meanwhile waits for a few frames of others, and not for those of ten thousand.
//
// A page that leaves has a grace in which it may come back, as it does when it is loaded again; meanwhile the desk is away, and only
// after it is it reported as closed. A sign-in that ends closes what it has open at once.
package stream

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Timing is how patient the stream is. Zero values take the defaults.
type Timing struct {
	Ping   time.Duration // 20 s between pings; two and a half without a word from the page end its connection
	Write  time.Duration // 5 s for writing one frame
	Retain time.Duration // 600 s in which a page can resume "me" without a snapshot
	Grace  time.Duration // 10 s in which a closed desk may come back (a reload) before DeskClosed
	Wall   time.Duration // 250 ms between two walls
	Leave  time.Duration // 1 s for the pop's frame to leave for the socket
	Seen   time.Duration // 150 ms for the page to acknowledge the pop
}

func (t Timing) withDefaults() Timing {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&t.Ping, 20*time.Second)
	set(&t.Write, 5*time.Second)
	set(&t.Retain, 600*time.Second)
	set(&t.Grace, 10*time.Second)
	set(&t.Wall, 250*time.Millisecond)
	set(&t.Leave, time.Second)
	set(&t.Seen, 150*time.Millisecond)
	return t
}

// HubOptions are what a Hub needs; the zero value will do.
type HubOptions struct {
	Timing  Timing
	Metrics prometheus.Registerer // nil: nobody counts
	Log     *slog.Logger
	// Starting lets desks say that what was before is not known yet, until Started is called.
	Starting bool
	// MayWatch says why an account may not watch the tickets of a department; where it is nil there are none. It does not wait: the hub is held meanwhile.
	MayWatch func(a gate.Account, department string) *agentapi.Problem
}

// Hub holds what the pages see and carries every change of it to them. It is
// made before the rest of agentapi, so that whoever publishes need not wait for it.
// Me, SetMe, Offer and Wall never block; to wait for an offer's page is Shown.Wait's purpose.
//
// One lock covers all topics: under it an event gets its number, its place
// in the log and its place in the connection's queue, so that a page which subscribes
// misses nothing and sees nothing twice. Nothing is encoded or written under it.
type Hub struct {
	timing Timing
	epoch  string
	log    *slog.Logger
	count  *counters

	mayWatch func(gate.Account, string) *agentapi.Problem

	mu        sync.Mutex
	desks     map[queues.AgentID]*desk   // guarded by mu
	conns     map[*conn]bool             // guarded by mu
	ofAccount map[gate.AccountID][]*conn // the same, the oldest first; guarded by mu
	wall      wall                       // guarded by mu
	ticketSeq uint64                     // of the last event on the topic "tickets"; guarded by mu
	draining  bool                       // guarded by mu
	delayed   bool                       // desks say that what is written comes into the records later; guarded by mu
	started   chan struct{}              // closed by Started; until then desks say that what was before is not known yet
	drains    chan struct{}              // closed when it is draining
	agents    Agents                     // set before anything is served; nil where nobody is told

	pages sync.WaitGroup // connections and commands under way
}

// NewHub makes a hub with an epoch of its own.
func NewHub(o HubOptions) *Hub {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MayWatch == nil {
		o.MayWatch = func(gate.Account, string) *agentapi.Problem {
			return agentapi.Refuse(agentapi.CodeUnknownTopic, "there are no departments here")
		}
	}
	h := &Hub{
		started: make(chan struct{}), drains: make(chan struct{}),
		mayWatch: o.MayWatch,
		timing:   o.Timing.withDefaults(), epoch: uuid.NewString(), log: o.Log, count: newCounters(o.Metrics),
		desks: map[queues.AgentID]*desk{}, conns: map[*conn]bool{}, ofAccount: map[gate.AccountID][]*conn{}, ticketSeq: 1,
	}
	h.wall = wall{latest: newShownWall(agentapi.Wall{}, true, 1, h.log), watchers: map[*conn]bool{}}
	if !o.Starting {
		close(h.started)
	}
	return h
}

// limited is a context for so long, which does not pass before Hotline has started, or stops.
func (h *Hub) limited(limit time.Duration) (context.Context, context.CancelFunc) {
	if !h.isStarting() {
		return context.WithTimeout(context.Background(), limit)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		select {
		case <-h.started:
		case <-h.drains:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(limit):
			cancel(context.DeadlineExceeded)
		case <-ctx.Done():
		}
	}()
	return byCause{ctx}, func() { cancel(nil) }
}

// byCause is a context without values that ends with its cause as the error, and so do its children.
type byCause struct{ context.Context }

func (c byCause) Err() error { return context.Cause(c.Context) }

// Value hides the context in it, by which its children would find what it is canceled by.
func (byCause) Value(any) any { return nil }

// isStarting says whether Hotline has yet to take up what was before.
func (h *Hub) isStarting() bool {
	select {
	case <-h.started:
		return false
	default:
		return true
	}
}

// Draining is closed when Hotline stops: nobody waits any more for it to have started.
func (h *Hub) Draining() <-chan struct{} { return h.drains }

// Started says that desks show what there is from now on.
func (h *Hub) Started() {
	h.mu.Lock()
	if h.isStarting() {
		close(h.started)
	}
	agents := slices.Collect(maps.Keys(h.desks))
	h.mu.Unlock()
	h.tellAll(agents, Parts{PartStarting: false})
}

// Delayed says on all desks whether what is written comes into the records later.
func (h *Hub) Delayed(delayed bool) {
	h.mu.Lock()
	var agents []queues.AgentID
	if delayed != h.delayed {
		agents = slices.Collect(maps.Keys(h.desks))
	}
	h.delayed = delayed
	h.mu.Unlock()
	h.tellAll(agents, Parts{PartDelayed: delayed})
}

func (h *Hub) tellAll(agents []queues.AgentID, parts Parts) {
	for _, id := range agents {
		h.Me(id, Change{Type: "agent.changed", Parts: parts})
	}
}

// Move returns when the hub's lock was free for a moment, however long that takes.
func (h *Hub) Move() {
	h.mu.Lock()
	defer h.mu.Unlock()
}

// Change is one event of an agent's desk.
type Change struct {
	Type   string           // "offer.created", "agent.changed": noun.verb_past
	Call   telephony.CallID // where it concerns one
	Ticket tickets.Number   // where it concerns one
	Parts  Parts            // the parts of Me that changed
}

// Me publishes a change of an agent's desk, and keeps it for pages that come later.
func (h *Hub) Me(agent queues.AgentID, c Change) {
	encoded, err := c.Parts.encode()
	if err != nil {
		h.log.Error("a change of a desk is not published: it is wrong", "agent", agent, "type", c.Type, "err", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.publishLocked(agent, c, encoded, nil)
}

// Queues publishes how the queues stand that these agents serve, all of them the same ones. It returns when their pages have been given it. So many
// desks are told at a time that the frame of a pop, which has its place behind those that are on their way, is not late for them; for a page that is slow it waits once.
func (h *Hub) Queues(agents []queues.AgentID, mine []agentapi.MyQueue) {
	encoded, err := Parts{PartQueues: mine}.encode()
	if err != nil {
		h.log.Error("the figures of queues are not published: they are wrong", "err", err)
		return
	}
	data := encoded.object()
	for some := range slices.Chunk(agents, figuresAtOnce) {
		wrote := make(chan bool, len(some))
		patience := time.NewTimer(figuresPatience)
		for range h.tellFigures(some, encoded, data, wrote) {
			select {
			case <-wrote:
				continue
			case <-patience.C: // some of the pages are slow
			}
			break
		}
		patience.Stop()
	}
}

const (
	figuresAtOnce   = 64
	figuresPatience = 5 * time.Millisecond
)

// tellFigures reports how many pages are told that wrote is told of. One that has yet to take what was before is not among them: it would hold up each time whoever paints the walls, too.
func (h *Hub) tellFigures(agents []queues.AgentID, parts encodedParts, data json.RawMessage, wrote chan<- bool) (told int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, agent := range agents {
		d := h.deskLocked(agent)
		e := d.record(Change{Type: "queue.changed"}, parts, data, h.timing.Retain)
		switch {
		case d.conn == nil:
		case d.conn.isBehind():
			d.conn.push(outgoing{text: e.text()})
		default:
			d.conn.push(outgoing{text: e.text(), wrote: wrote})
			told++
		}
	}
	return told
}

// SetMe states a whole desk: at the start, or whenever that is simpler than saying what
// changed. Pages get the parts that differ, as one agent.changed; none, no event.
func (h *Hub) SetMe(agent queues.AgentID, me agentapi.Me) {
	encoded, err := partsOf(me).encode()
	if err != nil {
		h.log.Error("a desk is not published: it is wrong", "agent", agent, "err", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.deskLocked(agent)
	for name, raw := range encoded {
		if string(d.state[name]) == string(raw) {
			delete(encoded, name)
		}
	}
	if len(encoded) > 0 {
		h.publishLocked(agent, Change{Type: "agent.changed"}, encoded, nil)
	}
}

// publishLocked gives the event its number and puts it on its way. wrote, where it is
// there, is told about the frame; the result is false where no page is connected.
func (h *Hub) publishLocked(agent queues.AgentID, c Change, parts encodedParts, wrote chan<- bool) bool {
	d := h.deskLocked(agent)
	e := d.record(c, parts, parts.object(), h.timing.Retain)
	if d.conn == nil {
		return false
	}
	d.conn.push(outgoing{text: e.text(), wrote: wrote})
	return true
}

// deskLocked finds an agent's desk, or opens it.
func (h *Hub) deskLocked(agent queues.AgentID) *desk {
	d := h.desks[agent]
	if d == nil {
		d = newDesk(agent, h.isStarting(), h.delayed)
		h.desks[agent] = d
	}
	return d
}

// SignedOut closes what this sign-in, which has ended, has open.
func (h *Hub) SignedOut(token gate.TokenHash) {
	h.closeAll(func(c *conn) bool { return c.person.Token == token }, agentapi.CloseNotSignedIn, "signed out")
}

// Expel closes what these accounts have open.
func (h *Hub) Expel(ids ...gate.AccountID) {
	which := func(c *conn) bool { return slices.Contains(ids, c.person.Account.ID) }
	h.closeAll(which, agentapi.CloseNotSignedIn, "the sign-in has ended")
}

// SignedOutElsewhere closes what a person has open with other sign-ins than this one, which have ended.
func (h *Hub) SignedOutElsewhere(p gate.Person) {
	which := func(c *conn) bool { return c.person.Account.ID == p.Account.ID && c.person.Token != p.Token }
	h.closeAll(which, agentapi.CloseNotSignedIn, "the password or the second factor is another")
}

// closeAll closes the connections for which which is true.
func (h *Hub) closeAll(which func(*conn) bool, code int, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		if which(c) {
			c.close(code, reason)
		}
	}
}

// connections are the pages that are connected now.
func (h *Hub) connections() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.conns))
}

// Drain tells every page that this Hotline stops (4010) and waits until they are gone
// and the commands under way are done, or until ctx ends. No desk is reported closed
// any more: the agents are to find themselves as they were.
func (h *Hub) Drain(ctx context.Context) error {
	h.mu.Lock()
	if !h.draining {
		close(h.drains)
	}
	h.draining = true
	for _, d := range h.desks {
		d.stopWaiting()
	}
	h.wall.stop()
	h.mu.Unlock()
	h.closeAll(func(*conn) bool { return true }, agentapi.CloseDraining, "stopping")
	done := make(chan struct{})
	go func() { h.pages.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		h.mu.Lock()
		defer h.mu.Unlock()
		for c := range h.conns {
			_ = c.ws.Close() // it had its time
		}
		return ctx.Err()
	}
}

// preparedText encodes a frame for many connections.
func preparedText(f agentapi.Frame) (*websocket.PreparedMessage, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	return websocket.NewPreparedMessage(websocket.TextMessage, b)
}
