package desk

import (
	"slices"

	"hotline/agentapi"
)

// Helps are the agents who call for a supervisor, for the wall: those to whom nobody has come first, and who waits for longest first.
func (d *Desks) Helps() []agentapi.Help {
	lineup := d.present.Lineup()
	d.mu.Lock()
	defer d.mu.Unlock()
	all := []agentapi.Help{}
	for id, p := range d.talkers() {
		if p.talk.Help == nil {
			continue
		}
		h := *p.talk.Help
		h.Agent, h.Name, h.Queue, h.Call, h.Ticket = id, lineup.Names().Agent(id), p.state.Queue, p.talk.ID, p.talk.Pop.Ticket.Number
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b agentapi.Help) int {
		if (a.By == "") != (b.By == "") {
			return map[bool]int{true: -1, false: 1}[a.By == ""]
		}
		return a.Since.Compare(b.Since)
	})
	return all
}
