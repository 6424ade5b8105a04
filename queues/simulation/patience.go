package simulation

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Patience is how long callers wait before they hang up, as far as a day shows it: of who was answered it is known only that
// they would have waited longer. It is the estimate of E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete
// observations, JASA 53 (1958), up to the longest wait that somebody gave up, and beyond that without memory, at the rate at which
// all callers of the day hung up. Where nobody did, it does not end.
type Patience struct {
	times    []time.Duration // at which somebody hung up, in order
	survives []float64       // the share that waits longer than that
	mean     float64         // nanoseconds waited for each who hung up; 0 where nobody did
}

// Waited is one wait. A caller who hung up was as patient as that, and every other at least as patient.
type Waited struct {
	For    time.Duration
	HungUp bool
}

// NewPatience estimates the patience of callers from their waits.
func NewPatience(waits []Waited) (p Patience) {
	waits = slices.Clone(waits)
	slices.SortFunc(waits, func(a, b Waited) int { return int(a.For - b.For) })
	total, hungUp, share := 0.0, 0, 1.0
	for i := 0; i < len(waits); {
		at, left, atRisk := waits[i].For, 0, len(waits)-i
		for ; i < len(waits) && waits[i].For == at; i++ {
			total += float64(at)
			if waits[i].HungUp {
				left++
			}
		}
		if left == 0 {
			continue
		}
		hungUp += left
		share *= 1 - float64(left)/float64(atRisk)
		p.times, p.survives = append(p.times, at), append(p.survives, share)
	}
	if hungUp > 0 {
		p.mean = total / float64(hungUp)
	}
	return p
}

// Beyond draws the patience of somebody who has waited for a time already: it is longer than that.
func (p Patience) Beyond(waited time.Duration, dice *rand.Rand) time.Duration {
	u := 1 - dice.Float64() // above 0, to 1
	if p.mean == 0 {
		return Endless
	}
	next, found := slices.BinarySearch(p.times, waited)
	if found {
		next++
	}
	share, last := 1.0, waited
	if next > 0 {
		share = p.survives[next-1]
	}
	if share > 0 {
		for i := next; i < len(p.times); i++ {
			if p.survives[i] < u*share {
				return p.times[i]
			}
			last = max(last, p.times[i])
		}
		if n := len(p.survives); n > next {
			u *= share / p.survives[n-1] // the chance that is left for who outlasts all
		}
	}
	ns := float64(last) - p.mean*math.Log(min(1, u))
	return bounded(ns)
}
