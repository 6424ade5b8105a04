package asterisk

import (
	"slices"
	"strconv"
	"strings"

	"hotline/telephony"
)

// The main bridge of a call is one that Asterisk keeps for the next: making and deleting one for each talk costs two requests, and taking out who is hung up anyway a third.
//
//	       a talk begins            it is over: who is still there was hung up, or is taken out
//	spare ───────────────► in use ────────────────────────────────────► emptying ─── the last of them has left ───► spare
//
// Whose it is its legs say, so that a Hotline that is started anew finds the talk in it (resync.whose).
//
// Strangers must never hear each other. So nobody comes into a bridge of which it is not sure that nobody is in it, and that no request which is late may still
// bring somebody there or delete it: one that has held anything but a plain talk of two, or about which Asterisk did not answer as it should, is deleted, and so are, when the
// connection was lost, all that are there then (see forgetPool). None is taken over from another Hotline.
type pool struct {
	name  string // with which the bridges' names begin
	made  int
	spare []telephony.BridgeID

	hungUp   map[telephony.LegID]bool               // those who are in a bridge still
	leaving  map[telephony.LegID]telephony.BridgeID // the same, of talks that are over
	emptying map[telephony.BridgeID]int             // how many are still in each
}

// mostSpare is how many are kept: about as many as there are talks at once. One that nobody is in takes Asterisk nothing but some memory.
const mostSpare = 256

const poolMark = ".talk."

func newPool(o Options) pool {
	return pool{
		name: o.App + poolMark + o.epoch + "-", hungUp: make(map[telephony.LegID]bool),
		leaving: make(map[telephony.LegID]telephony.BridgeID), emptying: make(map[telephony.BridgeID]int),
	}
}

// isPooled reports whether a bridge of Asterisk's list is one of a pool of an application's.
func isPooled(app string, b *bridge) bool {
	return b.Name == app && strings.HasPrefix(b.ID, app+poolMark)
}

// begin makes a bridge, or takes a spare one. It is noted before Asterisk has made it: what is in Asterisk's list meanwhile is somebody's.
func (b *bridges) begin(c *client, whose telephony.CallID, id telephony.BridgeID) (joined, error) {
	of, own := owner(string(id))
	j, spare := b.reserve(id, whose, own && id == telephony.BridgeID(of)) // the main one is of the pool
	if spare {
		return j, nil
	}
	if err := c.create(j.name(id), b.app); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.known, id)
		return joined{}, err
	}
	return j, nil
}

// reserve notes a bridge for a call: the one that became spare last, or a new one.
func (b *bridges) reserve(id telephony.BridgeID, whose telephony.CallID, pooled bool) (j joined, spare bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j.call = whose
	switch n := len(b.pool.spare); {
	case !pooled:
	case n > 0:
		j.at, b.pool.spare = b.pool.spare[n-1], b.pool.spare[:n-1]
		spare = true
	default:
		b.pool.made++
		j.at = telephony.BridgeID(b.pool.name + strconv.Itoa(b.pool.made))
	}
	b.known[id] = j
	return j, spare
}

// hangsUp notes that a leg was hung up, which leaves its bridge by itself.
func (b *bridges) hangsUp(leg telephony.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, j := range b.known {
		if j.at != "" && slices.Contains(j.legs, leg) {
			b.pool.hungUp[leg] = true
		}
	}
}

// gone notes that Asterisk has told the end of a leg.
func (b *bridges) gone(leg telephony.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pool.hungUp, leg)
	id, leaves := b.pool.leaving[leg]
	if !leaves {
		return
	}
	delete(b.pool.leaving, leg)
	b.pool.oneLess(id)
}

// oneLess notes that somebody is not in a bridge any more, or that its talk needs it no more: with the last of them it is spare. It is called under mu.
func (p *pool) oneLess(id telephony.BridgeID) {
	n, empties := p.emptying[id]
	switch {
	case !empties: // it was dropped
	case n > 1:
		p.emptying[id] = n - 1
	default:
		delete(p.emptying, id)
		p.spare = append(p.spare, id)
	}
}

// end forgets a bridge, and parts who is in it: those who were hung up leave it by themselves. May it be reused, it is spare once they have, and reuse is to be called
// when the others are out.
func (b *bridges) end(id telephony.BridgeID) (j joined, stay []telephony.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j = b.known[id]
	delete(b.known, id)
	for _, leg := range j.legs {
		if !b.pool.hungUp[leg] {
			stay = append(stay, leg)
		}
	}
	if j.odd = j.odd || j.at == "" || len(b.pool.spare)+len(b.pool.emptying) >= mostSpare; j.odd {
		return j, stay
	}
	b.pool.emptying[j.at] = 1 // this talk itself
	for _, leg := range j.legs {
		if b.pool.hungUp[leg] {
			b.pool.leaving[leg] = j.at
			b.pool.emptying[j.at]++
		}
	}
	return j, stay
}

// reuse lets a bridge be spare once those who were hung up have left it.
func (b *bridges) reuse(id telephony.BridgeID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pool.oneLess(id)
}

// spoil has a bridge not reused.
func (b *bridges) spoil(id telephony.BridgeID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if j, known := b.known[id]; known {
		j.odd = true
		b.known[id] = j
	}
}

// oddOr is who is to be in a bridge, which stays odd where it was.
func (b *bridges) oddOr(id telephony.BridgeID, j joined) joined {
	b.mu.Lock()
	defer b.mu.Unlock()
	j.odd = j.odd || b.known[id].odd
	return j
}

// keeps reports whether a bridge of the pool is one that is used, spare, or about to be.
func (b *bridges) keeps(id telephony.BridgeID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, j := range b.known {
		if j.at == id {
			return true
		}
	}
	_, empties := b.pool.emptying[id]
	return empties || slices.Contains(b.pool.spare, id)
}

// isSpare reports whether nobody should be in a bridge.
func (b *bridges) isSpare(id telephony.BridgeID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(b.pool.spare, id)
}

// drop forgets a bridge of the pool that is to be deleted, or in which somebody is who should not.
func (b *bridges) drop(id telephony.BridgeID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pool.emptying, id)
	b.pool.spare = slices.DeleteFunc(b.pool.spare, func(s telephony.BridgeID) bool { return s == id })
}

// forgetPool has no bridge used again that is there now: of what happened while the connection was lost nobody was told, and a request of that time may be carried
// out late. Those of talks are deleted with them, the others by the sweeper.
func (b *bridges) forgetPool() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, j := range b.known {
		j.odd = true
		b.known[id] = j
	}
	b.pool.spare = nil
	clear(b.pool.hungUp)
	clear(b.pool.leaving)
	clear(b.pool.emptying)
}

// intrudes notes that somebody has come into the place of a leg, in whatever bridge it is or was.
func (b *bridges) intrudes(leg telephony.LegID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, j := range b.known {
		if slices.Contains(j.legs, leg) {
			j.odd = true
			b.known[id] = j
		}
	}
	if at, leaves := b.pool.leaving[leg]; leaves {
		delete(b.pool.emptying, at)
	}
}
