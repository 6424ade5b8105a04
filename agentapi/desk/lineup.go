package desk

import (
	"slices"
	"sync/atomic"

	"hotline/agentapi"
	"hotline/queues"
)

// Lineup is who works, for which queues, and why they may be away: what a reload of the configuration changes. It is a value that
// the configuration makes and everybody reads; nobody changes one. Take it once for what belongs together.
type Lineup struct {
	Queues  []queues.Queue
	Agents  map[queues.AgentID]queues.Agent
	Reasons []agentapi.Choice // for which agents may be not ready, and for how long

	People      map[string]string // the names of all who sign in, by id; agents are among them
	ShowReasons bool              // to agents, why colleagues are not ready
}

// Queue finds a queue; the zero one where there is none.
func (l *Lineup) Queue(id queues.QueueID) queues.Queue {
	if i := slices.IndexFunc(l.Queues, func(q queues.Queue) bool { return q.ID == id }); i >= 0 {
		return l.Queues[i]
	}
	return queues.Queue{}
}

// PersonName is a person's, who may be no agent; "" where nobody is known by the id.
func (l *Lineup) PersonName(id string) string { return l.People[id] }

// Name is an agent's; "" where nobody is known by the id.
func (l *Lineup) Name(id queues.AgentID) string { return l.Agents[id].Name }

// Present holds the lineup that counts now.
type Present struct{ lineup atomic.Pointer[Lineup] }

// NewPresent holds a first one.
func NewPresent(l *Lineup) *Present {
	p := &Present{}
	p.Change(l)
	return p
}

// Lineup is the one that counts now. Take it once for what belongs together.
func (p *Present) Lineup() *Lineup { return p.lineup.Load() }

// Change puts another in its place. What was taken before stays as it was.
func (p *Present) Change(l *Lineup) { p.lineup.Store(l) }

// Reasons is one of agentapi.Lists.
func (p *Present) Reasons() []agentapi.Choice { return p.Lineup().Reasons }

// Dispositions is one of agentapi.Lists.
func (p *Present) Dispositions() []agentapi.Choice { return agentapi.Dispositions() }
