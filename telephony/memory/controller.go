package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"hotline/telephony"
)

// ErrCrashed is the end of a controller by Crash, and the answer to all it asks for afterwards.
var ErrCrashed = errors.New("controller has crashed")

// controller is one life of Hotline at the switch. It is the telephony.Driver of its calls.
type controller struct {
	s     *Switch
	line  telephony.Line
	ctx   context.Context // of all calls
	crash context.CancelCauseFunc
	serve sync.WaitGroup
	over  chan struct{} // closed when Run returns

	// Guarded by the switch's mu.
	crashed  bool
	draining bool // no more calls are taken
	calls    map[telephony.CallID]*served
	mail     []letter // in order, without limit

	arrived chan struct{} // has room for one: there is mail
}

type served struct {
	call *telephony.Call
	done bool // Serve has returned
}

type letter struct {
	call telephony.CallID
	ev   telephony.Event
	due  time.Time
}

// Run connects a line: it serves the calls that are there, those found again with Arrival.Resume, and each that
// comes. When ctx ends, calls are hung up, unless the cause is telephony.ErrHandover, and Run returns after the last.
func (s *Switch) Run(ctx context.Context, line telephony.Line) error {
	c := &controller{
		s: s, line: line,
		over:    make(chan struct{}),
		calls:   make(map[telephony.CallID]*served),
		arrived: make(chan struct{}, 1),
	}
	defer close(c.over)
	c.ctx, c.crash = context.WithCancelCause(ctx)
	defer c.crash(nil)
	if err := c.connect(); err != nil {
		return err
	}

	served := make(chan struct{}) // once ctx has ended, all calls were served
	context.AfterFunc(c.ctx, func() {
		s.mu.Lock()
		c.draining = true
		s.mu.Unlock()
		c.serve.Wait()
		close(served)
	})
	c.deliver(served)

	s.mu.Lock()
	defer s.mu.Unlock()
	if c.crashed {
		return ErrCrashed
	}
	s.connected = nil
	s.touch()
	return nil
}

// Crash ends the controller as kill -9 would: it undoes nothing, and learns nothing any more. It returns when the
// goroutines of the calls have, too. The switch goes on.
func (s *Switch) Crash() {
	s.mu.Lock()
	c := s.connected
	if c == nil {
		s.mu.Unlock()
		return
	}
	c.die()
	s.mu.Unlock()
	<-c.over
}

// CrashAfter crashes the controller as soon as so many more of its requests are served, between two steps of a script, and calls
// then in that moment: the rest of Hotline dies with it. Nothing waits for the goroutines; Run returns after the last. 0 is never.
func (s *Switch) CrashAfter(requests int, then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lasts, s.then = requests, then
}

// die is the moment of a crash. It is called under the switch's mu.
func (c *controller) die() {
	c.crashed = true
	c.s.connected = nil
	c.s.touch()
	c.crash(ErrCrashed)
}

// connect takes over what is in the switch.
func (c *controller) connect() error {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connected != nil {
		return errors.New("another controller is connected")
	}
	s.connected = c
	s.touch()
	found := make(map[telephony.CallID]*telephony.Resume)
	adopted := make(map[telephony.LegID]bool)
	for _, l := range s.legs {
		if !l.isCaller() {
			continue
		}
		r := s.resume(l)
		r.Said = s.endSaid(l)
		found[l.call] = r
		for _, id := range slices.Concat([]telephony.LegID{l.id}, r.Others(), r.Tracks) {
			adopted[id] = true
		}
	}
	var left []telephony.Arrival // their callers have
	for _, l := range s.legs {
		note, is := telephony.ParseLeft(l.note)
		if !is || !l.answered || found[l.call] != nil {
			continue
		}
		r := telephony.NewResumeLeft(l.call, note, s.othersOf(l.call)...)
		if r == nil {
			continue // is alone
		}
		found[l.call] = r
		left = append(left, telephony.Arrival{ID: l.call, At: time.Now(), Resume: r})
		for _, id := range r.Others() {
			adopted[id] = true
		}
	}
	for _, l := range s.legs {
		if !adopted[l.id] { // nobody serves it any more
			s.end(l, telephony.CauseNormal)
		}
	}
	for _, b := range s.bridges {
		if found[telephony.CallID(b.id)] == nil || len(b.legs) == 0 { // a supervisor's with an ear, or one that nobody is in
			s.deleteBridge(b)
		}
	}
	for _, customer := range s.customers() {
		c.start(customer, found[customer.leg.call])
	}
	for _, l := range s.legs {
		if l.placed != nil && l.answered {
			a := *l.placed
			a.From = telephony.Number{} // the leg shows what we have shown; the note knows whom we called
			a.Resume = found[l.call]
			c.take(a)
		}
	}
	for _, a := range left {
		c.take(a)
	}
	return nil
}

