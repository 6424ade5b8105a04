package simulation

import (
	"time"

	"hotline/queues"
)

// thing is what is to come.
type thing struct {
	at     time.Duration // since midnight
	order  uint64        // planned earlier goes first
	what   what
	turn   int // of the agent, where it comes only if they have done nothing else since
	demand *demand
	agent  *agent
	call   queues.RequestID
	given  int // of Plan.Given
}

type what byte

const (
	arrives    what = iota // a caller
	hangsUp                // a caller who still waits
	parts                  // caller and agent
	comes                  // an agent, to work
	goes                   // an agent, home
	answers                // an agent
	finishes               // an agent's wrap-up
	returns                // an agent, after a missed offer
	acts                   // an agent, by themselves
	comesAgain             // a given caller
	wants                  // a caller, to be called back
	dialled                // a caller who is called back
	begins                 // the simulation: offers were held until all are there who were before
	hears                  // a caller who still waits, for how long yet
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
