package telephony

import (
	"context"
	"errors"
	"time"
)

// Message is what a caller has said to the recorder, on the switch under Name.
type Message struct {
	Name string
	Call CallID
	Came time.Time // when the call came: switches do not tell when a recording began
}

// NameRecording names a recording that is to be made: who notes the name before can end it after a restart.
func (c *Call) NameRecording() MediaID { return MediaID{Kind: RecordingOf, Name: c.names.next()} }

// EndRecording ends a recording that an earlier Hotline began, where it has not ended by itself; nothing can be played before.
// ErrGone says that there is none: it had not begun.
func (c *Call) EndRecording(ctx context.Context, id MediaID) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	return c.driver.Stop(ctx, c.arrival.Leg, id)
}

// Record records the caller until they type one of the digits in until, or for the longest time, or until they have been silent
// for so long (0 is for both: without limit), or leave. Music on hold ends. For how long it was is returned beside ErrHangup and a
// context's end, too, for a message is worth keeping when its speaker hangs up; 0 is not at all. Digits typed meanwhile are not
// kept. The id is from NameRecording.
func (c *Call) Record(ctx context.Context, id MediaID, longest, silence time.Duration, until string) (lasted time.Duration, err error) {
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	c.leaveBridge(ctx)
	if err := c.silence(ctx); err != nil {
		return 0, c.failed(ctx, "end the music of", err)
	}
	c.keypad.flush()
	defer c.keypad.flush()
	m := c.media.begin(id)
	defer c.media.forget(m)
	r := Recording{ID: m.id, Leg: c.arrival.Leg, Longest: longest, Silence: silence, Until: until}
	if err := c.driver.Record(ctx, r); err != nil {
		return 0, c.failed(ctx, "record", err)
	}
	began := time.Now()
	asked := false // it was to end now
	for {
		select {
		case <-m.ended:
			lasted = time.Since(began) // before the moment in which a hang-up may come
			asked = asked || c.keypad.takeAny(until) || longest > 0 && lasted >= longest
			if asked && m.err == nil {
				return lasted, c.ready(context.WithoutCancel(ctx))
			}
			return lasted, c.crossed(ctx, m.err) // a hang-up ends a recording first, and is told next
		case <-c.keypad.typing:
			if asked || !c.keypad.takeAny(until) {
				continue
			}
			asked = true
		case <-c.gone.Done():
			return time.Since(began), ErrHangup
		case <-ctx.Done():
			c.stopRecording(ctx, m)
			return time.Since(began), c.ready(ctx)
		}
		// Not every switch ends it by itself for every digit.
		if err := c.stopRecording(ctx, m); err != nil {
			return time.Since(began), err
		}
	}
}

func (c *Call) stopRecording(ctx context.Context, m *media) error {
	ctx, cancel := release(ctx)
	defer cancel()
	err := c.driver.Stop(ctx, c.arrival.Leg, m.id)
	if err != nil && !errors.Is(err, ErrGone) { // it has just ended, which will be told
		return c.failed(ctx, "end the recording of", err)
	}
	return nil
}
