package telephony

import (
	"context"
	"fmt"
	"time"
)

// LetHear plays to a leg beside the caller's, which is in no conversation, and blocks to the end: what an agent is told while the
// customer is not there. It ends with the leg.
func (c *Call) LetHear(ctx context.Context, leg *Leg, a Announcement) error {
	if len(a.Parts) == 0 {
		return nil
	}
	m := c.media.begin(MediaID{Kind: Playback, Name: c.names.next()})
	defer c.media.forget(m)
	if err := c.driver.Play(ctx, leg.id, m.id, a); err != nil {
		return fmt.Errorf("play to %s: %w", leg.id, err)
	}
	select {
	case <-m.ended:
		if m.err == nil {
			return nil
		}
		select { // a hang-up fails what plays first, and is told next
		case <-leg.ended:
			return nil
		case <-ctx.Done():
			return m.err
		case <-time.After(crossingTime):
			return m.err
		}
	case <-leg.ended:
		return nil
	case <-ctx.Done():
		stopping, cancel := release(ctx)
		defer cancel()
		_ = c.driver.Stop(stopping, leg.id, m.id) // it has just ended, or the leg has
		return context.Cause(ctx)
	}
}

// MusicTo plays music to a leg beside the caller's until stop is called, which must happen before the leg comes into a conversation.
func (c *Call) MusicTo(ctx context.Context, leg *Leg, class string) (stop func(), err error) {
	id := MediaID{Kind: MusicOnHold}
	if err := c.driver.Play(ctx, leg.id, id, Announcement{Parts: []Part{Music(class)}}); err != nil {
		return func() {}, fmt.Errorf("music to %s: %w", leg.id, err)
	}
	return func() {
		ctx, cancel := release(ctx)
		defer cancel()
		_ = c.driver.Stop(ctx, leg.id, id) // it has ended with the leg
	}, nil
}
