package tickets

import "time"

// Recorded says where a message of the caller's is: a name of the switch's.
type Recorded struct {
	Recording string `json:"place"`
}

func init() { define[Recorded](often) }

func (Recorded) Kind() Kind { return "call.recorded" }

// apply notes where the caller's words are, for whoever calls back.
func (e Recorded) apply(p *page) error {
	if p.contact.Note != "" {
		p.contact.Note += "\n"
	}
	p.contact.Note += recordedAt + e.Recording
	return nil
}

// recordedAt begins the line of a note that says where a recording is.
const recordedAt = "recording: "

// Recorded notes where a message of the caller's is.
func (c *Case) Recorded(at time.Time, recording string) {
	c.write(at, Recorded{Clean(recording, LongestName)})
}
