package telephony

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the parties of a conversation say can be recorded, each of them on tracks of their own: neither music, nor prompts, nor what a
// supervisor whispers is on any. Who records says how (Record), and from then on a track runs wherever somebody is heard:
//
//	                in the bridge   beside it   tracks
//	talk            C A             –           C A
//	hold            A               C           –
//	consultation    A T             C           –, or A T where those are recorded, too
//	conference      C A T           –           C A T
//	paused, or over                             –
//
// A track that is to be silent ends, and another begins afterwards: so nothing that must not be recorded depends on what the switch would
// have to remember. Its name says whose it is and when it began, which is all that is needed to put the tracks of a call together. A
// Hotline that dies leaves the tracks running, and the next one finds them by their names (Resume.Tracks).
//
// That a track cannot be written ends no conversation: WhenUnrecorded is told. One that the switch does not end goes on, and ending it is tried
// again until it has ended, or whose it is is to be heard again: then it is theirs.

// Recorded says what of a conversation is recorded.
type Recorded uint8

const (
	Unrecorded    Recorded = iota
	WithCaller             // what is said while the caller hears it
	WithoutCaller          // also what the others say while the caller is beside the bridge
)

// Track is one party's voice for a while, recorded on the switch under Name.
type Track struct {
	Name  string
	Call  CallID
	Leg   LegID // "" is the caller's own
	Began time.Time
}

const (
	trackMark    = ".track-"
	callersTrack = "caller"
)

// newTrack names a track.
func newTrack(call CallID, leg LegID, began time.Time) Track {
	t := Track{Call: call, Leg: leg, Began: began.Truncate(time.Millisecond)}
	whose := callersTrack
	if leg != "" {
		whose = strings.TrimPrefix(string(leg), string(call)+".")
	}
	t.Name = string(call) + trackMark + strconv.FormatInt(began.UnixMilli(), 10) + "-" + whose
	return t
}

// ParseTrack reads the name of a recording, or of the leg by which it is made; it is false for those that are no track.
func ParseTrack(name string) (Track, bool) {
	call, rest, ok := strings.Cut(name, trackMark)
	ms, whose, has := strings.Cut(rest, "-")
	began, err := strconv.ParseInt(ms, 10, 64)
	if !ok || !has || err != nil || call == "" || whose == "" {
		return Track{}, false
	}
	t := Track{Name: name, Call: CallID(call), Began: time.UnixMilli(began)}
	if whose != callersTrack {
		t.Leg = LegID(call + "." + whose)
	}
	return t, true
}

// tracks are those of a conversation. They are for the call's goroutine only.
type tracks struct {
	how   Recorded
	of    map[LegID]*runningTrack // by the leg of who speaks
	fails func(ctx context.Context, err error)
}

// runningTrack is a track that is written.
type runningTrack struct {
	Track
	ear   *Leg      // by which the switch records it
	media *media    // its end
	short int       // how many before it ended at once
	again time.Time // when it is tried again to end it; zero where it is to run
}

// endsAtOnce is how soon a track ends that the switch could not write; thriceAtOnce is how often one is begun anew before it is given up.
const (
	endsAtOnce   = 2 * time.Second
	thriceAtOnce = 3
)

// endAgain is how soon it is tried again to end a track.
const endAgain = time.Second

// Record records the conversation from now on, in whatever way it changes, until it is told otherwise, or over. The errors are those of tracks
// that could not be begun, while the others run, or could not be ended yet. It is for Meanwhile, for between two Nexts, and for before Talk.
func (v *Conversation) Record(ctx context.Context, how Recorded) error {
	v.tracks.how = how
	return errors.Join(v.endUnheard(ctx), v.beginHeard(ctx))
}

// WhenUnrecorded lets do know that somebody is not recorded who should be, in the call's goroutine, between two things that are done in
// the conversation. It is for before Talk and Next.
func (v *Conversation) WhenUnrecorded(do func(ctx context.Context, err error)) { v.tracks.fails = do }

// endUnheard ends the tracks of those who are not to be heard.
func (v *Conversation) endUnheard(ctx context.Context) (err error) {
	heard := v.heard()
	for leg, t := range v.tracks.of {
		if !slices.ContainsFunc(heard, func(p *Party) bool { return v.call.legOf(p) == leg }) {
			err = errors.Join(err, v.endTrack(ctx, leg, t))
		}
	}
	return err
}

// endTrack ends a track of the conversation, now or a little later.
func (v *Conversation) endTrack(ctx context.Context, leg LegID, t *runningTrack) error {
	if err := v.call.endTrack(ctx, t); err != nil {
		t.again = time.Now().Add(endAgain)
		return fmt.Errorf("end the record of %s: %w", leg, err)
	}
	delete(v.tracks.of, leg)
	return nil
}

// beginHeard begins the tracks of those who are to be heard.
func (v *Conversation) beginHeard(ctx context.Context) (err error) {
	for _, p := range v.heard() {
		if t := v.tracks.of[v.call.legOf(p)]; t != nil {
			t.again = time.Time{}
		} else {
			err = errors.Join(err, v.beginTrack(ctx, p, 0))
		}
	}
	return err
}

