package callback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotline/queues"
	"hotline/telephony"
)

// Try is an outgoing call for an offer of a callback. All of it belongs to the call's goroutine.
type Try struct {
	*Callback
	Offer     queues.Offered
	live      context.Context // of the offer
	callbacks *Callbacks
	broken    <-chan struct{} // closed where the switch could not be reached meanwhile
	done      chan struct{}   // closed when it is over
	called    bool            // the customer has hung up, and was called
}

// Done says that the call is over, whatever came of it.
func (t *Try) Done() { close(t.done) }

// Agent is what a try does with the agent of its offer. The call's script does it.
type Agent interface {
	// Show shows on the desk who is being called, where the customer is called first.
	Show(ctx context.Context, o queues.Offered)
	// Ring shows on the desk who is to be called, and rings the agent's phone while the offer is live. It has reported the answer, or
	// what came instead.
	Ring(ctx, live context.Context, o queues.Offered) (*telephony.Leg, error)
	// MusicTo plays music to the agent until stop is called.
	MusicTo(ctx context.Context, leg *telephony.Leg) (stop func())
	// LetGo tells the agent why the customer is not there, and hangs up.
	LetGo(ctx context.Context, leg *telephony.Leg, o queues.Offered, why error)
}

// Customer is what a try does with who is called back. The call's script does it.
type Customer interface {
	// Reach rings the customer's phone, which shows the number that they had dialled. Without an error they are on the line, and
	// noted so: a restart finds them there.
	Reach(ctx context.Context, to telephony.Address, shows telephony.Number) error
	// Wait lets the customer, who is on the line, wait for the agent, whose phone rings now, and for another one where it must be,
	// and then talk. Without an error they are still there in the end.
	Wait(ctx, live context.Context, o queues.Offered) error
	// Talk joins agent and customer. Without an error the customer is still there in the end.
	Talk(ctx context.Context, o queues.Offered, leg *telephony.Leg) error
}

// errPhoneLetGo says that the agent's phone has answered and let go at once: it fails, and that costs the customer no try.
var errPhoneLetGo = errors.New("the agent's phone answered and let go at once")

// errAgentLeft says that the agent has hung up before the customer was there.
var errAgentLeft = errors.New("agent hung up")

// errAgentLost says that the switch died with the agent's leg.
var errAgentLost = errors.New("the agent was lost with the switch")

// Serve brings agent and customer together, the agent first or the customer first as the queue has it. When it returns without an
// error the customer is still there.
//
//	agent first:    pop ─► agent's phone ─► OfferAnswered ─► customer's phone ─► CallbackReached ─► talk
//	customer first: pop ─► customer's phone ─► CallbackReached ─► agent's phone ─► OfferAnswered ─► talk
func (t *Try) Serve(ctx context.Context, a Agent, c Customer) error {
	if t.callbacks.Queues.Queue(t.Offer.Offer.Queue).Callback.DialFirst {
		return t.customerFirst(ctx, a, c)
	}
	return t.agentFirst(ctx, a, c)
}

// agentFirst lets the agent see whom they are to call, and calls when they are there.
func (t *Try) agentFirst(ctx context.Context, a Agent, c Customer) error {
	leg, err := a.Ring(ctx, t.live, t.Offer)
	if err != nil {
		return err
	}
	err = t.reachWith(ctx, a, c, leg)
	if err == nil {
		err = t.report(ctx, queues.CallbackReached{Request: t.Request.ID})
	}
	if err != nil {
		a.LetGo(ctx, leg, t.Offer, err)
		return t.notReached(ctx, err)
	}
	t.callbacks.Over(t.Request.ID)
	return c.Talk(ctx, t.Offer, leg)
}

// customerFirst calls while the agent is kept free. A customer who is there waits, and for another agent too where it must be.
func (t *Try) customerFirst(ctx context.Context, a Agent, c Customer) error {
	live, stop := whileLive(ctx, t.live)
	defer stop()
	a.Show(live, t.Offer)
	err := t.reach(live, c)
	if err == nil {
		err = t.report(ctx, queues.CallbackReached{Request: t.Request.ID})
	}
	if err != nil {
		return t.notReached(ctx, err)
	}
	t.callbacks.Over(t.Request.ID)
	return c.Wait(ctx, t.live, t.Offer)
}

