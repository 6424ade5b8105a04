package register

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hotline/tickets"
)

// Numbers are handed out of a chunk that the shelf no longer lists, so that a crash
// can lose up to two chunks of unused numbers, but never repeat one.
const chunk = 100

// numbers hands out ticket numbers without waiting for the store.
//
//	store ──Reserve──► blocks on the shelf (disk) ──chunk──► at hand (memory) ──► take
//
// Who takes the last at hand brings the next chunk, and waits for the disk, but not for long: keep may be waiting for the store.
// The store and the shelf both know up to where numbers were reserved, and the larger counts: either may have been restored from what it was long ago.
// When all are used up, because the database has been away for too long, emergency numbers are made
// from the clock: longer to say, but the call has its ticket.
type numbers struct {
	store   tickets.Store
	shelf   Shelf
	log     *slog.Logger
	reserve int

	low chan struct{} // wakes keep; has room for one

	shelving sync.Mutex // held while the shelf is changed; taken before mu

	reserved []tickets.Block // that the shelf has not taken yet; keep's goroutine only

	mu        sync.Mutex      // guards what is below
	atHand    []tickets.Block // no longer on the shelf
	blocks    []tickets.Block // as on the shelf, without what says where the next begin
	from      uint64          // where the next begin: beyond all that were ever reserved here
	bringing  chan struct{}   // closed when the chunk that is being brought is there; nil while none is
	began     time.Time       // when that began
	lastSpare uint64
	spares    uint64 // emergency numbers handed out
}

func newNumbers(store tickets.Store, shelf Shelf, reserve int, log *slog.Logger) (*numbers, error) {
	n := &numbers{store: store, shelf: shelf, log: log, reserve: reserve, low: make(chan struct{}, 1)}
	blocks, err := shelf.LoadBlocks()
	if err != nil {
		return nil, err
	}
	n.know(blocks)
	n.low <- struct{}{}
	if err := n.bringChunk(); err != nil {
		log.Error("the shelf of ticket numbers takes nothing", "err", err)
	}
	return n, nil
}

// take gives the next number.
func (n *numbers) take() tickets.Number {
	if number, ok := n.next(); ok {
		return number
	}
	there, within := n.bring()
	select {
	case <-there:
	case <-time.After(within):
	}
	if number, ok := n.next(); ok {
		return number
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.spare()
}

// bringWithin is how long who needs a number waits for a disk that is slow.
const bringWithin = 100 * time.Millisecond

// bring begins to bring a chunk, unless somebody does so already. It says when it is there, and how long that is worth waiting for.
func (n *numbers) bring() (there <-chan struct{}, within time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.bringing == nil {
		done := make(chan struct{})
		n.bringing, n.began = done, time.Now()
		go func() {
			if err := n.bringChunk(); err != nil {
				n.log.Error("the shelf of ticket numbers takes nothing", "err", err)
			}
			n.mu.Lock()
			n.bringing = nil
			n.mu.Unlock()
			close(done)
		}()
	}
	return n.bringing, max(0, bringWithin-time.Since(n.began))
}

// next is the next number at hand.
func (n *numbers) next() (number tickets.Number, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if count(n.atHand) <= chunk {
		select {
		case n.low <- struct{}{}:
		default: // keep is awake already
		}
	}
	if len(n.atHand) == 0 {
		return "", false
	}
	b := &n.atHand[0]
	serial := b.First
	b.First, b.Count = b.First+1, b.Count-1
	if b.Count == 0 {
		n.atHand = n.atHand[1:]
	}
	return tickets.MakeNumber(serial), true
}

// spare makes a number from the clock in milliseconds: 14 digits with the check digit, never
// two alike, and after a restart beyond all earlier ones as long as the clock does not run back.
func (n *numbers) spare() tickets.Number {
	serial := max(uint64(time.Now().UnixMilli()), n.lastSpare+1)
	n.lastSpare = serial
	n.spares++
	if n.spares == 1 {
		n.log.Error("no reserved ticket numbers left, making long ones from the clock: the database has been away for too long, or was never reached")
	}
	return tickets.MakeNumber(serial)
}

// keep brings chunks to hand and reserves blocks ahead, until ctx ends.
func (n *numbers) keep(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.low:
		}
		for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
			err := n.refill(ctx)
			if err == nil || ctx.Err() != nil {
				break
			}
			n.log.Warn("no ticket numbers could be reserved", "err", err, "at_hand", n.left())
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		}
	}
}

