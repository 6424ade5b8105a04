// Package desk is what an agent's page and the wall show, between the router, the talks and the tickets.
package desk

import (
	"slices"

	"hotline/agentapi"
	"hotline/queues"
)

// Lineup is who works, for which queues, and why they may be away: what a reload of the configuration changes. It is a value that
// the configuration makes and everybody reads; nobody changes one. Take it once for what belongs together.
type Lineup struct {
	Queues  []queues.Queue
	Agents  map[queues.AgentID]queues.Agent
	Reasons []agentapi.Choice // for which agents may be not ready, and for how long
}

// Queue finds a queue; the zero one where there is none.
func (l *Lineup) Queue(id queues.QueueID) queues.Queue {
	if i := slices.IndexFunc(l.Queues, func(q queues.Queue) bool { return q.ID == id }); i >= 0 {
		return l.Queues[i]
	}
	return queues.Queue{}
}

// Name is an agent's; "" where nobody is known by the id.
func (l *Lineup) Name(id queues.AgentID) string { return l.Agents[id].Name }
