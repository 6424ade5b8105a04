package agentapi

import (
	"encoding/json"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

// Subprotocol is what both sides of the stream must name.
const Subprotocol = "hotline.v1"

// Close codes of the stream, beside the websocket's own (RFC 6455).
const (
	CloseNotSignedIn = 4001 // sign in again
	CloseOrigin      = 4003 // a page of another site: do not come again
	CloseSlow        = 4008 // read faster: come again and resume
	CloseReplaced    = 4009 // another page of the same person took over: do not come again
	CloseDraining    = 4010 // this Hotline stops: come again, and resume or take a snapshot
)

// Topics of the stream.
const (
	TopicMe   = "me"   // the agent's own desk: loses nothing
	TopicWall = "wall" // the load of the line: a snapshot, then events queue.changed with the whole wall, merged, or, where the subscription says changes, with what has changed alone (Wall.Changes)
)

// Frame is what the server sends. T says which of the fields are there:
//
//	hello     conn epoch ping_s retain_s now
//	snapshot  id topic seq data           the whole topic as it is after event seq
//	resumed   id topic from               nothing was missed; events from on follow
//	event     topic seq id type at call? ticket? data
//	ack       id, and ok or problem
//	ping      n
type Frame struct {
	T       string           `json:"t"`
	ID      string           `json:"id,omitempty"` // of the client's frame that is answered; an event's own
	Conn    string           `json:"conn,omitempty"`
	Epoch   string           `json:"epoch,omitempty"` // of the server's process: sequences of another epoch mean nothing
	PingS   int              `json:"ping_s,omitempty"`
	RetainS int              `json:"retain_s,omitempty"`
	Now     time.Time        `json:"now,omitzero"`
	Topic   string           `json:"topic,omitempty"`
	Seq     uint64           `json:"seq,omitempty"` // counts per topic, from 1
	From    uint64           `json:"from,omitempty"`
	Type    string           `json:"type,omitempty"`
	At      time.Time        `json:"at,omitzero"`
	Call    telephony.CallID `json:"call,omitempty"`
	Ticket  tickets.Number   `json:"ticket,omitempty"`
	Data    json.RawMessage  `json:"data,omitempty"`
	OK      bool             `json:"ok,omitempty"`
	Problem *Problem         `json:"problem,omitempty"`
	N       int              `json:"n,omitempty"`
}

// ClientFrame is what a client sends:
//
//	subscribe  id topics resume? changes?
//	cmd        id key? name data?
//	pong       n
type ClientFrame struct {
	T      string   `json:"t"`
	ID     string   `json:"id,omitempty"`
	Topics []string `json:"topics,omitempty"`
	Resume *Resume  `json:"resume,omitempty"`
	// Changes asks for events of the wall that bring what has changed alone: see Wall.Changes.
	Changes bool            `json:"changes,omitempty"`
	Key     string          `json:"key,omitempty"` // the same command sent again has the same key, and is carried out once
	Name    string          `json:"name,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	N       int             `json:"n,omitempty"`
}

// Resume is where a client left off.
type Resume struct {
	Epoch string            `json:"epoch"`
	Seq   map[string]uint64 `json:"seq"` // the last seen, by topic
}
