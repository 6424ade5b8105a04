package tickets

import (
	"context"
	"errors"
)

var (
	// ErrNoTicket says that there is no ticket of this number.
	ErrNoTicket = errors.New("no such ticket")
	// ErrRefused is a store's answer to a fact that it will never take, because of what the fact
	// says. Any other error of a store means that it is away, and the fact is tried again.
	ErrRefused = errors.New("refused by the store")
)

// Store is where customers, tickets and contacts live: PostgreSQL, or memory in tests.
type Store interface {
	// Identify finds who has a number.
	Identify(ctx context.Context, key string) (Caller, error)
	// Ticket finds a ticket by its number, or by one that it took over; ErrNoTicket.
	Ticket(ctx context.Context, n Number) (Ticket, error)
	// ReserveNumbers takes a block of serial numbers that nobody else will ever get.
	ReserveNumbers(ctx context.Context, count int) (Block, error)
	// Apply applies facts in order, in one transaction, each once (see Book).
	Apply(ctx context.Context, facts []Fact) error
}

// Spool keeps facts on disk until they are applied.
type Spool interface {
	// Append keeps a fact and gives its position. It returns when the fact is on disk, or after a bound,
	// when the disk is slow; the fact is then on its way. An error means that the fact is lost.
	Append(fact []byte) (uint64, error)
	// Read waits for facts after a position, and returns at most max of them, in order.
	Read(ctx context.Context, after uint64, max int) ([]Entry, error)
	// Applied forgets the facts up to a position. It may do so later: after a crash they are read again.
	Applied(upTo uint64) error
	// SetAside keeps an entry that can never be applied where an operator finds it.
	SetAside(e Entry, why error) error
}

// Entry is a fact in the spool.
type Entry struct {
	Position uint64
	Fact     []byte // nil where the disk has damaged it
}

// Shelf keeps the reserved blocks on disk.
type Shelf interface {
	LoadBlocks() ([]Block, error)
	SaveBlocks([]Block) error // all of them, durably and at once
}

// Block is a range of serial numbers: First, First+1 … First+Count-1.
type Block struct {
	First uint64 `json:"first"`
	Count int    `json:"count"`
}
