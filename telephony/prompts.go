package telephony

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrNoInput says that the caller typed nothing, or less than was needed, in time.
	ErrNoInput = errors.New("nothing typed in time")
	// ErrNoChoice says that the caller chose nothing from a menu in all tries.
	ErrNoChoice = errors.New("no choice made")
)

// Play plays an announcement to its end. Digits typed meanwhile do not stop it; they are kept for the
// next verb that takes digits. Music on hold pauses for it.
func (c *Call) Play(ctx context.Context, a Announcement) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	p, err := c.startPrompt(ctx, a)
	if err != nil {
		return err
	}
	defer p.stop(ctx)
	select {
	case <-p.ended:
		if p.err == nil {
			return c.ready(context.WithoutCancel(ctx))
		}
		// A hang-up fails a playback first, and is told next.
		return c.crossed(ctx, fmt.Errorf("play to call %s: %w", c.ID(), p.err))
	case <-c.gone.Done():
		return ErrHangup
	case <-ctx.Done():
		return c.ready(ctx)
	}
}

// Collect asks for digits.
type Collect struct {
	Prompt  Announcement  // stopped by the first digit; not played at all to one who has typed ahead
	Flush   bool          // forget what was typed before
	Min     int           // fewer are ErrNoInput
	Max     int           // the last of them ends it at once; 0 is without limit
	Until   byte          // ends it, and is not part of the digits; 0 is none
	First   time.Duration // to the first digit, from the end of the prompt; 0 is 5 s
	Between time.Duration // from each digit to the next; 0 is 3 s
}

// Collect takes digits from the caller: those typed ahead first. What was typed is
// returned beside an error, too.
func (c *Call) Collect(ctx context.Context, k Collect) (string, error) {
	if err := c.ready(ctx); err != nil {
		return "", err
	}
	if k.Flush {
		c.flush()
	}
	var prompt prompt
	if !c.hasTyped() {
		var err error
		if prompt, err = c.startPrompt(ctx, k.Prompt); err != nil {
			return "", err
		}
	}
	defer prompt.stop(ctx)
	playing := prompt.ended // nil when there is none, or no more
	var digits []byte
	alarm := time.NewTimer(orElse(k.First, 5*time.Second))
	defer alarm.Stop()
	if playing != nil {
		alarm.Stop()
	}
	for {
		for {
			digit, ok := c.take()
			if !ok {
				break
			}
			prompt.stop(ctx)
			playing = nil
			if digit != k.Until || k.Until == 0 {
				digits = append(digits, digit)
			}
			if digit == k.Until || len(digits) == k.Max {
				return k.end(digits, nil)
			}
			alarm.Reset(orElse(k.Between, 3*time.Second))
		}
		select {
		case <-c.typing:
		case <-playing:
			prompt.stop(ctx) // music goes on while the caller thinks
			playing = nil
			alarm.Reset(orElse(k.First, 5*time.Second))
		case <-alarm.C:
			return k.end(digits, prompt.failure())
		case <-c.gone.Done():
			return string(digits), ErrHangup
		case <-ctx.Done():
			return string(digits), c.ready(ctx)
		}
	}
}

// end judges what was typed. A prompt that could not be played explains a missing answer.
func (k Collect) end(digits []byte, failure error) (string, error) {
	if len(digits) < max(k.Min, 0) || len(digits) == 0 && failure != nil {
		return string(digits), errors.Join(ErrNoInput, failure)
	}
	return string(digits), nil
}

// Menu asks for one of several digits.
type Menu struct {
	Prompt  Announcement
	Invalid Announcement  // said before the prompt after a digit that is no choice
	NoInput Announcement  // said before the prompt after silence
	Choices string        // the digits that are
	Wait    time.Duration // for the digit, from the end of the prompt; 0 is 5 s
	Tries   int           // 0 is 3
}

// Menu lets the caller choose. A digit stops the prompt; one typed ahead chooses unheard.
// A digit that is no choice also voids what was typed after it.
func (c *Call) Menu(ctx context.Context, m Menu) (byte, error) {
	ask := Collect{Prompt: m.Prompt, Min: 1, Max: 1, First: m.Wait}
	for range orElse(m.Tries, 3) {
		digits, err := c.Collect(ctx, ask)
		switch {
		case errors.Is(err, ErrNoInput):
			ask.Prompt = m.NoInput.then(m.Prompt)
		case err != nil:
			return 0, err
		case strings.Contains(m.Choices, digits):
			return digits[0], nil
		default:
			ask.Prompt = m.Invalid.then(m.Prompt)
			c.flush()
		}
	}
	return 0, ErrNoChoice
}

// then is one announcement after the other.
func (a Announcement) then(b Announcement) Announcement {
	if a.Language == "" || len(a.Parts) == 0 {
		a.Language = b.Language
	}
	a.Parts = append(a.Parts[:len(a.Parts):len(a.Parts)], b.Parts...)
	return a
}

