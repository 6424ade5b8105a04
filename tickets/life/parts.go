package life

import (
	"errors"
	"fmt"
	"strings"

	"hotline/tickets"
)

var (
	// ErrOpenParts refuses to answer a customer before the departments have answered their parts.
	ErrOpenParts = errors.New("parts of it are not answered yet")
	// ErrMerged refuses what is to be done to the ticket that this one was merged with.
	ErrMerged = errors.New("it goes on in the ticket with which it was merged")
)

// partsDone says which parts are still to be answered.
func (w *work) partsDone() error {
	var open []string
	for _, p := range w.Parts {
		if p.State == PartOpen || p.State == PartReturned {
			open = append(open, fmt.Sprintf("%d (%s)", p.N, p.Department))
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%w: %s", ErrOpenParts, strings.Join(open, ", "))
	}
	return nil
}

// partsAnswer is one answer put together from those of the parts; "" where there are none.
func (w *work) partsAnswer() string {
	var said []string
	for _, p := range w.Parts {
		if p.State == PartAnswered && p.Answer != "" {
			said = append(said, p.What+"\n"+p.Answer)
		}
	}
	return strings.Join(said, "\n\n")
}

// endAll ends what is open of a ticket that ends. What was promised to a customer who confirms is kept with that.
func (w *work) endAll() {
	for i, p := range w.Parts {
		if p.State == PartOpen || p.State == PartReturned {
			w.Parts[i].State, w.Parts[i].DoneAt = PartWithdrawn, w.at
		}
	}
	became := PromiseWithdrawn
	if c, is := w.State.(tickets.Closed); is && c.Disposition == tickets.ByConfirmation {
		became = PromiseKept
	}
	for i, p := range w.Promises {
		if p.State == PromiseOpen {
			w.Promises[i].State, w.Promises[i].EndedAt = became, w.at
		}
	}
	for i, v := range w.Vendors {
		if v.State == VendorAsked {
			w.Vendors[i].State, w.Vendors[i].DoneAt = VendorWithdrawn, w.at
		}
	}
	for i, r := range w.Reviews {
		if r.State == ReviewOpen {
			w.Reviews[i].State, w.Reviews[i].DoneAt = ReviewWithdrawn, w.at
		}
	}
}
