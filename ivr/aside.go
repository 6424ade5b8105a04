package ivr

import (
	"context"
	"errors"
	"time"

	"hotline/queues"
	"hotline/telephony"
)

// What is usual where an installation says nothing else.
const (
	// UsualHoldRemind is how often who holds a caller is reminded.
	UsualHoldRemind = 2 * time.Minute
	holdLongest     = 30 * time.Minute
	longestCall     = 4 * time.Hour
	warnBefore      = 5 * time.Minute // the agent of a call that is about to last too long is told so
)

// Aside is what the agent of a talk is to know beside it.
type Aside struct {
	PhoneHolds  bool      // the agent's own phone holds, with its own key
	CallerHolds bool      // the caller's does
	Reminded    time.Time // when the agent was reminded last of who is on hold; zero is not at all
	Ends        time.Time // the call is ended then, for it lasts too long; zero while that is far
	Recording   RecordingAside
	Asked       *Asked  // who is asked, or was lately; nil is nobody
	Guests      []Guest // who was asked and is in the talk with the caller; to a guest, the others
	Help        *Help   // the agent calls for a supervisor; nil is not at all
	Returns     bool    // the agent's phone, which is their page, is gone from the talk, and is called until it is back
}

// beginAside lets the desk show what is beside a talk, until the function that it returns is called.
func (s *script) beginAside(ctx context.Context, o queues.Offer, v *telephony.Conversation) (end func()) {
	s.aside = Aside{}
	s.shows = func(a Aside) { s.line.Desk.Aside(o, a) }
	v.WhenLeaving(func(ctx context.Context, p *telephony.Party) { s.partyLeft(ctx, v, p) })
	v.WhenCallerLeaves(func(ctx context.Context) (*telephony.Party, string) { return s.callerLeft(ctx, v) })
	v.WhenOnlySupervised(func(ctx context.Context) bool { return s.leftToSupervisor(ctx, v) })
	v.WhenHolding(func(ctx context.Context, p *telephony.Party, holds bool) { s.phoneHolds(ctx, v, p, holds) })
	v.WhenTyping(func(ctx context.Context, p *telephony.Party, d telephony.Digit) { s.typed(ctx, v, p, d) })
	ends := s.arrival.At.Add(s.line.LongestCall)
	warning := s.later(ctx, v, time.Until(ends)-warnBefore, func(ctx context.Context) {
		s.aside.Ends = ends
		s.showAside()
		s.beep(ctx, v)
	})
	return func() {
		warning()
		s.keys.stopWaiting()
		s.keys = keys{}
		s.shows = nil
	}
}

func (s *script) showAside() {
	if s.shows != nil {
		s.shows(s.aside)
	}
}

// remind tells the agent again and again, on the desk and by a tone on their phone, that somebody is on hold since a time, and takes the
// caller back when that has lasted too long. It ends with the hold.
func (s *script) remind(ctx context.Context, v *telephony.Conversation, since time.Time) {
	s.stopReminding()
	var again, longest func()
	var next func()
	next = func() {
		left := s.line.HoldRemind - time.Since(since)%s.line.HoldRemind
		again = s.later(ctx, v, left, func(ctx context.Context) {
			s.aside.Reminded = time.Now()
			s.showAside()
			s.beep(ctx, v)
			s.comfort(ctx, v)
			next()
		})
	}
	next()
	longest = s.later(ctx, v, s.line.HoldLongest-time.Since(since), func(ctx context.Context) {
		s.log.Info("a caller was on hold for as long as may be, and is taken back")
		if err := s.takeBackAfterLong(ctx, v); err != nil && ctx.Err() == nil {
			s.log.Info("a caller stays on hold though it lasts too long", "err", err)
		}
	})
	s.reminder = func() { again(); longest() }
}

// takeBackAfterLong takes a caller back who is on hold for too long. Who was asked meanwhile talks on with both.
func (s *script) takeBackAfterLong(ctx context.Context, v *telephony.Conversation) error {
	a := s.asked
	if s.absent != nil {
		return ErrPageGone
	}
	if a == nil {
		return s.unhold(ctx, v)
	}
	if s.agentHolds(v) {
		return ErrPhoneHolds
	}
	if a.party == nil {
		s.endAsked(ctx, v, a, string(queues.OfferWasRevoked))
		return s.endHold(ctx, v)
	}
	return s.join(ctx, v, a, s.asker(v))
}

// comfort says to the caller on hold that they are not forgotten.
func (s *script) comfort(ctx context.Context, v *telephony.Conversation) {
	s.hush()
	stop, err := v.Tell(ctx, s.words(stillHeldPrompt))
	if err != nil && ctx.Err() == nil && !errors.Is(err, telephony.ErrHangup) {
		s.log.Warn("a caller on hold is not told that they are not forgotten", "err", err)
	}
	s.hush = stop
}

func (s *script) stopReminding() {
	s.hush()
	if s.reminder != nil {
		s.reminder()
		s.reminder = nil
	}
	if !s.aside.Reminded.IsZero() {
		s.aside.Reminded = time.Time{}
		s.showAside()
	}
}

// later does something in the call's own goroutine, in the midst of a talk, after a time; not where it is stopped before, or the talk is over.
func (s *script) later(ctx context.Context, v *telephony.Conversation, after time.Duration, do func(ctx context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	t := time.AfterFunc(after, func() {
		_ = v.Meanwhile(ctx, func(talk context.Context) error {
			if ctx.Err() == nil {
				do(talk)
			}
			return nil
		})
	})
	return func() { t.Stop(); cancel() }
}

// beep lets the agents of a talk hear a tone. Nothing waits for it.
func (s *script) beep(ctx context.Context, v *telephony.Conversation) {
	for _, p := range v.Others() {
		if p.Role() == telephony.Agent {
			s.tone(ctx, p, "beep")
		}
	}
}

// tone lets one of a talk hear a tone, who is not the caller. Nothing waits for it.
func (s *script) tone(ctx context.Context, p *telephony.Party, t telephony.Tone) {
	go func() {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		tone := telephony.Announcement{Language: s.line.Languages[0], Parts: []telephony.Part{t}}
		if err := s.call.LetHear(ctx, p.Leg(), tone); err != nil && ctx.Err() == nil {
			s.log.Debug("an agent does not hear a tone", "tone", t, "err", err)
		}
		if v := s.call.Conversation(); v != nil {
			_ = v.Meanwhile(ctx, v.RingOn) // the tone has ended that of ringing; one that the agent does not hear is no fault of the talk
		}
	}()
}

// endAtLongest hangs a call up that has lasted too long, a ghost perhaps, until the function that it returns is called.
func (l *Line) endAtLongest(ctx context.Context, call *telephony.Call, began time.Time) (stop func()) {
	ends := began.Add(l.LongestCall)
	t := time.AfterFunc(max(time.Until(ends), patience), func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		l.Log.Warn("a call is ended, for it has lasted as long as may be", "call", call.ID(), "longest", l.LongestCall)
		call.Hangup(ctx)
	})
	return func() { t.Stop() }
}
