package tickets

import (
	"slices"
	"sync"
	"time"
)

// recentFor is how long a call is remembered after its end: longer than the linking rule looks back.
const recentFor = BrokenOffWindow + 5*time.Minute

// recent remembers the latest calls by number. The store learns of them a moment later, or much
// later when it is away; a caller who redials at once is to find their ticket all the same.
type recent struct {
	mu    sync.Mutex           // guards what is below
	calls map[string][]*Past   // by number key, in order of arrival
	known map[ContactID]*Past  // the same
	keys  map[ContactID]string // number key of each
	ended []ContactID          // in order of their end
}

func newRecent() *recent {
	return &recent{calls: map[string][]*Past{}, known: map[ContactID]*Past{}, keys: map[ContactID]string{}}
}

// begin remembers a call; key may be empty.
func (r *recent) begin(key string, p Past) {
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

// moved notes that a call has another ticket now.
func (r *recent) moved(id ContactID, n Number) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.known[id]; p != nil {
		p.Ticket = n
	}
}

// end notes how a call ended.
func (r *recent) end(id ContactID, at time.Time, o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.known[id]; p != nil && p.EndedAt.IsZero() {
		p.EndedAt, p.BrokeOff = at, o.BrokeOff()
		r.ended = append(r.ended, id)
	}
}

// of lists the calls from a number, latest first.
func (r *recent) of(key string) []Past {
	r.mu.Lock()
	defer r.mu.Unlock()
	var past []Past
	for _, p := range slices.Backward(r.calls[key]) {
		past = append(past, *p)
	}
	return past
}

// has says whether a ticket is that of a recent call.
func (r *recent) has(n Number) bool {
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
		r.calls[key] = slices.DeleteFunc(r.calls[key], func(q *Past) bool { return q == p })
		if len(r.calls[key]) == 0 {
			delete(r.calls, key)
		}
	}
}

// merge joins what memory and store know of the calls from a number, without the call itself. Memory
// knows more of those that it has.
func merge(self ContactID, memory, stored []Past) []Past {
	var all []Past
	seen := map[ContactID]bool{self: true}
	for _, p := range append(slices.Clone(memory), stored...) {
		if !seen[p.Contact] {
			seen[p.Contact] = true
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Past) int { return b.At.Compare(a.At) })
	return all
}
