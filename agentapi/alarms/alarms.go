// Package alarms tells supervisors what must not wait until somebody looks: too many callers, a wait too long, a level too low, a queue with nobody there,
// phones that fail, promises that are broken. A rule says what it looks at, where, from which bound on and for how long.
//
//	             worse than the bound             for long enough
//	quiet ────────────────────────► perhaps ────────────────────────► raised ◄──── acknowledged by somebody, once
//	  ▲    ◄──── better again ───────┘                                   │  ▲
//	  │                                          better than the other   │  │ worse again
//	  └──────── for long enough ───────────────── bound: perhaps over ◄──┘──┘
//
//	router's state ──► readings ──► Watch.Step ──► raised, cleared ──► wall, large screens
//	   (reading.go)                  (watch.go)          └──► Keep ──► database, webhooks in the same transaction
//
// Invariants:
//   - No alarm flaps: it is raised after its value was bad without a break for the rule's time, and cleared after it was good, by a bound of its
//     own, without a break for another. So there are at most T ÷ (for + clear_for) + 1 of a rule about one thing in a time T.
//   - What cannot be read now is neither good nor bad: an alarm that is raised stays so.
//   - An alarm that is raised is raised once: after a kill it goes on with its id, its time, and who sees to it. Nothing is judged before the calls
//     and agents of before the start are back.
//   - Nobody waits for a database. What was not written is written later, in the order of the alarms, and each webhook is told each step once.
//   - Somebody acknowledges an alarm once; a second is told who was first.
package alarms

import (
	"time"

	"hotline/queues"
	"hotline/telephony/words"
)

// Kind is what a rule looks at.
type Kind string

const (
	Waiting      Kind = "waiting"            // callers on the line who are not answered yet
	LongestWait  Kind = "longest_wait"       // seconds that the first of them has waited
	ServiceLevel Kind = "service_level"      // over the rule's window
	Abandoned    Kind = "abandoned"          // share of the calls of the window, short ones left out
	NobodyThere  Kind = "nobody_there"       // open queues that none who is signed in could serve
	Phones       Kind = "phones_failing"     // agents signed in whose phone is not there, or who are not ready for it failed
	Promises     Kind = "broken_promises"    // promises to customers whose date has passed
	Clocks       Kind = "clocks_ending"      // tickets whose time is nearly over, or is
	Recordings   Kind = "recordings_failing" // 1 while calls that should be recorded are not
)

// Kinds are all that there are.
var Kinds = []Kind{Waiting, LongestWait, ServiceLevel, Abandoned, NobodyThere, Phones, Promises, Clocks, Recordings}

// OfQueues says whether a kind is about queues; the others are about departments, or the whole line.
func (k Kind) OfQueues() bool {
	switch k {
	case Waiting, LongestWait, ServiceLevel, Abandoned, NobodyThere:
		return true
	}
	return false
}

// LessIsWorse says on which side of a bound the bad values are.
func (k Kind) LessIsWorse() bool { return k == ServiceLevel }

// Of is what an alarm is about: a queue, a department, or the whole line.
type Of struct {
	Queue      queues.QueueID
	Department string
}

// Bounds are when an alarm is raised and cleared. Clear is on the good side of Raise, or the same.
type Bounds struct {
	Raise, Clear  float64
	For, ClearFor time.Duration
	Off           bool
}

// Rule is a rule, as the configuration has it.
type Rule struct {
	ID   string
	Name words.Text
	Kind Kind
	Of
	Each   bool // each queue by itself; Of is zero then
	Urgent bool
	Sound  string        // "none", "once", "repeat"
	Window time.Duration // of levels and shares
	Least  int           // calls in it
	Bounds
}

// looksAt says whether a rule is about something.
func (r Rule) looksAt(o Of) bool {
	if r.Each && r.Kind.OfQueues() {
		return o.Queue != "" && o.Department == ""
	}
	return o == r.Of
}

// worse says whether a value is at a rule's bound or beyond it.
func (r Rule) worse(value float64) bool {
	if r.Kind.LessIsWorse() {
		return value <= r.Raise
	}
	return value >= r.Raise
}

// better says whether a value is good enough for an alarm to be over.
func (r Rule) better(value float64) bool {
	if r.Kind.LessIsWorse() {
		return value >= r.Clear
	}
	return value <= r.Clear
}

// Raised is an alarm.
type Raised struct {
	ID     string
	Rule   string
	Kind   Kind
	Of     Of
	Urgent bool
	At     time.Time
	Bound  float64
	Value  float64
	Worst  float64

	By      string // a person's id: who sees to it
	SeenAt  time.Time
	Cleared time.Time
	Gone    bool // of one that is cleared: the rule or the queue is no more, or the rule looks elsewhere
}

// Reading is the value of a rule about one thing. None is that there is nothing to judge, which is good: no caller, too few calls.
type Reading struct {
	Value float64
	None  bool
}

// Key is a rule about one thing.
type Key struct {
	Rule string
	Of   Of
}
