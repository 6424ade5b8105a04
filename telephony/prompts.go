package telephony

import (
	"context"
	"errors"
	"fmt"
)

// Play plays an announcement to its end. Digits typed meanwhile do not stop it; they are kept for the
// next verb that takes digits. Music on hold pauses for it.
func (c *Call) Play(ctx context.Context, a Announcement) error {
	return c.play(ctx, a, false)
}

// PlayUntilTyped plays an announcement until its end or the first digit, which is kept for the next verb
// that takes digits. To one who has typed ahead it is not played at all.
func (c *Call) PlayUntilTyped(ctx context.Context, a Announcement) error {
	return c.play(ctx, a, true)
}

// ForgetTyped forgets what the caller has typed and no verb has taken: they had something else in mind.
func (c *Call) ForgetTyped() { c.keypad.flush() }

func (c *Call) play(ctx context.Context, a Announcement, untilTyped bool) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if untilTyped && c.keypad.hasTyped() {
		return nil
	}
	p, err := c.startPrompt(ctx, a)
	if err != nil {
		return err
	}
	defer p.stop(ctx)
	for {
		select {
		case <-p.ended:
			if p.err != nil {
				// A hang-up fails a playback first, and is told next.
				return c.crossed(ctx, p.err)
			}
			return c.ready(context.WithoutCancel(ctx)) // it was heard, even if ctx ended with it
		case <-c.keypad.typing:
			if untilTyped && c.keypad.hasTyped() {
				return nil
			}
		case <-c.gone.Done():
			return ErrHangup
		case <-ctx.Done():
			return c.ready(ctx)
		}
	}
}

// music is what the caller hears while waiting.
type music struct {
	class string
	left  bool // some may be left playing from before a restart; nobody knows which
}

// Music begins music on hold; it plays until stop is called or the caller talks to somebody, pauses
// for announcements, and goes on by itself. stop may be called more than once.
func (c *Call) Music(ctx context.Context, class string) (stop func(), err error) {
	if err := c.ready(ctx); err != nil {
		return func() {}, err
	}
	c.leaveBridge(ctx)
	if err := playMusic(ctx, c.driver, c.arrival.Leg, class); err != nil {
		return func() {}, c.failed(ctx, "play music to", err)
	}
	m := &music{class: class}
	c.music = m
	return func() {
		if c.music != m || HandedOver(ctx) {
			return
		}
		ctx, cancel := release(ctx)
		defer cancel()
		_ = c.silence(ctx) // fails only where the switch does not answer: nothing can be undone
	}, nil
}

// silence ends the music on hold.
func (c *Call) silence(ctx context.Context) error {
	if c.music == nil {
		return nil
	}
	c.music = nil
	return stopMusic(ctx, c.driver, c.arrival.Leg)
}

// playMusic begins music on hold on a leg, or goes on with it.
func playMusic(ctx context.Context, d Driver, leg LegID, class string) error {
	return d.Play(ctx, leg, MediaID{Kind: MusicOnHold}, Announcement{Parts: []Part{Music(class)}})
}

// stopMusic ends the music on hold of a leg.
func stopMusic(ctx context.Context, d Driver, leg LegID) error {
	err := d.Stop(ctx, leg, MediaID{Kind: MusicOnHold})
	if errors.Is(err, ErrGone) {
		return nil // there was none any more, or a hang-up will be told
	}
	return err
}

// prompt is an announcement that plays.
type prompt struct {
	*media
	call  *Call
	over  bool   // it was stopped, or there is nothing to stop
	music *music // what pauses for it
}

// noPrompt has ended before it began.
func noPrompt() *prompt {
	m := &media{ended: make(chan struct{})}
	close(m.ended)
	return &prompt{media: m, over: true}
}

// startPrompt starts an announcement, in a pause of the music. Whoever starts it stops it.
func (c *Call) startPrompt(ctx context.Context, a Announcement) (*prompt, error) {
	if len(a.Parts) == 0 {
		return noPrompt(), nil
	}
	for _, part := range a.Parts {
		if _, ok := part.(Music); ok {
			return nil, fmt.Errorf("play to call %s: music is no part of an announcement", c.ID())
		}
	}
	c.leaveBridge(ctx)
	if c.music != nil {
		if err := stopMusic(ctx, c.driver, c.arrival.Leg); err != nil {
			return nil, c.failed(ctx, "pause the music of", err)
		}
		if c.music.left {
			c.music = nil
		}
	}
	p := &prompt{media: c.media.begin(MediaID{Kind: Playback, Name: c.names.says()}), call: c, music: c.music}
	if err := c.driver.Play(ctx, c.arrival.Leg, p.id, a); err != nil {
		p.stop(ctx)
		return nil, c.failed(ctx, "play to", err)
	}
	if p.music != nil { // It begins when the announcement has ended, also where no Hotline is there any more to begin it.
		_ = playMusic(ctx, c.driver, c.arrival.Leg, p.music.class) // silence is no reason to lose a caller
	}
	return p, nil
}

// stop ends the prompt where it has not ended by itself; the music goes on then. It may be called again.
func (p *prompt) stop(ctx context.Context) {
	if p.over {
		return
	}
	p.over = true
	c := p.call
	live := c.media.forget(p.media)
	if c.gone.Err() != nil {
		return
	}
	ctx, cancel := release(ctx)
	defer cancel()
	if live {
		// An error means that it has just ended, or that the leg has, which will be told.
		_ = c.driver.Stop(ctx, c.arrival.Leg, p.id)
	}
}

// failure is why the prompt could not be heard; nil where it could.
func (p *prompt) failure() error {
	select {
	case <-p.ended:
		return p.err
	default:
		return nil
	}
}
