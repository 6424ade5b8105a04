package agentapi

import (
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Help is an agent's call for a supervisor in the midst of a talk.
type Help struct {
	Since time.Time      `json:"since"`
	Note  string         `json:"note,omitempty"`  // what it is about
	By    string         `json:"by,omitempty"`    // the name of the supervisor who has come; absent: nobody yet
	ByID  queues.AgentID `json:"by_id,omitempty"` // and who it is, as an agent

	// The rest is for the wall alone: the agent knows it.
	Agent  queues.AgentID   `json:"agent,omitempty"`
	Name   string           `json:"name,omitempty"`
	Queue  queues.QueueID   `json:"queue,omitempty"`
	Call   telephony.CallID `json:"call,omitempty"`
	Ticket tickets.Number   `json:"ticket,omitempty"`
}
