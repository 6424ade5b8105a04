package queues

import (
	"math"
	"time"
)

// occupancy is the share of the last hour or so that an agent was at work: talking, holding or wrapping up. The past fades
// exponentially, so that two agents who rest keep their order, and a heap may keep it: while they do, both shares shrink
// by the same factor. What is kept is the logarithm of the share as it would have been in 1970, had it only shrunk since.
type occupancy struct {
	level float64 // ln(share) + since/memory; -Inf where they never worked
	since float64 // seconds since 1970, when it was reckoned
}

// memory is after how many seconds a share has shrunk to 1/e.
const memory = 3600

// until reckons in what an agent did up to now.
func (o *occupancy) until(at time.Time, did Activity) {
	now := float64(at.UnixMilli()) / 1000
	if o.since == 0 {
		o.level, o.since = math.Inf(-1), now
	}
	switch did {
	case Talking, OnHold, WrapUp:
		idled := math.Exp(o.level - now/memory) // what is left of the share now
		worked := -math.Expm1((o.since - now) / memory)
		o.level = math.Log(idled+worked) + now/memory
	}
	o.since = now
}
