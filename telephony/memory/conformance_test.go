package memory_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline/telephony"
	"hotline/telephony/conformance"
	"hotline/telephony/memory"
)

// The suite of the real switch runs on this one in no time.
func TestSwitchConforms(t *testing.T) {
	conformance.Run(t, synctest.Test, func(t *testing.T) conformance.Bench { return open(t, 0) })
}

// Events that take their time cross with requests.
func TestSwitchConformsWithLatency(t *testing.T) {
	conformance.Run(t, synctest.Test, func(t *testing.T) conformance.Bench { return open(t, 50*time.Millisecond) })
}

// bench puts the switch on the suite's bench.
type bench struct {
	*memory.Switch
	ctx    context.Context
	mu     sync.Mutex
	phones int
}

func open(t *testing.T, latency time.Duration) *bench {
	ctx, cancel := context.WithCancel(context.Background())
	b := &bench{Switch: memory.New(memory.Options{Latency: latency}), ctx: ctx}
	t.Cleanup(func() {
		cancel()
		if err := b.Await(context.Background(), func() bool { return !b.Connected() }); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) Connect(line telephony.Line) (crash func()) {
	go b.Run(b.ctx, line)
	_ = b.Await(b.ctx, b.Connected)
	return b.Crash
}

func (b *bench) Call(from, name string) conformance.Party {
	number := telephony.Number{Raw: from}
	if from != "" {
		number = telephony.Number{E164: from, Raw: from, Kind: telephony.Full}
	}
	line := telephony.Number{E164: "+78005550100", Raw: "+78005550100", Kind: telephony.Full}
	return customer{b.CallNamed(name, number, line)}
}

func (b *bench) Tracks(call telephony.CallID) (names []string) {
	for _, r := range b.Recordings() {
		if _, is := telephony.ParseTrack(r.Name); is && r.Call == call {
			names = append(names, r.Name)
		}
	}
	return names
}

func (b *bench) Track(name string, whom conformance.Party) time.Duration {
	for _, r := range b.Recordings() {
		if r.Name != name {
			continue
		}
		switch whom := whom.(type) {
		case customer:
			if r.Customer == whom.Customer {
				return r.Spoke
			}
		case phone:
			if r.Phone == whom.Phone {
				return r.Spoke
			}
		}
	}
	return 0
}

func (b *bench) Place(a telephony.Arrival) error { return b.Switch.Place(b.ctx, a) }

func (b *bench) Phone(registered bool) conformance.Phone {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.phones++
	p := b.Switch.Phone(string(rune('0' + b.phones)))
	p.Reachable(registered)
	return phone{p}
}

type customer struct{ *memory.Customer }

func (c customer) State() conformance.State {
	select {
	case <-c.Ended():
		return conformance.Idle
	default:
	}
	select {
	case <-c.Answered():
		return conformance.Talking
	default:
		return conformance.Ringing
	}
}

func (c customer) Hears(whom conformance.Party) bool {
	if whom == nil {
		return c.HearsMedia()
	}
	return c.HearsPhone(whom.(phone).Phone)
}

type phone struct{ *memory.Phone }

func (p phone) State() conformance.State { return conformance.State(p.Phone.State()) }

func (p phone) Hears(whom conformance.Party) bool {
	switch whom := whom.(type) {
	case customer:
		return p.HearsCustomer(whom.Customer)
	case phone:
		return p.HearsPhone(whom.Phone)
	default:
		return p.HearsMedia()
	}
}
