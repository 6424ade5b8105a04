// Package door decides whether a new call comes in at all. Nearly every call does. Two kinds are turned away before they have a
// ticket, take a number or cost an answer:
//
//	blocked   the caller's number stands in the list of those who are not served, each with the moment until when
//	flooded   one number, or one address that calls come from, has sent more calls than a person or a carrier would
//
// Calls are counted by GCRA, a leaky bucket that keeps one moment for each number and address: so many calls may come at once,
// and as many in each minute after. A call that is turned away does not count, so that who slows down is served again at once.
// A third kind comes later than others, or not at all, because the line is behind with its work: see Admission. It has its ticket.
// Who withholds their number, and whose network tells it all the same, is judged by it as anybody else: what is withheld is not shown, and a
// refusal shows nothing. Of whom nobody knows a number is not counted by it: strangers are not one another.
package door

import (
	"cmp"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"hotline/telephony"
)

// Rules say who is turned away.
type Rules struct {
	// PerNumber and PerAddress are how many calls may come in a minute from one caller's number, and from one address that
	// the switch receives calls from; of IPv6 a network of 64 bits is one address. 0 sets no limit.
	PerNumber, PerAddress int
	// Blocked are numbers that are not served, by their keys (telephony.Number.Key), each until a moment.
	Blocked map[string]time.Time
}

// Verdict says whether a call comes in.
type Verdict uint8

const (
	Welcome    Verdict = iota
	Blocked            // its number is not served
	Flooded            // too many like it come
	Overloaded         // the line is behind, and enough calls wait to come in: see Admission
)

func (v Verdict) String() string {
	return [...]string{"welcome", "blocked", "flooded", "overloaded"}[v]
}

// Door keeps count. Any goroutine may use it.
type Door struct {
	turnedAway [Flooded + 1]atomic.Int64

	mu        sync.Mutex
	rules     Rules
	numbers   bucket
	addresses bucket
}

// New makes a door.
func New(r Rules) *Door { return &Door{rules: r} }

// Change replaces the rules. What was counted stays.
func (d *Door) Change(r Rules) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules = r
}

// TurnedAway counts the calls that met a verdict other than Welcome.
func (d *Door) TurnedAway(v Verdict) int64 { return d.turnedAway[v].Load() }

// Knock is a new call at the door, now.
func (d *Door) Knock(a telephony.Arrival, now time.Time) Verdict {
	v := d.judge(a, now)
	if v != Welcome {
		d.turnedAway[v].Add(1)
	}
	return v
}

func (d *Door) judge(a telephony.Arrival, now time.Time) Verdict {
	d.mu.Lock()
	defer d.mu.Unlock()
	number, address := cmp.Or(a.From.Key(), a.Hidden.Key()), network(a.Address)
	if number != "" && now.Before(d.rules.Blocked[number]) {
		return Blocked
	}
	if !d.numbers.room(number, d.rules.PerNumber, now) || !d.addresses.room(address, d.rules.PerAddress, now) {
		return Flooded
	}
	d.numbers.fill(number, d.rules.PerNumber, now)
	d.addresses.fill(address, d.rules.PerAddress, now)
	return Welcome
}

// network is what counts as one address. What is no address counts as none.
func network(address netip.Addr) string {
	switch a := address.Unmap(); {
	case !a.IsValid():
		return ""
	case a.Is4():
		return a.String()
	default:
		all, _ := a.WithZone("").Prefix(64) // an IPv6 address has so many
		return all.String()
	}
}

// bucket has a moment for each key: when all that was poured in will have leaked out.
type bucket struct {
	empty map[string]time.Time
}

// keysMost bounds the memory, should each call have another number.
const keysMost = 50_000

// room reports whether one more fits.
func (b *bucket) room(key string, perMinute int, now time.Time) bool {
	if key == "" || perMinute <= 0 {
		return true
	}
	return b.after(key, perMinute, now).Sub(now) <= time.Minute
}

// fill pours one in.
func (b *bucket) fill(key string, perMinute int, now time.Time) {
	if key == "" || perMinute <= 0 {
		return
	}
	if b.empty == nil {
		b.empty = make(map[string]time.Time)
	}
	if len(b.empty) >= keysMost {
		b.sweep(now)
	}
	b.empty[key] = b.after(key, perMinute, now)
}

// after is when the bucket would be empty with one more in it.
func (b *bucket) after(key string, perMinute int, now time.Time) time.Time {
	since := b.empty[key]
	if since.Before(now) {
		since = now
	}
	return since.Add(time.Minute / time.Duration(perMinute))
}

// sweep forgets the empty ones; where even then there are too many, it forgets all.
func (b *bucket) sweep(now time.Time) {
	for key, empty := range b.empty {
		if !empty.After(now) {
			delete(b.empty, key)
		}
	}
	if len(b.empty) >= keysMost {
		clear(b.empty)
	}
}
