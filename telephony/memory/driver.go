package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hotline/telephony"
)

var _ telephony.Driver = (*controller)(nil)

// beginRequest begins a request: it locks the switch unless the controller has crashed or ctx has ended.
func (c *controller) beginRequest(ctx context.Context) (done func(), err error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	c.s.mu.Lock()
	if c.crashed {
		c.s.mu.Unlock()
		return nil, ErrCrashed
	}
	return c.endRequest, nil
}

// endRequest ends a request, and perhaps the controller with it.
func (c *controller) endRequest() {
	if c.s.lasts--; c.s.lasts == 0 {
		c.die()
		c.s.then()
	}
	c.s.mu.Unlock()
}

func (c *controller) Answer(ctx context.Context, id telephony.LegID) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	l := c.s.legs[id]
	if l == nil {
		return telephony.ErrGone
	}
	if !l.answered {
		l.answered = true
		close(l.customer.answered)
		c.s.touch()
	}
	return nil
}

func (c *controller) Play(ctx context.Context, id telephony.LegID, media telephony.MediaID, a telephony.Announcement) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	l := c.s.legs[id]
	if l == nil {
		return telephony.ErrGone
	}
	if media.Kind == telephony.MusicOnHold && c.s.musicless {
		return errNoMusic
	}
	if media.Kind == telephony.MusicOnHold {
		c.s.startMusic(l, a)
		return nil
	}
	if media.Kind == telephony.Hush {
		l.hushed, l.rings = len(l.playing) == 0, false
		c.s.touch()
		return nil
	}
	if media.Kind == telephony.Ring {
		l.rings, l.hushed = len(l.playing) == 0, false
		c.s.touch()
		return nil
	}
	for _, p := range l.playing {
		if p.id == media {
			return fmt.Errorf("%s %s plays already", media.Kind, media.Name)
		}
	}
	c.s.play(l, media, a)
	return nil
}

func (c *controller) Stop(ctx context.Context, id telephony.LegID, media telephony.MediaID) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	l := c.s.legs[id]
	if l == nil {
		return telephony.ErrGone
	}
	switch media.Kind {
	case telephony.MusicOnHold:
		if l.music == nil && l.next == nil {
			return telephony.ErrGone
		}
		c.s.endMusic(l)
		return nil
	case telephony.Hush:
		l.hushed = false
		c.s.touch()
		return nil
	case telephony.Ring:
		l.rings = false
		c.s.touch()
		return nil
	case telephony.RecordingOf:
		for _, r := range []*recording{l.recording, l.bridgeRecording()} {
			if r != nil && r.id == media {
				c.s.endRecording(r, nil)
				return nil
			}
		}
		for _, r := range c.s.recordings {
			if r.Name == media.Name {
				return nil // has ended by itself
			}
		}
	case telephony.Playback:
		for _, p := range l.playing {
			if p.id == media {
				c.s.endPlaying(l, p, nil)
				return nil
			}
		}
	}
	return telephony.ErrGone
}

func (c *controller) Dial(ctx context.Context, d telephony.Dial) error {
	if c.s.options.Dialling > 0 {
		select {
		case <-time.After(c.s.options.Dialling):
		case <-ctx.Done():
		}
	}
	if err := d.AwaitReady(ctx); err != nil {
		return err
	}
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	if !belongs(d.Leg, d.Call) {
		return fmt.Errorf("leg %q does not bear the name of call %s", d.Leg, d.Call)
	}
	if c.s.legs[d.Leg] != nil {
		return fmt.Errorf("leg %s exists", d.Leg)
	}
	l := &leg{id: d.Leg, call: d.Call, phone: c.s.phones[d.To], note: d.Note}
	if d.Leg == telephony.CustomersLeg(d.Call) && c.calls[d.Call] != nil {
		a := c.calls[d.Call].call.Arrival()
		l.placed = &a
	}
	c.s.legs[d.Leg] = l
	switch {
	case l.phone == nil:
		c.s.end(l, telephony.CauseUnreachable)
	default:
		called := c.calls[d.Call]
		switch {
		case d.Mark == "" || called == nil:
		case c.s.noteless:
			if d.Unnoted != nil {
				d.Unnoted()
			}
		default:
			if caller := c.s.legs[called.call.Arrival().Leg]; caller != nil {
				caller.note, caller.keeps, caller.kept = d.Mark, false, ""
			}
		}
		l.phone.ring(l, d)
	}
	return nil
}

