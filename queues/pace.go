package queues

import "time"

// pace is the mean of a time as observed, newer ones weighing more.
type pace struct {
	seen    int
	average float64 // nanoseconds
}

const (
	paceKnown  = 5  // observations before the mean says anything
	paceMemory = 50 // observations, about, that it remembers
)

func (p *pace) observe(d time.Duration) {
	p.seen = min(p.seen+1, paceMemory)
	p.average += (float64(d) - p.average) / float64(p.seen)
}

// mean is 0 while it is not known.
func (p *pace) mean() time.Duration {
	if p.seen < paceKnown {
		return 0
	}
	return time.Duration(p.average)
}
