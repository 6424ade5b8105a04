package asterisk

import (
	"sync"
	"time"
)

// delaysOf is how long a reply that came late is remembered, at least; twice as long at most.
const delaysOf = 500 * time.Millisecond

// delays is how long Asterisk takes to answer what calls ask for, and the heartbeat.
type delays struct {
	mu      sync.Mutex
	waiting map[uint64]time.Time // since when, by numbers of our own
	last    uint64               // of these
	since   time.Time            // of longest
	longest time.Duration        // of the replies since then
	before  time.Duration        // of those in the time before
}

// begin is a request that is sent. It ends when over is called.
func (d *delays) begin() (over func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting == nil {
		d.waiting = make(map[uint64]time.Time)
	}
	d.last++
	id, began := d.last, time.Now()
	d.waiting[id] = began
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.waiting, id)
		now := time.Now()
		d.turn(now)
		d.longest = max(d.longest, now.Sub(began))
	}
}

// turn forgets what is too old.
func (d *delays) turn(now time.Time) {
	switch age := now.Sub(d.since); {
	case age >= 2*delaysOf:
		d.before, d.longest, d.since = 0, 0, now
	case age >= delaysOf:
		d.before, d.longest, d.since = d.longest, 0, now
	}
}

// now is the longest that a request has waited lately or waits now, and how many wait.
func (d *delays) now() (longest time.Duration, inFlight int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.turn(now)
	longest = max(d.longest, d.before)
	for _, since := range d.waiting {
		longest = max(longest, now.Sub(since))
	}
	return longest, len(d.waiting)
}

// Delay is how long Asterisk took lately, or takes now, to answer what calls ask for, and the heartbeat; and how many requests have no reply yet.
func (s *Switch) Delay() (longest time.Duration, inFlight int) { return s.requests.delays.now() }
