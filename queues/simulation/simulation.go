// Package simulation runs the production router under simulated time: a plan says who calls, when and how patiently, and
// who works, and a day of it passes in less than a second. It holds no rule of routing: it only plays callers, agents,
// phones and the clock, tells queues.Router what they do, and carries out what it decides.
//
//	Plan ──► callers, shifts ──► what is to come, by time ──events──► queues.Router
//	                                   ▲                                    │
//	                answers, hang-ups, ends of talks ◄──────decisions───────┘
//	                                                                        └──► Report, and each Call
//
// It is pure as queues is, and the same plan gives the same report. What a caller brings (the time they arrive, how long
// they will talk, when they lose patience, whether they would like to be called back) comes from the seed and their demand alone, and
// what an agent brings (how long their phone rings, which offers they miss) from the seed and their id: so two plans that differ in
// staff or rules meet the very same callers and agents, and their difference is no chance.
package simulation

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"hotline/queues"
)

// Slots is how many half hours a day has. Figures are kept for each, over all days.
const Slots = 48

// Slot is the length of one.
const Slot = 30 * time.Minute

// SlotName is when one begins: "09:30".
func SlotName(slot int) string { return fmt.Sprintf("%02d:%02d", slot/2, slot%2*30) }

const aDay = Slots * Slot

// Plan is what is to be simulated.
type Plan struct {
	Config  queues.Config // Location is not looked at: simulated days have 24 hours
	Demands []Demand
	Staff   []Staff
	Days    int // 1 or more
	Seed    uint64
	// Announce is how long callers have waited when they are told how long they still have to; never where 0.
	Announce time.Duration

	Given   []Given   // calls beside those of the demands, each with all its particulars
	LeftOut int       // calls that are not given because the configuration does not have their queues; for the report
	Begin   time.Time // its date is that of the first day, for calendars; a Monday where zero
	Only    Shift     // the part of the first day that is simulated, and perhaps of the next; all days where zero
	Cut     bool      // what has not ended when the days are over is left; otherwise it may take a day more
	// Each is told of every call when its wait has ended, in that order. It may be nil.
	Each func(Call)
	// Told is told of each event and what was decided of it, as acd tells its observers; the decisions are gone when it returns. It may
	// be nil.
	Told func(at time.Time, e queues.Event, decided []queues.Decision)
}

// Demand is a stream of calls that need the same. Their number in each half hour is Poisson.
type Demand struct {
	Queue    queues.QueueID
	Extra    []queues.Need  // beyond the queue's: the language
	Priority int            // added to the queue's
	Calls    [Slots]float64 // mean number in each half hour of the day
	Talk     Law
	WrapUp   Law     // of the agent after it; cut off where the queue's wrap-up ends
	Patience Law     // until they hang up; the zero Law is endless
	Callback float64 // share of callers who accept when they are offered to be called back, 0 to 1
}

// Staff is one agent and when they work.
type Staff struct {
	Agent  queues.Agent
	Shifts []Shift // every day
	Acts   []Act   // what they do besides, in order of time
	Ring   Law     // from the offer until they answer; what is not below the queue's offer timeout is missed
	Misses float64 // share of offers that they let ring, 0 to 1
	Back   Law     // until they are ready again after a missed offer; 1 min where zero
}

// Shift is a time of the day. To may lie beyond midnight: 22 h to 30 h.
type Shift struct{ From, To time.Duration }

// Law is how a time is distributed. The zero Law is always 0.
type Law struct {
	Mean      time.Duration
	Deviation time.Duration // standard deviation
	form      form
}

type form byte

const (
	constant form = iota
	exponential
	lognormal
)

// Always is the same time each time.
func Always(d time.Duration) Law { return Law{Mean: d} }

// Exponential has no memory; its standard deviation is its mean.
func Exponential(mean time.Duration) Law { return Law{mean, mean, exponential} }

// Lognormal is how talk times are found to be distributed: L. Brown and others, Statistical analysis of a telephone call
// center, JASA 100 (2005). The mean and deviation are of the time itself, not of its logarithm.
func Lognormal(mean, deviation time.Duration) Law { return Law{mean, deviation, lognormal} }

