package register

import (
	"context"
	"time"

	"hotline/tickets"
)

// How a late identification may still complete the pop.
const (
	identifyTry   = 2 * time.Second
	identifyAgain = 500 * time.Millisecond
	identifyAll   = 15 * time.Second
)

// identify asks the store in the background who calls.
func (r *Register) identify(c *tickets.Case) {
	if c.From().Key() == "" {
		return // nobody can say
	}
	i := &identification{r: r, of: c, began: time.Now()}
	go i.run()
}

// identification is one caller's, in a goroutine of its own.
type identification struct {
	r     *Register
	of    *tickets.Case
	began time.Time
	late  bool // the store did not answer within the budget
}

func (i *identification) run() {
	defer i.of.AskedEnough()
	found := i.ask()
	i.of.AskedOnce()
	for !found && time.Since(i.began) < identifyAll && i.r.ctx.Err() == nil && !i.of.Over() {
		pause(i.r.ctx, identifyAgain)
		found = i.ask()
	}
}

// ask asks once; false means that the store did not answer.
func (i *identification) ask() bool {
	select {
	case i.r.asking <- struct{}{}:
	default:
		return false // the store hangs, and enough wait for it
	}
	defer func() { <-i.r.asking }()
	ctx, cancel := context.WithTimeout(i.r.ctx, identifyTry)
	defer cancel()
	caller, err := i.r.o.Store.Identify(ctx, i.of.From().Key())
	if !i.late && time.Since(i.began) > i.r.o.IdentifyWithin {
		i.late = true
		i.r.late.Add(1)
	}
	if err != nil {
		return false
	}
	i.of.Identified(caller)
	return true
}
