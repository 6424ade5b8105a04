package asterisk

import (
	"context"
	"slices"
	"time"

	"hotline/telephony"
)

// strays are legs and bridges of ours that belong to no call.
type strays struct {
	legs    []telephony.LegID
	bridges []telephony.BridgeID
}

func (s *Switch) strays(p *picture) strays {
	var found strays
	for id := range p.channels {
		if _, own := owner(id); own && !s.registry.knows(telephony.LegID(id)) {
			found.legs = append(found.legs, telephony.LegID(id))
		}
	}
	for id, b := range p.bridges {
		if _, known := s.bridges.find(telephony.BridgeID(id)); !known && b != nil {
			found.bridges = append(found.bridges, telephony.BridgeID(id))
		}
	}
	slices.Sort(found.legs)
	slices.Sort(found.bridges)
	return found
}

// remove hangs up and deletes, at a pace that Asterisk bears.
func (s *Switch) remove(ctx context.Context, found strays) error {
	for _, id := range found.legs {
		if err := s.pace.wait(ctx); err != nil {
			return err
		}
		if s.Hangup(ctx, id, telephony.CauseNormal) == nil {
			s.count.add(sweptChannels, 1)
		}
	}
	for _, id := range found.bridges {
		if err := s.pace.wait(ctx); err != nil {
			return err
		}
		if s.Bridge(ctx, id) == nil {
			s.count.add(sweptBridges, 1)
		}
	}
	return nil
}

// sweepUntil sweeps from time to time until ctx ends. A sweep acts only on what the one before has met, too, because what is just
// being made or is just ending also seems to belong to nobody.
func (s *Switch) sweepUntil(ctx context.Context) {
	tick := time.NewTicker(s.opt.Sweep)
	defer tick.Stop()
	met := make(map[string]bool)
	for {
		select {
		case <-tick.C:
			met = s.sweep(ctx, met)
			s.phones.pushRest(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// sweep removes the strays that the sweep before met too, adopts such callers, and returns what it met.
func (s *Switch) sweep(ctx context.Context, before map[string]bool) map[string]bool {
	p, err := s.look(ctx)
	if err != nil {
		return before
	}
	met := make(map[string]bool)
	ripe := func(id string) bool {
		met[id] = true
		return before[id]
	}
	// This tells calls what the events should have told: a confirmed leg that is in no list has ended.
	s.endWhatIsGone(p)
	if err := s.adopt(ctx, p, ripe); err != nil {
		return met
	}
	found := s.strays(p)
	found.legs = slices.DeleteFunc(found.legs, func(id telephony.LegID) bool { return !ripe(string(id)) })
	found.bridges = slices.DeleteFunc(found.bridges, func(id telephony.BridgeID) bool { return !ripe(string(id)) })
	if len(found.legs)+len(found.bridges) > 0 {
		s.log.Warn("swept what belonged to no call", "channels", len(found.legs), "bridges", len(found.bridges))
	}
	_ = s.remove(ctx, found) // The next sweep meets what remains.
	return met
}
