package tickets

import (
	"slices"
	"time"
)

// Consulted says that an agent has asked somebody in the midst of a talk, which the caller did not hear, and how that ended.
type Consulted struct {
	Agent    Agent     `json:"agent"`             // who asked
	With     Agent     `json:"with,omitzero"`     // a colleague
	Queue    string    `json:"queue,omitempty"`   // of which they were the first who was free
	Number   string    `json:"number,omitempty"`  // outside
	Rang     time.Time `json:"rang"`              // since when their phone rang
	Answered time.Time `json:"answered,omitzero"` // zero where they have not
	Joined   time.Time `json:"joined,omitzero"`   // since when all of them heard each other; zero where that was never so
	How      string    `json:"how"`               // it ended: one of the words below, or how an offer ends
	Note     string    `json:"note,omitempty"`    // what they were told
}

// How a consultation ends, beside the ways in which an offer does.
const (
	ConsultTakenBack = "taken_back" // who asked went back to the caller
	ConsultPassed    = "passed"     // the caller is theirs now
	ConsultSentAway  = "sent_away"  // of several in the talk, they were let go
	ConsultLeft      = "left"       // they hung up
	ConsultOver      = "over"       // the caller did
)

func init() { define[Consulted](often) }

func (Consulted) Kind() Kind { return "call.consulted" }

func (e Consulted) by() By {
	return By{Kind: ByCall, ID: e.Agent.ID, Name: e.Agent.Name, From: "desk"}
}

// apply notes who has heard of the call, too: by them it is found as well.
func (e Consulted) apply(p *page) error {
	if c := &p.contact; e.With.ID != "" && !e.Answered.IsZero() && !has(c.Asked, e.With) {
		c.Asked = append(slices.Clone(c.Asked), Talk{Agent: e.With, From: e.Answered, To: p.At})
		c.talkedAfterAll()
	}
	return nil
}

// Consulted notes that somebody was asked.
func (c *Case) Consulted(at time.Time, e Consulted) {
	e.Agent, e.With, e.Note = e.Agent.clean(), e.With.clean(), Clean(Typed(e.Note), LongestTransferNote)
	c.write(at, e)
}
