package telephony

import (
	"context"
	"errors"
)

// ErrNotTalking says that the caller talks to nobody: there is no conversation to listen to, or to do anything in.
var ErrNotTalking = errors.New("caller talks to nobody")

// talk is a conversation while it lasts.
type talk struct {
	leg  *Leg
	asks chan ask      // without room: who asks waits until it is taken, or the talk is over
	over chan struct{} // closed at its end
}

// ask is something that is to be done in a conversation.
type ask struct {
	do   func(ctx context.Context, leg *Leg) error
	done chan error // one place
}

func (c *Call) begin(leg *Leg) *talk {
	t := &talk{leg: leg, asks: make(chan ask), over: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.talking = t
	return t
}

func (c *Call) end(t *talk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.talking = nil
	close(t.over)
}

// last blocks for as long as the conversation lasts, and does what is asked for in it.
func (t *talk) last(ctx context.Context, c *Call) {
	for {
		select {
		case <-t.leg.ended:
			return
		case <-c.gone.Done():
			return
		case <-ctx.Done():
			return
		case a := <-t.asks:
			a.done <- a.do(ctx, t.leg)
		}
	}
}

// Talking is the leg that the caller talks to now, or nil. Any goroutine may use it.
func (c *Call) Talking() *Leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.talking == nil {
		return nil
	}
	return c.talking.leg
}

// Meanwhile lets the call's own goroutine do something in the midst of Talk, and returns when it is done: so the verbs of
// a call stay one at a time, whoever wants them. do gets the context of Talk. The error is that of do, ErrNotTalking where no
// conversation is (any more), or ctx's cause. Any goroutine may use it.
func (c *Call) Meanwhile(ctx context.Context, do func(ctx context.Context, leg *Leg) error) error {
	c.mu.Lock()
	t := c.talking
	c.mu.Unlock()
	if t == nil {
		return ErrNotTalking
	}
	a := ask{do, make(chan error, 1)}
	select {
	case t.asks <- a:
	case <-t.over:
		return ErrNotTalking
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-a.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Hold puts a caller who talks on hold: they hear music, and not the agent, who does not hear them either. It may be called
// for one who is on hold, as after a restart: then they hear this music. It is for Meanwhile, and for before Talk.
//
// The music begins before the caller leaves the bridge, and covers the agent's voice there. So at no moment, should
// Hotline die in it, is there silence.
func (c *Call) Hold(ctx context.Context, leg *Leg, class string) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if err := c.playMusic(ctx, class); err != nil {
		return c.failed(ctx, "play music to", err)
	}
	c.music, c.held = &music{class: class}, true
	// A switch that does not answer now leaves the caller with music in the bridge: on hold all the same. An agent who has just
	// left has ended the talk.
	_ = c.driver.Bridge(ctx, c.bridge(), leg.id)
	return nil
}

// Resume takes a caller back who is on hold. It is for Meanwhile. When it fails they are on hold as before.
func (c *Call) Resume(ctx context.Context, leg *Leg) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if err := c.bringTogether(ctx, leg); err != nil { // under the music
		return err
	}
	if err := c.pauseMusic(ctx); err != nil {
		return c.failed(ctx, "end the music of", err)
	}
	c.music, c.held = nil, false
	return nil
}

// Held reports whether the caller is on hold. It is for the call's goroutine.
func (c *Call) Held() bool { return c.held }

// endHold ends the music of a caller on hold whose talk is over.
func (c *Call) endHold(ctx context.Context) {
	if !c.held || c.gone.Err() != nil {
		return
	}
	c.held = false
	ctx, cancel := release(ctx)
	defer cancel()
	_ = c.silence(ctx) // fails only where the switch does not answer: what is played next takes its place
}
