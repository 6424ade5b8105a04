package stream

import (
	"encoding/json"
	"runtime"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/tickets"
)

// TicketEvent is one on the topic "tickets", for those who may know of it.
type TicketEvent struct {
	Type   string // "ticket.changed", "ticket.notice"
	Ticket tickets.Number
	Data   any                     // as JSON
	For    func(gate.Account) bool // whether somebody may know of it; asked for each page that watches
}

// Tickets publishes events. The topic has no state: a page that may have missed some is told so by a snapshot, and reads its lists again.
// Numbers count the events of all, so that a page sees gaps where others' tickets changed.
func (h *Hub) Tickets(events ...TicketEvent) {
	frames := make([]agentapi.Frame, 0, len(events))
	now := time.Now().UTC()
	for _, e := range events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			h.log.Error("a change of a ticket is not published: it is wrong", "ticket", e.Ticket, "err", err)
			return
		}
		frames = append(frames, agentapi.Frame{T: "event", Topic: agentapi.TopicTickets, ID: newID(), Type: e.Type, At: now, Ticket: e.Ticket, Data: data})
	}
	h.mu.Lock()
	if h.draining {
		h.mu.Unlock()
		return
	}
	var watchers []*conn
	for c := range h.conns {
		if c.tickets {
			watchers = append(watchers, c)
		}
	}
	for i := range frames {
		h.ticketSeq++
		frames[i].Seq = h.ticketSeq
	}
	h.mu.Unlock()
	for i, c := range watchers {
		for j, f := range frames {
			if events[j].For(c.person.Account) {
				c.push(outgoing{frame: f})
			}
		}
		if i%64 == 63 {
			runtime.Gosched()
		}
	}
}

// TicketsWatched says whether anybody watches.
func (h *Hub) TicketsWatched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		if c.tickets {
			return true
		}
	}
	return false
}

var nothing = json.RawMessage(`{}`)

// watchTicketsLocked lets c know of changes from now on.
func (h *Hub) watchTicketsLocked(c *conn, id string, r *agentapi.Resume) {
	c.tickets = true
	if r != nil && r.Epoch == h.epoch && r.Seq[agentapi.TopicTickets] == h.ticketSeq {
		c.push(outgoing{frame: agentapi.Frame{T: "resumed", ID: id, Topic: agentapi.TopicTickets, From: h.ticketSeq + 1}})
		return
	}
	c.push(outgoing{frame: agentapi.Frame{T: "snapshot", ID: id, Topic: agentapi.TopicTickets, Seq: h.ticketSeq, Data: nothing}})
}
