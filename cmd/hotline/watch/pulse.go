package watch

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// beatEvery is how often what must move is asked.
const beatEvery = time.Second

// Pulse knows whether what must move in a Hotline moves: the router's goroutine, the hub of the pages. Each is asked once a second, in a
// goroutine of its own, so that whoever wants to know costs nothing and waits for nobody, however many they are.
type Pulse struct {
	Within time.Duration // so long an answer may be owed before somebody counts as stuck; 0 is 10 s

	organs []*organ // complete before Run
}

// organ is something that must move.
type organ struct {
	name string
	ask  func()

	mu       sync.Mutex
	answered time.Time // guarded by mu
}

// Watch adds what must move. ask returns when it does; it may be stuck for ever. It is for before Run.
func (p *Pulse) Watch(name string, ask func()) {
	p.organs = append(p.organs, &organ{name: name, ask: ask, answered: time.Now()})
}

// Run asks until ctx ends. It waits for nobody who is stuck then.
func (p *Pulse) Run(ctx context.Context) error {
	for _, o := range p.organs {
		o.beat()
		go func() {
			tick := time.NewTicker(beatEvery)
			defer tick.Stop()
			for {
				o.ask()
				o.beat()
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	<-ctx.Done()
	return nil
}

func (o *organ) beat() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answered = time.Now()
}

// Stuck names what has not answered for too long.
func (p *Pulse) Stuck() (names []string) {
	within := cmp.Or(p.Within, 10*time.Second)
	for _, o := range p.organs {
		o.mu.Lock()
		if time.Since(o.answered) > within {
			names = append(names, o.name)
		}
		o.mu.Unlock()
	}
	return names
}
