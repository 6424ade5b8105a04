package ivr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// queue waits in a queue and talks with the agent who answers. It returns when the talk is over
// and the caller is still there, or when they have come to where the queue sends them instead.
//
// Each note is a request of the switch, but for one that rides on the dialling of an agent's phone: so where an agent is free at once there is none before it.
//
//	Enqueue ─► NextOffer ─► pop ─► dial ─► answered ─► talk ─► TalkEnded
//	    ▲       ▲  │ ▲              │ missed, declined, unreachable
//	    │       │  │ └──────────────┘ the caller keeps place and time
//	    │       └──┤ moved to another queue, or offered a callback
//	    │          └ overflowed: a message, a recorder, a number outside
//	  restart: with the original time, in the queue that it was moved to
//
// found is the place at which a restart found the caller; nil for one who comes to the queue.
func (s *script) queue(ctx context.Context, n flow.Queue, found *place) error {
	if s.note.Topic == "" {
		s.note.Topic = string(n.Topic)
	}
	s.file.SetTopicToQueue(s.note.Topic)
	s.place = s.standsAt(n, found)
	if found != nil && !s.noted() || s.tellsOfRecording() { // where a restart has found them as they were nothing is asked of the switch before they have their place
		s.mark(ctx, waiting{place: s.place})
	}
	return s.waitAt(ctx, n, found != nil)
}

// noted reports whether the note says where the caller waits.
func (s *script) noted() bool {
	p, waits := s.note.phase.(waiting)
	return waits && p.place == s.place
}

// waitAt waits at the caller's place, and talks. found says that a restart has found them there.
func (s *script) waitAt(ctx context.Context, n flow.Queue, found bool) error {
	if err := s.tellOfRecording(ctx); err != nil {
		return err
	}
	wait, cancel := s.call.Bound(ctx)
	defer cancel()
	request := s.request(wait)
	err := s.line.ACD.Enqueue(wait, request)
	if found {
		if errors.Is(err, queues.ErrAlready) {
			if s.note.Back == nil { // the caller had pressed one for a callback, and was not told of it yet
				s.hasPlace()
				s.back.Lingers(s.id, s.call.Gone())
				return s.sayPromise(ctx)
			}
			request.ID = s.leaveBook(ctx)
			err = s.line.ACD.Enqueue(wait, request)
		}
		s.hasPlace()
	}
	if err != nil {
		return fmt.Errorf("queue %s: %w", s.place.Queue, err)
	}
	if q, older := s.line.regained.of(request.ID); older { // noted, so that a restart gives that place back
		s.place.Since, s.place.Ahead = q.Arrived, q.HeadStart
		s.mark(ctx, waiting{place: s.place})
	}
	s.reached(tickets.AbandonedInQueue)
	offer, leg, err := s.waitForAgent(wait, n, request.ID, func(offered bool) {
		note := s.file.Queued
		if offered {
			note = s.file.QueuedToOffer
		}
		note(request.Came(), s.shown(s.place.Queue))
	})
	var gone *queues.OverflowedError
	switch {
	case errors.As(err, &gone):
		return s.overflow(ctx, n, gone.To)
	case errors.Is(err, errCalledBack):
		return s.sayPromise(ctx)
	case err != nil:
		if ctx.Err() == nil && s.call.Broken().IsZero() { // on a stop of Hotline the caller waits on, and is found again; of who broke off see broken.go
			s.report(ctx, queues.Abandoned{Request: request.ID})
		}
		return err
	}
	return s.afterTalk(ctx, n, s.talkWith(ctx, offer, leg))
}

// standsAt is the place of a caller who comes to a queue: the one where they were found, or the last one. Where the queue of
// that place is gone, they have it in the node's.
func (s *script) standsAt(n flow.Queue, found *place) place {
	at := place{Queue: n.Queue, Since: time.Now()}
	if found == nil {
		return at
	}
	if !found.Since.IsZero() {
		at = *found
	}
	at.Queue = n.Queue
	if s.line.Directory.Queue(found.Queue).ID != "" {
		at.Queue = found.Queue
	}
	return at
}

func (s *script) request(ctx context.Context) queues.Request {
	known := s.file.Caller(ctx)
	return queues.Request{
		ID:      s.id,
		Queue:   s.place.Queue,
		Extra:   s.extra(),
		Arrived: s.place.Since,
		Party:   party(known, s.arrival.From),
		Prefer:  s.preferred(known),
		// A callback is offered once, and only to those who can be called.
		NoCallback: s.note.Advised || !s.back.May(s.arrival.From),
		// These are as the router had them before a restart.
		HeadStart: s.place.Ahead,
		CameTo:    s.place.CameTo,
		Elsewhere: s.place.Elsewhere,
		Lead:      s.place.Lead,
		SentBy:    s.sender(),
	}
}

