package telephony

import (
	"context"
	"errors"
	"fmt"
)

// Type types digits to those in the bridge who are no agents, as to a machine that asks an agent for them. Whoever has just hung up gets
// none. ErrNotTalking says that nobody is there. It is for Meanwhile.
func (v *Conversation) Type(ctx context.Context, digits string) error {
	typed := false
	for _, p := range present(v.Now().In) {
		if p.role != Caller && p.role != Outside {
			continue
		}
		err := v.call.driver.Type(ctx, v.call.legOf(p), digits)
		if err != nil && !errors.Is(err, ErrGone) {
			return fmt.Errorf("type to %s: %w", v.call.legOf(p), err)
		}
		typed = typed || err == nil
	}
	if !typed {
		return ErrNotTalking
	}
	return nil
}

// mostTyped is how many digits of a leg wait for the conversation at most; nobody types more in the moment that it takes. What is beyond is lost.
const mostTyped = 32

// WhenTyping lets do know what the parties beside the caller type on their phones, digit by digit, in the call's goroutine. Nobody else gets
// that from the switch: what is meant for the others is given to them with Type. It is for before Talk and Next.
func (v *Conversation) WhenTyping(do func(ctx context.Context, p *Party, d Digit)) { v.typing = do }

func (v *Conversation) tellWhatIsTyped(ctx context.Context) {
	for _, p := range v.Others() {
		for _, d := range v.call.typedOn(p.leg) {
			if v.typing != nil {
				v.typing(ctx, p, d)
			}
		}
	}
}

// typedOn takes what was typed on a leg beside the caller's.
func (c *Call) typedOn(leg *Leg) (all []Digit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, leg.typed = leg.typed, nil
	return all
}
