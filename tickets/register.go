package tickets

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"hotline/telephony"
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
	// Append keeps a fact. It returns when the fact is on disk, or after a bound, when
	// the disk is slow; the fact is then on its way. An error means that the fact is lost.
	Append(fact []byte) error
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

// Options of a Register. Zero durations and numbers take the defaults named.
type Options struct {
	Store Store
	Spool Spool
	Shelf Shelf
	Log   *slog.Logger     // slog.Default
	Now   func() time.Time // time.Now

	// Department owns the ticket of a call without a topic ("first_line").
	Department string
	// Departments are the owners by topic; a topic that is missing is its own department.
	Departments map[string]string

	IdentifyWithin time.Duration // 150 ms from the arrival
	CallBackWithin time.Duration // 1 h after a call broke off
	FollowUpWithin time.Duration // 24 h, where an agent named no date
	Reserve        int           // numbers kept ahead: 20,000
}

// WrapUp is what an agent leaves behind a call.
type WrapUp struct {
	Call        telephony.CallID
	Agent       Agent
	Disposition Disposition // Undisposed when the clock ended it
	Note        string
	Subject     string    // "" keeps the ticket's
	Next        time.Time // zero is the default, where the ticket stays open
	Department  string    // where HandedOver goes; "" is the topic's
	At          time.Time
}