func (c *controller) Bridge(ctx context.Context, id telephony.BridgeID, ids ...telephony.LegID) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	b := c.s.bridges[id]
	if len(ids) == 0 {
		if b == nil {
			return telephony.ErrGone
		}
		c.s.deleteBridge(b)
		return nil
	}
	var legs []*leg
	for _, id := range ids {
		l := c.s.legs[id]
		if l == nil {
			return telephony.ErrGone
		}
		legs = append(legs, l)
	}
	if b == nil {
		b = &bridge{id: id}
		c.s.bridges[id] = b
	}
	for _, l := range slices.Clone(b.legs) {
		if !slices.Contains(legs, l) {
			c.s.leave(l)
		}
	}
	for _, l := range legs {
		c.s.join(b, l)
	}
	c.s.touch()
	return nil
}

func (c *controller) Monitor(ctx context.Context, m telephony.Monitor) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	if m.Whisper && c.s.options.Mute {
		return telephony.ErrWhisperUnsafe
	}
	if m.Of == "" {
		return nil
	}
	of := c.s.legs[m.Of]
	if of == nil {
		return telephony.ErrGone
	}
	if !belongs(m.Leg, m.Call) || c.s.legs[m.Leg] != nil {
		return fmt.Errorf("leg %s exists, or does not bear the name of call %s", m.Leg, m.Call)
	}
	c.s.legs[m.Leg] = &leg{id: m.Leg, call: m.Call, answered: true, listens: of, whisper: m.Whisper, alone: m.Alone}
	c.s.touch()
	return nil
}

func (c *controller) Record(ctx context.Context, r telephony.Recording) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	if c.s.options.Recorder == RecorderRefuses {
		return errNoRecorder
	}
	for _, old := range c.s.recordings {
		if old.Name == r.ID.Name {
			return fmt.Errorf("recording %s exists: %w", r.ID.Name, telephony.ErrGone)
		}
	}
	for _, l := range c.s.legs {
		if l.recording != nil && l.recording.id == r.ID {
			return fmt.Errorf("%s is recorded: %w", r.ID.Name, telephony.ErrGone)
		}
	}
	rec := &recording{id: r.ID, until: r.Until, since: time.Now(), silence: r.Silence}
	if r.Bridge != "" {
		b := c.s.bridges[r.Bridge]
		if b == nil {
			return telephony.ErrGone
		}
		if b.recording != nil {
			return fmt.Errorf("bridge %s is recorded already", b.id)
		}
		rec.call, rec.bridge, b.recording = callOf(r.Bridge), b, rec
	} else {
		l := c.s.legs[r.Leg]
		if l == nil {
			return telephony.ErrGone
		}
		if l.bridge != nil || l.recording != nil {
			return fmt.Errorf("leg %s is bridged or recorded already", l.id)
		}
		rec.call, rec.leg, l.recording = l.call, l, rec
	}
	if rec.leg != nil && rec.leg.alone && rec.leg.listens.muted {
		rec.silent = rec.since
	}
	switch c.s.options.Recorder {
	case RecorderFails:
		c.s.endsAfter(rec, max(c.s.options.Records, 1), errNoRecorder)
	case RecorderStops:
		c.s.endsAfter(rec, max(c.s.options.Records, 1), nil)
	}
	c.s.endsAfter(rec, r.Longest, nil)
	if rec.leg != nil && rec.leg.muted {
		c.s.endsAfter(rec, rec.silence, nil)
	}
	return nil
}

// callOf is whose bridge it is.
func callOf(id telephony.BridgeID) telephony.CallID {
	call, _, _ := strings.Cut(string(id), ".")
	return telephony.CallID(call)
}

func (c *controller) Type(ctx context.Context, id telephony.LegID, digits string) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	l := c.s.legs[id]
	if l == nil {
		return telephony.ErrGone
	}
	l.keys += digits
	return nil
}

func (c *controller) Hangup(ctx context.Context, id telephony.LegID, cause telephony.Cause) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	l := c.s.legs[id]
	if l == nil {
		return telephony.ErrGone
	}
	c.s.end(l, cause)
	return nil
}

func (c *controller) Mark(ctx context.Context, id telephony.LegID, m telephony.Mark) error {
	done, err := c.beginRequest(ctx)
	if err != nil {
		return err
	}
	defer done()
	l := c.s.legs[id]
	if l == nil {
		return telephony.ErrGone
	}
	if c.s.noteless {
		return errNoNote
	}
	l.note, l.keeps, l.kept = m.Note, m.Keeps, m.Typed
	return nil
}
