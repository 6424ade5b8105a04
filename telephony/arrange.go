package telephony

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Arrangement says who of a conversation is where.
type Arrangement struct {
	In     []*Party // the main bridge, where they hear each other
	Beside []*Party // it, where they hear music and nobody
	Music  string   // the class of that music
}

func (a Arrangement) all() []*Party { return slices.Concat(a.In, a.Beside) }

func (a Arrangement) clone() Arrangement {
	return Arrangement{In: slices.Clone(a.In), Beside: slices.Clone(a.Beside), Music: a.Music}
}

// without is an arrangement that some parties are not in.
func (a Arrangement) without(some ...*Party) Arrangement {
	return Arrangement{In: except(a.In, some...), Beside: except(a.Beside, some...), Music: a.Music}
}

func except(all []*Party, some ...*Party) (rest []*Party) {
	for _, p := range all {
		if !slices.Contains(some, p) {
			rest = append(rest, p)
		}
	}
	return rest
}

// set says where everybody is now.
func (v *Conversation) set(a Arrangement) {
	v.call.mu.Lock()
	defer v.call.mu.Unlock()
	if len(v.now.In) != len(a.In) || len(except(a.In, v.now.In...)) > 0 {
		v.turned++
	}
	v.now = a.clone()
	v.call.wakeOverseers()
}

// Bring makes the conversation what is wanted. Who was not in it comes in, with a leg that was answered and is in no other
// bridge; who is not wanted any more is hung up, but only when the wanted are together. The caller must be wanted. With nobody
// in the bridge all wait (see Await). It is for the call's goroutine: in Meanwhile, between two Nexts, and before Talk.
//
// Its steps are in an order in which a Hotline that dies between any two of them leaves nobody in silence, and the next one knows
// all parties, by the note or by the bridge:
//
//	note what is wanted ─► music on who is to be beside ─► bridge exactly who is to be in ─► no more music on them ─► hang up the rest
//	                                                       (and the music anew, where a phone holds with its own key)
//
// Where a conversation begins the others are in the bridge before the caller comes to them (see gather).
//
// Who has hung up meanwhile is left out, and Next tells of them. After an error nobody is hung up and nobody hears silence: who was
// to leave the bridge is beside it, and who was to come in is where they were; whoever was in no conversation before is in none.
func (v *Conversation) Bring(ctx context.Context, wanted Arrangement) error {
	c := v.call
	if err := c.ready(ctx); err != nil {
		return err
	}
	if !slices.Contains(wanted.all(), v.caller) {
		return fmt.Errorf("call %s: a conversation without its caller", c.ID())
	}
	before := v.Now()
	if err := v.noteWanted(ctx, wanted); err != nil {
		return err
	}
	defer v.askAround(ctx, wanted)()
	for _, step := range []func(context.Context, Arrangement) error{v.gather, v.cover, v.unhush, v.fill, v.coverAgain, v.uncover} {
		if err := step(ctx, wanted); err != nil {
			c.record = v.recordFor(v.Now()) // the line's next mark says how it is
			return err
		}
	}
	v.joined, v.awaits = true, len(wanted.In) == 0 || v.awaits && len(unsupervised(wanted.In)) == 0
	c.record = v.recordFor(wanted)
	v.retrack(ctx)
	if slices.ContainsFunc(except(before.In, wanted.In...), func(p *Party) bool { return p.overseer != nil }) {
		_ = v.RingOn(ctx) // fails where the other is about to leave
	}
	for _, p := range except(before.all(), wanted.all()...) {
		c.letGo(ctx, p)
	}
	return nil
}

// gather puts the others into the bridge of a conversation that begins before the caller, who has waited with music, comes to them, as
// from hold: the music ends when all are together, so that they hear it should Hotline die in between. Of two who come into a new bridge at
// once, one of them with music that ends in the same moment, a real Asterisk (22.10) seldom lets neither hear the other: once in 210
// beginnings on a busy machine. It does not where one of the two is there already.
func (v *Conversation) gather(ctx context.Context, wanted Arrangement) error {
	if v.joined || v.resumed || v.call.music == nil {
		return nil
	}
	return v.fill(ctx, Arrangement{In: except(wanted.In, v.caller), Beside: append(slices.Clone(wanted.Beside), v.caller), Music: wanted.Music})
}

