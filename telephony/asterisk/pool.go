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
// Whose it is its legs say, so that a Hotline that is started anew finds the talk in it (resync.theirs).
//
// Nobody comes into a bridge of which it is not sure that nobody is in it. So one that has held anything but a plain talk of two, or about which Asterisk did not answer as
// it should, is deleted; and of those that are there when Hotline connects the empty ones alone are taken for spare.
type pool struct {
	name  string // with which the bridges' names begin
	made  int
	spare []telephony.BridgeID

	hungUp   map[telephony.LegID]bool               // those who are in a bridge still
	leaving  map[telephony.LegID]telephony.BridgeID // the same, of talks that are over
	emptying map[telephony.BridgeID]int             // how many are still in each
}

// mostSpare is how many are kept.
const mostSpare = 64

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

// begin makes a bridge, or takes a spare one.
func (b *bridges) begin(c *client, whose telephony.CallID, id telephony.BridgeID) (joined, error) {
	j := joined{call: whose}
	made := id
	if of, own := owner(string(id)); own && id == telephony.BridgeID(of) { // the main one
		var spare bool
		j.at, spare = b.takeSpare()
		if made = j.at; spare {
			made = ""
		}
	}
	if made != "" {
		if err := c.create(made, b.app); err != nil {
			return joined{}, err
		}
	}
	b.note(id, j)
	return j, nil
}

// takeSpare is the bridge that became spare last, or the name for a new one.
func (b *bridges) takeSpare() (id telephony.BridgeID, spare bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.pool.spare); n > 0 {
		id, b.pool.spare = b.pool.spare[n-1], b.pool.spare[:n-1]
		return id, true
	}
	b.pool.made++
	return telephony.BridgeID(b.pool.name + strconv.Itoa(b.pool.made)), false
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

// found notes which bridges of a pool Asterisk has in which nobody is.
func (b *bridges) found(empty []telephony.BridgeID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, j := range b.known {
		empty = slices.DeleteFunc(empty, func(id telephony.BridgeID) bool { return id == j.at })
	}
	for _, id := range empty {
		delete(b.pool.emptying, id) // of who was still to leave it nothing was heard
	}
	b.pool.spare, b.pool.hungUp = empty, make(map[telephony.LegID]bool)
}
