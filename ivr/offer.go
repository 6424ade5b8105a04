package ivr

import (
	"context"
	"errors"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// An offer is an agent whom the router has reserved for the caller until a deadline. The script shows the pop, rings the phone, and
// tells the router what came of it; the caller waits on until somebody has answered.

// offered is what NextOffer has returned.
type offered struct {
	offer queues.Offered
	live  context.Context
	err   error
}

// nextOffer waits for an offer and says the announcement now and then meanwhile, or first offers a callback. An offer
// cuts what is said short.
func (s *script) nextOffer(ctx context.Context, n flow.Queue, id queues.RequestID, advise bool) (queues.Offered, context.Context, error) {
	got := make(chan offered, 1)
	quiet, hush := context.WithCancel(ctx)
	defer hush()
	waiting, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	go func() {
		o, live, err := s.line.ACD.NextOffer(waiting, id)
		got <- offered{o, live, err}
		hush()
	}()
	if advise && s.offerCallback(quiet) {
		giveUp(errCalledBack) // before the router is told: the next offer is the callback's
		o := <-got
		if errors.Is(o.err, errCalledBack) && !s.wantCallback(ctx) {
			return s.nextOffer(ctx, n, id, false)
		}
		return o.offer, o.live, o.err
	}
	for {
		var due <-chan time.Time
		if n.Announce != "" {
			due = time.After(n.Every)
		}
		select {
		case o := <-got:
			return o.offer, o.live, o.err
		case <-due:
			say := []flow.Prompt{n.Announce}
			if n.AnnounceWait {
				say = append(say, s.foretell(quiet, id)...)
			}
			_ = s.play(quiet, s.words(say...)) // what cut it short, an offer or the hang-up, comes out of got next
		}
	}
}

// ring shows the pop, and then rings the agent's phone. It fails when the offer is over: the
// caller then waits on.
func (s *script) ring(ctx, live context.Context, offered queues.Offered) (*telephony.Leg, error) {
	live, stop := both(ctx, live)
	defer stop()
	o := offered.Offer
	s.reached(tickets.AbandonedRinging)
	s.file.Offered(o.At, s.agent(o))
	// It is noted as the phone is dialled: should Hotline die right after the two are joined, a restart knows who talks.
	note := s.enters(waiting{s.place, rings{o.Agent, o.ID, o.At}})
	pop := s.file.Pop()
	go s.lookAfter(live, o)
	dial := s.shownTo(o.Agent)
	dial.Timeout, dial.Note, dial.Mark = time.Until(o.Deadline), string(o.ID), note
	dial.Before = func() { s.line.Desk.Pop(live, offered, pop) }
	leg, err := s.call.DialAs(live, s.excusing(live, o, dial))
	if err == nil {
		err = s.accepts(live, leg, o.Agent)
	}
	if err == nil {
		if err = s.line.ACD.Report(live, queues.OfferAnswered{Offer: o.ID}); err == nil {
			if s.tellsCaller(ctx, leg, o.Agent) {
				return leg, nil
			}
			err = telephony.ErrHangup
			defer s.report(ctx, queues.TalkEnded{Request: o.Request}) // once the phone is free
			s.line.Desk.Ended(o, s.file.Pop(), tickets.AbandonedRinging)
		}
		s.hangUp(ctx, leg) // the answer crossed the end of the offer, or of the call
	} else if !errors.Is(err, telephony.ErrHangup) && live.Err() == nil {
		s.refuse(ctx, o, err)
	}
	s.file.OfferEnded(time.Now(), s.agent(o), ending(ctx, live, err))
	if !errors.Is(err, telephony.ErrHangup) {
		s.reached(tickets.AbandonedInQueue) // the caller waits on
	}
	return nil, err
}

// excused is how long before its deadline an offer ends whose agent is not to blame.
const excused = 300 * time.Millisecond

// dialledLate is how long after an offer its agent's phone may be dialled at most.
const dialledLate = 2 * time.Second

// excusing is the dial of an offer, which ends the offer shortly before its deadline where the agent is not to blame for having missed it: the switch could
// not be reached for some of the time, and they may have heard nothing of it, or have answered what we cannot know; or their phone was
// dialled late, and they had less time than is theirs.
func (s *script) excusing(live context.Context, o queues.Offer, d telephony.Dial) telephony.Dial {
	sent := make(chan struct{})
	d.Sent = func() { close(sent) }
	go s.excuse(live, o, sent)
	return d
}

// excuse is the goroutine of that. It ends with live.
func (s *script) excuse(live context.Context, o queues.Offer, sent <-chan struct{}) {
	broken, late := s.line.Broken(), time.After(time.Until(o.At)+dialledLate)
	for blamed := true; blamed; {
		select {
		case <-sent:
			sent, late = nil, nil
		case <-late:
			blamed = false
		case <-broken:
			blamed = false
		case <-live.Done():
			return
		}
	}
	if waitUntil(live, o.Deadline, excused) {
		s.report(live, queues.OfferFailed{Offer: o.ID, Reason: queues.PhoneCongested})
	}
}

// waitUntil waits until some time before the deadline of an offer, and reports whether it is still live. Where the process did not run then, the router has put
// the deadline off.
func waitUntil(live context.Context, deadline time.Time, before time.Duration) bool {
	for {
		wake := telephony.Wake(deadline.Add(-before))
		select {
		case <-time.After(time.Until(wake)):
		case <-live.Done():
			return false
		}
		switch {
		case telephony.Late(wake):
			deadline = telephony.PutOff(deadline)
		case time.Until(deadline) <= before:
			return true
		}
	}
}

// A phone that is an agent's page goes with it: when the page is closed, or loaded again, or its network is gone. Nobody has missed the call then;
// the caller goes to the next at once, and the agent is not ready for as long as nobody is there. Whichever is heard of first, the end of the
// page's connection, that of the ringing, or neither:
//
//	the page's connection ends ──────────────► DeskAway: the router takes the offer back, the phone is let go ◄─┐
//	the phone says that it goes (410) ───────► Desk.Gone ──────────────────────────────────────────────────────┤
//	the phone fails, or rings in vain ───────► Desk.Gone: the page is asked, and says nothing ──────────────────┘
//	                                                                       └ it answers: as of any other phone
//
// A page that is back within its grace finds its agent as they were.

// lookAfterLast is how long before an offer's deadline a page that is the phone is asked whether it is there.
const lookAfterLast = 2 * time.Second

// lookAfter finds out shortly before an offer's deadline whether there is somebody who could have heard it. It ends with live.
func (s *script) lookAfter(live context.Context, o queues.Offer) {
	if waitUntil(live, o.Deadline, lookAfterLast) {
		s.line.Desk.Gone(live, o.Agent, false)
	}
}

// takesLeave is the response of a phone that is a page, and is closed or loaded again; passesOn that of one whose seat another page has taken, which is
// to be rung instead: nobody has missed the call, and no phone has failed. Their name in RFC 5626 is that of a connection that cannot be used.
const (
	takesLeave = 410
	passesOn   = 430
)

// pageGone reports whether a phone was not reached because it is the agent's page, and that has gone. The router knows it then.
func (s *script) pageGone(ctx context.Context, o queues.Offer, failed *telephony.DialError) bool {
	switch failed.Cause {
	case telephony.CauseDeclined, telephony.CauseSelfDeclining, telephony.CauseForwards:
		return false
	}
	return s.line.Desk.Gone(ctx, o.Agent, failed.Response == takesLeave)
}

// refuse tells the router that the phone was not answered, and why.
func (s *script) refuse(ctx context.Context, o queues.Offer, err error) {
	var failed *telephony.DialError
	switch {
	case !errors.As(err, &failed): // the switch would not even dial
		s.report(ctx, queues.OfferFailed{Offer: o.ID, Reason: queues.PhoneCongested})
	case failed.Cause == telephony.CauseDeclined:
		if errors.Is(s.report(ctx, queues.OfferDeclined{Offer: o.ID}), queues.ErrAccepted) { // the agent had accepted it on the desk before
			s.report(ctx, queues.OfferFailed{Offer: o.ID, Reason: queues.PhoneUnanswered})
		}
	case failed.Response == passesOn:
		s.report(ctx, queues.OfferFailed{Offer: o.ID, Reason: queues.PhoneCongested})
	case s.pageGone(ctx, o, failed):
		s.log.Info("an agent's page went away with their phone while it rang", "agent", o.Agent, "offer", o.ID, "why", failed.Cause, "response", failed.Response)
	case ctx.Err() != nil: // the caller has hung up while the page was asked, and the offer ends with them
	default:
		s.log.Info("an agent's phone did not take a call", "agent", o.Agent, "offer", o.ID, "why", failed.Cause, "response", failed.Response)
		s.report(ctx, queues.OfferFailed{Offer: o.ID, Reason: queues.FailureOf(failed.Cause)})
	}
}

// hangUp ends an agent's leg that nobody talks to.
func (s *script) hangUp(ctx context.Context, leg *telephony.Leg) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := s.call.HangupLeg(ctx, leg); err != nil {
		s.log.Warn("an agent's leg could not be hung up, and stays until the end of the call", "err", err)
	}
}

// ending is how an offer ended, in the words of the history.
func ending(ctx, live context.Context, err error) string {
	var failed *telephony.DialError
	var over queues.OfferOverError
	switch {
	case errors.Is(err, telephony.ErrHangup), ctx.Err() != nil:
		return string(queues.OfferWasRevoked)
	case errors.As(context.Cause(live), &over):
		return string(over.How)
	case live.Err() != nil:
		return string(queues.OfferHasFailed)
	case errors.As(err, &failed) && failed.Cause == telephony.CauseDeclined:
		return string(queues.OfferWasDeclined)
	case errors.As(err, &failed):
		return string(queues.EndingOf(failed.Cause))
	default:
		return string(queues.OfferHasFailed)
	}
}

// both is a context that ends with either of two: with that of an offer, and with ctx.
func both(ctx, live context.Context) (context.Context, func()) {
	merged, cancel := context.WithCancelCause(live)
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	return merged, func() { stop(); cancel(nil) }
}
