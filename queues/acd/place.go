package acd

import (
	"context"

	"hotline/queues"
)

// place is where one request's offers arrive, from Enqueue to its end. There is room for
// the newest offer, and at most one is live: putting one in never waits.
type place struct {
	offers chan live               // room for one; put in by Run's goroutine only
	ended  chan struct{}           // closed when no offer will come any more
	drop   context.CancelCauseFunc // ends the live offer; Run's goroutine only
}

// live is an offer, and a context that ends with it.
type live struct {
	offer queues.Offer
	ctx   context.Context
}

// put makes an offer the live one. One that nobody fetched is over by now, and makes room.
func (p *place) put(o queues.Offer) {
	ctx, drop := context.WithCancelCause(context.Background())
	p.drop = drop
	select {
	case <-p.offers:
	default:
	}
	p.offers <- live{o, ctx}
}

// end ends the live offer. The context of an answered one goes on: the talk is not over.
func (p *place) end(how queues.Ending) {
	switch how {
	case queues.OfferWasAnswered:
	case queues.OfferWasMissed:
		p.drop(ErrMissed)
	case queues.OfferWasDeclined:
		p.drop(ErrDeclined)
	case queues.OfferWasRevoked:
		p.drop(ErrRevoked)
	case queues.OfferHasFailed:
		p.drop(ErrFailed)
	default:
		panic("acd: unknown ending " + how)
	}
}

// NextOffer waits for the request's next offer, and returns it with a context that ends,
// with ErrMissed, ErrDeclined, ErrRevoked, ErrFailed or ErrStopped as its cause, when
// the offer ends unanswered. Ring the agent's phone with that context, report
// OfferAnswered when it is picked up, and ask for the next offer when it ends. The context
// has nothing to do with ctx, which bounds the waiting only.
//
// It may be given up (the cause of ctx is returned) and called again: an offer is not lost
// on the way, but its time runs. Who is not coming back reports Abandoned. ErrNoWait is
// returned for a request that was never enqueued, or has been answered or abandoned.
func (a *ACD) NextOffer(ctx context.Context, r queues.RequestID) (queues.Offer, context.Context, error) {
	p := a.at(r)
	if p == nil {
		return queues.Offer{}, nil, ErrNoWait
	}
	for {
		if ctx.Err() != nil {
			return queues.Offer{}, nil, context.Cause(ctx)
		}
		select {
		case l := <-p.offers:
			if l.ctx.Err() == nil {
				return l.offer, l.ctx, nil
			}
		case <-p.ended:
			return queues.Offer{}, nil, ErrNoWait
		case <-a.stopped:
			return queues.Offer{}, nil, ErrStopped
		case <-ctx.Done():
		}
	}
}

func (a *ACD) open(r queues.RequestID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.places[r] = &place{offers: make(chan live, 1), ended: make(chan struct{}), drop: func(error) {}}
}

// at finds the place of a request; nil where it has none.
func (a *ACD) at(r queues.RequestID) *place {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.places[r]
}

func (a *ACD) close(r queues.RequestID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.places[r].ended)
	delete(a.places, r)
}
