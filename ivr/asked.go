package ivr

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// What an agent does once somebody was asked (see consult.go), and what follows when one of them hangs up.

// holder is the agent whose talk it is. It changes when the caller is passed on.
type holder struct {
	offer queues.Offer   // without an agent: somebody outside, to whom the caller was passed on
	began time.Time      //
	leg   *telephony.Leg // nil where a restart found the talk, or the caller was passed on
	lost  queues.AgentID // whose phone was lost, where a supervisor has the caller since then
	told  bool           // the ticket knows that their phone was lost
	kept  bool           // and the router
	over  bool           // desk and router know that the talk is
}

func contains(all []*telephony.Party, p *telephony.Party) bool { return slices.Contains(all, p) }

// asker is the party of the agent who asks; nil where they have just left.
func (s *script) asker(v *telephony.Conversation) *telephony.Party {
	for _, p := range v.Others() {
		if p.Role() == telephony.Agent && !s.wasAsked(p) {
			return p
		}
	}
	return nil
}

// withAsked is what is done in a talk with somebody who was asked and has answered.
func (l *Line) withAsked(ctx context.Context, id telephony.CallID, of queues.AgentID, do func(s *script, ctx context.Context, v *telephony.Conversation, a *asked, asker *telephony.Party) error) error {
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		a := s.asked
		if a == nil || a.party == nil {
			return ErrNotConsulting
		}
		asker := s.asker(v)
		if asker == nil {
			return ErrTalkOver
		}
		return do(s, ctx, v, a, asker)
	})
}

// Swap lets the agent talk with the other one of two: with the caller, while who was asked hears music, or the other way round. Of several guests
// the error is ErrSeveral.
func (l *Line) Swap(ctx context.Context, id telephony.CallID, of queues.AgentID) error {
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		a, asker, music := s.asked, s.asker(v), s.music(s.at())
		switch {
		case len(s.guests) > 1 || len(s.guests) > 0 && a != nil:
			return ErrSeveral
		case len(s.guests) > 0:
			a = s.guests[0]
		case a == nil || a.party == nil:
			return ErrNotConsulting
		}
		if asker == nil {
			return ErrTalkOver
		}
		if !v.Held() {
			err := v.Bring(ctx, telephony.Arrangement{In: []*telephony.Party{asker, a.party}, Beside: []*telephony.Party{v.Caller()}, Music: music})
			if err != nil {
				return err
			}
			now := time.Now()
			s.asked, s.guests = a, nil // who was a guest is asked alone again
			s.markParties(ctx)
			s.markHeld(ctx, now, false)
			s.report(ctx, queues.TalkHeld{Request: s.id}) // so that the history has it
			s.report(ctx, queues.TalkConsults{Request: s.id})
			s.remind(ctx, v, now)
			s.showAsked(v)
			return nil
		}
		err := s.backToCaller(ctx, v, telephony.Arrangement{In: []*telephony.Party{asker, v.Caller()}, Beside: []*telephony.Party{a.party}, Music: music})
		if err == nil {
			s.showAsked(v)
		}
		return err
	})
}

// backToCaller brings the caller back, who is on hold, as is wanted.
func (s *script) backToCaller(ctx context.Context, v *telephony.Conversation, wanted telephony.Arrangement) error {
	if s.agentHolds(v) {
		return ErrPhoneHolds
	}
	s.hush()
	if err := v.Bring(ctx, wanted); err != nil {
		return err
	}
	s.stopReminding()
	s.markHeld(ctx, time.Time{}, false)
	s.report(ctx, queues.TalkResumed{Request: s.id})
	return nil
}

// Join lets all hear each other.
func (l *Line) Join(ctx context.Context, id telephony.CallID, of queues.AgentID) error {
	return l.withAsked(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation, a *asked, asker *telephony.Party) error {
		return s.join(ctx, v, a, asker)
	})
}

func (s *script) join(ctx context.Context, v *telephony.Conversation, a *asked, asker *telephony.Party) error {
	in := []*telephony.Party{v.Caller(), a.party}
	if asker != nil { // they may have just left
		in = append(in, asker)
	}
	if err := s.backToCaller(ctx, v, telephony.Arrangement{In: in}); err != nil {
		return err
	}
	s.becomesGuest(a)
	s.markParties(ctx)
	s.aside.Asked = nil
	s.showGuests()
	return nil
}

