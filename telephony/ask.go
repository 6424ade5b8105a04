package telephony

import (
	"context"
	"errors"
	"slices"
	"time"
)

// The caller of a conversation can be asked something in the midst of it, whether they may be recorded for example. They alone hear it, in the
// bridge or on hold, and the first key that they press is the answer:
//
//	Ask ─► prompt ─► end ─within─► no answer
//	 ▲        │       │
//	 │        └─digit─┴─► the answer
//	 └─ the caller comes into the bridge, or leaves it: then they hear it anew
//
// A real Asterisk (22.10) does not move a caller to whom it plays something until that has ended: so it is ended before each move. Digits it speaks to their
// end whatever it is asked, and so nobody should be asked in digits.

// question is what the caller is asked. It is for the call's goroutine only.
type question struct {
	says     Announcement
	within   time.Duration
	answered func(ctx context.Context, digit byte, err error)

	prompt *prompt
	until  time.Time // the answer may come; zero while the prompt plays
}

// Ask begins to ask the caller something, and returns at once. answered is told in the call's goroutine which key they have pressed: the first one from
// now on, until some time after the prompt's end; 0 is none. Its error says that they could not hear the prompt. Nobody is told where the conversation is
// over first; of two questions the second ends the first. It is for Meanwhile, and for between Join and Talk or Next.
func (v *Conversation) Ask(ctx context.Context, says Announcement, within time.Duration, answered func(ctx context.Context, digit byte, err error)) error {
	v.Unask(ctx)
	v.call.keypad.flush()
	p, err := v.call.startPrompt(ctx, says)
	if err != nil {
		return err
	}
	v.question = &question{says: says, within: within, answered: answered, prompt: p}
	return nil
}

// Unask asks no more what is not answered yet. It is for Meanwhile, and for between Join and Talk or Next.
func (v *Conversation) Unask(ctx context.Context) {
	if q := v.question; q != nil {
		v.question = nil
		q.prompt.stop(ctx)
	}
}

// askAround lets the caller be brought to where they are wanted: what they are asked ends, and again begins it anew.
func (v *Conversation) askAround(ctx context.Context, wanted Arrangement) (again func()) {
	q := v.question
	if q == nil || slices.Contains(v.Now().In, v.caller) == slices.Contains(wanted.In, v.caller) {
		return func() {}
	}
	q.prompt.stop(ctx)
	return func() {
		p, err := v.call.startPrompt(ctx, q.says)
		if err != nil {
			p = noPrompt()
			p.err = err
		}
		q.prompt, q.until = p, time.Time{}
	}
}

// heedAnswer tells what the caller has answered, or that they have not. Where they may still answer it says what Next is to wait for.
func (v *Conversation) heedAnswer(ctx context.Context) (typed, said <-chan struct{}, late <-chan time.Time) {
	for v.question != nil {
		q, keys := v.question, v.call.keypad
		digit, answers := keys.take()
		if !answers && q.until.IsZero() {
			select {
			case <-q.prompt.ended:
			default:
				return keys.typing, q.prompt.ended, nil
			}
			if q.prompt.err != nil && errors.Is(v.call.crossed(ctx, q.prompt.err), ErrHangup) {
				return nil, nil, nil // which is told next
			}
			q.until = time.Now().Add(q.within)
		}
		if !answers && time.Now().Before(q.until) {
			return keys.typing, nil, time.After(time.Until(q.until))
		}
		v.Unask(ctx)
		q.answered(ctx, digit, q.prompt.failure())
	}
	return nil, nil, nil
}
