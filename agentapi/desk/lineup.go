package desk

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hotline/agentapi"
	"hotline/queues"
)

// Lineup is who works, for which queues, and why they may be away: what a reload of the configuration changes. It is a value that
// the configuration makes and everybody reads; nobody changes one. Take it once for what belongs together.
type Lineup struct {
	Queues  []queues.Queue
	Agents  map[queues.AgentID]queues.Agent
	Seats   map[queues.AgentID]bool // whose phone is their page
	Reasons []agentapi.Choice       // for which agents may be not ready, and for how long
	Calling agentapi.CallReasons    // why agents call somebody

	Departments   map[queues.QueueID]string // whose calls come to a queue by the flow
	People        map[string]string         // the names of all who sign in, by id; agents are among them
	Extensions    map[string]Extension      // whom agents name on their phones, by what they type
	ShowReasons   bool                      // to agents, why colleagues are not ready
	ShowOverseers bool                      // to agents, which supervisors are at their call
	Location      *time.Location            // where the clock of the queues' hours hangs; nil is the time that is asked about
	WarnDays      int                       // so many days before a skill expires that is told; 0 is never
}

// Extension is whom an agent names on their phone: a queue or a colleague.
type Extension struct {
	Queue queues.QueueID
	Agent queues.AgentID
}

// Shut says whether a queue is outside its hours at a time, and when it opens next; zero is not within a year.
func (l *Lineup) Shut(q queues.Queue, at time.Time) (opens time.Time, shut bool) {
	if l.Location != nil {
		at = at.In(l.Location)
	}
	if q.Hours.Open(at) {
		return time.Time{}, false
	}
	opens, _ = q.Hours.Next(at)
	return opens, true
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

// Present holds the lineup that counts now: the configuration's, with what was ordered over it, and without skills that have expired.
type Present struct {
	lineup atomic.Pointer[Lineup]

	mu         sync.Mutex
	configured *Lineup                        // guarded by mu
	orders     map[queues.AgentID]GivenSkills // guarded by mu

	given    map[queues.AgentID]queues.Agent // with what has expired; guarded by mu, as are the next two
	expiring []agentapi.WallSkill
	turns    time.Time // when a skill expires next, or that is to be told; zero is never
}

// NewPresent holds a first one.
func NewPresent(l *Lineup) *Present {
	p := &Present{orders: map[queues.AgentID]GivenSkills{}}
	p.Change(l)
	return p
}

// Lineup is the one that counts now. Take it once for what belongs together.
func (p *Present) Lineup() *Lineup { return p.lineup.Load() }

// Configured is the one of the configuration, without what was ordered.
func (p *Present) Configured() *Lineup {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.configured
}

// Change puts another configuration's in its place. What was taken before stays as it was, and what was ordered counts on.
func (p *Present) Change(l *Lineup) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.configured = l
	p.compose()
}

func (p *Present) give(g GivenSkills) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orders[g.Agent] = g
	p.compose()
}

func (p *Present) takeBack(id queues.AgentID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.orders, id)
	p.compose()
}

// all are the lineup, the configuration's, and the orders.
func (p *Present) all() (lineup, configured *Lineup, orders map[queues.AgentID]GivenSkills) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lineup.Load(), p.configured, maps.Clone(p.orders)
}

// compose makes the lineup that counts. Under mu.
func (p *Present) compose() {
	l := *p.configured
	l.Agents = maps.Clone(l.Agents)
	for id, g := range p.orders {
		if a, known := l.Agents[id]; known {
			a.Skills, a.Expires = g.Skills, g.Expires
			l.Agents[id] = a
		}
	}
	now := time.Now()
	p.given = maps.Clone(l.Agents)
	for id, a := range l.Agents {
		l.Agents[id] = a.At(now)
	}
	p.expiring, p.turns = l.expiring(p.given, now)
	p.lineup.Store(&l)
}

// Reasons is one of agentapi.Lists.
func (p *Present) Reasons() []agentapi.Choice { return p.Lineup().Reasons }

// CallReasons is one of agentapi.Lists.
func (p *Present) CallReasons() agentapi.CallReasons { return p.Lineup().Calling }

// Dispositions is one of agentapi.Lists.
func (p *Present) Dispositions() []agentapi.Choice { return agentapi.Dispositions() }
