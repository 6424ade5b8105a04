package tickets

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrNoTicket says that there is no ticket of this number.
	ErrNoTicket = errors.New("no such ticket")
	// ErrRefused is a store's answer to a fact that it will never take, because of what the fact
	// says. Any other error of a store means that it is away, and the fact is tried again.
	ErrRefused = errors.New("refused by the store")
	// ErrNumberTaken is the refusal of a contact's first fact whose number another contact's ticket has: it was handed out twice. It is ErrRefused.
	ErrNumberTaken = fmt.Errorf("%w: the number is another ticket's", ErrRefused)
	// ErrNotKept says that the disk has not taken what somebody typed: it may be lost, and is to be sent again.
	ErrNotKept = errors.New("the disk does not take it now")
)

// Store is where customers, tickets and contacts live: PostgreSQL, or memory in tests.
type Store interface {
	// Identify finds who has a number.
	Identify(ctx context.Context, key string) (Caller, error)
	// Ticket finds a ticket by its number, or by one that it took over; ErrNoTicket.
	Ticket(ctx context.Context, n Number) (Ticket, error)
	// ReserveNumbers takes a block of serial numbers that nobody else will ever get. It begins at a number or beyond: who asks knows that those before it
	// were given, though a store that was restored from a dump may know less.
	ReserveNumbers(ctx context.Context, count int, from uint64) (Block, error)
	// Apply applies facts in order, in one transaction, each once (see Book).
	Apply(ctx context.Context, facts []Fact) error
	// Has says whether a fact was applied.
	Has(ctx context.Context, k Key) (bool, error)
}

// Entry is a fact in the spool.
type Entry struct {
	Position uint64
	Fact     []byte // nil where the disk has damaged it
}

// Block is a range of serial numbers: First, First+1 … First+Count-1.
type Block struct {
	First uint64 `json:"first"`
	Count int    `json:"count"`
}