// TakeBack ends the consultation, whether it rings yet or not: the agent talks with the caller alone.
func (l *Line) TakeBack(ctx context.Context, id telephony.CallID, of queues.AgentID) error {
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		a, asker := s.asked, s.asker(v)
		switch {
		case !s.consults():
			return ErrNotConsulting
		case asker == nil:
			return ErrTalkOver
		case s.agentHolds(v):
			return ErrPhoneHolds
		case a != nil && a.party == nil && len(s.guests) == 0:
			s.endAsked(ctx, v, a, string(queues.OfferWasRevoked))
			s.forgetAsked()
			return s.endHold(ctx, v)
		}
		if err := s.backToCaller(ctx, v, telephony.Arrangement{In: []*telephony.Party{asker, v.Caller()}}); err != nil {
			return err
		}
		for s.asked != nil {
			how := tickets.ConsultTakenBack
			if s.asked.party == nil {
				how = string(queues.OfferWasRevoked)
			}
			s.endAsked(ctx, v, s.asked, how)
		}
		for len(s.guests) > 0 {
			s.endAsked(ctx, v, s.guests[0], tickets.ConsultTakenBack)
		}
		s.forgetAsked()
		return nil
	})
}

// forgetAsked shows nothing more of a consultation that the agent has ended themselves.
func (s *script) forgetAsked() {
	if s.asked == nil {
		s.aside.Asked = nil
		s.showAside()
	}
}

// Complete passes the caller on to who was asked. The agent's talk is over then.
func (l *Line) Complete(ctx context.Context, id telephony.CallID, of queues.AgentID) error {
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		switch a := s.asked; {
		case s.asker(v) == nil:
			return ErrTalkOver
		case len(s.guests) > 0:
			return s.leaveToGuests(ctx, v)
		case a == nil || a.party == nil:
			return ErrNotConsulting
		default:
			return s.pass(ctx, v, a)
		}
	})
}

// pass lets the caller and who was asked talk, with the other guests, and hangs up who asked, where they have not done so themselves.
func (s *script) pass(ctx context.Context, v *telephony.Conversation, a *asked) error {
	s.hush()
	others := slices.DeleteFunc(slices.Clone(s.guests), func(g *asked) bool { return g == a })
	if err := v.Bring(ctx, telephony.Arrangement{In: append([]*telephony.Party{v.Caller(), a.party}, parties(others)...)}); err != nil {
		return err
	}
	s.stopReminding()
	s.endHelp(ctx, tickets.HelpOver)
	p, _ := s.note.phase.(talking)
	from, now := s.holder.offer, time.Now()
	s.file.Transferred(now, tickets.Transferred{Agent: s.agent(from), Since: p.Since, To: a.with, Number: a.Number.Key(), Note: a.Note})
	s.talk += now.Sub(s.holder.began)
	s.holder, s.guests = holder{began: now}, others
	if a.id == "" {
		s.mark(ctx, outside{p.Queue, a.Number.Key(), guestNotes(others)})
		s.line.leave(s.call)
	} else {
		o := a.offer.Offer
		s.holder.offer = queues.Offer{ID: o.ID, Request: s.id, Agent: o.Agent, Queue: p.Queue, At: now}
		s.answered(now, s.holder.offer)(true)
		s.mark(ctx, talking{Queue: p.Queue, Agent: o.Agent, Offer: o.ID, Since: now, Waited: p.Waited, Guests: guestNotes(others)})
		s.line.enter(s.call, talk{script: s, with: v, of: o.Agent})
	}
	s.line.Desk.Ended(from, s.file.Pop(), tickets.Served)
	s.shows = nil
	s.endAsked(ctx, v, a, tickets.ConsultPassed)
	s.recordPassed(ctx, v, from.Agent, s.holder.offer.Agent)
	s.aside = Aside{Ends: s.aside.Ends, Recording: s.aside.Recording}
	if a.id == "" {
		s.report(ctx, queues.TalkEnded{Request: s.id})
		return nil
	}
	to := s.holder.offer
	s.report(ctx, queues.TalkPassed{Request: s.id, Consult: a.id, To: to.Agent})
	s.line.Desk.Talking(queues.Offered{Offer: to}, now, s.file.Pop())
	s.shows = func(a Aside) { s.line.Desk.Aside(to, a) }
	s.showGuests()
	return nil
}

