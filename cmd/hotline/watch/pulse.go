package watch

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"
)

// beatEvery is how often what must move is asked.
const beatEvery = time.Second

// Pulse knows whether what must move in a Hotline moves: the router's goroutine, the hub of the pages, the spool's writer, the reader of Asterisk's events. Each is
// asked once a second, in a goroutine of its own, so that whoever wants to know costs nothing and waits for nobody, however many they are.
//
// How long an answer is owed is counted in looks, one a second, and not by a clock: a process that was stopped, a machine that slept, and one that gives nobody
// a turn have looked as seldom as they have answered.
type Pulse struct {
	Within time.Duration // so long an answer may be owed before somebody counts as stuck; 0 is 10 s

	organs []*organ // complete before Run
}

// organ is something that must move.
type organ struct {
	name string
	ask  func()
	owed atomic.Int64 // looks since it has answered last
}

// Watch adds what must move. ask returns when it does; it may be stuck for ever. It is for before Run.
func (p *Pulse) Watch(name string, ask func()) {
	p.organs = append(p.organs, &organ{name: name, ask: ask})
}

// Run asks and looks until ctx ends. It waits for nobody who is stuck then.
func (p *Pulse) Run(ctx context.Context) error {
	for _, o := range p.organs {
		go o.beat(ctx)
	}
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for _, o := range p.organs {
				o.owed.Add(1)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (o *organ) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		o.ask()
		o.owed.Store(0)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Stuck names what has not answered for too long.
func (p *Pulse) Stuck() (names []string) { return p.owing(cmp.Or(p.Within, 10*time.Second)) }

// owing names what has not answered for longer than that.
func (p *Pulse) owing(within time.Duration) (names []string) {
	for _, o := range p.organs {
		if time.Duration(o.owed.Load())*beatEvery > within {
			names = append(names, o.name)
		}
	}
	return names
}
