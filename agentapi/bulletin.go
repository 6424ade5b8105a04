package agentapi

import (
	"time"

	"hotline/queues"
)

// Bulletin is what somebody who oversees the queues tells an agent. It stays on the desk until it is acknowledged.
type Bulletin struct {
	ID   string       `json:"id"`
	At   time.Time    `json:"at"`
	By   string       `json:"by" doc:"the name of who says it"`
	Kind BulletinKind `json:"kind"`
	Text string       `json:"text,omitempty" doc:"as it was typed: hostile"`
}

// BulletinKind is what a bulletin tells.
type BulletinKind string

const (
	BulletinSaid      BulletinKind = "said"       // its text
	BulletinReady     BulletinKind = "ready"      // the agent was made so
	BulletinNotReady  BulletinKind = "not_ready"  // likewise; Text is the reason's code
	BulletinSignedOut BulletinKind = "signed_out" // likewise
	BulletinSkills    BulletinKind = "skills"     // the agent has others
)

// LongestBulletin is how many characters one may have.
const LongestBulletin = 300

// Team is for whom a bulletin is: all agents where nothing is named.
type Team struct {
	Department string         `json:"department,omitempty" maxLength:"100" doc:"who belongs to it"`
	Queue      queues.QueueID `json:"queue,omitempty" maxLength:"100" doc:"who could serve it"`
	Agent      queues.AgentID `json:"agent,omitempty" maxLength:"100"`
}

// String is a team as it is kept.
func (t Team) String() string {
	switch {
	case t.Agent != "":
		return "agent:" + string(t.Agent)
	case t.Queue != "":
		return "queue:" + string(t.Queue)
	case t.Department != "":
		return "department:" + t.Department
	default:
		return "all"
	}
}

// BulletinState is a bulletin with who has acknowledged it, and who has not.
type BulletinState struct {
	Bulletin
	Team   string           `json:"team" doc:"all, department:ID, queue:ID or agent:ID"`
	Seen   []BulletinReader `json:"seen" nullable:"false"`
	Unseen []BulletinReader `json:"unseen" nullable:"false"`
}

// BulletinReader is somebody for whom a bulletin is.
type BulletinReader struct {
	NamedAgent
	At *time.Time `json:"at,omitempty" doc:"when they acknowledged it"`
}

// BulletinsAnswer is those of the last hours, the latest first.
type BulletinsAnswer struct {
	Items []BulletinState `json:"items" nullable:"false"`
}
