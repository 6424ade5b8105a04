package adherence

import (
	"time"

	"hotline/queues"
	"hotline/telephony/hours"
)

// Kept is what is known of some days: what agents were, and the plans that counted.
type Kept struct {
	Spells map[queues.AgentID][]Spell // in order of time
	Plans  []Dated                    // in order of time, the first perhaps of before
	Began  time.Time                  // since when plans are kept at all: nothing is known of the time before; zero is never
}

// Dated is a plan that counts from a moment until the next one's.
type Dated struct {
	Since time.Time
	Plan  Plan
}

// On is the plan beside which a day is held: the last that counted on it, so that what was mended in the day counts for all of it.
func (k Kept) On(day hours.Stretch) (p Plan) {
	for i, d := range k.Plans {
		if i == 0 || d.Since.Before(day.To) {
			p = d.Plan
		}
	}
	return p
}
