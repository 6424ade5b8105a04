package queues

import (
	"strconv"
	"strings"
)

// offerRing is the offers that are on, by their numbers. Numbers count up and offers are short, so that the offers that are on lie
// side by side in a ring. A map by their ids would strew them over more memory than the processor's cache holds.
type offerRing struct {
	prefix string     // of their ids: the epoch
	made   uint64     // so far
	ring   []*request // each at its number, modulo; a power of two
	id     []byte     // for writing one
}

func newOfferRing(epoch string) offerRing {
	return offerRing{prefix: epoch + "-", ring: make([]*request, 64)}
}

// open numbers a request's offer, and names it.
func (o *offerRing) open(q *request) {
	o.made++
	o.id = strconv.AppendUint(append(o.id[:0], o.prefix...), o.made, 36)
	q.offerID, q.offerNo = OfferID(o.id), o.made
	o.put(q)
}

// put makes an offer known that has its number.
func (o *offerRing) put(q *request) {
	for *o.at(q.offerNo) != nil { // of one much older that is still on
		o.grow()
	}
	*o.at(q.offerNo) = q
}

func (o *offerRing) at(no uint64) **request { return &o.ring[no&uint64(len(o.ring)-1)] }

func (o *offerRing) grow() {
	old := o.ring
	o.ring = make([]*request, 2*len(old))
	for _, q := range old {
		if q != nil {
			*o.at(q.offerNo) = q // two that did not meet in half the ring do not in this one
		}
	}
}

// get finds the request whose offer is on; nil where that is none.
func (o *offerRing) get(id OfferID) *request {
	if no, ours := o.number(id); ours {
		if q := *o.at(no); q != nil && q.offerNo == no {
			return q
		}
	}
	return nil
}

// number reads an id; not ours where we would have written none, or another one, for it.
func (o *offerRing) number(id OfferID) (no uint64, ours bool) {
	digits, ours := strings.CutPrefix(string(id), o.prefix)
	if !ours || digits == "" || digits[0] == '0' || len(digits) > 12 {
		return 0, false
	}
	for i := range len(digits) {
		switch d := digits[i]; {
		case '0' <= d && d <= '9':
			no = no*36 + uint64(d-'0')
		case 'a' <= d && d <= 'z':
			no = no*36 + uint64(d-'a') + 10
		default:
			return 0, false
		}
	}
	return no, true
}

// close ends the offer of a request.
func (o *offerRing) close(q *request) { *o.at(q.offerNo) = nil }
