package recordings

import "time"

// Rule is how long recordings are kept. No time at all is for ever.
type Rule struct {
	Talks    time.Duration            // of talks out of queues that are not named
	Queues   map[string]time.Duration // of talks, by queue
	Messages time.Duration            // of callers' messages
}

// Keeps is how long a recording is kept by the rule; 0 is for ever.
func (r Rule) Keeps(m Meta) time.Duration {
	if m.Kind == Message {
		return r.Messages
	}
	if d, named := r.Queues[m.Queue]; named {
		return d
	}
	return r.Talks
}

// Over is when a recording's time is over, counted from its end; false: never.
func (r Rule) Over(m Meta) (time.Time, bool) {
	keep := r.Keeps(m)
	return m.Started.Add(m.Length + keep), keep > 0
}
