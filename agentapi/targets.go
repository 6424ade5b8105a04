package agentapi

import (
	"time"

	"hotline/queues"
	"hotline/telephony/words"
)

// Targets are where an agent may send a caller.
type Targets struct {
	Queues []TargetQueue `json:"queues" doc:"in the order of the configuration"`
	Agents []TargetAgent `json:"agents" doc:"who are signed in, by name"`
}

// TargetAgent is a colleague to whom a caller may be sent.
type TargetAgent struct {
	ID   queues.AgentID `json:"id"`
	Name string         `json:"name"`
	Free bool           `json:"free" doc:"could take a call now"`
}

// TargetQueue is a queue to which a caller may be sent.
type TargetQueue struct {
	ID      queues.QueueID `json:"id"`
	Name    words.Text     `json:"name"`
	Waiting int            `json:"waiting" doc:"callers on the line"`
	Free    int            `json:"free" doc:"agents who serve it, and could take a call now"`
	Shut    bool           `json:"shut,omitempty" doc:"it is outside its hours: nobody can be sent there now"`
	Opens   time.Time      `json:"opens,omitzero" doc:"of a queue that is shut: when it opens next; absent where that is not within a year"`
}
