package ivr

import (
	"cmp"
	"context"
	"errors"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// An agent sends the caller on from the midst of a talk. To a queue it is blind: the caller hears music from then on, the agent wraps up,
// and whoever has free hands in that queue takes the caller, but for the sender, who comes after all others. The pop of the next says who
// had the caller, for how long, and what they noted:
//
//	talk ─► music to the caller ─► note: waits in the other queue ─► the agent is let go ─► TalkEnded, wrap-up ─► Enqueue
//
// A Hotline that dies before the note leaves a caller on hold with their agent; after it the next one lets the agent go, and the caller
// waits at the place that the note says.

// ErrNoSuchQueue says that a caller cannot be sent to a queue that there is not.
var ErrNoSuchQueue = errors.New("there is no such queue")

// errSentOn ends a talk whose caller waits elsewhere from now on, as the script's place and note say.
var errSentOn = errors.New("the agent has sent the caller on")

// Transfer is where an agent sends the caller of their talk.
type Transfer struct {
	Queue queues.QueueID
	Note  string // for the next: at most tickets.LongestTransferNote characters
}

// Transfer sends the caller of a talk on. It returns when the caller hears music, and the agent is being let go.
func (l *Line) Transfer(ctx context.Context, id telephony.CallID, t Transfer) error {
	q := l.Directory.Queue(t.Queue)
	if q.ID == "" {
		return ErrNoSuchQueue
	}
	return l.meanwhile(ctx, id, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		return s.sendToQueue(ctx, v, q, t.Note)
	})
}

func (s *script) sendToQueue(ctx context.Context, v *telephony.Conversation, q queues.Queue, note string) error {
	p, on := s.note.phase.(talking)
	if !on {
		return ErrTalkOver
	}
	class := cmp.Or(s.waitsIn(q.ID).Music, s.music(s.at()))
	if err := v.Hold(ctx, class); err != nil {
		return err
	}
	now := time.Now()
	s.settle(true) // a talk that is sent on was one, however short
	s.file.Transferred(now, tickets.Transferred{Agent: s.agent(queues.Offer{Agent: p.Agent}), Since: p.Since, Queue: string(q.ID), Note: note})
	s.place = p.placeIn(q, now)
	s.note.Node = cmp.Or(s.line.Flow.WaitsIn(q.ID), s.note.Node)
	s.note.Outcome = tickets.AbandonedInQueue // should they hang up now, nobody has served them to the end
	s.mark(ctx, waiting{place: s.place})
	return v.Leave(ctx, class)
}

// placeIn is the place in another queue of a caller who talks.
func (p talking) placeIn(q queues.Queue, now time.Time) place {
	at := place{Queue: q.ID, Since: now}
	if !q.TransfersAnew {
		at.Since = p.Since
		if !p.Waited.Since.IsZero() {
			at.Since = p.Waited.Since
		}
		at.Ahead = now.Sub(at.Since)
	}
	return at
}

// waitsIn is how callers wait in a queue: as at the node that leads there, where the flow has one.
func (s *script) waitsIn(q queues.QueueID) flow.Queue {
	n, _ := s.line.Flow.Queue(s.line.Flow.WaitsIn(q))
	return n
}

// waitElsewhere lets a caller wait whom an agent has sent to another queue.
func (s *script) waitElsewhere(ctx context.Context) error {
	n := s.waitsIn(s.place.Queue)
	n.Music = cmp.Or(n.Music, s.music(s.at()))
	return s.waitAt(ctx, n, false)
}

// sentOn says whether a caller who is noted as waiting was sent there by an agent, who may not have been let go yet.
func (p waiting) sentOn(s *script) bool {
	return p.Rings.Agent == "" && s.file.Kept().Sender != nil
}

// sender is who sent the caller to the queue where they wait; "" is nobody.
func (s *script) sender() queues.AgentID {
	if from := s.file.Kept().Sender; from != nil {
		return queues.AgentID(from.Agent.ID)
	}
	return ""
}
