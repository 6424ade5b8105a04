package ivr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// queue waits in line and talks with the agent who answers. It returns when the talk is over
// and the caller is still there.
//
//	Enqueue ─► NextOffer ─► pop ─► dial ─► answered ─► talk ─► TalkEnded
//	    ▲          ▲                │ missed, declined, unreachable
//	    │          └────────────────┘ the caller keeps place and time
//	  restart: with the original time
func (s *script) queue(ctx context.Context, n QueueNode) error {
	if s.note.Topic == "" {
		s.note.Topic = n.Topic
	}
	s.file.SetTopic(s.note.Topic)
	since := time.Now()
	resumed := s.note.Phase == inQueue
	if resumed && !s.note.Since.IsZero() {
		since = s.note.Since
	}
	s.note.Since = since
	s.mark(ctx, inQueue)

	wait, cancel := s.call.Bound(ctx)
	defer cancel()
	request := s.request(n, since)
	err := s.line.ACD.Enqueue(wait, request)
	if resumed {
		s.line.resumed.Add(1)
	}
	if err != nil {
		return fmt.Errorf("queue %s: %w", n.Queue, err)
	}
	s.outcome = tickets.AbandonedInQueue
	s.file.Queued(since, s.shown(n.Queue))
	offer, leg, err := s.waitForAgent(wait, n, request.ID)
	if err != nil {
		if ctx.Err() == nil { // on a stop of Hotline the caller waits on, and is found again
			s.report(ctx, queues.Abandoned{Request: request.ID})
		}
		return err
	}
	return s.talkWith(ctx, offer, leg)
}

func (s *script) request(n QueueNode, since time.Time) queues.Request {
	return queues.Request{
		ID:      queues.RequestID(s.call.ID()),
		Queue:   n.Queue,
		Extra:   []queues.Need{{Skill: queues.Language(s.note.Language), Level: 1}},
		Arrived: since,
	}
}

// waitForAgent keeps the caller company until an agent has answered.
func (s *script) waitForAgent(ctx context.Context, n QueueNode, id queues.RequestID) (queues.Offer, *telephony.Leg, error) {
	stop, err := s.call.Music(ctx, n.Music)
	if err != nil {
		return queues.Offer{}, nil, err
	}
	defer stop()
	for {
		offer, live, err := s.nextOffer(ctx, n, id)
		if err != nil {
			return queues.Offer{}, nil, err
		}
		if leg, err := s.ring(ctx, live, offer); err == nil {
			return offer, leg, nil
		}
		if ctx.Err() != nil {
			return queues.Offer{}, nil, context.Cause(ctx)
		}
	}
}

type offered struct {
	offer queues.Offer
	live  context.Context
	err   error
}

// nextOffer waits for an offer and says the announcement now and then meanwhile. An offer
// cuts an announcement short.
func (s *script) nextOffer(ctx context.Context, n QueueNode, id queues.RequestID) (queues.Offer, context.Context, error) {
	got := make(chan offered, 1)
	quiet, hush := context.WithCancel(ctx)
	defer hush()
	go func() {
		o, live, err := s.line.ACD.NextOffer(ctx, id)
		got <- offered{o, live, err}
		hush()
	}()
	for {
		var due <-chan time.Time
		if n.Announce != "" {
			due = time.After(n.Every)
		}
		select {
		case o := <-got:
			return o.offer, o.live, o.err
		case <-due:
			if err := s.call.Play(quiet, s.words(n.Announce)); err != nil && quiet.Err() == nil {
				o := <-got // the hang-up ends that wait too
				if o.err == nil {
					o.err = err
				}
				return o.offer, o.live, o.err
			}
		}
	}
}

// ring shows the pop, and then rings the agent's phone. It fails when the offer is over: the
// caller then waits on.
func (s *script) ring(ctx, live context.Context, o queues.Offer) (*telephony.Leg, error) {
	live, stop := both(ctx, live)
	defer stop()
	s.note.Agent, s.note.Offer = o.Agent, o.ID
	s.outcome = tickets.AbandonedRinging
	s.file.Offered(o.At, s.agent(o))
	s.line.Desk.Pop(live, o, s.file.Pop())
	leg, err := s.call.Dial(live, s.line.Address(o.Agent), s.call.From(), s.callerName(), time.Until(o.Deadline))
	var failed *telephony.DialError
	switch {
	case errors.As(err, &failed) && failed.Cause == telephony.CauseDeclined:
		s.report(ctx, queues.OfferDeclined{Offer: o.ID})
	case errors.As(err, &failed):
		s.report(ctx, queues.OfferFailed{Offer: o.ID, Reason: failure(failed.Cause)})
	case err == nil:
		if err = s.line.ACD.Report(live, queues.OfferAnswered{Offer: o.ID}); err != nil { // too late
			_ = s.call.HangupLeg(context.WithoutCancel(ctx), leg)
		}
	}
	if err != nil {
		s.file.OfferEnded(time.Now(), s.agent(o), ending(live, err))
	}
	if err != nil && !errors.Is(err, telephony.ErrHangup) {
		s.outcome = tickets.AbandonedInQueue // waits on
	}
	return leg, err
}

