// Package acd lets the router of package queues work for many callers at once. One
// goroutine, Run's, owns the router: it alone tells it facts, keeps its deadlines,
// and hands its decisions out.
//
//	calls' goroutines ── Enqueue, Report, Snapshot ──► inbox ──► Run ── Step ──► decisions
//	        ▲                                                                 │      │
//	        └──────────────── NextOffer ◄── one place per request ◄───────────┘      ▼
//	                                                                        Observe, Journal
//
// Run never waits for anybody. An answer goes into a channel with room for it, an
// offer into the one place that its request has (a newer one takes the place of an
// older, which is over then), and observers are called and must return.
package acd

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"hotline/queues"
)

// Why the context of an offer ended, and what NextOffer and Report return.
var (
	ErrMissed   = errors.New("offer was missed")
	ErrDeclined = errors.New("offer was declined")
	ErrRevoked  = errors.New("offer was revoked")
	ErrFailed   = errors.New("agent's phone was not reachable")
	ErrStopped  = errors.New("the router has stopped")
	ErrNoWait   = errors.New("request is not waiting") // never enqueued, or answered or abandoned
)

// Options are what an ACD is made of.
type Options struct {
	Config queues.Config    // Epoch is chosen where it is empty
	Now    func() time.Time // time.Now where nil
	Log    *slog.Logger     // slog.Default() where nil

	// Observe is told each step's decisions. It is called by Run's goroutine and must not
	// block: whoever needs time copies what they need and works elsewhere.
	Observe func(at time.Time, decided []queues.Decision)
	// Journal is told each event before it is stepped. The same rules hold.
	Journal func(at time.Time, e queues.Event)
}

// ACD is a router at work.
type ACD struct{}

// New makes an ACD, or says what is wrong with the configuration.
func New(o Options) (*ACD, error) { return &ACD{}, nil }

// Run works until ctx ends. All other verbs wait for it to begin, and return ErrStopped
// when it has ended. It runs once.
func (a *ACD) Run(ctx context.Context) error { return nil }

// Enqueue asks for service: it is Report of queues.Enqueued.
func (a *ACD) Enqueue(ctx context.Context, r queues.Request) error {
	return a.Report(ctx, queues.Enqueued{Request: r})
}

// NextOffer waits for the request's next offer, and returns it with a context that ends,
// with ErrMissed, ErrDeclined, ErrRevoked, ErrFailed or ErrStopped as its cause, when
// the offer ends unanswered. Ring the agent's phone with that context, report
// OfferAnswered when it is picked up, and ask for the next offer when it ends.
//
// It may be given up (ctx) and called again: an offer is not lost on the way. Who is
// not coming back reports Abandoned. While nobody waits here an offer's time runs.
func (a *ACD) NextOffer(ctx context.Context, r queues.RequestID) (queues.Offer, context.Context, error) {
	return queues.Offer{}, nil, ErrStopped
}

// Report tells the router a fact, and returns why it was rejected, if it was: an error
// of package queues. A ctx that has ended already reports nothing: say that a caller
// is gone with a context that outlives the call.
func (a *ACD) Report(ctx context.Context, e queues.Event) error { return ErrStopped }

// Snapshot is the router's state.
func (a *ACD) Snapshot(ctx context.Context) (queues.Snapshot, error) {
	return queues.Snapshot{}, ErrStopped
}
