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

// delays is how long Asterisk takes to answer what calls ask for, and the heartbeat. That one socket is mute, or a reply is lost or late by itself, is none: what one
// socket alone says is of Asterisk where it says it twice.
type delays struct {
	mu      sync.Mutex
	counts  time.Time     // from when on what is asked does
	sockets []socketDelay // one for each at least; over HTTP they stand for as many shares of the calls
	last    uint64        // of the numbers of requests
	since   time.Time     // of each longest
}

type socketDelay struct {
	waiting map[uint64]time.Time // since when, by numbers of our own
	longest time.Duration        // of the replies since delays.since
	before  time.Duration        // of those in the time before
	last    time.Duration        // of its last reply
	twice   time.Duration        // what its last two replies both took
	at      time.Time            // of the last
}

func newDelays(sockets int) *delays {
	d := &delays{sockets: make([]socketDelay, sockets)}
	d.forget(time.Time{})
	return d
}

// forget has everything begin anew, and counts what is asked from a moment on.
func (d *delays) forget(counts time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.sockets {
		d.sockets[i] = socketDelay{waiting: make(map[uint64]time.Time)}
	}
	d.counts = counts
}

// begin is a request that is sent on a lane. It ends when over is called. How long one has waited that got no reply says how long it was waited for, and nothing else.
func (d *delays) begin(lane uint32) (over func(replied bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	began := time.Now()
	if began.Before(d.counts) {
		return func(bool) {}
	}
	d.last++
	id, s := d.last, &d.sockets[lane%uint32(len(d.sockets))]
	s.waiting[id] = began
	return func(replied bool) {
		d.mu.Lock()
		defer d.mu.Unlock()
		_, counts := s.waiting[id]
		delete(s.waiting, id)
		if !counts || !replied {
			return
		}
		now := time.Now()
		d.turn(now)
		took := now.Sub(began)
		s.longest, s.twice, s.last, s.at = max(s.longest, took), min(s.last, took), took, now
	}
}

// turn forgets what is too old.
func (d *delays) turn(now time.Time) {
	age := now.Sub(d.since)
	if age < delaysOf {
		return
	}
	d.since = now
	for i := range d.sockets {
		s := &d.sockets[i]
		s.before, s.longest = s.longest, 0
		if age >= 2*delaysOf {
			s.before = 0
		}
	}
}

// now is the longest that a request has waited lately or waits now, and how many wait. The socket that is latest counts as far as it was as late the time before,
// and the one on which most wait is left out: the others bear witness.
func (d *delays) now() (longest time.Duration, inFlight int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.turn(now)
	var latest time.Duration
	most := 0
	for _, s := range d.sockets {
		late, waits := max(s.longest, s.before), time.Duration(0)
		for _, since := range s.waiting {
			waits = max(waits, now.Sub(since))
		}
		late = max(late, waits)
		latest, longest = max(latest, late), max(longest, min(latest, late), min(s.last, waits))
		if now.Sub(s.at) < 2*delaysOf {
			longest = max(longest, s.twice)
		}
		inFlight += len(s.waiting)
		most = max(most, len(s.waiting))
	}
	if len(d.sockets) == 1 {
		return latest, inFlight
	}
	return longest, inFlight - most
}

// Delay is how long Asterisk took lately, or takes now, to answer what calls ask for, and the heartbeat; and how many requests have no reply yet, where one socket,
// that on which most are, does not count.
func (s *Switch) Delay() (longest time.Duration, inFlight int) { return s.requests.delays.now() }
