package telephony

import (
	"context"
	"errors"
	"slices"
)

// Hold puts the caller on hold: they hear music, and not the others, who do not hear them either. It may be called for a caller
// who is on hold, as after a restart: then they hear this music. It is for Meanwhile, and for before Talk.
//
// The music begins before the caller leaves the bridge, and covers the others' voices there. So at no moment, should Hotline die
// in it, is there silence.
func (v *Conversation) Hold(ctx context.Context, class string) error {
	now := v.Now().without(v.caller)
	return v.Bring(ctx, Arrangement{In: now.In, Beside: append(now.Beside, v.caller), Music: class})
}

// Resume takes the caller back who is on hold. It is for Meanwhile. When it fails they are on hold as before.
func (v *Conversation) Resume(ctx context.Context) error {
	now := v.Now().without(v.caller)
	return v.Bring(ctx, Arrangement{In: append(now.In, v.caller), Beside: now.Beside, Music: now.Music})
}

// Leave takes the caller out of the conversation, which is over: all others are hung up, and the caller hears music, which goes on until
// a verb of the call plays something else. It may be called for a caller who is on hold. It is for Meanwhile, and for before Talk. When it
// fails the conversation goes on, perhaps with the caller on hold.
func (v *Conversation) Leave(ctx context.Context, class string) error {
	others := v.Others()
	if len(others) > 0 || !v.Held() { // who is on hold when the last of the others has left stays so
		if err := v.Hold(ctx, class); err != nil {
			return err
		}
		if err := v.withoutOverseers(ctx); err != nil {
			return err
		}
	}
	v.left, v.awaits, v.endedBy = true, false, Nobody
	v.set(Arrangement{Beside: []*Party{v.caller}, Music: class})
	for _, p := range others {
		v.call.letGo(ctx, p)
	}
	return nil
}

// Await keeps the conversation going with nobody in the bridge but supervisors who speak: the caller hears music, and so does each other party, and
// nobody hears another, until Bring brings somebody into the bridge, or Leave ends it. The caller may be alone. It is for Meanwhile and WhenLeaving.
func (v *Conversation) Await(ctx context.Context, class string) error {
	wanted := Arrangement{Beside: []*Party{v.caller}, Music: class}
	for _, p := range v.Others() {
		if p.overseer != nil {
			wanted.In = append(wanted.In, p)
		} else {
			wanted.Beside = append(wanted.Beside, p)
		}
	}
	return v.Bring(ctx, wanted)
}

// Cover plays their music anew to those who are beside the bridge. Where a party holds with a key of their own phone, the switch has
// music of its own for who is in the bridge with them, and ends whatever plays to either when one of the two leaves it. It is
// for Meanwhile and WhenHolding.
func (v *Conversation) Cover(ctx context.Context) error {
	now := v.Now()
	for _, p := range present(now.Beside) {
		if err := playMusic(ctx, v.call.driver, v.call.legOf(p), now.Music); err != nil && !(p.leg != nil && errors.Is(err, ErrGone)) {
			return v.call.failed(ctx, "play music in a conversation of", err)
		}
		*v.call.musicOf(p) = &music{class: now.Music}
	}
	return nil
}

// somebodyHolds reports whether a party that is or was in the bridge holds with a key of their own phone.
func (v *Conversation) somebodyHolds() bool {
	return slices.ContainsFunc(v.Now().all(), v.Holds)
}

// Tell begins to say something to the caller on hold, whose music goes on afterwards, and returns at once. stop ends it; it must be called
// before the caller is taken back, and at the end of the talk, also where it has ended by itself. It is for Meanwhile.
func (v *Conversation) Tell(ctx context.Context, a Announcement) (stop func(), err error) {
	p, err := v.call.startPrompt(ctx, a)
	if err != nil {
		return func() {}, err
	}
	return func() { p.stop(ctx) }, nil
}

// Held reports whether the caller is on hold. Any goroutine may use it.
func (v *Conversation) Held() bool { return slices.Contains(v.Now().Beside, v.caller) }
