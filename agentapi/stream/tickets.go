package stream

import (
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/tickets"
)

// TicketEvent is one on the topics of tickets, for those who may know of it.
type TicketEvent struct {
	Type        string // "ticket.changed", "ticket.notice"
	Ticket      tickets.Number
	Data        any                     // as JSON
	For         func(gate.Account) bool // whether somebody may know of it; asked for each page that watches
	Departments []string                // whom it concerns, or concerned before
}

// on says whether an event belongs to a topic: all do to "tickets", and to "tickets:DEPARTMENT" those that concern it.
func (e TicketEvent) on(topic string) bool {
	department, one := strings.CutPrefix(topic, agentapi.TopicDepartment)
	return !one || slices.Contains(e.Departments, department)
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
		frames = append(frames, agentapi.Frame{T: "event", ID: newID(), Type: e.Type, At: now, Ticket: e.Ticket, Data: data})
	}
	h.mu.Lock()
	watchers := h.ticketWatchersLocked()
	for i := range frames {
		h.ticketSeq++
		frames[i].Seq = h.ticketSeq
	}
	h.mu.Unlock()
	for i, w := range watchers {
		for j, f := range frames {
			if events[j].on(w.topic) && events[j].For(w.c.person.Account) {
				f.Topic = w.topic
				w.c.push(outgoing{frame: f})
			}
		}
		if i%64 == 63 {
			runtime.Gosched()
		}
	}
}

// TicketsAnew tells all pages that watch tickets that they may have missed some, as if they had just come.
func (h *Hub) TicketsAnew() {
	h.mu.Lock()
	h.ticketSeq++
	watchers, seq := h.ticketWatchersLocked(), h.ticketSeq
	h.mu.Unlock()
	for _, w := range watchers {
		w.c.push(outgoing{frame: agentapi.Frame{T: "snapshot", Topic: w.topic, Seq: seq, Data: nothing}})
	}
}

type ticketWatcher struct {
	c     *conn
	topic string
}

// ticketWatchersLocked are the pages that watch tickets; none while the hub ends.
func (h *Hub) ticketWatchersLocked() (all []ticketWatcher) {
	if h.draining {
		return nil
	}
	for c := range h.conns {
		for _, topic := range c.tickets {
			all = append(all, ticketWatcher{c, topic})
		}
	}
	return all
}

// TicketsMissed says, before something is told, that nobody watches and it need not be. It counts all the same: a page that was away for a moment reads again.
func (h *Hub) TicketsMissed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		if len(c.tickets) > 0 {
			return false
		}
	}
	h.ticketSeq++
	return true
}

var nothing = json.RawMessage(`{}`)

// watchTicketsLocked lets c know of changes from now on: of all that its person may see, or of those of one department.
func (h *Hub) watchTicketsLocked(c *conn, id, topic string, r *agentapi.Resume) {
	if !slices.Contains(c.tickets, topic) {
		c.tickets = append(c.tickets, topic)
	}
	if r != nil && r.Epoch == h.epoch && r.Seq[topic] == h.ticketSeq {
		c.push(outgoing{frame: agentapi.Frame{T: "resumed", ID: id, Topic: topic, From: h.ticketSeq + 1}})
		return
	}
	c.push(outgoing{frame: agentapi.Frame{T: "snapshot", ID: id, Topic: topic, Seq: h.ticketSeq, Data: nothing}})
}
