package scorecard

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"time"
)

// Recorded is a call that can be heard, and the one agent who talked in it.
type Recorded struct {
	Call  string    `json:"call"`
	Agent string    `json:"agent"`
	At    time.Time `json:"at"`
}

// Sample draws so many calls of each agent's out of those of a week, to be reviewed by a form: the same ones for whoever asks, in whatever order the calls
// are given, so that nobody picks them. They are by agent, and in the order in which they were drawn: one that is gone is replaced by the next.
func Sample(form, week string, each int, calls []Recorded) (drawn []Recorded) {
	type lot struct {
		Recorded
		number [sha256.Size]byte
	}
	var lots []lot
	for _, c := range calls {
		lots = append(lots, lot{c, sha256.Sum256([]byte(form + "\x00" + week + "\x00" + c.Call))})
	}
	slices.SortFunc(lots, func(a, b lot) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), bytes.Compare(a.number[:], b.number[:]), cmp.Compare(a.Call, b.Call))
	})
	of := 0
	for i, l := range lots {
		switch {
		case i == 0 || l.Agent != lots[i-1].Agent:
			of = 0
		case l.Call == lots[i-1].Call: // recorded in two pieces
			continue
		}
		if of++; of <= each {
			drawn = append(drawn, l.Recorded)
		}
	}
	return drawn
}
