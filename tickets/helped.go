package tickets

import "time"

// LongestHelp is how many characters an agent may say when they call for a supervisor: the caller's channel keeps it.
const LongestHelp = 150

// Helped says that an agent has called for a supervisor in the midst of a talk, and how that ended.
type Helped struct {
	Agent Agent     `json:"agent"`         // who called
	Since time.Time `json:"since"`         //
	By    Agent     `json:"by,omitzero"`   // the supervisor who came; nobody where none did
	Came  time.Time `json:"came,omitzero"` //
	How   string    `json:"how"`           // it ended: one of the words below
	Said  string    `json:"said,omitempty"`
}

// How a call for a supervisor ends.
const (
	HelpGiven     = "given"     // a supervisor came, and has left
	HelpTakenBack = "withdrawn" // by the agent
	HelpOver      = "talk_over" // as the talk was
)

func init() { define[Helped](often) }

func (Helped) Kind() Kind { return "call.helped" }

func (e Helped) by() By {
	return By{Kind: ByCall, ID: e.Agent.ID, Name: e.Agent.Name, From: "desk"}
}

func (Helped) apply(*page) error { return nil }

// Helped notes that a supervisor was called for.
func (c *Case) Helped(at time.Time, e Helped) {
	e.Agent, e.By, e.Said = e.Agent.clean(), e.By.clean(), Clean(Typed(e.Said), LongestHelp)
	c.write(at, e)
}
