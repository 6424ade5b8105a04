package telephony

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Record records the caller until they type one of the digits in until, or for the longest time, or until they have been silent
// for so long (0 is for both: without limit), or leave. Music on hold ends. The name of what was recorded, and for how long it was,
// are returned beside ErrHangup and a context's end, too, for a message is worth keeping when its speaker hangs up. Digits typed
// meanwhile are not kept.
func (c *Call) Record(ctx context.Context, longest, silence time.Duration, until string) (id MediaID, lasted time.Duration, err error) {
	if err := c.ready(ctx); err != nil {
		return MediaID{}, 0, err
	}
	if err := c.silence(ctx); err != nil {
		return MediaID{}, 0, c.failed(ctx, "end the music of", err)
	}
	c.flush()
	defer c.flush()
	m := c.newMedia(RecordingOf)
	defer c.forget(m)
	r := Recording{ID: m.id, Leg: c.arrival.Leg, Longest: longest, Silence: silence, Until: until}
	if err := c.driver.Record(ctx, r); err != nil {
		return MediaID{}, 0, c.failed(ctx, "record", err)
	}
	began := time.Now()
	asked := false // it was to end now
	for {
		select {
		case <-m.ended:
			lasted = time.Since(began) // before the moment in which a hang-up may come
			asked = asked || c.typedOne(until) || longest > 0 && lasted >= longest
			if asked && m.err == nil {
				return m.id, lasted, c.ready(context.WithoutCancel(ctx))
			}
			return m.id, lasted, c.crossed(ctx, m.err) // a hang-up ends a recording first, and is told next
		case <-c.typing:
			if asked || !c.typedOne(until) {
				continue
			}
			asked = true
		case <-c.gone.Done():
			return m.id, time.Since(began), ErrHangup
		case <-ctx.Done():
			c.stopRecording(ctx, m)
			return m.id, time.Since(began), c.ready(ctx)
		}
		// Not every switch ends it by itself for every digit.
		if err := c.stopRecording(ctx, m); err != nil {
			return m.id, time.Since(began), err
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

// typedOne takes all digits, and reports whether one of those was among them.
func (c *Call) typedOne(of string) (found bool) {
	for {
		digit, ok := c.take()
		if !ok {
			return found
		}
		found = found || strings.IndexByte(of, digit) >= 0
	}
}
