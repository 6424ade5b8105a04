package ivr

import (
	"context"
	"errors"
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony"
)

// An agent whose phone is their page loses it in the midst of a talk where the page is loaded again, is closed, or its network is gone for longer than the
// switch bears. The talk waits for them: the caller hears music, and so does who is asked, or they talk on with the guests, and the phone is called until the page
// is there again, which answers by itself. Then all is as it was:
//
//	                      ┌─ the phone answers ──────────────────► the talk, the hold, the consultation, as it was
//	talk ─ note ─ music ──┼─ not within Options.PageAwaited ─────► as where any phone is lost: lost.go, or who was asked has the caller
//	                      └─ the agent ends the talk on the desk ► as where they hang up
//
// To the router and the desk the talk goes on, with the caller on hold. A Hotline that dies meanwhile leaves a caller with music or with the others, whom the
// next one finds: it calls the page anew for one who is alone, and others have the caller from then on.

const (
	pageAwaited    = 15 * time.Second       // how long a page is awaited that was the phone of a talk, where the installation says nothing else
	pageCalled     = 500 * time.Millisecond // after each time that its phone was called in vain it is called again
	pageAnswersFor = 8 * time.Second        // a page that is rung in the last moment has so long to open its microphone
)

// ErrPageGone says that something cannot be done in a talk as the agent's page, which is their phone, is not back in it yet.
var ErrPageGone = errors.New("the agent's phone is not back in the talk")

// absence is that of the agent of a talk whose page is gone. The call's goroutine only.
type absence struct {
	stop func() // ends the calling
	held bool   // the router was told that the caller is on hold because of it
	with *asked // who talked with the agent, and is to again; nil is nobody but the caller and the guests
	over absenceOver
}

// absenceOver is how an absence has ended in which the caller was alone.
type absenceOver uint8

const (
	notOver    absenceOver = iota
	staysAway              // the page was not back in time
	agentEnded             // the agent has ended the talk on the desk
)

// leavesWithPage reports whether a talk waits for its agent, whose leg has just ended.
func (s *script) leavesWithPage(ctx context.Context, v *telephony.Conversation, who *telephony.Party) bool {
	p, on := s.note.phase.(talking)
	supervised := slices.ContainsFunc(v.Others(), func(p *telephony.Party) bool { return p.Role() == telephony.Supervisor })
	if !on || supervised || !v.Lost() || !s.line.Directory.OnPage(p.Agent) || s.call.Left() || !s.call.Broken().IsZero() || s.hungUp.Load() == who.Leg() {
		return false
	}
	s.tellLost()
	return s.awaitPage(ctx, v)
}

// awaitPage lets the talk wait for its agent. Where it fails it is as if they were lost.
func (s *script) awaitPage(ctx context.Context, v *telephony.Conversation) bool {
	p, _ := s.note.phase.(talking)
	p.Away = time.Now()
	s.mark(ctx, p)
	calling, stop := context.WithCancel(ctx)
	a := &absence{stop: stop}
	s.absent = a
	if err := s.coverAbsence(ctx, v); err != nil {
		if ctx.Err() == nil && !errors.Is(err, telephony.ErrHangup) {
			s.log.Warn("a caller whose agent's page is gone cannot wait for them", "err", err)
		}
		s.agentIsBack(ctx)
		return false
	}
	s.aside.Returns = true
	s.showAside()
	go s.callPage(calling, v, a, telephony.Dial{To: s.line.Directory.Address(s.holder.offer.Agent), From: s.arrival.From, Name: s.callerName()})
	return true
}

// coverAbsence lets those hear music who would hear nobody while the agent is not there: the caller, and who is asked. Guests and a supervisor who are left with the
// caller have them.
func (s *script) coverAbsence(ctx context.Context, v *telephony.Conversation) (err error) {
	p, _ := s.note.phase.(talking)
	a, now := s.asked, v.Now()
	switch {
	case len(s.guests) > 0:
		if v.Held() { // by a key of the phone that is gone
			return s.endHold(ctx, v)
		}
		return nil
	case a != nil && a.party != nil:
		if contains(now.In, a.party) && v.Held() {
			s.absent.with = a
		}
	case len(v.Others()) > 0:
		return nil
	}
	err = v.Await(ctx, s.music(s.at()))
	if err == nil && p.Held.IsZero() && !s.absent.held {
		s.absent.held = true
		s.report(ctx, queues.TalkHeld{Request: s.id})
	}
	return err
}

// callPage calls the phone of a page that is gone until it answers, or for as long as it is awaited.
func (s *script) callPage(ctx context.Context, v *telephony.Conversation, a *absence, d telephony.Dial) {
	for until := time.Now().Add(s.line.PageAwaited); time.Now().Before(until); {
		d.Timeout = max(time.Until(until), pageAnswersFor)
		leg, err := s.call.DialAs(ctx, d)
		if err == nil {
			over := v.Meanwhile(context.WithoutCancel(ctx), func(ctx context.Context) error {
				if s.absent != a || a.over != notOver {
					return ErrTalkOver
				}
				return s.pageBack(ctx, v, leg)
			})
			if over == nil {
				return
			}
			s.hangUp(ctx, leg)
		}
		select {
		case <-time.After(pageCalled):
		case <-ctx.Done():
			return
		}
	}
	_ = v.Meanwhile(context.WithoutCancel(ctx), func(ctx context.Context) error { // where the talk is over, so is the absence
		if s.absent == a && a.over == notOver {
			s.endAbsence(ctx, v, staysAway)
		}
		return nil
	})
}

