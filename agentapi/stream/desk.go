package stream

import (
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// desk is one agent's topic "me": the state, the events of the last minutes, and the
// page that watches. All of it is guarded by Hub.mu.
//
// The newest page has the desk; the one before is closed with CloseReplaced. A page that
// comes back names the last event that it saw: where the log still reaches back to it,
// it gets what it missed, and else the state as it is.
type desk struct {
	agent   queues.AgentID
	state   encodedParts // the parts of Me; a part is never changed in place
	seq     uint64
	log     []event // oldest first, without gaps, ends with seq
	bytes   int     // of the log's data
	conn    *conn   // nil: no page
	waiting *time.Timer
	seen    queues.OfferID                   // the last offer that a page has acknowledged
	merging bool                             // an event with the queues' figures has just left
	merged  bool                             // figures are in state that no event has carried yet
	unseen  map[queues.OfferID]chan struct{} // closed when the page has acknowledged

	telling sync.Mutex // one word at a time about whether the page is there; taken before Hub.mu
	away    bool       // the agents were told so last; guarded by telling
}

// The log's bounds beside Timing.Retain; what fits no more is answered by a snapshot.
const (
	logFrames = queueFrames / 2 // a page takes it all at once
	logBytes  = 512 << 10
)

// event is an event's frame as the log keeps it: a Frame has room for all that any kind of frame may hold, and takes twice as much.
type event struct {
	Seq    uint64
	ID     string
	Type   string
	At     time.Time
	Call   telephony.CallID
	Ticket tickets.Number
	Data   json.RawMessage
}

func (e event) frame() agentapi.Frame {
	return agentapi.Frame{T: "event", Topic: agentapi.TopicMe, Seq: e.Seq, ID: e.ID, Type: e.Type, At: e.At, Call: e.Call, Ticket: e.Ticket, Data: e.Data}
}

func newDesk(agent queues.AgentID, starting, delayed bool) *desk {
	me := nobody(agent)
	me.Starting, me.Delayed = starting, delayed
	state, err := partsOf(me).encode()
	if err != nil {
		panic(err) // our own constant
	}
	return &desk{agent: agent, state: state, seq: 1, unseen: map[queues.OfferID]chan struct{}{}}
}

// record merges a change into the state and writes it down.
func (d *desk) record(c Change, parts encodedParts, retain time.Duration) agentapi.Frame {
	now := time.Now().UTC()
	maps.Copy(d.state, parts)
	d.seq++
	e := event{Seq: d.seq, ID: newID(), Type: c.Type, At: now, Call: c.Call, Ticket: c.Ticket, Data: parts.object()}
	d.log = append(d.log, e)
	d.bytes += len(e.Data)
	d.forget(now.Add(-retain))
	return e.frame()
}

// forget drops what is older than limit or over the bounds.
func (d *desk) forget(limit time.Time) {
	n := 0
	for n < len(d.log)-1 && (d.log[n].At.Before(limit) || len(d.log)-n > logFrames || d.bytes > logBytes) {
		d.bytes -= len(d.log[n].Data)
		n++
	}
	if n > 0 {
		clear(d.log[:n]) // the array stays, the pops in it need not
		d.log = d.log[n:]
	}
}

// missed is what came after seq; ok is false where the log does not reach back so far.
func (d *desk) missed(seq uint64, limit time.Time) (events []event, ok bool) {
	d.forget(limit)
	behind := d.seq - seq
	switch {
	case seq > d.seq, seq == 0, behind > uint64(len(d.log)):
		return nil, false
	}
	events = d.log[uint64(len(d.log))-behind:]
	if behind > 0 && events[0].At.Before(limit) {
		return nil, false
	}
	return events, true
}

// subscribe gives the desk to c, with a snapshot or with what it missed.
func (d *desk) subscribe(c *conn, id string, r *agentapi.Resume, epoch string, retain time.Duration) {
	d.stopWaiting()
	if d.conn != nil && d.conn != c {
		d.conn.close(agentapi.CloseReplaced, "another page of the same agent took over")
	}
	d.conn = c
	if r != nil && r.Epoch == epoch && r.Seq[agentapi.TopicMe] > 0 {
		if events, ok := d.missed(r.Seq[agentapi.TopicMe], time.Now().Add(-retain)); ok {
			c.push(outgoing{frame: agentapi.Frame{T: "resumed", ID: id, Topic: agentapi.TopicMe, From: r.Seq[agentapi.TopicMe] + 1}})
			for _, e := range events {
				c.push(outgoing{frame: e.frame()})
			}
			return
		}
	}
	seq, state := d.seq, maps.Clone(d.state)
	c.push(outgoing{encode: func() agentapi.Frame {
		return agentapi.Frame{T: "snapshot", ID: id, Topic: agentapi.TopicMe, Seq: seq, Data: state.object()}
	}})
}

func (d *desk) stopWaiting() {
	if d.waiting != nil {
		d.waiting.Stop()
		d.waiting = nil
	}
}

// newID is a UUIDv7.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
