package register

import (
	"context"
	"slices"
	"sync"
	"time"

	"hotline/tickets"
)

// How a late identification may still complete the pop.
const (
	identifyTry   = 2 * time.Second
	identifyAgain = 500 * time.Millisecond
	identifyAll   = 15 * time.Second
)

// Outside is another program that may know who calls. That of tickets/crm implements it.
type Outside interface {
	// Who is whom it knows by a number's key; nil is nobody. An error means that it does not say.
	Who(ctx context.Context, key string) (*tickets.Customer, error)
}

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

	caller tickets.Caller // as the store knows them
}

func (i *identification) run() {
	defer i.of.AskedEnough()
	once := sync.OnceFunc(i.of.AskedOnce)
	found := i.ask()
	if found && i.r.o.Outside != nil && i.unknown() {
		enough := time.AfterFunc(i.r.o.OutsideWithin, once) // what comes later comes to the pop alone
		i.askOutside()
		enough.Stop()
	}
	once()
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
	i.caller = caller
	i.caller.OpenTickets = slices.Clone(caller.OpenTickets) // the case takes out of the other what is its own
	i.of.Identified(caller)
	return true
}

// unknown says that the store has answered, and knows nobody by this number whom somebody has named.
func (i *identification) unknown() bool {
	return i.caller.Match == tickets.Unknown && (i.caller.Customer == nil || i.caller.Customer.Name == "")
}

// askOutside adds what another program says of who calls. The call is nobody else's for that: whose tickets are theirs the store alone knows.
func (i *identification) askOutside() {
	who, err := i.r.o.Outside.Who(i.r.ctx, i.of.From().Key())
	if err != nil || who == nil || i.of.Over() {
		return
	}
	c := *who
	c.Provisional = true
	if known := i.caller.Customer; known != nil { // Hotline's own, who has no name yet
		c.ID, c.Numbers, c.Version = known.ID, known.Numbers, known.Version
	}
	i.caller.Customer = &c
	i.of.Identified(i.caller)
}
