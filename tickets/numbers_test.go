package tickets

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"pgregory.net/rapid"
)

// reserve is a store of serial numbers and a shelf; both can fail.
type reserve struct {
	Store
	next        uint64
	away, stuck bool
	blocks      []Block
}

func (r *reserve) ReserveNumbers(_ context.Context, count int) (Block, error) {
	if r.away {
		return Block{}, errors.New("away")
	}
	b := Block{r.next, count}
	r.next += uint64(count)
	return b, nil
}

func (r *reserve) LoadBlocks() ([]Block, error) { return append([]Block(nil), r.blocks...), nil }

func (r *reserve) SaveBlocks(blocks []Block) error {
	if r.stuck {
		return errors.New("disk is stuck")
	}
	r.blocks = append([]Block(nil), blocks...)
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
		given := map[Number]bool{}
		var spare uint64
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) {
				for range rapid.IntRange(1, 300).Draw(t, "many") {
					number := n.take()
					if given[number] {
						t.Fatalf("number %s twice", number)
					}
					if _, err := ParseNumber(string(number)); err != nil {
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
