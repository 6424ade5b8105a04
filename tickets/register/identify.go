package register

import (
	"context"
	"errors"
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

// identify asks the store in the background who calls, and, of a call that a restart has found, which ticket it has.
func (r *Register) identify(c *tickets.Case, found bool) {
	if c.From().Key() == "" && !found {
		return // nobody can say
	}
	i := &identification{r: r, of: c, began: time.Now()}
	i.matters, _ = r.o.Store.(Matters)
	i.placed = !found || i.matters == nil
	go i.run()
}

// identification is one caller's, in a goroutine of its own.
type identification struct {
	r     *Register
	of    *tickets.Case
	began time.Time
	late  bool // the store did not answer within the budget

	matters Matters
	placed  bool // there is no more to ask about the call's ticket

	caller tickets.Caller // as the store knows them
}

func (i *identification) run() {
	once := sync.OnceFunc(i.of.AskedOnce)
	defer once() // after the other: whoever waited for it alone sees whether more will come
	defer i.of.AskedEnough()
	found := i.ask()
	if found && i.r.o.Outside != nil && i.unknown() {
		enough := time.AfterFunc(i.r.o.OutsideWithin, once) // what comes later comes to the pop alone
		i.askOutside()
		enough.Stop()
	}
	if found {
		return
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
	err := i.place(ctx)
	if err == nil && i.of.From().Key() != "" {
		err = i.name(ctx)
	}
	if !i.late && time.Since(i.began) > i.r.o.IdentifyWithin {
		i.late = true
		i.r.late.Add(1)
	}
	return err == nil
}

// place asks which ticket the call has.
func (i *identification) place(ctx context.Context) error {
	if i.placed {
		return nil
	}
	t, how, err := i.matters.TicketOf(ctx, tickets.OfCall(i.of.Call()))
	switch {
	case err == nil:
		i.of.Found(t, how)
	case !errors.Is(err, tickets.ErrNoTicket):
		return err
	}
	i.placed = true
	return nil
}

// name asks who calls.
func (i *identification) name(ctx context.Context) error {
	caller, err := i.r.o.Store.Identify(ctx, i.of.From().Key())
	if err != nil {
		return err
	}
	i.caller = caller
	i.caller.OpenTickets = slices.Clone(caller.OpenTickets) // the case takes out of the other what is its own
	i.of.Identified(caller)
	return nil
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
