package agentapi

import "hotline/queues"

// Lead is where somebody who oversees the queues leads a waiting caller.
type Lead struct {
	To    queues.DestinationKind `json:"to" enum:"front,queue,agent" doc:"before all others of the queue, or to another queue, or to an agent"`
	Queue queues.QueueID         `json:"queue,omitempty" maxLength:"100"`
	Agent queues.AgentID         `json:"agent,omitempty" maxLength:"100"`
	Seen  int                    `json:"seen,omitempty" minimum:"0" doc:"led, as the list of calls had it: where somebody has led the caller since, nothing is done (led_meanwhile)"`
}
