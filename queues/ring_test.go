package queues

import (
	"math"
	"testing"
)

func TestOffersAreFoundByTheirOwnIDOnly(t *testing.T) {
	o := newOfferRing("day")
	var all []*request
	for i := range 1000 {
		q := &request{}
		o.open(q)
		if i%3 == 1 { // every third stays on, and the ring has to grow over it
			o.close(q)
			continue
		}
		all = append(all, q)
	}
	for _, q := range all {
		if o.get(q.offerID) != q {
			t.Fatalf("%s is not found", q.offerID)
		}
	}
	for _, id := range []OfferID{"", "-", "day", "day-", "day-0", "day-01", "day-2", "day-RR", "day-+1", "day-1 ", "day-10-", "night-1", "1", "day-zzzzzzzzzzzzzzzz"} {
		if o.get(id) != nil {
			t.Errorf("%q is found", id)
		}
	}
	o.made = math.MaxUint32
	q := &request{}
	if o.open(q); o.get(q.offerID) != q || o.get(all[0].offerID) != all[0] {
		t.Error("a late offer hides an early one")
	}
}