// music is what the caller hears while waiting.
type music struct {
	class string // "" when there may be some left from before a restart
}

// Music begins music on hold; it plays until stop is called or the caller talks to somebody, pauses
// for announcements, and goes on by itself. stop may be called more than once.
func (c *Call) Music(ctx context.Context, class string) (stop func(), err error) {
	if err := c.ready(ctx); err != nil {
		return func() {}, err
	}
	if err := c.playMusic(ctx, class); err != nil {
		return func() {}, c.failed(ctx, "music to", err)
	}
	m := &music{class: class}
	c.music = m
	return func() {
		if c.music != m || HandedOver(ctx) {
			return
		}
		ctx, cancel := release(ctx)
		defer cancel()
		_ = c.silence(ctx) // fails only where the caller is gone, or the switch is: nothing to undo
	}, nil
}

func (c *Call) playMusic(ctx context.Context, class string) error {
	return c.driver.Play(ctx, c.arrival.Leg, MediaID{Kind: MusicOnHold}, Announcement{Parts: []Part{Music(class)}})
}

// silence ends the music on hold.
func (c *Call) silence(ctx context.Context) error {
	if c.music == nil {
		return nil
	}
	c.music = nil
	return c.pauseMusic(ctx)
}

func (c *Call) pauseMusic(ctx context.Context) error {
	err := c.driver.Stop(ctx, c.arrival.Leg, MediaID{Kind: MusicOnHold})
	if errors.Is(err, ErrGone) {
		return nil // there was none any more, or a hang-up will be told
	}
	return err
}

// prompt is an announcement that plays. The zero prompt is one of no words.
type prompt struct {
	*media
	call    *Call
	ended   <-chan struct{}
	stopped *bool
	music   *music // to be resumed
}

// startPrompt starts an announcement, in a pause of the music.
func (c *Call) startPrompt(ctx context.Context, a Announcement) (prompt, error) {
	if len(a.Parts) == 0 {
		return silentPrompt, nil
	}
	for _, p := range a.Parts {
		if _, ok := p.(Music); ok {
			return silentPrompt, fmt.Errorf("play to call %s: music is no part of an announcement", c.ID())
		}
	}
	if c.music != nil {
		if err := c.pauseMusic(ctx); err != nil {
			return silentPrompt, c.failed(ctx, "pause the music of", err)
		}
		if c.music.class == "" {
			c.music = nil // what was left from before a restart is not ours to resume
		}
	}
	m := c.newMedia(Playback)
	p := prompt{media: m, call: c, ended: m.ended, stopped: new(bool), music: c.music}
	if err := c.driver.Play(ctx, c.arrival.Leg, m.id, a); err != nil {
		p.stop(ctx)
		return silentPrompt, c.failed(ctx, "play to", err)
	}
	return p, nil
}

// silentPrompt has ended before it began.
var silentPrompt = func() prompt {
	ended := make(chan struct{})
	close(ended)
	return prompt{ended: ended}
}()

// stop ends the prompt where it has not ended by itself, and lets the music go on. Only its first call does.
func (p prompt) stop(ctx context.Context) {
	if p.media == nil || *p.stopped {
		return
	}
	*p.stopped = true
	ctx, cancel := release(ctx)
	defer cancel()
	if p.call.forget(p.media) && p.call.gone.Err() == nil {
		// An error means that it has just ended, or the leg has, which will be told.
		_ = p.call.driver.Stop(ctx, p.call.arrival.Leg, p.id)
	}
	if p.music != nil && p.music == p.call.music && p.call.gone.Err() == nil {
		_ = p.call.playMusic(ctx, p.music.class)
	}
}

// failure is why the prompt could not be heard.
func (p prompt) failure() error {
	if p.media == nil {
		return nil
	}
	select {
	case <-p.media.ended:
		return p.err
	default:
		return nil
	}
}

// newMedia names something to play or record before the request, for its end may be told before the reply.
func (c *Call) newMedia(kind MediaKind) *media {
	m := &media{id: MediaID{Kind: kind, Name: c.name()}, ended: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.media[m.id] = m
	return m
}

// forget reports whether it had not ended yet.
func (c *Call) forget(m *media) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, live := c.media[m.id]
	delete(c.media, m.id)
	return live
}

// take takes the oldest digit that was typed.
func (c *Call) take() (byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.typed) == 0 {
		return 0, false
	}
	digit := c.typed[0]
	c.typed = c.typed[1:]
	return digit, true
}

func (c *Call) hasTyped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.typed) > 0
}

// flush forgets what was typed ahead.
func (c *Call) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.typed = nil
}

func orElse[T int | time.Duration](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}
