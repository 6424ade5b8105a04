package figures

import (
	"time"

	"hotline/queues"
)

// call is one that an agent makes. It counts in their book alone: see queues.AgentCalls.
type call struct {
	request queues.RequestID // "" is none
	reached bool             // whom they call is on the line
	before  time.Duration    // how long they had talked, as the router has it, when that was
}

// calling is the agent who makes a call; nil where nobody does.
func (l *Ledger) calling(id queues.RequestID) *agentBook {
	for _, a := range l.shift {
		if a.calls && a.call.request == id {
			return a
		}
	}
	return nil
}

// talkedBy is how long the agent has talked in what they handle, up to a moment.
func (a *agentBook) talkedBy(at int64) time.Duration {
	if a.activity == talking {
		return a.talk + time.Duration(max(0, at-a.since))
	}
	return a.talk
}

// called counts the call that is over.
func (a *agentBook) called() {
	s := a.write()
	s.CallsMade++
	if a.call.reached {
		s.CallsAnswered++
		s.CallsTalk += a.talk - a.call.before
	}
	a.calls = false
}

// foundCalling notes that a call is talked on in that an agent had made before a restart: it is in no sums yet.
func (l *Ledger) foundCalling(id queues.AgentID, request queues.RequestID, talk time.Duration) {
	a := l.agent(id)
	if a.activity.handles() {
		return // as in restored
	}
	a.talk, a.calls, a.call = talk, true, call{request: request, reached: true}
}
