package ivr

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// An agent asks somebody in the midst of a talk: a colleague, whoever is free of a queue, or somebody at a number outside. The caller is on
// hold with music meanwhile, and hears neither. One is asked at a time. Who asks hears that it rings, then whom they want, and decides how it goes on:
//
//	              Consult                   answers
//	talk or hold ─────────► rings ──────────────────► talks ◄── Swap ──► swapped ── Join ──► joined
//	     ▲  ▲                 │ declined, missed, …     │ caller on hold     │ the other is       │ all hear
//	     │  └── on hold ◄─────┘                         │                    │ on hold            │ each other
//	     └────────────────────── TakeBack ◄─────────────┴────────────────────┴────────────────────┤
//	                             Complete: the caller is theirs, and who asked wraps up ◄─────────┘
//
// Who asks and hangs up has passed the caller on: to who was asked where they have answered, and blind, as by a transfer, where it rings
// yet. Where who was asked hangs up the caller stays as they are. When the caller does once somebody who was asked has answered, the agent and all who were asked
// talk on until the agent hangs up, or is alone; the note is on the agent's channel as well from the answer on, for when the caller's is gone, also while there is no Hotline. While it rings it is over for all, and who is asked has missed nothing.
//
// A colleague is asked by an offer of the router (queues.ConsultWanted), so that they are offered nothing else; their page shows
// who asks, about whom, and what was noted. A Hotline that dies while it rings leaves the caller on hold with who asked, whom the next
// one tells that nothing has come of it; or sends the caller on, where who asked has hung up. After the answer the next one finds all of
// them, by the note.

var (
	// ErrConsults says that somebody is asked in this talk already, so that something else cannot be done in it.
	ErrConsults = errors.New("somebody is asked in this talk")
	// ErrNotConsulting says that nobody is there who was asked.
	ErrNotConsulting = errors.New("nobody was asked in this talk, or they have not answered")
)

// Consult is whom an agent asks: one of the first three.
type Consult struct {
	Queue  queues.QueueID
	Agent  queues.AgentID
	Number telephony.Number
	Note   string // for them: at most tickets.LongestTransferNote characters
}

// Asked is who is asked in a talk, as the page of who asks shows it.
type Asked struct {
	ID     string // as that of a guest: who is invited is let go by it
	Who    string // the colleague's name; "" is somebody outside
	Number string // outside
	State  string // AskedRings, AskedTalks, AskedSwapped, AskedAlone, or AskedOver
	How    string // it is over: as tickets.Consulted has it
	Since  time.Time
}

// What is with somebody who is asked.
const (
	AskedRings   = "rings"
	AskedTalks   = "talks"   // with the agent, and the caller is on hold
	AskedSwapped = "swapped" // on hold, and the agent talks with the caller
	AskedAlone   = "alone"   // with the agent, and the caller has hung up
	AskedOver    = "over"    // they are gone, and the agent decides what comes next
)

// asked is somebody who is asked. The call's goroutine only, but for what never changes.
type asked struct {
	Consult
	id     queues.RequestID // of the consultation; "" where it is a number outside
	offer  queues.Offered
	live   context.Context // ends with the offer
	with   tickets.Agent
	asks   tickets.Agent  // who asks
	by     telephony.Dial // how they are called
	pop    tickets.Pop
	rang   time.Time
	joined time.Time // all of them heard each other since then, first

	stop     context.CancelFunc // ends the ringing
	rung     chan struct{}      // closed when it has ended
	reached  *telephony.Leg     // what came of it, for who has seen rung closed; nil is nothing
	answered time.Time
	party    *telephony.Party // nil while it rings
}

// Consult lets the agent of a talk ask somebody. It returns when the caller hears music, and their phone is about to ring. Of a number
// outside the error may be ErrMayNotCall or a HoursError, of a colleague the router's.
func (l *Line) Consult(ctx context.Context, id telephony.CallID, of queues.AgentID, c Consult) error {
	if err := l.maySend(c.Queue, c.Agent, c.Number); err != nil {
		return err
	}
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error { return s.consult(ctx, v, c) })
}

func (s *script) consult(ctx context.Context, v *telephony.Conversation, c Consult) error {
	p, on := s.note.phase.(talking)
	switch {
	case !on || s.outlasts != nil:
		return ErrTalkOver
	case s.asked != nil:
		return ErrConsults
	case s.isGuest(c):
		return ErrThere
	case 2+len(s.guests) >= mostInTalk:
		return ErrFull
	}
	a := &asked{Consult: c, rang: time.Now(), rung: make(chan struct{}), asks: s.agent(s.holder.offer)}
	if err := s.reserve(ctx, a, p); err != nil {
		return err
	}
	s.asked = a
	s.markParties(ctx) // first: who asks may hang up, and a restart is to know whom the caller is for
	if err := s.holdForConsult(ctx, v); err != nil {
		s.asked = nil
		s.markParties(ctx)
		s.line.outside.leaves(s.call.ID(), a.Number.Key())
		s.report(ctx, queues.Abandoned{Request: a.id})
		return err
	}
	s.settle(true) // a talk in which somebody is asked was one, however short
	s.hearsRinging(ctx, v, v.Ring)
	ringing, stop := context.WithCancel(ctx)
	a.stop = stop
	go s.reachAsked(ringing, v, a)
	if len(s.guests) == 0 {
		s.report(ctx, queues.TalkConsults{Request: s.id})
	}
	s.showAsked(v)
	return nil
}

