package simulation

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"hotline/queues"
)

// Everybody in a simulation has random numbers of their own, which depend on who they are and never on where they stand in the plan.
// So somebody who is added to a plan, removed from it or moved in it changes nothing for all others, and two plans can be compared.

// chance makes somebody's own source of random numbers from the seed and from what they are known by.
func chance(seed uint64, who ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", who)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// ofAgent is the chance of an agent, which decides how long their phone rings, which offers they miss, when they are back.
func (c *centre) ofAgent(id queues.AgentID) *rand.Rand { return chance(c.Seed, "agent", id) }

// ofDemand gives a stream two sources: dice for what its callers bring, and wishes for whether they accept a callback. They are apart
// so that another share of callbacks changes nothing else. Streams that need the same are told apart by their order.
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