// pageBack brings the agent back, with the caller on hold first, as when a talk is taken from hold.
func (s *script) pageBack(ctx context.Context, v *telephony.Conversation, leg *telephony.Leg) error {
	p, _ := s.note.phase.(talking)
	agent, now := leg.As(telephony.Agent), v.Now()
	if err := v.Bring(ctx, telephony.Arrangement{In: append(now.In, agent), Beside: now.Beside, Music: now.Music}); err != nil {
		return err
	}
	s.holder.leg, s.holder.told = leg, false
	s.file.ConnectionBack(time.Now(), s.agent(s.holder.offer))
	with := s.absent.with
	if with != s.asked {
		with = nil // they have left
	}
	if !s.joinAgain(ctx, v, agent, with, p.Held.IsZero()) && p.Held.IsZero() {
		s.markHeld(ctx, time.Now(), false)
	}
	s.agentIsBack(ctx)
	if p, _ = s.note.phase.(talking); !p.Held.IsZero() { // the hold may have lasted too long meanwhile, which is not tried twice
		s.remind(ctx, v, p.Held)
	}
	s.showAsked(v)
	return nil
}

// joinAgain brings together an agent who is back and whom they talked with: who is asked, or, where that is nobody and they had not put them on hold, the caller. It is
// false where they stay apart.
func (s *script) joinAgain(ctx context.Context, v *telephony.Conversation, agent *telephony.Party, with *asked, talked bool) bool {
	if !v.Held() || with == nil && !talked {
		return true
	}
	s.hush()
	wanted := telephony.Arrangement{In: []*telephony.Party{agent}, Music: v.Now().Music}
	for _, other := range append(v.Others(), v.Caller()) {
		switch {
		case other == agent:
		case other.Role() == telephony.Supervisor, with != nil && other == with.party, with == nil && other == v.Caller():
			wanted.In = append(wanted.In, other)
		default:
			wanted.Beside = append(wanted.Beside, other)
		}
	}
	err := v.Bring(ctx, wanted)
	if err == nil || ctx.Err() != nil || errors.Is(err, telephony.ErrHangup) {
		return true
	}
	s.log.Warn("whom an agent talked with who is back stays on hold", "err", err)
	return false
}

// agentIsBack ends an absence.
func (s *script) agentIsBack(ctx context.Context) {
	a := s.absent
	s.absent = nil
	a.stop()
	p, _ := s.note.phase.(talking)
	p.Away = time.Time{}
	s.mark(ctx, p)
	if a.held && p.Held.IsZero() {
		s.report(ctx, queues.TalkResumed{Request: s.id})
	}
	if s.aside.Returns {
		s.aside.Returns = false
		s.showAside()
	}
}

// endAbsence ends one whose agent does not come back: whoever else is in the talk has the caller, as where an agent hangs up.
func (s *script) endAbsence(ctx context.Context, v *telephony.Conversation, how absenceOver) {
	a, asked := s.absent, s.asked
	a.stop()
	var err error
	if len(s.guests) > 0 || asked != nil {
		s.absent, s.aside.Returns = nil, false
		if how == staysAway {
			s.phoneLost(ctx)
		}
		if len(s.guests) > 0 {
			err = s.leaveToGuests(ctx, v)
		} else {
			err = s.leaveToAsked(ctx, v, asked)
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		s.log.Warn("a caller whose agent is gone could not be passed on to who is in the talk", "err", err)
		s.absent = a
	}
	a.over = how
	if err := v.Leave(ctx, s.music(s.at())); err != nil && ctx.Err() == nil && !errors.Is(err, telephony.ErrHangup) {
		s.log.Warn("a caller whose agent is gone stays in the talk", "err", err)
	}
}

// leavesAbsent ends the absence of an agent whose caller a supervisor has from now on, and says whether their phone is lost.
func (s *script) leavesAbsent(ctx context.Context, v *telephony.Conversation) (lost bool) {
	if lost = s.absenceEnds() != agentEnded; lost {
		s.phoneLost(ctx)
	}
	if s.asked != nil { // their phone rings yet
		s.endAsked(ctx, v, s.asked, string(queues.OfferWasRevoked))
	}
	s.aside.Returns = false
	p, _ := s.note.phase.(talking)
	p.Away = time.Time{}
	s.mark(ctx, p)
	return lost
}

// absenceEnds ends the absence of an agent whose talk is over, and says how it was over, where it was.
func (s *script) absenceEnds() absenceOver {
	a := s.absent
	if a == nil {
		return notOver
	}
	s.absent = nil
	a.stop()
	return a.over
}

// hangsUpAway ends the talk of an agent who hangs up on the desk while their phone is not in it. False where they are not away.
func (t talk) hangsUpAway(ctx context.Context, agent queues.AgentID) (was bool, err error) {
	s := t.script
	if t.with == nil {
		return false, nil
	}
	err = t.with.Meanwhile(ctx, func(ctx context.Context) error {
		if was = s.absent != nil && s.absent.over == notOver && s.holder.offer.Agent == agent; was {
			s.endAbsence(ctx, t.with, agentEnded)
		}
		return nil
	})
	if errors.Is(err, telephony.ErrNotTalking) || errors.Is(err, telephony.ErrHangup) {
		return false, nil
	}
	return was, err
}
