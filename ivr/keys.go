package ivr

import (
	"context"
	"errors"

	"hotline/queues"
	"hotline/telephony"
)

// Type types digits to the caller of a talk, as to a machine that an agent has called. The error is ErrHeld for a caller on hold.
func (l *Line) Type(ctx context.Context, id telephony.CallID, of queues.AgentID, digits string) error {
	return l.meanwhile(ctx, id, of, func(_ *script, ctx context.Context, v *telephony.Conversation) error {
		err := v.Type(ctx, digits)
		if errors.Is(err, telephony.ErrNotTalking) && v.Held() {
			return ErrHeld
		}
		return err
	})
}
