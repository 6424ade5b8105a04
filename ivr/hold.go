package ivr

import (
	"cmp"
	"context"
	"errors"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
)

// An agent puts the caller on hold, and takes them back, from the desk, or with a key of their own phone, or both, in whatever order. The
// call's own goroutine does it in the midst of the talk. The caller is on hold while one of the two holds, and hears the line's music:
//
//	talking ── desk or phone holds: music, bridge, note, TalkHeld ──► on hold
//	on hold ── neither holds any more: bridge, music, note, TalkResumed ──► talking
//
// Whether a caller is on hold, and whether the agent's phone holds, the switch knows: a restart goes by that. The note knows whether the
// desk holds.

var (
	// ErrTalkOver says that there is no talk (any more) in which something could be done.
	ErrTalkOver = errors.New("the talk is over")
	// ErrHeld and ErrNotHeld say that the caller is on hold already, or is not.
	ErrHeld    = errors.New("the caller is on hold already")
	ErrNotHeld = errors.New("the caller is not on hold")
	// ErrPhoneHolds says that the agent's phone holds with a key of its own, which nobody else can press.
	ErrPhoneHolds = errors.New("the agent's phone holds the call with its own key")
)

// Hold lets the caller of an agent's talk hear music, and not the agent. As of all that agents do in their talks the error is ErrTalkOver
// where the caller is not theirs any more.
func (l *Line) Hold(ctx context.Context, id telephony.CallID, of queues.AgentID) error {
	return l.meanwhile(ctx, id, of, (*script).hold)
}

// Resume lets the two hear each other again.
func (l *Line) Resume(ctx context.Context, id telephony.CallID, of queues.AgentID) error {
	return l.meanwhile(ctx, id, of, (*script).unhold)
}

// meanwhile lets the script of a talk do something in its own goroutine. of is whose talk it is meant for: who asked for it may have passed the caller
// on in the same moment, and whose talk it is then is not to be disturbed by that. "" is whoever has the caller.
//
// While the switch cannot be reached it waits, and begins nothing once ctx has ended: who was told that something failed is not surprised by it later.
// What has begun is brought to its end, as half of it would leave people in silence.
func (l *Line) meanwhile(ctx context.Context, id telephony.CallID, of queues.AgentID, do func(*script, context.Context, *telephony.Conversation) error) error {
	t, on := l.talk(id)
	if !on || t.with == nil {
		return ErrTalkOver
	}
	if err := l.Linked(ctx); err != nil {
		return err
	}
	err := t.with.Meanwhile(ctx, func(ctx context.Context) error {
		switch {
		case of != "" && t.script.holder.offer.Agent != of:
			return ErrTalkOver
		case of != "" && t.script.absent != nil:
			return ErrPageGone
		}
		t.script.noteNow(ctx)
		return do(t.script, ctx, t.with)
	})
	if errors.Is(err, telephony.ErrNotTalking) || errors.Is(err, telephony.ErrHangup) {
		return ErrTalkOver
	}
	return err
}

func (s *script) hold(ctx context.Context, v *telephony.Conversation) error {
	if s.consults() {
		return ErrConsults
	}
	if v.Held() {
		if p, _ := s.note.phase.(talking); p.ByPhone {
			s.markHeld(ctx, p.Held, false) // the desk holds as well from now on
			return nil
		}
		return ErrHeld
	}
	return s.beginHold(ctx, v, false)
}

func (s *script) beginHold(ctx context.Context, v *telephony.Conversation, byPhone bool) error {
	if err := v.Hold(ctx, s.music(s.at())); err != nil {
		return err
	}
	now := time.Now()
	s.markHeld(ctx, now, byPhone)
	s.report(ctx, queues.TalkHeld{Request: s.id})
	s.remind(ctx, v, now)
	return nil
}

func (s *script) unhold(ctx context.Context, v *telephony.Conversation) error {
	if s.consults() {
		return ErrConsults
	}
	if !v.Held() {
		return ErrNotHeld
	}
	if s.agentHolds(v) {
		p, _ := s.note.phase.(talking)
		s.markHeld(ctx, p.Held, true) // the desk's part in it is over
		return ErrPhoneHolds
	}
	return s.endHold(ctx, v)
}

func (s *script) endHold(ctx context.Context, v *telephony.Conversation) error {
	s.hush()
	if err := v.Resume(ctx); err != nil {
		return err
	}
	s.stopReminding()
	s.markHeld(ctx, time.Time{}, false)
	s.report(ctx, queues.TalkResumed{Request: s.id})
	return nil
}

// agentHolds reports whether the phone of the agent whose talk it is holds with a key of its own.
func (s *script) agentHolds(v *telephony.Conversation) bool {
	p := s.asker(v)
	return p != nil && v.Holds(p)
}

// phoneHolds does what follows when a party holds with a key of their own phone, or does so no longer. A caller who holds is left to do so:
// the agent is told on the desk.
func (s *script) phoneHolds(ctx context.Context, v *telephony.Conversation, who *telephony.Party, holds bool) {
	s.noteNow(ctx)
	var err error
	p, _ := s.note.phase.(talking)
	switch {
	case who.Role() != telephony.Agent, s.wasAsked(who):
	case holds && v.Held(): // by the desk: the switch may have ended the music
		err = v.Cover(ctx)
	case holds:
		err = s.beginHold(ctx, v, true)
	case v.Held() && p.ByPhone:
		err = s.endHold(ctx, v)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, telephony.ErrHangup) {
		s.log.Warn("a phone that holds with its own key, or does so no longer, could not be followed", "err", err)
	}
	s.aside.PhoneHolds, s.aside.CallerHolds = s.agentHolds(v), v.Holds(v.Caller())
	s.showAside()
}

// markHeld notes since when the caller of the talk is on hold, and whether by the phone alone; zero where they are not any more.
func (s *script) markHeld(ctx context.Context, since time.Time, byPhone bool) {
	p, _ := s.note.phase.(talking)
	p.Held, p.ByPhone = since, byPhone
	s.mark(ctx, p)
}

// stillHeld is since when a caller who was found after a restart is on hold: as noted, or else since now; zero where they are not on
// hold. Their music begins anew, as nobody knows whether it had begun. Who was on hold by the phone alone, and whose phone holds no
// longer, is taken back.
func (s *script) stillHeld(ctx context.Context, v *telephony.Conversation, p talking) (since time.Time, byPhone bool) {
	phone := s.agentHolds(v)
	switch {
	case !v.Held() && !phone:
		return time.Time{}, false
	case v.Held() && p.ByPhone && !phone:
		if err := v.Resume(ctx); err == nil {
			return time.Time{}, false
		}
	}
	byPhone = phone && (p.ByPhone || !v.Held() || p.Held.IsZero()) // of a hold that is not noted the phone may have been the reason, and is there
	if err := v.Hold(ctx, s.music(s.at())); err != nil {
		s.log.Warn("the music of a caller on hold may have ended", "err", err)
	}
	if p.Held.IsZero() { // Hotline died before it was noted
		p.Held = time.Now()
	}
	return p.Held, byPhone
}

// music is the class of music that is heard at a node: that of its queue, or the usual one.
func (s *script) music(at flow.NodeID) string {
	n, _ := s.line.Flow.Queue(at)
	return cmp.Or(n.Music, "default")
}
