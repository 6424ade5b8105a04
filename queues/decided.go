package queues

import (
	"reflect"
	"time"
)

// decisions are what a step decides, in the order in which it is to be carried out. They lie in memory that is asked for once in
// many steps, and used again by whoever gives decisions back.
type decisions struct {
	decided []Decision // in this step
	last    []Decision // in the last step, with the room behind them

	room struct {
		agents slab[AgentChanged]
		queues slab[QueueChanged]
		offers slab[Offered]
		over   slab[OfferEnded]
		ends   slab[RequestEnded]
	}
}

// begin begins a step: decisions of before that were not given back are kept for good by whoever has them.
func (d *decisions) begin() {
	d.last = nil
	d.room.agents.keep()
	d.room.queues.keep()
	d.room.offers.keep()
	d.room.over.keep()
	d.room.ends.keep()
	if cap(d.decided) < 8 {
		d.decided = make([]Decision, 0, 128)
	}
}

func (d *decisions) add(x Decision) { d.decided = append(d.decided, x) }

// ended says how the waiting of a request ended; whoever decides it adds what else there is to say.
func (d *decisions) ended(q *request, how Outcome, at time.Time) *RequestEnded {
	e := d.room.ends.new()
	e.Request, e.How, e.At, e.Announced, e.InRange = q.Request, how, at, q.judged, q.inRange
	d.add(e)
	return e
}

func (d *RequestEnded) by(a *agent) { d.Agent, d.number = a.ID, a.number }

// offerOver says how the offer of a request ended.
func (d *decisions) offerOver(q *request, how Ending, failure Failure) {
	e := d.room.over.new()
	q.describe(&e.Offer)
	e.How, e.Failure = how, failure
	d.add(e)
}

// handOver gives the step's decisions away. Those of the next step are written behind them.
func (d *decisions) handOver() []Decision {
	n := len(d.decided)
	d.last, d.decided = d.decided, d.decided[n:]
	if n == 0 {
		return nil
	}
	return d.last[:n:n]
}

// release takes the decisions of the last step back.
func (d *decisions) release() {
	if d.last != nil {
		clear(d.last)
		d.decided, d.last = d.last[:0], nil
	}
	d.room.agents.release()
	d.room.queues.release()
	d.room.offers.release()
	d.room.over.release()
	d.room.ends.release()
}

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
