package queues

import "reflect"

// slab makes values many at once, because asking for memory costs more than what is done with it. Who keeps one keeps
// those beside it.
type slab[T any] struct {
	room []T
	made int // of room
	good int // of these, so many are given away for good
}

// slabBytes is what the allocator gives out as one piece, less what it writes before it.
const slabBytes = 4<<10 - 8

// new is a zero value that nobody else has.
func (s *slab[T]) new() *T {
	if s.made == len(s.room) {
		s.room, s.made, s.good = make([]T, slabBytes/reflect.TypeFor[T]().Size()), 0, 0
	}
	s.made++
	return &s.room[s.made-1]
}

// keep gives all away for good that was made so far.
func (s *slab[T]) keep() { s.good = s.made }

// release takes back what was made since keep.
func (s *slab[T]) release() {
	clear(s.room[s.good:s.made])
	s.made = s.good
}
