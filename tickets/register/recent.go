package register

import (
	"slices"
	"sync"
	"time"

	"hotline/tickets"
)

// recentFor is how long a call is remembered after its end: longer than the linking rule looks back.
const recentFor = tickets.BrokenOffWindow + 5*time.Minute

// recent remembers the latest calls by number. The store learns of them a moment later, or much
// later when it is away; a caller who redials at once is to find their ticket all the same.
type recent struct {
	mu    sync.Mutex                          // guards what is below
	calls map[string][]*tickets.Past          // by number key, in order of arrival
	known map[tickets.ContactID]*tickets.Past // the same
	keys  map[tickets.ContactID]string        // number key of each
	ended []tickets.ContactID                 // in order of their end
}

func newRecent() *recent {
	return &recent{calls: map[string][]*tickets.Past{}, known: map[tickets.ContactID]*tickets.Past{}, keys: map[tickets.ContactID]string{}}
}

// begin remembers a call; key may be empty.
func (r *recent) begin(key string, p tickets.Past) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(p.At)
	if r.known[p.Contact] != nil {
		return
	}
	kept := &p
	r.known[p.Contact], r.keys[p.Contact] = kept, key
	if key != "" {
		r.calls[key] = append(r.calls[key], kept)
	}
}

// routed notes that a call has another ticket now, or what its own is about.
func (r *recent) routed(id tickets.ContactID, e tickets.Routed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.known[id]; p != nil {
		p.Ticket, p.Topic = e.Ticket, ""
		if e.Linked == tickets.LinkedNew {
			p.Topic = e.Topic
		}
	}
}

// end notes how a call ended.
func (r *recent) end(id tickets.ContactID, at time.Time, o tickets.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.known[id]; p != nil && p.EndedAt.IsZero() {
		p.EndedAt, p.BrokeOff = at, o.BrokeOff()
		r.ended = append(r.ended, id)
	}
}

// of lists the calls from a number, latest first.
func (r *recent) of(key string) []tickets.Past {
	r.mu.Lock()
	defer r.mu.Unlock()
	var past []tickets.Past
	for _, p := range slices.Backward(r.calls[key]) {
		past = append(past, *p)
	}
	return past
}

// has says whether a ticket is that of a recent call.
func (r *recent) has(n tickets.Number) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.known {
		if p.Ticket == n {
			return true
		}
	}
	return false
}

// forget drops calls that ended long ago. Called with mu held.
func (r *recent) forget(now time.Time) {
	for len(r.ended) > 0 {
		id := r.ended[0]
		p := r.known[id]
		if now.Sub(p.EndedAt) < recentFor {
			return
		}
		r.ended = r.ended[1:]
		key := r.keys[id]
		delete(r.known, id)
		delete(r.keys, id)
		if key == "" {
			continue
		}
		r.calls[key] = slices.DeleteFunc(r.calls[key], func(q *tickets.Past) bool { return q == p })
		if len(r.calls[key]) == 0 {
			delete(r.calls, key)
		}
	}
}
