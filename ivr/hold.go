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

// An agent puts the caller on hold, and takes them back, from the desk. The call's own goroutine does both in the midst of the
// talk. Whether a caller is on hold, the switch knows: a restart goes by who is in the bridge, and not by the note.
//
//	talking ── Hold: music, bridge, note, TalkHeld ──► on hold ── Resume: bridge, music, note, TalkResumed ──► talking

var (
	// ErrTalkOver says that there is no talk (any more) in which something could be done.
	ErrTalkOver = errors.New("the talk is over")
	// ErrHeld and ErrNotHeld say that the caller is on hold already, or is not.
	ErrHeld    = errors.New("the caller is on hold already")
	ErrNotHeld = errors.New("the caller is not on hold")
)

// Hold lets the caller of a talk hear music, and not the agent.
func (l *Line) Hold(ctx context.Context, id telephony.CallID) error {
	return l.meanwhile(ctx, id, (*script).hold)
}

// Resume lets the two hear each other again.
func (l *Line) Resume(ctx context.Context, id telephony.CallID) error {
	return l.meanwhile(ctx, id, (*script).unhold)
}

// meanwhile lets the script of a talk do something in its own goroutine.
func (l *Line) meanwhile(ctx context.Context, id telephony.CallID, do func(*script, context.Context, *telephony.Conversation) error) error {
	t, on := l.talk(id)
	if !on || t.with == nil {
		return ErrTalkOver
	}
	err := t.with.Meanwhile(ctx, func(ctx context.Context) error { return do(t.script, ctx, t.with) })
	if errors.Is(err, telephony.ErrNotTalking) || errors.Is(err, telephony.ErrHangup) {
		return ErrTalkOver
	}
	return err
}

func (s *script) hold(ctx context.Context, v *telephony.Conversation) error {
	if v.Held() {
		return ErrHeld
	}
	if err := v.Hold(ctx, s.music(s.at())); err != nil {
		return err
	}
	s.markHeld(ctx, time.Now())
	s.report(ctx, queues.TalkHeld{Request: s.id})
	return nil
}

func (s *script) unhold(ctx context.Context, v *telephony.Conversation) error {
	if !v.Held() {
		return ErrNotHeld
	}
	if err := v.Resume(ctx); err != nil {
		return err
	}
	s.markHeld(ctx, time.Time{})
	s.report(ctx, queues.TalkResumed{Request: s.id})
	return nil
}

// markHeld notes since when the caller of the talk is on hold; zero where they are not any more.
func (s *script) markHeld(ctx context.Context, since time.Time) {
	p, _ := s.note.phase.(talking)
	p.Held = since
	s.mark(ctx, p)
}

// stillHeld is since when a caller who was found after a restart is on hold: as noted, or else since now; zero where they are not on
// hold. Their music begins anew, as nobody knows whether it had begun.
func (s *script) stillHeld(ctx context.Context, v *telephony.Conversation, noted time.Time) time.Time {
	if err := v.Join(ctx); err != nil { // a hold may have been noted and not begun
		s.log.Warn("a conversation found after a restart is not as it was noted", "err", err)
	}
	if !v.Held() {
		return time.Time{}
	}
	if err := v.Hold(ctx, s.music(s.at())); err != nil {
		s.log.Warn("the music of a caller on hold may have ended", "err", err)
	}
	if noted.IsZero() { // Hotline died before it was noted
		return time.Now()
	}
	return noted
}

// music is the class of music that is heard at a node: that of its queue, or the usual one.
func (s *script) music(at flow.NodeID) string {
	n, _ := s.line.Flow.Queue(at)
	return cmp.Or(n.Music, "default")
}
