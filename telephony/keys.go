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
