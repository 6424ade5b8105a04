package asterisk

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"hotline/telephony"
)

// call is a call that this Hotline serves. Its fields are guarded by Switch.mu.
//
//	arrive ──► serving ──► Serve has returned ──► caller's leg ended ──► forgotten
//	                └────► caller's leg ended ──► Serve has returned ──┘
//
// It stays registered until both have happened: a channel that is being hung up would otherwise look like one
// to adopt.
type call struct {
	*telephony.Call
	caller telephony.LegID
	legs   map[telephony.LegID]*leg // the caller's among them
	served bool                     // Serve has returned
	ended  bool                     // the caller's leg has
	// What plays and records, so that a resync can tell what ended in a gap.
	media map[telephony.MediaID]telephony.LegID
	// Recordings that a digit ends: ARI knows only "any", "*" and "#".
	until map[telephony.MediaID]string
}

// leg is a channel of a call.
type leg struct {
	id       telephony.LegID
	of       *call
	kind     legKind
	asked    bool          // Asterisk has confirmed that it makes the channel, which must be in its lists from then on
	ringing  bool          // the call was told so
	answered bool          // the call was told so
	giveUp   time.Time     // a dialled leg that ends after it without an answer was not answered in time
	entered  chan struct{} // of an earLeg alone: closed when it is in Stasis, and can be bridged
}

type legKind uint8

const (
	callerLeg legKind = iota
	dialledLeg
	earLeg // listens to another leg (Asterisk's snoop channel)
)

// arrive takes on a call, new or found again, and starts its goroutine. It is false when the call is known already, and when no
// calls are taken any more.
func (s *Switch) arrive(a telephony.Arrival) (*call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line == nil || s.calls[a.ID] != nil {
		return nil, false
	}
	c := &call{
		Call:   telephony.NewCall(s, a),
		caller: a.Leg,
		legs:   make(map[telephony.LegID]*leg),
		media:  make(map[telephony.MediaID]telephony.LegID),
		until:  make(map[telephony.MediaID]string),
	}
	s.calls[a.ID] = c
	if !a.Outgoing || a.Resume != nil { // Otherwise Dial makes the leg.
		s.addLeg(&leg{id: a.Leg, of: c, kind: callerLeg, asked: true, answered: a.Resume != nil && a.Resume.Answered})
	}
	if a.Resume != nil {
		for _, id := range slices.Concat(a.Resume.Bridged, a.Resume.Beside) {
			s.addLeg(&leg{id: id, of: c, kind: dialledLeg, asked: true, ringing: true, answered: true})
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	s.handed[c] = cancel
	line := s.line
	s.serving.Go(func() { s.serve(ctx, line, c) })
	return c, true
}

// addLeg registers a leg. It is called under mu.
func (s *Switch) addLeg(l *leg) {
	l.of.legs[l.id] = l
	s.legs[l.id] = l
}

// serve is the call's goroutine.
func (s *Switch) serve(ctx context.Context, line telephony.Line, c *call) {
	func() {
		defer func() {
			if what := recover(); what != nil {
				s.count.add(panics, 1)
				s.log.Error("line panicked; the call is hung up", "call", c.ID(), "panic", fmt.Sprint(what), "stack", string(debug.Stack()))
			}
		}()
		line.Serve(ctx, c.Call)
	}()
	if !telephony.HandedOver(ctx) {
		// This needs a context of its own, because the call's may have ended.
		ctx, cancel := context.WithTimeout(context.Background(), 2*s.opt.Deadline)
		defer cancel()
		c.Hangup(ctx)
		s.release(ctx, c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handed[c](nil)
	delete(s.handed, c)
	c.served = true
	c.ended = c.ended || s.legs[c.caller] == nil // An outgoing call whose customer was never dialled has no end to wait for.
	s.forgetIfOver(c)
}

// release removes what the script left behind: legs that the Call no longer counts, and bridges beside the main one.
func (s *Switch) release(ctx context.Context, c *call) {
	s.mu.Lock()
	var legs []telephony.LegID
	for id, l := range c.legs {
		if l.kind != callerLeg {
			legs = append(legs, id)
		}
	}
	s.mu.Unlock()
	for _, id := range legs {
		_ = s.Hangup(ctx, id, telephony.CauseNormal) // The sweeper removes what remains.
	}
	for _, id := range s.bridges.ofCall(c.ID()) {
		_ = s.Bridge(ctx, id)
	}
}

// forgetIfOver takes a call that is over out of the registry. It is called under mu.
func (s *Switch) forgetIfOver(c *call) {
	if !c.served || !c.ended {
		return
	}
	for id := range c.legs {
		delete(s.legs, id)
	}
	delete(s.calls, c.ID())
}

// legEnded takes a leg out of the registry and tells its call, once.
func (s *Switch) legEnded(id telephony.LegID, cause telephony.Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.legs[id]
	if l == nil {
		return
	}
	now := time.Now()
	if l.kind == dialledLeg && !l.answered && !l.giveUp.IsZero() && !now.Before(l.giveUp) {
		cause = telephony.CauseNoAnswer
	}
	c := l.of
	delete(s.legs, id)
	delete(c.legs, id)
	s.bridges.left(c.ID(), id)
	// What plays and records on a leg ends with it, and Asterisk may tell that later than the leg's own end,
	// or never.
	c.Deliver(telephony.LegEnded{Leg: id, Cause: cause, At: now})
	if id == c.caller {
		c.ended = true
		s.forgetIfOver(c)
	}
}

// legAnswered tells a call, once, that a dialled leg was picked up and can be bridged.
func (s *Switch) legAnswered(id telephony.LegID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.legs[id]
	if l == nil || l.answered {
		return
	}
	l.answered = true
	if l.kind == earLeg {
		close(l.entered)
	}
	l.of.Deliver(telephony.LegAnswered{Leg: id, At: time.Now()})
}

// legRings tells a call, once, that a dialled leg rings.
func (s *Switch) legRings(id telephony.LegID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.legs[id]
	if l == nil || l.kind != dialledLeg || l.ringing || l.answered {
		return
	}
	l.ringing = true
	l.of.Deliver(telephony.LegRinging{Leg: id})
}

// legTyped tells a call that a digit was typed, and ends the recordings that the digit is to end.
func (s *Switch) legTyped(id telephony.LegID, digit byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.legs[id]; l != nil {
		l.of.Deliver(telephony.Digit{Leg: id, Digit: digit, At: time.Now()})
		s.stopRecordings(l, digit)
	}
}

// mediaEnded tells a call that something has come to its end, once.
func (s *Switch) mediaEnded(id telephony.MediaID, err error) {
	whose, ok := owner(id.Name)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[whose]
	if c == nil {
		return
	}
	if _, known := c.media[id]; !known {
		return
	}
	delete(c.media, id)
	delete(c.until, id)
	if id.Kind == telephony.RecordingOf {
		c.Deliver(telephony.RecordEnded{ID: id, Err: err})
	} else {
		c.Deliver(telephony.PlayEnded{ID: id, Err: err})
	}
}

// callOf is the call that a leg belongs to, by which the command socket is chosen. A leg that is not known counts as a call.
func (s *Switch) callOf(id telephony.LegID) telephony.CallID {
	if whose, ok := owner(string(id)); ok {
		return whose
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.legs[id]; l != nil {
		return l.of.ID()
	}
	return telephony.CallID(id)
}