// ending is how an offer ended, in a word.
func ending(live context.Context, err error) string {
	var failed *telephony.DialError
	switch {
	case errors.Is(err, telephony.ErrHangup):
		return "abandoned"
	case errors.As(err, &failed):
		return string(failure(failed.Cause))
	case live.Err() != nil:
		return context.Cause(live).Error()
	default:
		return "failed"
	}
}

// talkWith is the conversation. It returns nil when the agent hung up and the caller is still there.
func (s *script) talkWith(ctx context.Context, o queues.Offer, leg *telephony.Leg) error {
	began := time.Now()
	s.note.Since, s.note.Agent, s.note.Offer = began, o.Agent, o.ID
	s.outcome = tickets.Served
	s.file.Answered(began, s.agent(o))
	s.mark(ctx, inTalk)
	s.line.Desk.Talking(o, began, s.file.Pop())
	return s.converse(ctx, o, leg, began)
}

// converse joins the two and reports the end of it.
func (s *script) converse(ctx context.Context, o queues.Offer, leg *telephony.Leg, began time.Time) error {
	s.line.enter(s.call)
	defer s.line.leave(s.call)
	_, err := s.call.Talk(ctx, leg)
	if err != nil && ctx.Err() != nil && !errors.Is(err, telephony.ErrHangup) {
		return err // Hotline stops; the talk goes on without it
	}
	s.talk += time.Since(began)
	s.line.Desk.Ended(o, s.file.Pop())
	s.report(ctx, queues.TalkEnded{Request: o.Request})
	return err
}

// resumeTalk takes up a talk that went on while Hotline was away.
func (s *script) resumeTalk(ctx context.Context, n QueueNode) error {
	o := queues.Offer{ID: s.note.Offer, Request: queues.RequestID(s.call.ID()), Agent: s.note.Agent, Queue: n.Queue, At: s.note.Since}
	s.outcome = tickets.Served
	leg, ok := s.call.Rejoin(ctx)
	if !ok { // the agent hung up meanwhile
		s.line.resumed.Add(1)
		return nil
	}
	s.report(ctx, queues.TalkRestored{Agent: o.Agent, Request: o.Request, Queue: n.Queue, Since: o.At})
	s.line.resumed.Add(1)
	s.line.Desk.Talking(o, s.note.Since, s.file.Pop())
	return s.converse(ctx, o, leg, s.note.Since)
}

// report tells the router a fact that must reach it, the hang-up notwithstanding.
func (s *script) report(ctx context.Context, e queues.Event) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := s.line.ACD.Report(ctx, e); err != nil {
		s.log.Debug("the router has moved on", "event", e, "err", err)
	}
}

// shown is a queue in the desk's words.
func (s *script) shown(id queues.QueueID) tickets.Queue {
	q := s.line.queue[id]
	shown := tickets.Queue{ID: string(id), Name: q.Name}
	if len(q.Skills) > 0 {
		shown.Skill = string(q.Skills[0].Skill)
	}
	return shown
}

func (s *script) agent(o queues.Offer) tickets.Agent {
	return tickets.Agent{ID: string(o.Agent), Name: s.line.Name(o.Agent)}
}

// callerName is what the agent's phone shows: the customer's name where it is sure.
func (s *script) callerName() string {
	if c := s.file.Pop().Caller.Customer; c != nil {
		return c.Name
	}
	return s.call.Name()
}

// both is live, ended by ctx as well.
func both(ctx, live context.Context) (context.Context, func()) {
	merged, cancel := context.WithCancelCause(live)
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	return merged, func() { stop(); cancel(nil) }
}

func failure(c telephony.Cause) queues.Failure {
	switch c {
	case telephony.CauseBusy:
		return queues.PhoneBusy
	case telephony.CauseNoAnswer:
		return queues.PhoneUnanswered
	case telephony.CauseCongestion:
		return queues.PhoneCongested
	default:
		return queues.PhoneUnreachable
	}
}
