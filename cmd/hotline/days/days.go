// Package days is days that pass in a second: simulated ones, with one's own queues, agents and callers, and one that was, played again
// from the journal as it was or with something otherwise. What came of them is written for people and for programs: as a table, as
// JSON, or as a picture. Of each queue it tells the day and its half hours, what was promised and what was kept, and where the waits
// came from.
//
//	simulate.go     days to come, of three files              simulated.go    what came of them
//	replay.go       a day of the journal                      replayed.go     what was, and what it would have been, side by side
//	changes.go      what is otherwise on a day that is replayed
//	figures.go      the figures of a time, in columns         picture.go      a panel for each queue
//
// The days themselves are queues/simulation's and queues/journal's: it holds no rule about calls.
package days

import (
	"encoding/json"
	"io"
)

// Report is a report for people; its own fields are for programs.
type Report interface {
	Text(w io.Writer) error
	Picture(w io.Writer) error // SVG
}

// Write writes a report as text, json or svg.
func Write(w io.Writer, format string, r Report) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(r)
	case "svg":
		return r.Picture(w)
	default:
		return r.Text(w)
	}
}
