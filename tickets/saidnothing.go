package tickets

import "time"

// SaidNothing says that a caller who was asked for a message was silent until the recorder ended: there is none.
type SaidNothing struct{}

func init() { define[SaidNothing](once) }

func (SaidNothing) Kind() Kind { return "call.said_nothing" }

func (SaidNothing) apply(*page) error { return nil }

// SaidNothing notes that the caller has left no message, though they were asked for one.
func (c *Case) SaidNothing(at time.Time) { c.write(at, SaidNothing{}) }
