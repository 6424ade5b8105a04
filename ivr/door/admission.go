package door

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Load is how far behind the switch is with what it is asked.
type Load struct {
	Delay    time.Duration // how long what was asked lately has waited for its reply, or waits for it now
	InFlight int           // requests that have no reply yet, those aside that may wait for another reason
}

// The marks between which a line stays what it is: in time, or behind.
var (
	tooMuch = Load{Delay: time.Second, InFlight: 150}
	little  = Load{Delay: 400 * time.Millisecond, InFlight: 75}
)

// Rates of calls that come in, in calls a second.
const (
	fastest = 320.0 // of a line of which nothing else was seen for long
	unknown = 20.0  // of one of which it is not known how many it can begin
	slowest = 2.0   // of one that was, at first
	trickle = 1.0   // while it is behind
)

const (
	// heldMost is how many calls are held at once.
	heldMost = 200
	// fullFrom is how many are held when those who come later are left to the switch, where the line spares them being refused: no more than come in by the trickle
	// within heldLongest, with some to spare for those who come before the switch knows. From fullUntil on they come to the line again.
	fullFrom, fullUntil = 25, 20
	// soon is within what time all who are held come in where the line is in time: then nobody is left to the switch.
	soon = 5 * time.Second
	// heldLongest is how long one is: no longer than people listen to the ringing of a phone. Who rang before anybody could look has heldLeast all the same.
	heldLongest, heldLeast = 30 * time.Second, 10 * time.Second
	// hiccup is for how long a line may be behind, and then go on as before.
	hiccup = 2 * time.Second
	// provenFor is for how long it counts how many came in within a second, at least; twice as long at most.
	provenFor = 30 * time.Second
)

// Admission holds new calls, which ring, while the line is behind: a call costs the switch most when it begins, and one more of them makes all
// others late.
//
//	            delay or requests in flight over tooMuch
//	in time ──────────────────────────────────────────────► behind
//	   ▲        both under little                              │
//	   └───────────────────────────────────────────────────────┘
//
// While the line is behind one call comes in each second. Then they come in as before, or, after more than a hiccup, at half the rate at which it had taken them, and faster by and by. Who comes first
// comes in first. Beyond heldMost, and after heldLongest, a call is turned away; where the line spares callers that, the switch keeps new ones to itself from fullFrom
// on, lets them ring, and says sorry to who cannot come in before long. Any goroutine may use it.
type Admission struct {
	overloaded, heldEver atomic.Int64
	spares               atomic.Bool

	mu     sync.Mutex
	behind bool
	since  time.Time // when it fell behind
	rate   float64   // at which calls come in while the line is in time
	then   float64   // the rate after more than a hiccup
	room   float64   // how many may come in now
	lately float64   // how many came in within the last second or so
	proven struct {
		since        time.Time
		most, before float64 // of lately: since then, and in the time before
	}
	full    bool      // as Full said last, where callers are spared
	at      time.Time // when these were reckoned
	waiting []*Held   // the first comes in next
}

// Held is a call that waits to come in.
type Held struct {
	since   time.Time // it rings
	came    time.Time // by the clock of whoever looks
	over    chan struct{}
	verdict Verdict // to be read once it is over
}

// Over is closed when it is known what becomes of the call.
func (h *Held) Over() <-chan struct{} { return h.over }

// Verdict is that: Welcome or Overloaded.
func (h *Held) Verdict() Verdict { return h.verdict }

// NewAdmission is that of a line that is in time.
func NewAdmission() *Admission { return &Admission{rate: unknown, room: unknown / 10} }

// Arrive is a new call, now, that rings since a moment, by another clock perhaps. It may be Over at once.
func (a *Admission) Arrive(now, since time.Time, l Load) *Held {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reckon(now, l)
	if since.After(now) {
		since = now
	}
	h := &Held{since: since, came: now, over: make(chan struct{})}
	switch {
	case len(a.waiting) == 0 && a.room >= 1 && since.Equal(now): // else others may come who ring for longer
		a.admit(h)
	case len(a.waiting) >= heldMost:
		a.refuse(h)
	default:
		a.heldEver.Add(1)
		at := len(a.waiting)
		for at > 0 && a.waiting[at-1].since.After(since) {
			at--
		}
		a.waiting = slices.Insert(a.waiting, at, h)
	}
	return h
}

