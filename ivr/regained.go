package ivr

import (
	"sync"
	"time"

	"hotline/queues"
)

// regained are the requests that stand at an older place: the router gave back the one of a caller who had hung up and called
// again soon.
type regained struct {
	mu       sync.Mutex
	requests map[queues.RequestID]queues.Request // gone with the end
}

// Stepped takes note of what the router says of callbacks, and of places that were given back. It implements acd.Observer, and never waits.
func (l *Line) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	l.back.Stepped(at, e, decided)
	l.regained.note(decided)
}

func (r *regained) note(decided []queues.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.PlaceRegained:
			r.requests[d.Request.ID] = d.Request
		case *queues.RequestEnded:
			delete(r.requests, d.Request.ID)
		}
	}
}

// of is a request that was just enqueued as it stands at an older place; not ok where it has its own.
func (r *regained) of(id queues.RequestID) (q queues.Request, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q, ok = r.requests[id]
	return q, ok
}
