package agentapi

import (
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Viewer is who wants to see or decide something, as far as that matters to what is theirs.
type Viewer struct {
	Login  string
	Person string         // by which tickets know them; "" is nobody
	Agent  queues.AgentID // "" takes no calls
	All    bool           // a supervisor, an administrator, a program
}

// Claim is a call whose caller typed a ticket's number that is not known to be theirs.
type Claim struct {
	Call   telephony.CallID `json:"call"`
	Ticket tickets.Number   `json:"ticket" doc:"the call's own"`
	At     time.Time        `json:"at"`
	Number string           `json:"number" doc:"the caller's; empty when withheld"`
	Name   string           `json:"name" doc:"as the network sent it"`
	Topic  string           `json:"topic"`
}

// ClaimsAnswer is a list of claims.
type ClaimsAnswer struct {
	Items []Claim `json:"items" nullable:"false"`
}

// TopicRule says who may watch a topic of the stream. Agent is also for those who work on tickets and take no calls.
type TopicRule struct{ Name, Agent, Supervisor, About string }

// Topics are the topics of the stream.
var Topics = []TopicRule{
	{TopicMe, "own", "own", "the desk of the account's agent; none without one"},
	{TopicTickets, "own", "all", "tickets of theirs, of their departments, with parts or complaints for these, with promises of theirs, and of their calls; notices are of one person, or of a department"},
	{TopicDepartment + "DEPARTMENT", "own", "all", "of these, those of one of their departments"},
	{TopicWall, "all", "all", "agents see colleagues' reasons for being not ready only where `show_reasons` says so, and never which supervisors listen"},
}
