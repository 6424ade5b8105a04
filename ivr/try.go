package ivr

import (
	"context"
	"time"

	"hotline/telephony"
)

// tried serves a call that the house itself makes to try the line: it is answered and greeted as customers are, and that is all. It has no ticket, no door and no
// queue, and nothing counts it. While customers are held it rings as they do. One that is found after a restart is over.
func (l *Line) tried(ctx context.Context, call *telephony.Call) bool {
	a := call.Arrival()
	if l.Tries == nil || !l.Tries(a) {
		return false
	}
	if a.Resume != nil {
		if !fresh(a) {
			l.resumed.Add(1)
		}
		return true
	}
	_ = call.Mark(ctx, turnedAway)
	if !l.inTime(ctx, call) {
		return true
	}
	err := call.Answer(ctx)
	if err == nil {
		greeting := telephony.Announcement{Language: l.Languages[0]}
		for _, p := range l.Flow.Greeting() {
			greeting.Parts = append(greeting.Parts, sound(p))
		}
		err = call.Play(ctx, greeting)
	}
	l.Log.Debug("a call that tries the line is over", "call", call.ID(), "err", err)
	return true
}

// inTime waits until a customer who called now would not be held. It takes nobody's turn, and is false where the call, or ctx, is over before.
func (l *Line) inTime(ctx context.Context, call *telephony.Call) bool {
	look := time.NewTicker(looksEvery)
	defer look.Stop()
	for l.Admission != nil && l.Admission.Busy(time.Now(), l.Load()) {
		select {
		case <-look.C:
		case <-call.Gone():
			return false
		case <-ctx.Done():
			return false
		}
	}
	return true
}
