package simulation

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"hotline/queues"
)

// Everybody in a simulation has a chance of their own, which goes by who they are and never by where they stand in the plan. So
// somebody who comes into a plan, leaves it or moves in it leaves the chance of all others as it was, and two plans can be held
// against each other.

// chance makes dice of somebody's own from the seed and what they are known by.
func chance(seed uint64, who ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", who)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// ofAgent is the chance of an agent: how long their phone rings, which offers they miss, when they are back.
func (c *centre) ofAgent(id queues.AgentID) *rand.Rand { return chance(c.Seed, "agent", id) }

// ofDemand are a stream's: what its callers bring; and apart from it, so that another share leaves all else as it was, whether they
// accept a callback. Streams that need the same are told apart by their order.
func (c *centre) ofDemand(d Demand) (dice, wishes *rand.Rand) {
	needs := fmt.Sprintf("%q %v %d", d.Queue, d.Extra, d.Priority)
	before := c.alike[needs]
	c.alike[needs]++
	return chance(c.Seed, "demand", needs, before), chance(c.Seed, "wishes", needs, before)
}

// ofGiven is the chance of a given call. It goes by the call's id, and where it has none by its number among the given calls.
func (c *centre) ofGiven(number int) *rand.Rand {
	if id := c.Given[number].Request.ID; id != "" {
		return chance(c.Seed, "given", id)
	}
	return chance(c.Seed, "given", number)
}
