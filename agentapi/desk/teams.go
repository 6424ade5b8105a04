package desk

import (
	"maps"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/queues"
)

// teams are the agents by the queues that they serve: whose desks show the same figures. The zero value has told nobody anything.
type teams struct {
	lineup *Lineup
	agents []queues.AgentID // all, as the router has them
	queues []queues.QueueID
	all    []*team
	shown  map[queues.AgentID][]agentapi.MyQueue // as last shown on the pages
}

// team are agents who serve the same queues.
type team struct {
	serves map[queues.QueueID]bool
	agents []queues.AgentID
	shown  []agentapi.MyQueue
	told   time.Time
}

// figuresEvery is how soon after one change another is shown: each call makes one for all who serve its queue. Who paints two a second shows the second one.
const figuresEvery = 900 * time.Millisecond

// paint shows each agent the queues they serve, when something about these has changed: once a second at most, and the first change at once.
func (t *teams) paint(tell func([]queues.AgentID, []agentapi.MyQueue), l *Lineup, s queues.Snapshot) {
	t.arrange(l, s)
	for _, of := range t.all {
		if s.At.Sub(of.told) < figuresEvery {
			continue
		}
		mine := of.figures(l, s)
		if of.shown != nil && slices.EqualFunc(mine, of.shown, sameQueue) {
			continue
		}
		var told []queues.AgentID
		for _, id := range of.agents {
			if before, known := t.shown[id]; !known || !slices.EqualFunc(mine, before, sameQueue) {
				told = append(told, id)
			}
			t.shown[id] = mine
		}
		of.shown, of.told = mine, s.At
		tell(told, mine)
	}
}

// figures are those of the queues of which one of the team could be offered a call, at once or when it has waited long enough.
func (of *team) figures(l *Lineup, s queues.Snapshot) []agentapi.MyQueue {
	mine := []agentapi.MyQueue{}
	for _, q := range s.Queues {
		if of.serves[q.ID] {
			mine = append(mine, agentapi.MyQueue{ID: q.ID, Name: l.Queue(q.ID).Name, Waiting: q.Waiting, LongestSince: since(q.LongestSince)})
		}
	}
	return mine
}

// arrange finds out who serves the same, where that may have changed since.
func (t *teams) arrange(l *Lineup, s queues.Snapshot) {
	if l == t.lineup && slices.EqualFunc(s.Agents, t.agents, func(a queues.AgentState, id queues.AgentID) bool { return a.ID == id }) &&
		slices.EqualFunc(s.Queues, t.queues, func(q queues.QueueState, id queues.QueueID) bool { return q.ID == id }) {
		return
	}
	before := t.shown
	*t = teams{lineup: l, shown: make(map[queues.AgentID][]agentapi.MyQueue, len(s.Agents))}
	for _, q := range s.Queues {
		t.queues = append(t.queues, q.ID)
	}
	known := map[string]*team{}
	for _, a := range s.Agents {
		t.agents = append(t.agents, a.ID)
		if shown, is := before[a.ID]; is {
			t.shown[a.ID] = shown
		}
		serves, key := map[queues.QueueID]bool{}, make([]byte, len(s.Queues))
		for i, q := range s.Queues {
			if l.Queue(q.ID).ServedBy(l.Agents[a.ID]) {
				serves[q.ID], key[i] = true, 1
			}
		}
		of := known[string(key)]
		if of == nil {
			of = &team{serves: serves}
			known[string(key)], t.all = of, append(t.all, of)
		}
		of.agents = append(of.agents, a.ID)
	}
}

func sameQueue(a, b agentapi.MyQueue) bool {
	return a.ID == b.ID && maps.Equal(a.Name, b.Name) && a.Waiting == b.Waiting && (a.LongestSince == nil) == (b.LongestSince == nil) &&
		(a.LongestSince == nil || a.LongestSince.Equal(*b.LongestSince))
}
