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
	ID          queues.AgentID   `json:"id"`
	Name        string           `json:"name"`
	Extension   string           `json:"extension,omitempty" doc:"by which agents name them on their phones"`
	Free        bool             `json:"free" doc:"could take a call now"`
	Presence    Presence         `json:"presence" enum:"free,talking,wrap_up,away" doc:"talking is also while a phone rings at theirs, or somebody is on hold"`
	Departments []WallDepartment `json:"departments,omitempty" doc:"to which they belong"`
}

// Presence is what an agent who is signed in is to whoever wants to reach them. The wall counts each in one.
type Presence string

const (
	PresentFree    Presence = "free"    // could take a call
	PresentTalking Presence = "talking" // or a phone rings at theirs, or somebody is on hold
	PresentWrapUp  Presence = "wrap_up"
	PresentAway    Presence = "away" // not ready, or not reachable
)

// TargetQueue is a queue to which a caller may be sent.
type TargetQueue struct {
	ID         queues.QueueID `json:"id"`
	Name       words.Text     `json:"name"`
	Extension  string         `json:"extension,omitempty" doc:"by which agents name it on their phones"`
	Department WallDepartment `json:"department,omitzero" doc:"whose calls come to it by the flow; absent where none do"`
	Waiting    int            `json:"waiting" doc:"callers on the line"`
	Free       int            `json:"free" doc:"agents who serve it, and could take a call now"`
	Shut       bool           `json:"shut,omitempty" doc:"it is outside its hours: nobody can be sent there now"`
	Opens      time.Time      `json:"opens,omitzero" doc:"of a queue that is shut: when it opens next; absent where that is not within a year"`
}