func (n *numbers) refill(ctx context.Context) error {
	if err := n.bringChunk(); err != nil {
		return err
	}
	if err := n.shelve(); err != nil {
		return err
	}
	missing := n.reserve - n.left()
	if missing < n.reserve/2 {
		return nil
	}
	ask, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	n.mu.Lock()
	from := n.from
	n.mu.Unlock()
	b, err := n.store.ReserveNumbers(ask, missing, from)
	if err != nil {
		return err
	}
	n.reserved = append(n.reserved, b)
	if err := n.shelve(); err != nil {
		return err
	}
	return n.bringChunk()
}

// shelve puts what was reserved on the shelf. What that does not take is not reserved again, but put there later.
func (n *numbers) shelve() error {
	if len(n.reserved) == 0 {
		return nil
	}
	n.shelving.Lock()
	defer n.shelving.Unlock()
	n.mu.Lock()
	blocks := append(append([]tickets.Block{}, n.blocks...), n.reserved...)
	n.mu.Unlock()
	if err := n.saveBlocks(blocks); err != nil {
		return err
	}
	n.reserved = nil
	return nil
}

// bringChunk takes a chunk off the shelf. Only once the shelf has it in writing is it at hand.
func (n *numbers) bringChunk() error {
	n.shelving.Lock()
	defer n.shelving.Unlock()
	n.mu.Lock()
	enough := count(n.atHand) > chunk || len(n.blocks) == 0
	var taken, rest []tickets.Block
	if !enough {
		taken, rest = cut(n.blocks, 2*chunk)
	}
	n.mu.Unlock()
	if enough {
		return nil
	}
	if err := n.saveBlocks(rest); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.atHand = append(n.atHand, taken...)
	return nil
}

// saveBlocks is called with shelving held.
func (n *numbers) saveBlocks(blocks []tickets.Block) error {
	n.mu.Lock()
	from := max(n.from, beyond(blocks))
	n.mu.Unlock()
	if err := n.shelf.SaveBlocks(append(slices.Clone(blocks), tickets.Block{First: from})); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.blocks, n.from = blocks, from
	return nil
}

// know takes what the shelf has: blocks, and an empty one that says where the next begin. Should the database be restored from a dump, it knows less of what was given
// than this.
func (n *numbers) know(shelved []tickets.Block) {
	n.from = beyond(shelved)
	n.blocks = slices.DeleteFunc(shelved, func(b tickets.Block) bool { return b.Count == 0 })
}

// beyond is the first number after some blocks.
func beyond(blocks []tickets.Block) (after uint64) {
	for _, b := range blocks {
		after = max(after, b.First+uint64(b.Count))
	}
	return after
}

func (n *numbers) left() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return count(n.atHand) + count(n.blocks)
}

func (n *numbers) spared() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.spares
}

func count(blocks []tickets.Block) int {
	sum := 0
	for _, b := range blocks {
		sum += b.Count
	}
	return sum
}

// cut takes the first so many numbers out of blocks, which stay as they are.
func cut(blocks []tickets.Block, many int) (taken, rest []tickets.Block) {
	for _, b := range blocks {
		k := min(many, b.Count)
		if k > 0 {
			taken = append(taken, tickets.Block{First: b.First, Count: k})
		}
		if k < b.Count {
			rest = append(rest, tickets.Block{First: b.First + uint64(k), Count: b.Count - k})
		}
		many -= k
	}
	return taken, rest
}
