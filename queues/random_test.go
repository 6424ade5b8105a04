package queues

import (
	"time"

	"pgregory.net/rapid"
)

// RandomDay is chaos for the tests outside this package: those of the parts that import it. Queues of a random day never ask for
// other skills than at first.
type RandomDay struct{ c *chaos }

// NewRandomDay begins a day.
func NewRandomDay(t *rapid.T) RandomDay {
	c := newChaos(t)
	c.same = true
	return RandomDay{c}
}

// RandomDayConfig is what each day begins with.
func RandomDayConfig() Config { return chaosConfig() }

// Now is the time of day.
func (d RandomDay) Now() time.Time { return d.c.now }

// Draw draws an event that could be next, sensible or not.
func (d RandomDay) Draw(t *rapid.T) Event { return d.c.drawEvent(t) }

// Step lets so much time pass, tells the event and judges what the router decides.
func (d RandomDay) Step(t *rapid.T, after time.Duration, e Event) {
	d.c.now = d.c.now.Add(after)
	d.c.step(t, e)
}

// Agents are those of whom the day has told, as they stand.
func (d RandomDay) Agents() map[AgentID]AgentState { return d.c.agents }

// Skilled is who an agent is by now, once they have signed in.
func (d RandomDay) Skilled(id AgentID) (a Agent, signedIn bool) {
	a, signedIn = d.c.skills[id]
	return a.At(d.c.now), signedIn
}

// Queues are those of now.
func (d RandomDay) Queues() []Queue { return d.c.plan.Queues }

// WaitsInVain is how often an agent waited for the caller of a callback in vain.
func (d RandomDay) WaitsInVain(id AgentID) int { return d.c.vain[id] }

// Unanswered is a request whose waiting has not ended.
type Unanswered struct {
	Queue QueueID
	Needs []Need
	With  AgentID // at whose phone it rings, or who waits for the caller of the callback; "" is nobody
}

// Unanswered are all of now.
func (d RandomDay) Unanswered() (all []Unanswered) {
	for _, q := range d.c.waiting {
		u := Unanswered{Queue: q.Queue, Needs: d.c.needs(q), With: q.awaited}
		if q.offer != nil {
			u.With = q.offer.Agent
		}
		all = append(all, u)
	}
	return all
}
