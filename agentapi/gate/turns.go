package gate

import (
	"context"
	"math"
	"sync"
	"time"
)

// turns lets attempts to sign in be tried one after the other, so that guessing is slow and whoever has the right password is let
// in all the same. Nobody is refused for what others got wrong: they wait, for seconds.
//
//	attempt ──► waits until each of its buckets lets one through ──► is tried ──► right: the next at once
//	            (its pair of login and address, its address,                  └─► wrong: the buckets fill, and the next
//	            its login, everybody; or its browser alone)                       comes after a pause
//
// Who goes first, where several may: a browser that has signed in with this login before, which has a bucket of its own and waits
// for nobody else's failures; then who has fewer failures behind them; then who came last, for a guesser's attempts pile up, and a
// person has one.
//
// Everything is bounded: the pauses, by their rules; who waits, by number and by time; attempts that are tried at once; and the
// buckets, since each is of an attempt that waits or of a failure that is not forgotten.
type turns struct {
	mu      sync.Mutex
	buckets map[bucketKey]*bucket // guarded by mu
	waiting []*attempt            // in the order in which they came; guarded by mu
	trying  int                   // guarded by mu
	wake    *time.Timer           // for the first pause that ends; guarded by mu
}

const (
	triedAtOnce  = 2 // a password's hash takes a core for a while, and telephony needs it, too
	waitingMost  = 1000
	waitingOfOne = 100 // from one address, or of one browser
	// LongestWaiting is how long an attempt to sign in waits for its turn, at most.
	LongestWaiting = 45 * time.Second
	bucketsMost    = 20000
)

// rule is how many failures a bucket takes without a pause, and how long the pauses are then. A pause grows with the failures, of
// which half are forgotten every halfLife: whoever guesses for long is soon slow, to some 20,000 a day at one login, and whoever was
// guessed at is soon as before.
type rule struct {
	free    float64
	pause   time.Duration // after the first failure too many; once more as long for each grows more
	grows   float64
	longest time.Duration
	atOnce  int // before there are pauses; then it is one
}

const halfLife = 5 * time.Minute

var (
	ofPair     = rule{free: 5, pause: 500 * time.Millisecond, grows: 20, longest: 5 * time.Second, atOnce: 1}
	ofBrowser  = ofPair
	ofAddress  = rule{free: 20, pause: 200 * time.Millisecond, grows: 20, longest: 2 * time.Second, atOnce: 2}
	ofSite     = rule{free: 60, pause: 200 * time.Millisecond, grows: 60, longest: time.Second, atOnce: 2}
	ofLogin    = rule{free: 20, pause: 250 * time.Millisecond, grows: 20, longest: 4 * time.Second, atOnce: 1}
	ofEveryone = rule{free: 100, pause: 250 * time.Millisecond, grows: 1, longest: 250 * time.Millisecond, atOnce: triedAtOnce}
)

// bucketKey is whose failures a bucket holds. What is not meant is empty.
type bucketKey struct{ login, address, site, browser string }

// bucket holds failures, which fade away.
type bucket struct {
	rule  rule
	level float64
	at    time.Time // of level
	next  time.Time // before it, nobody is let through
	busy  int       // attempts that are tried
	users int       // attempts that wait or are tried
}

// claim is who somebody says they are, and from where.
type claim struct {
	login, address, site string
	browser              string // one that has signed in with this login before; "" is none
}

// attempt is a claim that waits for its turn, or has it.
type attempt struct {
	claim
	buckets []*bucket
	turn    chan bool // true: it is tried now; false: it is given up. Has room for one
}

// take waits for the turn of an attempt; false is that it did not come. Whoever got a turn ends it.
func (t *turns) take(ctx context.Context, c claim) (*attempt, bool) {
	a := &attempt{claim: c, turn: make(chan bool, 1)}
	t.mu.Lock()
	a.buckets = t.bucketsOf(c)
	t.waiting = append(t.waiting, a)
	t.makeRoom(a)
	t.next()
	t.mu.Unlock()
	patience := time.NewTimer(LongestWaiting)
	defer patience.Stop()
	select {
	case mine := <-a.turn:
		return a, mine
	case <-patience.C:
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case mine := <-a.turn: // in the same instant
		return a, mine
	default:
		t.giveUp(a)
		return a, false
	}
}

// outcome is what came of an attempt.
type outcome int

const (
	undecided outcome = iota // nothing that counts: the accounts could not be read, or a right password came without its code
	right
	wrong
)

// end gives the turn back. A wrong attempt makes the next ones wait; a right one takes away what its own pair or browser has against it.
func (t *turns) end(a *attempt, came outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for i, b := range a.buckets {
		b.busy--
		b.users--
		switch {
		case came == wrong:
			b.fill(now)
		case came == right && i == 0:
			b.level, b.next = 0, time.Time{}
		}
	}
	t.trying--
	if len(t.buckets) > bucketsMost/2 {
		t.sweep(now)
	}
	t.next()
}

