package stream

import (
	"context"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/queues"
)

// Connected says whether a desk page of this agent is there.
func (h *Hub) Connected(agent queues.AgentID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[agent]
	return d != nil && d.conn != nil
}

// inCall says whether an agent's desk shows an offer, a talk, or a wrap-up.
func (h *Hub) inCall(agent queues.AgentID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[agent]
	if agent == "" || d == nil {
		return false
	}
	for _, part := range []string{PartOffer, PartCall, PartWrapUp} {
		if text := string(d.state[part]); text != "" && text != "null" {
			return true
		}
	}
	return false
}

// Expect says that an agent's page should be there, or be back within the grace,
// after which DeskClosed is reported: for agents who were signed in before a restart.
func (h *Hub) Expect(agent queues.AgentID) {
	defer h.tellPresence(agent)
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.deskLocked(agent); d.conn == nil {
		h.awaitLocked(d, h.timing.Grace)
	}
}

// join registers a connection; false while draining.
func (h *Hub) join(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return false
	}
	mine := slices.DeleteFunc(slices.Clone(h.ofAccount[c.person.Account.ID]), func(o *conn) bool { return o.closing() != 0 })
	if len(mine) >= pagesPerAccount {
		mine[0].close(agentapi.CloseReplaced, "too many pages of the same person")
	}
	h.conns[c] = true
	h.ofAccount[c.person.Account.ID] = append(h.ofAccount[c.person.Account.ID], c)
	h.pages.Add(1)
	h.count.connections.Inc()
	return true
}

const pagesPerAccount = 16

// leave forgets a connection. Where it was an agent's desk, the grace begins; none for
// one that was signed out.
func (h *Hub) leave(c *conn) {
	defer h.tellPresence(c.person.Account.Agent)
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	delete(h.wall.watchers, c)
	who := c.person.Account.ID
	if h.ofAccount[who] = slices.DeleteFunc(h.ofAccount[who], func(o *conn) bool { return o == c }); len(h.ofAccount[who]) == 0 {
		delete(h.ofAccount, who)
	}
	h.pages.Done()
	h.count.connections.Dec()
	d := h.desks[c.person.Account.Agent]
	if d == nil || d.conn != c {
		return
	}
	d.conn = nil
	switch {
	case h.draining:
	case c.closing() == agentapi.CloseNotSignedIn:
		h.awaitLocked(d, 0)
	default:
		h.awaitLocked(d, h.timing.Grace)
	}
}

// Gone takes an agent's page for gone, as if its connection had broken off. One that is there after all comes back at once, as after any break.
func (h *Hub) Gone(agent queues.AgentID) { h.gone(agent, nil) }

// gone is Gone for one connection, or whichever is there. It reports whether none is there now.
func (h *Hub) gone(agent queues.AgentID, c *conn) bool {
	defer h.tellPresence(agent)
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[agent]
	switch {
	case d == nil || d.conn == nil:
		return true
	case c != nil && d.conn != c:
		return false
	}
	d.conn.close(gone, "the agent's phone says that the page is gone")
	d.conn = nil
	h.awaitLocked(d, h.timing.Grace)
	return true
}

// Silent asks an agent's page whether it is there, and takes the connection that it has asked for gone where no word comes of it within that
// time. It reports whether no page is there. Where ctx ends first nobody knows, and none is taken for gone.
func (h *Hub) Silent(ctx context.Context, agent queues.AgentID, within time.Duration) bool {
	h.mu.Lock()
	var c *conn
	if d := h.desks[agent]; d != nil {
		c = d.conn
	}
	h.mu.Unlock()
	if c == nil {
		return true
	}
	said := c.said()
	c.push(outgoing{frame: agentapi.Frame{T: "ping"}})
	select {
	case <-said:
	case <-ctx.Done():
	case <-c.ended:
	case <-time.After(within):
	}
	select { // what came in the same moment counts
	case <-said:
		return false
	case <-ctx.Done():
		return false
	default:
		return h.gone(agent, c)
	}
}

// awaitLocked reports the desk as closed unless a page comes within grace.
func (h *Hub) awaitLocked(d *desk, grace time.Duration) {
	if h.draining {
		return
	}
	d.stopWaiting()
	var waiting *time.Timer
	waiting = time.AfterFunc(grace, func() {
		h.mu.Lock()
		closed := d.waiting == waiting && d.conn == nil && !h.draining
		if closed {
			d.waiting = nil
			h.pages.Add(1)
		}
		h.mu.Unlock()
		if closed {
			defer h.pages.Done()
			d.telling.Lock()
			defer d.telling.Unlock()
			d.away = false // it is not awaited any more
			if h.agents != nil {
				h.agents.DeskClosed(d.agent)
			}
		}
	})
	d.waiting = waiting
}

// tellPresence tells the agents whether this one's page is there or awaited, once for each change, and the latest last. It waits for
// the router, which publishes to the hub, and so is not called under mu.
func (h *Hub) tellPresence(agent queues.AgentID) {
	h.mu.Lock()
	d := h.desks[agent]
	h.mu.Unlock()
	if d == nil || h.agents == nil {
		return
	}
	d.telling.Lock()
	defer d.telling.Unlock()
	h.mu.Lock()
	away, seen, draining := d.conn == nil && d.waiting != nil, d.seen, h.draining
	h.mu.Unlock()
	if draining || away == d.away {
		return
	}
	if d.away = away; away {
		h.agents.DeskAway(agent, seen)
	} else {
		h.agents.DeskBack(agent)
	}
}
