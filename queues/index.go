package queues

import (
	"hash/maphash"
	"iter"
)

// index finds items by their ids, as a map does, and costs half of one: with tens of thousands of items each look into memory
// is a cache miss, and here there is one, for a slot holds the hash, and an item its own id. Slots are probed one
// after the other, and at most three quarters of them are taken. Their order never shows in what is decided.
type index[K ~string, T comparable] struct {
	id    func(T) K // must stay the same while the item is in it
	seed  maphash.Seed
	slots []slot[T] // a power of two
	len   int
}

type slot[T comparable] struct {
	hash uint64
	item T // the zero T where the slot is free
}

func newIndex[K ~string, T comparable](id func(T) K) index[K, T] {
	return index[K, T]{id: id, seed: maphash.MakeSeed(), slots: make([]slot[T], 64)}
}

// find is where an id stands, or the free slot where it would.
func (x *index[K, T]) find(id K) (at int, hash uint64, found bool) {
	var none T
	hash = maphash.String(x.seed, string(id))
	for at = int(hash) & (len(x.slots) - 1); ; at = (at + 1) & (len(x.slots) - 1) {
		s := &x.slots[at]
		if s.item == none {
			return at, hash, false
		}
		if s.hash == hash && x.id(s.item) == id {
			return at, hash, true
		}
	}
}

// get is the item of an id; the zero T where there is none.
func (x *index[K, T]) get(id K) (item T) {
	if at, _, found := x.find(id); found {
		return x.slots[at].item
	}
	return item
}

// put adds an item whose id is not in it.
func (x *index[K, T]) put(item T) {
	if x.len++; x.len*4 > len(x.slots)*3 {
		x.grow()
	}
	at, hash, _ := x.find(x.id(item))
	x.slots[at] = slot[T]{hash, item}
}

// drop takes an id out. Who was probed beyond it moves up, so that no search ends too early.
func (x *index[K, T]) drop(id K) {
	hole, _, found := x.find(id)
	if !found {
		return
	}
	x.len--
	var none T
	last := len(x.slots) - 1
	for at := (hole + 1) & last; x.slots[at].item != none; at = (at + 1) & last {
		home := int(x.slots[at].hash) & last
		if (at-home)&last >= (at-hole)&last { // its way leads over the hole
			x.slots[hole] = x.slots[at]
			hole = at
		}
	}
	x.slots[hole] = slot[T]{}
}

func (x *index[K, T]) grow() {
	old := x.slots
	x.slots = make([]slot[T], 2*len(old))
	var none T
	for _, s := range old {
		if s.item == none {
			continue
		}
		at := int(s.hash) & (len(x.slots) - 1)
		for x.slots[at].item != none {
			at = (at + 1) & (len(x.slots) - 1)
		}
		x.slots[at] = s
	}
}

// all are the items, in no order.
func (x *index[K, T]) all() iter.Seq[T] {
	return func(yield func(T) bool) {
		var none T
		for _, s := range x.slots {
			if s.item != none && !yield(s.item) {
				return
			}
		}
	}
}
