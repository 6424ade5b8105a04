package tickets

import (
	"time"

	"hotline/telephony/words"
)

// Surveyed says that the caller has given a mark after a talk. The first of a call counts: a restart may ask, or hear, them again. It is of the agent who talked with them
// last, also where others had passed them on; of nobody's where that was somebody outside, for no agent is to be measured by how they were.
type Surveyed struct {
	Agent Agent      `json:"agent,omitzero"` // who talked with the caller last; zero is somebody outside
	About words.Text `json:"about"`          // what was asked for, as people read it
	Mark  int        `json:"mark"`           // from 1
	Of    int        `json:"of"`             // the highest there was
}

func init() { define[Surveyed](once) }

func (Surveyed) Kind() Kind { return "call.surveyed" }

func (Surveyed) apply(*page) error { return nil }

// Surveyed notes a mark that the caller has given.
func (c *Case) Surveyed(at time.Time, about words.Text, mark, of int) {
	e := Surveyed{About: about, Mark: mark, Of: of}
	if a := c.Kept().Agent; a != nil {
		e.Agent = *a
	}
	c.write(at, e)
}
