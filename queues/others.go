package queues

import "slices"

// Others are the agents who were signed in, too, when a request was offered, by what was in their way. People may ask for this long
// after. Of each sort at most namedAtMost are named, in the order of their ids.
type Others struct {
	Free     []AgentID `json:"free,omitempty"` // could have taken it, and did not decline or miss it before
	Busy     []AgentID `json:"busy,omitempty"`
	NotReady []AgentID `json:"not_ready,omitempty"` // or not reachable
	Lacking  []AgentID `json:"lacking,omitempty"`   // skills, even after the relaxation steps taken
	Lack     int       `json:"lack,omitempty"`      // so many lack skills; Explanation counts the others
}

// namedAtMost bounds what is kept of a decision.
const namedAtMost = 20

// Others finds who else was signed in when a request was offered in the last step; nil where that is not known any more, or nobody else was looked at. later are
// the decisions of the step that followed the offer: an agent to whom they offer another request was free until then. The router
// itself never asks, and no decision waits for the answer: this looks at everybody, which takes less than a millisecond among ten
// thousand agents (a tenth of one on average).
func (r *Router) Others(o *Offered, later []Decision) *Others {
	q := r.offers.ring.get(o.Offer.ID)
	if q == nil || o.Why.Rule == Led || q.isConsult() {
		return nil
	}
	taken := map[AgentID]bool{}
	for _, d := range later {
		if next, is := d.(*Offered); is {
			taken[next.Offer.Agent] = true
		}
	}
	c, all := q.class, &Others{Lack: -q.class.able}
	for _, a := range r.staff.roster {
		if !a.present {
			continue
		}
		all.Lack++
		free := a.free || taken[a.ID]
		of := &all.Free
		switch {
		case !a.willing:
			of = &all.NotReady
		case !free:
			of = &all.Busy
		}
		if len(*of) == namedAtMost && len(all.Lacking) == namedAtMost || a == q.agent {
			continue
		}
		switch {
		case !a.stands(c):
			of = &all.Lacking
		case free && q.declinedBy(a):
			continue // Explanation names them
		}
		if len(*of) < namedAtMost {
			*of = append(*of, a.ID)
		}
	}
	for _, names := range [][]AgentID{all.Free, all.Busy, all.NotReady, all.Lacking} {
		slices.Sort(names)
	}
	return all
}