// reserve has the router offer the consultation to a colleague, who has it then.
func (s *script) reserve(ctx context.Context, a *asked, p talking) error {
	a.pop = s.file.Pop()
	a.pop.Asks = &tickets.Sender{Agent: a.asks, Since: p.Since, At: a.rang, Note: tickets.Clean(tickets.Typed(a.Note), tickets.LongestTransferNote)}
	if a.Queue == "" && a.Agent == "" {
		number := a.Number.Key()
		if err := s.line.outside.enter(s.call.ID(), s.sent(number), cmp.Or(s.line.OutsideAtMost, toOneNumber)); err != nil {
			s.log.Warn("nobody outside is asked", "err", err)
			return ErrMayNotCall
		}
		a.by = s.shownOutside(number)
		return nil
	}
	a.id = queues.RequestID(uuid.Must(uuid.NewV7()).String())
	err := s.line.ACD.Report(ctx, queues.ConsultWanted{Request: a.id, Of: s.id, Agent: a.Agent, Queue: cmp.Or(a.Queue, p.Queue)})
	if err == nil {
		a.offer, a.live, err = s.line.ACD.NextOffer(ctx, a.id) // it is there, unless it is over
	}
	if err != nil {
		return err
	}
	o := a.offer.Offer
	a.with = s.agent(o)
	a.by = s.shownTo(o.Agent)
	a.by.Timeout = time.Until(o.Deadline)
	return nil
}

// holdForConsult puts the caller on hold from the desk, whatever holds them already; where there are guests all talk on.
func (s *script) holdForConsult(ctx context.Context, v *telephony.Conversation) error {
	if len(s.guests) > 0 {
		return nil
	}
	if !v.Held() {
		return s.beginHold(ctx, v, false)
	}
	if p, _ := s.note.phase.(talking); p.ByPhone {
		s.markHeld(ctx, p.Held, false) // their phone's key must not take the caller back while they ask
	}
	return nil
}

// reachAsked calls who is asked, while the call's own goroutine serves the talk, which it tells what came of it.
func (s *script) reachAsked(ctx context.Context, v *telephony.Conversation, a *asked) {
	leg, how := s.dialAsked(ctx, a)
	a.reached = leg
	close(a.rung)
	over := v.Meanwhile(context.WithoutCancel(ctx), func(ctx context.Context) error {
		switch {
		case a.party != nil: // who asked has hung up in that moment, and the caller is theirs
		case s.asked != a: // who asked has gone back to the caller
			if leg != nil {
				s.hangUp(ctx, leg)
			}
		case leg == nil:
			s.endAsked(ctx, v, a, how)
			s.beep(ctx, v)
		default:
			s.askedAnswers(ctx, v, a, leg)
		}
		return nil
	})
	if over != nil && leg != nil {
		s.hangUp(ctx, leg)
	}
}

// dialAsked shows the pop and rings. Without a leg how says what came of it, in the words of the history.
func (s *script) dialAsked(ctx context.Context, a *asked) (leg *telephony.Leg, how string) {
	if a.id == "" {
		leg, err := s.call.DialAs(ctx, a.by)
		if err != nil {
			return nil, ending(ctx, ctx, err)
		}
		return leg, ""
	}
	live, stop := both(ctx, a.live)
	defer stop()
	o := a.offer.Offer
	s.line.Desk.Pop(live, a.offer, a.pop)
	go s.lookAfter(live, o)
	leg, err := s.call.DialAs(live, s.excusing(live, o, a.by))
	if err == nil {
		err = s.accepts(live, leg, o.Agent)
	}
	if err == nil {
		if err = s.line.ACD.Report(a.live, queues.OfferAnswered{Offer: o.ID}); err == nil { // also where who asked has hung up in that moment
			return leg, ""
		}
		s.hangUp(ctx, leg) // the answer crossed the end of the offer
	} else if !errors.Is(err, telephony.ErrHangup) && live.Err() == nil {
		s.refuse(ctx, o, err)
	}
	return nil, ending(ctx, live, err)
}

