// Package conformance is the one suite that every switch must pass: the one in memory and the real Asterisk. It says,
// in sentences, what the rest of Hotline relies on when it uses a telephony.Call.
//
//	Bench ── a switch with people at it ──► Customer: dials the line, types, hears, hangs up
//	  │                                     Phone: rings, answers or declines, hears, hangs up
//	  └─ Connect(line): a Hotline comes; crash(): it dies as by kill -9
//
// A switch's own test opens a bench and calls Run. Scenarios wait for what people see and hear, within deadlines
// that a busy machine keeps; none sleeps for a fixed time. Each ends with the whole switch empty.
package conformance

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hotline/telephony"
)

// Bench is a switch with people at it. It is closed by the test's cleanup.
type Bench interface {
	// Connect serves calls with a line, and returns once new calls reach it. crash ends that as kill -9 ends a process: nothing
	// is undone, nothing is told; the contexts of calls are cancelled so that their goroutines end.
	Connect(line telephony.Line) (crash func())
	// Place begins an outgoing call at the Hotline that connected last.
	Place(telephony.Arrival) error
	// Call makes a customer dial the line. from is a number in E.164, or "" for a withheld one.
	Call(from, name string) Party
	// Phone makes a phone that the switch knows. One that is not registered cannot be reached.
	Phone(registered bool) Phone
	// Tracks are the names of a call's tracks that have ended.
	Tracks(telephony.CallID) []string
	// Track tells for how long somebody is heard on a track; nil is the switch itself.
	Track(name string, whom Party) time.Duration
	// Leftovers counts channels and bridges that are in the switch.
	Leftovers() (channels, bridges int)
}

// Party is somebody with a telephone: a customer on the line, or a person at a phone. While they talk each of them makes a
// sound of their own (a tone, say), so that it can be told who hears whom. What they do is done when the method returns, or
// undone where there is nothing to do it to.
type Party interface {
	State() State
	// Hears tells whether this party hears that one now. nil is the switch itself: an announcement or music.
	Hears(whom Party) bool
	// Type sends digits.
	Type(digits string)
	// Typed is what the switch has typed to them in their call.
	Typed() string
	// Mute ends their sound.
	Mute()
	// Hangup ends the call, also one that is not answered yet.
	Hangup()
	// Hold puts the other on hold with a key of their own phone, or takes them off.
	Hold(on bool)
	// Vanish ends nothing: the phone dies in the call, and nobody is told.
	Vanish()
}

// Phone is a party that is dialled. It rings until somebody does something.
type Phone interface {
	Party
	Address() telephony.Address
	Answer()
	// Decline refuses the call (SIP 603).
	Decline()
}

// State is what a party's telephone does.
type State string

const (
	Idle    State = "idle"    // no call, or none any more
	Ringing State = "ringing" // not answered yet, at either end
	Talking State = "talking" // answered
)

// soon is how long anything may take that should happen at once. It is long because machines are busy; a
// switch that passes is done much earlier.
const soon = 20 * time.Second

// Announcements that every switch can play. Their lengths are bounds that any voice keeps.
var (
	prompt     = telephony.Announcement{Language: "en", Parts: []telephony.Part{telephony.Digits("12345")}}
	promptMin  = time.Second
	longPrompt = telephony.Announcement{Language: "en", Parts: []telephony.Part{telephony.Digits("123456789012345678901234567890")}}
	longMin    = 8 * time.Second
)

const customersNumber = "+78005550123"

type scenario struct {
	name string
	run  func(*testing.T, Bench)
}

// Run runs the suite, each scenario on a bench of its own and in a surrounding: synctest.Test for a switch that needs no real
// time, and for one that does a function that lets scenarios wait side by side.
func Run(t *testing.T, in func(*testing.T, func(*testing.T)), open func(t *testing.T) Bench) {
	for _, list := range [][]scenario{promptScenarios, dialScenarios, talkScenarios, holdScenarios, vanishScenarios, holdingScenarios, threeScenarios, trackScenarios, overseeScenarios, restartScenarios, placeScenarios} {
		for _, s := range list {
			t.Run(s.name, func(t *testing.T) {
				in(t, func(t *testing.T) { s.run(t, open(t)) })
			})
		}
	}
}

// script is a line whose calls all do the same, and tell what came of it.
type script[T any] struct {
	serve  func(context.Context, *telephony.Call) T
	result chan T
}

// line makes a script. Results of calls beyond the hundredth are not waited for by any scenario.
func line[T any](serve func(context.Context, *telephony.Call) T) script[T] {
	return script[T]{serve, make(chan T, 100)}
}

func (s script[T]) Serve(ctx context.Context, c *telephony.Call) {
	s.result <- s.serve(ctx, c)
}

// await is the next result of a script.
func await[T any](t *testing.T, from <-chan T, what string) (result T) {
	t.Helper()
	select {
	case result = <-from:
	case <-time.After(soon + longMin):
		t.Fatalf("waited in vain for %s", what)
	}
	return result
}

// eventually waits for something to become true.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(soon)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", soon, what)
		}
		time.Sleep(10 * time.Millisecond) // between two looks
	}
}

func eventuallyIs(t *testing.T, who string, p Party, want State) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s is %s", who, want), func() bool { return p.State() == want })
}

// nothingIsLeft is the last line of a scenario.
func nothingIsLeft(t *testing.T, b Bench) {
	t.Helper()
	eventually(t, "no channel and no bridge is left in the switch", func() bool {
		channels, bridges := b.Leftovers()
		return channels == 0 && bridges == 0
	})
}

// onLine connects a line, and lets a customer call it.
func onLine(t *testing.T, b Bench, line telephony.Line) (customer Party, crash func()) {
	t.Helper()
	crash = b.Connect(line)
	return b.Call(customersNumber, "Ivan"), crash
}

// hangUp ends a scenario: the customer leaves, if they have not, and the switch becomes empty.
func hangUp(t *testing.T, b Bench, customer Party) {
	t.Helper()
	customer.Hangup()
	eventuallyIs(t, "the customer", customer, Idle)
	nothingIsLeft(t, b)
}
