package queues

import (
	"errors"
	"time"
)

// Why an event was rejected; wrapped with the identity of what it was about.
var (
	ErrUnknownAgent   = errors.New("no such agent signed in")
	ErrUnknownQueue   = errors.New("no such queue")
	ErrUnknownRequest = errors.New("no such request")
	ErrOfferOver      = errors.New("offer is over")        // or was never made
	ErrAccepted       = errors.New("offer is accepted")    // and cannot be declined
	ErrAlready        = errors.New("is so already")        // a second ready, a request known already
	ErrBusy           = errors.New("agent is busy")        // with another request
	ErrActivity       = errors.New("not in this activity") // wrap-up finished by somebody who has none
	ErrExtended       = errors.New("wrap-up cannot be extended further")
	ErrInvalid        = errors.New("invalid event") // an empty id, a level of 9
	ErrBackwards      = errors.New("time runs backwards")
)

// Router holds the waiting, the agents, the offers and the figures. It has one owner;
// nothing in it is safe for concurrent use.
type Router struct{}

// New makes a router without agents and requests, or says what is wrong with the configuration.
func New(c Config) (*Router, error) { return &Router{}, nil }

// Step tells a fact and returns what follows from it. First the deadlines that have
// passed take their effect, then the event, then whoever can meet is brought together.
// The caller may keep the slice.
func (r *Router) Step(at time.Time, e Event) []Decision { return nil }

// Deadline says when to call Step with a Tick, if nothing happens before.
func (r *Router) Deadline() (time.Time, bool) { return time.Time{}, false }

// Snapshot copies the whole state, as of the last step.
func (r *Router) Snapshot() Snapshot { return Snapshot{} }