// askedAnswers lets who asked and who was asked talk.
func (s *script) askedAnswers(ctx context.Context, v *telephony.Conversation, a *asked, leg *telephony.Leg) {
	a.comes(leg)
	if !v.Held() || len(s.guests) > 0 { // they are invited, also where the agent's phone holds the caller, or who was before them has just left
		s.becomesGuest(a)
	}
	s.markParties(ctx) // before they are joined: should Hotline die right after it, a restart knows who is who
	now := v.Now()
	if err := v.Bring(ctx, telephony.Arrangement{In: append(now.In, a.party), Beside: now.Beside, Music: now.Music}); err != nil {
		s.log.Warn("who asked and who was asked could not be joined", "err", err)
		s.hangUp(ctx, leg)
		s.endAsked(ctx, v, a, string(queues.OfferHasFailed))
		return
	}
	if a.id != "" {
		s.line.Desk.Consulting(a.offer, a.answered, a.pop)
	}
	if s.asked == nil {
		s.forgetAsked()
	}
	s.showAsked(v)
	if s.absent != nil && s.absent.over == notOver && s.coverAbsence(ctx, v) != nil && ctx.Err() == nil {
		s.log.Warn("who was asked hears nothing until the page of who asks is back")
	}
}

// comes is the answer of who is asked.
func (a *asked) comes(leg *telephony.Leg) {
	role := telephony.Agent
	if a.id == "" {
		role = telephony.Outside
	}
	a.answered, a.party = time.Now(), leg.As(role)
}

// hearsRinging lets who asks hear that it rings, or no longer.
func (s *script) hearsRinging(ctx context.Context, v *telephony.Conversation, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, telephony.ErrGone) && !errors.Is(err, telephony.ErrHangup) {
		s.log.Warn("who asks does not hear as they should that it rings", "err", err)
	}
}

// endAsked ends the part in the talk of somebody who was asked: nothing of them is there any more, or will be in a moment.
func (s *script) endAsked(ctx context.Context, v *telephony.Conversation, a *asked, how string) {
	s.forget(a)
	a.stop()
	if a.party == nil {
		s.hearsRinging(ctx, v, v.Unring)
	}
	switch now := time.Now(); {
	case a.id == "" && how != tickets.ConsultPassed:
		s.line.outside.leaves(s.call.ID(), a.Number.Key())
	case a.id == "":
	case a.party == nil:
		s.report(ctx, queues.Abandoned{Request: a.id}) // where it is not over already
	case how == tickets.ConsultLeft && now.Sub(a.answered) < s.line.ShortestTalk:
		s.report(ctx, queues.TalkDropped{Request: a.id})
	case how != tickets.ConsultPassed:
		s.report(ctx, queues.TalkEnded{Request: a.id})
	}
	if a.id != "" && how != tickets.ConsultPassed {
		s.line.Desk.Consulted(a.offer.Offer) // also while it rings: they may have answered in this moment
	}
	s.tellAsked(a, how)
	if how != tickets.ConsultPassed { // of that the note says more
		s.markParties(ctx)
	}
	if v.Held() && how != tickets.ConsultPassed && how != tickets.ConsultOver {
		s.report(ctx, queues.TalkHeld{Request: s.id})
	}
	if s.asked == nil {
		s.aside.Asked = &Asked{ID: a.key(), Who: a.with.Name, Number: a.Number.Key(), State: AskedOver, How: how, Since: time.Now()}
	}
	s.showGuests()
}

// tellAsked keeps with the ticket that somebody was asked.
func (s *script) tellAsked(a *asked, how string) {
	s.file.Consulted(time.Now(), tickets.Consulted{
		Agent: a.asks, With: a.with, Queue: string(a.Queue), Number: a.Number.Key(), Rang: a.rang, Answered: a.answered, Joined: a.joined, How: how, Note: a.Note,
	})
}

// showAsked shows what is with who is asked, on the page of who asks, and who is a guest.
func (s *script) showAsked(v *telephony.Conversation) {
	if a := s.asked; a != nil {
		shown := &Asked{ID: a.key(), Who: a.with.Name, Number: a.Number.Key(), State: AskedRings, Since: a.rang}
		switch {
		case a.party != nil && !contains(v.Now().In, a.party):
			shown.State, shown.Since = AskedSwapped, a.answered
		case a.party != nil:
			shown.State, shown.Since = AskedTalks, a.answered
		}
		s.aside.Asked = shown
	}
	s.showGuests()
}

// markParties notes who is asked in the talk, and who is a guest in it, by which legs they are there.
func (s *script) markParties(ctx context.Context) {
	switch p := s.note.phase.(type) {
	case talking:
		p.Asked, p.Guests = nil, guestNotes(s.guests)
		if s.asked != nil {
			p.Asked = s.asked.noted()
		}
		s.mark(ctx, p)
	case outside:
		p.Guests = guestNotes(s.guests)
		s.mark(ctx, p)
	}
}
