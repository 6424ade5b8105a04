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

const (
	ringCustomer = 40 * time.Second // as long as people need to find their phone
)

// errAgentLeft says that the agent has hung up before the customer was there.
var errAgentLeft = errors.New("agent hung up")

// callBack serves an outgoing call: agent and customer are brought together, the agent first or the customer first as the queue
// has it. When it returns without an error the customer is still there.
//
//	agent first:    pop ─► agent's phone ─► OfferAnswered ─► customer's phone ─► CallbackReached ─► talk
//	customer first: pop ─► customer's phone ─► CallbackReached ─► agent's phone ─► OfferAnswered ─► talk
func (s *script) callBack(ctx context.Context, a *attempt) error {
	s.id = a.Request.ID
	s.place = place{Queue: a.offer.Offer.Queue, CameTo: a.Request.CameTo, Since: a.Request.Arrived}
	s.note = note{
		Node: a.Node, Language: a.Language, Topic: a.Topic, Outcome: tickets.NotReached, Advised: true,
		Back: &backOf{Request: s.id, From: a.From, Name: a.Name, To: a.To}, phase: waiting{place: s.place},
	}
	s.away = true
	queue := s.shown(a.offer.Offer.Queue) // perhaps another than they called in: it was moved, or theirs is gone
	a.Ticket.Queue = &queue
	s.file = s.line.Register.CallBack(s.call.Arrival(), a.Ticket)
	var err error
	if s.line.Queue(a.offer.Offer.Queue).Callback.DialFirst {
		err = s.customerFirst(ctx, a)
	} else {
		err = s.agentFirst(ctx, a)
	}
	if err != nil {
		return err
	}
	return s.walk(ctx, s.line.Flow.Nodes[a.Node].Next)
}

// agentFirst lets the agent see whom they are to call, and calls when they are there.
func (s *script) agentFirst(ctx context.Context, a *attempt) error {
	leg, err := s.ring(ctx, a.live, a.offer)
	if err != nil {
		return err
	}
	s.note.Outcome = tickets.NotReached
	s.line.Desk.Talking(a.offer, time.Now(), s.file.Pop())
	s.file.Dialled(time.Now())
	s.line.enter(s.call, talk{script: s, waits: leg}) // who waits may hang up on the desk
	defer s.line.leave(s.call)
	err = s.reachWith(ctx, leg, a)
	if err == nil {
		err = s.report(ctx, queues.CallbackReached{Request: s.id})
	}
	if err != nil {
		s.tellAgent(ctx, leg, err)
		s.line.Desk.Ended(a.offer.Offer, s.file.Pop(), tickets.NotReached)
		s.hangUp(ctx, leg)
		return s.notReached(ctx, a, err)
	}
	s.line.strike(a.callback)
	return s.talkWith(ctx, a.offer, leg)
}

// customerFirst calls while the agent is kept free. A customer who is there waits, and for another agent too where it must be.
func (s *script) customerFirst(ctx context.Context, a *attempt) error {
	live, stop := both(ctx, a.live)
	defer stop()
	s.line.Desk.Pop(live, a.offer, s.file.Pop())
	s.file.Dialled(time.Now())
	err := s.reach(live, a)
	if err == nil {
		err = s.report(ctx, queues.CallbackReached{Request: s.id})
	}
	if err != nil {
		return s.notReached(ctx, a, err)
	}
	s.line.strike(a.callback)
	wait, cancel := s.call.Bound(ctx)
	defer cancel()
	node, _ := s.line.Flow.Queue(a.Node)
	s.reached(tickets.AbandonedInQueue)
	offer, leg, err := s.ringToMusic(wait, node, a)
	if err != nil && wait.Err() == nil {
		offer, leg, err = s.waitForAgent(wait, node, s.id)
	}
	if err != nil {
		if ctx.Err() == nil {
			s.report(ctx, queues.Abandoned{Request: s.id})
		}
		return err
	}
	return s.talkWith(ctx, offer, leg)
}

// ringToMusic rings the agent who was kept free, while the customer hears music.
func (s *script) ringToMusic(ctx context.Context, n flow.Queue, a *attempt) (queues.Offered, *telephony.Leg, error) {
	stop, err := s.call.Music(ctx, cmp.Or(n.Music, "default"))
	if err := s.bear(ctx, err); err != nil {
		return a.offer, nil, err
	}
	defer stop()
	leg, err := s.ring(ctx, a.live, a.offer)
	return a.offer, leg, err
}

// reach calls the customer, who has hung up.
func (s *script) reach(ctx context.Context, a *attempt) error {
	to := telephony.Address("number:" + a.From.Key())
	if err := s.line.hungUp(ctx, a.Request.ID, to); err != nil {
		return err
	}
	err := s.call.Reach(ctx, to, a.To, "", ringCustomer)
	if s.away = err != nil; !s.away {
		s.place.Ahead = time.Since(s.place.Since) // they wait on the line from now on
		on, _ := s.note.phase.(waiting)
		on.place = s.place
		s.mark(ctx, on) // before all else, the end of the agent's music too: from here on a restart finds them on the line
	}
	return err
}

// reachWith calls the customer while the agent, who hears music meanwhile, is there.
func (s *script) reachWith(ctx context.Context, leg *telephony.Leg, a *attempt) error {
	ctx, stop := whileThere(ctx, leg)
	defer stop()
	silence, err := s.call.Entertain(ctx, leg, s.music(a.Node))
	if err != nil {
		s.log.Debug("the agent waits in silence", "err", err)
	}
	defer silence()
	return s.reach(ctx, a)
}

// tellAgent says to an agent who waited that the customer does not answer.
func (s *script) tellAgent(ctx context.Context, leg *telephony.Leg, err error) {
	var failed *telephony.DialError
	if !errors.As(err, &failed) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a := telephony.Say(s.line.Languages[0], sound(notReachedPrompt))
	if err := s.call.LetHear(ctx, leg, a); err != nil {
		s.log.Debug("the agent is not told that the customer does not answer", "err", err)
	}
}

// notReached tells the router that the customer is not there, so that it lets the agent go.
func (s *script) notReached(ctx context.Context, a *attempt, err error) error {
	var failed *telephony.DialError
	switch {
	case ctx.Err() != nil: // Hotline stops: the book knows whom to call
	case a.live.Err() != nil: // the offer was over before, and the next may be out already
	case errors.Is(err, errAgentLeft):
		s.report(ctx, queues.TalkEnded{Request: s.id})
	case errors.As(err, &failed):
		reason := failure(failed.Cause)
		if reason == queues.PhoneCongested { // on their side: it was dialled, and counts
			reason = queues.PhoneUnreachable
		}
		s.report(ctx, queues.CallbackFailed{Request: s.id, Reason: reason})
	default: // the switch would not even dial
		s.report(ctx, queues.CallbackFailed{Request: s.id, Reason: queues.PhoneCongested})
	}
	return err
}

// whileThere is ctx for as long as a leg lives.
func whileThere(ctx context.Context, leg *telephony.Leg) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		select {
		case <-leg.Ended():
			cancel(errAgentLeft)
		case <-done:
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}
