package desk

import (
	"cmp"
	"slices"

	"hotline/agentapi"
)

// Gatherings are the talks in which an agent asks somebody, or guests are, for the wall: which began first first.
func (d *Desks) Gatherings() []agentapi.WallTalk {
	lineup := d.present.Lineup()
	d.mu.Lock()
	defer d.mu.Unlock()
	all := []agentapi.WallTalk{}
	for id, p := range d.talkers() {
		if p.talk.Consult {
			continue
		}
		g := agentapi.WallTalk{Agent: id, Name: lineup.Names().Agent(id), Call: p.talk.ID, Since: p.talk.Since, Asked: p.talk.Asked, Guests: p.talk.Guests}
		if g.Asked != nil && g.Asked.State == "over" {
			g.Asked = nil
		}
		if g.Asked != nil || len(g.Guests) > 0 {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b agentapi.WallTalk) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Agent, b.Agent))
	})
	return all
}