// retrack makes those tracks run that are to, and no others, after the parties have moved.
func (v *Conversation) retrack(ctx context.Context) {
	_ = v.endUnheard(ctx) // tried again
	if err := v.beginHeard(ctx); err != nil {
		v.tellUnrecorded(ctx, err)
	}
}

func (v *Conversation) tellUnrecorded(ctx context.Context, err error) {
	if v.tracks.fails != nil && v.call.gone.Err() == nil && ctx.Err() == nil {
		v.tracks.fails(ctx, err)
	}
}

// heard are those whose words are to be recorded.
func (v *Conversation) heard() []*Party {
	in := present(v.Now().In)
	switch {
	case v.tracks.how == Unrecorded, v.left, v.call.gone.Err() != nil, len(in) < 2:
		return nil
	case v.tracks.how == WithCaller && !slices.Contains(in, v.caller):
		return nil
	}
	return in
}

// beginTrack records what a party says. That they have just left is no error.
func (v *Conversation) beginTrack(ctx context.Context, p *Party, short int) error {
	c, leg := v.call, v.call.legOf(p)
	own := leg
	if p.leg == nil {
		own = ""
	}
	t := &runningTrack{Track: newTrack(c.ID(), own, time.Now()), short: short}
	t.ear = c.expectLeg(newLeg(LegID(t.Name), ""))
	err := c.driver.Monitor(ctx, Monitor{Leg: t.ear.id, Call: c.ID(), Of: leg, Alone: true})
	if err == nil {
		err = v.call.write(ctx, t)
	}
	if err == nil {
		v.tracks.put(leg, t)
		return nil
	}
	_ = c.endTrack(ctx, t) // it ends with the call
	if errors.Is(err, ErrGone) || c.gone.Err() != nil {
		return nil // an event says so next
	}
	return fmt.Errorf("record %s: %w", leg, err)
}

func (ts *tracks) put(leg LegID, t *runningTrack) {
	if ts.of == nil {
		ts.of = make(map[LegID]*runningTrack)
	}
	ts.of[leg] = t
}

// write lets the switch write a track.
func (c *Call) write(ctx context.Context, t *runningTrack) error {
	t.media = c.media.begin(MediaID{Kind: RecordingOf, Name: t.Name})
	return c.driver.Record(ctx, Recording{ID: t.media.id, Leg: t.ear.id})
}

// endTrack ends a track: its recording ends with the leg that it is of.
func (c *Call) endTrack(ctx context.Context, t *runningTrack) error {
	if err := c.endLeg(ctx, t.ear); err != nil {
		return err
	}
	if t.media != nil {
		c.media.forget(t.media)
	}
	return nil
}

// heedTracks begins anew those tracks that have ended though whom they are of is still heard, unless they do so again and again, and ends those
// that the switch did not end. Where there still are such, again says when it is to be called next.
func (v *Conversation) heedTracks(ctx context.Context) (again <-chan time.Time) {
	for leg, t := range v.tracks.of {
		if t.again.IsZero() || !time.Now().Before(t.again) && v.endTrack(ctx, leg, t) == nil {
			continue
		}
		again = time.After(time.Until(t.again))
	}
	for _, p := range v.heard() {
		leg := v.call.legOf(p)
		t := v.tracks.of[leg]
		if t == nil || !t.over() {
			continue
		}
		delete(v.tracks.of, leg)
		_ = v.call.endTrack(ctx, t) // nothing is written any more
		short := t.short + 1
		if time.Since(t.Began) > endsAtOnce {
			short = 0
		}
		err := t.media.err
		if short < thriceAtOnce {
			err = v.beginTrack(ctx, p, short)
		} else if err == nil {
			err = fmt.Errorf("record %s: the switch ends it at once", leg)
		}
		if err != nil {
			v.tellUnrecorded(ctx, err)
		}
	}
	return again
}

// over reports whether the switch has ended a track.
func (t *runningTrack) over() bool {
	select {
	case <-t.media.ended:
		return true
	case <-t.ear.ended:
		return true
	default:
		return false
	}
}

// endTracks ends all of them.
func (v *Conversation) endTracks(ctx context.Context) {
	v.tracks.how = Unrecorded
	for leg, t := range v.tracks.of {
		delete(v.tracks.of, leg)
		_ = v.call.endTrack(ctx, t) // it ends with the call
	}
}

// findTracks takes on the tracks that run after a restart. How the conversation is recorded nobody has said yet: those that are not to
// run end when it is (see Record), and otherwise with it.
func (v *Conversation) findTracks(ctx context.Context, found []LegID) {
	c := v.call
	for _, id := range found {
		c.mu.Lock()
		ear := c.legs[id]
		c.mu.Unlock()
		t, ok := ParseTrack(string(id))
		if ear == nil || !ok {
			continue
		}
		leg := t.Leg
		if leg == "" {
			leg = c.arrival.Leg
		}
		run := &runningTrack{Track: t, ear: ear}
		if v.tracks.of[leg] != nil {
			_ = c.endTrack(ctx, run) // it ends with the call
			continue
		}
		// Hotline may have died before it was written. Of one that is, the switch says ErrGone.
		if err := c.write(ctx, run); err != nil && !errors.Is(err, ErrGone) {
			_ = c.endTrack(ctx, run) // nothing is written
			continue
		}
		v.tracks.put(leg, run)
	}
}
