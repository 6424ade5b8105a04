package telephony

import "time"

// A process that was stopped, or whose machine hung, has heard nobody meanwhile. When it goes on its own clocks are the first to ring, and what has happened waits to be
// read still. So a deadline that is noticed too late to be one is put off until that is heard.

// HeardWithin is how long it takes at most, also where the switch has to be connected to again.
const HeardWithin = 5 * time.Second

// Late reports whether a time that somebody waited for passed while the process did not run.
func Late(due time.Time) bool { return time.Since(due) > time.Second }

// putOff is a deadline after the process did not run.
func putOff(deadline time.Time) time.Time {
	if heard := time.Now().Add(HeardWithin); deadline.Before(heard) {
		return heard
	}
	return deadline
}
