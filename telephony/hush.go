package telephony

import (
	"context"
	"errors"
	"slices"
)

// A whisper is mixed into what its hearer hears. To an agent who hears nothing at all, as the caller is on hold, a real Asterisk
// (22.10) sends nothing into which it could be mixed: so they hear a hush then, which is nothing to the ear. It covers voices,
// and must be over before anybody comes to them. A playback ends it, and so it begins again and again.

// hush begins a hush for whoever is alone in the bridge and is whispered to. It is for the call's goroutine.
func (v *Conversation) hush(ctx context.Context) error {
	now := v.Now()
	if len(now.In) != 1 || now.In[0].leg == nil || now.In[0].rings { // into a ringing tone a whisper is mixed as well
		return nil
	}
	now.In[0].hushed = true
	return v.call.driver.Play(ctx, now.In[0].leg.id, MediaID{Kind: Hush}, Announcement{})
}

// Ring lets whoever is in the bridge without another, but for supervisors, hear that it rings elsewhere, until Unring, or until somebody else comes to
// them. While a supervisor speaks with them they hear that one instead. It is for Meanwhile.
func (v *Conversation) Ring(ctx context.Context) error {
	v.ringing = len(unsupervised(v.Now().In)) == 1
	return v.RingOn(ctx)
}

// RingOn begins the ringing tone anew that something has ended which was played to its hearer; it does nothing where there is to be none. It is for
// Meanwhile.
func (v *Conversation) RingOn(ctx context.Context) error {
	now := v.Now()
	if !v.ringing || len(now.In) != 1 || now.In[0].leg == nil {
		return nil
	}
	now.In[0].rings = true
	return v.call.driver.Play(ctx, now.In[0].leg.id, MediaID{Kind: Ring}, Announcement{})
}

func unsupervised(all []*Party) []*Party {
	return slices.DeleteFunc(slices.Clone(all), func(p *Party) bool { return p.overseer != nil })
}

// Unring ends that for all; also what a Hotline of before a restart may have begun. It is for Meanwhile.
func (v *Conversation) Unring(ctx context.Context) error {
	v.ringing = false
	return v.unring(ctx, v.Now().In)
}

func (v *Conversation) unring(ctx context.Context, of []*Party) error {
	for _, p := range present(of) {
		if !p.rings {
			continue
		}
		if err := v.call.driver.Stop(ctx, p.leg.id, MediaID{Kind: Ring}); err != nil && !errors.Is(err, ErrGone) {
			return v.call.failed(ctx, "end the ringing tone in a conversation of", err)
		}
		p.rings = false
	}
	return nil
}

// unhush ends the hush of those who are not alone in the bridge from now on, and their ringing tone. It is a step of Bring.
func (v *Conversation) unhush(ctx context.Context, wanted Arrangement) error {
	if len(unsupervised(wanted.In)) > 1 {
		v.ringing = false
	}
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
	return v.unring(ctx, wanted.In)
}

// turns is how often something has happened after which the ears of a leg may be deaf, and whether there is more than one in the bridge now.
func (v *Conversation) turns() (turned int, together bool) {
	v.call.mu.Lock()
	defer v.call.mu.Unlock()
	return v.turned, len(v.now.In) > 1
}

// refreshing are two very short silences, of 16 and then of 8 kHz: see refresh.
var refreshing = Announcement{Parts: []Part{Sound("hotline/silence16"), Sound("hotline/silence8")}}

// refresh lets the ears of a leg hear again what it hears, and the leg their whispers. For them Asterisk makes linear sound of what it writes to
// the leg, and takes a packet for a late one, which it drops, whose number is not within 32,768 after the last (ast_translate; seen with 22.10). So
// it is when a packet follows of another sender, whose numbers began elsewhere; of the same one after a hold of eleven minutes; or, with every second
// sender, after a conference, which writes packets with the number 0 now and then. Then for up to eleven minutes no ear gets anything of what the leg
// hears, nor the leg what is whispered, and a new ear is no better, as the last number is known as long as there is any ear, a recorder's too.
//
// It is forgotten when something of another format is made linear. What Asterisk plays is linear already, unless it has less samples a second
// than the ears have: so it is played 16 kHz, which raises that, and then 8. It falls back when any ear ends, though what is made linear goes on to
// have 16,000, into which no whisper is mixed: so they are refreshed then, too.
func (c *Call) refresh(ctx context.Context, leg *Leg) {
	_ = c.driver.Play(ctx, leg.id, MediaID{Kind: Playback, Name: c.names.next()}, refreshing) // fails where the leg has just left
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
