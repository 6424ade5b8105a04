package callback

import (
	"context"
	"maps"
	"time"

	"hotline/queues"
	"hotline/telephony"
)

// Who was promised a callback is on the line for a while yet: they hear the promise and whatever the flow says then. Their phone
// is busy for us until they hang up, so nobody dials it sooner. An agent who is asked first waits for that with music.

// hangsUpLast is how long an agent waits. A phone that is not put down then is busy, and called again later.
const hangsUpLast = 20 * time.Second

// Lingers notes that somebody who is promised a callback is on the line still, until gone is closed.
func (c *Callbacks) Lingers(id queues.RequestID, gone <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.lingering, func(_ queues.RequestID, gone <-chan struct{}) bool {
		select {
		case <-gone:
			return true
		default:
			return false
		}
	})
	c.lingering[id] = gone
}

// hungUp waits until somebody who was promised a callback has hung up. The error is that of a phone that is busy, or ctx's cause.
func (c *Callbacks) hungUp(ctx context.Context, id queues.RequestID, to telephony.Address) error {
	c.mu.Lock()
	gone, lingers := c.lingering[id]
	c.mu.Unlock()
	if !lingers {
		return nil
	}
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(hangsUpLast):
		return &telephony.DialError{To: to, Cause: telephony.CauseBusy}
	}
}
