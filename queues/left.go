package queues

import "fmt"

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
	To      Destination // ToQueue or ToCallback
	Because int         // the overflow rule that held, from 1
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("request moves to %s by rule %d", e.To.text(), e.Because)
}

func (d Destination) text() string {
	switch d.Kind {
	case ToQueue:
		return "queue " + string(d.Queue)
	case ToNumber:
		return "number " + d.Number
	default:
		return string(d.Kind)
	}
}
