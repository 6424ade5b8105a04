package asterisk

import (
	"context"
	"maps"
	"sync"
	"time"
)

// Stats is what a switch has counted.
type Stats struct {
	Events        uint64            // read from the events socket
	Unknown       map[string]uint64 // of them by type: those that were skipped as unknown
	Malformed     uint64            // of them: no events at all
	Requests      uint64            // sent to Asterisk
	Kinds         map[string]uint64 // of them by what they are about: "POST channels/answer"
	Gone          uint64            // of them: answered that a leg, bridge or playback is gone
	Failures      uint64            // of them: failed otherwise
	Reconnects    uint64            // connections after the first
	Adopted       uint64            // calls found alive that were not known
	SweptChannels uint64            // channels that belonged to no call
	Strangers     uint64            // channels that came into the application and were no callers
	SweptBridges  uint64            // bridges that belonged to no call
	Panics        uint64            // calls whose line panicked
	LiveCalls     int               // now
}

// unknownLimit bounds the types that are counted apart; a peer that invents types must not fill the memory.
const unknownLimit = 64

type counters struct {
	mu sync.Mutex
	n  Stats // without LiveCalls
}

func (c *counters) add(field func(*Stats) *uint64, n uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*field(&c.n) += n
}

// unknown counts an event type, and reports whether it is the first of it.
func (c *counters) unknown(kind string) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n.Unknown == nil {
		c.n.Unknown = make(map[string]uint64)
	}
	if _, known := c.n.Unknown[kind]; !known {
		if len(c.n.Unknown) >= unknownLimit {
			kind = "other"
		} else {
			first = true
		}
	}
	c.n.Unknown[kind]++
	return first
}

// asked counts a request.
func (c *counters) asked(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n.Requests++
	if c.n.Kinds == nil {
		c.n.Kinds = make(map[string]uint64)
	}
	c.n.Kinds[kind]++
}

func (c *counters) stats(live int) Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	n.Unknown, n.Kinds = maps.Clone(n.Unknown), maps.Clone(n.Kinds)
	n.LiveCalls = live
	return n
}

func events(n *Stats) *uint64        { return &n.Events }
func malformed(n *Stats) *uint64     { return &n.Malformed }
func requested(n *Stats) *uint64     { return &n.Requests }
func gone(n *Stats) *uint64          { return &n.Gone }
func failures(n *Stats) *uint64      { return &n.Failures }
func reconnects(n *Stats) *uint64    { return &n.Reconnects }
func adopted(n *Stats) *uint64       { return &n.Adopted }
func sweptChannels(n *Stats) *uint64 { return &n.SweptChannels }
func sweptBridges(n *Stats) *uint64  { return &n.SweptBridges }
func strangers(n *Stats) *uint64     { return &n.Strangers }
func panics(n *Stats) *uint64        { return &n.Panics }

// pacer spreads actions over time: a thousand hang-ups in one instant would fill
// Asterisk's task processors, which makes PJSIP drop new calls silently.
type pacer struct {
	every time.Duration
	mu    sync.Mutex
	next  time.Time
}

// wait blocks until it is the turn of whoever calls it. The error is the cause of the context's end.
func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	turn := p.next
	if turn.Before(now) {
		turn = now
	}
	p.next = turn.Add(p.every)
	p.mu.Unlock()
	timer := time.NewTimer(turn.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