// partyLeft does what follows when one of a talk has hung up in which somebody is asked.
func (s *script) partyLeft(ctx context.Context, v *telephony.Conversation, who *telephony.Party) {
	a := s.asked
	switch {
	case s.guest(who) != nil:
		s.lostAsked(ctx, v, s.guest(who))
		s.endAsked(ctx, v, s.guest(who), tickets.ConsultLeft)
		s.beep(ctx, v)
		if s.outlasts != nil {
			s.showAlone()
		}
	case a != nil && who == a.party:
		s.lostAsked(ctx, v, a)
		s.endAsked(ctx, v, a, tickets.ConsultLeft)
		s.beep(ctx, v)
	case s.holder.offer.Agent == "": // somebody outside whose talk it was: the others talk on
	case s.absent == nil && s.leavesWithPage(ctx, v, who):
		return
	case len(s.guests) > 0:
		s.lostAsker(ctx, v)
		if err := s.leaveToGuests(ctx, v); err != nil && ctx.Err() == nil {
			s.log.Warn("a caller whose agent has hung up could not be left with the guests of the talk", "err", err)
		}
	case a == nil:
	default:
		s.lostAsker(ctx, v)
		if err := s.leaveToAsked(ctx, v, a); err != nil && ctx.Err() == nil {
			s.log.Warn("a caller whose agent has hung up while somebody was asked could not be passed on to them", "err", err)
		}
	}
	if a := s.absent; a != nil && a.over == notOver && s.coverAbsence(ctx, v) != nil {
		a.over = staysAway // the caller is alone
	}
}

// callerLeft is the agent, where they and those who were asked talk on as the caller has hung up: who was on hold, or with the agent while the other was, or in a
// talk of all; nil where it is over. The agent is told so, and so is the ticket: the caller's contact ends now, and what is told of those who were asked, with the
// agent's talk, when the agent hangs up or is alone. Whose phone rings yet is asked no more.
//
// It is called again for those whom a restart has found so, by the note that goes on the agent's leg, or was there already (see foresee).
func (s *script) callerLeft(ctx context.Context, v *telephony.Conversation) (_ *telephony.Party, note string) {
	a, asker := s.asked, s.asker(v)
	if asker != nil && len(s.guests) == 0 && a == nil && s.call.Broken().IsZero() && s.line.byPhone(s.holder.offer.Agent) {
		s.tellCallerLost()
		s.pauseOver()
		s.recordingOver()
		s.file.Ended(time.Now(), s.note.Outcome)
		s.asksDisposition(ctx, asker.Leg())
		return nil, ""
	}
	if asker == nil || len(s.guests) == 0 && (a == nil || a.party == nil) || !s.call.Broken().IsZero() {
		return nil, "" // where the switch has died the others are about to be told as gone, too
	}
	s.outlasts = asker
	if l := s.note.Left; l != nil && !l.Ahead {
		s.showAlone()
		return asker, ""
	}
	s.hush = func() {} // it has ended with the caller
	s.stopReminding()
	s.endHelp(ctx, tickets.HelpOver)
	s.tellCallerLost()
	s.pauseOver()
	s.recordingOver()
	if a != nil && a.party == nil {
		s.endAsked(ctx, v, a, tickets.ConsultOver)
	}
	s.file.Ended(time.Now(), s.note.Outcome)
	go func() { // once they are noted: a restart is to find what the agent has seen
		_ = v.Meanwhile(ctx, func(ctx context.Context) error { s.showAlone(); s.beep(ctx, v); return nil })
	}()
	s.note.Left = &leftOf{From: s.arrival.From, Name: s.arrival.Name, To: s.arrival.To, At: s.arrival.At}
	return asker, s.enters(s.note.phase)
}

// foresee notes on the agent's channel with whom they talk on should the caller leave while there is no Hotline: the note of the talk goes with the caller's.
func (s *script) foresee(ctx context.Context) {
	v := s.call.Conversation()
	if _, talks := s.note.phase.(talking); v == nil || !talks || s.call.Left() {
		return
	}
	asker := s.asker(v)
	var others []*telephony.Party
	for _, a := range s.allAsked() {
		if a.party != nil {
			others = append(others, a.party)
		}
	}
	if asker == nil || len(others) == 0 {
		return
	}
	n := s.note
	n.Left = &leftOf{From: s.arrival.From, Name: s.arrival.Name, To: s.arrival.To, At: s.arrival.At, Ahead: true}
	text, err := n.text()
	if err = cmp.Or(err, telephony.MayNote(text)); err == nil {
		err = v.Foresee(ctx, text, asker, others...)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, telephony.ErrGone) {
		s.log.Warn("it is not noted with whom an agent talks on if the caller leaves while there is no Hotline", "err", err)
	}
}

