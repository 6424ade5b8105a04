package simulation

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"hotline/queues"
)

// Whose chance is whose: it goes by who somebody is, and never by where they stand in the plan. So who comes into a plan, leaves it
// or moves in it leaves the chance of all others as it was, and two plans can be held against each other.

// chance is dice of somebody's own, from the seed and what they are known by.
func chance(seed uint64, who ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", who)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// ofAgent is an agent's: how long phones ring, which offers they miss, when they are back.
func (c *centre) ofAgent(id queues.AgentID) *rand.Rand { return chance(c.Seed, "agent", id) }

// ofDemand are a stream's: what its callers bring; and apart from it, so that another share leaves all else as it was, whether they
// accept a callback. Streams that need the same are told apart by their order.
func (c *centre) ofDemand(d Demand) (dice, wishes *rand.Rand) {
	needs := fmt.Sprintf("%q %v %d", d.Queue, d.Extra, d.Priority)
	before := c.alike[needs]
	c.alike[needs]++
	return chance(c.Seed, "demand", needs, before), chance(c.Seed, "wishes", needs, before)
}

// ofGiven is a given call's: by its id, and where it has none by its place among the given.
func (c *centre) ofGiven(number int) *rand.Rand {
	if id := c.Given[number].Request.ID; id != "" {
		return chance(c.Seed, "given", id)
	}
	return chance(c.Seed, "given", number)
}