// reach calls the customer, once they have hung up.
func (t *Try) reach(ctx context.Context, c Customer) error {
	to := telephony.Address("number:" + t.From.Key())
	if err := t.callbacks.hungUp(ctx, t.Request.ID, to); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t.called = true
	return c.Reach(ctx, to, t.To)
}

// reachWith calls the customer while the agent, who hears music meanwhile, is there.
func (t *Try) reachWith(ctx context.Context, a Agent, c Customer, leg *telephony.Leg) error {
	ctx, stop := WhileThere(ctx, leg, t.callbacks.ShortestTalk)
	defer stop()
	silence := a.MusicTo(ctx, leg)
	defer silence()
	return t.reach(ctx, c)
}

// notReached tells the router that the customer is not there, so that it lets the agent go.
func (t *Try) notReached(ctx context.Context, err error) error {
	var failed *telephony.DialError
	dialled, left := errors.As(err, &failed), errors.Is(err, errAgentLeft) || errors.Is(err, errPhoneLetGo)
	switch {
	case ctx.Err() != nil: // Hotline stops, and the book knows whom to call
	case t.live.Err() != nil: // the offer was over before, and the next one may be made already
	case dialled && t.lostLink() && !saysNo(failed), left && closed(t.callbacks.Broken()), errors.Is(err, errAgentLost): // lost with the switch, or they may be
		_ = t.report(ctx, t.noLine())
	case errors.Is(err, errAgentLeft) && t.called:
		_ = t.report(ctx, queues.TalkEnded{Request: t.Request.ID})
	case errors.Is(err, errAgentLeft):
		_ = t.report(ctx, queues.CallbackFailed{Request: t.Request.ID, Reason: queues.AgentLeft})
	case errors.Is(err, errPhoneLetGo):
		_ = t.report(ctx, queues.TalkDropped{Request: t.Request.ID})
	case dialled:
		reason := queues.FailureOf(failed.Cause)
		if !saysNo(failed) { // whatever is wrong on the customer's side, they were dialled, and the try counts
			reason = queues.PhoneUnreachable
		}
		_ = t.report(ctx, queues.CallbackFailed{Request: t.Request.ID, Reason: reason})
	default: // the switch did not even dial
		_ = t.report(ctx, t.noLine())
	}
	return err
}

// noLine says that the customer was not dialled: for want of the link to the switch, or otherwise.
func (t *Try) noLine() queues.CallbackFailed {
	if t.lostLink() {
		return queues.CallbackFailed{Request: t.Request.ID, Reason: queues.LinkBroken}
	}
	return queues.CallbackFailed{Request: t.Request.ID, Reason: queues.PhoneCongested}
}

// lostLink says whether the switch could not be reached at some time during the try.
func (t *Try) lostLink() bool { return closed(t.broken) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// saysNo says whether the customer's phone itself has refused the call, or rung in vain.
func saysNo(failed *telephony.DialError) bool {
	reason := queues.FailureOf(failed.Cause)
	return reason == queues.PhoneBusy || reason == queues.PhoneUnanswered
}

// report tells the router a fact that must reach it, the end of the call notwithstanding. An error says that the router has
// moved on.
func (t *Try) report(ctx context.Context, e queues.Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := t.callbacks.Router.Report(ctx, e)
	if err != nil {
		t.callbacks.Log.Debug("the router has moved on", "call", t.Request.ID, "event", fmt.Sprintf("%T", e), "err", err)
	}
	return err
}

// whileLive is ctx for as long as the offer is live.
func whileLive(ctx, live context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(live, func() { cancel(context.Cause(live)) })
	return ctx, func() { stop(); cancel(nil) }
}

// WhileThere is ctx for as long as an agent's leg lives, or until stop is called. A leg that has ended by now, as while
// its agent heard who is to be called, or that ends sooner than the shortest talk, is of a phone that lets go.
func WhileThere(ctx context.Context, leg *telephony.Leg, shortest time.Duration) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	left := func(early bool) {
		switch at := leg.AnsweredAt(); {
		case leg.Broken():
			cancel(errAgentLost)
		case early, !at.IsZero() && time.Since(at) < shortest:
			cancel(errPhoneLetGo)
		default:
			cancel(errAgentLeft)
		}
	}
	select {
	case <-leg.Ended():
		left(true)
	default:
	}
	go func() {
		select {
		case <-leg.Ended():
			left(false)
		case <-done:
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}