// extra is what the caller needs beyond their queue.
func (s *script) extra() []queues.Need {
	return []queues.Need{{Skill: queues.Language(s.note.Language), Level: 1}}
}

// party is the one person who calls, as far as is known: the customer, or else whoever has the number, as a provisional customer is made of
// it only after the first call. Nobody is behind a withheld number, and who is behind one that several share cannot be told: one of them
// must not take another's place, or the callback that another was promised. While the store does not say whose a number is, whoever calls
// from it is taken for those who called at such a time, and for nobody else.
func party(known tickets.Caller, from telephony.Number) string {
	switch {
	case known.Customer != nil && !known.Customer.Provisional:
		return string(known.Customer.ID)
	case from.Key() == "" || known.Match == tickets.Several || from.NamesExtension():
		return ""
	case !known.Answered:
		return "?" + from.Key()
	default:
		return from.Key()
	}
}

// preferred are the agents whom the caller is best served by: who was lost in the talk with them, who owns their ticket, and who served
// them last.
func (s *script) preferred(known tickets.Caller) (all []queues.AgentID) {
	if s.lostAgent != "" {
		all = append(all, s.lostAgent)
	}
	number := s.file.Number()
	for _, t := range known.OpenTickets {
		if open, is := t.State.(tickets.Open); is && t.Number == number {
			if owner, person := open.Owner().(tickets.Person); person {
				all = append(all, queues.AgentID(owner))
			}
		}
	}
	for _, c := range known.Contacts { // the latest comes first
		if last := queues.AgentID(c.Agent.ID); last != "" {
			if !slices.Contains(all, last) {
				all = append(all, last)
			}
			break
		}
	}
	return all
}

// waitForAgent stays with the caller until an agent has answered, or their waiting ends otherwise. The music goes on until they talk. begins is called first,
// and told whether an agent is offered at once.
func (s *script) waitForAgent(ctx context.Context, n flow.Queue, id queues.RequestID, begins func(offered bool)) (_ queues.Offered, leg *telephony.Leg, err error) {
	offer, live, atOnce := s.line.ACD.OfferNow(id)
	begins(atOnce)
	noted := s.noted()
	note := func() {
		if !noted {
			s.mark(ctx, waiting{place: s.place})
			noted = true
		}
	}
	if !atOnce {
		note()
	}
	stop, err := s.call.Music(ctx, n.Music)
	if err := s.tolerate(ctx, err); err != nil {
		return queues.Offered{}, nil, err
	}
	defer func() {
		if leg == nil {
			stop()
		}
	}()
	advise := false
	for {
		if !atOnce {
			offer, live, err = s.nextOffer(ctx, n, id, advise)
			advise = false
			var moved *queues.MovedError
			if errors.As(err, &moved) {
				advise = s.moved(ctx, moved)
				continue
			}
			if err != nil {
				return queues.Offered{}, nil, err
			}
		}
		atOnce = false
		if leg, err := s.ring(ctx, live, offer); err == nil {
			return offer, leg, nil
		}
		if ctx.Err() != nil {
			return queues.Offered{}, nil, context.Cause(ctx)
		}
		note() // perhaps nothing was dialled, and so nothing noted
	}
}

// talkWith is the conversation. It returns nil when the agent hung up and the caller is still there. A caller whom the agent's
// phone let go of at once waits again, and talks with another.
func (s *script) talkWith(ctx context.Context, offered queues.Offered, leg *telephony.Leg) error {
	o, began := offered.Offer, time.Now()
	s.settle = s.answered(began, o)
	v := s.call.Converse(leg.As(telephony.Agent))
	_ = v.Join(ctx) // an error comes again from Talk
	// The note comes after the joining: a caller who is noted as talking and found alone was left by the agent.
	s.markLater(ctx, talking{Queue: s.place.Queue, Agent: o.Agent, Offer: o.ID, Since: began, Waited: s.place})
	s.line.Desk.Talking(offered, began, s.file.Pop())
	err := s.converse(ctx, o, v, began, leg)
	s.settle(!errors.Is(err, errLetGo))
	if errors.Is(err, errLetGo) {
		s.file.OfferEnded(time.Now(), s.agent(o), string(queues.OfferHasFailed))
		return s.waitOnAfterLetGo(ctx)
	}
	return err
}