// showAlone shows the agent whom they talk with without the caller: of several guests the first as who was asked, beside the others.
func (s *script) showAlone() {
	a := s.asked
	if a == nil {
		a = s.heir()
	}
	if a != nil {
		s.aside.Asked = &Asked{ID: a.key(), Who: a.with.Name, Number: a.Number.Key(), State: AskedAlone, Since: time.Now()}
	}
	s.showGuests()
}

// leaveToAsked lets who is asked have the caller, as who asked has hung up: at once where they have answered, be it in this moment,
// and otherwise by sending the caller on, which is noted before anything is said of the consultation that it ends.
func (s *script) leaveToAsked(ctx context.Context, v *telephony.Conversation, a *asked) error {
	if a.party == nil {
		a.stop()
		select { // the same phone is about to ring again
		case <-a.rung:
			if a.reached != nil {
				a.comes(a.reached)
			}
		case <-time.After(patience):
		}
	}
	if a.party != nil {
		return s.pass(ctx, v, a)
	}
	err := s.send(ctx, v, a.transfer())
	s.endAsked(ctx, v, a, string(queues.OfferWasRevoked))
	return err
}

// transfer sends the caller where somebody is asked.
func (c Consult) transfer() Transfer {
	return Transfer(c)
}

// lostAsker keeps an agent from further calls whose phone was not heard of any more.
func (s *script) lostAsker(ctx context.Context, v *telephony.Conversation) {
	if v.Lost() {
		s.tellLost()
		s.phoneLost(ctx)
	}
}

// lostAsked keeps a colleague from further calls whose phone was not heard of any more, before the router is told that they are free. The ticket says
// that they have left: the caller has lost nobody.
func (s *script) lostAsked(ctx context.Context, v *telephony.Conversation, a *asked) {
	if a.id != "" && v.Lost() {
		s.line.lostAgents.Add(1)
		s.report(ctx, queues.AgentNotReady{Agent: a.offer.Offer.Agent, Reason: queues.PhoneLost})
	}
}

// lostAlone does so with whoever has talked on without the caller to the end. The ticket says nothing of it: its contact was over.
func (s *script) lostAlone(ctx context.Context) {
	if s.outlasts == nil {
		return
	}
	s.lostPhone(ctx, s.outlasts, s.holder.offer.Agent)
	for _, a := range s.allAsked() {
		if a.party != nil {
			s.lostPhone(ctx, a.party, a.offer.Offer.Agent)
		}
	}
}

func (s *script) lostPhone(ctx context.Context, p *telephony.Party, of queues.AgentID) {
	if of != "" && p.Leg().Lost() {
		s.line.lostAgents.Add(1)
		s.report(ctx, queues.AgentNotReady{Agent: of, Reason: queues.PhoneLost})
	}
}

// askedNote is what a call's note keeps of who is asked. Without a Leg their phone rings.
type askedNote struct {
	Request  queues.RequestID `json:"request,omitempty"`
	Offer    queues.OfferID   `json:"offer,omitempty"`
	Agent    queues.AgentID   `json:"agent,omitempty"`
	Queue    queues.QueueID   `json:"queue,omitempty"`
	Number   string           `json:"number,omitempty"`
	Leg      telephony.LegID  `json:"leg,omitempty"`
	Rang     time.Time        `json:"rang"`
	Answered time.Time        `json:"answered,omitzero"`
	Joined   time.Time        `json:"joined,omitzero"`
	Note     string           `json:"note,omitempty"`
}

func (a *asked) noted() *askedNote {
	o := a.offer.Offer
	n := &askedNote{Request: a.id, Offer: o.ID, Agent: o.Agent, Queue: a.Queue, Number: a.Number.Key(), Rang: a.rang, Answered: a.answered, Joined: a.joined, Note: a.Note}
	if a.party != nil {
		n.Leg = a.party.Leg().ID()
	}
	return n
}

// findAsked finds who was asked before a restart, where they are still there.
func (s *script) findAsked(v *telephony.Conversation, p talking) *asked {
	if p.Asked == nil {
		return nil
	}
	a := s.askedBefore(p.Asked, s.agent(queues.Offer{Agent: p.Agent}), p)
	if !s.found(v, a, p.Asked.Leg) {
		return nil
	}
	return a
}

