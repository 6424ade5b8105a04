package acd

import (
	"context"

	"hotline/queues"
)

// mailbox is where one request's offers arrive, from Enqueue to its end. There is room for
// the newest offer, and at most one is live: putting one in never waits.
type mailbox struct {
	offers chan live               // room for one; put in by Run's goroutine only
	ended  chan struct{}           // closed when no offer will come any more
	drop   context.CancelCauseFunc // ends the live offer; Run's goroutine only
	why    error                   // no offer will come; written before ended is closed

	moving chan struct{}        // room for one: there are moves
	moves  []*queues.MovedError // not told yet; guarded by ACD.mu
}

// live is an offer, and a context that ends with it.
type live struct {
	offered queues.Offered
	ctx     context.Context
}

// put makes an offer the live one. One that nobody fetched is over by now, and makes room.
func (p *mailbox) put(o queues.Offered) {
	ctx, drop := context.WithCancelCause(context.Background())
	p.drop = drop
	select {
	case <-p.offers:
	default:
	}
	p.offers <- live{o, ctx}
}

// end ends the live offer. The context of an answered one goes on: the talk is not over.
func (p *mailbox) end(how queues.Ending) {
	if how != queues.OfferWasAnswered {
		p.drop(queues.OfferOverError{How: how})
	}
}

// NextOffer waits for the request's next offer, and returns it, with the reason why this agent was chosen and a context that
// ends when the offer ends unanswered, with a queues.OfferOverError or queues.ErrStopped as its cause. Ring the agent's phone with that
// context, report OfferAnswered when it is picked up, and ask for the next offer when it ends. The context has nothing to do
// with ctx, which bounds the waiting only.
//
// It may be given up (the cause of ctx is returned) and called again: an offer is not lost
// on the way, but its time runs. Who is not coming back reports Abandoned. ErrNoWait is
// returned for a request that was never enqueued, or has been answered or abandoned.
//
// A *queues.MovedError says once that the request waits elsewhere now, or that its caller is to be offered a callback: ask
// again for its next offer. A *queues.OverflowedError says once that its waiting has ended elsewhere.
func (a *ACD) NextOffer(ctx context.Context, r queues.RequestID) (queues.Offered, context.Context, error) {
	p := a.mailbox(r)
	if p == nil {
		return queues.Offered{}, nil, ErrNoWait
	}
	for {
		if ctx.Err() != nil {
			return queues.Offered{}, nil, context.Cause(ctx)
		}
		if moved := a.moved(p); moved != nil {
			return queues.Offered{}, nil, moved
		}
		select {
		case <-p.moving:
		case l := <-p.offers:
			if l.ctx.Err() == nil {
				return l.offered, l.ctx, nil
			}
		case <-p.ended:
			a.forget(r)
			return queues.Offered{}, nil, p.why
		case <-a.stopped:
			return queues.Offered{}, nil, queues.ErrStopped
		case <-ctx.Done():
		}
	}
}

// OfferNow is NextOffer that does not wait: it is false where there is no offer, or something else is to be told first.
func (a *ACD) OfferNow(r queues.RequestID) (queues.Offered, context.Context, bool) {
	p := a.mailbox(r)
	if p == nil || len(p.moving) > 0 {
		return queues.Offered{}, nil, false
	}
	select {
	case l := <-p.offers:
		return l.offered, l.ctx, l.ctx.Err() == nil
	default:
		return queues.Offered{}, nil, false
	}
}

func (a *ACD) open(r queues.RequestID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mailboxes[r] = &mailbox{
		offers: make(chan live, 1), ended: make(chan struct{}), drop: func(error) {}, moving: make(chan struct{}, 1),
	}
}

// mailbox finds the mailbox of a request; nil where it has none.
func (a *ACD) mailbox(r queues.RequestID) *mailbox {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.mailboxes[r]
}

// move keeps what is to be told of a request that moves.
func (a *ACD) move(r queues.RequestID, moved *queues.MovedError) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.mailboxes[r]
	p.moves = append(p.moves, moved)
	select {
	case p.moving <- struct{}{}:
	default: // full: whoever takes it looks at all there are
	}
}

// moved is the oldest move that was not told yet.
func (a *ACD) moved(p *mailbox) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(p.moves) == 0 {
		return nil
	}
	first := p.moves[0]
	if p.moves = p.moves[1:]; len(p.moves) > 0 {
		select {
		case p.moving <- struct{}{}:
		default:
		}
	}
	return first
}

// close ends a mailbox. One that overflowed, perhaps in the very step that opened it, is kept until that was told, or the caller
// is gone.
func (a *ACD) close(e *queues.RequestEnded) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.mailboxes[e.Request.ID]
	p.why = ErrNoWait
	if e.How == queues.RequestOverflowed {
		p.why = &queues.OverflowedError{To: e.To, Because: e.Because}
	} else {
		delete(a.mailboxes, e.Request.ID)
	}
	close(p.ended)
}

// closeConsult ends the mailbox of a consultation, which has one offer.
func (a *ACD) closeConsult(r queues.RequestID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.mailboxes[r]
	p.why = ErrNoWait
	delete(a.mailboxes, r)
	close(p.ended)
}

// forget lets a mailbox go that has ended.
func (a *ACD) forget(r queues.RequestID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.mailboxes[r]; p != nil && p.why != nil {
		delete(a.mailboxes, r)
	}
}
