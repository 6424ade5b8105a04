package adherence

import (
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony/hours"
)

// Watch looks again and again who is not as planned. It remembers when shifts are, so that a look costs little for those who are as planned. It
// has one owner.
type Watch struct {
	place  *time.Location
	plan   Plan
	from   time.Time // shifts are known from here
	to     time.Time // to here
	shifts map[queues.AgentID][]hours.Stretch
	ids    []queues.AgentID
}

// NewWatch makes one for a plan whose clock hangs in a place. The plan is not to be changed any more.
func NewWatch(p Plan, place *time.Location) *Watch {
	w := &Watch{place: place, plan: p}
	for id := range p {
		w.ids = append(w.ids, id)
	}
	slices.Sort(w.ids)
	return w
}

// Off is somebody who is not as planned just now.
type Off struct {
	Agent queues.AgentID
	Exception
}

// Look is who is not as planned at a moment, by id. is says what an agent is, and since when. Who has no plan is not looked at.
func (w *Watch) Look(now time.Time, is func(queues.AgentID) Spell) (all []Off) {
	if now.Before(w.from) || !now.Before(w.to) {
		w.from, w.to, w.shifts = now, now.Add(time.Hour), map[queues.AgentID][]hours.Stretch{}
		for _, id := range w.ids {
			w.shifts[id] = w.plan[id].Shifts(w.place, hours.Stretch{From: w.from, To: w.to})
		}
	}
	for _, id := range w.ids {
		spell := is(id)
		works := spell.Is == Ready || spell.Is == Working
		if works == (at(w.shifts[id], now) != nil) {
			continue // as planned: at work in a shift, or neither
		}
		if e, off := w.plan[id].Now(w.place, spell, now); off {
			all = append(all, Off{id, e})
		}
	}
	return all
}