// converse joins the two and reports the end of it. leg is the agent's; nil where a restart found the talk.
func (s *script) converse(ctx context.Context, o queues.Offer, v *telephony.Conversation, began time.Time, leg *telephony.Leg) error {
	s.holder = holder{offer: o, began: began, leg: leg}
	s.line.enter(s.call, talk{script: s, with: v, of: o.Agent})
	defer s.line.leave(s.call)
	defer s.noteTalk(ctx, v)()
	defer s.line.outside.leave(s.call.ID())
	defer s.stopReminding()
	defer s.beginAside(ctx, o, v)()
	defer s.recordTalk(ctx, v, o.Agent)()
	s.notFound(ctx, v)
	if p, _ := s.note.phase.(talking); !p.Away.IsZero() && !s.awaitPage(ctx, v) { // found after a restart
		s.absent = &absence{stop: func() {}, over: staysAway}
		_ = v.Leave(ctx, s.music(s.at()))
	}
	if s.consults() {
		s.showAsked(v)
	}
	if p, _ := s.note.phase.(talking); p.Help != nil { // found after a restart
		s.showHelp()
		s.lookForHelp(ctx)
	}
	by, err := v.Talk(ctx)
	if err != nil && ctx.Err() != nil && !errors.Is(err, telephony.ErrHangup) {
		return err // Hotline stops, and the talk goes on without it
	}
	absence := s.absenceEnds()
	s.lostAlone(ctx)
	s.endGuests(ctx, v)
	s.endHelp(ctx, tickets.HelpOver)
	h := s.holder
	o = h.offer
	sentOn := err == nil && by == telephony.Nobody && absence == notOver
	if h.leg != nil && !sentOn && absence == notOver && s.letGo(ctx, h.leg, err) {
		s.log.Warn("an agent's phone answered and let go at once; the caller waits on", "agent", o.Agent, "offer", o.ID, "err", err)
		s.line.Desk.Ended(o, s.file.Pop(), tickets.Failed)
		s.report(ctx, queues.TalkDropped{Request: o.Request})
		return errLetGo
	}
	if h.over { // the caller has left
		s.filesDisposition(ctx, o.Agent)
		return err
	}
	s.talk += time.Since(h.began)
	if o.Agent == "" { // somebody outside, to whom the caller was passed on, or a supervisor
		if err == nil && h.lost != "" {
			s.hasLost(h.lost)
			return errAgentLost
		}
		return err
	}
	s.line.Desk.Ended(o, s.file.Pop(), tickets.Served)
	switch {
	case sentOn:
		err = errSentOn
	case err == nil && absence == staysAway: // the ticket knows of it since they were lost
		s.agentLost(ctx, o)
		err = errAgentLost
	case err == nil && by == telephony.Agent && v.Lost():
		s.tellLost()
		s.agentLost(ctx, o)
		err = errAgentLost
	}
	s.report(ctx, queues.TalkEnded{Request: o.Request})
	s.filesDisposition(ctx, o.Agent)
	return err
}

// talkOver tells desk and router that a talk is over whose caller has left, while the agent's leg is there yet.
func (s *script) talkOver(ctx context.Context) {
	s.talk += time.Since(s.holder.began)
	s.endHelp(ctx, tickets.HelpOver)
	s.line.Desk.Ended(s.holder.offer, s.file.Pop(), tickets.Served)
	s.shows = nil
	s.report(ctx, queues.TalkEnded{Request: s.holder.offer.Request})
	s.holder.over = true
}

// report tells the router a fact that must reach it, the hang-up notwithstanding. An error says that the
// router has moved on.
func (s *script) report(ctx context.Context, e queues.Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := s.line.ACD.Report(ctx, e)
	if err != nil {
		s.log.Debug("the router has moved on", "event", fmt.Sprintf("%T", e), "err", err) // an event may hold the caller's number
	}
	return err
}

// shown is a queue in the desk's words.
func (s *script) shown(id queues.QueueID) tickets.Queue {
	q := s.line.Directory.Queue(id)
	shown := tickets.Queue{ID: string(id), Name: q.Name}
	if len(q.Skills) > 0 {
		shown.Skill = string(q.Skills[0].Skill)
	}
	return shown
}

func (s *script) agent(o queues.Offer) tickets.Agent {
	return tickets.Agent{ID: string(o.Agent), Name: s.line.Directory.Name(o.Agent)}
}

// callerName is what the agent's phone shows: the customer's name where there is one, and else the caller's own.
func (s *script) callerName() string {
	return tickets.NameOf(s.file.Pop().Caller.Customer, s.arrival.Name)
}
