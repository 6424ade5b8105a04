package telephony

import (
	"context"
	"errors"
	"slices"
	"time"
)

// A whisper is mixed into what its hearer hears. To an agent who hears nothing at all, as the caller is on hold, a real Asterisk
// (22.10) sends nothing into which it could be mixed: so they hear a hush then, which is nothing to the ear. It covers voices,
// and must be over before anybody comes to them. A playback ends it, and so it begins again and again.

// hush begins a hush for whoever is alone in the bridge and is whispered to. It is for the call's goroutine.
func (v *Conversation) hush(ctx context.Context) error {
	now := v.Now()
	if len(now.In) != 1 || now.In[0].leg == nil {
		return nil
	}
	now.In[0].hushed = true
	return v.call.driver.Play(ctx, now.In[0].leg.id, MediaID{Kind: Hush}, Announcement{})
}

// unhush ends the hush of those who are not alone in the bridge from now on. It is a step of Bring.
func (v *Conversation) unhush(ctx context.Context, wanted Arrangement) error {
	if len(wanted.In) < 2 {
		return nil
	}
	for _, p := range present(wanted.In) {
		if !p.hushed {
			continue
		}
		if err := v.call.driver.Stop(ctx, p.leg.id, MediaID{Kind: Hush}); err != nil && !errors.Is(err, ErrGone) {
			return v.call.failed(ctx, "end the hush in a conversation of", err)
		}
		p.hushed = false
	}
	return nil
}

// thinnedOut is how often more than two were in the bridge, and then two.
func (v *Conversation) thinnedOut() int {
	v.call.mu.Lock()
	defer v.call.mu.Unlock()
	return v.thinned
}

// refreshTime is how long a leg hears nothing for a refresh; and after refreshAgain there is another one.
const (
	refreshTime  = 250 * time.Millisecond
	refreshAgain = 2 * time.Second
)

// refresh lets a leg hear a moment of silence. Where three were in a bridge and then two, a real Asterisk (22.10) often gives an ear
// nothing of what its leg hears from then on, nor the leg what the ear whispers, until it has put out sound of another coding to the leg,
// as its own sounds are of, or until there was no ear at all for a moment. A recorder is an ear as well, and stays.
func (c *Call) refresh(ctx context.Context, leg *Leg) {
	id := MediaID{Kind: Playback, Name: c.names.next()}
	if c.driver.Play(ctx, leg.id, id, Announcement{Parts: []Part{Silence(time.Second)}}) != nil {
		return // has just left
	}
	select {
	case <-time.After(refreshTime):
	case <-ctx.Done():
	}
	ctx, cancel := release(ctx)
	defer cancel()
	_ = c.driver.Stop(ctx, leg.id, id) // it ends by itself otherwise
}

// withoutOverseers takes supervisors who speak out of the bridge, in which others stay.
func (v *Conversation) withoutOverseers(ctx context.Context) error {
	now := v.Now()
	some := slices.DeleteFunc(now.all(), func(p *Party) bool { return p.overseer == nil })
	if rest := now.without(some...); len(some) > 0 && len(rest.In) > 0 {
		return v.Bring(ctx, rest)
	}
	return nil
}
