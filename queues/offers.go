package queues

import (
	"strconv"
	"strings"
)

// offers are those that are on, by their numbers. These count up, and offers are short: so those that are on lie side by side
// in a ring, where hashing their ids would strew them over a memory that no cache holds.
type offers struct {
	prefix string     // of their ids: the epoch
	made   uint64     // so far
	ring   []*request // each at its number, modulo; a power of two
	id     []byte     // for writing one
}

func newOffers(epoch string) offers {
	return offers{prefix: epoch + "-", ring: make([]*request, 64)}
}

// open numbers a request's offer, and names it.
func (o *offers) open(q *request) {
	o.made++
	o.id = strconv.AppendUint(append(o.id[:0], o.prefix...), o.made, 36)
	q.offerID, q.offerNo = OfferID(o.id), o.made
	o.put(q)
}

// put makes an offer known that has its number.
func (o *offers) put(q *request) {
	for *o.at(q.offerNo) != nil { // of one much older that is still on
		o.grow()
	}
	*o.at(q.offerNo) = q
}

func (o *offers) at(no uint64) **request { return &o.ring[no&uint64(len(o.ring)-1)] }

func (o *offers) grow() {
	old := o.ring
	o.ring = make([]*request, 2*len(old))
	for _, q := range old {
		if q != nil {
			*o.at(q.offerNo) = q // two that did not meet in half the ring do not in this one
		}
	}
}

// get finds the request whose offer is on; nil where that is none.
func (o *offers) get(id OfferID) *request {
	digits, ours := strings.CutPrefix(string(id), o.prefix)
	no, err := strconv.ParseUint(digits, 36, 64)
	if q := *o.at(no); ours && err == nil && q != nil && q.offerID == id {
		return q
	}
	return nil
}

// close ends the offer of a request.
func (o *offers) close(q *request) { *o.at(q.offerNo) = nil }
