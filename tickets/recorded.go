package tickets

import (
	"slices"
	"strings"
	"time"
)

// Recorded says where a message of the caller's is: a name of the switch's.
type Recorded struct {
	Recording string `json:"place"`
}

func init() { define[Recorded](often) }

func (Recorded) Kind() Kind { return "call.recorded" }

// apply notes where the caller's words are, for whoever calls back.
func (e Recorded) apply(p *page) error {
	if !slices.Contains(p.contact.Recordings, e.Recording) {
		p.contact.Recordings = append(p.contact.Recordings, e.Recording)
	}
	return nil
}

// Recorded notes where a message of the caller's is.
func (c *Case) Recorded(at time.Time, recording string) {
	c.write(at, Recorded{Clean(recording, LongestName)})
}

// TakeRecordings moves what an older Hotline wrote into the note, a line for each recording, to where it belongs. What else somebody has typed
// there is no recording: the names of a call's begin with its id.
func (c *Contact) TakeRecordings() {
	if !strings.Contains(c.Note, recordedAt) {
		return
	}
	var rest []string
	for line := range strings.Lines(c.Note) {
		line = strings.TrimSuffix(line, "\n")
		name, is := strings.CutPrefix(line, recordedAt)
		switch {
		case !is || !strings.HasPrefix(name, string(c.ID)+"."):
			rest = append(rest, line)
		case !slices.Contains(c.Recordings, name):
			c.Recordings = append(c.Recordings, name)
		}
	}
	c.Note = strings.Join(rest, "\n")
}

// recordedAt began the line of a note that said where a recording is.
const recordedAt = "recording: "
