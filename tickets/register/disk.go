package register

import (
	"context"
	"time"

	"hotline/tickets"
)

// Spool keeps facts on disk until they are applied.
type Spool interface {
	// Append keeps a fact and gives its position. It returns when the fact is on disk, or when patience is over because the disk is slow; the
	// fact is then on its way, and not kept yet. No patience is the usual one, which a caller cannot hear. With a negative one it returns at once, and the fact may wait for
	// some milliseconds, so that the disk takes it together with the next. An error means that the fact is lost.
	Append(fact []byte, patience time.Duration) (position uint64, kept bool, err error)
	// Read waits for facts after a position, and returns at most max of them, in order.
	Read(ctx context.Context, after uint64, max int) ([]tickets.Entry, error)
	// Applied forgets the facts up to a position. It may do so later: after a crash they are read again.
	Applied(upTo uint64) error
	// Held are the positions of the facts that are there, those of earlier runs included: those after, up to last.
	Held() (after, last uint64)
}

// Shelf keeps on disk what is put aside: the reserved blocks, and what an operator is to look at.
type Shelf interface {
	LoadBlocks() ([]tickets.Block, error)
	SaveBlocks([]tickets.Block) error // all of them, durably and at once
	// SetAside keeps an entry that can never be applied where an operator finds it.
	SetAside(e tickets.Entry, why error) error
}

// Past keeps what the store has, for the day on which it is restored from what it was long ago.
type Past interface {
	// Keep keeps facts that the store has taken, in order.
	Keep(facts [][]byte)
	// Kept names the pieces of what is kept, the oldest first.
	Kept() (pieces []string, err error)
	// ReadKept gives the facts of a piece, in order.
	ReadKept(piece string) (facts [][]byte, err error)
}
