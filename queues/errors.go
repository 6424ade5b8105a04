package queues

import (
	"errors"
	"fmt"
)

// Why an event was rejected; wrapped with the identity of what it was about.
var (
	ErrUnknownAgent   = errors.New("no such agent signed in")
	ErrUnknownQueue   = errors.New("no such queue")
	ErrUnknownRequest = errors.New("no such request")
	ErrOfferOver      = errors.New("offer is over")           // or was never made
	ErrAccepted       = errors.New("offer is accepted")       // and cannot be declined
	ErrAlready        = errors.New("is so already")           // a second ready, a request known already
	ErrBusy           = errors.New("agent is busy")           // with another request
	ErrActivity       = errors.New("not in this activity")    // wrap-up finished by somebody who has none
	ErrTooMany        = errors.New("too many are so already") // not ready for a reason that is bounded
	ErrExtended       = errors.New("wrap-up cannot be extended further")
	ErrClosed         = errors.New("queue is closed")
	ErrNotReady       = errors.New("agent wants no calls")   // not ready, about to be so, or not reachable
	ErrInvalid        = errors.New("invalid event")          // an empty id, a level of 9
	ErrStopped        = errors.New("the router has stopped") // by whoever keeps one at work; a Router itself does not stop
	ErrBackwards      = errors.New("time runs backwards")
)

func wrap(err error, format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// OfferOverError says to who rings an agent's phone that the offer has ended unanswered, and how. It is comparable: errors.Is
// finds one that ended in a given way.
type OfferOverError struct{ How Ending }

func (e OfferOverError) Error() string {
	if e.How == OfferHasFailed {
		return "agent's phone was not reachable"
	}
	return "offer was " + string(e.How)
}

// OverflowedError says to who waits with a request that its waiting has ended elsewhere than at an agent.
type OverflowedError struct {
	To      Destination
	Because int // the overflow rule that held, from 1
}

func (e *OverflowedError) Error() string {
	return fmt.Sprintf("request overflows to %s by rule %d", e.To.text(), e.Because)
}

// MovedError says to who waits with a request that it has moved, and waits on: in another queue, or where it was, and its
// caller is to be offered a callback.
type MovedError struct {
	To      Destination // ToQueue or ToCallback; ToFront or ToAgent where somebody led it
	Because int         // the overflow rule that held, from 1; 0 where somebody led it
	Lead    Lead        // where somebody led it
}

func (e *MovedError) Error() string {
	if e.Lead.By != "" {
		return fmt.Sprintf("request moves to %s by %s", e.To.text(), e.Lead.By)
	}
	return fmt.Sprintf("request moves to %s by rule %d", e.To.text(), e.Because)
}

// LedError says to who wants to lead a request that somebody else has led it since they looked.
type LedError struct {
	Request RequestID
	By      string // who did it last; "" where that is not known any more
}

func (e *LedError) Error() string {
	return fmt.Sprintf("request %s: led by %q meanwhile", e.Request, e.By)
}

func (d Destination) text() string {
	switch d.Kind {
	case ToQueue:
		return "queue " + string(d.Queue)
	case ToAgent:
		return "agent " + string(d.Agent)
	case ToNumber:
		return "number " + d.Number
	default:
		return string(d.Kind)
	}
}
