package asterisk

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"hotline/telephony"
)

// handoverTime limits how long calls may take to let go when Run ends.
const handoverTime = 6 * time.Second

// serving gives calls to the line, each in a goroutine of its own, and has them let go when Run ends.
type serving struct {
	driver   telephony.Driver // of the calls
	log      *slog.Logger
	count    *counters
	requests *requests
	registry *registry
	bridges  *bridges

	goroutines sync.WaitGroup // one for each call

	mu     sync.Mutex                  // taken before the registry's
	line   telephony.Line              // nil where no calls are taken: before begin, and after stop
	handed map[*call]func(cause error) // ends the context of each Serve
}

// begin has calls taken from now on.
func (g *serving) begin(line telephony.Line) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.line = line
}

// arrive takes on a call, new or found again, and starts its goroutine, in which first comes before the line, where it is not nil. It is false when
// the call is known already, and when no calls are taken any more.
func (g *serving) arrive(a telephony.Arrival, first func(context.Context, *telephony.Call)) (*call, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.line == nil {
		return nil, false
	}
	c := g.registry.add(telephony.NewCall(g.driver, a), a)
	if c == nil {
		return nil, false
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	g.handed[c] = cancel
	line := g.line
	g.goroutines.Go(func() { g.serve(ctx, line, c, first) })
	return c, true
}

// legible is what a panic says. A value that is neither an error nor a text may be anything, such as the customer: only its type is told.
func legible(what any) string {
	switch what := what.(type) {
	case error:
		return what.Error()
	case string:
		return what
	default:
		return fmt.Sprintf("%T", what)
	}
}

// serve is the call's goroutine.
func (g *serving) serve(ctx context.Context, line telephony.Line, c *call, first func(context.Context, *telephony.Call)) {
	func() {
		defer func() {
			if what := recover(); what != nil {
				g.count.add(panics, 1)
				g.log.Error("line panicked; the call is hung up", "call", c.ID(), "panic", legible(what), "stack", string(debug.Stack()))
			}
		}()
		if first != nil {
			first(ctx, c.Call)
		}
		line.Serve(ctx, c.Call)
	}()
	if !telephony.HandedOver(ctx) {
		// This needs a context of its own, because the call's may have ended.
		ctx, cancel := context.WithTimeout(context.Background(), 2*g.requests.opt.Deadline)
		defer cancel()
		c.Hangup(ctx)
		g.release(ctx, c)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.handed[c](nil)
	delete(g.handed, c)
	g.registry.served(c)
}

// release removes what the script left behind: legs that the Call no longer counts, and bridges beside the main one.
func (g *serving) release(ctx context.Context, c *call) {
	for _, id := range g.registry.othersIn(c) {
		_ = g.requests.hangup(ctx, c.ID(), id, telephony.CauseNormal) // The sweeper removes what remains.
	}
	for _, id := range g.bridges.ofCall(c.ID()) {
		_ = g.bridges.remove(ctx, c.ID(), id)
	}
}

// stop takes no calls any more, and tells those that are served why they are to let go. It says how many those are.
func (g *serving) stop(cause error) (live int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.line = nil
	for _, cancel := range g.handed {
		cancel(cause)
	}
	return len(g.handed)
}

// wait returns when all calls have let go, or after handoverTime.
func (g *serving) wait() {
	done := make(chan struct{})
	go func() {
		g.goroutines.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(handoverTime):
		g.log.Error("calls did not let go in time", "limit", handoverTime)
	}
}