// Look lets in those who may, and turns away who was held too long. Each held call has to look from time to time; load is asked for the first of them alone.
func (a *Admission) Look(h *Held, now time.Time, load func() Load) {
	if !a.first(h) {
		return
	}
	l := load()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reckon(now, l)
	for ; len(a.waiting) > 0; a.waiting = a.waiting[1:] {
		switch first := a.waiting[0]; {
		case now.Sub(first.since) >= heldLongest && now.Sub(first.came) >= heldLeast:
			a.refuse(first)
		case a.room >= 1:
			a.admit(first)
		default:
			return
		}
	}
}

func (a *Admission) first(h *Held) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.waiting) > 0 && a.waiting[0] == h
}

// Leave is a held call that ends.
func (a *Admission) Leave(h *Held) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, other := range a.waiting {
		if other == h {
			a.waiting = append(a.waiting[:i:i], a.waiting[i+1:]...)
			return
		}
	}
}

func (a *Admission) admit(h *Held) {
	a.room--
	a.lately++
	a.proven.most = max(a.proven.most, a.lately)
	h.verdict = Welcome
	close(h.over)
}

func (a *Admission) refuse(h *Held) {
	a.overloaded.Add(1)
	h.verdict = Overloaded
	close(h.over)
}

// reckon brings the rates up to now.
func (a *Admission) reckon(now time.Time, l Load) {
	passed := 0.0
	if !a.at.IsZero() {
		passed = max(now.Sub(a.at).Seconds(), 0)
	}
	a.at = now
	a.lately *= math.Exp(-passed)
	switch p := &a.proven; {
	case now.Sub(p.since) >= 2*provenFor:
		p.before, p.most, p.since = 0, 0, now
	case now.Sub(p.since) >= provenFor:
		p.before, p.most, p.since = p.most, 0, now
	}
	was := a.behind
	if was {
		a.behind = l.Delay > little.Delay || l.InFlight > little.InFlight
	} else {
		a.behind = l.Delay > tooMuch.Delay || l.InFlight > tooMuch.InFlight
	}
	rate, most := trickle, 1.0
	switch {
	case a.behind && !was:
		a.since, a.then = now, unknown
		if most := max(a.proven.most, a.proven.before); most > 0 {
			a.then = max(min(a.rate, most)/2, slowest)
		}
	case !a.behind:
		switch {
		case !was:
			a.rate = min(a.rate+passed*max(a.rate/8, 2), fastest)
		case now.Sub(a.since) >= hiccup:
			a.rate = a.then
		}
		rate, most = a.rate, max(a.rate/10, 2)
	}
	a.room = min(a.room+passed*rate, most)
}

// Spare says whether callers whom the line cannot take are left to the switch, which says sorry to them, and not refused.
func (a *Admission) Spare(them bool) { a.spares.Store(them) }

// Full reports whether those who come now are left to the switch.
func (a *Admission) Full() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	held := len(a.waiting)
	a.full = held >= fullFrom || a.full && held > fullUntil
	if !a.behind && float64(held) < a.rate*soon.Seconds() {
		a.full = false
	}
	return a.spares.Load() && a.full
}

// Busy reports whether the line is behind now, or calls are held.
func (a *Admission) Busy(now time.Time, l Load) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reckon(now, l)
	return a.behind || len(a.waiting) > 0
}

// State says whether the line is behind, as it was last reckoned, and how many calls are held.
func (a *Admission) State() (behind bool, held int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.behind, len(a.waiting)
}

// Held counts the calls that were held, and Overloaded those that were turned away.
func (a *Admission) Held() int64       { return a.heldEver.Load() }
func (a *Admission) Overloaded() int64 { return a.overloaded.Load() }
