package tickets

import "time"

// BrokenOff says that the call broke off through a fault of ours, such as the death of the switch: neither the caller nor an agent has hung up. The
// end of the call, as Lost, opens the ticket again.
type BrokenOff struct{}

// NoCallback says that the caller of such a call is not called back by the queue, for there is no number at which we may.
type NoCallback struct{}

func init() {
	define[BrokenOff](once)
	define[NoCallback](once)
}

func (BrokenOff) Kind() Kind  { return "call.broken_off" }
func (NoCallback) Kind() Kind { return "call.no_callback" }

func (BrokenOff) apply(*page) error  { return nil }
func (NoCallback) apply(*page) error { return nil }

// BrokenOff notes that the call broke off, and whether its caller can be called back.
func (c *Case) BrokenOff(at time.Time, callable bool) {
	c.write(at, BrokenOff{})
	if !callable {
		c.write(at, NoCallback{})
	}
}
