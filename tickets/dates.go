package tickets

import (
	"errors"
	"time"
)

// The bounds of a ticket's next date, as a person names it. A date that has passed is no promise; a clock that is a little slow, or a note that
// was typed for a while, is forgiven. Two years ahead is beyond any work that is planned: what lies further is a slip of the keyboard.
const (
	NextGrace    = 5 * time.Minute
	FurthestNext = 2 * 366 * 24 * time.Hour
)

var (
	// ErrNextPast says that a next date has passed.
	ErrNextPast = errors.New("the next date has passed")
	// ErrNextFar says that a next date is further ahead than anybody plans.
	ErrNextFar = errors.New("the next date is more than two years ahead")
)

// CheckNext says what is wrong with a next date that somebody names; the zero one stands for the default.
func CheckNext(next, at time.Time) error {
	switch {
	case next.IsZero():
		return nil
	case next.Before(at.Add(-NextGrace)):
		return ErrNextPast
	case next.After(at.Add(FurthestNext)):
		return ErrNextFar
	default:
		return nil
	}
}

// The first and the last instant that everything which reads and writes instants can hold, JSON in any time zone before all.
var (
	firstInstant = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
	lastInstant  = time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)
)

// Legible is an instant as it can be written down in any form and zone. Older versions took any instant for a next date, and one at the
// very end of the calendar made its ticket unreadable; such a one comes out as the last that can be written. The zero time stays.
func Legible(t time.Time) time.Time {
	switch {
	case t.IsZero():
		return t
	case t.Before(firstInstant):
		return firstInstant
	case t.After(lastInstant):
		return lastInstant
	default:
		return t
	}
}
