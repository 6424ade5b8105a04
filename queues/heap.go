package queues

// heap keeps its first item, by a total order, on top, and tells each item where it
// lies, so that any can be taken out. An item may lie in several heaps.
//
// An item's key lies beside it, because a look into an item is a cache miss, which costs more
// than the rest of a comparison; for the same reason each item has four below it, not two.
type heap[T any] struct {
	items []keyed[T]
	key   func(T) key          // must stay the same while the item is in it
	tie   func(a, b T) bool    // whether a goes before b of the same key; nil where no two have the same
	lies  func(item T, at int) // at is -1 when it is taken out
}

// key puts items in order: by the first number, then by the second; smaller goes first.
type key struct{ first, second int64 }

type keyed[T any] struct {
	key
	item T
}

func (h *heap[T]) len() int { return len(h.items) }

func (h *heap[T]) top() T { return h.items[0].item }

// second is the item that would be on top without the one that is; the zero T where there is none.
func (h *heap[T]) second() (second T) {
	at := 1
	for i := 2; i < min(5, len(h.items)); i++ {
		if h.before(&h.items[i], &h.items[at]) {
			at = i
		}
	}
	if at < len(h.items) {
		second = h.items[at].item
	}
	return second
}

func (h *heap[T]) push(item T) {
	h.items = append(h.items, keyed[T]{})
	h.up(len(h.items)-1, keyed[T]{h.key(item), item})
}

func (h *heap[T]) remove(at int) {
	last := len(h.items) - 1
	gone, moved := h.items[at].item, h.items[last]
	h.items[last] = keyed[T]{}
	h.items = h.items[:last]
	h.lies(gone, -1)
	if at == last {
		return
	}
	if at > 0 && h.before(&moved, &h.items[(at-1)/4]) {
		h.up(at, moved)
	} else {
		h.down(at, moved)
	}
}

func (h *heap[T]) before(a, b *keyed[T]) bool {
	switch {
	case a.first != b.first:
		return a.first < b.first
	case a.second != b.second:
		return a.second < b.second
	}
	return h.tie != nil && h.tie(a.item, b.item)
}

// up puts an item at a free index or above it, down at it or below.
func (h *heap[T]) up(at int, moved keyed[T]) {
	for at > 0 {
		parent := (at - 1) / 4
		if !h.before(&moved, &h.items[parent]) {
			break
		}
		h.put(at, h.items[parent])
		at = parent
	}
	h.put(at, moved)
}

func (h *heap[T]) down(at int, moved keyed[T]) {
	for {
		children := h.items[min(4*at+1, len(h.items)):min(4*at+5, len(h.items))]
		if len(children) == 0 {
			break
		}
		first := 0
		for i := 1; i < len(children); i++ {
			if h.before(&children[i], &children[first]) {
				first = i
			}
		}
		if !h.before(&children[first], &moved) {
			break
		}
		h.put(at, children[first])
		at = 4*at + 1 + first
	}
	h.put(at, moved)
}

func (h *heap[T]) put(at int, k keyed[T]) {
	h.items[at] = k
	h.lies(k.item, at)
}
