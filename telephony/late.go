package telephony

import "time"

// A process that was stopped, or whose machine hung, has heard nobody meanwhile. When it goes on its own clocks are the first to ring, and what has happened waits to be
// read still. So a deadline that falls into such a time, or shortly after it, is put off until that is heard. Who waits for one sees it by waking far more often:
//
//	wake := Wake(due)
//	<-time.After(time.Until(wake))
//	if Late(wake) { due = PutOff(due) }

// HeardWithin is how long it takes at most, also where the switch has to be connected to again.
const HeardWithin = 5 * time.Second

// wakesEvery is how often who waits looks whether the process runs.
const wakesEvery = 200 * time.Millisecond

// Wake is when who waits for a deadline looks next whether the process runs.
func Wake(due time.Time) time.Time {
	if soon := time.Now().Add(wakesEvery); soon.Before(due) {
		return soon
	}
	return due
}

// Late reports whether a time of Wake passed while the process did not run.
func Late(wake time.Time) bool { return time.Since(wake) > time.Second }

// PutOff is a deadline after the process did not run.
func PutOff(deadline time.Time) time.Time {
	if heard := time.Now().Add(HeardWithin); deadline.Before(heard) {
		return heard
	}
	return deadline
}

// WaitUntil waits until a deadline, which is put off where the process does not run, and reports whether it came before done was closed.
func WaitUntil(done <-chan struct{}, due time.Time) bool {
	for {
		wake := Wake(due)
		select {
		case <-time.After(time.Until(wake)):
		case <-done:
			return false
		}
		switch {
		case Late(wake):
			due = PutOff(due)
		case !time.Now().Before(due):
			return true
		}
	}
}
