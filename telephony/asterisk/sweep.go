package asterisk

import (
	"context"
	"slices"
	"time"

	"hotline/telephony"
)

// strays are legs and bridges of ours that belong to no call that is served, callers whose call was served and who could not be hung up, and channels in our application that are no callers.
type strays struct {
	legs    []telephony.LegID
	bridges []telephony.BridgeID
	empty   []telephony.BridgeID // of a pool that is not used any more
}

func (r *resync) strays(p *picture) strays {
	var found strays
	for id, ch := range p.channels {
		_, own := owner(id)
		known := r.registry.knows(telephony.LegID(id))
		if (own || !ch.isCallers(r.opt.App)) && !known || known && !r.registry.serves(telephony.LegID(id)) {
			found.legs = append(found.legs, telephony.LegID(id))
		}
	}
	for id, b := range p.bridges {
		at := telephony.BridgeID(b.ID)
		if r.bridges.isSpare(at) { // somebody is in it who should not
			r.bridges.drop(at)
		}
		if _, known := r.bridges.find(telephony.BridgeID(id)); !known && !r.bridges.keeps(at) {
			found.bridges = append(found.bridges, at)
		}
	}
	for _, id := range p.empty {
		if !r.bridges.keeps(id) {
			found.empty = append(found.empty, id)
		}
	}
	slices.Sort(found.legs)
	slices.Sort(found.bridges)
	slices.Sort(found.empty)
	return found
}

// remove hangs up and deletes, at a pace that Asterisk bears. Empty bridges, which harm nobody, are left.
func (r *resync) remove(ctx context.Context, found strays) error {
	for _, id := range found.legs {
		if err := r.pace.wait(ctx); err != nil {
			return err
		}
		if r.requests.hangup(ctx, r.registry.callOf(id), id, telephony.CauseNormal) == nil {
			r.count.add(sweptChannels, 1)
		}
	}
	for _, id := range found.bridges {
		if err := r.pace.wait(ctx); err != nil {
			return err
		}
		if r.bridges.remove(ctx, r.registry.callOf(telephony.LegID(id)), id) == nil {
			r.count.add(sweptBridges, 1)
		}
	}
	return nil
}

// sweep removes the strays that the sweep before met too, adopts such callers, ends such legs as are gone, and returns what it met.
func (r *resync) sweep(ctx context.Context, before map[string]bool) map[string]bool {
	p, err := r.look(ctx)
	if err != nil {
		return before
	}
	met := make(map[string]bool)
	ripe := func(id string) bool {
		met[id] = true
		return before[id]
	}
	// This tells calls what the events should have told: a confirmed leg that is in no list has ended. Of one that is missed for the first time the
	// event may be on its way still, and it alone says why: that a phone was busy, and not that nobody knows.
	r.endWhatIsGone(p, time.Time{}, ripe)
	if err := r.adopt(ctx, p, ripe); err != nil {
		return met
	}
	found := r.strays(p)
	found.bridges = append(found.bridges, found.empty...)
	found.legs = slices.DeleteFunc(found.legs, func(id telephony.LegID) bool { return !ripe(string(id)) })
	found.bridges = slices.DeleteFunc(found.bridges, func(id telephony.BridgeID) bool { return !ripe(string(id)) })
	if len(found.legs)+len(found.bridges) > 0 {
		r.log.Warn("swept what belonged to no call", "channels", len(found.legs), "bridges", len(found.bridges))
	}
	_ = r.remove(ctx, found) // The next sweep meets what remains.
	return met
}
