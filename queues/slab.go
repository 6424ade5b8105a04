package queues

import "reflect"

// slab makes values many at once, because asking for memory costs more than what is done with it. Who keeps one keeps
// those beside it.
type slab[T any] struct {
	room []T
	made int // of room
}

// slabBytes is what the allocator gives out as one piece, less what it writes before it.
const slabBytes = 4<<10 - 8

// new is a zero value that nobody else has.
func (s *slab[T]) new() *T {
	if s.made == len(s.room) {
		s.room, s.made = make([]T, slabBytes/reflect.TypeFor[T]().Size()), 0
	}
	s.made++
	return &s.room[s.made-1]
}
