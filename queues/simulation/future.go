package simulation

import (
	"time"

	"hotline/queues"
)

// thing is something that is going to happen.
type thing struct {
	at     time.Duration // since midnight
	order  uint64        // of two at the same time the one that was planned earlier goes first
	what   what
	turn   int // the agent's turn when it was planned: once they have done something else it does not happen
	demand *demand
	agent  *agent
	call   queues.RequestID
	given  int // index in Plan.Given
}

// what is the sort of a thing. Each name is a verb, and its comment says who does it.
type what byte

const (
	arrives    what = iota // a caller arrives
	hangsUp                // a caller who still waits hangs up
	parts                  // a talk ends: caller and agent part
	comes                  // an agent comes to work
	goes                   // an agent goes home
	answers                // an agent answers an offer
	finishes               // an agent finishes a wrap-up
	returns                // an agent is ready again after a missed offer
	acts                   // an agent does an Act of the plan
	comesAgain             // a given caller arrives
	wants                  // a caller asks to be called back
	dialled                // a caller who is called back is reached, or not
	begins                 // the simulation begins: everybody who was there before is there, and offers are held no longer
	hears                  // a caller who still waits is told for how long yet
)

// future is a heap of things by time.
type future struct {
	things []thing
	told   uint64
}

// plan lets a thing happen at a time.
func (f *future) plan(at time.Duration, t thing) {
	f.told++
	t.at, t.order = at, f.told
	f.things = append(f.things, t)
	child := len(f.things) - 1
	for child > 0 {
		parent := (child - 1) / 2
		if f.things[parent].before(&t) {
			break
		}
		f.things[child] = f.things[parent]
		child = parent
	}
	f.things[child] = t
}

// next takes the first thing out. There must be one.
func (f *future) next() thing {
	first, n := f.things[0], len(f.things)-1
	last := f.things[n]
	f.things[n] = thing{}
	f.things = f.things[:n]
	if n == 0 {
		return first
	}
	hole := 0
	for {
		child := 2*hole + 1
		if child >= n {
			break
		}
		if child+1 < n && f.things[child+1].before(&f.things[child]) {
			child++
		}
		if last.before(&f.things[child]) {
			break
		}
		f.things[hole] = f.things[child]
		hole = child
	}
	f.things[hole] = last
	return first
}

func (t *thing) before(u *thing) bool {
	return t.at < u.at || t.at == u.at && t.order < u.order
}
