package asterisk

import (
	"context"
	"fmt"
	"runtime/debug"

	"hotline/telephony"
)

// arrive takes on a call, new or found again, and starts its goroutine. It is false when the call is known already, and when no
// calls are taken any more.
func (s *Switch) arrive(a telephony.Arrival) (*call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line == nil {
		return nil, false
	}
	c := s.registry.add(telephony.NewCall(s, a), a)
	if c == nil {
		return nil, false
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	s.handed[c] = cancel
	line := s.line
	s.serving.Go(func() { s.serve(ctx, line, c) })
	return c, true
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
	s.registry.served(c)
}

// release removes what the script left behind: legs that the Call no longer counts, and bridges beside the main one.
func (s *Switch) release(ctx context.Context, c *call) {
	for _, id := range s.registry.othersIn(c) {
		_ = s.Hangup(ctx, id, telephony.CauseNormal) // The sweeper removes what remains.
	}
	for _, id := range s.bridges.ofCall(c.ID()) {
		_ = s.Bridge(ctx, id)
	}
}
