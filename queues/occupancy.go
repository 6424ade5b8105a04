package queues

import (
	"math"
	"time"
)

// occupancy is the share of the last hour or so that an agent was at work: talking, holding, consulting or wrapping up. The past fades
// exponentially, so that two agents who rest keep their order, and a heap may keep it: while they do, both shares shrink
// by the same factor. What is kept is the logarithm of the share as it would have been in 1970, had it only shrunk since; in
// billionths, so that equal work is equal.
type occupancy struct {
	level int64   // billionths of ln(share) + since/memory; the least there is where they never worked
	since float64 // seconds since 1970, when it was reckoned
}

// memory is after how many seconds a share has shrunk to 1/e.
const memory = 3600

// until reckons in what an agent did up to now.
func (o *occupancy) until(at time.Time, did Activity) {
	now := float64(at.UnixMilli()) / 1000
	if o.since == 0 {
		o.level, o.since = math.MinInt64, now
	}
	switch did {
	case Talking, OnHold, Consulting, WrapUp:
		left := math.Exp(float64(o.level)/1e9 - now/memory) // of the share, now
		worked := -math.Expm1((o.since - now) / memory)
		if share := left + worked; share > 0 {
			o.level = int64(math.Round((math.Log(share) + now/memory) * 1e9))
		}
	}
	o.since = now
}
