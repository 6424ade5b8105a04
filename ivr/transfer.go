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

// An agent sends the caller on from the midst of a talk, blind: the caller hears music from then on, and the agent wraps up.
//
//	talk ─► music to the caller ─► note: waits ─► the agent is let go ─► TalkEnded, wrap-up ─► queue, colleague or number
//
// In a queue whoever is free takes them, but for the sender, who comes after all others. A colleague is asked alone, and so is a number
// outside; where that comes to nothing, as the colleague has been taken meanwhile or declines, the router leads the caller back to the sender,
// and where that one has gone to the head of the queue (queues/lead.go). The same becomes of who is in a queue when it closes.
// The pop of the next says who had the caller, for how long, and what they noted.
//
// A Hotline that dies before the note leaves a caller on hold with their agent; after it the next one lets the agent go, and the caller
// waits at the place that the note says.

// ErrNoSuchQueue says that a caller cannot be sent to a queue that there is not.
var ErrNoSuchQueue = errors.New("there is no such queue")

// errSentOn ends a talk whose caller waits elsewhere from now on, as the script's place and note say.
var errSentOn = errors.New("the agent has sent the caller on")

// givenBackFor is how long a caller waits for the one agent to whom they were sent, or from whom they came.
const givenBackFor = 2 * time.Minute

// Transfer is where an agent sends the caller of their talk: to a queue, to a colleague, or to a number outside.
type Transfer struct {
	Queue  queues.QueueID
	Agent  queues.AgentID
	Number telephony.Number
	Note   string // for the next: at most tickets.LongestTransferNote characters
}

// Transfer sends the caller of a talk on. It returns when the caller hears music, and the agent is being let go. Of a number outside the error
// may be ErrMayNotCall or a HoursError.
func (l *Line) Transfer(ctx context.Context, id telephony.CallID, of queues.AgentID, t Transfer) error {
	if err := l.maySend(t.Queue, t.Agent, t.Number); err != nil {
		return err
	}
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		if s.consults() {
			return ErrConsults
		}
		return s.send(ctx, v, t)
	})
}

// maySend says why nobody can be sent there, or asked: exactly one of the three is meant.
func (l *Line) maySend(q queues.QueueID, a queues.AgentID, n telephony.Number) error {
	if q != "" && l.Directory.Queue(q).ID == "" {
		return ErrNoSuchQueue
	}
	if q == "" && a == "" {
		return l.mayCall(n)
	}
	return nil
}

func (s *script) send(ctx context.Context, v *telephony.Conversation, t Transfer) error {
	p, on := s.note.phase.(talking)
	if !on {
		return ErrTalkOver
	}
	to := s.sentTo(p, t)
	if to.ID == "" {
		return ErrNoSuchQueue
	}
	class := cmp.Or(s.waitsIn(to.ID).Music, s.music(s.at()))
	if len(v.Others()) > 0 {
		if err := v.Hold(ctx, class); err != nil {
			return err
		}
	}
	s.settle(true) // a talk that is sent on was one, however short
	if err := s.noteSent(ctx, p, t); err != nil {
		return err
	}
	return v.Leave(ctx, class)
}

// sentTo is the queue in which a caller waits who is sent on; the zero one where a reload has taken away the one in which they came.
func (s *script) sentTo(p talking, t Transfer) queues.Queue {
	return s.line.Directory.Queue(cmp.Or(t.Queue, p.Queue))
}

// noteSent notes that the caller of a talk waits elsewhere from then on, and tells the ticket.
func (s *script) noteSent(ctx context.Context, p talking, t Transfer) error {
	to, now := s.sentTo(p, t), time.Now()
	if to.ID == "" {
		return ErrNoSuchQueue
	}
	s.endHelp(ctx, tickets.HelpOver)
	told := tickets.Transferred{Agent: s.agent(queues.Offer{Agent: p.Agent}), Since: p.Since, Queue: string(t.Queue), Number: t.Number.Key(), Note: t.Note}
	if t.Agent != "" {
		told.To = s.agent(queues.Offer{Agent: t.Agent})
	}
	s.file.Transferred(now, told)
	s.place, s.sendsTo = p.placeIn(to, now, t.Queue != "" && to.TransfersAnew), t.Number.Key()
	if t.Queue == "" {
		s.place.Lead = queues.Lead{Times: 1, By: string(p.Agent), Agent: cmp.Or(t.Agent, p.Agent), Until: now.Add(givenBackFor)}
	}
	if t.Agent != "" && t.Queue == "" {
		s.place.Lead.Back = p.Agent
	}
	s.note.Node = cmp.Or(s.line.Flow.WaitsIn(to.ID), s.note.Node)
	s.note.Outcome = tickets.AbandonedInQueue // should they hang up now, nobody has served them to the end
	s.mark(ctx, waiting{place: s.place})
	return nil
}

// placeIn is the place in a queue of a caller who talks: as that of who comes now, or as they have it.
func (p talking) placeIn(q queues.Queue, now time.Time, anew bool) place {
	at := place{Queue: q.ID, Since: now}
	if !anew {
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

// waitElsewhere lets a caller wait whom an agent has sent on, or talk at a number outside first.
func (s *script) waitElsewhere(ctx context.Context) error {
	n := s.waitsIn(s.place.Queue)
	n.Music = cmp.Or(n.Music, s.music(s.at()))
	if number := s.sendsTo; number != "" {
		s.sendsTo = ""
		if talked, _, err := s.talkAt(ctx, n, number); talked || err != nil {
			return err
		}
		s.place.Lead.Until = time.Now().Add(givenBackFor)
		s.mark(ctx, waiting{place: s.place})
	}
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
