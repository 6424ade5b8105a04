package agentapi

import (
	"hotline/queues"
	"hotline/telephony/words"
)

// Targets are where an agent may send a caller.
type Targets struct {
	Queues []TargetQueue `json:"queues" doc:"in the order of the configuration"`
}

// TargetQueue is a queue to which a caller may be sent.
type TargetQueue struct {
	ID      queues.QueueID `json:"id"`
	Name    words.Text     `json:"name"`
	Waiting int            `json:"waiting" doc:"callers on the line"`
	Free    int            `json:"free" doc:"agents who serve it, and could take a call now"`
}
