package ivr

import (
	"context"
	"errors"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/tickets"
)

// A party may vanish: their phone dies, or their network, and nobody hangs up. The switch notices it after a while. A caller's call is
// over then, and its ticket says so. An agent's caller is told, and waits again, before all who came after them. Where the phone is the agent's
// page the talk waits for that first (pagegone.go):
//
//	talk ── the agent's phone is lost ──► agent: not ready, wrap-up
//	                                 └──► caller: a sentence, and back into the queue, at the place they had

// errAgentLost ends a talk whose agent's phone was not heard of any more. The caller is still there.
var errAgentLost = errors.New("the agent's phone was lost")

const (
	lostPrompt      = "agent_lost"    // tells a caller that the connection with the agent was lost, and that they are the next
	stillHeldPrompt = "still_on_hold" // tells a caller on hold that they are not forgotten
)

// TalkSays names the prompts that a caller may hear because of what happens in a talk, or to the switch.
func TalkSays() []string { return []string{lostPrompt, stillHeldPrompt, brokenPrompt} }

// agentLost is the end of the agent's side of a talk. It comes before the router is told that the talk is over: the agent is to be offered
// nothing.
func (s *script) agentLost(ctx context.Context, o queues.Offer) {
	s.phoneLost(ctx)
	s.hasLost(o.Agent)
}

// tellLost notes with the ticket, once, that the phone of the agent whose talk it is was not heard of any more.
func (s *script) tellLost() {
	if s.holder.told {
		return
	}
	s.holder.told = true
	s.file.ConnectionLost(time.Now(), tickets.AgentsSide, s.agent(s.holder.offer))
}

// phoneLost keeps them from further calls, once.
func (s *script) phoneLost(ctx context.Context) {
	if s.holder.kept {
		return
	}
	s.holder.kept = true
	s.line.lostAgents.Add(1)
	s.report(ctx, queues.AgentNotReady{Agent: s.holder.offer.Agent, Reason: queues.PhoneLost})
}

// hasLost is what the caller is then, who is there still and talks to nobody.
func (s *script) hasLost(a queues.AgentID) {
	s.note.Outcome = tickets.AbandonedInQueue // should they hang up now, nobody has served them to the end
	s.lostAgent = a
}

// waitAgain lets a caller who has lost their agent wait as if the talk had not been: they have the place with which they came, and
// who had them goes first where they are back.
func (s *script) waitAgain(ctx context.Context, n flow.Queue) error {
	p := &s.place
	p.Ahead, p.CameTo, p.Elsewhere = time.Since(p.Since), "", 0
	s.mark(ctx, waiting{place: *p})
	if err := s.say(ctx, lostPrompt); err != nil {
		return err
	}
	return s.waitAt(ctx, n, false)
}

// afterTalk goes on with a caller whose talk ended with err, and who had waited as n says.
func (s *script) afterTalk(ctx context.Context, n flow.Queue, err error) error {
	switch {
	case errors.Is(err, errAgentLost):
		return s.waitAgain(ctx, n)
	case errors.Is(err, errSentOn):
		return s.waitElsewhere(ctx)
	}
	return err
}

// afterTalkFrom is afterTalk for a caller who had waited at a node, at a place.
func (s *script) afterTalkFrom(ctx context.Context, at flow.NodeID, p place, err error) error {
	n, waits := s.line.Flow.Queue(at)
	if errors.Is(err, errAgentLost) {
		if !waits {
			return err
		}
		s.note.Node, s.place = at, p
	}
	return s.afterTalk(ctx, n, err)
}

// tellCallerLost notes, once, where it was not the caller who hung up.
func (s *script) tellCallerLost() {
	if !s.call.Lost() || s.lostTold {
		return
	}
	s.lostTold = true
	s.line.lostCallers.Add(1)
	s.file.ConnectionLost(time.Now(), tickets.CallersSide, tickets.Agent{})
}
