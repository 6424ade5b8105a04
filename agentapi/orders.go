package agentapi

import (
	"time"

	"hotline/queues"
)

// Lead is where somebody who oversees the queues leads a waiting caller.
type Lead struct {
	To    queues.DestinationKind `json:"to" enum:"front,queue,agent" doc:"before all others of the queue, or to another queue, or to an agent"`
	Queue queues.QueueID         `json:"queue,omitempty" maxLength:"100"`
	Agent queues.AgentID         `json:"agent,omitempty" maxLength:"100"`
	Seen  int                    `json:"seen,omitempty" minimum:"0" doc:"led, as the list of calls had it: where somebody has led the caller since, nothing is done (led_meanwhile)"`
}

// BeReady is what an agent is told to be.
type BeReady struct {
	State  queues.Availability `json:"state" enum:"ready,not_ready,signed_out"`
	Reason string              `json:"reason,omitempty" maxLength:"100" doc:"of not_ready: one of /reasons"`
}

// Lasts is how long an agent has other skills than the configuration's.
type Lasts string

const (
	LastsSignOut Lasts = "sign_out"
	LastsTime    Lasts = "time"
	LastsGood    Lasts = "good"
)

// SkillOrder gives an agent these skills instead of the configuration's.
type SkillOrder struct {
	Skills []Skill   `json:"skills" nullable:"false" maxItems:"100"`
	Lasts  Lasts     `json:"lasts" enum:"sign_out,time,good" doc:"until the agent signs out, or a time, or until somebody takes it back"`
	Until  time.Time `json:"until,omitzero" doc:"of time"`
}

// AgentSkills is what an agent can do, and why.
type AgentSkills struct {
	NamedAgent
	Skills     []Skill        `json:"skills" nullable:"false" doc:"those that count now, and those of them that have expired"`
	Configured []Skill        `json:"configured" nullable:"false" doc:"those of the configuration"`
	Order      *SkillOrder    `json:"order,omitempty" doc:"where the two differ by order"`
	By         string         `json:"by,omitempty" doc:"the name of who ordered it"`
	At         *time.Time     `json:"at,omitempty"`
	Known      []queues.Skill `json:"known" nullable:"false" doc:"skills that some queue asks for or some agent has"`
}
