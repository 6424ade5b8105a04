package gate

import (
	"sync"
	"time"
)

// limits counts failed sign-ins in leaky buckets: by address, by login and address, and by login
// alone. The last is wide: it stops guessing from many addresses, and one address
// can fill the others only, so that nobody locks a colleague out from their own desk.
type limits struct {
	mu      sync.Mutex
	buckets map[bucketKey]bucket // guarded by mu
}

type bucketKey struct{ login, address string } // either may be empty

// bucket holds failures and leaks one every leak.
type bucket struct {
	level float64
	at    time.Time
}

// rule is how many failures a bucket holds, and how fast it leaks.
type rule struct {
	holds float64
	leak  time.Duration
}

var (
	pairRule    = rule{holds: 5, leak: 10 * time.Second}
	addressRule = rule{holds: 20, leak: 3 * time.Second}
	loginRule   = rule{holds: 100, leak: 30 * time.Second}
)

const bucketsMost = 50000

func rules(login, address string) [3]struct {
	key  bucketKey
	rule rule
} {
	return [3]struct {
		key  bucketKey
		rule rule
	}{
		{bucketKey{login, address}, pairRule},
		{bucketKey{"", address}, addressRule},
		{bucketKey{login, ""}, loginRule},
	}
}

// blocked says how long to wait before the next attempt; 0 is not at all.
func (l *limits) blocked(login, address string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	for _, r := range rules(login, address) {
		b := l.buckets[r.key].leaked(r.rule, now)
		if over := b.level + 1 - r.rule.holds; over > 0 {
			wait = max(wait, time.Duration(over*float64(r.rule.leak)))
		}
	}
	return wait
}

// failed counts a failure.
func (l *limits) failed(login, address string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets == nil {
		l.buckets = map[bucketKey]bucket{}
	}
	if len(l.buckets) > bucketsMost {
		l.sweep(now)
	}
	for _, r := range rules(login, address) {
		b := l.buckets[r.key].leaked(r.rule, now)
		b.level++
		l.buckets[r.key] = b
	}
}

// sweep forgets empty buckets, and, where a flood fills them all, any.
func (l *limits) sweep(now time.Time) {
	for k, b := range l.buckets {
		if now.Sub(b.at) > time.Minute {
			delete(l.buckets, k)
		}
	}
	for k := range l.buckets {
		if len(l.buckets) <= bucketsMost/2 {
			return
		}
		delete(l.buckets, k)
	}
}

func (b bucket) leaked(r rule, now time.Time) bucket {
	if b.at.IsZero() {
		return bucket{at: now}
	}
	b.level = max(0, b.level-float64(now.Sub(b.at))/float64(r.leak))
	b.at = now
	return b
}