// cover plays music to those who are to be beside the bridge, in which it covers the voices of the others until they have left.
func (v *Conversation) cover(ctx context.Context, wanted Arrangement) error {
	for _, p := range wanted.Beside {
		if m := v.call.musicOf(p); p.left() || *m != nil && !(*m).left && (*m).class == wanted.Music {
			continue
		}
		if err := playMusic(ctx, v.call.driver, v.call.legOf(p), wanted.Music); err != nil {
			if p.leg != nil && errors.Is(err, ErrGone) {
				continue // has just hung up, and an event is to say so
			}
			return v.call.failed(ctx, "play music in a conversation of", err)
		}
		*v.call.musicOf(p) = &music{class: wanted.Music}
		now := v.Now()
		if slices.Contains(now.all(), p) { // otherwise they come with the bridge
			now = now.without(p)
			v.set(Arrangement{In: now.In, Beside: append(now.Beside, p), Music: wanted.Music})
		}
	}
	return nil
}

// fill makes the bridge hold who is to be in it, as far as they are still there.
func (v *Conversation) fill(ctx context.Context, wanted Arrangement) error {
	c := v.call
	if len(wanted.In) == 0 {
		c.deleteBridge(ctx)
		return nil
	}
	somebodyComes := !v.joined && !v.resumed || len(except(wanted.In, v.Now().In...)) > 0
	for {
		there := present(wanted.In)
		if len(there) == 0 || len(present(except(wanted.all(), v.caller))) == 0 {
			return nil // all others have left: it is over
		}
		c.mu.Lock()
		c.bridged = true
		c.mu.Unlock()
		err := c.driver.Bridge(ctx, c.bridge(), c.legsOf(there)...)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrGone):
			err = v.awaitLeaver(ctx, there, err)
			if err == nil {
				continue // without them
			}
		default:
			err = c.failed(ctx, "join", err)
		}
		if somebodyComes || c.gone.Err() != nil {
			return err
		}
		// A switch that does not answer now leaves who was to go with music in the bridge: they hear nobody all the same.
		return nil
	}
}

// coverAgain plays the music anew that ended as its hearer left the bridge in which another holds with a key of their phone (see
// Cover). Where it fails they hear nothing until the next verb; nobody can do more then.
func (v *Conversation) coverAgain(ctx context.Context, _ Arrangement) error {
	if !v.somebodyHolds() {
		return nil
	}
	return v.Cover(ctx)
}

// awaitLeaver waits a moment for the hang-up of one of the parties, all of whom were there: it explains why the switch could not
// join them. The error says that there was none.
func (v *Conversation) awaitLeaver(ctx context.Context, there []*Party, why error) error {
	late := time.After(crossingTime)
	for len(present(there)) == len(there) {
		select {
		case <-v.call.legEnded:
		case <-v.call.gone.Done():
			return ErrHangup
		case <-ctx.Done():
			return v.call.ready(ctx)
		case <-late:
			return fmt.Errorf("join the parties of call %s: %w", v.call.ID(), why)
		}
	}
	return nil
}

// uncover ends the music of those who are in the bridge now. Who cannot be reached is as if they were still beside it.
func (v *Conversation) uncover(ctx context.Context, wanted Arrangement) (err error) {
	now := wanted
	for _, p := range present(wanted.In) {
		m := v.call.musicOf(p)
		if *m == nil {
			continue
		}
		if failed := stopMusic(ctx, v.call.driver, v.call.legOf(p)); failed != nil {
			err = v.call.failed(ctx, "end the music of", failed)
			now = Arrangement{In: except(now.In, p), Beside: append(slices.Clone(now.Beside), p), Music: (*m).class}
			continue
		}
		*m = nil
	}
	if err != nil { // nobody is hung up: who is not wanted is out of the bridge, and still a party
		now.Beside = append(slices.Clone(now.Beside), except(v.Now().all(), wanted.all()...)...)
	}
	v.set(now)
	return err
}

// present are those who have not hung up.
func present(all []*Party) []*Party {
	return slices.DeleteFunc(slices.Clone(all), (*Party).left)
}

// legOf is a party's channel.
func (c *Call) legOf(p *Party) LegID {
	if p.leg == nil {
		return c.arrival.Leg
	}
	return p.leg.id
}

func (c *Call) legsOf(all []*Party) (legs []LegID) {
	for _, p := range all {
		legs = append(legs, c.legOf(p))
	}
	return legs
}

// musicOf is where it is kept what music plays to a party.
func (c *Call) musicOf(p *Party) **music {
	if p.leg == nil {
		return &c.music
	}
	return &p.music
}
