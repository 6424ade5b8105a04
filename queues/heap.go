package queues

// heap keeps its first item, by a total order, on top, and tells each item where it
// lies, so that any can be taken out. An item may lie in several heaps.
type heap[T any] struct {
	items  []T
	before func(a, b T) bool
	lies   func(item T, at int) // at is -1 when it is taken out
}

func (h *heap[T]) len() int { return len(h.items) }

func (h *heap[T]) push(item T) {
	h.items = append(h.items, item)
	h.up(len(h.items) - 1)
}

func (h *heap[T]) remove(at int) {
	last := len(h.items) - 1
	gone, moved := h.items[at], h.items[last]
	var none T
	h.items[last] = none
	h.items = h.items[:last]
	h.lies(gone, -1)
	if at == last {
		return
	}
	h.items[at] = moved
	h.down(at)
	h.up(at)
}

func (h *heap[T]) up(at int) {
	item := h.items[at]
	for at > 0 {
		parent := (at - 1) / 2
		if !h.before(item, h.items[parent]) {
			break
		}
		h.items[at] = h.items[parent]
		h.lies(h.items[at], at)
		at = parent
	}
	h.items[at] = item
	h.lies(item, at)
}

func (h *heap[T]) down(at int) {
	item := h.items[at]
	for {
		child := 2*at + 1
		if child >= len(h.items) {
			break
		}
		if child+1 < len(h.items) && h.before(h.items[child+1], h.items[child]) {
			child++
		}
		if !h.before(h.items[child], item) {
			break
		}
		h.items[at] = h.items[child]
		h.lies(h.items[at], at)
		at = child
	}
	h.items[at] = item
	h.lies(item, at)
}