// found finds by their leg who was asked before a restart; false where they are not there any more.
func (s *script) found(v *telephony.Conversation, a *asked, leg telephony.LegID) bool {
	i := slices.IndexFunc(v.Others(), func(other *telephony.Party) bool { return other.Leg().ID() == leg })
	if i < 0 {
		return false
	}
	a.party = v.Others()[i]
	if a.id == "" {
		s.line.outside.found(s.call.ID(), s.sent(a.Number.Key()))
	}
	return true
}

// askedBefore is who was asked before a restart in a talk, and by whom, as the note has them.
func (s *script) askedBefore(n *askedNote, asks tickets.Agent, p talking) *asked {
	a := &asked{Consult: Consult{Queue: n.Queue, Note: n.Note}, id: n.Request, rang: n.Rang, answered: n.Answered, stop: func() {}, asks: asks}
	if n.Number != "" {
		a.Number = telephony.NumberOf(n.Number, "")
		return a
	}
	if n.Queue == "" {
		a.Agent = n.Agent
	}
	a.offer = queues.Offered{Offer: queues.Offer{ID: n.Offer, Request: n.Request, Agent: n.Agent, Queue: p.Queue, At: n.Answered, Consults: s.id}}
	a.with = s.agent(a.offer.Offer)
	a.pop = s.file.Pop()
	a.pop.Asks = &tickets.Sender{Agent: a.asks, Since: p.Since, At: n.Rang, Note: n.Note}
	return a
}

// notFound ends a consultation or an invitation of before a restart of which nobody was found: the phone rang, or who was asked has hung up
// meanwhile. Who asked decides what comes next, and is told so. Where nobody was asked it does nothing.
func (s *script) notFound(ctx context.Context, v *telephony.Conversation) {
	p, _ := s.note.phase.(talking)
	if s.asked != nil || p.Asked == nil {
		return
	}
	how := string(queues.OfferHasFailed)
	if !p.Asked.Answered.IsZero() {
		how = tickets.ConsultLeft
	}
	s.endAsked(ctx, v, s.askedBefore(p.Asked, s.agent(queues.Offer{Agent: p.Agent}), p), how)
	s.beep(ctx, v)
}

// resumeSent goes on with a caller who was found alone, whose agent has hung up while somebody's phone rang who was asked: they are
// sent on, as if Hotline had been there. A number outside is not called again: the caller is given back to the agent.
func (s *script) resumeSent(ctx context.Context, p talking) error {
	a := s.askedBefore(p.Asked, s.agent(queues.Offer{Agent: p.Agent}), p)
	if s.noteSent(ctx, p, a.transfer()) != nil {
		return s.waitOn(ctx, p.Waited)
	}
	s.sendsTo = ""
	s.tellAsked(a, string(queues.OfferWasRevoked))
	return s.waitOn(ctx, s.place)
}

// resumeAsked goes on with a consultation that a restart has found; gone says that who asked has hung up meanwhile.
func (s *script) resumeAsked(ctx context.Context, v *telephony.Conversation) (gone bool) {
	all := s.allAsked()
	for _, a := range all {
		if a.id != "" {
			s.report(ctx, queues.TalkRestored{Agent: a.offer.Offer.Agent, Request: a.id, Queue: s.holder.offer.Queue, Since: a.answered, Called: true, Consults: s.id})
		}
	}
	if s.asker(v) == nil {
		return true
	}
	if s.asked != nil && v.Held() && (s.note.Left == nil || !s.note.talks().Held.IsZero()) { // who has left is not on hold
		s.report(ctx, queues.TalkConsults{Request: s.id})
	}
	for _, a := range all {
		if a.id != "" {
			s.line.Desk.Consulting(a.offer, a.answered, a.pop)
		}
	}
	return false
}

// passedMeanwhile goes on with a talk whose agent has hung up while Hotline was away, and left the caller to who was asked.
func (s *script) passedMeanwhile(ctx context.Context, v *telephony.Conversation) error {
	s.notFound(ctx, v)
	a := s.heir()
	if a == nil {
		a = s.asked
	}
	if err := s.pass(ctx, v, a); err != nil {
		s.log.Warn("a caller could not be passed on to who was asked before a restart", "err", err)
	}
	h := s.holder
	if h.offer.Agent == "" {
		defer s.line.outside.leave(s.call.ID())
		return s.talkWithGuests(ctx, v)
	}
	return s.converse(ctx, h.offer, v, h.began, nil)
}
