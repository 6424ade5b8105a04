package tickets

import "time"

// Resumed says that a restarted Hotline found the call again. It stands in the history, and changes nothing.
type Resumed struct{}

func init() { define[Resumed](often) }

func (Resumed) Kind() Kind { return "call.resumed" }

func (Resumed) signOfLife() {}

func (Resumed) apply(*page) error { return nil }

// Resumed notes that the call was found again.
func (c *Case) Resumed(at time.Time) { c.write(at, Resumed{}) }
