package figures

import (
	"time"

	"hotline/queues"
)

// Handling is how far the handling of a call has come. It is in no sums before it is over. Whoever keeps the figures of a ledger
// keeps the handlings beside them, so that the run after a restart can go on with them: see queues.TalkRestored and
// queues.WrapUpRestored.
type Handling struct {
	Agent      queues.AgentID
	Request    queues.RequestID
	Queue      queues.QueueID
	Skills     []queues.Skill // that the request needed beyond its queue's
	Activity   queues.Activity
	Since      time.Time     // of the activity
	Talk, Hold time.Duration // before it
}

// Handling is what an agent handles; not on where they handle nothing, or nothing that will count.
func (l *Ledger) Handling(id queues.AgentID) (h Handling, on bool) {
	a := l.agents[id]
	if a == nil || !a.counts || !a.activity.handles() {
		return h, false
	}
	h = Handling{Agent: id, Request: a.request, Queue: a.queue, Since: time.Unix(0, a.since).UTC(), Talk: a.talk, Hold: a.hold}
	switch a.activity {
	case talking:
		h.Activity = queues.Talking
	case onHold:
		h.Activity = queues.OnHold
	case wrappingUp:
		h.Activity = queues.WrapUp
	}
	for _, s := range a.needs {
		h.Skills = append(h.Skills, queues.Skill(s.ID))
	}
	return h, true
}

// TakeHandled is Take for the books in which a handling has ended since the last TakeHandled, and for the quarters that ended:
// so that these entries and Handling are of one moment, which those that were taken in pieces are not. It says of which subjects these
// books are; what was taken of them before belongs to this moment, too.
func (l *Ledger) TakeHandled() (some []Entry, of []Subject) {
	some, l.finished = l.finished, nil
	for _, b := range l.handled {
		b.handled = false
		of = append(of, b.Subject)
		if b.changed {
			b.changed = false
			some = append(some, b.entry(l.quarter))
		}
	}
	l.handled = l.handled[:0]
	return some, of
}

// noteHandled notes where the handling counts that an agent has ended.
func (l *Ledger) noteHandled(a *agentBook) {
	note := func(b *book) {
		if !b.handled {
			b.handled = true
			l.handled = append(l.handled, b)
		}
	}
	note(&a.book)
	if q := l.queues[a.queue]; q != nil {
		note(&q.book)
		for _, s := range q.skills {
			note(s)
		}
	}
	for _, s := range a.needs {
		note(s)
	}
}

// restored notes that a call is handled whose handling began before a restart: it was counted as answered then.
func (l *Ledger) restored(id queues.AgentID, talk, hold time.Duration, extra []queues.Need) {
	a := l.agent(id)
	if a.activity.handles() {
		return // another that has ended in this very step, and is not counted yet
	}
	a.counts, a.talk, a.hold, a.needs = true, talk, hold, a.needs[:0]
	for _, n := range extra {
		a.needs = append(a.needs, l.skill(n.Skill))
	}
}

// passing is a call whose handling goes on with another agent.
type passing struct {
	counts bool
	needs  []*book
}

// passes finds how a call counts whose agent passes it on, before they are told to have done so.
func (l *Ledger) passes(id queues.RequestID) (p passing) {
	for _, a := range l.shift {
		if a.request == id && a.activity.handles() {
			p.counts, p.needs = a.counts, append(p.needs, a.needs...)
		}
	}
	return p
}

// passed notes that an agent handles a call from now on that another has passed to them.
func (l *Ledger) passed(to queues.AgentID, p passing) {
	a := l.agent(to)
	a.counts, a.needs = p.counts, append(a.needs[:0], p.needs...)
}
