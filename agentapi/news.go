package agentapi

import (
	"time"

	"hotline/tickets"
)

// TopicTickets is the topic of the stream on which people are told of tickets that they may see: what changed, and what concerns them. It has
// no state: a snapshot is empty, and says that whoever gets it reads again what they show. Its numbers have gaps where others' tickets change.
const TopicTickets = "tickets"

// TopicDepartment, with a department's id behind it, is what of TopicTickets concerns that department: the tickets that it owns, owned, or has
// parts or complaints of, and the notices for it.
const TopicDepartment = TopicTickets + ":"

// TicketNews is what is told of a ticket that has changed (ticket.changed): enough to know whether a list that is shown needs to be read again.
type TicketNews struct {
	Number     tickets.Number `json:"number"`
	Version    int64          `json:"version"`
	Kind       string         `json:"kind"` // of the last change: see TicketChange
	By         TicketBy       `json:"by"`
	Department string         `json:"department"`
	Owner      string         `json:"owner"`
	OwnerKind  string         `json:"owner_kind"`
	Phase      tickets.Phase  `json:"phase"`
	NextAt     *time.Time     `json:"next_at"`
}

// TicketNotice is what is told to one person, or to all of a department, that a ticket now concerns (ticket.notice): a row of GET /notices, as it was written.
type TicketNotice struct {
	ID         int64              `json:"id"`
	Number     tickets.Number     `json:"number"`
	Why        tickets.NoticeKind `json:"why"`                  // the row's kind
	Department string             `json:"department,omitempty"` // absent: for one person
	About      string             `json:"about,omitempty"`      // which of the ticket's things: "part.2"
	Due        *time.Time         `json:"due"`                  // what is to come, or has passed
	At         time.Time          `json:"at"`
}
