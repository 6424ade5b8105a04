package tickets

import (
	"time"

	"hotline/telephony"
)

// Pop is what the desk shows about a caller. Its texts are safe to show (see Display). What stands
// below Answered is there from the answer on.
type Pop struct {
	Call             telephony.CallID `json:"call"`
	Ticket           PopTicket        `json:"ticket"`
	Caller           PopCaller        `json:"caller"`
	Queue            Queue            `json:"queue"`
	Skill            string           `json:"skill"`
	Language         string           `json:"language"`
	Path             []Words          `json:"path"`
	WaitingSince     time.Time        `json:"waiting_since"`
	Repeat           int              `json:"repeat"` // calls from this number in the last 24 hours before this one
	OpenTicketsCount int              `json:"open_tickets_count"`

	// Answered.
	OpenTickets []Summary    `json:"open_tickets,omitempty"`
	Contacts    []PopContact `json:"contacts,omitempty"`
	Greeting    Words        `json:"greeting,omitempty"`
}

// PopTicket is the ticket of this call.
type PopTicket struct {
	Number   Number    `json:"number"`
	Subject  string    `json:"subject"`
	Topic    string    `json:"topic"`
	State    string    `json:"state"`
	Linked   Linked    `json:"linked"`
	OpenedAt time.Time `json:"opened_at"`
}

// PopCaller is who calls, and how sure that is.
type PopCaller struct {
	Number     string     `json:"number"` // "" when withheld
	RawName    string     `json:"raw_name"`
	Match      Match      `json:"match"`
	Customer   *Customer  `json:"customer"`
	Candidates []Customer `json:"candidates"`
}

// PopContact is an earlier contact in short.
type PopContact struct {
	At      time.Time `json:"at"`
	Outcome Outcome   `json:"outcome"`
	Agent   string    `json:"agent"`
	Ticket  Number    `json:"ticket"`
}

// Queue is where a call waits, in the words of the desk.
type Queue struct {
	ID         string `json:"id"`
	Name       Words  `json:"name"`
	Skill      string `json:"-"` // shown beside the queue
	Department string `json:"-"` // owns the tickets of callers who leave it; "" is the topic's
}
