package telephony

import (
	"context"
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

// Held reports whether the caller is on hold. Any goroutine may use it.
func (v *Conversation) Held() bool { return slices.Contains(v.Now().Beside, v.caller) }