// isCaller reports whether a leg is that of whom a call is about. A phone that rings for an outgoing call is not yet.
func (l *leg) isCaller() bool { return l.customer != nil || l.placed != nil && l.answered }

// start serves a customer, who is found so where a controller served them before. It is called under the switch's mu.
func (c *controller) start(customer *Customer, found *telephony.Resume) {
	a := customer.arrival
	if customer.known {
		a.Resume = found
	}
	customer.known = true
	c.take(a)
}

// resume is how the leg of whom a call is about is found again.
func (s *Switch) resume(l *leg) *telephony.Resume {
	isIn := l.bridge != nil && l.bridge.id == telephony.BridgeID(l.call)
	r := telephony.NewResume(l.call, l.note, l.answered, telephony.FoundLeg{ID: l.id, Bridged: isIn, Holds: l.holds}, s.othersOf(l.call)...)
	r.Typed = l.kept
	return r
}

// othersOf are the legs of a call, those of its main bridge first, in the order in which they came. The caller's may be among them.
func (s *Switch) othersOf(call telephony.CallID) (others []telephony.FoundLeg) {
	main := s.bridges[telephony.BridgeID(call)]
	isIn := func(l *leg) bool { return main != nil && l.bridge == main }
	if main != nil {
		for _, other := range main.legs {
			others = append(others, telephony.FoundLeg{ID: other.id, Bridged: true, Holds: other.holds, Note: other.note})
		}
	}
	for _, other := range s.legs {
		if other.call == call && other.answered && !isIn(other) {
			others = append(others, telephony.FoundLeg{ID: other.id, Holds: other.holds, Note: other.note})
		}
	}
	return others
}

// Place begins an outgoing call: the line serves it, and reaches the customer when it wants to. ID and From are to be given.
func (s *Switch) Place(_ context.Context, a telephony.Arrival) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.connected
	if c == nil || c.draining || c.calls[a.ID] != nil {
		return fmt.Errorf("place call %s: nobody is connected, or it is known", a.ID)
	}
	a.Leg, a.Outgoing = telephony.CustomersLeg(a.ID), true
	c.take(a)
	return nil
}

// take serves a call in a goroutine of its own. It is called under the switch's mu.
func (c *controller) take(a telephony.Arrival) {
	call := telephony.NewCall(c, a)
	c.calls[a.ID] = &served{call: call}
	c.serve.Go(func() {
		c.line.Serve(c.ctx, call)
		if !telephony.HandedOver(c.ctx) {
			call.Hangup(context.WithoutCancel(c.ctx))
		}
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		c.calls[a.ID].done = true
		c.forget(a.ID)
	})
}

// forget lets go of a call whose line is through and whose legs are all gone. Until then it has to learn of legs
// that answer late. It is called under the switch's mu.
func (c *controller) forget(id telephony.CallID) {
	if served := c.calls[id]; served == nil || !served.done {
		return
	}
	for _, l := range c.s.legs {
		if l.call == id {
			return
		}
	}
	delete(c.calls, id)
}

// tell is called under the switch's mu.
func (c *controller) tell(call telephony.CallID, ev telephony.Event) {
	c.mail = append(c.mail, letter{call, ev, time.Now().Add(c.s.options.Latency)})
	select {
	case c.arrived <- struct{}{}:
	default: // full: the mail will be looked at anyway
	}
}

// deliver brings events to their calls until all were served.
func (c *controller) deliver(served <-chan struct{}) {
	for {
		l, ok := c.next()
		if !ok {
			select {
			case <-c.arrived:
				continue
			case <-served:
				return
			}
		}
		if wait := time.Until(l.due); wait > 0 {
			select {
			case <-time.After(wait):
			case <-served:
				return
			}
		}
		c.s.mu.Lock()
		to := c.calls[l.call]
		c.s.mu.Unlock()
		if to == nil {
			continue
		}
		to.call.Deliver(l.ev)
		if _, ok := l.ev.(telephony.LegEnded); ok {
			c.s.mu.Lock()
			c.forget(l.call)
			c.s.mu.Unlock()
		}
	}
}

func (c *controller) next() (letter, bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if len(c.mail) == 0 || c.crashed {
		return letter{}, false
	}
	l := c.mail[0]
	c.mail = c.mail[1:]
	return l, true
}
