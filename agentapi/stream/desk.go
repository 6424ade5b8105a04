package stream

import (
	"encoding/json"
	"maps"
	"strconv"
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
	log     []event // oldest first, without gaps, ends with seq; of figures that followed one another the newest
	bytes   int     // of the log's data
	conn    *conn   // nil: no page
	waiting *time.Timer
	seen    queues.OfferID                   // the last offer that a page has acknowledged
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
	First   uint64 // figures: of those since this one they are the newest; else Seq
	Seq     uint64
	ID      uuid.UUID
	Type    string
	At      time.Time
	Call    telephony.CallID
	Ticket  tickets.Number
	Figures bool            // of the agent's queues alone, which are absolute
	Data    json.RawMessage // figures: of all desks that were told the same
}

func (e event) frame() agentapi.Frame {
	return agentapi.Frame{T: "event", Topic: agentapi.TopicMe, Seq: e.Seq, ID: e.ID.String(), Type: e.Type, At: e.At, Call: e.Call, Ticket: e.Ticket, Data: e.Data}
}

// text is the frame, encoded: its data, most of it, and what desks have in common, are so already.
func (e event) text() []byte {
	b := make([]byte, 0, 320+len(e.Data))
	b = append(b, `{"t":"event","id":"`...)
	b = append(b, e.ID.String()...)
	b = append(b, `","topic":"me","seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	b = append(b, `,"type":"`...)
	b = append(b, e.Type...)
	b = append(b, `","at":"`...)
	b = e.At.AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	b = appendNamed(b, "call", string(e.Call))
	b = appendNamed(b, "ticket", string(e.Ticket))
	b = append(b, `,"data":`...)
	b = append(b, e.Data...)
	return append(b, '}')
}

// appendNamed appends a member of an object, unless it is empty.
func appendNamed(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	quoted, _ := json.Marshal(value) // any text can be written
	return append(append(append(append(b, `,"`...), name...), `":`...), quoted...)
}

// nobodys is what all desks show before anything was published.
var nobodys = mustEncode(partsOf(nobody("")))

func mustEncode(p Parts) encodedParts {
	encoded, err := p.encode()
	if err != nil {
		panic(err) // our own constants
	}
	return encoded
}

func newDesk(agent queues.AgentID, starting, delayed bool) *desk {
	state := maps.Clone(nobodys)
	maps.Copy(state, mustEncode(Parts{PartAgent: nobody(agent).Agent, PartStarting: starting, PartDelayed: delayed}))
	return &desk{agent: agent, state: state, seq: 1, unseen: map[queues.OfferID]chan struct{}{}}
}

// record merges a change into the state and writes it down. Data are the parts joined.
func (d *desk) record(c Change, parts encodedParts, data json.RawMessage, retain time.Duration) event {
	now := time.Now().UTC()
	maps.Copy(d.state, parts)
	d.seq++
	_, figures := parts[PartQueues]
	e := event{First: d.seq, Seq: d.seq, ID: newUUID(), Type: c.Type, At: now, Call: c.Call, Ticket: c.Ticket, Figures: figures && len(parts) == 1, Data: data}
	if n := len(d.log); e.Figures && n > 0 && d.log[n-1].Figures {
		e.First = d.log[n-1].First
		d.bytes -= len(d.log[n-1].Data)
		d.log = d.log[:n-1]
	}
	d.log = append(d.log, e)
	d.bytes += len(e.Data)
	d.forget(now.Add(-retain))
	return e
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

// missed is what came after seq; ok is false where the log does not reach back so far. Figures that others have replaced since come without any.
func (d *desk) missed(seq uint64, limit time.Time) (events []event, ok bool) {
	d.forget(limit)
	switch {
	case seq == d.seq:
		return nil, seq > 0
	case seq > d.seq, seq == 0, len(d.log) == 0, seq+1 < d.log[0].First, d.seq-seq > logFrames:
		return nil, false
	}
	for _, e := range d.log {
		if e.Seq <= seq {
			continue
		}
		if e.At.Before(limit) {
			return nil, false
		}
		for n := max(e.First, seq+1); n < e.Seq; n++ {
			events = append(events, event{Seq: n, ID: newUUID(), Type: e.Type, At: e.At, Data: nothing})
		}
		events = append(events, e)
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
func newID() string { return newUUID().String() }

func newUUID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
