package asterisk

import (
	"sync"
	"time"
)

// delaysOf is how long a reply that came late is remembered, at least; twice as long at most.
const delaysOf = 500 * time.Millisecond

// settles is for how long after a connection is there, and again after the calls are taken up, what is asked says nothing of Asterisk: it is asked for all calls at once,
// and once more what was lost.
const settles = 3 * time.Second

// delays is how long Asterisk takes to answer what calls ask for, and the heartbeat.
type delays struct {
	mu      sync.Mutex
	counts  time.Time            // from when on what is asked does
	waiting map[uint64]time.Time // since when, by numbers of our own
	last    uint64               // of these
	since   time.Time            // of longest
	longest time.Duration        // of the replies since then
	before  time.Duration        // of those in the time before
}

// forget has everything begin anew, and counts what is asked from a moment on.
func (d *delays) forget(counts time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.waiting)
	d.counts, d.longest, d.before = counts, 0, 0
}

// begin is a request that is sent. It ends when over is called. How long one has waited that got no reply says how long it was waited for, and nothing else.
func (d *delays) begin() (over func(replied bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Now().Before(d.counts) {
		return func(bool) {}
	}
	if d.waiting == nil {
		d.waiting = make(map[uint64]time.Time)
	}
	d.last++
	id, began := d.last, time.Now()
	d.waiting[id] = began
	return func(replied bool) {
		d.mu.Lock()
		defer d.mu.Unlock()
		_, counts := d.waiting[id]
		delete(d.waiting, id)
		if !counts || !replied {
			return
		}
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
