package queues

import (
	"cmp"
	"math"
	"slices"
)

// agenda keeps items by a time, the earliest first. Most times here are now and some seconds that are the same for many (a
// phone rings 20 s), so that what is put in is later than most of what is there: it is kept in few runs, each in order, and put at
// the end of one. Taking an item out costs nothing: its entry stays, and is passed over when its turn comes or when half of
// all are such. A heap, which would have to know where each item lies, touches a dozen of them each time, all cache misses.
//
//	runs   12 15 19 │ 30      the last times of the runs fall, so that what is put in goes to the first run
//	       11 14 18 │         whose last is not later: there are no more runs than the longest row of items put in
//	       13       ▼         later and to be done earlier (patience sorting)
type agenda[T any] struct {
	runs   []run[T]
	stands func(item T, at int64) bool // whether an item is in it, at this time
	order  func(a, b T) int            // of those due at the same time
	items  int                         // in it
	kept   int                         // entries, of items that are gone too
	told   []entry[T]                  // what is due
}

// run is entries in order of their times, those before the first done with.
type run[T any] struct {
	entries []entry[T]
	first   int
	last    int64 // the time of the last entry that there was
}

// entry is an item at its time, in nanoseconds since 1970.
type entry[T any] struct {
	at   int64
	item T
}

func (g *agenda[T]) len() int { return g.items }

// put puts an item in that is not in it, at a time that it stands at by now. The same item may come in again at another, or the same.
func (g *agenda[T]) put(item T, at int64) {
	if g.kept > 2*g.items+64 {
		g.sweep()
	}
	i, _ := slices.BinarySearchFunc(g.runs, at, func(r run[T], at int64) int { return cmp.Compare(at, r.last) })
	if i == len(g.runs) {
		g.runs = append(g.runs, run[T]{})
	}
	r := &g.runs[i]
	r.entries, r.last = append(r.entries, entry[T]{at, item}), at
	g.items++
	g.kept++
}

// drop takes an item out, which stands there no more or is about to.
func (g *agenda[T]) drop() { g.items-- }

// first is the item with the earliest time, one of these where there are several; not ok where there is none.
func (g *agenda[T]) first() (item T, ok bool) {
	until := int64(math.MaxInt64)
	for i := range g.runs {
		if e := g.head(&g.runs[i], until); e != nil {
			item, ok, until = e.item, true, e.at-1
		}
	}
	return item, ok
}

// due takes the entries up to a time, and gives them in order: by time, and then by the order of items. One may be told twice, and what
// becomes of it may take others out: whoever looks at an item asks whether it is still to be done, and drops it. The slice is
// good until due is called again.
func (g *agenda[T]) due(at int64) []entry[T] {
	clear(g.told)
	g.told = g.told[:0]
	for i := range g.runs {
		for r := &g.runs[i]; g.head(r, at) != nil; g.pass(r) {
			g.told = append(g.told, *g.head(r, at))
		}
	}
	if len(g.told) > 1 {
		slices.SortFunc(g.told, func(a, b entry[T]) int { return cmp.Or(cmp.Compare(a.at, b.at), g.order(a.item, b.item)) })
	}
	return g.told
}

// head is the first entry of a run whose item stands there, up to a time; nil where there is none.
func (g *agenda[T]) head(r *run[T], until int64) *entry[T] {
	for r.first < len(r.entries) && r.entries[r.first].at <= until {
		if e := &r.entries[r.first]; g.stands(e.item, e.at) {
			return e
		}
		g.pass(r)
	}
	return nil
}

// pass is done with the first entry of a run. What is done with is given back when it is half of all.
func (g *agenda[T]) pass(r *run[T]) {
	r.entries[r.first] = entry[T]{}
	r.first++
	g.kept--
	if r.first*2 > len(r.entries) && r.first >= 32 || r.first == len(r.entries) {
		left := copy(r.entries, r.entries[r.first:])
		clear(r.entries[left:])
		r.entries, r.first = r.entries[:left], 0
	}
}

// sweep forgets the entries of items that are gone.
func (g *agenda[T]) sweep() {
	g.kept = 0
	for i := range g.runs {
		r := &g.runs[i]
		r.entries = slices.DeleteFunc(slices.Delete(r.entries, 0, r.first), func(e entry[T]) bool { return !g.stands(e.item, e.at) })
		r.first = 0
		g.kept += len(r.entries)
	}
}