func (l Law) draw(dice *rand.Rand) time.Duration {
	mean := float64(l.Mean)
	switch l.form {
	case constant:
		return l.Mean
	case exponential:
		return bounded(mean * dice.ExpFloat64())
	case lognormal:
		ratio := float64(l.Deviation) / mean
		variance := math.Log1p(ratio * ratio)
		return bounded(mean * math.Exp(math.Sqrt(variance)*dice.NormFloat64()-variance/2))
	default:
		panic(fmt.Sprintf("simulation: unknown form %d", l.form))
	}
}

// bounded keeps a time below a century, so that sums of a few fit.
func bounded(ns float64) time.Duration {
	return time.Duration(min(ns, float64(100*365*aDay)))
}

// Call is one call whose wait has ended.
type Call struct {
	Number  int            // in order of arrival, from 0
	Demand  int            // of Plan.Demands; -1 for a given one
	Queue   queues.QueueID // in which the wait ended, after overflow: its target judges the call
	Arrived time.Time
	Wait    time.Duration
	How     queues.Outcome // "" where they still waited when the simulation ended
	Agent   queues.AgentID // who answered, or called back

	Callback bool // they were not on the line at last: they wanted to be called back

	Foretold *queues.Wait // what they were to be told after Plan.Announce; nil where nothing was known, or they did not wait so long
}

// ErrPlan is a plan that cannot be; wrapped with what is wrong.
var ErrPlan = errors.New("simulation: no such plan")

// check says what is wrong with a plan beyond what the router says itself.
func (p Plan) check() error {
	if p.Days < 1 {
		return fmt.Errorf("%w: %d days", ErrPlan, p.Days)
	}
	known := map[queues.QueueID]bool{}
	for _, q := range p.Config.Queues {
		known[q.ID] = true
	}
	if err := p.checkGiven(known); err != nil {
		return err
	}
	for i, d := range p.Demands {
		if !known[d.Queue] {
			return fmt.Errorf("%w: demand %d: unknown queue %q", ErrPlan, i+1, d.Queue)
		}
		for at, calls := range d.Calls {
			if !(calls >= 0) || math.IsInf(calls, 1) {
				return fmt.Errorf("%w: demand %d: %g calls in half hour %d", ErrPlan, i+1, calls, at)
			}
		}
		if !(d.Callback >= 0 && d.Callback <= 1) {
			return fmt.Errorf("%w: demand %d: a share of %g accepts a callback", ErrPlan, i+1, d.Callback)
		}
		if err := errors.Join(d.Talk.check(), d.WrapUp.check(), d.Patience.check()); err != nil {
			return fmt.Errorf("%w: demand %d: %w", ErrPlan, i+1, err)
		}
	}
	seen := map[queues.AgentID]bool{}
	for _, s := range p.Staff {
		switch {
		case seen[s.Agent.ID]:
			return fmt.Errorf("%w: agent %q stands there twice", ErrPlan, s.Agent.ID)
		case !(s.Misses >= 0 && s.Misses <= 1):
			return fmt.Errorf("%w: agent %q misses a share of %g", ErrPlan, s.Agent.ID, s.Misses)
		}
		seen[s.Agent.ID] = true
		if err := errors.Join(s.Ring.check(), s.Back.check()); err != nil {
			return fmt.Errorf("%w: agent %q: %w", ErrPlan, s.Agent.ID, err)
		}
		for _, h := range s.Shifts {
			if h.From < 0 || h.From >= aDay || h.To <= h.From || h.To > h.From+aDay {
				return fmt.Errorf("%w: agent %q works from %s to %s", ErrPlan, s.Agent.ID, h.From, h.To)
			}
		}
	}
	return nil
}

func (l Law) check() error {
	if l.Mean < 0 || l.Deviation < 0 || l.form == lognormal && l.Mean == 0 {
		return fmt.Errorf("a time of mean %s, deviation %s", l.Mean, l.Deviation)
	}
	return nil
}
