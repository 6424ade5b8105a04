package agentapi

import (
	"time"

	"hotline/queues"
	"hotline/telephony"
)

// Call is a call in a list.
type Call struct {
	Call     telephony.CallID `json:"call"`
	At       time.Time        `json:"at" doc:"since when it waits, or the agent is busy with it; of a ticket: when it came"`
	Queue    queues.QueueID   `json:"queue,omitempty"`
	Agent    *NamedAgent      `json:"agent,omitempty" doc:"at whose phone it rings, or who talks or talked"`
	Callback bool             `json:"is_callback,omitempty" doc:"nobody is on the line"`
	Led      int              `json:"led,omitempty" doc:"of one that waits: so often people have led it; to be sent with the next lead"`
	LedBy    string           `json:"led_by,omitempty" doc:"the name of who did so last"`
	LedTo    *NamedAgent      `json:"led_to,omitempty" doc:"for whom alone it waits then"`
	Outcome  string           `json:"outcome,omitempty" doc:"of a ticket: how it ended"`
	LostBy   string           `json:"lost_by,omitempty" doc:"of a ticket: caller or agent, where the connection of one of them was lost and nobody had hung up"`
}

// CallsAnswer is a list of calls.
type CallsAnswer struct {
	Items []Call `json:"items" nullable:"false"`
}
