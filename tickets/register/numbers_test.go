package register

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hotline/tickets"
)

// reserve is a store of serial numbers and a shelf; both can fail.
type reserve struct {
	tickets.Store
	next        uint64
	away, stuck bool
	blocks      []tickets.Block
}

func (r *reserve) ReserveNumbers(_ context.Context, count int, from uint64) (tickets.Block, error) {
	if r.away {
		return tickets.Block{}, errors.New("away")
	}
	r.next = max(r.next, from)
	b := tickets.Block{First: r.next, Count: count}
	r.next += uint64(count)
	return b, nil
}

func (r *reserve) LoadBlocks() ([]tickets.Block, error) {
	return append([]tickets.Block(nil), r.blocks...), nil
}

func (r *reserve) SaveBlocks(blocks []tickets.Block) error {
	if r.stuck {
		return errors.New("disk is stuck")
	}
	r.blocks = append([]tickets.Block(nil), blocks...)
	return nil
}

func TestNoNumberIsHandedOutTwiceWhateverFailsOrIsKilled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &reserve{next: 10_000}
		start := func() *numbers {
			n, err := newNumbers(r, r, 500, slog.New(slog.DiscardHandler))
			if err != nil { // the shelf is stuck at the start
				r.stuck = false
				n, err = newNumbers(r, r, 500, slog.New(slog.DiscardHandler))
			}
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		n := start()
		given := map[tickets.Number]bool{}
		var spare uint64
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) {
				for range rapid.IntRange(1, 300).Draw(t, "many") {
					number := n.take()
					if given[number] {
						t.Fatalf("number %s twice", number)
					}
					if _, err := tickets.ParseNumber(string(number)); err != nil {
						t.Fatal(err)
					}
					given[number] = true
				}
			},
			"refill": func(*rapid.T) { _ = n.refill(context.Background()) },
			"kill": func(*rapid.T) {
				spare = max(spare, n.lastSpare)
				n = start()
				n.lastSpare = spare /* the clock has moved on */
			},
			"restored": func(t *rapid.T) { // from a dump
				r.next = rapid.Uint64Range(10_000, r.next).Draw(t, "next of then")
			},
			"away":  func(*rapid.T) { r.away = !r.away },
			"stuck": func(*rapid.T) { r.stuck = !r.stuck },
		})
	})
}

func TestNumbersAreThereThoughTheDatabaseIsAwayAtTheStart(t *testing.T) {
	r := &reserve{next: 10_000}
	n, err := newNumbers(r, r, 500, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.refill(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.away = true
	n, err = newNumbers(r, r, 500, slog.New(slog.DiscardHandler)) // after a kill
	if err != nil {
		t.Fatal(err)
	}
	if got := n.take(); len(got) != 6 {
		t.Errorf("number %s is not from a block", got)
	}
}

// More calls than a chunk has numbers come at once, as to a Hotline that finds them after a restart, while keep waits for the store.
func TestNumbersOnTheShelfAreUsedHoweverManyAreWantedAtOnce(t *testing.T) {
	r := &reserve{away: true, blocks: []tickets.Block{{First: 10_000, Count: 5_000}, {First: 20_000, Count: 5_000}}}
	n, err := newNumbers(r, r, 10_000, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	given := map[tickets.Number]bool{}
	for range 10_000 {
		given[n.take()] = true
	}
	if len(given) != 10_000 || n.spared() != 0 {
		t.Errorf("%d numbers, %d of them long", len(given), n.spared())
	}
	if long := n.take(); len(long) != 14 {
		t.Errorf("after the last comes %s", long)
	}
}

// What was reserved and finds no room on the shelf is not reserved again.
func TestNumbersThatTheShelfDoesNotTakeAreNotReservedAgain(t *testing.T) {
	r := &reserve{next: 10_000, stuck: true}
	n, err := newNumbers(r, r, 500, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if n.refill(t.Context()) == nil {
			t.Fatal("a shelf that is stuck takes numbers")
		}
	}
	r.stuck = false
	if err := n.refill(t.Context()); err != nil || r.next != 10_500 || n.left() != 500 {
		t.Errorf("%v; reserved up to %d, of which %d are there", err, r.next, n.left())
	}
}

// A disk that hangs lets nobody wait for a number.
func TestADiskThatHangsKeepsNobodyFromANumber(t *testing.T) {
	hangs := make(chan struct{})
	r := &hanging{reserve: reserve{blocks: []tickets.Block{{First: 10_000, Count: 5_000}}}}
	n, err := newNumbers(r, r, 500, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.until = hangs
	taken := make(chan struct{})
	go func() {
		for range 1000 {
			n.take()
		}
		close(taken)
	}()
	select {
	case <-taken:
	case <-time.After(time.Minute):
		t.Fatal("numbers wait for the disk")
	}
	close(hangs)
	if n.spared() == 0 {
		t.Error("numbers came from a disk that hangs")
	}
}

// hanging is a shelf that takes nothing until something.
type hanging struct {
	reserve
	until chan struct{}
}

func (h *hanging) SaveBlocks(blocks []tickets.Block) error {
	if h.until != nil {
		<-h.until
	}
	return h.reserve.SaveBlocks(blocks)
}

func TestWithoutAnyReserveTheClockGivesLongNumbers(t *testing.T) {
	r := &reserve{away: true}
	n, err := newNumbers(r, r, 500, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a, b := n.take(), n.take()
	if a == b || len(a) != 14 || n.spared() != 2 {
		t.Errorf("numbers %s, %s", a, b)
	}
}

// SetAside is one of Shelf, and nothing comes to it here.
func (r *reserve) SetAside(tickets.Entry, error) error { return nil }