// bucketsOf are those that an attempt has to pass; the first is its own.
func (t *turns) bucketsOf(c claim) (all []*bucket) {
	need := func(key bucketKey, r rule) {
		b := t.buckets[key]
		if b == nil {
			b = &bucket{rule: r}
			if t.buckets == nil {
				t.buckets = map[bucketKey]*bucket{}
			}
			t.buckets[key] = b
		}
		b.users++
		all = append(all, b)
	}
	if c.browser != "" {
		need(bucketKey{login: c.login, browser: c.browser}, ofBrowser)
		return all
	}
	need(bucketKey{login: c.login, address: c.address}, ofPair)
	need(bucketKey{address: c.address}, ofAddress)
	if c.site != "" {
		need(bucketKey{site: c.site}, ofSite)
	}
	need(bucketKey{login: c.login}, ofLogin)
	need(bucketKey{}, ofEveryone)
	return all
}

// makeRoom gives up the last in the order of turns, where an address or all together have too many who wait.
func (t *turns) makeRoom(newest *attempt) {
	var last, lastHere *attempt
	here := 0
	now := time.Now()
	for _, a := range t.waiting {
		if last == nil || !before(a, last, now) {
			last = a
		}
		if a.address == newest.address && a.browser == newest.browser {
			here++
			if lastHere == nil || !before(a, lastHere, now) {
				lastHere = a
			}
		}
	}
	switch {
	case here > waitingOfOne:
		t.giveUp(lastHere)
		lastHere.turn <- false
	case len(t.waiting) > waitingMost:
		t.giveUp(last)
		last.turn <- false
	}
}

// giveUp forgets an attempt that waits.
func (t *turns) giveUp(a *attempt) {
	t.leave(a)
	for _, b := range a.buckets {
		b.users--
	}
}

// leave takes an attempt out of the line.
func (t *turns) leave(a *attempt) {
	for i, other := range t.waiting {
		if other == a {
			t.waiting = append(t.waiting[:i], t.waiting[i+1:]...)
			return
		}
	}
}

// next lets those through whose turn it is, and sets the clock for the first pause that ends.
func (t *turns) next() {
	now := time.Now()
	for t.trying < triedAtOnce {
		var first *attempt
		var pause time.Duration // until one may be let through whom nothing but time holds up
		for _, a := range t.waiting {
			switch wait, held := a.held(now); {
			case held:
			case wait > 0:
				if pause == 0 || wait < pause {
					pause = wait
				}
			case first == nil || before(a, first, now):
				first = a
			}
		}
		if first == nil {
			t.wakeIn(pause)
			return
		}
		t.leave(first)
		for _, b := range first.buckets {
			b.busy++
		}
		t.trying++
		first.turn <- true
	}
}

func (t *turns) wakeIn(pause time.Duration) {
	switch {
	case pause == 0:
	case t.wake == nil:
		t.wake = time.AfterFunc(pause, func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.next()
		})
	default:
		t.wake.Reset(pause)
	}
}

// held says whether other attempts hold this one up, and else how long it waits for a pause to end.
func (a *attempt) held(now time.Time) (wait time.Duration, held bool) {
	for _, b := range a.buckets {
		if b.busy >= b.rule.atOnce || b.busy > 0 && b.level > b.rule.free {
			return 0, true
		}
		wait = max(wait, b.next.Sub(now))
	}
	return wait, false
}

// before says whether a goes before b, where both wait and b came first.
func before(a, b *attempt, now time.Time) bool {
	if (a.browser != "") != (b.browser != "") {
		return a.browser != ""
	}
	return a.suspicion(now) <= b.suspicion(now)
}

// suspicion are the failures behind an attempt that may well be its own: of its pair or browser, and of its address.
func (a *attempt) suspicion(now time.Time) (failures int) {
	for _, b := range a.buckets[:min(2, len(a.buckets))] {
		b.fadeTo(now)
		failures += int(b.level + 0.5)
	}
	return failures
}

// fill adds a failure, and sets the pause that follows it.
func (b *bucket) fill(now time.Time) {
	b.fadeTo(now)
	b.level++
	if over := b.level - b.rule.free; over > 0 {
		pause := time.Duration(float64(b.rule.pause) * (1 + (over-1)/b.rule.grows))
		b.next = now.Add(min(pause, b.rule.longest))
	}
}

func (b *bucket) fadeTo(now time.Time) {
	if !b.at.IsZero() {
		b.level *= math.Exp2(-now.Sub(b.at).Minutes() / halfLife.Minutes())
	}
	b.at = now
}

// sweep forgets the buckets that nobody uses and that are empty, and, where a flood fills them all, any that nobody uses.
func (t *turns) sweep(now time.Time) {
	for key, b := range t.buckets {
		if b.fadeTo(now); b.users == 0 && b.level < 0.5 {
			delete(t.buckets, key)
		}
	}
	for key, b := range t.buckets {
		if len(t.buckets) <= bucketsMost {
			return
		}
		if b.users == 0 {
			delete(t.buckets, key)
		}
	}
}
